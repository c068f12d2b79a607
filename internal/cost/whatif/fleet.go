package whatif

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// fleet adds up the tenants that are compared, so that every row of it covers the same ones: today, each
// placement and the verdict. The others are left out of all of them. What it saves is a sum over those of
// them that save or must move.
func (q *question) fleet(bills []bill, out *migration.WhatIf) {
	p, target := &out.Fleet, q.scenario.Target
	all := bill{view: &migration.TenantView{}}
	var compared []int
	partly := !slices.ContainsFunc(out.Tenants, func(t migration.TenantScenario) bool {
		return exact(&t.On[q.base]) && exact(&t.On[target])
	})
	for i := range bills {
		b, of := &bills[i], &out.Tenants[i]
		if b.view.Tenant == migration.Unattributed || !b.runs.IsPositive() && q.unread(b.view) == "" {
			continue
		}
		if why := q.leftOut(b, of, partly); why != "" {
			out.LeftOut = migration.LeaveOut(out.LeftOut, why)
			out.LeftOutToday = plus(out.LeftOutToday, of.Today)
			continue
		}
		compared = append(compared, i)
		p.Today = plus(p.Today, of.Today)
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
		p.Verdict.Reason = "no tenant can be compared"
		if len(out.LeftOut) > 0 {
			p.Verdict.Reason = out.LeftOut[0].Reason
		}
		for _, h := range q.placements {
			p.On[h].Problem = p.Verdict.Reason
		}
		return
	}
	p.RunsPerDay = migration.Some(perDay(all.runs).InexactFloat64())
	before := q.fleetSide(&all, out.Tenants, compared, q.base)
	for _, h := range q.placements {
		side := before
		if h != q.base {
			side = q.fleetSide(&all, out.Tenants, compared, h)
		}
		p.On[h] = q.platformCost(&all, h, &side)
		if h != q.base && side.Gap == "" {
			q.against(&p.On[h], &all, h, &before, &side)
		}
		if h == target {
			before.Leaving = migration.None[migration.USD]() // all of it leaves
			p.Verdict = cost.Compare(before, side, cost.Terms{RunsPerDay: migration.Some(perDay(all.runs))}).Verdict
		}
	}
	q.fleetSaving(bills, compared, out)
}

// exact reports whether a month is known whole.
func exact(on *migration.PlatformCost) bool {
	return on.Month.Value.Known() && !on.Month.Evidence.LowerBound
}

// leftOut is why a tenant is not compared, or empty. With partly, where a price is missing for the work of
// all, what has one is compared.
func (q *question) leftOut(b *bill, of *migration.TenantScenario, partly bool) string {
	if why := q.gap(b.view); why != "" {
		return why
	}
	for _, h := range [...]migration.Placement{q.base, q.scenario.Target} {
		if on := &of.On[h]; !exact(on) && (h == q.base || !partly || !on.Month.Value.Known()) {
			return cmp.Or(on.Problem, "what the work costs on "+h.String()+" is unknown")
		}
	}
	return ""
}

// fleetSaving is what is still to be saved a month and what has been saved: where both sides are as they
// are, as the Snapshot has it; else the sum over the tenants that save or must move, less what of the
// platform, of idle nodes and of the commitment none of them carries.
func (q *question) fleetSaving(bills []bill, compared []int, out *migration.WhatIf) {
	p, f := &out.Fleet, &q.snap.Totals.Forecast
	var saving, saved migration.USD
	var runs, gone decimal.Decimal
	for _, i := range compared {
		of := &out.Tenants[i]
		still, ok := of.Saving.Value.Get()
		if !ok || !of.Verdict.Decision.Moves() {
			continue
		}
		out.Movers++
		saving, saved = saving.Add(still), saved.Add(of.Saved.Value.Or(migration.USD{}))
		runs, gone = runs.Add(bills[i].runs), gone.Add(bills[i].runs.Mul(moved(bills[i].view)))
		p.Saving = plus(p.Saving, of.Saving)
	}
	switch {
	case q.asTheyAre() && f.Gap != "":
		p.Saving = migration.Figure[migration.USD]{}
		return
	case q.asTheyAre() && f.Saving.Value.Known():
		p.Saving, p.Saved = f.Saving, f.Saved
	case out.Movers == 0:
		return
	default:
		unshared := q.unshared(out).Add(migration.Dollars(q.idle[q.scenario.Target])).Sub(migration.Dollars(q.idle[q.base]))
		past := unshared.Mul(gone.DivRound(runs, cost.Places)).Round(cost.Places)
		p.Saved = p.Saving
		p.Saving.Value, p.Saved.Value = migration.Some(saving.Sub(unshared.Sub(past))), migration.Some(saved.Sub(past))
	}
	whole := p.Saving.Value.Or(migration.USD{}).Add(p.Saved.Value.Or(migration.USD{}))
	if none := saving.Add(saved).Sub(whole); none.Round(2).Sign() > 0 {
		q.note(fmt.Sprintf("what the fleet saves and has saved is the sum of %s, less %s a month of idle nodes and platform "+
			"that none of them carries", text.Plural(out.Movers, "tenant"), cost.Money(none)))
	}
	extra, ok := f.DoubleRunSoFar.Value.Get()
	if !ok && !f.Since.IsZero() {
		return // what running both sides cost so far is unknown
	}
	q.payback(p, whole, cost.Terms{Extra: migration.Some(extra), OneOff: q.scenario.OneOff})
}

