package cost

import (
	"errors"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// Month is what a month of some work costs on one platform, line by line.
type Month struct {
	// Lines are those that have a price, in order. Their costs add up to the total.
	Lines []Line
	// Notes say what is not certain, each once.
	Notes []string
	// Problem says why the platform cannot run the work, or is empty.
	Problem string
	// Missing is the first price that is missing, or empty.
	Missing string

	p      *Pricer
	region string
}

// Month opens a month in a region.
func (p *Pricer) Month(region string) *Month { return &Month{p: p, region: region} }

// Total is the sum of the lines, unknown with a Problem or a price that is missing.
func (m *Month) Total() migration.Opt[migration.USD] {
	if m.Problem != "" || m.Missing != "" {
		return migration.None[migration.USD]()
	}
	return migration.Some(migration.Dollars(m.sum()))
}

func (m *Month) sum() decimal.Decimal {
	var sum decimal.Decimal
	for i := range m.Lines {
		sum = sum.Add(m.Lines[i].Cost().Decimal())
	}
	return sum
}

// Note adds a note.
func (m *Month) Note(text string) {
	if text != "" && !slices.Contains(m.Notes, text) {
		m.Notes = append(m.Notes, text)
	}
}

// Runs adds n runs of which the lines of one are given, with the error that came with
// them.
func (m *Month) Runs(n int64, lines []Line, err error) {
	for _, l := range lines {
		m.add(l.Times(decimal.NewFromInt(n)))
	}
	m.fail(err)
}

// add adds a line; one of nothing is none. A line of the same item as the last is added to
// it.
func (m *Month) add(l Line) {
	if l.Amount.Of.IsZero() {
		return
	}
	m.Note(l.Note)
	if k := len(m.Lines) - 1; k >= 0 && m.Lines[k].Item == l.Item && m.Lines[k].Price == l.Price {
		m.Lines[k].Amount = Fraction{m.Lines[k].Quantity().Add(l.Quantity()), one}
		return
	}
	m.Lines = append(m.Lines, l)
}

// fail keeps the first missing price; any other error is a problem.
func (m *Month) fail(err error) {
	if err == nil {
		return
	}
	if _, ok := errors.AsType[*prices.UnknownError](err); !ok {
		m.Problem = err.Error()
	} else if m.Missing == "" {
		m.Missing = err.Error()
	}
}

// line adds an amount at the book's price of an item. An amount of nothing needs no price.
func (m *Month) line(label string, amount decimal.Decimal, item string) {
	if amount.IsZero() {
		return
	}
	l, err := m.p.line(label, Fraction{amount, one}, item, m.region)
	if err != nil {
		m.fail(err)
		return
	}
	m.add(l)
}

// at adds an amount at a rate that is made from a price.
func (m *Month) at(label string, amount decimal.Decimal, unit string, r *prices.Rate, rate decimal.Decimal) {
	m.add(Line{Item: label, Amount: Fraction{amount, one}, Unit: unit, Rate: rate, Price: r, Note: r.Note()})
}

// rate is the price of an item, false where it is missing.
func (m *Month) rate(item string) (*prices.Rate, bool) {
	r, err := m.p.Rate(item, m.region)
	m.fail(err)
	return &r, err == nil
}

// ClusterMonth is an EKS control plane for a month.
func (p *Pricer) ClusterMonth(region string, s Support) *Month {
	m := p.Month(region)
	m.line("EKS control plane", hoursPerMonth, "eks.cluster")
	if s == ExtendedSupport {
		m.line("extended support", hoursPerMonth, "eks.extended_support")
	}
	return m
}
