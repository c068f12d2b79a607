package whatif

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// tenant is what comes of one tenant's bill.
func (q *question) tenant(b *bill, i int) migration.TenantScenario {
	t := b.view
	p := migration.TenantScenario{Tenant: t.Tenant, Today: q.today(t), RunsPerDay: t.Economics.RunsPerDay}
	if !p.RunsPerDay.Known() && b.runs.IsPositive() {
		p.RunsPerDay = migration.Some(perDay(b.runs).InexactFloat64())
	}
	if why := q.unread(t); why != "" {
		for h := range b.on {
			b.on[h] = sums{problem: why}
		}
	}
	gap := q.gap(t)
	before := q.side(b, i, q.base)
	for _, h := range q.placements {
		side := before
		if h != q.base {
			side = q.side(b, i, h)
		}
		on := q.platformCost(b, h, &side)
		if h != q.base && gap == "" {
			q.against(&on, b, h, &before, &side)
		}
		p.On[h] = on
		if h == q.scenario.Target {
			q.answer(b, &p, before, side)
		}
	}
	return p
}

// side is a tenant's month in a placement, as one side of a comparison: what the Snapshot says of it, or
// else what is calculated from its runs.
func (q *question) side(b *bill, i int, h migration.Placement) cost.SideMonth {
	live, ok := q.scaled(b, i, h)
	if !ok {
		live = q.calculated(b, h)
	}
	live.Name, live.Limit, live.Calculated = h.String(), h.Platform().Caps().HardTimeout, true
	return live
}

// calculated is a bill in a placement, as the model prices it.
func (q *question) calculated(b *bill, h migration.Placement) cost.SideMonth {
	s, platform := &b.on[h], b.share(q.fixed(h))
	out := cost.SideMonth{Gap: s.problem, Fixed: platform}
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
	if h == q.base && h == migration.OnLambda && out.Month.Known() {
		out.Leaving = migration.Some(migration.Dollars(q.marginal(b)))
	}
	return out
}

// answer compares the platform before the move with the target. Where both are as they are, the Snapshot
// has the answer; where it compares nothing, neither does a scenario.
func (q *question) answer(b *bill, p *migration.TenantScenario, before, after cost.SideMonth) {
	t, a := b.view, &b.view.Economics
	gap := q.gap(t)
	terms := cost.Terms{
		RunsPerDay: migration.Map(p.RunsPerDay, decimal.NewFromFloat), Extra: migration.Some(doubleRun(t)),
		OneOff: cost.Per(q.scenario.OneOff, decimal.NewFromInt(q.parts)), Moved: moved(t),
	}
	switch {
	case t.Tenant == migration.Unattributed:
		p.Verdict.Reason = "unattributed work is not assessed"
	case gap != "" || q.asTheyAre() && t.Verdict.Reason != "":
		p.Verdict, p.Saving, p.Saved = t.Verdict, a.Saving, a.Saved
		if whole, ok := migration.Join(a.Saving.Value, a.Saved.Value, migration.USD.Add).Get(); ok {
			q.payback(p, whole, terms)
		}
		if on := &p.On[q.scenario.Target]; gap == "" {
			on.BreakEven = t.BreakEven.Value
			on.Below, on.Never = t.Crossing == cost.MoveBelow.String(), t.Crossing == cost.NeverMove.String()
			on.Duration, on.Busy = a.Duration.Value, a.Utilization.Value
		}
	default:
		before.Longest, before.TimedOut, after.Longest = t.Before.Duration.Max(), t.Before.TimedOut.Or(0), t.After.Duration.Max()
		after.Runs = t.After.Runs.Or(0)
		q.compare(b, p, before, after, terms)
	}
}

// moved is the share of a tenant's runs that are on the side after the move now.
func moved(t *migration.TenantView) decimal.Decimal {
	before, after := decimal.NewFromInt(t.Before.Runs.Or(0)), decimal.NewFromInt(t.After.Runs.Or(0))
	share, ok := t.Routed.Value.Get()
	switch {
	case after.IsPositive() && before.IsZero():
		return decimal.New(1, 0)
	case ok:
		return decimal.NewFromFloat(float64(share))
	case after.IsPositive():
		return after.DivRound(before.Add(after), cost.Places)
	}
	return decimal.Decimal{}
}

// compare fills in what follows from two sides.
func (q *question) compare(b *bill, p *migration.TenantScenario, before, after cost.SideMonth, terms cost.Terms) {
	c := cost.Compare(before, after, terms)
	p.Verdict = c.Verdict
	if !c.Saving.Known() {
		return
	}
	figure := func(v migration.Opt[migration.USD]) migration.Figure[migration.USD] {
		return migration.Figure[migration.USD]{Value: v, Kind: migration.Requested, Evidence: b.evidence}
	}
	p.Saving, p.Saved = figure(c.Saving), figure(c.Saved)
	q.payback(p, c.Whole.Or(migration.USD{}), terms)
}

// payback is after how many months what a move saves in all has earned it back.
func (q *question) payback(p *migration.TenantScenario, whole migration.USD, terms cost.Terms) {
	p.Payback = migration.Figure[float64]{Kind: migration.Counted, Evidence: p.Saving.Evidence}
	if months, pays := cost.Payback(terms.Extra.Or(migration.USD{}), terms.OneOff, whole); pays {
		p.Payback.Value = migration.Some(months.InexactFloat64())
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

// platformCost is a tenant's month in one placement.
func (q *question) platformCost(b *bill, h migration.Placement, side *cost.SideMonth) migration.PlatformCost {
	s := &b.on[h]
	out := migration.PlatformCost{Fixed: side.Fixed, Problem: side.Gap}
	if !b.runs.IsPositive() {
		return out
	}
	if month, ok := side.Month.Get(); ok {
		out.Month = b.figure(month)
	} else if s.partly {
		out.Remedy = s.remedy
		least := migration.Dollars(s.least)
		if !s.least.IsPositive() {
			least = migration.Dollars(q.cost(b, h)).Add(side.Fixed.Or(migration.USD{}))
		}
		if least.Sign() > 0 {
			out.Month = b.figure(least)
			out.Month.Evidence.LowerBound = true
		}
	}
	if run, ok := side.Run.Get(); ok {
		out.Run = b.figure(run)
	}
	return out
}

// against fills in from when a placement is cheaper than the platform before the move.
func (q *question) against(out *migration.PlatformCost, b *bill, h migration.Placement, before, side *cost.SideMonth) {
	if !side.Run.Known() || !before.Run.Known() {
		return
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
	if q.base == migration.OnLambda && b.on[q.base].known() && b.on[h].known() {
		q.breakEven(out, b, h)
	}
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
	d, ok := line.Duration(each, j.start.DivRound(b.runs, cost.Places), j.shortest).Get()
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
	// Of a side that was not read it is not known whether anything ran.
	add(t.Before.CostPerHour, t.Before.Present || t.Before.Gap != "" && !q.toCome(t), hoursOfRuns)
	add(t.After.CostPerHour, t.After.Present || t.After.Gap != "" && !q.toCome(t), hoursOfRuns)
	if jobs := q.sides(&t.Before, &t.After).jobs; ran(jobs) > 0 {
		add(t.Economics.IdleShare, true, hoursPerMonth)
		if t.Tenant != migration.Unattributed {
			add(t.Economics.PlatformShare, true, hoursPerMonth)
		}
	}
	if sum.Evidence.LowerBound && sum.Value.Or(migration.USD{}).Sign() == 0 {
		sum.Value = migration.None[migration.USD]() // at least nothing says nothing
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
