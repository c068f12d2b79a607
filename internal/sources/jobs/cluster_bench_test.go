//go:build cluster

package jobs

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

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
	for field, unit := range map[string]string{"VmRSS:": "RSS-MiB", "VmHWM:": "peak-RSS-MiB"} {
		if mib, ok := residentMiB(b, field); ok {
			b.ReportMetric(mib, unit)
		}
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MiB")
	runtime.KeepAlive(batch)
}

// residentMiB reads a field of /proc/self/status, where there is one.
func residentMiB(tb testing.TB, field string) (float64, bool) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	_, after, _ := strings.Cut(string(b), field)
	kib, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		tb.Fatal(err)
	}
	return float64(kib) / 1024, true
}
