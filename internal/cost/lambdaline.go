package cost

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// LambdaLine is what one run of an account costs on Lambda over its length and over its
// memory, given the runs and the time that they took together; false where a price is
// missing or nothing ran.
func (b *Bill) LambdaLine(a *UsageLedger, runs int64, took decimal.Decimal) (LambdaLine, bool) {
	if runs <= 0 || !took.IsPositive() {
		return LambdaLine{}, false
	}
	var perTime, perMemory, rest, fixed, gbs decimal.Decimal
	for i := range a.lambda.keys {
		pb, s := b.place(&a.lambda.keys[i]), &a.lambda.values[i]
		if pb.err != nil {
			return LambdaLine{}, false
		}
		requests := decimal.NewFromInt(s.requests).Mul(pb.rate.perRequest)
		standing := pb.kept(s.extra.standing.GBSeconds().Mul(pb.extra.standing))
		stored := pb.extra.storage(&s.extra)
		all, apart := pb.cost(s), requests.Add(pb.uncovered(&s.extra)) // storage is in both
		perTime = perTime.Add(all.Sub(apart).Sub(standing).Add(stored))
		fixed = fixed.Add(apart).Sub(stored).Add(standing)
		perMemory = perMemory.Add(all.Sub(apart))
		rest = rest.Add(apart)
		gbs = gbs.Add(s.billed.GBSeconds())
	}
	n := decimal.NewFromInt(runs)
	line := LambdaLine{
		PerSecond: perTime.DivRound(took, Places), DurationFixed: fixed.DivRound(n, Places),
		MemoryFixed: rest.DivRound(n, Places),
	}
	if gbs.IsPositive() {
		line.PerGB = perMemory.Mul(took).DivRound(gbs.Mul(n), Places)
	}
	return line, true
}

// PodTime is how long an account's pods held their hosts, in seconds, and whether one of
// them was the machine of a single pod, which is billed for a minute at the least.
func (a *UsageLedger) PodTime() (seconds int64, fargate bool) {
	for i := range a.held.keys {
		seconds += a.held.values[i].podSeconds
		fargate = fargate || a.held.keys[i].Kind.Fargate()
	}
	return seconds, fargate
}

// LambdaRun is one more run of a shape on Lambda at the first tier's rates, after the shape's
// Savings Plan and beyond any free tier, with its part of what all runs bring with them, such as logs; and what it
// costs over its length and over its memory. It runs on provisioned concurrency where that has room
// for it. Costs that are there at no run are not in it.
func (p *Pricer) LambdaRun(region string, l *LambdaShape) (*Month, LambdaLine) {
	single := *l
	single.FreeTier, single.SavingsPlan = false, ""
	if !decimal.NewFromInt(l.Runs).LessThan(l.servable()) {
		single.Provisioned = 0
	}
	m := p.LambdaMonthOf(region, &single, one, nil)
	m.Lines = slices.DeleteFunc(m.Lines, func(l Line) bool { return l.Fixed })
	keep := one
	if term := l.SavingsPlan; term != "" {
		if r, ok := m.rate("savings_plan.compute.lambda." + term); ok {
			keep = one.Sub(r.Value.Mul(l.Coverage.Or(decimal.Decimal{})))
		}
	}
	var line LambdaLine
	billed := l.Billed()
	for i := range m.Lines {
		part := &m.Lines[i]
		compute := part.Item == itemCompute || part.Item == itemProvisionedCompute
		if compute {
			part.Rate = part.Rate.Mul(keep)
		}
		amount := part.Cost().Decimal()
		if compute {
			line.PerGB = line.PerGB.Add(part.Rate.Mul(billed))
		} else {
			line.MemoryFixed = line.MemoryFixed.Add(amount)
		}
		if compute || part.Item == itemEphemeral {
			line.PerSecond = line.PerSecond.Add(amount.DivRound(billed, Places))
		} else {
			line.DurationFixed = line.DurationFixed.Add(amount)
		}
	}
	return m, line
}

// LambdaFixed is what of an account's cost on Lambda is there at no run, over the bill's window: provisioned
// concurrency that stands, after the Savings Plan.
func (b *Bill) LambdaFixed(a *UsageLedger) migration.USD {
	var sum decimal.Decimal
	for i := range a.lambda.keys {
		if pb := b.place(&a.lambda.keys[i]); pb.err == nil {
			sum = sum.Add(pb.kept(a.lambda.values[i].extra.standing.GBSeconds().Mul(pb.extra.standing)))
		}
	}
	return migration.Dollars(sum)
}
