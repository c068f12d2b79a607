package whatif

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// prospect is what comes of one tenant's bill.
func (q *question) prospect(b *bill) migration.TenantScenario {
	p := migration.TenantScenario{Tenant: b.view.Tenant, Today: q.today(b.view)}
	if b.runs.IsPositive() {
		p.RunsPerDay = migration.Some(perDay(b.runs).InexactFloat64())
	}
	for h := range migration.NumPlacements {
		p.On[h] = q.living(b, h, q.fixed(h, false))
	}
	target := q.scenario.Target
	if b.homes[migration.OnLambda].problem == "" && b.homes[target].problem == "" {
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

// cost is a bill's month in a home under the commitment, without the fixed share.
func (q *question) cost(b *bill, h migration.Placement) decimal.Decimal {
	s := &b.homes[h]
	return s.compute.Mul(q.factor[h]).Add(s.rest)
}

// perDay is a month's runs in a day of the break-even's month.
func perDay(month decimal.Decimal) decimal.Decimal {
	return month.Mul(decimal.New(24, 0)).DivRound(hoursPerMonth, cost.Places)
}

// living is a bill in one home.
func (q *question) living(b *bill, h migration.Placement, fixed migration.Opt[migration.USD]) migration.PlatformCost {
	s := &b.homes[h]
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
	if h == migration.OnLambda || b.homes[migration.OnLambda].problem != "" {
		return out
	}
	lambda := q.cost(b, migration.OnLambda).DivRound(b.runs, cost.Places)
	if f, ok := fixed.Get(); ok {
		if n, pays := cost.BreakEven(migration.Dollars(lambda), migration.Dollars(run), f); pays {
			out.BreakEven = migration.Some(n.InexactFloat64())
		}
	}
	q.even(&out, b, h)
	return out
}

// even finds from which length of a run, and from how busy a home, it is cheaper
// than Lambda.
func (q *question) even(out *migration.PlatformCost, b *bill, h migration.Placement) {
	l, j := &b.homes[migration.OnLambda], &b.homes[h]
	if !l.busy.IsPositive() || !j.busy.IsPositive() {
		return
	}
	perSecond := l.compute.Mul(q.factor[migration.OnLambda]).DivRound(l.busy, cost.Places)
	each := q.cost(b, h).DivRound(j.busy, cost.Places)
	if perSecond.IsPositive() && j.plain.IsPositive() {
		plain := j.plain.DivRound(j.busy, cost.Places)
		out.Busy = migration.Some(migration.Ratio(plain.DivRound(perSecond, cost.Places).InexactFloat64()))
	}
	line := cost.LambdaLine{PerSecond: perSecond, Fixed: l.rest.DivRound(b.runs, cost.Places)}
	d, ok := line.Duration(each, j.start.DivRound(b.runs, cost.Places), j.least).Get()
	if wall := seconds(migration.LambdaWall); ok && !d.GreaterThan(wall) {
		out.Duration = migration.Some(time.Duration(d.Shift(9).IntPart()))
	}
}

// today is a tenant's month as things stand.
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
// Lambda, nothing where that is unknown or less.
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

// decide weighs Lambda against the target.
func (q *question) decide(b *bill, p *migration.TenantScenario) migration.Verdict {
	t := b.view
	if t.Tenant == migration.Unattributed {
		return migration.Verdict{Reason: "what belongs to nobody is not judged"}
	}
	on := &p.On[q.scenario.Target]
	missing := b.homes[migration.OnLambda].problem
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

// fleet is all tenants together. Months leave out whom a home cannot take, and say
// so; what compares a home with Lambda is of those whom both can.
func (q *question) fleet(bills []bill) migration.TenantScenario {
	p := migration.TenantScenario{Today: monthOf(q.snap.Totals.Total)}
	if all := together(bills); all.runs.IsPositive() {
		p.RunsPerDay = migration.Some(perDay(all.runs).InexactFloat64())
	}
	for h := range migration.NumPlacements {
		p.On[h] = q.livingAll(bills, h)
	}
	target := q.scenario.Target
	both := together(bills, migration.OnLambda, target)
	if !both.runs.IsPositive() {
		p.Verdict.Reason = "no tenant's work can be reckoned on both Lambda and " + target.String()
		if why := p.On[target].Problem; why != "" {
			p.Verdict.Reason += ": " + why
		}
		return p
	}
	lambda, fixed := q.living(&both.bill, migration.OnLambda, q.fixed(migration.OnLambda, true)), q.fixed(target, true)
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
		RunsPerDay: migration.Some(perDay(both.runs)), Missing: q.living(&both.bill, target, fixed).Problem,
	})
	if both.left > 0 {
		// Saving and break-even weigh like against like; the months above them do not.
		p.Verdict.Reason += "; saving and break-even leave out " + them(both.left) + " that cannot run on both"
	}
	return p
}

// livingAll is the whole fleet in one home: its month at least what those cost whom
// it can take.
func (q *question) livingAll(bills []bill, h migration.Placement) migration.PlatformCost {
	fixed := q.fixed(h, true)
	all := together(bills, h)
	if !all.runs.IsPositive() {
		return migration.PlatformCost{Fixed: fixed, Problem: all.why}
	}
	if h != migration.OnLambda {
		all.homes[migration.OnLambda].fail("not compared") // that is of those whom both can take
	}
	out := q.living(&all.bill, h, fixed)
	if h == migration.OnLambda {
		return q.incomplete(out, h, &all)
	}
	if both := together(bills, migration.OnLambda, h); both.runs.IsPositive() {
		same := q.living(&both.bill, h, fixed)
		out.Run, out.BreakEven, out.Duration, out.Busy = same.Run, same.BreakEven, same.Duration, same.Busy
	}
	return q.incomplete(out, h, &all)
}

// incomplete adds what is the fleet's alone, and says whom it leaves out.
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

// together joins the bills of those whom all of some homes can take.
func together(bills []bill, homes ...migration.Placement) joined {
	var j joined
	for i := range bills {
		b := &bills[i]
		if !b.runs.IsPositive() {
			continue
		}
		why := ""
		for _, h := range homes {
			if why == "" {
				why = b.homes[h].problem
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
		j.add(b, homes)
	}
	return j
}

// add joins another bill's month in some homes.
func (b *bill) add(o *bill, homes []migration.Placement) {
	b.runs = b.runs.Add(o.runs)
	for _, h := range homes {
		s, t := &b.homes[h], &o.homes[h]
		s.compute, s.rest, s.plain = s.compute.Add(t.compute), s.rest.Add(t.rest), s.plain.Add(t.plain)
		s.standing = s.standing.Add(t.standing)
		s.busy, s.start = s.busy.Add(t.busy), s.start.Add(t.start)
		s.least = max(s.least, t.least)
	}
}
