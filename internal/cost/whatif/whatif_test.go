package whatif

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/estimate"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

func ask(t testing.TB, s *migration.Snapshot, sc migration.Scenario) *migration.WhatIf {
	t.Helper()
	out, err := newAsker().Ask(context.Background(), s, &sc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func month(t testing.TB, l *migration.PlatformCost) decimal.Decimal {
	t.Helper()
	v, ok := l.Month.Value.Get()
	if !ok {
		t.Fatalf("the month is unknown: %s", l.Problem)
	}
	return v.Decimal()
}

func same(t testing.TB, what string, got decimal.Decimal, want string) {
	t.Helper()
	if w := decimal.RequireFromString(want); !got.Round(10).Equal(w.Round(10)) {
		t.Errorf("%s is %s, want %s", what, got.Round(12), w)
	}
}

// One tenant of 100 runs an hour, 10 s of 2,048 MB each, worked out by hand:
//
//	runs a month      2,400 * 30.4375 = 73,050
//	Lambda            73,050 * 10 s * 2 GB = 1,461,000 GB-s * $0.0000166667 + 73,050 * $0.0000002
//	nodes             12 s of a pod of 1 vCPU and 2 GiB on m6i.xlarge: 1000/3920 of it by CPU,
//	                  73,050 * 12/3600 h * 1000/3920 * $0.192, and the platform's $73
//	EKS Fargate       a minute of 1 vCPU / 3 GB (2 GiB and 256 MiB): 73,050/60 h * (0.04048 + 3*0.004445), and $73
//	ECS Fargate       a minute of 1 vCPU / 2 GB, no cluster: 73,050/60 h * (0.04048 + 2*0.004445)
func TestOneTenantByHand(t *testing.T) {
	s := fleetOf(spec{
		name: "acme", memory: 2048 * migration.MiB, lambda: 60, jobs: 40, took: 10 * time.Second,
		start: 2 * time.Second, cpu: migration.Core, request: 2 * migration.GiB,
	})
	got := ask(t, s, onDemand())
	p := &got.Tenants[0]
	same(t, "Lambda", month(t, &p.On[migration.OnLambda]), "24.3646587")
	nodes := decimal.RequireFromString("73050").Mul(decimal.RequireFromString("12")).Mul(decimal.RequireFromString("192")).
		DivRound(decimal.RequireFromString("14112000"), 20).Add(decimal.RequireFromString("73"))
	same(t, "nodes", month(t, &p.On[migration.OnNodes]), nodes.String())
	same(t, "EKS Fargate", month(t, &p.On[migration.OnEKSFargate]),
		decimal.RequireFromString("73050").Mul(decimal.RequireFromString("0.053815")).DivRound(decimal.RequireFromString("60"),
			20).Add(decimal.RequireFromString("73")).String())
	same(t, "ECS Fargate", month(t, &p.On[migration.OnECSFargate]),
		decimal.RequireFromString("73050").Mul(decimal.RequireFromString("0.04937")).DivRound(decimal.RequireFromString("60"), 20).String())
	if n, _ := p.RunsPerDay.Get(); n != 2400 {
		t.Errorf("%v runs a day, want 2,400", n)
	}
	// 73 / (30.4375 * (24.3646587 - 11.9265306...)/73,050)
	if n, ok := p.On[migration.OnNodes].BreakEven.Get(); !ok || fmt.Sprintf("%.1f", n) != "14085.7" {
		t.Errorf("break-even at %v runs a day, want 14085.7", n)
	}
	// A second on Lambda costs 2 GB * 0.0000166667 = 0.0000333334, one on nodes 1000/3920 * 0.192/3600 = 0.00001360544.
	if u, ok := p.On[migration.OnNodes].Busy.Get(); !ok || fmt.Sprintf("%.5f", float64(u)) != "0.40816" {
		t.Errorf("busy share %v, want 0.40816", u)
	}
	// (2 s * 0.00001360544 - 0.0000002) / (0.0000333334 - 0.00001360544) = 1.36915 s
	if d, ok := p.On[migration.OnNodes].Duration.Get(); !ok || d.Round(10*time.Microsecond) != 1369170*time.Microsecond {
		t.Errorf("break-even duration %v, want 1.36917 s", d)
	}
	if p.Verdict.Decision != migration.Stay || !strings.Contains(p.Verdict.Reason, "under the break-even of 14,086") {
		t.Errorf("verdict %v", p.Verdict)
	}
	// Today: 60 runs on Lambda and 40 Jobs at a cent in 730.5 h, idle $0.002 and platform $0.05 in 730 h.
	same(t, "today", p.Today.Value.Or(migration.USD{}).Decimal(),
		decimal.RequireFromString("24.3646587").Mul(decimal.RequireFromString("0.6")).Add(decimal.RequireFromString("292.2")).
			Add(decimal.RequireFromString("37.96")).String())
}

func TestAsNowIsReadFromThePool(t *testing.T) {
	got, err := newAsker().Ask(t.Context(), fleetOf(spec{name: "acme", memory: 1024 * migration.MiB, lambda: 9, took: time.Second}), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := migration.Scenario{Target: migration.OnNodes, NodeType: "m6i.xlarge", Arch: migration.X86, Spot: 25, Packed: 50}
	if diff := cmp.Diff(want.NodeType+want.Target.String(), got.AsNow.NodeType+got.AsNow.Target.String()); diff != "" {
		t.Error(diff)
	}
	if got.AsNow.Spot != want.Spot || got.AsNow.Packed != want.Packed {
		t.Errorf("Spot %d %%, packed %d %%: want 25 and 50", got.AsNow.Spot, got.AsNow.Packed)
	}
	priced := 0
	for _, n := range got.Nodes {
		v, ok := n.Hourly.Value.Get()
		if ok && v.Sign() <= 0 {
			t.Errorf("%s is offered at %v", n.Type, v)
		}
		if ok {
			priced++
		}
	}
	if len(got.Nodes) < 1300 || priced < 1200 {
		t.Errorf("%d types to choose from, %d with a price", len(got.Nodes), priced)
	}
}

// A pool whose nodes cost otherwise than plain Linux is not compared in silence with one
// that does not.
func TestOtherNodesThanAScenariosAreNoted(t *testing.T) {
	note := func(change func(*migration.Host)) bool {
		s := fleetOf(spec{name: "acme", memory: 1024 * migration.MiB, lambda: 9, took: time.Second})
		change(&s.Totals.Nodes[0].Host)
		return slices.ContainsFunc(ask(t, s, onDemand()).Notes,
			func(n string) bool { return strings.HasPrefix(n, "3 of 4 nodes are not plain Linux") })
	}
	for name, change := range map[string]func(*migration.Host){
		"Windows":      func(h *migration.Host) { h.OS = migration.Windows },
		"dedicated":    func(h *migration.Host) { h.Tenancy = migration.TenancyDedicated },
		"blocks":       func(h *migration.Host) { h.Capacity = migration.CapacityBlock },
		"accelerators": func(h *migration.Host) { h.Accelerators = 1 },
	} {
		if !note(change) {
			t.Errorf("%s: not noted", name)
		}
	}
	if note(func(h *migration.Host) { h.OS = migration.Linux }) {
		t.Error("plain Linux is noted")
	}
}

func TestKnobsTurnTheFigures(t *testing.T) {
	s := fleetOf(
		spec{name: "acme", memory: 2048 * migration.MiB, lambda: 5000, took: 10 * time.Second},
		spec{name: "globex", memory: 512 * migration.MiB, lambda: 900, took: 3 * time.Second},
	)
	base := ask(t, s, onDemand())
	fleet := func(w *migration.WhatIf, h migration.Placement) decimal.Decimal { return month(t, &w.Fleet.On[h]) }
	turned := func(turn func(*migration.Scenario)) *migration.WhatIf {
		sc := onDemand()
		turn(&sc)
		return ask(t, s, sc)
	}
	half := turned(func(s *migration.Scenario) { s.Packed = 50 })
	platform := decimal.RequireFromString("73")
	if got, want := fleet(half, migration.OnNodes).Sub(platform), fleet(base,
		migration.OnNodes).Sub(platform).Mul(decimal.RequireFromString("2")); !got.Sub(want).Abs().LessThan(decimal.New(1, -12)) {
		t.Errorf("nodes packed to a half cost %s, want %s", got, want)
	}
	if spot := turned(func(s *migration.Scenario) { s.Spot = 60 }); !fleet(spot, migration.OnNodes).LessThan(fleet(base, migration.OnNodes)) {
		t.Error("Spot is not cheaper")
	}
	arm := turned(func(s *migration.Scenario) { s.LambdaArch = migration.Arm64 })
	requests := decimal.RequireFromString("0.0000002").Mul(decimal.RequireFromString("4309950"))
	compute := fleet(base, migration.OnLambda).Sub(requests)
	same(t, "Lambda on arm64", fleet(arm, migration.OnLambda),
		compute.Mul(decimal.RequireFromString("0.0000133334")).DivRound(decimal.RequireFromString("0.0000166667"), 20).Add(requests).String())
	graviton := turned(func(s *migration.Scenario) { s.NodeType, s.Arch = "m7g.xlarge", migration.Arm64 })
	if l := graviton.Fleet.On[migration.OnEKSFargate]; l.Month.Value.Known() || !strings.Contains(l.Problem, "EKS Fargate has no arm64") {
		t.Errorf("EKS Fargate on arm64: %+v", l)
	}
	if !fleet(graviton, migration.OnECSFargate).LessThan(fleet(base, migration.OnECSFargate)) {
		t.Error("ECS Fargate on arm64 is not cheaper")
	}
	free := turned(func(s *migration.Scenario) { s.Share = migration.Some(0) })
	same(t, "nodes without the platform", fleet(free, migration.OnNodes), fleet(base, migration.OnNodes).Sub(platform).String())
	alone := turned(func(s *migration.Scenario) { s.Share = migration.Some(100) })
	if got := alone.Tenants[0].On[migration.OnNodes].Fixed.Or(migration.USD{}); !got.Decimal().Equal(platform) {
		t.Errorf("alone it carries %s, want 73", got)
	}
	if got := base.Tenants[0].On[migration.OnNodes].Fixed.Or(migration.USD{}); !got.Decimal().Equal(decimal.RequireFromString("36.5")) {
		t.Errorf("in equal parts it carries %s, want 36.5", got)
	}
	costly := turned(func(s *migration.Scenario) { s.OneOff = usd("1000") })
	saving, _ := costly.Fleet.Saving.Value.Get()
	if months, ok := costly.Fleet.Payback.Value.Get(); !ok || fmt.Sprintf("%.6f", months) != fmt.Sprintf("%.6f", 1000/saving.Float()) {
		t.Errorf("$1,000 at $%s a month pay back in %v months", saving, months)
	}
}

// $2 an hour for three years: Lambda's 12 % come off what the commitment covers, the
// rest is on demand.
func TestACommitmentIsSpentOnTheHour(t *testing.T) {
	s := fleetOf(spec{name: "acme", memory: 2048 * migration.MiB, lambda: 100_000, took: 10 * time.Second})
	sc := onDemand()
	sc.Plan, sc.Commitment = "3y", usd("2")
	plain, got := ask(t, s, onDemand()), ask(t, s, sc)
	hour := decimal.RequireFromString("33.3334") // 2,000,000 GB-s
	after := cost.Commit(usd("2"), []cost.Usage{{OnDemand: migration.Dollars(hour), Discount: decimal.RequireFromString("0.12")}})
	off := hour.Sub(after.Total.Decimal()).Mul(hoursPerMonth)
	same(t, "Lambda under the plan", month(t, &got.Fleet.On[migration.OnLambda]), month(t,
		&plain.Fleet.On[migration.OnLambda]).Sub(off).String())
	// Nodes all on Spot are not covered: the commitment is paid for nothing.
	sc.Spot = 100
	plain = ask(t, s, func() migration.Scenario { s := onDemand(); s.Spot = 100; return s }())
	same(t, "Spot under the plan", month(t, &ask(t, s, sc).Fleet.On[migration.OnNodes]).Sub(month(t,
		&plain.Fleet.On[migration.OnNodes])), "1460")
}

func TestWhatCannotBeReckonedIsNamed(t *testing.T) {
	long := spec{name: "long", memory: 2048 * migration.MiB, jobs: 9, took: time.Hour, cpu: migration.Core, request: 2 * migration.GiB}
	for _, c := range []struct {
		name string
		s    *migration.Snapshot
		turn func(*migration.Scenario)
		home migration.Placement
		want string
	}{
		{"over the wall", fleetOf(long), nil, migration.OnLambda, "takes up to 1h00, and Lambda ends every run at 15 min"},
		{"too large a pod", fleetOf(spec{
			name: "big", memory: 2048 * migration.MiB, jobs: 9, took: time.Minute,
			cpu: 64 * migration.Core, request: 2 * migration.GiB,
		}), nil, migration.OnNodes, "does not fit on m6i.xlarge"},
		{"no size", fleetOf(spec{
			name: "big", memory: 2048 * migration.MiB, jobs: 9, took: time.Minute, cpu: 64 * migration.Core,
			request: 2 * migration.GiB,
		}), nil, migration.OnEKSFargate, "no Fargate size"},
		{"no price", fleetOf(long), func(s *migration.Scenario) { s.NodeType = "x9.metal" }, migration.OnNodes, "x9.metal"},
		{
			"another architecture", fleetOf(long),
			func(s *migration.Scenario) { s.Arch = migration.Arm64 }, migration.OnNodes, "m6i.xlarge is x86_64",
		},
		{
			"no function", fleetOf(spec{name: "gone", jobs: 9, took: time.Minute, noFunction: true}), nil, migration.OnLambda,
			"no function any more",
		},
		{
			"no request", fleetOf(spec{name: "gone", jobs: 9, took: time.Minute, noFunction: true}), nil, migration.OnNodes,
			"what a run of work would request is unknown",
		},
		{"no such function", fleetOf(spec{
			name: "gone", jobs: 9, took: time.Minute, cpu: 8 * migration.Core, request: migration.GiB,
			noFunction: true,
		}), nil, migration.OnLambda, "at most 10240 MB"},
		{"nothing ran", fleetOf(spec{name: "quiet", memory: 1024 * migration.MiB}), nil, migration.OnNodes, "nothing ran"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sc := onDemand()
			if c.turn != nil {
				c.turn(&sc)
			}
			l := ask(t, c.s, sc).Tenants[0].On[c.home]
			if l.Month.Value.Known() || !strings.Contains(l.Problem, c.want) {
				t.Errorf("month %v, problem %q: want unknown and %q", l.Month.Value, l.Problem, c.want)
			}
		})
	}
	s := fleetOf(long, spec{name: "acme", memory: 1024 * migration.MiB, lambda: 50, took: time.Second})
	got := ask(t, s, onDemand())
	if got.Tenants[0].Verdict.Decision != migration.CannotStay {
		t.Errorf("an hour's runs: %v", got.Tenants[0].Verdict)
	}
	s.Totals.Platform = migration.Figure[migration.USD]{Evidence: migration.Provenance{Note: "no cluster was read"}}
	if l := ask(t, s, onDemand()).Tenants[1].On[migration.OnNodes]; l.Month.Value.Known() || l.BreakEven.Known() ||
		!strings.Contains(l.Problem, "no cluster was read") {
		t.Errorf("with the platform unknown: %+v", l)
	}
}

// A minute of 1 vCPU and 1 GiB whose function is gone would take 1,769 MB, at which
// Lambda gives one vCPU: 9 runs an hour are 6,574.5 a month.
func TestWhatHasMovedIsPricedBack(t *testing.T) {
	s := fleetOf(spec{name: "moved", jobs: 9, took: time.Minute, cpu: migration.Core, request: migration.GiB, noFunction: true})
	got := ask(t, s, onDemand())
	gbs := decimal.RequireFromString("6574.5").Mul(decimal.RequireFromString("60")).Mul(decimal.RequireFromString("1769")).
		DivRound(decimal.RequireFromString("1024"), 20)
	same(t, "Lambda", month(t, &got.Tenants[0].On[migration.OnLambda]),
		gbs.Mul(decimal.RequireFromString("0.0000166667")).Add(decimal.RequireFromString("0.0013149")).String())
	sc := onDemand()
	sc.Share = migration.Some(0)
	if v := ask(t, s, sc).Tenants[0].Verdict; v.Decision != migration.Moved {
		t.Errorf("it is cheaper where it is, and the verdict is %v", v)
	}
}

// Where a price is missing, the month is what has a price, at least, and the price is named with
// what to do about it. Nothing follows from that: neither a saving nor a verdict.
func TestAMissingPriceLeavesALowerBound(t *testing.T) {
	s := fleetOf(spec{
		name: "acme", memory: 1024 * migration.MiB, lambda: 50, jobs: 50, took: time.Minute, cpu: migration.Core,
		request: migration.GiB,
	})
	s.Cluster.Region = "xx-new-1" // prices on demand, none of Spot
	book, err := prices.Default().With("new.yaml", []byte(`format: migtop-price-book/1
group: new
origins:
  list: {source: list, certainty: primary}
items: {ec2.on_demand.*: USD/hour, fargate.vcpu.x86_64: USD/vCPU-hour, fargate.memory.x86_64: USD/GB-hour}
sheets:
- origin: list
  region: xx-new-1
  prices: {ec2.on_demand.c7g.xlarge: "0.145", fargate.vcpu.x86_64: "0.04", fargate.memory.x86_64: "0.004"}
`))
	if err != nil {
		t.Fatal(err)
	}
	a := New(cost.New(book, cost.Options{}))
	ask := func(t *testing.T, s *migration.Snapshot, sc migration.Scenario) *migration.WhatIf {
		out, err := a.Ask(t.Context(), s, &sc)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, c := range []struct {
		target    migration.Placement
		node      string
		arch      migration.Arch
		item, fix string
	}{
		{
			migration.OnNodes, "c7g.xlarge", migration.Arm64, "ec2.spot.rate.c7g.xlarge",
			`migtop prices refresh xx-new-1, or in prices.overlay: ec2.spot.rate.c7g.xlarge: "USD/hour"`,
		},
		{
			migration.OnECSFargate, "m6i.xlarge", migration.X86, "fargate.spot.vcpu.x86_64",
			`migtop prices refresh xx-new-1, or in prices.overlay: fargate.spot.vcpu.x86_64: "USD/vCPU-hour"`,
		},
	} {
		t.Run(c.item, func(t *testing.T) {
			sc := onDemand()
			sc.Target, sc.NodeType, sc.Arch = c.target, c.node, c.arch
			plain := ask(t, s, sc)
			sc.Spot = 40
			got := ask(t, s, sc)
			for _, p := range []*migration.TenantScenario{&got.Tenants[0], &got.Fleet} {
				on := &p.On[c.target]
				if !on.Month.Evidence.LowerBound || on.Problem != "no price of "+c.item+" in "+s.Cluster.Region || on.Remedy != c.fix {
					t.Errorf("month %+v, problem %q, remedy %q", on.Month, on.Problem, on.Remedy)
				}
				whole := &plain.Tenants[0].On[c.target]
				same(t, "what has a price", month(t, on).Sub(on.Fixed.Or(migration.USD{}).Decimal()),
					month(t, whole).Sub(whole.Fixed.Or(migration.USD{}).Decimal()).Mul(decimal.RequireFromString("0.6")).String())
				if p.Saving.Value.Known() || p.Saved.Value.Known() || p.Payback.Value.Known() || on.BreakEven.Known() || on.Never ||
					p.Verdict.Decision != migration.NotEnoughData || !strings.Contains(p.Verdict.Reason, c.item) {
					t.Errorf("half of the prices give %+v", p)
				}
			}
			if len(got.LeftOut) != 0 || !got.Fleet.On[migration.OnLambda].Month.Value.Known() || got.Fleet.Today.Evidence.LowerBound {
				t.Errorf("a missing price blanks what has one: %+v", got.Fleet)
			}
		})
	}
}

// Every row of the fleet covers the tenants that have a cost on both sides compared; the others are
// counted by reason, and all parts are the bill.
func TestRowsCoverTheSameTenants(t *testing.T) {
	long := spec{name: "long", memory: 2048 * migration.MiB, jobs: 9, took: time.Hour, cpu: migration.Core, request: 2 * migration.GiB}
	longer, big := long, long
	longer.name, longer.took = "longer", 2*time.Hour
	big.name, big.took, big.cpu, big.lambda = "big", time.Minute, 64*migration.Core, 20 // on no Fargate and no m6i.xlarge
	a := spec{name: "acme", memory: 1024 * migration.MiB, lambda: 50, took: time.Second}
	b := spec{name: "globex", memory: 2048 * migration.MiB, lambda: 500, took: 20 * time.Second}
	s := fleetOf(long, a, longer, b, big)
	s.Totals.Before.CostPerHour, s.Totals.After.CostPerHour = migration.Figure[migration.USD]{}, migration.Figure[migration.USD]{}
	for i := range s.Tenants {
		for k, side := range []*migration.Figure[migration.USD]{&s.Totals.Before.CostPerHour, &s.Totals.After.CostPerHour} {
			v := s.Tenants[i].Sides()[k].CostPerHour.Value.Or(migration.USD{})
			side.Value = migration.Some(side.Value.Or(migration.USD{}).Add(v))
		}
	}
	got := ask(t, s, onDemand())
	var today, lambda, nodes migration.USD
	for _, i := range []int{1, 3} {
		today = today.Add(got.Tenants[i].Today.Value.Or(migration.USD{}))
		lambda = lambda.Add(got.Tenants[i].On[migration.OnLambda].Month.Value.Or(migration.USD{}))
		nodes = nodes.Add(got.Tenants[i].On[migration.OnNodes].Month.Value.Or(migration.USD{}))
	}
	same(t, "today", got.Fleet.Today.Value.Or(migration.USD{}).Decimal(), today.Decimal().String())
	same(t, "Lambda", month(t, &got.Fleet.On[migration.OnLambda]), lambda.Decimal().String())
	same(t, "nodes", month(t, &got.Fleet.On[migration.OnNodes]), nodes.Decimal().String())
	for _, h := range []migration.Placement{migration.OnLambda, migration.OnNodes, migration.OnEKSFargate, migration.OnECSFargate} {
		if on := &got.Fleet.On[h]; on.Month.Evidence.LowerBound || on.Problem != "" {
			t.Errorf("%s: %q", h, on.Problem)
		}
	}
	want := []migration.LeftOut{
		{Tenants: 1, Reason: "work takes up to 1h00, and Lambda ends every run at 15 min"},
		{Tenants: 1, Reason: "work takes up to 2h00, and Lambda ends every run at 15 min"},
		{Tenants: 1, Reason: got.Tenants[4].On[migration.OnNodes].Problem},
	}
	if diff := cmp.Diff(want, got.LeftOut); diff != "" {
		t.Error(diff)
	}
	var left migration.USD
	for _, i := range []int{0, 2, 4} {
		left = left.Add(got.Tenants[i].Today.Value.Or(migration.USD{}))
	}
	same(t, "what is left out", got.LeftOutToday.Value.Or(migration.USD{}).Decimal(), left.Decimal().String())
	runs := s.Totals.Before.CostPerHour.Value.Or(migration.USD{}).Add(s.Totals.After.CostPerHour.Value.Or(migration.USD{}))
	bill := s.Totals.Total.Value.Or(migration.USD{}).Mul(hoursPerMonth).Add(runs.Mul(decimal.RequireFromString("0.5")))
	same(t, "the bill", today.Add(left).Add(got.Rest.Value.Or(migration.USD{})).Decimal(), bill.Decimal().String())
}

func TestKnobsOutOfRange(t *testing.T) {
	for want, turn := range map[string]func(*migration.Scenario){
		"Spot share":        func(s *migration.Scenario) { s.Spot = 101 },
		"packing":           func(s *migration.Scenario) { s.Packed = 0 },
		"discount on nodes": func(s *migration.Scenario) { s.NodeDiscount = 91 },
		"platform share":    func(s *migration.Scenario) { s.Share = migration.Some(-1) },
		"Lambda with another platform, not with Lambda": func(s *migration.Scenario) { s.Target = migration.OnLambda },
		"1y or 3y":   func(s *migration.Scenario) { s.Plan = "2y" },
		"commitment": func(s *migration.Scenario) { s.Commitment = usd("-1") },
		"one-off":    func(s *migration.Scenario) { s.OneOff = usd("-1") },
	} {
		sc := onDemand()
		turn(&sc)
		if _, err := newAsker().Ask(t.Context(), fleetOf(), &sc); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one on %q", err, want)
		}
	}
}

func TestAskEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sc := onDemand()
	if _, err := newAsker().Ask(ctx, fleetOf(spec{name: "acme", memory: 1024 * migration.MiB, lambda: 1, took: time.Second}),
		&sc); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func genSpec(t *rapid.T, name string) spec {
	s := spec{
		name: name, memory: migration.Bytes(rapid.IntRange(128, 4096).Draw(t, "memory")) * migration.MiB,
		lambda: rapid.Int64Range(0, 5000).Draw(t, "lambda"), jobs: rapid.Int64Range(0, 500).Draw(t, "jobs"),
		took:    time.Duration(rapid.IntRange(1, 800_000).Draw(t, "ms")) * time.Millisecond,
		start:   time.Duration(rapid.IntRange(0, 60_000).Draw(t, "start")) * time.Millisecond,
		cpu:     migration.CPU(rapid.IntRange(10, 3000).Draw(t, "cpu")) * migration.Millicore,
		request: migration.Bytes(rapid.IntRange(64, 8000).Draw(t, "request")) * migration.MiB,
	}
	if s.lambda == 0 && s.jobs == 0 {
		s.lambda = 1
	}
	return s
}

func genScenario(t *rapid.T) migration.Scenario {
	s := onDemand()
	s.Target = migration.Placement(rapid.IntRange(1, 3).Draw(t, "target"))
	s.Spot, s.Packed = rapid.IntRange(0, 100).Draw(t, "spot"), rapid.IntRange(1, 100).Draw(t, "packed")
	if rapid.Bool().Draw(t, "plan") {
		s.Plan, s.Commitment = "3y", migration.Dollars(decimal.New(rapid.Int64Range(0, 500_000).Draw(t, "commitment"), -2))
		s.NodeDiscount, s.FargateDiscount = rapid.IntRange(0, 66).Draw(t, "nodes"), rapid.IntRange(0, 50).Draw(t, "fargate")
	}
	return s
}

// Tenants add up to the fleet in every placement; at the break-even both sides cost the
// same, in runs and in duration; and what Fargate or a node costs is never free.
func TestInvariants(t *testing.T) {
	near := decimal.New(1, -6)
	rapid.Check(t, func(t *rapid.T) {
		var specs []spec
		for i := range rapid.IntRange(1, 4).Draw(t, "tenants") {
			specs = append(specs, genSpec(t, fmt.Sprint("t", i)))
		}
		s, sc := fleetOf(specs...), genScenario(t)
		sc.Share = migration.Some(0)
		got, err := newAsker().Ask(context.Background(), s, &sc)
		if err != nil {
			t.Fatal(err)
		}
		for h := range migration.NumPlacements {
			sum, whole := decimal.Decimal{}, got.Fleet.On[h].Month
			for i := range got.Tenants {
				m, ok := got.Tenants[i].On[h].Month.Value.Get()
				if ok && m.Sign() <= 0 {
					t.Fatalf("%s on %s costs %s", got.Tenants[i].Tenant, h, m)
				}
				sum = sum.Add(m.Decimal())
			}
			all, ok := whole.Value.Get()
			// What no usage could carry of a commitment is the fleet's alone.
			if sc.Plan == "" && ok && !all.Decimal().Sub(sum).Abs().LessThan(near) {
				t.Fatalf("on %s tenants sum to %s, the fleet costs %s", h, sum, all)
			}
		}
		sc.Share = migration.None[int]()
		got, _ = newAsker().Ask(context.Background(), s, &sc)
		for i := range got.Tenants {
			p := &got.Tenants[i]
			on := &p.On[sc.Target]
			n, ok := on.BreakEven.Get()
			lambda, job := p.On[migration.OnLambda].Run.Value.Or(migration.USD{}), on.Run.Value.Or(migration.USD{})
			if ok {
				runs := decimal.NewFromFloat(n).Mul(cost.DaysPerMonth)
				l, j := lambda.Mul(runs).Float(), job.Mul(runs).Add(on.Fixed.Or(migration.USD{})).Float()
				if d := l - j; d > 1e-6*l || d < -1e-6*l {
					t.Fatalf("at the break-even Lambda costs %v and %s %v", l, sc.Target, j)
				}
			} else if on.Run.Value.Known() && p.On[migration.OnLambda].Run.Value.Known() && lambda.Cmp(job) > 0 {
				t.Fatalf("a run costs %s on Lambda and %s on %s, and there is no break-even", lambda, job, sc.Target)
			}
		}
	})
}

func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := genSpec(t, "acme")
		more := one
		more.took += time.Duration(rapid.IntRange(1, 90_000).Draw(t, "longer")) * time.Millisecond
		sc := onDemand()
		a, b := askIt(t, fleetOf(one), sc), askIt(t, fleetOf(more), sc)
		for h := range migration.NumPlacements {
			x, ok1 := a.Tenants[0].On[h].Month.Value.Get()
			y, ok2 := b.Tenants[0].On[h].Month.Value.Get()
			if ok1 && ok2 && y.Sub(x).Decimal().LessThan(decimal.New(-1, -9)) {
				t.Fatalf("longer runs are cheaper on %s: %s and %s", h, x, y)
			}
		}
	})
}

