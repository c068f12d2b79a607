package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/loginsights"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// pooled is a function that works for several tenants, of which no rule tells.
var pooled = migration.Function{
	Key: migration.Key{Platform: migration.Lambda, Workload: "pool"}, Name: "pool",
	ARN: "arn:aws:lambda:us-east-1:123456789012:function:pool", MemorySize: 512 * migration.MiB, Timeout: time.Minute,
	Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86},
	Logs:  migration.Logs{Group: "/aws/lambda/pool", JSON: true, Isolated: true},
}

const testScope = "123456789012/us-east-1"

// poolMinute is a minute of ten runs of a second at 512 MB, as CloudWatch knows it.
func poolMinute(at time.Time) migration.Activity {
	a := minute(at, 10)
	a.Key = pooled.Key
	return a
}

// absorbPool brings an hour and a half of a shared function, and a cluster.
func absorbPool(s *state, now time.Time) {
	var all []migration.Activity
	for at := now.Add(-90 * time.Minute); at.Before(now); at = at.Add(time.Minute) {
		all = append(all, poolMinute(at))
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Activities: all, Functions: []migration.Function{pooled},
		Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: now.Add(-3 * time.Minute)}},
	}})
}

// logAnswer is an hour and a half of the same function's log: in each five minutes
// runs by tenant, of so many billed MB-ms each.
func logAnswer(now time.Time, final time.Time, perSlot map[string]int64, each migration.MBMillis) *migration.LogAnswer {
	a := &migration.LogAnswer{Group: pooled.Logs.Group, From: noon.Add(-90 * time.Minute), To: now, FinalTo: final}
	for at := a.From; at.Before(a.To); at = at.Add(migration.LogSpan) {
		one := migration.LogSegment{Function: "pool", Start: at, Final: !at.Add(migration.LogSpan).After(final)}
		for name, n := range perSlot {
			r := migration.LoggedRuns{Began: at, Tenant: name, Runs: n, Billed: each * migration.MBMillis(n)}
			for range n {
				r.Peak.Add(100 * migration.MiB)
				r.Duration.Add(time.Second)
			}
			r.Init.Add(300 * time.Millisecond)
			one.Runs = append(one.Runs, r)
		}
		a.Segments = append(a.Segments, one)
	}
	return a
}

// withLogs lets a state know what a history keeps.
func withLogs(t testing.TB, s *state, answers ...*migration.LogAnswer) {
	t.Helper()
	h := history.New("", history.Options{})
	t.Cleanup(func() { _ = h.Close() })
	for _, a := range answers {
		if err := h.PutLogs(context.Background(), testScope, a); err != nil {
			t.Fatal(err)
		}
	}
	s.opts.Logs = (&loginsights.Settings{History: h}).WithDefaults()
	if err := s.once(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// perSlot are the fifty runs of five minutes.
func perSlot(acme, blue, nobody int64) map[string]int64 {
	return map[string]int64{"acme": acme, "blue": blue, "": nobody}
}

func TestReportsReplaceEstimatesAndNameTenants(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbPool(s, noon)
	// Of 50 runs in five minutes 30 are acme's, 15 blue's and 5 nobody's; each was
	// billed 1.5 s where CloudWatch's Duration says 1 s.
	withLogs(t, s, logAnswer(noon.Add(30*time.Minute), noon.Add(25*time.Minute), perSlot(30, 15, 5), 512*1500))
	snap := s.snapshot(noon)

	var runs int64
	for name, want := range map[migration.Tenant]int64{"acme": 432, "blue": 216, migration.Unattributed: 72} {
		v := tenant(t, snap, name)
		got := v.Before.Runs.Or(-1)
		runs += got
		if got < want-3 || got > want+3 {
			t.Errorf("%s has %d runs, want about %d", name, got, want)
		}
		// 1.5 s at 0.5 GB is 0.75 GB-s: $0.000012500025, and $0.0000002 a request.
		wantUSD(t, fmt.Sprintf("a run of %s", name), v.Before.CostPerRun, "0.000012700025")
		e := v.Before.Cost.Evidence
		if e.Method == migration.Estimated || !strings.Contains(e.Note, "Lambda's reports") {
			t.Errorf("%s's cost is %s: %s", name, e.Method, e.Note)
		}
		if peak := v.Before.PeakMemory.Max().Or(0); peak != 100*migration.MiB {
			t.Errorf("%s's peak is %d", name, peak)
		}
		if v.Before.StartUp.Count() == 0 || v.Before.MemoryLimit != migration.Some(512*migration.MiB) {
			t.Errorf("%s: start-up %v, limit %v", name, v.Before.StartUp.Count(), v.Before.MemoryLimit)
		}
	}
	if runs != 720 {
		t.Errorf("%d runs in all", runs)
	}
	if e := tenant(t, snap, "acme").AttributedBy; e.Source != "lambda reports" {
		t.Errorf("acme is attributed by %+v", e)
	}
}

func TestWithoutLogsNothingChanges(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbPool(s, noon)
	before := tenant(t, s.snapshot(noon), migration.Unattributed)
	withLogs(t, s)
	after := tenant(t, s.snapshot(noon), migration.Unattributed)
	if before.Before.Cost.Value.Or(migration.USD{}).Cmp(after.Before.Cost.Value.Or(migration.USD{})) != 0 ||
		after.Before.PeakMemory.Count() != 0 {
		t.Errorf("%v became %v", before.Before.Cost, after.Before.Cost)
	}
}

// What another evidence has split already is not counted on top.
func TestWhatIsSplitElsewhereIsLeftAlone(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbPool(s, noon)
	withLogs(t, s, logAnswer(noon.Add(30*time.Minute), noon.Add(25*time.Minute), perSlot(30, 15, 5), 512*1500))
	s.opts.Logs.Elsewhere = func(f *migration.Function) bool { return f.Name == "pool" }
	if err := s.once(t.Context()); err != nil {
		t.Fatal(err)
	}
	snap := s.snapshot(noon)
	if v := tenant(t, snap, migration.Unattributed); len(snap.Tenants) != 1 || v.Before.Runs.Or(0) != 720 {
		t.Errorf("%d tenants, %v runs", len(snap.Tenants), v.Before.Runs)
	}
}

// What is known by alias already is not counted on top either.
func TestWhatIsSplitByAliasIsLeftAlone(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbPool(s, noon)
	split := pooled
	acme := migration.Key{Platform: migration.Lambda, Tenant: "acme", Workload: pooled.Key.Workload}
	split.Aliases = migration.Some([]migration.Alias{{Name: "acme", Key: acme}})
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{Functions: []migration.Function{split}}})
	withLogs(t, s, logAnswer(noon.Add(30*time.Minute), noon.Add(25*time.Minute), perSlot(30, 15, 5), 512*1500))
	snap := s.snapshot(noon)
	if v := tenant(t, snap, migration.Unattributed); v.Before.Runs.Or(0) != 720 || tenant(t, snap, "acme").Before.Runs.Or(0) != 0 {
		t.Errorf("%v runs of nobody", v.Before.Runs)
	}
}

