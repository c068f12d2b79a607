package assess

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// notYet is an earlier look at a bucket: fewer runs, and what comes later may change it.
func notYet(a migration.Activity) migration.Activity {
	a.Final, a.Evidence.Provisional = false, true
	return a
}

// A cost with a minute in it that may still change says so, on every figure made
// of it; with the final copy the mark goes, and the figure is right to the digit.
func TestProvisionalCostIsMarkedUntilItIsFinal(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	newest := jobMinute("acme", noon, 1, 0)
	early := notYet(newest)
	early.Usage = []migration.ResourceUsage{{Host: node, PodSeconds: 30, CPU: 30_000, Memory: 30 * 4 << 20}}
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{Activities: []migration.Activity{early}}})
	snap := s.snapshot(noon.Add(2 * time.Minute))
	v := tenant(t, snap, "acme")
	for name, f := range map[string]migration.Figure[migration.USD]{
		"cost": v.After.Cost, "cost an hour": v.After.CostPerHour, "cost a run": v.After.CostPerRun,
		"the workload's cost": v.Workloads[0].After.Cost, "the fleet's cost": snap.Totals.After.Cost,
	} {
		if !f.Evidence.Provisional {
			t.Errorf("%s holds a minute that may change and is not marked: %v", name, f.Evidence)
		}
	}
	if !v.After.Activity.Provisional {
		t.Error("the Jobs' counts are not marked")
	}
	// Lambda's figures end where CloudWatch changes nothing any more.
	if v.Before.Cost.Evidence.Provisional {
		t.Errorf("Lambda's cost is marked: %v", v.Before.Cost.Evidence)
	}
	part := v.After.Cost.Value

	s.absorb(pollResult{source: "jobs", batch: migration.Batch{Activities: []migration.Activity{newest}}})
	snap = s.snapshot(noon.Add(2 * time.Minute))
	v = tenant(t, snap, "acme")
	if v.After.Cost.Evidence.Provisional || v.After.Activity.Provisional || snap.Totals.After.Cost.Evidence.Provisional {
		t.Errorf("still marked after the final copy: %v", v.After.Cost.Evidence)
	}
	wantUSD(t, "Jobs an hour", v.After.CostPerHour, "0.048")
	if v.After.Cost.Value == part {
		t.Error("the half minute cost as much as the whole one: nothing was repaired")
	}
}

// The same looks at the same minutes give the same figures, in whatever order and
// however late they come: a look from before a minute was final never takes the
// place of the final one.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	var looks []migration.Batch
	for at := noon; at.Before(noon.Add(40 * time.Minute)); at = at.Add(time.Minute) {
		for n := range 3 {
			lambda, jobs := minute(at, int64(n+1)*7), jobMinute("acme", at, int64(n+1), int64(n))
			if n < 2 {
				lambda, jobs = notYet(lambda), notYet(jobs)
			}
			looks = append(looks, migration.Batch{Activities: []migration.Activity{lambda, jobs}})
		}
	}
	figures := func(order []migration.Batch) []migration.Side {
		s := newTestState(noon, time.Hour)
		absorbBoth(s, noon)
		for _, b := range order {
			s.absorb(pollResult{source: "lambda", batch: b})
		}
		s.absorb(pollResult{source: "lambda", batch: migration.Batch{
			Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon.Add(40 * time.Minute)}},
		}})
		snap := s.snapshot(noon.Add(42 * time.Minute))
		for _, v := range snap.Tenants {
			if v.Tenant == "acme" {
				return []migration.Side{v.Before, v.After, snap.Totals.Before, snap.Totals.After}
			}
		}
		return nil
	}
	type said struct {
		Cost, PerRun   string
		Runs, Failures int64
		Provisional    bool
	}
	tell := func(sides []migration.Side) (out []said) {
		for i := range sides {
			c := &sides[i]
			out = append(out, said{
				c.Cost.Value.Or(migration.USD{}).String(), c.CostPerRun.Value.Or(migration.USD{}).String(),
				c.Runs.Or(-1), c.Failures.Or(-1), c.Cost.Evidence.Provisional,
			})
		}
		return out
	}
	want := tell(figures(looks))
	if len(want) != 4 || want[1].Cost == "0" || want[1].Provisional {
		t.Fatalf("in order: %+v", want)
	}
	rapid.Check(t, func(t *rapid.T) {
		if diff := cmp.Diff(want, tell(figures(rapid.Permutation(looks).Draw(t, "order")))); diff != "" {
			t.Fatalf("in another order (-in order +got):\n%s", diff)
		}
	})
}