// The lower tiers of a large account are found again in what it was billed.

// What Lambda charges other than on-demand compute: a run's storage and logs cost what they
// do on any architecture and under any plan, and provisioned concurrency is covered by a
// plan and by no tier. Worked out by hand, of 73,050 runs of 10 s at 2,048 MB a month:
//
//	compute      73,050 * 20 GB-s * 0.0000166667 = 24.3500487, on arm64 19.4800974
//	requests     73,050 * 0.0000002 = 0.01461
//	provisioned  0.01 a run = 730.5, storage and logs 0.02 a run = 1,461
func TestWhatIsNoComputeStaysWhatItIs(t *testing.T) {
	s := fleetOf(spec{name: "acme", memory: 2048 * migration.MiB, lambda: 100, took: 10 * time.Second})
	l := &s.Tenants[0].Workloads[0].Before
	l.Parts.Provisioned, l.Parts.Uncovered = usd("1"), usd("2")
	same(t, "as it is", month(t, &ask(t, s, onDemand()).Tenants[0].On[migration.OnLambda]), "2215.8646587")
	arm := onDemand()
	arm.LambdaArch = migration.Arm64
	same(t, "on arm64", month(t, &ask(t, s, arm).Tenants[0].On[migration.OnLambda]), "2210.9947074")
	// $10 an hour cover all of $1.03333 an hour of compute: they are paid whole.
	plan := onDemand()
	plan.Plan, plan.Commitment = "1y", usd("10")
	same(t, "under a plan", month(t, &ask(t, s, plan).Tenants[0].On[migration.OnLambda]), "8761.01461")
}

