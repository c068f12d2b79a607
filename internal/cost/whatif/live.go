package whatif

import (
	"cmp"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// The sides of the move as they are now cost what the Snapshot says, to the last digit. An assumption that
// is not that of the present scales this by what the same runs would cost under it:
//
//	month = month now * model(scenario) / model(as now)

// unread is why a side of a tenant was not read, or has no price, or empty: then its runs are not all known,
// and nothing is calculated from those that are. A side where nothing runs yet and that was read may lack
// the price of the node that its runs are assumed on; another node may have one.
func (q *question) unread(t *migration.TenantView) string {
	if q.toCome(t) {
		return ""
	}
	return cmp.Or(t.Before.Gap, t.After.Gap)
}

// toCome reports whether a tenant lacks nothing but the price of what its runs would be on after the move.
func (q *question) toCome(t *migration.TenantView) bool {
	return t.Before.Gap == "" && t.After.Gap != "" && t.After.Runs.Or(0) == 0 && q.snap.Totals.After.Gap == ""
}

// gap is why a tenant is not compared, or empty.
func (q *question) gap(t *migration.TenantView) string {
	if q.toCome(t) && !(q.scenario.Target == q.now && q.unchanged(q.now)) {
		return ""
	}
	return t.Economics.Gap
}

// asTheyAre reports whether a scenario's two sides are those of the Snapshot.
func (q *question) asTheyAre() bool {
	return q.scenario.Target == q.now && !q.scenario.Share.Known() && q.unchanged(q.base) && q.unchanged(q.now)
}

// unchanged reports whether a scenario assumes of a placement what is there now.
func (q *question) unchanged(h migration.Placement) bool {
	s, now := q.scenario, q.present
	if s.Plan != now.Plan || s.Plan != "" && s.Commitment.Cmp(now.Commitment) != 0 {
		return false
	}
	switch h {
	case migration.OnLambda:
		return s.LambdaArch == now.LambdaArch
	case migration.OnNodes:
		return s.NodeType == now.NodeType && s.Arch == now.Arch && s.Spot == now.Spot && s.Packed == now.Packed
	case migration.OnEKSFargate:
		return s.Arch == now.Arch
	}
	return true
}

// liveSide is a tenant's month on a side of the move, as the Snapshot compares it; false where a
// placement is on neither side, or where that is unknown.
func (q *question) liveSide(t *migration.TenantView, h migration.Placement) (cost.SideMonth, bool) {
	a := &t.Economics
	run, fixed, month := a.BeforeRun.Value, a.BeforeFixed.Value, a.BeforeMonth.Value
	switch h {
	case q.base:
	case q.now:
		run, fixed, month = a.AfterRun.Value, a.Fixed.Value, a.AfterMonth.Value
	default:
		return cost.SideMonth{}, false
	}
	out := cost.SideMonth{Run: run, Fixed: fixed, Month: month}
	if !run.Known() || !fixed.Known() {
		return out, false
	}
	if whole, ok := migration.Join(a.Saving.Value, a.Saved.Value, migration.USD.Add).Get(); ok && h == q.base {
		out.Leaving = migration.Map(a.AfterMonth.Value, whole.Add)
	}
	return out, true
}

// platformPart is what of a tenant's fixed cost after the move is its share of the platform: the rest are
// idle nodes as they stand, which a run that was not seen has in it.
func platformPart(t *migration.TenantView) migration.Opt[migration.USD] {
	idle := migration.USD{}
	if t.After.Runs.Or(0) >= cost.LeastRuns {
		idle = t.Economics.IdleShare.Value.Or(idle).Mul(hoursPerMonth)
	}
	return migration.Map(t.Economics.Fixed.Value, func(u migration.USD) migration.USD { return u.Sub(idle) })
}

// platformMonth is what the platform costs a month: what the tenants' shares add up to, in which a cluster
// counts that is not there yet, or else what the Snapshot says.
func (q *question) platformMonth() migration.Opt[migration.USD] {
	if q.now.Platform() == migration.Jobs {
		for i := range q.snap.Tenants {
			if part, ok := platformPart(&q.snap.Tenants[i]).Get(); ok {
				return migration.Some(part.Mul(decimal.NewFromInt(q.parts)))
			}
		}
	}
	return migration.Map(q.snap.Totals.Platform.Value, func(u migration.USD) migration.USD { return u.Mul(hoursPerMonth) })
}

// keptCost is the part of a live side's fixed cost that its runs do not change, now and under the scenario:
// provisioned concurrency, or the share of the platform.
func (q *question) keptCost(t *migration.TenantView, h migration.Placement, fixed migration.USD) (now, then migration.USD) {
	switch h.Platform() {
	case migration.Lambda:
		was, _, _ := q.p.Kept(q.region)
		return fixed, migration.Dollars(fixed.Decimal().Mul(q.factor[h]).DivRound(was, cost.Places))
	case migration.Jobs:
		now = platformPart(t).Or(fixed)
		if q.scenario.Share.Known() {
			return now, q.fixed(h).Or(now)
		}
		return now, now
	}
	return migration.USD{}, migration.USD{}
}

// scaled is a tenant's month in a placement of the move under the scenario; false where the present one is
// unknown, or where what it is scaled by is.
func (q *question) scaled(b *bill, i int, h migration.Placement) (cost.SideMonth, bool) {
	out, ok := q.liveSide(b.view, h)
	if !ok || !b.runs.IsPositive() || q.unread(b.view) != "" {
		return out, false
	}
	run, _ := out.Run.Get()
	fixed, _ := out.Fixed.Get()
	if !out.Month.Known() {
		out.Month = migration.Some(fixed.Add(run.Mul(b.runs)).Round(cost.Places))
	}
	if q.unchanged(h) && (!q.scenario.Share.Known() || h.Platform() != migration.Jobs) {
		return out, true
	}
	by := decimal.New(1, 0)
	if !q.unchanged(h) {
		before := q.baselines[h][i]
		if !b.on[h].known() || !before.IsPositive() {
			return out, false
		}
		by = q.cost(b, h).Sub(b.on[h].standing.Mul(q.factor[h])).DivRound(before, cost.Places)
	}
	now, then := q.keptCost(b.view, h, fixed)
	times := func(u migration.USD) migration.USD { return u.Mul(by).Round(cost.Places) }
	above := func(u migration.USD) migration.USD { return times(u.Sub(now)).Add(then) }
	return cost.SideMonth{
		Run: migration.Some(times(run)), Fixed: migration.Some(above(fixed)),
		Month: migration.Map(out.Month, above), Leaving: migration.Map(out.Leaving, above),
	}, true
}

// baseline is what the model makes of each tenant's month in a placement of the move as it is, without
// what it costs at no run: what a changed assumption is compared with. It is calculated once for a Snapshot.
func (a *Engine) baseline(q *question, h migration.Placement, of []bill) []decimal.Decimal {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.baselineOf != q.snap {
		a.baselineOf, a.baselines = q.snap, [migration.NumPlacements][]decimal.Decimal{}
	}
	if known := a.baselines[h]; known != nil {
		return known
	}
	now := a.question(q.snap)
	now.scenario = &q.present
	now.prepare()
	bills := make([]bill, len(of))
	for i := range bills {
		if q.scenario.LambdaArch != q.present.LambdaArch { // the works are on that architecture by now
			bills[i] = now.read(&q.snap.Tenants[i])
			continue
		}
		bills[i] = bill{view: of[i].view, works: of[i].works, runs: of[i].runs}
	}
	if h == migration.OnLambda {
		now.pool(bills)
	}
	for i := range bills {
		for k := range bills[i].works {
			now.priceIn(h, &bills[i], &bills[i].works[k])
		}
	}
	now.commit(bills)
	out := make([]decimal.Decimal, len(bills))
	for i := range bills {
		if s := &bills[i].on[h]; s.known() {
			out[i] = now.cost(&bills[i], h).Sub(s.standing.Mul(now.factor[h]))
		}
	}
	a.baselines[h] = out
	return out
}
