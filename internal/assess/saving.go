package assess

import (
	"cmp"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// fleetSaving fills in what moving all tenants that save or must move saves a month: the sum over these tenants, less
// what of idle nodes, the platform and the commitment none of them carries. A tenant that is not compared is in no
// part of the sum, and is counted with the reason. Where nothing is compared, the reason is all there is.
func (b *builder) fleetSaving(snap *migration.Snapshot, o *migration.Forecast) {
	fig := migration.Figure[migration.USD]{Kind: migration.Billed, Evidence: migration.Provenance{
		Source: "tenants that move, cannot stay or have moved", Method: migration.Derived, Coverage: 1,
	}}
	t := &snap.Totals
	var saving, saved, shares migration.USD // of a month
	var runs, moved decimal.Decimal         // of a day
	// What an hour asks a Savings Plan to cover: the movers' runs all on Lambda and all on
	// Jobs, and what is there either way.
	var onLambda, onJobs cost.Demand
	rest := hourOf(&t.Before).Plus(hourOf(&t.After))
	for i := range t.Services {
		rest = rest.Plus(hourOf(&t.Services[i].Side))
	}
	movers, left := 0, []migration.LeftOut(nil)
	for i := range snap.Tenants {
		v := &snap.Tenants[i]
		a := &v.Economics
		if v.Tenant != migration.Unattributed && a.Gap != "" {
			left = migration.LeaveOut(left, a.Gap)
		}
		still, ok := a.Saving.Value.Get()
		if !ok || !v.Verdict.Decision.Moves() {
			continue
		}
		movers++
		done, perDay := a.Saved.Value.Or(migration.USD{}), decimal.NewFromFloat(a.RunsPerDay.Or(0))
		saving, saved = saving.Add(still), saved.Add(done)
		runs, moved = runs.Add(perDay), moved.Add(perDay.Mul(b.moved(v, v.Verdict.Decision == migration.Moved)))
		if b.after().Caps.IdlePool {
			shares = shares.Add(a.Fixed.Value.Or(migration.USD{}))
		}
		fig.Evidence.Method = migration.Weaker(fig.Evidence.Method, a.Saving.Evidence.Method)
		perHour := perDay.DivRound(hoursPerDay, cost.Places)
		onLambda = onLambda.Plus(demandOf(&v.Before, a.BeforeRun.Value, perHour, demandUnit(b.before().ID)))
		onJobs = onJobs.Plus(demandOf(&v.After, a.AfterRun.Value, perHour, demandUnit(b.after().ID)))
		rest = rest.Minus(hourOf(&v.Before)).Minus(hourOf(&v.After))
	}
	o.LeftOut = left
	if o.Gap = fleetGap(t, left, movers); o.Gap != "" {
		fig.Evidence.Note = o.Gap
		o.Saving, o.Saved, o.Unshared = fig, fig, fig
		return
	}
	unshared, evidence := b.unshared(snap, shares)
	before, after := rest.Plus(onLambda), rest.Plus(onJobs).Plus(cost.Demand{EC2: t.Standing})
	wasted, plan := b.Cost.Wasted(b.Plan.Commitment, b.Scope.Region, before, after)
	unshared = unshared.Add(wasted.Mul(hoursPerMonth)).Round(cost.Places)
	fig.Evidence = fig.Evidence.And(evidence).And(plan)
	// What nobody carries falls to what has moved and to what has not as their runs do.
	part := decimal.Decimal{}
	if runs.IsPositive() {
		part = moved.DivRound(runs, cost.Places)
	}
	past := unshared.Mul(part).Round(cost.Places)
	o.Unshared, o.Saved, o.Saving = fig, fig, fig
	o.Unshared.Value = migration.Some(unshared)
	o.Saved.Value = migration.Some(saved.Sub(past))
	o.Saving.Value = migration.Some(saving.Sub(unshared.Sub(past)))
}

// fleetGap is why no saving of the fleet is said: a side was not read, or not one tenant is compared.
func fleetGap(t *migration.Totals, left []migration.LeftOut, movers int) string {
	switch {
	case t.Before.Gap != "" || t.After.Gap != "":
		return cmp.Or(t.Before.Gap, t.After.Gap)
	case movers > 0 && !t.Idle.Value.Known():
		return "what idle nodes cost is unknown"
	case movers > 0:
		return ""
	case len(left) > 0:
		return left[0].Reason
	}
	return "no tenant moves"
}

// unshared is what of a month's idle nodes and platform no tenant carries: all of it less the shares in the sum, and less
// the idle nodes of tenants that are not in it. Where there is no cluster yet, each share is of one to come, and a move
// that leaves the cluster has none.
func (b *builder) unshared(snap *migration.Snapshot, shares migration.USD) (migration.USD, migration.Provenance) {
	t := &snap.Totals
	e := migration.Provenance{Source: "tenants that move, cannot stay or have moved", Method: migration.Derived, Coverage: 1}
	if !b.pool() || !b.after().Caps.IdlePool {
		return migration.USD{}, e
	}
	idle := t.Idle.Value.Or(migration.USD{})
	for i := range snap.Tenants {
		if v := &snap.Tenants[i]; !v.Verdict.Decision.Moves() || !v.Economics.Saving.Value.Known() {
			idle = idle.Sub(v.Economics.IdleShare.Value.Or(migration.USD{}))
		}
	}
	e.Note = "less idle nodes and the platform's share of tenants that are not in the sum"
	return t.Platform.Value.Or(migration.USD{}).Add(idle).Mul(hoursPerMonth).Sub(shares), e
}

// demandUnit is what a dollar of a platform is taken to be made of where nothing was seen of it.
func demandUnit(p migration.Platform) cost.Demand {
	switch p {
	case migration.Lambda:
		return cost.Demand{Lambda: oneUSD}
	case migration.ECS:
		return cost.Demand{Fargate: oneUSD}
	}
	return cost.Demand{EC2: oneUSD}
}

var oneUSD = migration.Dollars(decimal.New(1, 0))

// hourOf is what of a side's hour a Savings Plan can cover.
func hourOf(s *migration.Side) cost.Demand {
	hour := s.CostPerHour.Value.Or(migration.USD{}).Decimal()
	return partsOf(s, cost.Demand{}).Times(hour)
}

// demandOf is what an hour of so many runs at so much each asks a Savings Plan to cover,
// in the parts that the side's cost has; a dollar is made up as otherwise where nothing
// was seen on that side, or too little to judge by.
func demandOf(s *migration.Side, run migration.Opt[migration.USD], perHour decimal.Decimal, otherwise cost.Demand) cost.Demand {
	parts := otherwise
	if s.Runs.Or(0) >= cost.LeastRuns {
		parts = partsOf(s, otherwise)
	}
	return parts.Times(run.Or(migration.USD{}).Decimal().Mul(perHour))
}

// partsOf is what a dollar of a side's cost is made of.
func partsOf(s *migration.Side, otherwise cost.Demand) cost.Demand {
	all, ok := s.Cost.Value.Get()
	if !ok || all.Sign() <= 0 {
		return otherwise
	}
	p := s.Parts
	return cost.Demand{
		Lambda: cost.Per(p.Compute, all.Decimal()), Fargate: cost.Per(p.Fargate, all.Decimal()), EC2: cost.Per(p.Nodes, all.Decimal()),
	}
}