// The coverage that the configuration states holds until a plan is chosen.
func TestAConfiguredCoverageHoldsUntilAPlanIsChosen(t *testing.T) {
	s := fleetOf(spec{name: "acme", memory: 2048 * migration.MiB, lambda: 100, took: 10 * time.Second})
	a := New(cost.New(prices.Default(), cost.Options{Plan: cost.SavingsPlanCoverage{Term: "1y", Coverage: decimal.RequireFromString("0.5")}}))
	asked := func(sc migration.Scenario) *migration.PlatformCost {
		got, err := a.Ask(t.Context(), s, &sc)
		if err != nil {
			t.Fatal(err)
		}
		return &got.Tenants[0].On[migration.OnLambda]
	}
	sc := onDemand()
	same(t, "covered", month(t, asked(sc)), "22.903655778") // 24.3500487 * (1 - 0.5*0.12) + 0.01461
	sc.Plan = "1y"
	same(t, "with a plan and nothing committed", month(t, asked(sc)), "24.3646587")
}

// What is written is read by migtop estimate, which comes to the same month on full
// nodes.
func TestDocumentIsAnEstimate(t *testing.T) {
	s := fleetOf(
		spec{
			name: `ac"me: {`, memory: 2048 * migration.MiB, lambda: 60, jobs: 40, took: 10 * time.Second, start: 2 * time.Second,
			cpu: migration.Core, request: 2 * migration.GiB,
		},
		spec{name: "long", jobs: 9, took: time.Hour, cpu: migration.Core, request: 2 * migration.GiB, noFunction: true},
	)
	sc := onDemand()
	sc.Spot, sc.OneOff, sc.Plan, sc.Commitment = 40, usd("500"), "1y", usd("0.5")
	data, err := newAsker().Document(s, &sc, migration.None[migration.Tenant]())
	if err != nil {
		t.Fatal(err)
	}
	shapes, err := estimate.ParseKnown("scenario.yaml", data, prices.Default())
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if len(shapes) != 2 || shapes[0].Name != `ac"me: {/work` || shapes[1].Lambda.Runs != 0 {
		t.Fatalf("shapes %+v", shapes)
	}
	sc.Plan, sc.Spot = "", 0 // ECS's Spot price is unknown in this region, and the estimate then gives none
	shapes[0].Job.Spot = decimal.Decimal{}
	got := ask(t, s, sc)
	r := estimate.Estimate(cost.New(prices.Default(), cost.Options{}), shapes[0], at)
	for h, p := range map[migration.Placement]*estimate.Platform{
		migration.OnNodes:      r.Platforms.Nodes,
		migration.OnEKSFargate: r.Platforms.EKSFargate, migration.OnECSFargate: r.Platforms.ECSFargate,
	} {
		on := &got.Tenants[0].On[h]
		total, ok := p.Total.Get()
		if !ok {
			t.Fatalf("%s: %s", h, p.Problem)
		}
		if d := month(t, on).Sub(on.Fixed.Or(migration.USD{}).Decimal()).Sub(total.Decimal()).Abs(); d.GreaterThan(decimal.New(1, -9)) {
			t.Errorf("%s: the what-if and the estimate differ by %s", h, d)
		}
	}
	one, err := newAsker().Document(s, &sc, migration.Some[migration.Tenant]("long"))
	if err != nil || strings.Contains(string(one), "ac\\\"me") || !strings.Contains(string(one), `"long/work"`) {
		t.Errorf("one tenant's document: %v\n%s", err, one)
	}
	if _, err := newAsker().Document(fleetOf(), &sc, migration.None[migration.Tenant]()); err == nil {
		t.Error("a document of nothing")
	}
}

func askIt(t *rapid.T, s *migration.Snapshot, sc migration.Scenario) *migration.WhatIf {
	t.Helper()
	out, err := newAsker().Ask(context.Background(), s, &sc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// BenchmarkAsk is one change of a setting.
func BenchmarkAsk(b *testing.B) {
	for _, n := range []int{25, 10_000} {
		var specs []spec
		for i := range n {
			specs = append(specs, spec{
				name: fmt.Sprintf("tenant-%05d", i), memory: migration.Bytes(128*(i%16+1)) * migration.MiB, lambda: int64(i % 900),
				jobs: int64(i % 7), took: time.Duration(i%600+1) * time.Second,
				cpu: migration.Core, request: migration.GiB, start: 2 * time.Second,
			})
		}
		s, sc := fleetOf(specs...), onDemand()
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			a := newAsker()
			for b.Loop() {
				if _, err := a.Ask(b.Context(), s, &sc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
