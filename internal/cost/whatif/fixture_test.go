package whatif

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

const region = "us-east-1"

var at = time.Date(2026, 3, 14, 10, 34, 42, 0, time.UTC)

func newAsker() *Engine { return New(cost.New(prices.Default(), cost.Options{})) }

func usd(s string) migration.USD { return migration.Dollars(decimal.RequireFromString(s)) }

// spec is a tenant of one workload, over a window of an hour.
type spec struct {
	name         string
	memory       migration.Bytes
	lambda, jobs int64 // runs
	took         time.Duration
	cpu          migration.CPU
	request      migration.Bytes
	start        time.Duration
	noFunction   bool
}

// fleetOf is a Snapshot of tenants, whose Lambda side costs what [cost.Pricer.Lambda]
// says for their time, on a cluster whose fee is $0.10 an hour.
func fleetOf(specs ...spec) *migration.Snapshot {
	p := cost.New(prices.Default(), cost.Options{})
	s := &migration.Snapshot{
		Version: 3, At: at, Scope: migration.Scope{Region: region},
		Window:  migration.Window{From: at.Add(-time.Hour), To: at, Span: time.Hour},
		Cluster: &migration.Cluster{EKS: true, Region: region},
	}
	measured := migration.Provenance{Source: "test", Method: migration.Measured, Coverage: 1}
	fig := func(v migration.USD) migration.Figure[migration.USD] {
		return migration.Figure[migration.USD]{Value: migration.Some(v), Kind: migration.Billed, Evidence: measured}
	}
	sum := migration.USD{}
	for _, sp := range specs {
		v := migration.TenantView{Tenant: migration.Tenant(sp.name)}
		w := migration.WorkloadView{Workload: "work"}
		place := migration.RegionArch{Region: region, Arch: migration.X86}
		if !sp.noFunction {
			w.Functions = []migration.Function{{MemorySize: sp.memory, Place: place}}
		}
		if sp.lambda > 0 {
			billed := migration.MBMillis(int64(sp.memory/migration.MiB) * sp.took.Milliseconds() * sp.lambda)
			all, err := p.Lambda(migration.LambdaUsage{Place: place, Requests: sp.lambda, Billed: billed})
			if err != nil {
				panic(err)
			}
			l := &w.Before
			l.Present, l.Runs, l.Activity = true, migration.Some(sp.lambda), measured
			l.Cost, l.CostPerHour, l.CostPerRun = fig(all.Amount), fig(all.Amount), fig(cost.Per(all.Amount, decimal.NewFromInt(sp.lambda)))
			l.Duration = migration.Sample(sp.took)
			l.Parts.OnDemand = billed
			sum = sum.Add(all.Amount)
		}
		if sp.jobs > 0 {
			j := &w.After
			spent := usd("0.01").Mul(decimal.NewFromInt(sp.jobs))
			j.Present, j.Runs, j.Activity = true, migration.Some(sp.jobs), measured
			j.Cost, j.CostPerHour, j.CostPerRun = fig(spent), fig(spent), fig(usd("0.01"))
			j.Duration, j.StartUp = migration.Sample(sp.took), migration.Sample(sp.start)
			v.Runs = []migration.Run{{
				Key: migration.Key{Platform: migration.Jobs, Workload: "work", Tenant: v.Tenant}, Parallel: 1,
				Request: migration.Resources{CPU: migration.Some(sp.cpu), Memory: migration.Some(sp.request)},
			}}
			v.Economics.IdleShare, v.Economics.PlatformShare = fig(usd("0.002")), fig(usd("0.05"))
			sum = sum.Add(spent)
		}
		v.Before, v.After = w.Before, w.After
		v.Workloads = []migration.WorkloadView{w}
		s.Tenants = append(s.Tenants, v)
	}
	t := &s.Totals
	t.Tenants, t.Platform, t.Total = len(specs), fig(usd("0.1")), fig(sum.Add(usd("0.1")))
	t.After.StartUp = migration.Sample(2 * time.Second)
	t.Nodes = []migration.NodeView{
		{
			Host: migration.Host{Kind: migration.HostEC2, InstanceType: "m6i.xlarge"}, Nodes: 3, NodePrice: fig(usd("0.192")),
			Requested: migration.Some(migration.Ratio(0.5)),
		},
		{
			Host: migration.Host{Kind: migration.HostEC2, InstanceType: "m6i.xlarge", Spot: true}, Nodes: 1,
			NodePrice: fig(usd("0.064")), Requested: migration.Some(migration.Ratio(0.5)),
		},
	}
	return s
}

// onDemand is a scenario whose figures are easily recomputed: m6i.xlarge, no Spot,
// full nodes.
func onDemand() migration.Scenario {
	return migration.Scenario{Target: migration.OnNodes, NodeType: "m6i.xlarge", Arch: migration.X86, Packed: 100}
}
