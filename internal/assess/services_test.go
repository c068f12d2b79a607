package assess

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// A Knative service is a row of its own with what its pods hold of the pool. It is on
// neither side, and has no runs, which are unknown and not none.
func TestAKnativeServiceCostsAndDoesNotRun(t *testing.T) {
	plain := newTestState(noon, time.Hour)
	absorbBoth(plain, noon)
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	var pods []migration.Activity
	for at := noon.Add(-90 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
		a := jobMinute("acme", at, 0, 0)
		a.Key = migration.Key{Platform: migration.Knative, Workload: "api", Tenant: "acme"}
		pods = append(pods, a)
	}
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{Activities: pods}})
	before, snap := plain.snapshot(noon), s.snapshot(noon)
	if len(snap.Totals.Services) != 1 || snap.Totals.Services[0].Platform != migration.Knative {
		t.Fatalf("services: %+v", snap.Totals.Services)
	}
	side := &snap.Totals.Services[0].Side
	for what, n := range map[string]migration.Opt[int64]{
		"runs": side.Runs, "failures": side.Failures, "timed out": side.TimedOut, "OOMKilled": side.OOMKilled, "running": side.Running,
		"pending": side.Pending,
	} {
		if n.Known() {
			t.Errorf("%s: %v", what, n)
		}
	}
	cost, ok := side.CostPerHour.Value.Get()
	if !ok || cost.Sign() <= 0 || side.CostPerRun.Value.Known() {
		t.Errorf("it costs %s (known %t), a run %v", cost, ok, side.CostPerRun.Value)
	}
	if own := tenant(t, snap, "acme").Services; len(own) != 1 || own[0].Side.CostPerHour.Value.Or(migration.USD{}).Cmp(cost) != 0 {
		t.Errorf("of its tenant: %+v", own)
	}
	// What it holds is no longer idle: the bill is the same.
	if snap.Totals.After.Runs != before.Totals.After.Runs ||
		snap.Totals.After.CostPerHour.Value.Or(migration.USD{}).Cmp(before.Totals.After.CostPerHour.Value.Or(migration.USD{})) != 0 {
		t.Error("it is on the side of Jobs")
	}
	if a, b := snap.Totals.Total.Value.Or(migration.USD{}), before.Totals.Total.Value.Or(migration.USD{}); a.Round(20).Cmp(b.Round(20)) != 0 {
		t.Errorf("all costs %s with it and %s without", a, b)
	}
}
