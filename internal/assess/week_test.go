package assess

import (
	"slices"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// Days before anything ran are no weekdays to learn from; one between is.
func TestWeeksBeginWithTheFirstRun(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	f := s.facts(noon)
	ran := map[int]int64{16: 10, 18: 30}
	var list []*migration.Day
	for day := 1; day < 20; day++ {
		daily := map[migration.Tenant][]DailyUsage{}
		if n := ran[day]; n > 0 {
			daily["globex"] = []DailyUsage{{Workload: "thumbnails", Runs: n, Invoked: &migration.LambdaUsage{
				Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86}, Requests: n, Billed: migration.MBMillis(n * 512_000),
			}}}
		}
		list = append(list, CountDay(f, date(day), false, daily))
	}
	f.Days = NewWholeDays(append(list, CountDay(f, date(20), true, nil)))
	b := &builder{Facts: f, frame: timeseries.Windows{Now: noon}}
	var learnt []int
	snap := migration.Totals{}
	for _, d := range b.month(&snap).whole {
		learnt = append(learnt, d.Day.Day())
	}
	if !slices.Equal(learnt, []int{16, 17, 18, 19}) {
		t.Errorf("learnt from the days %v", learnt)
	}
}

func date(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }
