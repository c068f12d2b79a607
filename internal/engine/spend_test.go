package engine

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/spend"
)

func monthly(usd string) cost.Budget {
	return cost.Budget{Month: migration.Some(migration.Dollars(decimal.RequireFromString(usd)))}
}

func asking(low, high int64, plan migration.PollRate) pollResult {
	return pollResult{source: "lambda", batch: migration.Batch{AskedLow: low, AskedHigh: high, PollRate: migration.Some(plan)}}
}

// several is a state that reads two regions, mars-north-1 and us-east-1, of which the book
// knows the second.
func several(t *testing.T) *state {
	t.Helper()
	s := newTestState(noon, time.Hour)
	s.opts.Scope = migration.Scope{Accounts: []migration.AccountScope{{Name: "a", Region: "us-east-1"}, {Name: "b", Region: "mars-north-1"}}}
	s.spent = newSpending(s.opts)
	return s
}

// from is what a source of one account asked.
func from(scope string, a pollResult) pollResult {
	a.source += " " + scope
	a.batch.Scope = scope
	return a
}

// Several accounts are in no one region, and what is asked of them costs all the same.
// Where one has no price the sum is what the others cost, and says what it lacks.
func TestSpendOfSeveralRegions(t *testing.T) {
	s := several(t)
	s.absorb(from("a us-east-1", asking(1000, 1000, migration.PollRate{Low: 30_000, High: 30_000})))
	v := s.spent.view(noon)
	if usd := v.SoFarHigh.Or(migration.USD{}).String(); usd != "0.01" || v.LowerBound || v.Note != "" {
		t.Errorf("in the region with a price: $%s, %+v", usd, v)
	}
	s.absorb(from("b mars-north-1", asking(500, 700, migration.PollRate{Low: 5_000, High: 7_000})))
	v = s.spent.view(noon)
	const note = "no price is known for metrics in mars-north-1: amounts leave that out"
	if usd := v.SoFarHigh.Or(migration.USD{}).String(); usd != "0.01" || !v.LowerBound || v.Note != note || v.MetricsLow != 1500 ||
		v.MetricsHigh != 1700 {
		t.Errorf("with the other: $%s, %+v", usd, v)
	}
	if perHour, month := v.PerHourHigh.Or(migration.USD{}).String(), v.ThisMonthLow.Or(migration.USD{}).String(); perHour != "0.3" ||
		month != "0.01" {
		t.Errorf("$%s an hour, $%s this month", perHour, month)
	}
	// Logs are scanned where the book has a price, and where it has none.
	s.spent.count(noon, "us-east-1", spend.Count{Scanned: 2 << 30})
	s.spent.count(noon, "mars-north-1", spend.Count{Scanned: 1 << 30})
	v = s.spent.view(noon)
	if usd, so := v.Scanned.Or(migration.USD{}).String(), v.SoFarLow.Or(migration.USD{}).String(); usd != "0.01" || so != "0.02" ||
		v.ScannedBytes != 3<<30 {
		t.Errorf("scanning cost $%s, all of it $%s: %+v", usd, so, v)
	}
	if want := "no price is known for metrics in mars-north-1 and scanning logs in mars-north-1: amounts leave that out"; v.Note != want {
		t.Errorf("note %q", v.Note)
	}
	// Who starts later knows it too.
	again := several(t)
	again.opts.Ledger = s.spent.ledger
	again.spent = newSpending(again.opts)
	if v := again.spent.view(noon); !v.LowerBound || v.ThisMonthHigh.Or(migration.USD{}).String() != "0.02" || v.Note == "" {
		t.Errorf("a later run: %+v", v)
	}
}

