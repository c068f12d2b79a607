package monitor

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// absorbTasks brings an hour and a half of a task on ECS Fargate.
func absorbTasks(s *state, now time.Time) {
	var tasks []migration.Activity
	for at := now.Add(-90 * time.Minute); at.Before(now); at = at.Add(time.Minute) {
		tasks = append(tasks, migration.Activity{
			Key: migration.Key{Platform: migration.ECS, Workload: "api", Tenant: "acme"}, Start: at, Span: time.Minute, Final: true,
			Evidence: migration.Provenance{Source: "ecs", Method: migration.Measured, Coverage: 1},
			Usage: []migration.ResourceUsage{{Host: migration.Host{
				Kind: migration.HostECSFargate, Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86},
				FargateCPU: migration.Core, FargateMemory: 2 * migration.GiB,
			}, PodSeconds: 60}},
		})
	}
	s.absorb(pollResult{source: "ecs", batch: migration.Batch{Activities: tasks}})
}

// Services and the free tier are there whether anything moves or not: they are no part of
// what running both sides costs, and stand in both ends of the month.
func TestServicesAndCreditAreNoPartOfTheMove(t *testing.T) {
	plain := newTestState(noon, time.Hour)
	absorbBoth(plain, noon)
	with := newState(Options{
		Clock: still(noon), Window: time.Hour, Scope: migration.Scope{Region: "us-east-1"},
		Cost: cost.New(testPricer().Book(), cost.Options{FreeTier: true}),
	})
	absorbBoth(with, noon)
	absorbTasks(with, noon)
	for _, s := range [...]*state{plain, with} {
		s.absorb(pollResult{source: "lambda", batch: migration.Batch{CoverFrom: watchedFrom}})
	}
	before, after := &plain.snapshot(noon).Totals.Forecast, &with.snapshot(noon).Totals.Forecast
	if x, y := before.DoubleRunSoFar.Value, after.DoubleRunSoFar.Value; !x.Known() || x.Or(migration.USD{}).Cmp(y.Or(migration.USD{})) != 0 {
		t.Errorf("running both cost %v, with services and a free tier %v", x, y)
	}
	saves := func(o *migration.Forecast) migration.USD {
		return o.Stay.Value.Or(migration.USD{}).Sub(o.MonthEnd.Value.Or(migration.USD{}))
	}
	if x, y := saves(before), saves(after); x.Sign() == 0 || x.Cmp(y) != 0 {
		t.Errorf("the plan saves %s, with services and a free tier %s", x, y)
	}
	// 90 minutes of the task, and half of today and ten days at 0.04937 an hour.
	tasks := decimal.RequireFromString("0.04937").Mul(decimal.RequireFromString("253.5"))
	least := before.Stay.Value.Or(migration.USD{}).Decimal()
	if got := after.Stay.Value.Or(migration.USD{}).Decimal().Sub(least); got.GreaterThan(tasks) || got.LessThan(tasks.Sub(least)) {
		t.Errorf("services and credit bring %s, want %s less a credit of %s at most", got, tasks, least)
	}
}

// What a control plane costs that nobody told is no 0: no verdict rests on the rest of the
// platform, and sums say that they are lower bounds.
func TestAPlatformInPartsJudgesNobody(t *testing.T) {
	s := newState(Options{
		Clock: still(noon), Window: time.Hour, Scope: migration.Scope{Region: "us-east-1"}, Cost: testPricer(),
		Platform: Platform{Stated: []cost.Stated{{Name: "NAT gateway", Item: "nat.hour", Quantity: decimal.NewFromInt(730)}}},
	})
	absorbBoth(s, noon)
	s.cluster = &migration.Cluster{Name: "prod", Region: "us-east-1"} // not Amazon EKS
	snap := s.snapshot(noon)
	if f := snap.Totals.Platform; !f.Value.Known() || !f.Evidence.LowerBound {
		t.Fatalf("the platform is %+v", f)
	}
	if f := tenant(t, snap, "acme").Economics.Fixed; f.Value.Known() {
		t.Errorf("a part of the platform is taken for all of it: %+v", f)
	}
	o := &snap.Totals.Forecast
	for name, f := range map[string]migration.Figure[migration.USD]{
		"month to date": o.MonthToDate, "month end": o.MonthEnd, "double run": o.DoubleRunSoFar,
	} {
		if !f.Value.Known() || !f.Evidence.LowerBound {
			t.Errorf("%s is no lower bound: %+v", name, f)
		}
	}
}

