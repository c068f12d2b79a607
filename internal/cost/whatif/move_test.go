package whatif

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// ecsSpec is a tenant whose work runs as tasks of ECS, and in part already elsewhere.
type ecsSpec struct {
	name        string
	tasks, jobs int64
	each        string // USD of a task, all of it on Fargate on demand
	took        time.Duration
	cpu         migration.CPU
	request     migration.Bytes
}

// ecsFleet is a Snapshot of a move from ECS to Jobs, over a window of an hour.
func ecsFleet(specs ...ecsSpec) *migration.Snapshot {
	s := fleetOf()
	s.Move = migration.Move{Before: migration.ECS, After: migration.Jobs}
	measured := migration.Provenance{Source: "test", Method: migration.Measured, Coverage: 1}
	fig := func(v migration.USD) migration.Figure[migration.USD] {
		return migration.Figure[migration.USD]{Value: migration.Some(v), Kind: migration.Requested, Evidence: measured}
	}
	side := func(n int64, each migration.USD, took time.Duration) migration.Side {
		if n == 0 {
			return migration.Side{}
		}
		all := each.Mul(decimal.NewFromInt(n))
		return migration.Side{
			Present: true, Runs: migration.Some(n), Activity: measured, Cost: fig(all), CostPerHour: fig(all), CostPerRun: fig(each),
			Duration: migration.Sample(took),
		}
	}
	for _, sp := range specs {
		w := migration.WorkloadView{Workload: "work"}
		w.Before, w.After = side(sp.tasks, usd(sp.each), sp.took), side(sp.jobs, usd("0.01"), sp.took)
		w.Before.Parts.Fargate, w.After.Parts.Nodes = w.Before.Cost.Value.Or(migration.USD{}), w.After.Cost.Value.Or(migration.USD{})
		v := migration.TenantView{Tenant: migration.Tenant(sp.name), Before: w.Before, After: w.After}
		v.Workloads = []migration.WorkloadView{w}
		for _, p := range []migration.Platform{migration.ECS, migration.Jobs} {
			cpu := sp.cpu
			if p == migration.ECS {
				cpu *= 2 // a task has more than the Job requests
			}
			v.Runs = append(v.Runs, migration.Run{
				Key: migration.Key{Platform: p, Workload: "work", Tenant: v.Tenant}, Parallel: 1,
				Request: migration.Resources{CPU: migration.Some(cpu), Memory: migration.Some(sp.request)},
			})
		}
		s.Tenants = append(s.Tenants, v)
	}
	s.Totals.Tenants = len(specs)
	return s
}

// The platform before the move is compared, whichever it is: tasks of ECS at what they cost now, by hand:
//
//	runs a month  100 an hour, 73,050
//	ECS           73,050 * $0.02
//	nodes         62 s of a pod of 1 vCPU and 2 GiB (a Job's request, and not a task's): 73,050 * 62/3600 h * 1000/3920 * $0.192, and $73
//	ECS Fargate   a minute of the task's 2 vCPU / 4 GB: 73,050 / 60 h * (2*0.04048 + 4*0.004445)
func TestTasksOfECSAreComparedAsTheyRun(t *testing.T) {
	s := ecsFleet(ecsSpec{
		name: "acme", tasks: 60, jobs: 40, each: "0.02", took: time.Minute, cpu: migration.Core, request: 2 * migration.GiB,
	})
	got := ask(t, s, onDemand())
	shown := []migration.Placement{migration.OnECS, migration.OnNodes, migration.OnEKSFargate, migration.OnECSFargate, migration.OnLambda}
	if diff := cmp.Diff(shown, got.Shown); diff != "" || got.Before != migration.OnECS || got.AsNow.Target != migration.OnNodes {
		t.Errorf("%s compared with %s: %s", got.Before, got.AsNow.Target, diff)
	}
	hours := decimal.RequireFromString("73050").Mul(decimal.RequireFromString("62")).DivRound(decimal.RequireFromString("3600"), 20)
	for _, p := range []*migration.TenantScenario{&got.Tenants[0], &got.Fleet} {
		same(t, "ECS", month(t, &p.On[migration.OnECS]), "1461")
		same(t, "nodes", month(t, &p.On[migration.OnNodes]), hours.Mul(decimal.RequireFromString("192")).
			DivRound(decimal.RequireFromString("3920"), 20).Add(decimal.RequireFromString("73")).String())
		same(t, "ECS Fargate", month(t, &p.On[migration.OnECSFargate]), "120.21595")
		if p.Verdict.Decision != migration.WorthMoving || !strings.Contains(p.Verdict.Reason, "$0.02 on ECS and $0.0008435 on nodes") {
			t.Errorf("verdict %+v", p.Verdict)
		}
		if p.On[migration.OnNodes].Duration.Known() || p.On[migration.OnNodes].Busy.Known() {
			t.Error("a break-even of length is Lambda's alone")
		}
	}
	// Nodes under a plan, and ECS under it: its Fargate part is covered.
	sc := onDemand()
	sc.Plan, sc.Commitment, sc.FargateDiscount = "1y", usd("100"), 20
	same(t, "under a plan", month(t, &ask(t, s, sc).Tenants[0].On[migration.OnECS]), "73000")
}

