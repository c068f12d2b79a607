package report

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// usdCell prints an amount for a table: cents with thousands separators, and below a dollar four digits
// that count, so that a small amount does not become 0.00. cut says that digits were left out.
func usdCell(d decimal.Decimal) (shown string, cut bool) { return sensible(d, 2, 2) }

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
			texts[i], c = text.GroupDigits(r.StringFixed(2)), !r.Equal(d)
		} else {
			texts[i], c = usdCell(d)
		}
		cut = cut || c
	}
	return texts, cut
}

// quantity prints an amount of something for a table: at most three places with thousands separators.
func quantity(d decimal.Decimal) (shown string, cut bool) { return sensible(d, 3, 0) }

// sensible prints a number with places after the point, of which least are always there; a number below
// 1 has four digits that count.
func sensible(d decimal.Decimal, places, least int32) (shown string, cut bool) {
	if a := d.Abs(); a.IsPositive() && a.LessThan(decimal.New(1, 0)) {
		places = max(places, migration.SignificantPlaces(d, 4))
	}
	r := d.Round(places)
	shown = r.String()
	if _, fraction, _ := strings.Cut(shown, "."); len(fraction) < int(least) {
		shown = r.StringFixed(least)
	}
	return text.GroupDigits(shown), !r.Equal(d)
}
