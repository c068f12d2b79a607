package history

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// fleet makes the minutes of so many tenants on both sides, the same ones for the same minute.
type fleet struct {
	tenants int
	packer  *timeseries.Packer
}

func newFleet(tenants int) *fleet { return &fleet{tenants, timeseries.NewPacker()} }

var cloudwatch = migration.Provenance{Source: "cloudwatch", Method: migration.Measured, Coverage: 1}

func tenantOf(i int) migration.Tenant { return migration.Tenant(fmt.Sprintf("tenant-%04d", i)) }

// at is a minute of a tenant on Lambda: a rate of its own with a daily wave, run times around its own median.
func (f *fleet) lambda(i int, start time.Time, span time.Duration) timeseries.Bucket {
	r := rand.New(rand.NewPCG(uint64(i), uint64(start.Unix())))
	runs := int64(1+i%40) * int64(span/time.Minute)
	runs += r.Int64N(runs + 1)
	median := time.Duration(200+i%1000) * time.Millisecond
	spread := func(factor float64) time.Duration {
		return time.Duration(float64(median) * factor * (0.9 + 0.2*r.Float64())).Truncate(10 * time.Microsecond)
	}
	p := migration.Points[time.Duration]{Count: runs, P50: spread(1)}
	p.P95 = max(spread(2), p.P50)
	p.P99 = max(spread(2.5), p.P95)
	p.Max = max(spread(3), p.P99)
	p.Sum = (time.Duration(runs) * p.P50 * 11 / 10).Truncate(10 * time.Microsecond)
	place := migration.RegionArch{Region: "eu-west-1", Arch: "arm64"}
	a := migration.Activity{
		Key:   migration.Key{Platform: migration.Lambda, Tenant: tenantOf(i), Workload: "render"},
		Start: start, Span: span, Final: true, Evidence: cloudwatch, Runs: runs, Failures: runs / 50, Attempts: migration.Some(runs),
		Throttled: migration.Some[int64](0), MaxConcurrency: migration.Some(1 + r.Int64N(9)), Duration: migration.Summarized(p),
		Invoked: &migration.LambdaUsage{
			Place: place, Requests: runs, Billed: migration.MBMillis(runs * 512 * p.P50.Milliseconds()),
			Known: migration.Provenance{
				Source: "cloudwatch", Method: migration.Estimated, Coverage: 1, Note: "run times are not rounded up",
			},
		},
	}
	return f.packer.Pack(&a)
}

// jobs is a minute of a tenant on Kubernetes: a few Jobs with their peaks and what their pods held.
func (f *fleet) jobs(i int, start time.Time, span time.Duration) timeseries.Bucket {
	r := rand.New(rand.NewPCG(uint64(i)+1<<32, uint64(start.Unix())))
	runs := (1 + r.Int64N(3)) * int64(span/time.Minute)
	host := migration.Host{
		Kind: migration.HostEC2, InstanceType: "m7g.2xlarge", Place: migration.RegionArch{Region: "eu-west-1", Arch: "arm64"},
		OS: migration.Linux, NodeCPU: 8000, NodeMemory: 32 * migration.GiB,
	}
	a := migration.Activity{
		Key:   migration.Key{Platform: migration.Jobs, Tenant: tenantOf(i), Workload: "render"},
		Start: start, Span: span, Final: true,
		Evidence: migration.Provenance{Source: "kubernetes", Method: migration.Measured, Coverage: 1},
		Runs:     runs, Attempts: migration.Some(runs), OOMKilled: migration.Some[int64](0), TimedOut: migration.Some[int64](0),
	}
	var took, startUp []time.Duration
	var peaks []migration.Bytes
	for range runs {
		took = append(took, time.Duration(r.Int64N(90))*time.Second)
		startUp = append(startUp, time.Duration(1+r.Int64N(20))*time.Second)
		peaks = append(peaks, migration.Bytes(100+r.Int64N(300))*migration.MiB)
	}
	a.Duration, a.StartUp, a.PeakMemory = migration.Sample(took...), migration.Sample(startUp...), migration.Sample(peaks...)
	seconds := runs * (20 + r.Int64N(60))
	a.Usage = []migration.ResourceUsage{{
		Host: host, PodSeconds: seconds, CPU: migration.MilliCPUSeconds(500 * seconds), Memory: migration.KiBSeconds(524288 * seconds),
		UsedCPU: migration.Some(migration.MilliCPUSeconds(300 * seconds)), UsageSeconds: seconds,
	}}
	return f.packer.Pack(&a)
}

// minutes are those from one minute to another, of all tenants on both sides.
func (f *fleet) minutes(from time.Time, n int, span time.Duration) *timeseries.Minutes {
	m := &timeseries.Minutes{At: from.Add(time.Duration(n) * span)}
	for i := range f.tenants {
		for _, side := range []struct {
			p    migration.Platform
			make func(int, time.Time, time.Duration) timeseries.Bucket
		}{{migration.Lambda, f.lambda}, {migration.Jobs, f.jobs}} {
			one := timeseries.StreamBuckets{Stream: timeseries.Stream{
				Key: migration.Key{Platform: side.p, Tenant: tenantOf(i), Workload: "render"},
			}}
			for k := range n {
				one.Buckets = append(one.Buckets, side.make(i, from.Add(time.Duration(k)*span), span))
			}
			m.Streams = append(m.Streams, one)
		}
	}
	m.Watched = []timeseries.Watched{{Source: "cloudwatch", From: from, To: m.At}, {Source: "kubernetes", From: from, To: m.At}}
	return m
}