// Where lines are missing, what they would have shown stays estimated and is no less.
func TestRunsWithoutReportsStayEstimated(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbPool(s, noon)
	withLogs(t, s, logAnswer(noon.Add(30*time.Minute), noon.Add(25*time.Minute), perSlot(0, 0, 25), 512*1000))
	v := tenant(t, s.snapshot(noon), migration.Unattributed)
	// Half is measured at a second each, half estimated at as much.
	wantUSD(t, "Lambda a run", v.Before.CostPerRun, "0.00000853335")
	if e := v.Before.Cost.Evidence; e.Method != migration.Estimated {
		t.Errorf("it is %s: %s", e.Method, e.Note)
	}
	if n := v.Before.Runs.Or(0); n != 720 {
		t.Errorf("%d runs", n)
	}
}

// What is not final in the logs is not used yet, and used once it is.
func TestLateReportsRepairInPlace(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbPool(s, noon)
	early := logAnswer(noon, noon.Add(-30*time.Minute), perSlot(10, 0, 0), 512*3000)
	withLogs(t, s, early)
	acmes := func() int64 { return tenant(t, s.snapshot(noon), "acme").Before.Runs.Or(0) }
	first := acmes()
	late := logAnswer(noon.Add(30*time.Minute), noon.Add(25*time.Minute), perSlot(50, 0, 0), 512*3000)
	late.From = early.FinalTo
	late.Segments = late.Segments[0:0:0]
	for _, one := range logAnswer(noon.Add(30*time.Minute), noon.Add(25*time.Minute), perSlot(50, 0, 0), 512*3000).Segments {
		if !one.Start.Before(late.From) {
			late.Segments = append(late.Segments, one)
		}
	}
	withLogs(t, s, early, late)
	if second := acmes(); first == 0 || second <= first {
		t.Errorf("acme had %d runs, and then %d", first, second)
	}
}

// Whatever the log says of tenants, the parts are the whole.
func TestSplittingLosesNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newTestState(noon, time.Hour)
		absorbPool(s, noon)
		acme, blue := rapid.Int64Range(0, 50).Draw(r, "acme"), rapid.Int64Range(0, 30).Draw(r, "blue")
		nobody := max(50-acme-blue, 0)
		each := migration.MBMillis(rapid.Int64Range(1, 1_000_000).Draw(r, "each"))
		h := history.New("", history.Options{})
		defer func() { _ = h.Close() }()
		if err := h.PutLogs(context.Background(), testScope, logAnswer(noon.Add(30*time.Minute), noon.Add(25*time.Minute),
			perSlot(acme, blue, nobody), each)); err != nil {
			r.Fatal(err)
		}
		s.opts.Logs = (&loginsights.Settings{History: h}).WithDefaults()
		if err := s.once(context.Background()); err != nil {
			r.Fatal(err)
		}
		seen := timeseries.Seen{Now: noon, Window: s.window}
		seen.Readings[migration.Lambda] = timeseries.Reading{To: noon.Add(-3 * time.Minute), From: s.from[migration.Lambda]}
		w := s.store.Windows(seen)
		o := loginsights.NewOverlay(s.logged, s.functions, &w, s.store.Scratch())
		sr := s.store.Series[timeseries.Stream{Key: pooled.Key}]
		over, others := o.Of(timeseries.Stream{Key: pooled.Key}, sr), o.Others
		from, to := noon.Add(-60*time.Minute).Unix(), noon.Unix()
		var billed migration.MBMillis
		var runs int64
		for _, one := range append([]*timeseries.Series{over}, slices.Collect(maps.Values(others))...) {
			for _, c := range one.Buckets {
				if c.Start >= from && c.Start < to {
					runs += c.Runs
					for _, in := range c.Invoked {
						billed += in.Billed
					}
				}
			}
		}
		slots := int64(12)
		if want := each * migration.MBMillis((acme+blue+nobody)*slots); billed != want {
			r.Fatalf("%d MB-ms, want %d", billed, want)
		}
		if want := max(acme+blue+nobody, 50) * slots; runs != want {
			r.Fatalf("%d runs, want %d", runs, want)
		}
	})
}
