//go:build unix

package cost

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// fleet is what one minute of a tenant looks like, on both sides.
type fleet struct {
	invoked [2]migration.LambdaUsage
	held    [3]migration.ResourceUsage
}

func newFleet() *fleet {
	arm := migration.RegionArch{Region: "us-east-1", Arch: migration.Arm64}
	node := migration.Host{
		Kind: migration.HostEC2, Place: virginia, InstanceType: "m6i.2xlarge", NodeCPU: 8 * migration.Core,
		NodeMemory: 32 * migration.GiB,
	}
	other := migration.Host{
		Kind: migration.HostEC2, Place: virginia, InstanceType: "m7i.xlarge", NodeCPU: 4 * migration.Core,
		NodeMemory: 16 * migration.GiB,
	}
	pod := migration.Host{Kind: migration.HostFargate, Place: virginia, RequestCPU: migration.Core, RequestMemory: 2 * migration.GiB}
	return &fleet{
		invoked: [2]migration.LambdaUsage{{Place: virginia, Requests: 17, Billed: 123_456_789}, {Place: arm, Requests: 3, Billed: 987_654}},
		held: [3]migration.ResourceUsage{
			{
				Host: node, PodSeconds: 240, CPU: 480_000, Memory: 503_316_480, UsedCPU: migration.Some[migration.MilliCPUSeconds](250_000),
				UsageSeconds: 180,
			},
			{Host: other, PodSeconds: 60, CPU: 60_000, Memory: 62_914_560},
			{Host: pod, PodSeconds: 90, ShortOfMinute: 30},
		},
	}
}

// cpuTime is what this process has used so far: on a busy machine the clock tells
// more about the neighbours.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLedger prices 10,000 tenants of 1,440 one-minute buckets each, one side a
// bucket, as one core: the goal is 250 ms and 200 MB. The function's architecture and
// the kind of node change every ten minutes.
func BenchmarkLedger(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const tenants, buckets = 10_000, 1_440
	p, f := pricer(b), newFleet()
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	used := cpuTime(b)
	for b.Loop() {
		l := p.Ledger()
		accounts := make([]*UsageLedger, tenants)
		for i := range accounts {
			a := l.Usage()
			accounts[i] = a
			for minute := range buckets {
				if minute%2 == 0 {
					a.AddLambda(&f.invoked[minute/10%2])
				} else {
					a.AddUsage(&f.held[minute/10%3])
				}
			}
		}
		for _, h := range f.held {
			l.Nodes(&migration.NodeTime{Host: h.Host, NodeSeconds: 1e9, Nodes: 12_000})
		}
		l.Cluster("us-east-1", StandardSupport, 86_400)
		bill := l.Close(24 * time.Hour)
		for _, a := range accounts {
			if !bill.Lambda(a).Value.Known() || !bill.Jobs(a).Value.Known() {
				b.Fatal("a tenant has no price")
			}
		}
		if !bill.Total().Value.Known() {
			b.Fatal("the fleet has no price")
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(cpuTime(b)-used)/1e6/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/1e6, "MB/op")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(tenants*buckets), "ns/bucket")
}
