package lambda

import (
	"runtime"
	"testing"
	"time"

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

// BenchmarkFirstPoll is the first poll of 500 functions with two days of
// history, every minute of them busy. It reports the memory that is held by the
// batch and the source afterwards.
func BenchmarkFirstPoll(b *testing.B) {
	account := newFleet(500)
	b.ReportAllocs()
	var held uint64
	for b.Loop() {
		r := newRig(b, account, func(s *Settings) { s.Timeout = time.Hour })
		batch, err := r.Poll(b.Context(), sources.Focus{})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		held = m.HeapAlloc
		b.ReportMetric(float64(len(batch.Activities)), "activities/op")
		b.StartTimer()
	}
	b.ReportMetric(float64(held)/(1<<20), "heap-MB")
}