// A budget holds for what has a price: what has none is not taken for free on the quiet,
// and does not let the rest run away either.
func TestBudgetOfSeveralRegions(t *testing.T) {
	s := several(t)
	s.opts.Budget = monthly("25")
	s.spent = newSpending(s.opts)
	s.spent.count(noon, "mars-north-1", spend.Count{Scanned: 1 << 40})
	s.absorb(from("b mars-north-1", asking(5_000_000, 9_000_000, migration.PollRate{Low: 1_000_000, High: 1_000_000})))
	s.absorb(from("a us-east-1", asking(500, 1000, migration.PollRate{Low: 15_000, High: 30_000})))
	p := s.spent.focus(2)
	if p.Slower != 3.25 || p.Hold || p.Allow != migration.Some[int64](2_499_000/2) {
		t.Errorf("%+v", p)
	}
	const note = "polling 3.25 times less often than usual to stay within $25/month; " +
		"no price is known for metrics in mars-north-1 and scanning logs in mars-north-1: amounts leave that out, and so does the budget"
	if v := s.spent.view(noon); v.Note != note || !v.LowerBound {
		t.Errorf("note %q", v.Note)
	}
	s.absorb(from("a us-east-1", asking(0, 2_499_000, migration.PollRate{High: 30_000})))
	if p := s.spent.focus(1); !p.Hold || !strings.HasPrefix(p.Why, "nothing is asked until 1 Dec") {
		t.Errorf("spent: %+v", p)
	}
}

// The region may be the profile's, which is known from the functions.
func TestSpendInTheRegionOfTheProfile(t *testing.T) {
	s := newTestState(noon, time.Hour)
	s.opts.Scope = migration.Scope{}
	s.spent = newSpending(s.opts)
	if usd := s.spent.price().Or(migration.USD{}).String(); usd != "0.01" {
		t.Errorf("before any region is known 1,000 metrics cost $%s", usd)
	}
	a := asking(1000, 1000, migration.PollRate{})
	a.batch.Functions = []migration.Function{{Name: "f", Place: migration.RegionArch{Region: "sa-east-1"}}}
	s.absorb(a)
	if usd := s.spent.view(noon).SoFarLow.Or(migration.USD{}).String(); usd != "0.014" {
		t.Errorf("1,000 metrics in sa-east-1 cost $%s", usd)
	}
}

// The budget is weighed against the plan and what was spent in the calendar month, by
// the high count; the pace that is shown is the slowed one.
func TestBudgetSlows(t *testing.T) {
	s := newTestState(noon, time.Hour)
	s.opts.Budget = monthly("25")
	s.spent = newSpending(s.opts)
	if p := s.spent.focus(2); p.Slower != 1 || p.Hold || p.Why != "" || p.Allow != migration.Some[int64](1_250_000) {
		t.Errorf("before the first poll: %+v; half of $25 buys 1.25 million metrics", p)
	}
	// 20 November noon: 252 h are left. 30,000 an hour are $0.30, $75.60 in all.
	s.absorb(asking(500, 1000, migration.PollRate{Low: 15_000, High: 30_000}))
	p := s.spent.focus(1)
	if p.Slower != 3.25 || p.Why != "to stay within $25/month" || p.Allow != migration.Some[int64](2_499_000) {
		t.Errorf("%+v", p)
	}
	v := s.spent.view(noon)
	if v.Slower != 3.25 || v.Note != "polling 3.25 times less often than usual to stay within $25/month" ||
		v.BudgetMonth != s.opts.Budget.Month {
		t.Errorf("%+v", v)
	}
	if high, _ := v.PerHourHigh.Get(); high.Fixed(4) != "0.0923" { // 0.30 / 3.25
		t.Errorf("an hour: %v", high)
	}
	if month, _ := v.ThisMonthHigh.Get(); month.String() != "0.01" {
		t.Errorf("this month: %v", month)
	}
	s.absorb(asking(0, 2_499_000, migration.PollRate{High: 30_000}))
	if p := s.spent.focus(1); !p.Hold || p.Allow != migration.Some[int64](0) || !strings.HasPrefix(p.Why, "nothing is asked until 1 Dec") {
		t.Errorf("spent: %+v", p)
	}
	if v := s.spent.view(noon); v.PerHourHigh.Or(migration.Dollars(decimal.NewFromInt(1))).Sign() != 0 || v.HeldUntil.Day() != 1 {
		t.Errorf("held: %+v", v)
	}
	s.spent.take(time.Date(2026, 12, 1, 0, 0, 1, 0, time.UTC), "jobs", "", &migration.Batch{})
	if p := s.spent.focus(1); p.Hold {
		t.Errorf("in December: %+v", p)
	}
}

