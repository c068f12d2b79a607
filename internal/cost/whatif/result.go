package whatif

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// tenant is what comes of one tenant's bill.
func (q *question) tenant(b *bill) migration.TenantScenario {
	p := migration.TenantScenario{Tenant: b.view.Tenant, Today: q.today(b.view)}
	if b.runs.IsPositive() {
		p.RunsPerDay = migration.Some(perDay(b.runs).InexactFloat64())
	}
	before := q.side(b, q.base, q.fixed(q.base))
	before.Leaving = q.leaving(b, &before)
	for _, h := range q.placements {
		side := q.side(b, h, q.fixed(h))
		p.On[h] = q.platformCost(b, h, &before, &side)
		if h == q.scenario.Target {
			q.answer(b, &p, before, side, cost.Terms{
				Extra:  migration.Some(doubleRun(b.view)),
				OneOff: cost.Per(q.scenario.OneOff, decimal.NewFromInt(q.parts)),
			})
		}
	}
	return p
}

// side is a bill in a placement, as one side of a comparison.
func (q *question) side(b *bill, h migration.Placement, platform migration.Opt[migration.USD]) cost.SideMonth {
	s := &b.on[h]
	out := cost.SideMonth{Name: h.String(), Limit: h.Platform().Caps().HardTimeout, Gap: s.problem, Fixed: platform, Calculated: true}
	if out.Gap == "" && !platform.Known() {
		out.Gap = "what the platform costs is unknown"
		if note := q.snap.Totals.Platform.Evidence.Note; note != "" {
			out.Gap += ": " + note
		}
	}
	if !s.known() || !b.runs.IsPositive() {
		return out
	}
	month, standing := q.cost(b, h), s.standing.Mul(q.factor[h])
	out.Run = migration.Some(migration.Dollars(month.Sub(standing).DivRound(b.runs, cost.Places)))
	out.Fixed = migration.Map(platform, func(u migration.USD) migration.USD { return u.Add(migration.Dollars(standing)) })
	out.Month = migration.Map(platform, func(u migration.USD) migration.USD { return u.Add(migration.Dollars(month)) })
	return out
}

// leaving is what of a month before the move is no longer paid once the runs are gone.
func (q *question) leaving(b *bill, before *cost.SideMonth) migration.Opt[migration.USD] {
	if !before.Month.Known() || q.base != migration.OnLambda {
		return migration.None[migration.USD]()
	}
	return migration.Some(migration.Dollars(q.marginal(b)))
}

// answer compares the platform before the move with the target.
func (q *question) answer(b *bill, p *migration.TenantScenario, before, after cost.SideMonth, terms cost.Terms) {
	t := b.view
	if t.Tenant == migration.Unattributed {
		p.Verdict.Reason = "unattributed work is not assessed"
		return
	}
	before.Longest, before.TimedOut, after.Longest = t.Before.Duration.Max(), t.Before.TimedOut.Or(0), t.After.Duration.Max()
	after.Runs = t.After.Runs.Or(0)
	terms.Moved = decimal.NewFromFloat(float64(t.Routed.Value.Or(0)))
	if t.Before.Runs.Or(0) == 0 && after.Runs > 0 {
		terms.Moved = decimal.New(1, 0)
	}
	q.compare(b, p, before, after, terms)
}

// compare fills in what follows from two sides.
func (q *question) compare(b *bill, p *migration.TenantScenario, before, after cost.SideMonth, terms cost.Terms) {
	if b.runs.IsPositive() {
		terms.RunsPerDay = migration.Some(perDay(b.runs))
	}
	c := cost.Compare(before, after, terms)
	p.Verdict = c.Verdict
	figure := func(v migration.Opt[migration.USD]) migration.Figure[migration.USD] {
		return migration.Figure[migration.USD]{Value: v, Kind: migration.Requested, Evidence: b.evidence}
	}
	if c.Saving.Known() {
		p.Saving, p.Saved = figure(c.Saving), figure(c.Saved)
	}
	p.Payback = migration.Figure[float64]{
		Value: migration.Map(c.Payback, decimal.Decimal.InexactFloat64), Kind: migration.Counted, Evidence: p.Saving.Evidence,
	}
}

func (b *bill) figure(v migration.USD) migration.Figure[migration.USD] {
	return migration.Figure[migration.USD]{Value: migration.Some(v), Kind: migration.Requested, Evidence: b.evidence}
}

// cost is a bill's month in a placement under the commitment, without the fixed share.
func (q *question) cost(b *bill, h migration.Placement) decimal.Decimal {
	s := &b.on[h]
	return s.compute.Mul(q.factor[h]).Add(s.rest)
}

