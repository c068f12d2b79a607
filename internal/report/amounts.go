package report

import (
	"strings"

	"github.com/shopspring/decimal"
)

// usdCell prints an amount for a table: cents with thousands separators, and below a dollar four digits
// that count, so that a small amount does not become 0.00. cut says that digits were left out.
func usdCell(d decimal.Decimal) (text string, cut bool) { return sensible(d, 2, 2) }

// usdColumn prints amounts of one column, all in cents where one of them is a dollar or more. What would then be 0.00
// has the digits that count.
func usdColumn(amounts ...decimal.Decimal) (texts []string, cut bool) {
	cents := false
	for _, d := range amounts {
		cents = cents || d.Abs().GreaterThanOrEqual(decimal.New(1, 0))
	}
	texts = make([]string, len(amounts))
	for i, d := range amounts {
		var c bool
		if r := d.Round(2); cents && !r.IsZero() {
			texts[i], c = grouped(r.StringFixed(2)), !r.Equal(d)
		} else {
			texts[i], c = usdCell(d)
		}
		cut = cut || c
	}
	return texts, cut
}

// quantity prints an amount of something for a table: at most three places with thousands separators.
func quantity(d decimal.Decimal) (text string, cut bool) { return sensible(d, 3, 0) }

// sensible prints a number with places after the point, of which least are always there; a number below
// 1 has four digits that count.
func sensible(d decimal.Decimal, places, least int32) (text string, cut bool) {
	if a := d.Abs(); a.IsPositive() && a.LessThan(decimal.New(1, 0)) {
		places = max(places, 4-int32(d.NumDigits())-d.Exponent()) //nolint:gosec // digits are far below 2^31
	}
	r := d.Round(places)
	text = grouped(r.String())
	if _, fraction, _ := strings.Cut(text, "."); int32(len(fraction)) < least { //nolint:gosec // places are few
		text = grouped(r.StringFixed(least))
	}
	return text, !r.Equal(d)
}

// grouped sets the thousands of a number apart.
func grouped(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, fraction, cut := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if cut {
		whole += "." + fraction
	}
	return sign + whole
}
