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

	// Unknown is the same as an error, where a price is missing.
	Unknown *prices.UnknownError

	p      *Pricer
	region string
	hours  decimal.Decimal
}

// Month opens a month of [HoursPerMonth] in a region.
func (p *Pricer) Month(region string) *Month { return p.MonthOf(region, HoursPerMonth) }

// MonthOf opens a month of so many hours in a region.
func (p *Pricer) MonthOf(region string, hours int64) *Month {
	return &Month{p: p, region: region, hours: decimal.NewFromInt(hours)}
}

// Total is the sum of the lines, unknown with a Problem or a price that is missing. It is exact, or
// a quotient of [Places].
func (m *Month) Total() migration.Opt[migration.USD] {
	if !m.Known() {
		return migration.None[migration.USD]()
	}
	return migration.Some(migration.Dollars(Sum(m.Lines).Decimal()))
}

// Known reports whether the platform can run the work and has all prices.
func (m *Month) Known() bool { return m.Problem == "" && m.Missing == "" }

// Include adds another month's lines, notes and what is missing of it.
func (m *Month) Include(o *Month) {
	m.Lines = append(m.Lines, o.Lines...)
	for _, n := range o.Notes {
		m.Note(n)
	}
	if m.Missing == "" {
		m.Missing, m.Unknown = o.Missing, o.Unknown
	}
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
		m.Lines[k].Amount = m.Lines[k].Amount.Plus(l.Amount)
		return
	}
	m.Lines = append(m.Lines, l)
}

// fail keeps the first missing price; any other error is a problem.
func (m *Month) fail(err error) {
	if err == nil {
		return
	}
	if unknown, ok := errors.AsType[*prices.UnknownError](err); !ok {
		m.Problem = err.Error()
	} else if m.Missing == "" {
		m.Missing, m.Unknown = err.Error(), unknown
	}
}

// line adds an amount at the book's price of an item. An amount of nothing needs no price.
func (m *Month) line(label string, amount decimal.Decimal, item string) {
	m.part(label, whole(amount), item)
}

// part is line for an amount that may be a quotient.
func (m *Month) part(label string, amount Fraction, item string) {
	if amount.Of.IsZero() {
		return
	}
	l, err := m.p.line(label, amount, item, m.region)
	if err != nil {
		m.fail(err)
		return
	}
	m.add(l)
}

// standing is line for what is there at no run, too.
func (m *Month) standing(label string, amount decimal.Decimal, item string) {
	before := len(m.Lines)
	if m.line(label, amount, item); len(m.Lines) > before {
		m.Lines[before].Fixed = true
	}
}

// at adds an amount at a rate that is made from a price.
func (m *Month) at(label string, amount Fraction, unit string, r *prices.Rate, rate decimal.Decimal) {
	m.add(Line{Item: label, Amount: amount, Unit: unit, Rate: rate, Price: r, Note: r.Note()})
}

// whole is an amount that is no quotient.
func whole(amount decimal.Decimal) Fraction { return Fraction{amount, one} }

// rate is the price of an item, false where it is missing.
func (m *Month) rate(item string) (*prices.Rate, bool) {
	r, err := m.p.Rate(item, m.region)
	m.fail(err)
	return &r, err == nil
}
