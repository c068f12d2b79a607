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
	t.Before = b.side(migration.Lambda, b.allParts(migration.Lambda)...)
	t.After = b.side(migration.Jobs, b.allParts(migration.Jobs)...)
	b.withoutSilent(&t.Before)

	t.Idle = b.bill.Idle()
	t.Idle.Value = cost.PerHour(t.Idle.Value, b.frame.Jobs.Span())
	t.Standing = cost.PerHour(migration.Some(b.bill.Standing()), b.frame.Jobs.Span()).Or(migration.USD{})
	for _, n := range b.bill.Nodes() {
		t.Nodes = append(t.Nodes, migration.NodeView{Host: n.Host, Nodes: n.Nodes, NodePrice: n.Hourly, Requested: n.Requested})
	}
	slices.SortFunc(t.Nodes, func(x, y migration.NodeView) int {
		return cmp.Or(cmp.Compare(y.Nodes, x.Nodes), cmp.Compare(x.Host.InstanceType, y.Host.InstanceType), boolFirst(y.Host.Spot, x.Host.Spot))
	})
	t.Services = b.services(sortedValues(b.tenants)...)
	t.Credit = b.bill.Credit()
	t.Credit.Value = cost.PerHour(t.Credit.Value, b.frame.Lambda.Span())
	all := []migration.Figure[migration.USD]{t.Before.CostPerHour, t.After.CostPerHour, t.Idle, t.Platform}
	for i := range t.Services {
		all = append(all, t.Services[i].Side.CostPerHour)
	}
	if t.Credit.Value.Known() {
		all = append(all, t.Credit)
	}
	t.Total = total(all...)
	t.DoubleRun = b.doubleRun(&t, tenants)
	t.RoutedSeries = routedSeries(b.newSeries("ratio"), &t)
	t.IdleSeries, t.PlatformSeries = b.overheadSeries(&t)
	return t
}

// withoutSilent says that the fleet's figures lack the accounts that do not answer.
func (b *builder) withoutSilent(s *migration.Side) {
	if len(b.silent) == 0 {
		return
	}
	lacks := migration.Provenance{
		Source: s.Activity.Source, Method: s.Activity.Method, Coverage: 1, LowerBound: true,
		Note: strings.Join(b.silent, ", ") + " does not answer and is left out",
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
	sum.Evidence.Source = "Lambda + Jobs + services + idle + platform"
	return sum
}

// doubleRun is what running both sides cost over the window beyond what Lambda
// alone would have cost: over tenants that are on both sides, their Jobs less what
// the same runs would have cost on Lambda, and the idle nodes and the platform that
// are there for all of them. A tenant that is on one side only runs nothing twice.
func (b *builder) doubleRun(t *migration.Totals, tenants []migration.TenantView) migration.Figure[migration.USD] {
	fig := migration.Figure[migration.USD]{Kind: migration.Billed, Evidence: t.Total.Evidence}
	fig.Evidence.Source = "Jobs + idle + platform - the same runs on Lambda"
	fig.Evidence.Method = migration.Weaker(fig.Evidence.Method, migration.Derived)
	if b.frame.Jobs.Empty() || b.frame.Lambda.Empty() {
		return fig
	}
	var sum migration.USD
	for i := range tenants {
		lambda, jobs := &tenants[i].Before, &tenants[i].After
		perRun, ok1 := lambda.CostPerRun.Value.Get()
		spent, ok2 := jobs.Cost.Value.Get()
		n := jobs.Runs.Or(0)
		switch {
		case n == 0 || !ok1:
		case !ok2 || jobs.Cost.Evidence.LowerBound:
			return fig // a difference with a hole in it is not even a bound
		default:
			sum = sum.Add(cost.DoubleRun(spent, perRun, n))
		}
	}
	if !t.Idle.Value.Known() {
		return fig
	}
	hours := decimal.NewFromInt(int64(b.frame.Jobs.Span())).DivRound(decimal.NewFromInt(int64(time.Hour)), cost.Places)
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

// fixedShare is each tenant's part of what the platform costs a month, the same
// for all: it is there whoever uses it. Unknown where a part of the platform is.
func fixedShare(t *migration.Totals) migration.Opt[migration.USD] {
	if t.Tenants == 0 {
		return migration.None[migration.USD]()
	}
	return migration.Map(whole(t.Platform), func(u migration.USD) migration.USD {
		return cost.Per(u.Mul(decimal.NewFromInt(cost.HoursPerMonth)), decimal.NewFromInt(int64(t.Tenants)))
	})
}

// routedSeries fills in, step by step, the share of runs that ended on Jobs.
func routedSeries(s migration.Series, t *migration.Totals) migration.Series {
	s.ProvisionalFrom = min(t.Before.RunsSeries.ProvisionalFrom, t.After.RunsSeries.ProvisionalFrom)
	for i := range s.Len() {
		lambda, _ := t.Before.RunsSeries.At(i)
		jobs, _ := t.After.RunsSeries.At(i)
		if lambda+jobs > 0 {
			s.Add(i, jobs/(lambda+jobs))
		}
	}
	return s
}
