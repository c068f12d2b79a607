package ui

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// drawnTenant is a tenant of one workload whose runs are all alike.
type drawnTenant struct {
	name         migration.Tenant
	memory       migration.Bytes
	took         time.Duration
	before, jobs int64 // runs in the hour
}

// drawnFleet are facts, and what they were made of.
type drawnFleet struct {
	facts   *assess.Facts
	pricer  *cost.Pricer
	options cost.Options
	tenants []drawnTenant
	cluster bool
	ecs     bool // the move is from ECS and not from Lambda
}

// agreedAt is the moment of all snapshots: CloudWatch is final three minutes before, at a quarter of an hour, so
// that its window is an hour.
var agreedAt = at.Truncate(15 * time.Minute).Add(3 * time.Minute)

var agreedPlace = migration.RegionArch{Region: "us-east-1", Arch: migration.X86}

// drawFleet is any fleet of a move to Jobs: before it, with no cluster yet, or under way.
func drawFleet(t *rapid.T) drawnFleet {
	f := drawnFleet{cluster: rapid.Bool().Draw(t, "cluster"), ecs: rapid.Bool().Draw(t, "from ECS")}
	if rapid.Bool().Draw(t, "plan") {
		f.options.Plan = cost.SavingsPlanCoverage{
			Term:     rapid.SampledFrom([]string{"1y", "3y"}).Draw(t, "term"),
			Coverage: decimal.New(rapid.Int64Range(1, 100).Draw(t, "coverage"), -2),
		}
	}
	f.pricer = cost.New(prices.Default(), f.options)
	for i := range rapid.IntRange(1, 4).Draw(t, "tenants") {
		d := drawnTenant{
			name:   migration.Tenant(fmt.Sprint("tenant-", i)),
			memory: migration.Bytes(rapid.IntRange(128, 3008).Draw(t, "MB")) * migration.MiB,
			took:   time.Duration(rapid.IntRange(1, 800_000).Draw(t, "ms")) * time.Millisecond,
			before: 2 * rapid.Int64Range(0, 2000).Draw(t, "runs before"), // an even number is a whole one in a month of 730.5 h
		}
		if f.cluster {
			d.jobs = rapid.Int64Range(0, 300).Draw(t, "Jobs")
		}
		f.tenants = append(f.tenants, d)
	}
	f.facts = f.assemble(rapid.Int64Range(0, 50).Draw(t, "idle nodes"))
	return f
}

// assemble makes facts as the engine would gather them, of the hour before.
func (f *drawnFleet) assemble(idle int64) *assess.Facts {
	store, queues := timeseries.NewStore(), timeseries.NewQueueStore()
	facts := &assess.Facts{
		Version: 7, Now: agreedAt, Window: time.Hour, Cost: f.pricer, Scope: migration.Scope{Region: agreedPlace.Region}, Store: store,
		Queues: &queues, Arrivals: map[string][]migration.LogDelivery{},
		Health: []assess.SourceHealth{{Source: "lambda", Rows: []migration.Health{
			{Source: "cloudwatch", State: migration.HealthOK, FinalTo: agreedAt.Add(-3 * time.Minute)},
		}}},
	}
	facts.From[migration.Lambda] = agreedAt.Add(-3 * time.Hour)
	node := migration.Host{
		Kind: migration.HostEC2, Place: agreedPlace, InstanceType: "m6i.xlarge",
		NodeCPU: 4 * migration.Core, NodeMemory: 16 * migration.GiB,
	}
	if f.ecs {
		facts.Move = migration.Move{Before: migration.ECS, After: migration.Jobs}
		facts.From[migration.ECS] = facts.From[migration.Lambda]
		facts.Health[0] = assess.SourceHealth{Source: "ecs", Rows: []migration.Health{
			{Source: "ecs", State: migration.HealthOK, FinalTo: agreedAt.Add(-3 * time.Minute)},
		}}
	}
	for i, d := range f.tenants {
		start := agreedAt.Add(-time.Duration(20+i) * time.Minute)
		key := migration.Key{Platform: migration.Lambda, Workload: "work", Tenant: d.name}
		if f.ecs {
			key.Platform = migration.ECS
		} else {
			facts.Functions = append(facts.Functions, migration.Function{
				Key: key, Name: "f-" + string(d.name), MemorySize: d.memory, Timeout: migration.LambdaWall, Place: agreedPlace,
				ARN: "arn:aws:lambda:us-east-1:123456789012:function:f",
			})
		}
		if d.before > 0 {
			store.Upsert(d.ran(key, start))
		}
		if key.Platform = migration.Jobs; d.jobs > 0 {
			seconds := d.jobs * (d.took.Milliseconds()/1000 + 1)
			store.Upsert(&migration.Activity{
				Key: key, Start: start, Span: time.Minute, Final: true, Runs: d.jobs,
				OOMKilled: migration.Some[int64](0), TimedOut: migration.Some[int64](0),
				Evidence: migration.Provenance{Source: "kubernetes", Method: migration.Measured, Coverage: 1},
				Duration: migration.Sample(d.took),
				Usage: []migration.ResourceUsage{{
					Host: node, PodSeconds: seconds,
					CPU: migration.MilliCPUSeconds(seconds * 500), Memory: migration.KiBSeconds(seconds << 20),
				}},
			})
			idle += seconds
		}
	}
	if f.cluster {
		store.UpsertNode(migration.NodeTime{
			Host: node, Start: agreedAt.Add(-30 * time.Minute), Span: time.Minute, NodeSeconds: idle, Nodes: 3,
		})
		facts.From[migration.Jobs], facts.Listed[migration.Jobs] = agreedAt.Add(-3*time.Hour), true
		facts.Cluster = &migration.Cluster{Name: "prod", EKS: true, Region: agreedPlace.Region}
		facts.Runs = []migration.Run{}
		facts.Health = append(facts.Health, assess.SourceHealth{Source: "jobs", Rows: []migration.Health{
			{Source: "jobs", State: migration.HealthOK},
		}})
	}
	facts.Days = assess.NewWholeDays(nil)
	return facts
}

// ran is a minute in which all runs of a tenant before the move ended.
func (d *drawnTenant) ran(key migration.Key, start time.Time) *migration.Activity {
	a := &migration.Activity{
		Key: key, Start: start, Span: time.Minute, Final: true, Runs: d.before,
		Evidence: migration.Provenance{Source: key.Platform.Info().System, Method: migration.Measured, Coverage: 1},
		Duration: migration.Summarized(migration.Points[time.Duration]{
			Count: d.before, Sum: time.Duration(d.before) * d.took, P50: d.took, P95: d.took, P99: d.took, Max: d.took,
		}),
	}
	if key.Platform == migration.Lambda {
		a.Invoked = &migration.LambdaUsage{
			Place: agreedPlace, Requests: d.before,
			Billed: migration.MBMillis(int64(d.memory/migration.MiB) * d.took.Milliseconds() * d.before),
		}
		return a
	}
	seconds := d.before * max(d.took.Milliseconds()/1000, 60)
	a.Usage = []migration.ResourceUsage{{
		Host: migration.Host{
			Kind: migration.HostECSFargate, Place: agreedPlace, OS: migration.Linux,
			FargateCPU: migration.Core, FargateMemory: 2 * migration.GiB,
		},
		PodSeconds: seconds, CPU: migration.MilliCPUSeconds(seconds * 1000), Memory: migration.KiBSeconds(seconds << 21),
	}}
	return a
}
