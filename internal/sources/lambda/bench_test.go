package lambda

import (
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// BenchmarkPoll5000 is one poll of 5,000 functions that are all active and all
// due: 90 calls and 45,000 statistics over the trailing window, the simulated
// CloudWatch included.
func BenchmarkPoll5000(b *testing.B) {
	account := newFleet(5000)
	account.from = epoch.Add(-10 * time.Minute)
	r := newRig(b, account, func(s *Settings) { s.History, s.Rand, s.Timeout = -1, nil, time.Hour })
	if _, err := r.Poll(b.Context(), sources.Focus{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	activities := 0
	for b.Loop() {
		r.clock.Advance(5 * time.Minute)
		batch, err := r.Poll(b.Context(), sources.Focus{})
		if err != nil {
			b.Fatal(err)
		}
		activities += len(batch.Activities)
	}
	b.ReportMetric(float64(activities)/float64(b.N), "activities/op")
}

// BenchmarkFirstPoll is the first poll of fleets of which every minute is busy, with
// their history, as the engine takes it: part by part. It reports the memory that
// is in use when the last part is handed over, the simulated CloudWatch's included,
// and what the source holds when all is done.
func BenchmarkFirstPoll(b *testing.B) {
	for _, n := range []int{500, 5000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			account := newFleet(n)
			b.ReportAllocs()
			var most, held uint64
			activities := 0
			inUse := func() uint64 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				return m.HeapAlloc
			}
			for b.Loop() {
				r := newRig(b, account, func(s *Settings) { s.Timeout = time.Hour })
				activities = 0
				parts := 0
				batch, err := r.Stream(b.Context(), sources.Focus{}, func(part migration.Batch) {
					activities += len(part.Activities)
					if parts++; parts%16 == 0 {
						most = max(most, inUse())
					}
				})
				if err != nil {
					b.Fatal(err)
				}
				activities += len(batch.Activities)
				held = inUse()
				runtime.KeepAlive(r)
			}
			b.ReportMetric(float64(activities), "activities/op")
			b.ReportMetric(float64(max(most, held))/(1<<20), "most-MB")
			b.ReportMetric(float64(held)/(1<<20), "held-MB")
		})
	}
}
