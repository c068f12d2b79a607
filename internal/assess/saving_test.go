package assess

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

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
	mover.Economics.BeforeRun, mover.Economics.AfterRun = usd(4), usd(2)
	mover.Economics.Saving, mover.Economics.Saved = usd(2*(10-moved)*730), usd(2*moved*730)
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

// wholeSaving is what the whole move saves: what is still to be saved, and what has been.
func wholeSaving(b *builder, snap *migration.Snapshot) (migration.USD, bool) {
	var o migration.Forecast
	b.fleetSaving(snap, &o)
	return migration.AddUSD(o.Saving.Value, o.Saved.Value).Get()
}

// A saving compares all runs on Lambda with all on Jobs, and so does what it leaves unused
// of a commitment, however far the move has come.
func TestWasteDoesNotShrinkWithTheMove(t *testing.T) {
	for moved := range int64(11) {
		s := newTestState(noon, time.Hour)
		s.opts.Plan.Commitment = cost.Commitment{Hourly: migration.Dollars(decimal.NewFromInt(100)), Term: "1y"}
		b := &builder{Facts: s.facts(noon)}
		// The commitment pays for all of Lambda before and after, so that $40 an hour of
		// it go unused, and no discount on EC2 is known: the Jobs' $20 come on top.
		got, ok := wholeSaving(b, moving(moved, false))
		if want := decimal.NewFromInt(-20 * 730); !ok || !got.Decimal().Equal(want) {
			t.Errorf("with %d of 10 runs moved a month saves %s (known %t), want %s", moved, got, ok, want)
		}
	}
}

// In ap-south-1 a Compute Savings Plan of three years takes 45 % off Fargate and 17 % off
// Lambda, and what it takes off EC2 is in no list. $100 an hour pay for everything that a
// plan covers, so that only what it does not cover is paid in addition: of a saving of
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
			got, ok := wholeSaving(&builder{Facts: s.facts(noon)}, moving(5, tc.fargate))
			if want := decimal.NewFromInt(tc.hour * 730); !ok || !got.Decimal().Equal(want) {
				t.Errorf("a month saves %s (known %t), want %s", got, ok, want)
			}
		})
	}
}

// What running both sides counts, the saving counts: idle nodes as well as the platform, less what the tenants of the
// sum carry of them already. It falls to what is saved and to what is still to be saved as the runs do.
func TestTheFleetsSavingTakesIdleNodesOff(t *testing.T) {
	usd := func(s string) migration.Opt[migration.USD] {
		return migration.Some(migration.Dollars(decimal.RequireFromString(s)))
	}
	snap := moving(5, false)
	snap.Totals.Idle.Value, snap.Totals.Platform.Value = usd("3"), usd("1")
	of := &snap.Tenants[0].Economics
	of.Fixed.Value, of.IdleShare.Value = usd("1095"), usd("1") // half of the platform's month, a third of what is idle
	b := &builder{Facts: newTestState(noon, time.Hour).facts(noon)}
	b.Facts.Listed[migration.Jobs] = true
	var o migration.Forecast
	b.fleetSaving(snap, &o)
	wantUSD(t, "what nobody carries", o.Unshared, "1825")       // (2 + 0.5) * 730
	wantUSD(t, "what is still to be saved", o.Saving, "6387.5") // (20 * 730 - 1825) / 2
	wantUSD(t, "what has been saved", o.Saved, "6387.5")
	snap.Totals.Idle.Value = migration.None[migration.USD]()
	if b.fleetSaving(snap, &o); o.Saving.Value.Known() || o.Saved.Value.Known() || o.Gap != "what idle nodes cost is unknown" {
		t.Errorf("with idle nodes unknown: %+v", o)
	}
}

// DaemonSets are in the chart once, as part of the platform, and not as idle nodes too.
func TestDaemonSetsAreDrawnOnce(t *testing.T) {
	draw := func(milli int64) migration.Totals {
		s := newTestState(noon, time.Hour)
		absorbBoth(s, noon)
		for n := range s.store.SortedNodes() {
			n.DaemonCPU = migration.MilliCPUSeconds(milli * n.NodeSeconds)
			s.store.UpsertNode(n)
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

// A move that saves nothing is never earned back, and that is said.
func TestPaybackOfNothing(t *testing.T) {
	usd := func(s string) migration.Figure[migration.USD] {
		return migration.Figure[migration.USD]{Value: migration.Some(migration.Dollars(decimal.RequireFromString(s)))}
	}
	f := payback(&migration.Forecast{Saving: usd("-3"), DoubleRunSoFar: usd("100")})
	if f.Value.Known() || !strings.Contains(f.Evidence.Note, "never earned back") {
		t.Errorf("got %+v", f)
	}
	one := migration.Some(migration.Dollars(decimal.NewFromInt(900)))
	if f = payback(&migration.Forecast{Saving: usd("250"), DoubleRunSoFar: usd("100"), OneOff: one}); f.Value.Or(0) != 4 {
		t.Errorf("(100 + 900) / 250 is %v", f.Value)
	}
}
