package cost

import (
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// QuantityPlaces is how many decimal places a line's quantity is rounded to where it is a
// quotient, so that what is printed is what was multiplied.
const QuantityPlaces = 18

// Fraction is Of over Whole. The division is left to the caller, who does it once.
type Fraction struct{ Of, Whole decimal.Decimal }

func (f Fraction) greater(g Fraction) bool { return f.Of.Mul(g.Whole).GreaterThan(g.Of.Mul(f.Whole)) }

// Line is one priced item: an amount at a rate.
type Line struct {
	Item   string          // what is charged, such as "vCPU" or "m6i.xlarge on Spot"
	Amount Fraction        // how much of it, in Unit, exact
	Unit   string          // what Rate is per, such as "GB-second"
	Rate   decimal.Decimal // USD per Unit
	Price  *prices.Rate    // the price that Rate is made from
	Note   string          // what is not certain about Rate, or ""
	Spot   bool            // bought on Spot, where no Savings Plan applies
}

// Quantity is the line's amount as a decimal, with [QuantityPlaces] where it is a quotient.
func (l *Line) Quantity() decimal.Decimal {
	if l.Amount.Whole.Equal(one) {
		return l.Amount.Of
	}
	return l.Amount.Of.DivRound(l.Amount.Whole, QuantityPlaces)
}

// Cost is Quantity times Rate, exact.
func (l *Line) Cost() migration.USD { return migration.Dollars(l.Quantity().Mul(l.Rate)) }

// Times returns the line for n times the amount.
func (l Line) Times(n decimal.Decimal) Line {
	l.Amount.Of = l.Amount.Of.Mul(n)
	return l
}

// Sum is what lines cost together in USD, as a quotient that the caller rounds once.
func Sum(lines []Line) Fraction {
	sum := Fraction{Whole: one}
	for i := range lines {
		sum = lines[i].addTo(sum)
	}
	return sum
}

// SumMarket is the sum of the lines that are bought on Spot, or of those that are not.
func SumMarket(lines []Line, spot bool) Fraction {
	sum := Fraction{Whole: one}
	for i := range lines {
		if lines[i].Spot == spot {
			sum = lines[i].addTo(sum)
		}
	}
	return sum
}

func (l *Line) addTo(sum Fraction) Fraction {
	cost := l.Amount.Of.Mul(l.Rate)
	switch {
	case sum.Of.IsZero():
		return Fraction{cost, l.Amount.Whole}
	case l.Amount.Whole.Equal(sum.Whole):
		return Fraction{sum.Of.Add(cost), sum.Whole}
	}
	return Fraction{sum.Of.Mul(l.Amount.Whole).Add(cost.Mul(sum.Whole)), sum.Whole.Mul(l.Amount.Whole)}
}
