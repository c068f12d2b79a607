package assess

import (
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// takenOff is what a month's saving has taken off, in the words of its evidence.
const takenOff = "without the current cost of idle nodes and the platform, as for running both sides"

// fleetSaving is what a month costs less once everything has moved that pays or must,
// after what the commitment would leave unused. Both idle nodes and the platform are
// taken off: a run's share of a node is without what nobody holds of it, and someone
// pays that too. [builder.doubleRun] and the days' counts the same two. They are taken as
// they stand: runs to come fill idle nodes first, and a share by the dominant resource
// pays for what it strands.
func (b *builder) fleetSaving(snap *migration.Snapshot) migration.Figure[migration.USD] {
	fig := migration.Figure[migration.USD]{Kind: migration.Billed, Evidence: migration.Provenance{
		Source: "tenants that move, cannot stay or have moved", Method: migration.Derived, Coverage: 1, Note: takenOff,
	}}
	t := &snap.Totals
	var sum migration.USD // of a month
	// What an hour asks a Savings Plan to cover: the movers' runs all on Lambda and all on
	// Jobs, and what is there either way.
	var onLambda, onJobs cost.Demand
	rest := hourOf(&t.Before).Plus(hourOf(&t.After))
	for i := range t.Services {
		rest = rest.Plus(hourOf(&t.Services[i].Side))
	}
	movers := 0
	for i := range snap.Tenants {
		v := &snap.Tenants[i]
		switch v.Verdict.Decision {
		case migration.WorthMoving, migration.CannotStay, migration.Moved:
		default:
			continue
		}
		saving, ok := v.Economics.Saving.Value.Get()
		if !ok {
			fig.Evidence.LowerBound = true
			continue
		}
		movers++
		sum = sum.Add(saving)
		fig.Evidence.Method = migration.Weaker(fig.Evidence.Method, v.Economics.Saving.Evidence.Method)
		perHour := decimal.NewFromFloat(v.Economics.RunsPerDay.Or(0)).DivRound(hoursPerDay, cost.Places)
		onLambda = onLambda.Plus(demandOf(&v.Before, v.Economics.BeforeRun.Value, perHour, demandUnit(b.before().ID)))
		onJobs = onJobs.Plus(demandOf(&v.After, v.Economics.AfterRun.Value, perHour, demandUnit(b.after().ID)))
		rest = rest.Minus(hourOf(&v.Before)).Minus(hourOf(&v.After))
	}
	platform, ok1 := whole(t.Platform).Get()
	idle, ok2 := t.Idle.Value.Get()
	switch {
	case movers == 0:
		fig.Evidence.Note = "no tenant's saving is known"
	case !ok1:
		fig.Evidence.Note = "what the platform costs is unknown"
	case !ok2:
		fig.Evidence.Note = "what idle nodes cost is unknown"
	default:
		before, after := rest.Plus(onLambda), rest.Plus(onJobs).Plus(cost.Demand{EC2: t.Standing})
		wasted, evidence := b.Cost.Wasted(b.Plan.Commitment, b.Scope.Region, before, after)
		fig.Evidence = fig.Evidence.And(evidence)
		fig.Value = migration.Some(sum.Sub(platform.Add(idle).Add(wasted).Mul(hoursPerMonth)).Round(cost.Places))
	}
	return fig
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
