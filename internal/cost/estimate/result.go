package estimate

import (
	"cmp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// Line is one item of a platform's month. Amount is Quantity times Rate, of which Quantity is rounded
// where it is a quotient and Amount is not calculated from that.
type Line struct {
	Item     string          `json:"item"`
	Quantity decimal.Decimal `json:"quantity"`
	Unit     string          `json:"unit"`
	Rate     migration.USD   `json:"rate_usd"`
	Amount   migration.USD   `json:"amount_usd"`
	// AsOf is the date of the price, or "".
	AsOf      string           `json:"price_as_of"`
	Certainty prices.Certainty `json:"price_certainty"`
	// Fixed says that the month has it at no run, too.
	Fixed bool `json:"fixed,omitempty"`
}

// Platform is what the month costs on one platform.
type Platform struct {
	Lines []Line `json:"lines"`
	// Total is the sum of Lines, unknown where Problem says why there is none.
	Total   migration.Opt[migration.USD] `json:"total_usd"`
	Problem string                       `json:"problem,omitempty"`
	Notes   []string                     `json:"notes,omitempty"`
	// Cannot says that Problem is no price that is missing: the platform cannot run the work.
	Cannot bool `json:"cannot_run,omitempty"`
}

// Platforms are the places where the work could run; a side that was not asked for
// is absent.
type Platforms struct {
	Lambda     *Platform `json:"lambda,omitempty"`
	Managed    *Platform `json:"lambda_managed_instances,omitempty"`
	MicroVMs   *Platform `json:"lambda_microvms,omitempty"`
	EKSFargate *Platform `json:"eks_fargate,omitempty"`
	ECSFargate *Platform `json:"ecs_fargate,omitempty"`
	Nodes      *Platform `json:"nodes,omitempty"`
}

// Result is the estimate of one shape.
type Result struct {
	Name   string `json:"name,omitempty"`
	Region string `json:"region"`
	// MonthHours is the length of the month.
	MonthHours int64 `json:"month_hours"`
	// Months are the totals that are compared, with the cluster where it is needed.
	Months    Months    `json:"months"`
	Platforms Platforms `json:"platforms"`
	// Cluster is the EKS control plane for a month, and what else the configuration states of the platform; of several shapes in one
	// region each has an equal part. It is in no total of Platforms.
	Cluster *Platform `json:"cluster,omitempty"`
	// BreakEven compares Lambda with each platform for Jobs.
	BreakEven *BreakEvens `json:"break_even,omitempty"`
	// Crossover compares nodes with Fargate.
	Crossover *Crossovers      `json:"crossover,omitempty"`
	Notes     []string         `json:"notes,omitempty"`
	Prices    migration.Prices `json:"prices"`
	// Missing are the prices that the book does not have, each once.
	Missing []MissingPrice `json:"missing_prices,omitempty"`
}

// MissingPrice is a price that the book does not have.
type MissingPrice struct {
	Item   string `json:"item"`
	Region string `json:"region"`
	// Known are regions that have it, or items of its kind.
	Known []string `json:"known,omitempty"`
}

// work is a shape under way.
type work struct {
	Shape

	p        *cost.Pricer
	settings *Settings
	pool     *cost.LambdaPool
	alone    bool // no other shape shares the tiers and the free tier
	sharing  int64
	choices  map[migration.RegionArch]*cost.NodeChoice

	lambda, managed, microVMs, eks, ecs, nodes, cluster *cost.Month

	nodeShare cost.Fraction
	used      []cost.Use
	missing   []string
	out       Result
}

// Estimate prices a shape without a configuration; see [Settings.Estimate].
func Estimate(p *cost.Pricer, shape Shape, at time.Time) Result {
	return Defaults().Estimate(p, []Shape{shape}, at).Shapes[0]
}

// Document is the estimate of all shapes of an organization.
type Document struct {
	Shapes []Result `json:"shapes"`
	Sum    Sum      `json:"sum"`
	// Prices and Missing are those of all shapes.
	Prices  migration.Prices `json:"prices"`
	Missing []MissingPrice   `json:"missing_prices,omitempty"`
}

// Estimate prices the shapes of one organization at a pricer's prices; at is the moment from which the
// age of prices counts. Tiers and free tier count over all of them together. The shapes have passed [Shape.Check].
func (st Settings) Estimate(p *cost.Pricer, shapes []Shape, at time.Time) Document {
	all := make([]work, len(shapes))
	var pool cost.LambdaPool
	lambdas := 0 // shapes with runs on Lambda
	clusters := map[clusterKey]int64{}
	choices := map[migration.RegionArch]*cost.NodeChoice{}
	for i := range shapes {
		w := &all[i]
		w.Shape, w.p, w.settings, w.pool, w.choices = shapes[i].Completed(), p, &st, &pool, choices
		if w.Lambda.Runs > 0 {
			lambdas++
			p.Pool(&pool, w.Region, &w.Lambda)
		}
		if w.Job.Runs.Or(0) > 0 {
			clusters[w.clusterKey()]++
		}
	}
	doc := Document{Shapes: make([]Result, len(shapes))}
	for i := range all {
		all[i].alone, all[i].sharing = lambdas <= 1, clusters[all[i].clusterKey()]
		all[i].estimate(shapes[i].Job.NodeType == "", len(shapes))
		all[i].out.Prices = cost.Age(all[i].used, at)
		all[i].out.Prices.Unknown = all[i].missing
	}
	doc.Sum = sum(all)
	settle(&doc.Sum, all)
	doc.prices(all, at)
	for i := range all {
		all[i].compare()
		doc.Shapes[i] = all[i].out
	}
	return doc
}

// prices joins the prices of all shapes, each that is missing once.
func (d *Document) prices(all []work, at time.Time) {
	var used []cost.Use
	for i := range all {
		used = append(used, all[i].used...)
		for _, m := range all[i].out.Missing {
			d.Missing = addMissing(d.Missing, m)
		}
		for _, m := range all[i].missing {
			if !slices.Contains(d.Prices.Unknown, m) {
				d.Prices.Unknown = append(d.Prices.Unknown, m)
			}
		}
	}
	unknown := d.Prices.Unknown
	d.Prices = cost.Age(used, at)
	d.Prices.Unknown = unknown
}

// clusterKey is a cluster that shapes share.
type clusterKey struct {
	region   string
	extended bool
}

func (s *Shape) clusterKey() clusterKey { return clusterKey{s.Region, s.Job.Extended} }

func (w *work) estimate(choose bool, shapes int) {
	l, j := &w.Lambda, &w.Job
	w.out = Result{Name: w.Name, Region: w.Region, MonthHours: w.MonthHours, Notes: w.settings.notes(&w.Shape, shapes)}
	if l.Runs > 0 {
		w.lambda = w.p.LambdaMonthOf(w.Region, l, decimal.NewFromInt(l.Runs), w.pool)
		w.addFixed(w.lambda, onLambda)
		w.out.Platforms.Lambda = w.show(w.lambda)
		if l.ManagedType != "" {
			w.managed = w.p.ManagedMonth(w.Region, l)
			w.out.Platforms.Managed = w.show(w.managed)
		}
		if l.MicroVCPU.IsPositive() {
			w.microVMs = w.p.MicroVMMonth(w.Region, l)
			w.out.Platforms.MicroVMs = w.show(w.microVMs)
		}
	}
	if j.Runs.Or(0) > 0 {
		w.eks, w.ecs = w.fargate(migration.HostFargate), w.fargate(migration.HostECSFargate)
		w.nodes = w.onNodes(choose)
		w.addFixed(w.eks, onEKSFargate)
		w.addFixed(w.ecs, onECSFargate)
		w.addFixed(w.nodes, onNodes)
		w.cluster = w.p.MonthOf(w.Region, w.MonthHours)
		w.cluster.Cluster(cost.ClusterShape{
			Support: j.support(), Hour: w.settings.ClusterHour, Stated: w.settings.Platform, Sharing: w.sharing,
		})
		if w.sharing > 1 {
			w.cluster.Note("the shapes of a region share its cluster in equal parts")
		}
		w.out.Platforms.EKSFargate, w.out.Platforms.ECSFargate = w.show(w.eks), w.show(w.ecs)
		w.out.Platforms.Nodes, w.out.Cluster = w.show(w.nodes), w.show(w.cluster)
		w.crossovers()
	}
}

// compare fills in what follows from the platforms' totals.
func (w *work) compare() {
	w.months()
	if w.lambda != nil && w.eks != nil {
		w.breakEvens()
	}
}

// addFixed adds the shape's fixed costs to a platform that can run it.
func (w *work) addFixed(m *cost.Month, platform string) {
	if m.Problem != "" {
		return
	}
	m.Include(w.fixedPart(platform))
}

// fixedPart is the month of the shape's fixed costs on a platform.
func (w *work) fixedPart(platform string) *cost.Month {
	m := w.p.MonthOf(w.Region, w.MonthHours)
	for i := range w.Fixed {
		if w.Fixed[i].on(platform) {
			m.Fixed(w.Fixed[i].FixedPart)
		}
	}
	return m
}

// show is a month as it is shown.
func (w *work) show(m *cost.Month) *Platform {
	out := &Platform{Lines: make([]Line, len(m.Lines)), Notes: m.Notes, Problem: problemOf(m), Cannot: m.Problem != ""}
	for i := range m.Lines {
		l := &m.Lines[i]
		w.used = append(w.used, cost.Use{Rate: *l.Price, Dollars: l.Cost().Decimal()})
		out.Lines[i] = Line{
			Item: l.Item, Quantity: l.Quantity(), Unit: l.Unit, Rate: migration.Dollars(l.Rate), Fixed: l.Fixed,
			AsOf: l.Price.Origin.AsOf, Certainty: l.Price.Origin.Certainty,
		}
	}
	roundLines(out, m)
	if m.Missing != "" {
		if !slices.Contains(w.missing, m.Missing) {
			w.missing = append(w.missing, m.Missing)
		}
		w.out.Missing = addMissing(w.out.Missing, MissingPrice{m.Unknown.Item, m.Unknown.Region, m.Unknown.Known})
	}
	return out
}

// addMissing adds a missing price, each once.
func addMissing(to []MissingPrice, m MissingPrice) []MissingPrice {
	for i := range to {
		if to[i].Item == m.Item && to[i].Region == m.Region {
			return to
		}
	}
	return append(to, m)
}

// problemOf is why a month has no total, without the list of what is known instead.
func problemOf(m *cost.Month) string {
	if m.Problem != "" || m.Unknown == nil {
		return cmp.Or(m.Problem, m.Missing)
	}
	short := *m.Unknown
	short.Known = nil
	return short.Error()
}
