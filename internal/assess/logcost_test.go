package assess

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// What logs cost is part of the cost of Lambda, and says how it is known.
func TestLogsArePartOfTheCostAndHaveEvidence(t *testing.T) {
	s := newTestState(noon, time.Hour)
	var runs []migration.Activity
	for at := noon.Add(-90 * time.Minute); at.Before(noon.Add(-3 * time.Minute)); at = at.Add(time.Minute) {
		m := minute(at, 10)
		m.Invoked.Logs = 10 * migration.MiB
		runs = append(runs, m)
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Activities: runs,
		Health:     []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon.Add(-3 * time.Minute)}},
	}})
	v := tenant(t, s.snapshot(noon), "acme")
	// 72 minutes of 10 MiB; 1,024 MiB cost $0.50 in the first tier.
	if got := v.Before.LogBytes.Or(0); got != 720*migration.MiB {
		t.Errorf("%d bytes of logs, want 720 MiB", got)
	}
	wantUSD(t, "the logs", v.Before.LogCost, "0.3515625")
	if m := v.Before.LogCost.Evidence.Method; m == 0 {
		t.Error("nothing says how the cost of the logs is known")
	}
	if whole, logs := v.Before.Cost.Value.Or(migration.USD{}), v.Before.LogCost.Value.Or(migration.USD{}); whole.Cmp(logs) <= 0 {
		t.Errorf("the whole cost is %s, of which logs %s", whole, logs)
	}
}
