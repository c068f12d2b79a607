package whatif

import (
	"fmt"
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
	for h := range migration.NumPlacements {
		p.On[h] = q.platformCost(b, h, q.fixed(h, false))
	}
	target := q.scenario.Target
	if b.on[migration.OnLambda].problem == "" && b.on[target].problem == "" {
		if fixed, ok := p.On[target].Fixed.Get(); ok {
			saving := q.marginal(b).Sub(q.cost(b, target)).Sub(fixed.Decimal())
			p.Saving = b.figure(migration.Dollars(saving))
		}
	}
	oneOff := cost.Per(q.scenario.OneOff, decimal.NewFromInt(q.parts))
	p.Payback = payback(p.Saving, doubleRun(b.view), oneOff)
	p.Verdict = q.decide(b, &p)
	return p
}

func (b *bill) figure(v migration.USD) migration.Figure[migration.USD] {
	return migration.Figure[migration.USD]{Value: migration.Some(v), Kind: migration.Requested, Evidence: b.evidence}
}

// cost is a bill's month in a placement under the commitment, without the fixed share.
func (q *question) cost(b *bill, h migration.Placement) decimal.Decimal {
	s := &b.on[h]
	return s.compute.Mul(q.factor[h]).Add(s.rest)
}

// perDay is a month's runs in a day of the break-even's month.
func perDay(month decimal.Decimal) decimal.Decimal {
	return month.Mul(decimal.New(24, 0)).DivRound(hoursPerMonth, cost.Places)
}

