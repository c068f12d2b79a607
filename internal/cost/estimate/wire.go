package estimate

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// roundLines sets the amounts of a platform's lines and its total. Exact amounts keep all digits. A total
// with a quotient in it is the rounded exact sum, and what the rounded lines miss of it is in the
// largest quotient, so that the lines always add up to it.
func roundLines(out *Platform, m *cost.Month) {
	var sum, rest decimal.Decimal
	repeats := false
	for i := range m.Lines {
		all := m.Lines[i].Cost()
		amount := all.Decimal()
		sum = sum.Add(amount)
		if !all.Exact() {
			repeats = repeats || !migration.RoundQuotient(amount).Equal(amount)
			amount = migration.RoundQuotient(amount)
		}
		rest = rest.Add(amount)
		out.Lines[i].Amount = migration.Dollars(amount)
	}
	if repeats {
		sum = migration.RoundQuotient(cost.Sum(m.Lines).Decimal())
	}
	if m.Known() {
		out.Total = migration.Some(migration.Dollars(rest))
		out.give(migration.Dollars(sum.Sub(rest)))
	}
}

// give adds what rounding left over to a platform's total and to its largest line that was rounded.
func (p *Platform) give(u migration.USD) {
	if k := p.largestRounded(); k >= 0 && u.Sign() != 0 {
		p.Lines[k].Amount = p.Lines[k].Amount.Add(u)
		p.Total = migration.Map(p.Total, func(t migration.USD) migration.USD { return t.Add(u) })
	}
}

// largestRounded is the largest line that was rounded, -1 without one.
func (p *Platform) largestRounded() int {
	largest := -1
	for i := range p.Lines {
		a := p.Lines[i].Amount.Decimal()
		if placesOf(a) >= migration.WirePlaces && (largest < 0 || a.Abs().GreaterThan(p.Lines[largest].Amount.Decimal().Abs())) {
			largest = i
		}
	}
	return largest
}

// placesOf is how many places a number has after the point, without zeros at its end.
func placesOf(d decimal.Decimal) int {
	_, places, _ := strings.Cut(d.String(), ".")
	return len(places)
}
