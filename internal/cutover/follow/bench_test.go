//go:build unix

package follow

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
)

// 10,000 tenants between their steps, each with a new minute of both sides: the whole must take less than 100 ms of one core.
func BenchmarkJudge(b *testing.B) {
	const tenants = 10_000
	names := make([]migration.Tenant, tenants)
	for i := range names {
		names[i] = migration.Tenant(fmt.Sprintf("tenant-%05d", i))
	}
	x := newBench(b, &plan.Plan{Waves: []plan.Wave{{
		Name: "all", At: noon, Tenants: plan.Members(names...),
		Steps: []plan.Step{{Share: 5000, At: noon, Started: noon}, {Share: plan.Whole}},
	}}})
	for _, name := range names {
		x.function(name, 1)
	}
	const lag = 18
	m := -90
	feed := func() {
		green := make([]migration.RunMinute, 0, tenants)
		for _, name := range names {
			x.blue(name, m-lag, 30, int64(m&1))
			if m >= 0 {
				green = append(green, jobs(name, m, 30, int64(m&1)))
			}
		}
		x.green(-90, m+1, green...)
		m++
	}
	for m < 45 {
		feed()
	}
	x.snapshot(m, m-lag)
	b.ReportAllocs()
	var used time.Duration
	for b.Loop() {
		b.StopTimer()
		feed()
		in := x.input(m, m-lag) // its tenants are the assessment's
		runtime.GC()            // of what was fed
		before := cpu(b)
		b.StartTimer()
		x.book.Judge(in)
		used += cpu(b) - before
	}
	b.ReportMetric(float64(used.Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

// cpu is the processor time of the program so far: other programs on the machine do not count.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