// platformCost is a bill in one placement.
func (q *question) platformCost(b *bill, h migration.Placement, fixed migration.Opt[migration.USD]) migration.PlatformCost {
	s := &b.on[h]
	out := migration.PlatformCost{Fixed: fixed, Problem: s.problem}
	if out.Problem == "" && !fixed.Known() {
		out.Problem = "what the platform costs is unknown"
		if note := q.snap.Totals.Platform.Evidence.Note; note != "" {
			out.Problem += ": " + note
		}
	}
	if s.problem != "" || !b.runs.IsPositive() {
		return out
	}
	if out.Problem == "" {
		out.Problem = q.jobs[h].note
	}
	month := q.cost(b, h)
	run := month.DivRound(b.runs, cost.Places)
	out.Run = b.figure(migration.Dollars(run))
	if f, ok := fixed.Get(); ok {
		out.Month = b.figure(migration.Dollars(month).Add(f))
	}
	if h == migration.OnLambda || b.on[migration.OnLambda].problem != "" {
		return out
	}
	lambda := q.cost(b, migration.OnLambda).DivRound(b.runs, cost.Places)
	if f, ok := fixed.Get(); ok {
		if n, pays := cost.BreakEven(migration.Dollars(lambda), migration.Dollars(run), f); pays {
			out.BreakEven = migration.Some(n.InexactFloat64())
		}
	}
	q.breakEven(&out, b, h)
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

// today is a tenant's month at present.
func (q *question) today(t *migration.TenantView) migration.Figure[migration.USD] {
	var sum migration.Figure[migration.USD]
	add := func(f migration.Figure[migration.USD], must bool) {
		v, ok := f.Value.Get()
		switch {
		case !ok:
			sum.Evidence.LowerBound = sum.Evidence.LowerBound || must
			return
		case !sum.Value.Known():
			bound := sum.Evidence.LowerBound
			sum = f
			sum.Evidence.LowerBound = sum.Evidence.LowerBound || bound
			return
		}
		sum.Value = migration.Some(sum.Value.Or(migration.USD{}).Add(v))
		sum.Evidence = sum.Evidence.And(f.Evidence)
	}
	add(t.Before.CostPerHour, t.Before.Present)
	add(t.After.CostPerHour, t.After.Present)
	if t.After.Runs.Or(0) > 0 {
		add(t.Economics.IdleShare, true)
		if t.Tenant != migration.Unattributed {
			add(t.Economics.PlatformShare, true)
		}
	}
	return monthOf(sum)
}

func monthOf(hour migration.Figure[migration.USD]) migration.Figure[migration.USD] {
	hour.Value = migration.Map(hour.Value, func(u migration.USD) migration.USD { return u.Mul(hoursPerMonth) })
	return hour
}

// doubleRun is what a tenant's Jobs have cost in the window beyond the same runs on
// Lambda, 0 where that is unknown or less.
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

func payback(saving migration.Figure[migration.USD], extra, oneOff migration.USD) migration.Figure[float64] {
	out := migration.Figure[float64]{Kind: migration.Counted, Evidence: saving.Evidence}
	month, ok := saving.Value.Get()
	if !ok {
		return out
	}
	if months, pays := cost.Payback(extra, oneOff, month); pays {
		out.Value = migration.Some(months.InexactFloat64())
	}
	return out
}

// decide compares Lambda with the target.
func (q *question) decide(b *bill, p *migration.TenantScenario) migration.Verdict {
	t := b.view
	if t.Tenant == migration.Unattributed {
		return migration.Verdict{Reason: "unattributed work is not assessed"}
	}
	on := &p.On[q.scenario.Target]
	missing := b.on[migration.OnLambda].problem
	if missing == "" {
		missing = on.Problem
	}
	v := cost.Judge(cost.Case{
		LambdaRuns: t.Before.Runs.Or(0) + t.After.Runs.Or(0), JobEstimated: true,
		Lambda: p.On[migration.OnLambda].Run.Value, Job: on.Run.Value, Fixed: on.Fixed,
		RunsPerDay:    migration.Map(p.RunsPerDay, decimal.NewFromFloat),
		LongestLambda: t.Before.Duration.Max(), LongestJob: t.After.Duration.Max(), TimedOut: t.Before.TimedOut.Or(0),
		Missing: missing,
	})
	if v.Decision == migration.WorthMoving && t.Before.Runs.Or(0) == 0 {
		v.Decision = migration.Moved
	}
	return v
}

// fleet is all tenants together. A month leaves out tenants that cannot run in a placement,
// and says so; it compares with Lambda the tenants that can run on both.
func (q *question) fleet(bills []bill) migration.TenantScenario {
	p := migration.TenantScenario{Today: monthOf(q.snap.Totals.Total)}
	if all := together(bills); all.runs.IsPositive() {
		p.RunsPerDay = migration.Some(perDay(all.runs).InexactFloat64())
	}
	for h := range migration.NumPlacements {
		p.On[h] = q.fleetCost(bills, h)
	}
	target := q.scenario.Target
	both := together(bills, migration.OnLambda, target)
	if !both.runs.IsPositive() {
		p.Verdict.Reason = "no tenant can be priced on both Lambda and " + target.String()
		if why := p.On[target].Problem; why != "" {
			p.Verdict.Reason += ": " + why
		}
		return p
	}
	lambda, fixed := q.platformCost(&both.bill, migration.OnLambda, q.fixed(migration.OnLambda, true)), q.fixed(target, true)
	p.On[migration.OnLambda].Run = lambda.Run
	if f, ok := fixed.Get(); ok {
		saving := q.cost(&both.bill, migration.OnLambda).Sub(q.cost(&both.bill, target)).Sub(f.Decimal())
		saving = saving.Add(q.idle[migration.OnLambda]).Sub(q.idle[target])
		p.Saving = both.figure(migration.Dollars(saving))
	}
	extra := q.snap.Totals.Forecast.DoubleRunSoFar.Value.Or(q.snap.Totals.DoubleRun.Value.Or(migration.USD{}))
	p.Payback = payback(p.Saving, extra, q.scenario.OneOff)
	p.Verdict = cost.Judge(cost.Case{
		LambdaRuns: cost.LeastRuns, JobEstimated: true, Certain: true, Lambda: lambda.Run.Value, Job: p.On[target].Run.Value, Fixed: fixed,
		RunsPerDay: migration.Some(perDay(both.runs)), Missing: q.platformCost(&both.bill, target, fixed).Problem,
	})
	if both.left > 0 {
		// Saving and break-even compare the same tenants; the months above them do not.
		p.Verdict.Reason += "; saving and break-even leave out " + them(both.left) + " that cannot run on both"
	}
	return p
}

// fleetCost is the whole fleet in one placement: its month is at least what the tenants cost
// that can run there.
func (q *question) fleetCost(bills []bill, h migration.Placement) migration.PlatformCost {
	fixed := q.fixed(h, true)
	all := together(bills, h)
	if !all.runs.IsPositive() {
		return migration.PlatformCost{Fixed: fixed, Problem: all.why}
	}
	if h != migration.OnLambda {
		all.on[migration.OnLambda].fail("not compared") // only tenants that can run on both are compared
	}
	out := q.platformCost(&all.bill, h, fixed)
	if h == migration.OnLambda {
		return q.incomplete(out, h, &all)
	}
	if both := together(bills, migration.OnLambda, h); both.runs.IsPositive() {
		same := q.platformCost(&both.bill, h, fixed)
		out.Run, out.BreakEven, out.Duration, out.Busy = same.Run, same.BreakEven, same.Duration, same.Busy
	}
	return q.incomplete(out, h, &all)
}

// incomplete adds the unused commitment, and says how many tenants are left out.
func (q *question) incomplete(out migration.PlatformCost, h migration.Placement, all *joined) migration.PlatformCost {
	if month, ok := out.Month.Value.Get(); ok {
		out.Month.Value = migration.Some(month.Add(migration.Dollars(q.idle[h])))
	}
	if all.left > 0 {
		out.Month.Evidence.LowerBound = true
		out.Problem = without(all.left) + ": " + all.why
	}
	return out
}

func them(n int) string {
	if n == 1 {
		return "the 1 tenant"
	}
	return fmt.Sprintf("the %d tenants", n)
}

func without(n int) string {
	if n == 1 {
		return "1 tenant is left out"
	}
	return fmt.Sprintf("%d tenants are left out", n)
}

// joined is the bill of several tenants, and how many were left out and why.
type joined struct {
	bill
	left int
	why  string
}

// together joins the bills of the tenants that can run in all of some placements.
func together(bills []bill, placements ...migration.Placement) joined {
	var j joined
	for i := range bills {
		b := &bills[i]
		if !b.runs.IsPositive() {
			continue
		}
		why := ""
		for _, h := range placements {
			if why == "" {
				why = b.on[h].problem
			}
		}
		if why != "" {
			if j.left++; j.why == "" {
				j.why = fmt.Sprintf("%s: %s", b.view.Tenant, why)
			}
			continue
		}
		if j.evidence.Method == 0 {
			j.evidence = b.evidence
		}
		j.evidence = j.evidence.And(b.evidence)
		j.add(b, placements)
	}
	return j
}

// add joins another bill's month in some placements.
func (b *bill) add(o *bill, placements []migration.Placement) {
	b.runs = b.runs.Add(o.runs)
	for _, h := range placements {
		s, t := &b.on[h], &o.on[h]
		s.compute, s.rest, s.plain = s.compute.Add(t.compute), s.rest.Add(t.rest), s.plain.Add(t.plain)
		s.standing = s.standing.Add(t.standing)
		s.busy, s.start = s.busy.Add(t.busy), s.start.Add(t.start)
		s.least = max(s.least, t.least)
	}
}
