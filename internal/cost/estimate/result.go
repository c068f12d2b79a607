package estimate

import (
	"slices"
	"strings"
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
	// AsOf is the date of the price, "" where nobody gave one.
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
	// Cluster is the EKS control plane for a month, whoever uses it. It is in no
	// platform's total, and is the fixed cost of the break-even of eks_fargate
	// and nodes.
	Cluster *Platform `json:"cluster,omitempty"`
	// BreakEven compares Lambda with each platform for Jobs.
	BreakEven *BreakEvens      `json:"break_even,omitempty"`
	Prices    migration.Prices `json:"prices"`
}

// quantityPlaces is how many places the hours of a quantity are rounded to: a
// fraction of a femtosecond, so that what is printed is what was multiplied.
const quantityPlaces = 18

// Estimate reckons a shape at a pricer's prices; at is when, for their age. The
// shape has passed [Shape.Check].
func Estimate(p *cost.Pricer, shape Shape, at time.Time) Result {
	s := shape.Completed()
	r := Result{Name: s.Name, Region: s.Region}
	var used []prices.Rate
	var missing []string
	run := func(build func(*sheet)) *Platform {
		b := &sheet{p: p, shape: &s}
		build(b)
		used = append(used, b.used...)
		if b.missing != "" {
			missing = append(missing, b.missing)
		}
		return b.platform()
	}
	if s.Lambda.Runs > 0 {
		r.Platforms.Lambda = run((*sheet).lambda)
		if s.Lambda.ManagedType != "" {
			r.Platforms.Managed = run((*sheet).managed)
		}
		if s.Lambda.MicroVCPU.IsPositive() {
			r.Platforms.MicroVMs = run((*sheet).microVMs)
		}
	}
	if s.Job.Runs.Or(0) > 0 {
		r.Platforms.EKSFargate = run((*sheet).eksFargate)
		r.Platforms.ECSFargate = run((*sheet).ecsFargate)
		r.Platforms.Nodes = run((*sheet).nodes)
		r.Cluster = run((*sheet).cluster)
	}
	if s.Lambda.Runs > 0 && s.Job.Runs.Or(0) > 0 {
		r.BreakEven = breakEvens(p, &s, &r)
	}
	r.Prices = cost.Age(used, at)
	r.Prices.Unknown = missing
	return r
}

// sheet is a platform's lines in the making.
type sheet struct {
	p       *cost.Pricer
	shape   *Shape
	lines   []Line
	notes   []string
	used    []prices.Rate
	problem string
	missing string // the price that is
}

// line adds an item at the book's rate. An item of nothing is none.
func (b *sheet) line(label string, quantity decimal.Decimal, item string) {
	if quantity.IsZero() {
		return
	}
	if r, ok := b.rate(item); ok {
		b.at(label, quantity, unitOf(r), r, r.Value)
	}
}

// at adds an item at a rate that was made from the book's, and notes how sure that
// is where it is not from AWS.
func (b *sheet) at(label string, quantity decimal.Decimal, unit string, r prices.Rate, value decimal.Decimal) {
	b.add(label, quantity, unit, r, value)
	if note := r.Evidence().Note; note != "" && !quantity.IsZero() {
		b.note(note)
	}
}

func (b *sheet) add(label string, quantity decimal.Decimal, unit string, r prices.Rate, value decimal.Decimal) {
	if quantity.IsZero() {
		return
	}
	b.used = append(b.used, r)
	b.lines = append(b.lines, Line{
		Item: label, Quantity: quantity, Unit: unit, Rate: migration.Dollars(value),
		Amount: migration.Dollars(quantity.Mul(value)), AsOf: r.Origin.AsOf, Certainty: r.Origin.Certainty,
	})
}

func (b *sheet) rate(item string) (prices.Rate, bool) {
	r, err := b.p.Rate(item, b.shape.Region)
	if err != nil {
		b.fail(err)
	}
	return r, err == nil
}

// fail notes a missing price; the first one is told.
func (b *sheet) fail(err error) {
	if b.missing == "" {
		b.missing = err.Error()
	}
}

func (b *sheet) note(text string) {
	if !slices.Contains(b.notes, text) {
		b.notes = append(b.notes, text)
	}
}

func (b *sheet) sum() decimal.Decimal {
	var sum decimal.Decimal
	for _, l := range b.lines {
		sum = sum.Add(l.Amount.Decimal())
	}
	return sum
}

func (b *sheet) platform() *Platform {
	out := &Platform{Lines: b.lines, Notes: b.notes, Problem: b.problem}
	if out.Lines == nil {
		out.Lines = []Line{} // a list to programs, also where it is empty
	}
	if out.Problem == "" {
		out.Problem = b.missing
	}
	if out.Problem == "" {
		out.Total = migration.Some(migration.Dollars(b.sum()))
	}
	return out
}

// unitOf is what a rate is per.
func unitOf(r prices.Rate) string {
	_, per, _ := strings.Cut(r.Unit, "/")
	return per
}
