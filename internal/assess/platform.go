package assess

import (
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// Platform is what the user said of the cluster's own price.
type Platform struct {
	// ClusterHour is the hourly fee of the cluster; unknown leaves it to the
	// price book, which knows Amazon EKS.
	ClusterHour migration.Opt[migration.USD]
	// Support of the cluster's version, where the fee is EKS's.
	Support cost.Support
	// Stated is what belongs to the platform and no system tells: NAT, logs. Seconds is
	// filled in here.
	Stated []cost.Stated
}

// region is where the cluster is.
func (b *builder) region() string {
	if b.Cluster != nil && b.Cluster.Region != "" {
		return b.Cluster.Region
	}
	return b.Scope.Region
}

// controlPlane is the cluster's own fee an hour: what the user said, or EKS's. What else
// the platform costs goes into the ledger.
func (b *builder) controlPlane() migration.Figure[migration.USD] {
	for _, s := range b.Platform.Stated {
		s.Seconds = int64(b.platformSpan() / time.Second)
		if s.Region == "" {
			s.Region = b.region()
		}
		b.ledger.Stated(s)
	}
	fig := migration.Figure[migration.USD]{Kind: migration.Billed}
	c := b.Cluster
	switch {
	case !b.pool():
		fig.Value = migration.Some(migration.USD{})
		fig.Evidence = migration.Provenance{Source: "configuration", Method: migration.Measured, Coverage: 1, Note: b.noCluster()}
	case b.Platform.ClusterHour.Known():
		fig.Value = b.Platform.ClusterHour
		fig.Evidence = migration.Provenance{Source: "configuration", Method: migration.Measured, Coverage: 1}
	case c == nil:
		fig.Evidence.Note = "no cluster was read"
	case !c.EKS:
		fig.Evidence.Note = "not Amazon EKS: what the control plane costs is unknown; set prices.cluster_hour"
	default:
		fee, err := b.Cost.Cluster(b.region(), b.Platform.Support)
		if err != nil {
			fig.Evidence.Note = err.Error()
			break
		}
		b.ledger.Cluster(b.region(), b.Platform.Support, 0) // so that its price counts among those used
		note := "control plane in standard support"
		if b.Platform.Support == cost.ExtendedSupport {
			note = "control plane in extended support"
		}
		fig = fee.Figure(migration.Billed, migration.Provenance{Source: "kubernetes", Method: migration.Derived, Coverage: 1, Note: note})
	}
	return fig
}

// noCluster is why there are neither nodes nor a control plane.
func (b *builder) noCluster() string {
	if b.onCluster() {
		return "no cluster is configured"
	}
	return "neither side is on a cluster"
}

// onCluster reports whether a side of the move has nodes, which cost while no run uses them.
func (b *builder) onCluster() bool { return b.before().Caps.IdlePool || b.after().Caps.IdlePool }

// pool reports whether such nodes are there, or may be.
func (b *builder) pool() bool { return b.onCluster() && !b.absent(migration.Jobs.Info()) }

// platformSpan is the time that the platform's parts are charged for: what was watched
// of the cluster, or an hour where nothing was, since they are there all the same.
func (b *builder) platformSpan() time.Duration {
	if span := b.frame.Of(migration.Jobs).Span(); span > 0 {
		return span.Truncate(time.Second)
	}
	return time.Hour
}

// platformParts is all that is there whoever uses it, an hour.
func (b *builder) platformParts(control migration.Figure[migration.USD]) []migration.CostPart {
	parts := []migration.CostPart{{Name: cost.PartControlPlane, PerHour: control}}
	for _, p := range b.bill.PlatformParts() {
		if p.Name == cost.PartControlPlane {
			continue // its time is 0, see above
		}
		fig := p.Cost
		fig.Value = cost.PerHour(fig.Value, b.platformSpan())
		parts = append(parts, migration.CostPart{Name: p.Name, PerHour: fig})
	}
	return parts
}

// platformTotal adds the parts; without any the control plane's own unknown stands.
func platformTotal(parts []migration.CostPart) migration.Figure[migration.USD] {
	if len(parts) == 1 {
		return parts[0].PerHour
	}
	figures := make([]migration.Figure[migration.USD], len(parts))
	source := ""
	for i, p := range parts {
		figures[i] = p.PerHour
		if i > 0 {
			source += " + "
		}
		source += p.Name
	}
	sum := total(figures...)
	sum.Evidence.Source = source
	return sum
}

// services is what a tenant has apart from the two sides, a row a platform.
func (b *builder) services(ps ...*tenantParts) []migration.ServiceView {
	var out []migration.ServiceView
	for _, platform := range b.Move.Services() {
		var parts []*part
		for _, p := range ps {
			parts = append(parts, sortedValues(p.parts[platform])...)
		}
		if len(parts) > 0 {
			out = append(out, migration.ServiceView{Platform: platform, Side: b.side(platform, parts...)})
		}
	}
	return out
}

// overheadSeries are what nodes cost beyond what pods were charged for, and the
// platform, for the chart of everything.
func (b *builder) overheadSeries(t *migration.Totals) (idle, platform migration.Series) {
	idle, platform = b.newSeries("usd/h"), b.newSeries("usd/h")
	idle.ProvisionalFrom = t.After.CostSeries.ProvisionalFrom
	hours := b.frame.ChartStep.Hours()
	for n := range b.Store.SortedNodes() {
		if n.System {
			continue
		}
		if price, err := b.Cost.Node(n.Host); err == nil {
			perStep := price.Amount.Float() * float64(n.NodeSeconds) / 3600 / hours
			daemons := b.rates.host(b.packer.Host(n.Host)) // they are part of the platform
			perStep -= (float64(n.DaemonCPU)*daemons.perMilliCPUSecond + float64(n.DaemonMemory)*daemons.perKiBSecond) / hours
			b.spread(&idle, n.Start, n.Span, perStep)
		}
	}
	for _, key := range timeseries.SortedStreams(b.Store.Series) {
		for _, c := range b.Store.Series[key].Within(timeseries.Range{
			From: b.frame.ChartFrom.Add(-timeseries.LongestSpan),
			To:   b.frame.Now.Add(time.Second),
		}) {
			held, onNodes := c.Usage(), 0.0
			some := false
			for i := range held {
				if h := &held[i]; !h.Host.Kind.Fargate() {
					onNodes, some = onNodes+b.rates.usage(h), true
				}
			}
			if some {
				b.spread(&idle, time.Unix(c.Start, 0), time.Duration(c.Span)*time.Second, -onNodes/hours)
			}
		}
	}
	perHour, known := t.Platform.Value.Get()
	for i := range platform.Len() {
		if v, ok := idle.At(i); ok && v < 0 { // node time that was not seen is no credit
			idle.Add(i, -v)
		}
		at := platform.Start.Add(time.Duration(i) * platform.Step)
		if from := b.From[migration.Jobs]; known && !from.IsZero() && !at.Before(from.Truncate(platform.Step)) {
			platform.Add(i, perHour.Float())
		}
	}
	return idle, platform
}

// spread draws an amount into the steps that a stretch of time covers, evenly.
func (b *builder) spread(s *migration.Series, start time.Time, span time.Duration, amount float64) {
	first := s.Index(start)
	steps := max(int(span/b.frame.ChartStep), 1)
	for i := first; i < first+steps; i++ {
		s.Add(i, amount/float64(steps))
	}
}
