package monitor

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

func asking(low, high int64, plan migration.Plan) arrival {
	return arrival{source: "lambda", batch: migration.Batch{AskedLow: low, AskedHigh: high, Plan: migration.Some(plan)}}
}

// Several accounts are in no one region, and what is asked of them costs all the same.
func TestSpendOfSeveralRegions(t *testing.T) {
	for want, regions := range map[string][]string{
		"0.01": {"eu-central-1", "us-east-1"},
		"-":    {"us-east-1", "mars-north-1"},
	} {
		s := newTestState(noon, time.Hour)
		s.opts.Scope = migration.Scope{}
		for _, region := range regions {
			s.opts.Scope.Accounts = append(s.opts.Scope.Accounts, migration.AccountScope{Region: region})
		}
		s.spent = newSpending(s.opts, s.perThousandMetrics)
		s.absorb(asking(1000, 1000, migration.Plan{High: 30_000}))
		got := "-"
		if usd, ok := s.spent.view(noon).SoFarHigh.Get(); ok {
			got = usd.String()
		}
		if got != want {
			t.Errorf("1,000 metrics of %v cost %s, want %s", regions, got, want)
		}
	}
}

// The budget is weighed against the plan and what was spent in the calendar month, by
// the high count; the pace that is shown is the slowed one.
func TestBudgetSlows(t *testing.T) {
	s := newTestState(noon, time.Hour)
	s.opts.Budget = monthly("25")
	s.spent = newSpending(s.opts, s.perThousandMetrics)
	if p := s.spent.focus(2); p.Slower != 1 || p.Hold || p.Why != "" || p.Allow != migration.Some[int64](1_250_000) {
		t.Errorf("before the first poll: %+v; half of $25 buys 1.25 million metrics", p)
	}
	// 20 November noon: 252 h are left. 30,000 an hour are $0.30, $75.60 in all.
	s.absorb(asking(500, 1000, migration.Plan{Low: 15_000, High: 30_000}))
	p := s.spent.focus(1)
	if p.Slower != 3.25 || p.Why != "to stay within $25/month" || p.Allow != migration.Some[int64](2_499_000) {
		t.Errorf("%+v", p)
	}
	v := s.spent.view(noon)
	if v.Slower != 3.25 || v.Note != "polling 3.25 times less often than usual to stay within $25/month" || v.BudgetMonth != s.opts.Budget.Month {
		t.Errorf("%+v", v)
	}
	if high, _ := v.PerHourHigh.Get(); high.Fixed(4) != "0.0923" { // 0.30 / 3.25
		t.Errorf("an hour: %v", high)
	}
	if month, _ := v.ThisMonthHigh.Get(); month.String() != "0.01" {
		t.Errorf("this month: %v", month)
	}
	s.absorb(asking(0, 2_499_000, migration.Plan{High: 30_000}))
	if p := s.spent.focus(1); !p.Hold || p.Allow != migration.Some[int64](0) || !strings.HasPrefix(p.Why, "nothing is asked until 1 Dec") {
		t.Errorf("spent: %+v", p)
	}
	if v := s.spent.view(noon); v.PerHourHigh.Or(migration.Dollars(decimal.NewFromInt(1))).Sign() != 0 || v.HeldUntil.Day() != 1 {
		t.Errorf("held: %+v", v)
	}
	s.spent.take(time.Date(2026, 12, 1, 0, 0, 1, 0, time.UTC), "jobs", &migration.Batch{})
	if p := s.spent.focus(1); p.Hold {
		t.Errorf("in December: %+v", p)
	}
}

// What was spent this month counts after a restart, whoever asked.
func TestSpendSurvivesRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spend.json")
	s := newTestState(noon, time.Hour)
	s.opts.Budget, s.opts.Ledger = monthly("1"), spend.File(path)
	s.spent = newSpending(s.opts, s.perThousandMetrics)
	s.absorb(asking(60_000, 100_000, migration.Plan{High: 1}))
	again := newTestState(noon.Add(time.Hour), time.Hour)
	again.opts.Budget, again.opts.Ledger = monthly("1"), spend.File(path)
	again.spent = newSpending(again.opts, again.perThousandMetrics)
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
	s.spent = newSpending(s.opts, func() migration.Opt[migration.USD] { return migration.None[migration.USD]() })
	if v := s.spent.view(noon); !strings.Contains(v.Note, "cannot be kept") || v.Slower != 1 {
		t.Errorf("without a price: %+v", v)
	}
	s.opts.Ledger = spend.File(filepath.Join("/dev/null", "spend.json"))
	s.spent = newSpending(s.opts, s.perThousandMetrics)
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
			return asking(500, 1000, migration.Plan{Low: 1_000_000, High: 2_000_000}).batch, nil
		}}
		src.cadence.Store(int64(time.Minute))
		m := newMonitor(t, src)
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
