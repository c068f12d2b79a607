package success_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/cutover/success"
	"github.com/migtop/migtop/internal/migration"
)

var start = time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)

// record writes the record of a tenant: each change says after how many hours the word and the share were what.
type record struct {
	all    []migration.CutoverRecord
	tenant migration.Tenant
	word   migration.VerdictWord
	share  migration.Opt[migration.Ratio]
}

func of(tenant string) *record { return &record{tenant: migration.Tenant(tenant)} }

func (r *record) at(hours float64, word migration.VerdictWord, share float64) *record {
	at := start.Add(time.Duration(hours * float64(time.Hour)))
	c := migration.CutoverRecord{
		Tenant: r.tenant, At: at, From: r.word, FromShare: r.share, Word: word, Share: migration.Some(migration.Ratio(share)),
		Stage: migration.StageBetween,
	}
	if c.Share == r.share {
		c.StepAt = time.Time{}
	}
	if share == 1 {
		c.Stage = migration.StageAtEnd
	}
	r.word, r.share = word, c.Share
	r.all = append(r.all, c)
	return r
}

const (
	hold     = migration.VerdictHold
	promote  = migration.VerdictPromote
	rollBack = migration.VerdictRollBack
	moved    = migration.VerdictMoved
)

// five are so many tenants with one record each.
func five(each func(*record)) []migration.CutoverRecord {
	var out []migration.CutoverRecord
	for i := range 5 {
		r := of(fmt.Sprint("tenant", i))
		each(r)
		out = append(out, r.all...)
	}
	return out
}

func TestAMoveWithoutARecord(t *testing.T) {
	if got := success.Measure(nil, nil, start); got != (migration.MoveSuccess{}) {
		t.Errorf("%+v", got)
	}
}