// What has left ECS is priced there as tasks on Fargate; that is no saving to come.
func TestWorkThatHasLeftECS(t *testing.T) {
	s := ecsFleet(
		ecsSpec{name: "moved", jobs: 100, each: "0", took: time.Minute, cpu: migration.Core, request: 2 * migration.GiB},
		ecsSpec{name: "acme", tasks: 60, each: "0.02", took: time.Minute, cpu: migration.Core, request: 2 * migration.GiB},
	)
	got := ask(t, s, onDemand())
	moved := &got.Tenants[0]
	same(t, "ECS", month(t, &moved.On[migration.OnECS]), "60.107975") // a minute of 1 vCPU / 2 GB, as its Jobs request
	if v, ok := moved.Saving.Value.Get(); !ok || v.Sign() != 0 || moved.Verdict.Decision != migration.Moved {
		t.Errorf("still to be saved %v, verdict %v", moved.Saving.Value, moved.Verdict)
	}
	on := &moved.On[migration.OnNodes]
	same(t, "saved", moved.Saved.Value.Or(migration.USD{}).Decimal(), decimal.RequireFromString("60.107975").Sub(month(t, on)).String())
	if !slices.ContainsFunc(got.Notes, func(n string) bool { return strings.Contains(n, "left ECS") }) {
		t.Errorf("notes %q", got.Notes)
	}
	s.Tenants[1].Workloads[0].Before.CostPerRun.Evidence.LowerBound = true
	if got = ask(t, s, onDemand()); got.Tenants[1].On[migration.OnECS].Problem != "what a run of work costs on ECS is unknown" ||
		len(got.LeftOut) != 1 {
		t.Errorf("a bound is compared: %+v", got.Tenants[1].On[migration.OnECS])
	}
}

// From Lambda to ECS: Lambda is compared with ECS as its tasks run now.
func TestFromLambdaToECS(t *testing.T) {
	s := ecsFleet(ecsSpec{
		name: "acme", tasks: 40, each: "0.0005", took: 10 * time.Second, cpu: migration.Core, request: 2 * migration.GiB,
	})
	one := fleetOf(spec{name: "acme", memory: 2048 * migration.MiB, lambda: 60, took: 10 * time.Second})
	s.Move = migration.Move{Before: migration.Lambda, After: migration.ECS}
	v := &s.Tenants[0]
	v.Workloads[0].Before, v.Workloads[0].After = one.Tenants[0].Workloads[0].Before, v.Workloads[0].Before
	v.Workloads[0].Functions = one.Tenants[0].Workloads[0].Functions
	v.Before, v.After = v.Workloads[0].Before, v.Workloads[0].After
	got, err := newAsker().Ask(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Before != migration.OnLambda || got.Scenario.Target != migration.OnECS || got.Shown[1] != migration.OnECS {
		t.Fatalf("%s compared with %s of %v", got.Before, got.Scenario.Target, got.Shown)
	}
	p := &got.Tenants[0]
	same(t, "Lambda", month(t, &p.On[migration.OnLambda]), "24.3646587")
	same(t, "ECS", month(t, &p.On[migration.OnECS]), "36.525")
	if p.Verdict.Decision != migration.Stay || p.On[migration.OnECS].Fixed.Or(usd("1")).Sign() != 0 {
		t.Errorf("%+v", p.Verdict)
	}
}
