package cost

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// Places is how many decimal places a quotient is kept to.
const Places = 30

// HoursPerMonth is the month of AWS's calculator.
const HoursPerMonth = 730

// DaysPerMonth is a calendar month on average: 365.25 days over 12.
var DaysPerMonth = decimal.New(304375, -4)

// AWSSplitWeight is how many GiB of memory weigh as much as one vCPU where the
// price of a node is split. Source: AWS split cost allocation data.
var AWSSplitWeight = decimal.New(9, 0)

// OpenCostSplitWeight is the same of OpenCost: its default CPU price over its
// default memory price.
var OpenCostSplitWeight = decimal.New(74607, -4)

var (
	secondsPerHour = decimal.New(3600, 0)
	nano           = decimal.New(1, -9)
	one            = decimal.New(1, 0)
)

// Basis says what of a pod is charged on a node.
type Basis uint8

// The bases. The zero value is what AWS and OpenCost do.
const (
	// ByAllocation charges the greater of request and usage, where usage was seen.
	ByAllocation Basis = iota
	// ByRequest charges the request alone.
	ByRequest
)

// Options are what a price depends on other than the book. The zero value is usable.
type Options struct {
	// SplitWeight is the CPU:GiB weight, [AWSSplitWeight] where it is zero.
	SplitWeight decimal.Decimal
	Basis       Basis
	// FreeTier says that the account's free tier is not used up elsewhere.
	FreeTier bool
	// Plan is the Compute Savings Plan over Lambda, none where it is zero.
	Plan SavingsPlanCoverage
}

// Pricer prices amounts of use by one book. It is immutable and safe for
// concurrent use.
type Pricer struct {
	book   *prices.PriceBook
	weight decimal.Decimal
	basis  Basis

	freeTier bool
	plan     SavingsPlanCoverage

	undiscounted bool // see list
	// published are Spot prices that EC2 publishes; see [Pricer.WithSpot].
	published map[spotKey]Priced
}

// New makes a Pricer.
func New(book *prices.PriceBook, o Options) *Pricer {
	if !o.SplitWeight.IsPositive() {
		o.SplitWeight = AWSSplitWeight
	}
	return &Pricer{book: book, weight: o.SplitWeight, basis: o.Basis, freeTier: o.FreeTier, plan: o.Plan}
}

// Everywhere in place of a region is the price in regions that have none of their own.
const Everywhere = prices.Everywhere

// Book returns the book that p prices by.
func (p *Pricer) Book() *prices.PriceBook { return p.book }

// Rate is the book's price of an item in a region, less the discount on that service's
// list prices that an overlay states ("discount.lambda" and so on). A price
// that the overlay states itself is final. Errors are [*prices.UnknownError].
func (p *Pricer) Rate(item, region string) (prices.Rate, error) {
	r, err := p.book.Rate(item, region)
	if err != nil || p.undiscounted || r.Origin.Overlay || !strings.HasPrefix(r.Unit, "USD/") {
		return r, err
	}
	service, _, _ := strings.Cut(item, ".")
	off, ok := p.book.Find("discount."+service, region)
	if !ok {
		return r, nil // nothing was negotiated: the list price holds
	}
	r.Value = r.Value.Mul(one.Sub(off.Value))
	r.Origin.Note = fmt.Sprintf("list price of %s less %s %%: %s", r.Origin.Source, off.Value.Shift(2), off.Origin.Source)
	r.Origin.Source, r.Origin.File, r.Origin.Overlay = off.Origin.Source, off.Origin.File, true
	r.Origin.Certainty = max(r.Origin.Certainty, off.Origin.Certainty)
	return r, nil
}

// list is the pricer without negotiated discounts: by list prices, and those that an overlay states.
func (p *Pricer) list() *Pricer {
	out := *p
	out.undiscounted = true
	return &out
}

// find is Rate where a price may be missing.
func (p *Pricer) find(item, region string) (prices.Rate, bool) {
	if _, ok := p.book.Find(item, region); !ok {
		return prices.Rate{}, false
	}
	r, err := p.Rate(item, region)
	return r, err == nil
}

// Priced is an exact amount and what it rests on.
type Priced struct {
	Amount   migration.USD
	Evidence migration.Provenance
	// Rates are the prices that went into it.
	Rates []prices.Rate
}

// Figure returns the amount as it is shown, with the evidence of what was priced.
func (p Priced) Figure(kind migration.Kind, of migration.Provenance) migration.Figure[migration.USD] {
	return migration.Figure[migration.USD]{
		Value: migration.Some(p.Amount), Kind: kind, Evidence: of.And(p.Evidence),
	}
}

// evidenceOf joins the evidence of rates, each thing said once.
func evidenceOf(rates ...prices.Rate) migration.Provenance {
	var e migration.Provenance
	var sources, notes []string
	for i, r := range rates {
		f := r.Evidence()
		if i == 0 {
			e = f
		} else {
			e.Method = migration.Weaker(e.Method, f.Method)
		}
		if !slices.Contains(sources, f.Source) {
			sources = append(sources, f.Source)
		}
		if f.Note != "" && !slices.Contains(notes, f.Note) {
			notes = append(notes, f.Note)
		}
	}
	e.Source, e.Note = join(sources, " + "), join(notes, "; ")
	return e
}

func join(parts []string, sep string) string {
	var out string
	for i, s := range parts {
		if i > 0 {
			out += sep
		}
		out += s
	}
	return out
}

// noted adds a derivation to evidence: a rule was applied to what was read.
func noted(e migration.Provenance, method migration.Method, note string) migration.Provenance {
	return e.And(migration.Provenance{Method: method, Coverage: 1, Note: note})
}

// Support is the kind of support that an EKS cluster's version has.
type Support uint8

// The kinds of support. Extended support begins 14 months after a version came
// out and costs extra.
const (
	StandardSupport Support = iota
	ExtendedSupport
)

// Cluster returns the hourly fee of one control plane: what an overlay states as
// cluster.fee, else that of Amazon EKS.
func (p *Pricer) Cluster(region string, s Support) (Priced, error) {
	if fee, ok := p.find("cluster.fee", region); ok {
		return Priced{migration.Dollars(fee.Value), evidenceOf(fee), []prices.Rate{fee}}, nil
	}
	fee, err := p.Rate("eks.cluster", region)
	if err != nil {
		return Priced{}, fmt.Errorf("cannot price the EKS cluster: %w", err)
	}
	rates := []prices.Rate{fee}
	sum := fee.Value
	if s == ExtendedSupport {
		extra, err := p.Rate("eks.extended_support", region)
		if err != nil {
			return Priced{}, fmt.Errorf("cannot price the EKS cluster's extended support: %w", err)
		}
		sum, rates = sum.Add(extra.Value), append(rates, extra)
	}
	return Priced{migration.Dollars(sum), evidenceOf(rates...), rates}, nil
}
