package cost

import (
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
)

// QuantityPlaces is how many decimal places a line's quantity is shown with where it is a
// quotient. Its cost is not calculated from that.
const QuantityPlaces = 18

// Fraction is Of over Whole. The division is left to the caller, who does it once.
type Fraction struct{ Of, Whole decimal.Decimal }

func (f Fraction) greater(g Fraction) bool { return f.Of.Mul(g.Whole).GreaterThan(g.Of.Mul(f.Whole)) }

// Plus is f + g, exact.
func (f Fraction) Plus(g Fraction) Fraction {
	switch {
	case f.Of.IsZero():
		return g
	case f.Whole.Equal(g.Whole):
		return Fraction{f.Of.Add(g.Of), f.Whole}
	}
	return Fraction{f.Of.Mul(g.Whole).Add(g.Of.Mul(f.Whole)), f.Whole.Mul(g.Whole)}
}

// Times is f times a number, exact.
func (f Fraction) Times(n decimal.Decimal) Fraction { return Fraction{f.Of.Mul(n), f.Whole} }

// Exact reports whether f is no quotient, so that Decimal has all its digits.
func (f Fraction) Exact() bool { return f.Whole.Equal(one) }

// Decimal is the quotient, to [Places] where it is one.
func (f Fraction) Decimal() decimal.Decimal {
	if f.Exact() {
		return f.Of
	}
	return f.Of.DivRound(f.Whole, Places)
}

// Line is one priced item: an amount at a rate.
type Line struct {
	Item   string          // what is charged, such as "vCPU" or "m6i.xlarge on Spot"
	Amount Fraction        // how much of it, in Unit, exact
	Unit   string          // what Rate is per, such as "GB-second"
	Rate   decimal.Decimal // USD per Unit
	Price  *prices.Rate    // the price that Rate is made from
	Note   string          // what is not certain about Rate, or ""
	Spot   bool            // bought on Spot, where no Savings Plan applies
	Fixed  bool            // there at no run, too
}

// Quantity is the line's amount as a decimal, with [QuantityPlaces] where it is a quotient.
func (l *Line) Quantity() decimal.Decimal {
	if l.Amount.Exact() {
		return l.Amount.Of
	}
	return l.Amount.Of.DivRound(l.Amount.Whole, QuantityPlaces)
}

// Cost is Amount times Rate. The division is the last step, so that a cost that ends has no digits of
// a rounded quotient: 2,635.88... hours at $0.0328 may be $86.45.
func (l *Line) Cost() Fraction { return l.Amount.Times(l.Rate) }

// Times returns the line for n times the amount.
func (l Line) Times(n decimal.Decimal) Line {
	l.Amount.Of = l.Amount.Of.Mul(n)
	return l
}

// Sum is what lines cost together in USD, as a quotient that the caller rounds once.
func Sum(lines []Line) Fraction {
	sum := Fraction{Whole: one}
	for i := range lines {
		sum = sum.Plus(lines[i].Cost())
	}
	return sum
}

// SumMarket is the sum of the lines that are bought on Spot, or of those that are not.
func SumMarket(lines []Line, spot bool) Fraction {
	sum := Fraction{Whole: one}
	for i := range lines {
		if lines[i].Spot == spot {
			sum = sum.Plus(lines[i].Cost())
		}
	}
	return sum
}
