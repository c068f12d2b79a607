package whatif

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// compared is a fleet of one tenant, with the answers that a Snapshot has of it. They are not those of the
// model, so that a figure shows where it comes from.
func compared() *migration.Snapshot {
	s := fleetOf(spec{
		name: "acme", memory: 2048 * migration.MiB, lambda: 60, jobs: 40, took: 10 * time.Second, start: 2 * time.Second,
		cpu: migration.Core, request: 2 * migration.GiB,
	})
	fig := func(v string) migration.Figure[migration.USD] {
		return migration.Figure[migration.USD]{Value: migration.Some(usd(v)), Kind: migration.Billed}
	}
	t := &s.Tenants[0]
	t.Verdict = migration.Verdict{Decision: migration.WorthMoving, Reason: "as the tenant's page says"}
	t.BreakEven.Value, t.Crossing = migration.Some(1234.5), "above"
	t.Routed.Value = migration.Some(migration.Ratio(0.25))
	t.Economics = migration.Economics{
		BeforeRun: fig("0.004"), BeforeFixed: fig("8"), BeforeMonth: fig("300.2"), // 73,050 runs
		AfterRun: fig("0.001"), Fixed: fig("80.3"), AfterMonth: fig("153.35"), IdleShare: fig("0.01"),
		RunsPerDay: migration.Some(2400.0), Saving: fig("105"), Saved: fig("35"),
		Utilization: migration.Figure[migration.Ratio]{Value: migration.Some(migration.Ratio(0.5))},
	}
	f := &s.Totals.Forecast
	f.Saving, f.Saved, f.Unshared = fig("110"), fig("36"), fig("2")
	return s
}