// What was spent this month counts after a restart, whoever asked.
func TestSpendSurvivesRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spend.json")
	s := newTestState(noon, time.Hour)
	s.opts.Budget, s.opts.Ledger = monthly("1"), spend.File(path)
	s.spent = newSpending(s.opts)
	s.absorb(asking(60_000, 100_000, migration.PollRate{High: 1}))
	again := newTestState(noon.Add(time.Hour), time.Hour)
	again.opts.Budget, again.opts.Ledger = monthly("1"), spend.File(path)
	again.spent = newSpending(again.opts)
	v := again.spent.view(noon.Add(time.Hour))
	if low, _ := v.ThisMonthLow.Get(); low.String() != "0.6" || !again.spent.focus(1).Hold {
		t.Errorf("after a restart %+v", v)
	}
	if v.MetricsHigh != 0 {
		t.Errorf("%d metrics since the start", v.MetricsHigh)
	}
}

// A budget that cannot be kept says so.
func TestBudgetCannotBeKept(t *testing.T) {
	s := newTestState(noon, time.Hour)
	s.opts.Budget = monthly("1")
	s.opts.Scope.Region = "mars-north-1"
	s.spent = newSpending(s.opts)
	if v := s.spent.view(noon); !strings.Contains(v.Note, "cannot be kept") || v.Slower != 1 {
		t.Errorf("without a price: %+v", v)
	}
	s.opts.Scope.Region = "us-east-1"
	s.opts.Ledger = spend.File(filepath.Join("/dev/null", "spend.json"))
	s.spent = newSpending(s.opts)
	if v := s.spent.view(noon); !strings.Contains(v.Note, "cannot be written") {
		t.Errorf("without a file: %+v", v)
	}
}

// What the budget allows and that nobody looks reach the sources with the next poll;
// who comes back is answered at once.
func TestSourcesLearnOfBudgetAndAbsence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []sources.Focus
		src := &scripted{name: "lambda", poll: func(_ int, f sources.Focus) (migration.Batch, error) {
			got = append(got, f)
			return asking(500, 1000, migration.PollRate{Low: 1_000_000, High: 2_000_000}).batch, nil
		}}
		src.cadence.Store(int64(time.Minute))
		m := newEngine(t, src)
		m.opts.Budget, m.opts.Scope.Region = monthly("25"), "us-east-1"
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		time.Sleep(90 * time.Second)
		m.SetFocus(sources.Focus{Away: true})
		time.Sleep(time.Minute)
		m.SetFocus(sources.Focus{})
		time.Sleep(time.Second)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if len(got) != 4 || got[0].Pace.Times() != 1 || got[1].Pace.Slower <= 1 || got[1].Away || !got[2].Away || got[3].Away {
			t.Errorf("focus of the polls: %+v", got)
		}
		if at := src.times(); at[3] != 151*time.Second && at[3] != 150*time.Second {
			t.Errorf("polls at %v; who comes back at 2m30 waits", at)
		}
	})
}

func TestSpendIsWhatWasAsked(t *testing.T) {
	s := newTestState(noon, time.Hour)
	at := noon
	for range 3 { // 500 metrics a minute
		s.opts.Clock = still(at)
		s.absorb(pollResult{source: "lambda", batch: migration.Batch{AskedLow: 500, AskedHigh: 1250}})
		at = at.Add(time.Minute)
	}
	got := s.spent.view(at)
	for what, c := range map[string]struct {
		got  migration.Opt[migration.USD]
		want string
	}{
		"so far, low":   {got.SoFarLow, "0.015"},   // 1,500 at $0.01 a thousand
		"so far, high":  {got.SoFarHigh, "0.0375"}, // 3,750
		"an hour, low":  {got.PerHourLow, "0.3"},   // 30,000
		"a month, high": {got.PerMonthHigh, "547.5"},
	} {
		if u, ok := c.got.Get(); !ok || !u.Decimal().Round(12).Equal(decimal.RequireFromString(c.want)) {
			t.Errorf("%s: %v, want %s", what, u, c.want)
		}
	}
}