// unshared is what of a month's platform and idle nodes the tenants that move do not carry. What of idle nodes
// falls to nobody now changes as the others' nodes do.
func (q *question) unshared(w *migration.WhatIf) migration.USD {
	target := q.scenario.Target
	if target.Platform() != migration.Jobs {
		return migration.USD{} // the move leaves the cluster
	}
	var then, carried, shares, live, scaled migration.USD
	for i := range w.Tenants {
		t, of := &q.snap.Tenants[i], &w.Tenants[i]
		part := platformPart(t).Or(migration.USD{})
		if t.Verdict.Decision.Moves() && t.Economics.Saving.Value.Known() {
			carried = carried.Add(part)
		}
		if of.Verdict.Decision.Moves() && of.Saving.Value.Known() {
			shares = shares.Add(q.fixed(target).Or(migration.USD{}))
		}
		if month, ok := t.Economics.AfterMonth.Value.Get(); ok && target == q.now && exact(&of.On[target]) {
			live, scaled = live.Add(month.Sub(part)), scaled.Add(of.On[target].Month.Value.Or(migration.USD{}))
			then = then.Add(q.fixed(target).Or(migration.USD{}))
		}
	}
	idle := migration.USD{}
	platform := q.platform.Or(migration.USD{})
	if all, ok := q.snap.Totals.Forecast.Unshared.Value.Get(); ok && live.Sign() > 0 {
		by := scaled.Sub(then).Decimal().DivRound(live.Decimal(), cost.Places)
		idle = all.Sub(platform).Add(carried).Mul(by)
	}
	if q.scenario.Share.Or(-1) == 0 {
		return idle // the cluster is there anyway
	}
	return cost.Positive(platform.Sub(shares)).Add(idle)
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

// fleetSide is the compared tenants in one placement, with the unused commitment. It has a gap where some
// of them have no cost there; what the others cost is then a lower bound, in all.
func (q *question) fleetSide(all *bill, of []migration.TenantScenario, compared []int, h migration.Placement) cost.SideMonth {
	left, why, remedy := 0, "", ""
	var month, fixed migration.USD
	for _, i := range compared {
		on := &of[i].On[h]
		if !exact(on) {
			if left++; left == 1 {
				why, remedy = on.Problem, on.Remedy
			}
		}
		if v, ok := on.Month.Value.Get(); ok {
			month, fixed = month.Add(v), fixed.Add(on.Fixed.Or(migration.USD{}))
		}
	}
	out := cost.SideMonth{Name: h.String(), Limit: h.Platform().Caps().HardTimeout, Calculated: true}
	if over := q.over(h, len(compared)); over.Sign() > 0 {
		month, fixed = month.Sub(over), fixed.Sub(over)
	}
	unused := migration.Dollars(q.idle[h])
	month, fixed = month.Add(unused), fixed.Add(unused)
	out.Fixed = migration.Some(fixed)
	if s := &all.on[h]; left > 0 {
		s.problem, s.remedy, s.partly, s.least = why, remedy, true, month.Decimal()
		if out.Gap = why; left < len(compared) {
			out.Gap = without(left) + ": " + why
		}
		return out
	}
	out.Month = migration.Some(month)
	out.Run = migration.Some(cost.Per(month.Sub(fixed), all.runs))
	return out
}

// over is what so many stated shares of the platform are above all of it: several tenants pay that at the most.
func (q *question) over(h migration.Placement, tenants int) migration.USD {
	platform, ok1 := q.platform.Get()
	share, ok2 := q.fixed(h).Get()
	if !ok1 || !ok2 || !q.scenario.Share.Known() {
		return migration.USD{}
	}
	return cost.Positive(share.Mul(decimal.NewFromInt(int64(tenants))).Sub(platform))
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
	s.shortest = max(s.shortest, t.shortest)
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