// As things are, a scenario says what the Snapshot says, to the last digit.
func TestAsNowIsWhatTheSnapshotSays(t *testing.T) {
	s := compared()
	got, err := newAsker().Ask(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	v, p := &s.Tenants[0], &got.Tenants[0]
	a := &v.Economics
	before, after := &p.On[migration.OnLambda], &p.On[migration.OnNodes]
	for _, c := range []struct {
		what      string
		got, want migration.Opt[migration.USD]
	}{
		{"month before", before.Month.Value, a.BeforeMonth.Value},
		{"run before", before.Run.Value, a.BeforeRun.Value},
		{"fixed before", before.Fixed, a.BeforeFixed.Value},
		{"month after", after.Month.Value, a.AfterMonth.Value},
		{"run after", after.Run.Value, a.AfterRun.Value},
		{"fixed after", after.Fixed, a.Fixed.Value},
		{"saving", p.Saving.Value, a.Saving.Value},
		{"saved", p.Saved.Value, a.Saved.Value},
		{"the fleet's saving", got.Fleet.Saving.Value, s.Totals.Forecast.Saving.Value},
		{"saved by the fleet", got.Fleet.Saved.Value, s.Totals.Forecast.Saved.Value},
		{"the fleet before", got.Fleet.On[migration.OnLambda].Month.Value, a.BeforeMonth.Value},
		{"the fleet after", got.Fleet.On[migration.OnNodes].Month.Value, a.AfterMonth.Value},
	} {
		x, _ := c.got.Get()
		y, ok := c.want.Get()
		if !ok || !c.got.Known() || x.Decimal().Cmp(y.Decimal()) != 0 {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	if p.Verdict != v.Verdict || after.BreakEven != v.BreakEven.Value || after.Below || after.Never || after.Busy != a.Utilization.Value {
		t.Errorf("%+v, from %v", p.Verdict, after)
	}
}

// A reader can redo the fleet's saving from the tenants' rows: what is taken off their sum is said.
func TestWhatIsTakenOffTheSumIsSaid(t *testing.T) {
	s := compared()
	f := &s.Totals.Forecast
	f.Saving.Value, f.Saved.Value = migration.Some(usd("103.5")), migration.Some(usd("34.5")) // of 105 and 35
	got, err := newAsker().Ask(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(got.Notes, "\n"); !strings.Contains(all, "the sum of 1 tenant, less $2.00 a month of idle nodes and platform") {
		t.Errorf("the notes are\n%s", all)
	}
	f.Saving.Value, f.Saved.Value = migration.Some(usd("105")), migration.Some(usd("35"))
	if got, err = newAsker().Ask(t.Context(), s, nil); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(got.Notes, "\n"); strings.Contains(all, "the sum of") {
		t.Errorf("nothing is taken off, and the notes are\n%s", all)
	}
}

// A changed assumption scales what the side costs now by what the same runs would cost under it, and the
// other side stays.
func TestAChangedAssumptionScalesWhatThereIs(t *testing.T) {
	s := compared()
	asked := func(change func(*migration.Scenario)) *migration.WhatIf {
		t.Helper()
		a := newAsker()
		now, err := a.Ask(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		sc := now.AsNow
		change(&sc)
		got, err := a.Ask(t.Context(), s, &sc)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	month := func(w *migration.WhatIf, h migration.Placement) decimal.Decimal { return month(t, &w.Tenants[0].On[h]) }
	// The pool is requested to 50 %; full nodes cost half, runs and idle alike, and the platform what it does.
	full := asked(func(s *migration.Scenario) { s.Packed = 100 })
	same(t, "full nodes", month(full, migration.OnNodes), "113.175") // (73.05 + 7.3) / 2 + 73
	same(t, "Lambda", month(full, migration.OnLambda), "300.2")
	p := &full.Tenants[0]
	// Leaving saves 105 + 35 + 153.35 = 293.35 a month; a quarter has moved.
	same(t, "to be saved", p.Saving.Value.Or(migration.USD{}).Decimal(), "135.13125") // (293.35 - 113.175) * 3/4
	same(t, "saved", p.Saved.Value.Or(migration.USD{}).Decimal(), "45.04375")
	if p.Verdict.Decision != migration.WorthMoving || strings.Contains(p.Verdict.Reason, "page") {
		t.Errorf("%+v", p.Verdict)
	}
	// Compute on arm64 is 20 % off; requests are not. Provisioned concurrency stays.
	arm := asked(func(s *migration.Scenario) { s.LambdaArch = migration.Arm64 })
	compute, requests := decimal.RequireFromString("24.3500487"), decimal.RequireFromString("0.01461")
	by := decimal.RequireFromString("19.4800974").Add(requests).DivRound(compute.Add(requests), 30)
	fixed := p.On[migration.OnLambda].Fixed.Or(migration.USD{}).Decimal()
	same(t, "Lambda's fixed cost", fixed, "8")
	same(t, "on arm64", month(arm, migration.OnLambda), decimal.RequireFromString("292.2").Mul(by).Add(fixed).String())
	same(t, "nodes", month(arm, migration.OnNodes), "153.35")
	// The platform is there anyway.
	free := asked(func(s *migration.Scenario) { s.Share = migration.Some(0) })
	same(t, "without the platform", month(free, migration.OnNodes), "80.35")
	// Elsewhere it is calculated, and compared with what Lambda costs now.
	eks := asked(func(s *migration.Scenario) { s.Target = migration.OnEKSFargate })
	same(t, "Lambda", month(eks, migration.OnLambda), "300.2")
	same(t, "EKS Fargate", month(eks, migration.OnEKSFargate), "138.5197625")
	same(t, "to be saved there", eks.Tenants[0].Saving.Value.Or(migration.USD{}).Decimal(), "116.122678125") // 3/4 of 293.35 - 138.5197625
}

// Nothing is said of a tenant of which a side was not read: neither a month, nor a saving, nor a break-even,
// under any scenario.
func TestNothingIsSaidBeforeBothSidesAreRead(t *testing.T) {
	s := compared()
	v := &s.Tenants[0]
	v.Before = migration.Side{Gap: "waiting for cloudwatch"}
	v.Economics.Gap = "waiting for cloudwatch"
	v.Economics.Saving, v.Economics.Saved = migration.Figure[migration.USD]{}, migration.Figure[migration.USD]{}
	v.Economics.BeforeMonth, v.Economics.AfterMonth = v.Economics.Saving, v.Economics.Saving
	v.BreakEven.Value, v.Verdict = migration.None[float64](), migration.Verdict{Reason: "waiting for cloudwatch"}
	s.Totals.Before.Gap, s.Totals.Forecast.Gap = "waiting for cloudwatch", "waiting for cloudwatch"
	s.Totals.Forecast.Saving = v.Economics.Saving
	for _, change := range []func(*migration.Scenario){
		func(*migration.Scenario) {},
		func(s *migration.Scenario) { s.Packed = 100 },
		func(s *migration.Scenario) { s.Target = migration.OnECSFargate },
		func(s *migration.Scenario) { s.LambdaArch = migration.Arm64 },
		func(s *migration.Scenario) { s.Share = migration.Some(0) },
		func(s *migration.Scenario) { s.Plan, s.Commitment = "1y", usd("1") },
	} {
		sc := onDemand()
		change(&sc)
		got := ask(t, s, sc)
		for _, p := range []*migration.TenantScenario{&got.Tenants[0], &got.Fleet} {
			if p.Verdict.Decision != migration.NotEnoughData || p.Verdict.Reason != "waiting for cloudwatch" || p.Saving.Value.Known() ||
				p.Saved.Value.Known() || p.Payback.Value.Known() {
				t.Errorf("%+v", p)
			}
			for _, h := range got.Shown {
				on := &p.On[h]
				known := on.Month.Value.Known() || on.Run.Value.Known() || on.Duration.Known() || on.Busy.Known()
				if known || on.BreakEven.Known() || on.Never || on.Problem != "waiting for cloudwatch" {
					t.Errorf("%s: %+v", h, on)
				}
			}
		}
		if today := &got.Tenants[0].Today; !today.Evidence.LowerBound {
			t.Errorf("what runs now costs %v, with a side unread", today.Value)
		}
		if diff := cmp.Diff([]migration.LeftOut{{Tenants: 1, Reason: "waiting for cloudwatch"}}, got.LeftOut); diff != "" {
			t.Error(diff)
		}
	}
}

// A tenant that runs on one side only, with no price of the node that it would be on, is compared once
// another node is assumed.
func TestAnotherNodeThanTheOneWithoutAPrice(t *testing.T) {
	s := fleetOf(spec{name: "acme", memory: 2048 * migration.MiB, lambda: 60, took: 10 * time.Second})
	v := &s.Tenants[0]
	v.After.Gap, v.Economics.Gap = "no price for m9x.large in us-east-1", "no price for m9x.large in us-east-1"
	v.Verdict.Reason = v.Economics.Gap
	sc := onDemand()
	a := newAsker()
	now, err := a.Ask(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := &now.Tenants[0]; p.Verdict.Reason != v.Economics.Gap || p.Saving.Value.Known() {
		t.Errorf("as it is: %+v", p.Verdict)
	}
	sc.Spot = 0
	if p := &ask(t, s, sc).Tenants[0]; p.Verdict.Decision == migration.NotEnoughData || !p.Saving.Value.Known() {
		t.Errorf("on another node: %+v", p.Verdict)
	}
}
