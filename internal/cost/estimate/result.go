package estimate

import (
	"cmp"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// Line is one item of a platform's month. Amount is Quantity times Rate, exactly.
type Line struct {
	Item     string          `json:"item"`
	Quantity decimal.Decimal `json:"quantity"`
	Unit     string          `json:"unit"`
	Rate     migration.USD   `json:"rate_usd"`
	Amount   migration.USD   `json:"amount_usd"`
	// AsOf is the date of the price, or "".
	AsOf      string           `json:"price_as_of"`
	Certainty prices.Certainty `json:"price_certainty"`
}

// Platform is what the month costs on one platform.
type Platform struct {
	Lines []Line `json:"lines"`
	// Total is the sum of Lines, unknown where Problem says why there is none.
	Total   migration.Opt[migration.USD] `json:"total_usd"`
	Problem string                       `json:"problem,omitempty"`
	Notes   []string                     `json:"notes,omitempty"`
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
	Name      string    `json:"name,omitempty"`
	Region    string    `json:"region"`
	Platforms Platforms `json:"platforms"`
	// Cluster is the EKS control plane for a month. It is in no platform's total, and is the fixed cost of the break-even of eks_fargate
	// and nodes.
	Cluster *Platform `json:"cluster,omitempty"`
	// BreakEven compares Lambda with each platform for Jobs.
	BreakEven *BreakEvens      `json:"break_even,omitempty"`
	Prices    migration.Prices `json:"prices"`
}

// Estimate prices a shape at a pricer's prices; at is the moment from which the age of
// prices counts. The shape has passed [Shape.Check].
func Estimate(p *cost.Pricer, shape Shape, at time.Time) Result {
	s := shape.Completed()
	r := Result{Name: s.Name, Region: s.Region}
	var used []prices.Rate
	var missing []string
	show := func(m *cost.Month) *Platform {
		for i := range m.Lines {
			used = append(used, *m.Lines[i].Price)
		}
		if m.Missing != "" {
			missing = append(missing, m.Missing)
		}
		return platformOf(m)
	}
	l, j := &s.Lambda, &s.Job
	if l.Runs > 0 {
		r.Platforms.Lambda = show(p.LambdaMonth(s.Region, l))
		if l.ManagedType != "" {
			r.Platforms.Managed = show(p.ManagedMonth(s.Region, l))
		}
		if l.MicroVCPU.IsPositive() {
			r.Platforms.MicroVMs = show(p.MicroVMMonth(s.Region, l))
		}
	}
	if j.Runs.Or(0) > 0 {
		r.Platforms.EKSFargate = show(fargate(p, &s, migration.HostFargate))
		r.Platforms.ECSFargate = show(fargate(p, &s, migration.HostECSFargate))
		r.Platforms.Nodes = show(nodes(p, &s))
		r.Cluster = show(p.ClusterMonth(s.Region, j.support()))
	}
	if l.Runs > 0 && j.Runs.Or(0) > 0 {
		r.BreakEven = breakEvens(p, &s, &r)
	}
	r.Prices = cost.Age(used, at)
	r.Prices.Unknown = missing
	return r
}

// platformOf is a month as it is shown.
func platformOf(m *cost.Month) *Platform {
	out := &Platform{Lines: make([]Line, len(m.Lines)), Total: m.Total(), Notes: m.Notes, Problem: cmp.Or(m.Problem, m.Missing)}
	for i := range m.Lines {
		l := &m.Lines[i]
		out.Lines[i] = Line{
			Item: l.Item, Quantity: l.Quantity(), Unit: l.Unit, Rate: migration.Dollars(l.Rate), Amount: l.Cost(),
			AsOf: l.Price.Origin.AsOf, Certainty: l.Price.Origin.Certainty,
		}
	}
	return out
}
