package monitor

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

func TestTellsOfJobsWithoutLogLines(t *testing.T) {
	notice := func(lines migration.Opt[int64], back time.Duration) string {
		s := newTestState(noon, time.Hour)
		absorbBoth(s, noon)
		if n, ok := lines.Get(); ok {
			s.absorb(arrival{source: "log arrival", batch: migration.Batch{JobLogs: migration.Some(migration.LogArrival{
				Group: "/jobs", From: noon.Add(-65*time.Minute - back), To: noon.Add(-5*time.Minute - back), Lines: n,
			})}})
		}
		for _, n := range tenant(t, s.snapshot(noon), "acme").Notices {
			if n.Code == "no_logs" {
				return n.Text
			}
		}
		return ""
	}
	if got := notice(migration.Some[int64](0), 0); !strings.Contains(got, "60 Jobs ended from 10:55 to 11:55 UTC, and no line arrived in /jobs") {
		t.Errorf("it says %q", got)
	}
	for name, got := range map[string]string{
		"lines came":   notice(migration.Some[int64](3), 0),
		"nobody asked": notice(migration.None[int64](), 0),
		"no Jobs then": notice(migration.Some[int64](0), 10*time.Hour),
	} {
		if got != "" {
			t.Errorf("%s, and it says %q", name, got)
		}
	}
}
