package engine

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// onInstances makes all runs of an answer ones on Lambda Managed Instances.
func onInstances(a *migration.LogAnswer) *migration.LogAnswer {
	for i := range a.Segments {
		for j := range a.Segments[i].Runs {
			r := &a.Segments[i].Runs[j]
			r.Unbilled, r.Billed, r.Estimated, r.Peak = r.Runs, 0, 0, nil
		}
	}
	return a
}

// What is billed by the instance has no cost of its own, before its logs were read and after;
// what it stands with is a lower bound.
func TestManagedInstancesHaveNoCostOfTheirOwn(t *testing.T) {
	for name, test := range map[string]struct {
		tenant  string
		managed bool // its configuration says so
		before  bool // the cost is known without logs
	}{"its own": {"", true, false}, "a tenant's": {"acme", true, false}, "not in its configuration": {"", false, true}} {
		t.Run(name, func(t *testing.T) {
			s := watchedPool(every(4, 4))
			if test.managed {
				for _, sr := range s.store.Series {
					for i := range sr.Buckets {
						sr.Buckets[i].Invoked, sr.Buckets[i].Have = nil, sr.Buckets[i].Have|timeseries.CostUnknown
					}
				}
			}
			before := tenant(t, s.snapshot(noon), migration.Unattributed).Before.Cost
			if before.Value.Known() != test.before {
				t.Errorf("without logs it is %v", before)
			}
			withLogs(t, s, onInstances(reportedPool("/aws/lambda/pool", "pool", test.tenant, every(4, 4))))
			snap := s.snapshot(noon)
			if got := tenant(t, snap, migration.Tenant(test.tenant)).Before; got.Cost.Value.Known() || got.Runs != migration.Some[int64](20) {
				t.Errorf("%v runs for %v", got.Runs, got.Cost)
			}
			if got := snap.Totals.Before.Cost; got.Value.Known() {
				t.Errorf("all of it is %v", got)
			}
		})
	}
}

// A day with such runs has no cost either.
func TestADayOnManagedInstancesIsNotCheaper(t *testing.T) {
	d := newDays(migration.Lambda)
	a := minute(assess.Midnight(noon.AddDate(0, 0, -3)), 10)
	a.Span, a.Invoked.Known.LowerBound = migration.DayLength, true
	if !d.take(&a) {
		t.Fatal("not a day")
	}
	s := newTestState(noon, time.Hour)
	day := assess.CountDay(s.facts(noon), assess.Midnight(a.Start), false, d.daily[assess.Midnight(a.Start).Unix()])
	if day == nil || len(day.Tenants) != 1 || day.Tenants[0].Before.Known() || day.Tenants[0].BeforeRuns != migration.Some[int64](10) {
		t.Errorf("%+v", day)
	}
}
