package profile

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// manyKeys is a book of workloads times tenants that each ran some times, with peaks
// and durations as serverless tenants have them: lognormal, of different spreads.
func manyKeys(workloads, tenants, runs int) *Recommender {
	rng := rand.New(rand.NewPCG(1, 2))
	b := NewBook(Settings{})
	at := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	spread := make([]float64, workloads*tenants)
	for i := range spread {
		spread[i] = rng.Float64() * 0.5
	}
	for n := range runs {
		for k := range spread {
			w, t := k/tenants, k%tenants
			at = at.Add(time.Millisecond)
			x := 300e6 * math.Exp(rng.NormFloat64()*spread[k]) * (1 + float64(w%7))
			b.Observe(migration.RunRecord{
				Key: migration.Key{
					Platform: migration.Jobs, Workload: migration.Workload(fmt.Sprintf("w%04d", w)),
					Tenant: migration.Tenant(fmt.Sprintf("t%04d", t)),
				},
				ID:      fmt.Sprintf("%d-%d", n, k),
				Started: at, Duration: time.Duration(rng.ExpFloat64() * 30e9), Outcome: migration.OutcomeSucceeded,
				Peak: migration.Some(migration.Bytes(x)), PeakBound: migration.Exact, CPUTime: migration.Some(time.Duration(rng.ExpFloat64() * 10e9)),
			})
		}
	}
	return b
}

// BenchmarkRecompute recomputes 10,000 profiles. It is to take under 2 s on one core,
// with the book held in under 64 MB.
func BenchmarkRecompute(b *testing.B) {
	for _, c := range []struct{ workloads, tenants int }{{10_000, 1}, {100, 100}} {
		b.Run(fmt.Sprintf("%dx%d", c.workloads, c.tenants), func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			book := manyKeys(c.workloads, c.tenants, 30)
			book.flush()
			runtime.GC()
			runtime.ReadMemStats(&after)
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			var all []Profile
			for b.Loop() {
				all = book.Profiles(nil)
			}
			if len(all) != 10_000 {
				b.Fatalf("%d profiles", len(all))
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-held")
			runtime.KeepAlive(book)
		})
	}
}

// BenchmarkObserve learns from one run.
func BenchmarkObserve(b *testing.B) {
	book := manyKeys(1, 50, 100)
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	i := 0
	for b.Loop() {
		i++
		book.Observe(migration.RunRecord{
			Key:     migration.Key{Platform: migration.Jobs, Workload: "w0000", Tenant: migration.Tenant(fmt.Sprintf("t%04d", i%50))},
			Started: at.Add(time.Duration(i) * time.Second), Duration: time.Second, Outcome: migration.OutcomeSucceeded,
			Peak: migration.Some(migration.Bytes(3e8 + i%1000*1000)), PeakBound: migration.Exact,
		})
	}
}

// BenchmarkClassify puts 10,000 profiles into classes.
func BenchmarkClassify(b *testing.B) {
	book := manyKeys(100, 100, 5)
	all := book.Profiles(nil)
	for b.Loop() {
		book.Classify(all, 0)
	}
}
