package cost

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Curve is what a month costs over its number of runs. It is continuous, and linear between Kinks.
type Curve struct {
	// Kinks are numbers of runs of a month at which the slope may change, in ascending order.
	Kinks []decimal.Decimal
	// At is the cost of a month with so many runs, in USD.
	At func(runs decimal.Decimal) decimal.Decimal
}

// LambdaCurve is what a shape costs on Lambda over its runs: [Pricer.LambdaMonthOf], and what is added
// to it. The free tier and each tier of compute and of logs have a kink, and so has the number of runs
// that provisioned concurrency serves. False where Lambda cannot run the shape or a price is missing.
func (p *Pricer) LambdaCurve(region string, l *LambdaShape, more migration.USD) (Curve, bool) {
	kinks, ok := p.lambdaKinks(region, l)
	// More runs may need more prices than these do: those of higher tiers.
	if most := kinks[len(kinks)-1]; !ok || !p.LambdaMonthOf(region, l, most.Add(one), nil).Known() {
		return Curve{}, false
	}
	return Curve{Kinks: kinks, At: func(runs decimal.Decimal) decimal.Decimal {
		return Sum(p.LambdaMonthOf(region, l, runs, nil).Lines).Decimal().Add(more.Decimal())
	}}, true
}

func (p *Pricer) lambdaKinks(region string, l *LambdaShape) ([]decimal.Decimal, bool) {
	served := l.servable()
	kinks := []decimal.Decimal{{}, served}
	// after notes where an amount a run reaches a mark, counted from the first of them.
	after := func(first, mark, perRun decimal.Decimal) {
		if perRun.IsPositive() {
			kinks = append(kinks, first.Add(mark.DivRound(perRun, Places)))
		}
	}
	free := func(item string) decimal.Decimal {
		r, err := p.Rate(item, region)
		if err != nil || !l.FreeTier {
			return decimal.Decimal{}
		}
		return r.Value
	}
	tiers, err := p.LambdaTiers(migration.RegionArch{Region: region, Arch: l.Arch})
	if err != nil {
		return kinks, false
	}
	single := p.lambdaDemand(region, l, served.Add(one))
	marks := func(tiers []Tier, free, first, perRun decimal.Decimal) {
		after(first, free, perRun)
		for _, t := range tiers {
			if upTo, more := t.UpTo.Get(); more {
				after(first, upTo, perRun)
				after(first, upTo.Add(free), perRun)
			}
		}
	}
	marks(tiers, free("lambda.free.compute"), served, single.perGB)
	after(served, free("lambda.free.requests"), decimal.NewFromInt(l.requestsPerRun()))
	after(served, free("lambda.stream.free"), single.streamed)
	if l.Logs > 0 {
		tiers, err := p.LogTiers(region)
		if err != nil {
			return kinks, false
		}
		marks(tiers, free("cloudwatch.logs.free"), decimal.Decimal{}, exactGiB(l.Logs).DivRound(decimal.NewFromInt(l.Runs), Places))
	}
	slices.SortFunc(kinks, decimal.Decimal.Cmp)
	return slices.CompactFunc(kinks, decimal.Decimal.Equal), true
}

// Straight is a curve without kinks: a fixed cost, and the cost of some runs in proportion.
func Straight(fixed, cost migration.USD, runs int64) Curve {
	of := decimal.NewFromInt(runs)
	return Curve{Kinks: []decimal.Decimal{{}}, At: func(n decimal.Decimal) decimal.Decimal {
		return fixed.Decimal().Add(cost.Decimal().Mul(n).DivRound(of, Places))
	}}
}

// Turn is a number of runs of a month at which two curves cost the same.
type Turn struct {
	Runs decimal.Decimal
	// Moves says that the second curve is the cheaper one above it, and the first one below.
	Moves bool
}

// Turns are all numbers of runs above 0 at which two curves cross, in ascending order, and whether the
// second one is the cheaper one before the first of them. Each piece on which both are linear has at
// most one, which is solved and not searched for.
func Turns(before, after Curve) (turns []Turn, cheaper bool) {
	kinks := slices.Concat(before.Kinks, after.Kinks)
	slices.SortFunc(kinks, decimal.Decimal.Cmp)
	kinks = slices.CompactFunc(kinks, decimal.Decimal.Equal)
	saves := func(n decimal.Decimal) decimal.Decimal { return before.At(n).Sub(after.At(n)).Round(curvePlaces) }
	last := kinks[len(kinks)-1]
	kinks = append(kinks, last.Mul(decimal.New(2, 0)).Add(one)) // a second point of the piece that has no end
	sign := 0                                                   // of what moving saves so far
	turn := func(at decimal.Decimal, now int) {
		if now == sign || now == 0 {
			return
		}
		if sign == 0 && len(turns) == 0 && !at.IsPositive() {
			cheaper = now > 0
		} else {
			turns = append(turns, Turn{Runs: at, Moves: now > 0})
		}
		sign = now
	}
	from, here := kinks[0], saves(kinks[0])
	turn(decimal.Decimal{}, here.Sign())
	for i, to := range kinks[1:] {
		there := saves(to)
		slope := there.Sub(here).DivRound(to.Sub(from), Places)
		switch open := i == len(kinks)-2; {
		case open && !slope.IsZero() && here.Sign() != slope.Sign():
			turn(from.Sub(here.DivRound(slope, Places)), slope.Sign())
		case there.Sign() != here.Sign():
			at := from
			if !here.IsZero() {
				at = from.Add(here.Mul(to.Sub(from)).DivRound(here.Sub(there), Places))
			}
			turn(at, there.Sign())
		}
		from, here = to, there
	}
	return turns, cheaper
}

// curvePlaces is how many decimal places of a month's cost, in USD, a crossing is solved with. What is below is the rounding of
// quotients.
const curvePlaces = 20
