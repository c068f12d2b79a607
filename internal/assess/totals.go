package assess

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// totals are the fleet's figures. Tenants, what belongs to nobody, services, idle
// nodes, the platform and the free tier's credit add up to the total.
func (b *builder) totals(control migration.Figure[migration.USD], tenants []migration.TenantView) migration.Totals {
	t := migration.Totals{PlatformParts: b.platformParts(control), Routed: b.routed(sortedValues(b.tenants)...)}
	t.Platform = platformTotal(t.PlatformParts)
	for name := range b.tenants {
		if name != migration.Unattributed {
			t.Tenants++
		}
	}
	t.Before = b.side(b.before().ID, b.allParts(b.before().ID)...)
	t.After = b.side(b.after().ID, b.allParts(b.after().ID)...)
	withoutSilent(&t.Before, b.silent[0])
	withoutSilent(&t.After, b.silent[1])

	t.Idle = b.idle()
	t.Standing = cost.PerHour(migration.Some(b.bill.Standing()), b.frame.Of(migration.Jobs).Span()).Or(migration.USD{})
	for _, n := range b.bill.Nodes() {
		t.Nodes = append(t.Nodes, migration.NodeView{Host: n.Host, Nodes: n.Nodes, NodePrice: n.Hourly, Requested: n.Requested})
	}
	slices.SortFunc(t.Nodes, func(x, y migration.NodeView) int {
		return cmp.Or(cmp.Compare(y.Nodes, x.Nodes), cmp.Compare(x.Host.InstanceType, y.Host.InstanceType), boolFirst(y.Host.Spot, x.Host.Spot))
	})
	t.Services = b.services(sortedValues(b.tenants)...)
	t.Credit = b.bill.Credit()
	t.Credit.Value = cost.PerHour(t.Credit.Value, b.frame.Of(migration.Lambda).Span())
	all := []migration.Figure[migration.USD]{t.Idle, t.Platform}
	for i, side := range [...]*migration.Side{&t.Before, &t.After} {
		if !b.absent(b.Move.Infos()[i]) { // what is not there by intent costs nothing
			all = append(all, side.CostPerHour)
		}
	}
	for i := range t.Services {
		all = append(all, t.Services[i].Side.CostPerHour)
	}
	if t.Credit.Value.Known() {
		all = append(all, t.Credit)
	}
	t.Total = total(all...)
	t.Total.Evidence.Source = b.before().Label + " + " + b.after().Label + " + services + idle + platform"
	t.DoubleRun = b.doubleRun(&t, tenants)
	t.RoutedSeries = routedSeries(b.newSeries("ratio"), &t)
	t.IdleSeries, t.PlatformSeries = b.overheadSeries(&t)
	return t
}

// withoutSilent says that the fleet's figures lack the accounts that do not answer.
func withoutSilent(s *migration.Side, silent []string) {
	if len(silent) == 0 {
		return
	}
	lacks := migration.Provenance{
		Source: s.Activity.Source, Method: s.Activity.Method, Coverage: 1, LowerBound: true,
		Note: strings.Join(silent, ", ") + " does not answer and is left out",
	}
	s.Activity = s.Activity.And(lacks)
	for _, f := range []*migration.Figure[migration.USD]{&s.Cost, &s.CostPerHour} {
		f.Evidence = f.Evidence.And(lacks)
	}
}

func (b *builder) allParts(platform migration.Platform) []*part {
	var all []*part
	for _, t := range sortedValues(b.tenants) {
		all = append(all, sortedValues(t.parts[platform])...)
	}
	return all
}

func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// total adds what is known of the parts; what is not makes it a lower bound.
func total(parts ...migration.Figure[migration.USD]) migration.Figure[migration.USD] {
	sum := migration.Figure[migration.USD]{
		Kind: migration.Billed, Evidence: migration.Provenance{Method: migration.Measured, Coverage: 1},
	}
	for _, p := range parts {
		u, ok := p.Value.Get()
		if !ok {
			sum.Evidence.LowerBound = true
			continue
		}
		sum.Value = migration.Some(sum.Value.Or(migration.USD{}).Add(u))
		sum.Evidence.Method = migration.Weaker(sum.Evidence.Method, p.Evidence.Method)
		sum.Evidence.Coverage = min(sum.Evidence.Coverage, p.Evidence.Coverage)
		sum.Evidence.LowerBound = sum.Evidence.LowerBound || p.Evidence.LowerBound
	}
	return sum
}

// idle is what nodes cost an hour that no run uses; nothing where neither side has nodes.
func (b *builder) idle() migration.Figure[migration.USD] {
	fig := b.bill.Idle()
	fig.Value = cost.PerHour(fig.Value, b.frame.Of(migration.Jobs).Span())
	if !b.pool() {
		fig.Value = migration.Some(migration.USD{})
		fig.Evidence = migration.Provenance{Source: "configuration", Method: migration.Measured, Coverage: 1, Note: b.noCluster()}
	}
	return fig
}

// doubleRun is what running both sides cost over the window beyond what the side before the
// move alone would have cost: over tenants that are on both sides, what the other side cost
// less what the same runs would have cost before, and the idle nodes and the platform that
// are there for all of them. A tenant that is on one side only runs nothing twice.
func (b *builder) doubleRun(t *migration.Totals, tenants []migration.TenantView) migration.Figure[migration.USD] {
	fig := migration.Figure[migration.USD]{Kind: migration.Billed, Evidence: t.Total.Evidence}
	fig.Evidence.Source = b.after().Label + " + idle + platform - the same runs on " + b.before().Label
	fig.Evidence.Method = migration.Weaker(fig.Evidence.Method, migration.Derived)
	if b.frame.After.Empty() || b.frame.Before.Empty() {
		return fig
	}
	var sum migration.USD
	for i := range tenants {
		before, after := &tenants[i].Before, &tenants[i].After
		perRun, ok1 := before.CostPerRun.Value.Get()
		spent, ok2 := after.Cost.Value.Get()
		n := after.Runs.Or(0)
		switch {
		case n == 0 || !ok1:
		case !ok2 || after.Cost.Evidence.LowerBound:
			return fig // a difference with a hole in it is not even a bound
		default:
			sum = sum.Add(cost.DoubleRun(spent, perRun, n))
		}
	}
	if !b.after().Caps.IdlePool { // nodes and platform were there before
		fig.Value = migration.Some(sum)
		return fig
	}
	if !t.Idle.Value.Known() {
		return fig
	}
	hours := decimal.NewFromInt(int64(b.frame.After.Span())).DivRound(decimal.NewFromInt(int64(time.Hour)), cost.Places)
	for _, perHour := range []migration.Figure[migration.USD]{t.Idle, t.Platform} {
		if u, ok := perHour.Value.Get(); ok {
			sum = sum.Add(u.Mul(hours))
		} else {
			fig.Evidence.LowerBound = true
		}
	}
	fig.Value = migration.Some(sum)
	return fig
}

// routedSeries fills in, step by step, the share of runs that ended on the side after the move.
func routedSeries(s migration.Series, t *migration.Totals) migration.Series {
	s.ProvisionalFrom = min(t.Before.RunsSeries.ProvisionalFrom, t.After.RunsSeries.ProvisionalFrom)
	for i := range s.Len() {
		before, _ := t.Before.RunsSeries.At(i)
		after, _ := t.After.RunsSeries.At(i)
		if before+after > 0 {
			s.Add(i, after/(before+after))
		}
	}
	return s
}
