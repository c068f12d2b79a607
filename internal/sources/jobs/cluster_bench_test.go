//go:build cluster

package jobs

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// The benchmarks read what is on the cluster; to repeat the figures of
// docs/performance.md, fill it first:
//
//	go run -C test/cluster . fill 10000
//	go test -tags cluster -run '^$' -bench Cluster -benchtime 5x ./internal/sources/jobs

// BenchmarkClusterFirstBatch is the time from nothing to the first batch with
// pods and their usage in it.
func BenchmarkClusterFirstBatch(b *testing.B) {
	var pods, samples int
	for range b.N {
		s := connected(b, "MIGTOP_TEST_VIEWER_KUBECONFIG", Options{})
		batch, err := s.Poll(b.Context(), sources.Focus{})
		if err != nil {
			b.Fatal(err)
		}
		pods, samples = batch.Cluster.Pods, healthOf(batch, "metrics").Objects
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(pods), "pods")
	b.ReportMetric(float64(samples), "samples")
}

// BenchmarkClusterPoll is a later poll: local records and the metrics' list. It
// reports what the process holds while nothing else is in it.
func BenchmarkClusterPoll(b *testing.B) {
	s := connected(b, "MIGTOP_TEST_VIEWER_KUBECONFIG", Options{})
	defer s.Close()
	if _, err := s.Poll(b.Context(), sources.Focus{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var batch migration.Batch
	for b.Loop() {
		var err error
		if batch, err = s.Poll(b.Context(), sources.Focus{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(residentMiB(b, "VmRSS:"), "RSS-MiB")
	b.ReportMetric(residentMiB(b, "VmHWM:"), "peak-RSS-MiB")
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MiB")
	runtime.KeepAlive(batch)
	time.Sleep(0)
}

func residentMiB(tb testing.TB, field string) float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		tb.Skip("no /proc: ", err)
	}
	_, after, _ := strings.Cut(string(b), field)
	kib, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		tb.Fatal(err)
	}
	return float64(kib) / 1024
}