// perDay is a month's runs in a day.
func perDay(month decimal.Decimal) decimal.Decimal {
	return month.DivRound(cost.DaysPerMonth, cost.Places)
}

// platformCost is a bill in one placement, which before is compared with.
func (q *question) platformCost(b *bill, h migration.Placement, before, side *cost.SideMonth) migration.PlatformCost {
	s := &b.on[h]
	out := migration.PlatformCost{Fixed: side.Fixed, Problem: side.Gap, Remedy: s.remedy}
	if !b.runs.IsPositive() {
		return out
	}
	if s.partly {
		least := migration.Dollars(q.cost(b, h)).Add(side.Fixed.Or(migration.USD{}))
		if least.Sign() > 0 {
			out.Month = b.figure(least)
			out.Month.Evidence.LowerBound = true
		}
		return out
	}
	if month, ok := side.Month.Get(); ok {
		out.Month = b.figure(month)
	}
	if run, ok := side.Run.Get(); ok {
		out.Run = b.figure(run)
	}
	if h == q.base || !side.Run.Known() || !before.Run.Known() {
		return out
	}
	even := cost.SolveBreakEven(*before, *side)
	switch even.Crossing {
	case cost.NeverMove:
		out.Never = true
	case cost.MoveAtOnce, cost.MoveAbove, cost.MoveBelow:
		out.Below = even.Crossing == cost.MoveBelow
		out.BreakEven = migration.Map(even.RunsPerDay, decimal.Decimal.InexactFloat64)
	case cost.NoBreakEven:
	}
	if q.base == migration.OnLambda {
		q.breakEven(&out, b, h)
	}
	return out
}

// breakEven finds from which length of a run, and from which utilisation, a placement is
// cheaper than Lambda.
func (q *question) breakEven(out *migration.PlatformCost, b *bill, h migration.Placement) {
	l, j := &b.on[migration.OnLambda], &b.on[h]
	if !l.busy.IsPositive() || !j.busy.IsPositive() {
		return
	}
	perSecond := l.compute.Mul(q.factor[migration.OnLambda]).DivRound(l.busy, cost.Places)
	each := q.cost(b, h).DivRound(j.busy, cost.Places)
	if perSecond.IsPositive() && j.plain.IsPositive() {
		plain := j.plain.DivRound(j.busy, cost.Places)
		out.Busy = migration.Some(migration.Ratio(plain.DivRound(perSecond, cost.Places).InexactFloat64()))
	}
	line := cost.LambdaLine{PerSecond: perSecond, DurationFixed: l.rest.DivRound(b.runs, cost.Places)}
	d, ok := line.Duration(each, j.start.DivRound(b.runs, cost.Places), j.least).Get()
	if wall := seconds(migration.LambdaWall); ok && !d.GreaterThan(wall) {
		out.Duration = migration.Some(time.Duration(d.Shift(9).IntPart()))
	}
}

// today is a tenant's month at present: what runs cost over the month that runs are counted
// in, and what costs by the hour over 730 h, as in each placement.
func (q *question) today(t *migration.TenantView) migration.Figure[migration.USD] {
	var sum migration.Figure[migration.USD]
	add := func(f migration.Figure[migration.USD], must bool, hours decimal.Decimal) {
		if must || f.Value.Known() {
			sum = plus(sum, monthOf(f, hours))
		}
	}
	add(t.Before.CostPerHour, t.Before.Present, hoursOfRuns)
	add(t.After.CostPerHour, t.After.Present, hoursOfRuns)
	if jobs := q.sides(&t.Before, &t.After).jobs; ran(jobs) > 0 {
		add(t.Economics.IdleShare, true, hoursPerMonth)
		if t.Tenant != migration.Unattributed {
			add(t.Economics.PlatformShare, true, hoursPerMonth)
		}
	}
	return sum
}

func monthOf(hour migration.Figure[migration.USD], hours decimal.Decimal) migration.Figure[migration.USD] {
	hour.Value = migration.Map(hour.Value, func(u migration.USD) migration.USD { return u.Mul(hours) })
	return hour
}

// doubleRun is what a tenant's runs after the move have cost in the window beyond the same runs
// before it, 0 where that is unknown or less.
func doubleRun(t *migration.TenantView) migration.USD {
	each, ok1 := t.Before.CostPerRun.Value.Get()
	spent, ok2 := t.After.Cost.Value.Get()
	if !ok1 || !ok2 {
		return migration.USD{}
	}
	if extra := cost.DoubleRun(spent, each, t.After.Runs.Or(0)); extra.Sign() > 0 {
		return extra
	}
	return migration.USD{}
}
