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
	sum, rest, largest := decimal.Decimal{}, decimal.Decimal{}, -1
	for i := range m.Lines {
		of := m.Lines[i].Cost()
		amount := of.Decimal()
		sum = sum.Add(amount)
		if !of.Exact() {
			amount = rounded(amount)
			if largest < 0 || amount.Abs().GreaterThan(out.Lines[largest].Amount.Decimal().Abs()) {
				largest = i
			}
		}
		rest = rest.Add(amount)
		out.Lines[i].Amount = migration.Dollars(amount)
	}
	if largest >= 0 {
		sum = rounded(cost.Sum(m.Lines).Decimal())
		l := &out.Lines[largest]
		l.Amount = migration.Dollars(l.Amount.Decimal().Add(sum).Sub(rest))
	}
	if m.Known() {
		out.Total = migration.Some(migration.Dollars(sum))
	}
}

// exactPlaces is from how many places on a number is taken for a quotient. Prices, discounts and
// usage have fewer.
const exactPlaces = 27

// rounded is a quotient with the digits that are right, and the same number where it ends.
func rounded(d decimal.Decimal) decimal.Decimal {
	if _, places, _ := strings.Cut(d.String(), "."); len(places) <= exactPlaces {
		return d
	}
	return d.Round(migration.WirePlaces)
}