func TestTooFewToSay(t *testing.T) {
	r := of("acme").at(0, hold, 0.05).at(24, hold, 0.25).at(25, rollBack, 0.25).at(26, hold, 0)
	got := success.Measure(r.all, nil, start.Add(48*time.Hour))
	want := migration.MoveSuccess{
		From: start, Steps: 2,
		ChangeFailure: migration.SuccessRatio{Failed: 1, N: 2},
		Restore:       migration.SuccessTime{N: 1},
		Weekly:        migration.SuccessRate{N: 2, Span: 7 * 24 * time.Hour},
		Lead:          migration.SuccessLead{N: 1},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b migration.Opt[migration.Ratio]) bool { return a == b }),
		cmp.Comparer(func(a, b migration.Opt[time.Duration]) bool { return a == b }),
		cmp.Comparer(func(a, b migration.Opt[float64]) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

func TestStepsThatFail(t *testing.T) {
	for name, test := range map[string]struct {
		each         func(*record)
		failed, open int
		n            int
	}{
		"all well":          {func(r *record) { r.at(0, hold, 0.05).at(5, promote, 0.05).at(6, hold, 1).at(9, moved, 1) }, 0, 0, 10},
		"under way":         {func(r *record) { r.at(0, hold, 0.05).at(5, promote, 0.05) }, 0, 5, 0},
		"rolled back":       {func(r *record) { r.at(0, hold, 0.05).at(5, rollBack, 0.05).at(6, hold, 0) }, 5, 0, 5},
		"rolled back, open": {func(r *record) { r.at(0, hold, 0.05).at(5, rollBack, 0.05) }, 5, 0, 5},
		"a smaller share":   {func(r *record) { r.at(0, hold, 0.05).at(5, hold, 0.25).at(6, hold, 0.05) }, 5, 0, 10},
		"after PROMOTE":     {func(r *record) { r.at(0, hold, 0.05).at(5, promote, 0.05).at(6, rollBack, 0.05) }, 5, 0, 5},
		"cleared, then on": {func(r *record) {
			r.at(0, hold, 0.05).at(5, rollBack, 0.05).at(6, hold, 0.05).at(9, hold, 0.25)
		}, 5, 5, 5},
		"again after a failure": {func(r *record) { r.at(0, hold, 0.05).at(5, rollBack, 0.05).at(6, hold, 0).at(9, hold, 0.05) }, 5, 5, 5},
		"after it moved":        {func(r *record) { r.at(0, hold, 1).at(5, moved, 1).at(9, rollBack, 1) }, 0, 0, 5},
		"before the first step": {func(r *record) { r.at(0, migration.VerdictMove, 0) }, 0, 0, 0},
	} {
		got := success.Measure(five(test.each), nil, start.Add(48*time.Hour)).ChangeFailure
		want := migration.SuccessRatio{Failed: test.failed, N: test.n, Open: test.open}
		if test.n >= 5 {
			want.Ratio = migration.Some(migration.Ratio(test.failed) / migration.Ratio(test.n))
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestTimeToRestore(t *testing.T) {
	var all []migration.CutoverRecord
	for i, hours := range []float64{1, 2, 3, 4, 10} { // by a smaller share, or cleared
		r := of(fmt.Sprint("t", i)).at(0, hold, 0.05).at(5, rollBack, 0.05)
		if i%2 == 0 {
			r.at(5+hours, hold, 0)
		} else {
			r.at(5+hours, hold, 0.05)
		}
		all = append(all, r.all...)
	}
	now := start.Add(30 * time.Hour)
	if got := success.Measure(all, nil, now).Restore; got.N != 5 || got.Median != migration.Some(3*time.Hour) || got.Open != 0 {
		t.Errorf("%+v", got)
	}
	// What is open counts as soon as it is longer than usual, and makes the median larger the longer it stands.
	all = append(all, of("open").at(0, hold, 0.05).at(28, rollBack, 0.05).all...)
	if got := success.Measure(all, nil, now).Restore; got.N != 5 || got.Open != 1 {
		t.Errorf("%+v", got)
	}
	got := success.Measure(all, nil, now.Add(10*time.Hour)).Restore
	if got.N != 6 || got.Median != migration.Some(3*time.Hour+30*time.Minute) {
		t.Errorf("%+v", got)
	}
}

func TestStepsAWeek(t *testing.T) {
	r := of("acme")
	for day := range 100 {
		r.at(float64(24*day), hold, float64(day+1)/200)
	}
	got := success.Measure(r.all, nil, start.Add(100*24*time.Hour)).Weekly
	if got.Span != 28*24*time.Hour || got.N != 28 || got.Rate != migration.Some(7.0) {
		t.Errorf("of the last four weeks: %+v", got)
	}
	got = success.Measure(r.all[:6], nil, start.Add(6*24*time.Hour)).Weekly
	if got.Span != 7*24*time.Hour || got.N != 6 || got.Rate != migration.Some(6.0) {
		t.Errorf("of less than a week: %+v", got)
	}
}

func TestLeadTimeAgainstThePlan(t *testing.T) {
	all := five(func(r *record) {
		r.at(0, hold, 0.05).at(36, hold, 0.25).at(60, hold, 0.5).at(61, rollBack, 0.5).at(62, hold, 0).at(90, hold, 0.5)
	})
	planned := map[migration.Tenant][]success.Planned{}
	for i := range 4 { // the last tenant has no dates
		planned[migration.Tenant(fmt.Sprint("tenant", i))] = []success.Planned{
			{Share: 0.05, At: start}, {Share: 0.25, At: start.Add(24 * time.Hour)}, {Share: 0.5, At: start.Add(48 * time.Hour)},
		}
	}
	got := success.Measure(all, planned, start.Add(100*time.Hour)).Lead
	// 36 h and 24 h of each tenant; after the rollback a step begins a new row.
	if got.N != 10 || got.Median != migration.Some(30*time.Hour) {
		t.Errorf("%+v", got)
	}
	if got.PlannedN != 8 || got.Planned != migration.Some(24*time.Hour) || got.Factor != migration.Some(1.25) {
		t.Errorf("against the plan: %+v", got)
	}
}

// A step began when the plan says that it did, and not when it was seen.
func TestAStepBeganWhenThePlanSaysSo(t *testing.T) {
	r := of("acme").at(2, hold, 0.05).at(30, hold, 0.25)
	r.all[0].StepAt = start
	r.all[1].StepAt = start.Add(24 * time.Hour)
	var all []migration.CutoverRecord
	for i := range 5 {
		for _, c := range r.all {
			c.Tenant = migration.Tenant(fmt.Sprint(i))
			all = append(all, c)
		}
	}
	if got := success.Measure(all, nil, start.Add(48*time.Hour)).Lead; got.Median != migration.Some(24*time.Hour) {
		t.Errorf("%+v", got)
	}
}

// Whatever the record: the order of its entries does not matter, counts add up, and no figure is of fewer than five cases.
func TestCountsAddUp(tb *testing.T) {
	rapid.Check(tb, func(t *rapid.T) {
		var all []migration.CutoverRecord
		for i := range rapid.IntRange(0, 8).Draw(t, "tenants") {
			r, at := of(fmt.Sprint(i)), 0.0
			for range rapid.IntRange(0, 12).Draw(t, "changes") {
				at += float64(rapid.IntRange(1, 100).Draw(t, "hours"))
				r.at(at, migration.VerdictWord(rapid.IntRange(0, 8).Draw(t, "word")),
					rapid.SampledFrom([]float64{0, 0.05, 0.25, 0.5, 1}).Draw(t, "share"))
			}
			all = append(all, r.all...)
		}
		now := start.Add(1300 * time.Hour)
		got := success.Measure(all, nil, now)
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if again := success.Measure(all, nil, now); again != got {
			t.Fatalf("in another order:\n%+v\n%+v", got, again)
		}
		c := got.ChangeFailure
		if c.N+c.Open != got.Steps || c.Failed > c.N || got.Weekly.N > got.Steps || got.Lead.N > got.Steps {
			t.Fatalf("%+v", got)
		}
		for n, known := range map[int]bool{
			c.N: c.Ratio.Known(), got.Restore.N: got.Restore.Median.Known(), got.Weekly.N: got.Weekly.Rate.Known(),
			got.Lead.N: got.Lead.Median.Known(),
		} {
			if n < migration.FewestToSay && known {
				t.Fatalf("of %d cases: %+v", n, got)
			}
		}
	})
}
