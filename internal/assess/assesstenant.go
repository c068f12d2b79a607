package assess

import (
	"cmp"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// assessTenant compares a tenant's month on both sides and says what follows.
func (b *builder) assessTenant(t *migration.TenantView, fleet *migration.Totals, p *platformMonth) {
	// All that ran in the last final hour ran on the side after the move: what ran before
	// that is past.
	left := t.Routed.Value == migration.Some[migration.Ratio](1)
	for _, c := range Apply(TenantFacts{TenantView: t, Left: left, At: b.frame.Now, History: b.history(t.Tenant)}) {
		first, ok := b.Noticed[c]
		if !ok {
			first = b.frame.Now
		}
		b.seen[c] = first
	}
	b.gaps(t)
	evidence := t.Before.CostPerRun.Evidence.And(t.After.CostPerRun.Evidence)
	t.Delta = migration.Figure[migration.Ratio]{Kind: migration.Billed, Evidence: evidence}
	t.BreakEven = migration.Figure[float64]{Kind: migration.Counted, Evidence: evidence}
	if t.Tenant == migration.Unattributed {
		t.Verdict.Reason = "unattributed work is not assessed"
		t.Economics.Gap = t.Verdict.Reason
		t.Cutover = migration.CutoverOf(t.Verdict)
		return
	}
	m := b.monthOfTenant(t, p, left)
	t.Before.Gap, t.After.Gap = m.before.Gap, m.after.Gap // what it would cost may have no price either
	b.gap[t.Tenant] = cmp.Or(t.Before.Gap, t.After.Gap)
	b.answer(t, &m, cost.Compare(m.before, m.after, m.terms), fleet, p)
	t.Cutover = migration.CutoverOf(t.Verdict)
}

// startUp is what half of the fleet's runs after the move take from being created to
// running: they hold their host meanwhile, which outweighs a run of seconds.
func startUp(fleet *migration.Totals) time.Duration {
	median, _ := fleet.After.StartUp.Quantile(0.5).Get()
	return median.High
}

// typicalNode is the kind of EC2 node with a price that stood there most, on demand
// before Spot.
func (b *builder) typicalNode() (host migration.Host, found bool) {
	var best cost.NodeBill
	for _, n := range b.bill.Nodes() {
		if !n.Hourly.Value.Known() {
			continue
		}
		better := n.NodeSeconds > best.NodeSeconds
		if n.Host.Spot != best.Host.Spot {
			better = !n.Host.Spot
		}
		if !found || better {
			best, found = n, true
		}
	}
	return best.Host, found
}

// whole is a figure's value, unknown where it is only a lower bound: what leaves
// something out must not win a comparison.
func whole[T any](f migration.Figure[T]) migration.Opt[T] {
	if f.Evidence.LowerBound {
		return migration.None[T]()
	}
	return f.Value
}

// runsPerDay is the pace of both sides together; unknown where a side was not read.
func (b *builder) runsPerDay(t *migration.TenantView) migration.Opt[decimal.Decimal] {
	var sum migration.Opt[decimal.Decimal]
	sides := t.Sides()
	for i, of := range [...]timeseries.Range{b.frame.Before, b.frame.After} {
		runs, ok := sides[i].Runs.Get()
		span := of.Span()
		if !ok && sides[i].Gap != "" {
			return migration.None[decimal.Decimal]()
		}
		if !ok || span == 0 {
			continue
		}
		perDay := decimal.NewFromInt(runs).Mul(decimal.NewFromInt(int64(24*time.Hour))).DivRound(decimal.NewFromInt(int64(span)), cost.Places)
		sum = migration.Some(sum.Or(decimal.Decimal{}).Add(perDay))
	}
	return sum
}
