package whatif

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// fleet adds up the tenants that have a cost on both sides compared, so that every row of it
// covers the same ones: today, each placement, the saving and the verdict. The others are
// left out of all of them.
func (q *question) fleet(bills []bill, out *migration.WhatIf) {
	p, target := &out.Fleet, q.scenario.Target
	all := bill{view: &migration.TenantView{}}
	var compared []int
	var saved migration.USD
	partly := !slices.ContainsFunc(bills, func(b bill) bool { return b.runs.IsPositive() && b.on[q.base].known() && b.on[target].known() })
	for i := range bills {
		b, of := &bills[i], &out.Tenants[i]
		if !b.runs.IsPositive() || b.view.Tenant == migration.Unattributed {
			continue
		}
		if why := q.unpriced(b, partly); why != "" {
			out.LeftOut = migration.LeaveOut(out.LeftOut, why)
			out.LeftOutToday = plus(out.LeftOutToday, of.Today)
			continue
		}
		compared = append(compared, i)
		p.Today = plus(p.Today, of.Today)
		saved = saved.Add(of.Saved.Value.Or(migration.USD{}))
		if all.evidence.Method == 0 {
			all.evidence = b.evidence
		}
		all.evidence = all.evidence.And(b.evidence)
		all.runs = all.runs.Add(b.runs)
		for h := range all.on {
			all.on[h].add(&b.on[h])
		}
	}
	if len(compared) == 0 {
		p.Verdict.Reason = fmt.Sprintf("no tenant has a cost on both %s and %s", q.base, target)
		if len(out.LeftOut) > 0 {
			p.Verdict.Reason += ": " + out.LeftOut[0].Reason
		}
		for _, h := range q.placements {
			p.On[h].Problem = p.Verdict.Reason
		}
		return
	}
	p.RunsPerDay = migration.Some(perDay(all.runs).InexactFloat64())
	before := q.fleetSide(&all, bills, compared, q.base)
	for _, h := range q.placements {
		side := before
		if h != q.base {
			side = q.fleetSide(&all, bills, compared, h)
		}
		p.On[h] = q.platformCost(&all, h, &before, &side)
		if h == target {
			whole, _ := migration.Join(before.Month, side.Month, migration.USD.Sub).Get()
			terms := cost.Terms{
				Extra:  migration.Some(q.snap.Totals.Forecast.DoubleRunSoFar.Value.Or(q.snap.Totals.DoubleRun.Value.Or(migration.USD{}))),
				OneOff: q.scenario.OneOff,
			}
			if whole.Sign() != 0 {
				terms.Moved = cost.Per(saved, whole.Decimal()).Decimal()
			}
			q.compare(&all, p, before, side, terms)
		}
	}
}

// rest is what of the bill belongs to no tenant with runs: work that is attributed to nobody,
// services, the free tier's credit, and idle nodes and platform that no tenant shares.
func (q *question) rest(w *migration.WhatIf) migration.Figure[migration.USD] {
	t := &q.snap.Totals
	out := monthOf(t.Total, hoursPerMonth)
	// What runs cost is counted over the month of runs.
	longer := hoursOfRuns.Sub(hoursPerMonth)
	for _, side := range [...]*migration.Side{&t.Before, &t.After} {
		runs := side.CostPerHour.Value.Or(migration.USD{}).Mul(longer)
		out.Value = migration.Map(out.Value, func(all migration.USD) migration.USD { return all.Add(runs) })
	}
	for _, part := range [...]migration.Figure[migration.USD]{w.Fleet.Today, w.LeftOutToday} {
		u := part.Value.Or(migration.USD{})
		out.Value = migration.Map(out.Value, func(all migration.USD) migration.USD { return all.Sub(u) })
	}
	return out
}

// unpriced is why a tenant has no cost on one of the two sides compared, or empty. With partly,
// where a price is missing for the work of all, what has one is compared.
func (q *question) unpriced(b *bill, partly bool) string {
	for _, h := range [...]migration.Placement{q.base, q.scenario.Target} {
		if s := &b.on[h]; s.problem != "" && (h == q.base || !partly || !s.partly) {
			return s.problem
		}
	}
	return ""
}

// fleetSide is the compared tenants in one placement, with the unused commitment. It is a
// lower bound, and says so, where some of them have no cost there.
func (q *question) fleetSide(all *bill, bills []bill, compared []int, h migration.Placement) cost.SideMonth {
	left, why, remedy := 0, "", ""
	for _, i := range compared {
		s := &bills[i].on[h]
		if s.known() {
			continue
		}
		if left++; left == 1 {
			why, remedy = s.problem, s.remedy
		}
	}
	if s := &all.on[h]; left > 0 {
		s.problem, s.remedy, s.partly = why, remedy, s.partly || left < len(compared)
		if left < len(compared) {
			s.problem = without(left) + ": " + why
		}
	}
	out := q.side(all, h, q.fixedOf(h, len(compared)))
	unused := migration.Dollars(q.idle[h])
	add := func(u migration.USD) migration.USD { return u.Add(unused) }
	out.Month, out.Fixed = migration.Map(out.Month, add), migration.Map(out.Fixed, add)
	return out
}

// fixedOf is the monthly share of the platform of so many tenants, at most all of it.
func (q *question) fixedOf(h migration.Placement, tenants int) migration.Opt[migration.USD] {
	return migration.Join(q.fixed(h), q.platform, func(each, all migration.USD) migration.USD {
		sum := each.Mul(decimal.NewFromInt(int64(tenants)))
		if sum.Cmp(all) > 0 {
			return all
		}
		return sum
	})
}

func without(n int) string {
	if n == 1 {
		return "1 of these tenants has no cost here"
	}
	return fmt.Sprintf("%d of these tenants have no cost here", n)
}

// add adds another tenant's month in a placement, as far as it is known.
func (s *sums) add(t *sums) {
	s.partly = s.partly || t.partly
	if t.problem != "" && !t.partly {
		return
	}
	s.compute, s.rest, s.plain = s.compute.Add(t.compute), s.rest.Add(t.rest), s.plain.Add(t.plain)
	s.standing, s.nodes = s.standing.Add(t.standing), s.nodes.Add(t.nodes)
	s.busy, s.start = s.busy.Add(t.busy), s.start.Add(t.start)
	s.least = max(s.least, t.least)
}

// plus adds a figure that may be unknown to a sum that may have none yet; what is unknown
// makes the sum a lower bound.
func plus(sum, f migration.Figure[migration.USD]) migration.Figure[migration.USD] {
	v, ok := f.Value.Get()
	switch {
	case !ok:
		sum.Evidence.LowerBound = true
		return sum
	case !sum.Value.Known():
		bound := sum.Evidence.LowerBound
		sum = f
		sum.Evidence.LowerBound = sum.Evidence.LowerBound || bound
		return sum
	}
	sum.Value = migration.Some(sum.Value.Or(migration.USD{}).Add(v))
	sum.Evidence = sum.Evidence.And(f.Evidence)
	return sum
}