// moving is a fleet of a tenant that moves, 10 runs an hour at $4 on Lambda and $2 on Jobs,
// some of which have moved, and one that stays on Lambda at $7 an hour.
func moving(moved int64, fargate bool) *migration.Snapshot {
	usd := func(d int64) migration.Figure[migration.USD] {
		return migration.Figure[migration.USD]{Value: migration.Some(migration.Dollars(decimal.NewFromInt(d)))}
	}
	snap := &migration.Snapshot{Tenants: []migration.TenantView{{}, {}}}
	mover, stayer := &snap.Tenants[0], &snap.Tenants[1]
	mover.Verdict.Decision, stayer.Verdict.Decision = migration.WorthMoving, migration.Stay
	mover.Before.Runs, mover.After.Runs, mover.Economics.RunsPerDay = migration.Some(10-moved), migration.Some(moved), migration.Some(240.0)
	mover.Economics.LambdaRun, mover.Economics.JobRun, mover.Economics.Saving = usd(4), usd(2), usd(2*10*730)
	t := &snap.Totals
	for side, dollars := range map[*migration.Side]int64{&mover.Before: 4 * (10 - moved), &stayer.Before: 7, &t.Before: 4*(10-moved) + 7} {
		side.Cost, side.CostPerHour = usd(dollars), usd(dollars)
		side.Parts.Compute = migration.Dollars(decimal.NewFromInt(dollars))
	}
	for _, side := range []*migration.Side{&mover.After, &t.After} {
		side.Cost, side.CostPerHour = usd(2*moved), usd(2*moved)
		if spent := migration.Dollars(decimal.NewFromInt(2 * moved)); fargate {
			side.Parts.Fargate = spent
		} else {
			side.Parts.Nodes = spent
		}
	}
	t.Idle, t.Platform = usd(0), usd(0)
	return snap
}

// A saving compares all runs on Lambda with all on Jobs, and so does what it leaves unused
// of a commitment, however far the move has come.
func TestWasteDoesNotShrinkWithTheMove(t *testing.T) {
	for moved := range int64(11) {
		s := newTestState(noon, time.Hour)
		s.opts.Plan.Commitment = cost.Commitment{Hourly: migration.Dollars(decimal.NewFromInt(100)), Term: "1y"}
		b := &builder{state: s}
		// The commitment pays for all of Lambda before and after, so that $40 an hour of
		// it go unused, and no discount on EC2 is known: the Jobs' $20 come on top.
		got, ok := b.fleetSaving(moving(moved, false)).Value.Get()
		if want := decimal.NewFromInt(-20 * 730); !ok || !got.Decimal().Equal(want) {
			t.Errorf("with %d of 10 runs moved a month saves %s (known %t), want %s", moved, got, ok, want)
		}
	}
}

// In ap-south-1 a Compute Savings Plan of three years takes 45 % off Fargate and 17 % off
// Lambda, and what it takes off EC2 is in no list. $100 an hour pay for everything that a
// plan covers, so that only what it does not cover is paid beside them: of a saving of
// $20 an hour at list prices.
func TestAPlanCoversFargateAtItsOwnRate(t *testing.T) {
	for name, tc := range map[string]struct {
		fargate bool
		kind    cost.PlanKind
		hour    int64
	}{
		"compute, Jobs on Fargate": {true, cost.ComputePlan, 0},    // both hours cost the commitment
		"compute, Jobs on nodes":   {false, cost.ComputePlan, -20}, // the Jobs come on top
		"EC2, Jobs on Fargate":     {true, cost.EC2Plan, 20},       // it covers neither side
		"EC2, Jobs on nodes":       {false, cost.EC2Plan, 20},      // nor is its discount known
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestState(noon, time.Hour)
			s.opts.Scope.Region = "ap-south-1"
			s.opts.Plan.Commitment = cost.Commitment{Kind: tc.kind, Hourly: migration.Dollars(decimal.NewFromInt(100)), Term: "3y"}
			got, ok := (&builder{state: s}).fleetSaving(moving(5, tc.fargate)).Value.Get()
			if want := decimal.NewFromInt(tc.hour * 730); !ok || !got.Decimal().Equal(want) {
				t.Errorf("a month saves %s (known %t), want %s", got, ok, want)
			}
		})
	}
}

// What running both sides counts, the saving counts: idle nodes as well as the platform,
// and both are covered by a plan once the Jobs' nodes are there.
func TestTheFleetsSavingTakesIdleNodesOff(t *testing.T) {
	snap := moving(5, false)
	snap.Totals.Idle.Value = migration.Some(migration.Dollars(decimal.NewFromInt(3)))
	snap.Totals.Platform.Value = migration.Some(migration.Dollars(decimal.NewFromInt(1)))
	fig := (&builder{state: newTestState(noon, time.Hour)}).fleetSaving(snap)
	if got, ok := fig.Value.Get(); !ok || got.String() != "11680" { // (20 - 3 - 1) * 730
		t.Errorf("a month saves %s (known %t), want 11680", got, ok)
	}
	if !strings.Contains(fig.Evidence.Note, "idle nodes and the platform taken off") {
		t.Errorf("its sentence is %q", fig.Evidence.Note)
	}
	snap.Totals.Idle.Value = migration.None[migration.USD]()
	if fig = (&builder{state: newTestState(noon, time.Hour)}).fleetSaving(snap); fig.Value.Known() || fig.Evidence.Note != "what idle nodes cost is unknown" {
		t.Errorf("with idle nodes unknown: %+v", fig)
	}
}

// A price that is missing does not make the way to here free.
func TestPaybackNeedsWhatWasSpent(t *testing.T) {
	o := &migration.Forecast{
		Since:  noon,
		Saving: migration.Figure[migration.USD]{Value: migration.Some(migration.Dollars(decimal.NewFromInt(250)))},
		OneOff: migration.Some(migration.Dollars(decimal.NewFromInt(500))),
	}
	if f := payback(o); f.Value.Known() || f.Evidence.Note == "" {
		t.Errorf("what was spent is unknown, and pays back after %v", f.Value)
	}
	if o.Since = (time.Time{}); payback(o).Value.Or(0) != 2 {
		t.Error("nothing ran twice yet, and 500 / 250 is not 2")
	}
}

// The store of a large fleet reaches back a day and two hours: what it has dropped of
// yesterday is not taken for nothing.
func TestYesterdayOfALargeFleetStands(t *testing.T) {
	s := newTestState(noon, time.Hour)
	for i := range largeFleet + 1 {
		a := minute(noon.Add(-time.Minute), 1)
		a.Workload = migration.Workload(fmt.Sprint("w", i))
		s.store.upsert(&a)
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon.Add(-3 * time.Minute)}},
	}})
	yesterday := migration.Day{
		Day: date(19), LambdaSeen: migration.DayLength,
		Tenants: []migration.TenantDay{{Day: date(19), Tenant: "acme", LambdaRuns: migration.Some[int64](99), Lambda: migration.Some(migration.USD{})}},
	}
	s.days.recall([]migration.Day{yesterday})
	s.snapshot(noon)
	if got := tenantOf(s.days.byDate[date(19).Unix()], "acme"); got == nil || got.LambdaRuns.Or(0) != 99 {
		t.Errorf("yesterday became %+v", got)
	}
}

// A day that was kept when half of it was known is kept again with all of it.
func TestADayIsKeptAgainWhenMoreIsKnown(t *testing.T) {
	d := &diary{}
	s := newState(Options{Clock: still(noon), Cost: testPricer(), Window: time.Hour, Diary: d, Scope: migration.Scope{Region: "us-east-1"}})
	absorbBoth(s, noon)
	tomorrow := noon.Add(24 * time.Hour)
	s.snapshot(tomorrow)
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Activities: []migration.Activity{lambdaDay("acme", date(20), 5000)}, CoverFrom: migration.Some(tomorrow), DaysFrom: migration.Some(date(20)),
	}})
	s.snapshot(tomorrow)
	if len(d.kept) != 2 {
		t.Fatalf("kept %d times", len(d.kept))
	}
	if got := tenantOf(&d.kept[1], "acme"); got.LambdaRuns.Or(0) != 5000 || got.JobRuns.Or(0) != 90 {
		t.Errorf("kept %+v", got)
	}
	s.days.counted = time.Time{}
	if s.snapshot(tomorrow); len(d.kept) != 2 {
		t.Error("the same day is kept again and again")
	}
}

// DaemonSets are in the chart once, as part of the platform, and not as idle nodes too.
func TestDaemonSetsAreDrawnOnce(t *testing.T) {
	draw := func(milli int64) migration.Totals {
		s := newTestState(noon, time.Hour)
		absorbBoth(s, noon)
		for key, n := range s.store.nodes {
			n.DaemonCPU = migration.MilliCPUSeconds(milli * n.NodeSeconds)
			s.store.nodes[key] = n
		}
		return s.snapshot(noon).Totals
	}
	without, with := draw(0), draw(500)
	at := without.IdleSeries.Len() - 10
	sum := func(t *migration.Totals) float64 {
		idle, _ := t.IdleSeries.At(at)
		platform, _ := t.PlatformSeries.At(at)
		return idle + platform
	}
	if idle, _ := without.IdleSeries.At(at); idle <= 0 {
		t.Fatalf("no idle nodes are drawn: %v", idle)
	}
	if parts := with.PlatformParts; len(parts) != 2 || parts[1].Name != cost.PartDaemonSets {
		t.Fatalf("the platform is %+v", parts)
	}
	if x, y := sum(&without), sum(&with); math.Abs(x-y) > x*0.02 { // 89 minutes of nodes over as many that were watched
		t.Errorf("idle and platform are %v without DaemonSets and %v with them", x, y)
	}
}
