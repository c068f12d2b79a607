package report

import (
	"slices"
	"testing"

	"github.com/shopspring/decimal"
)

func TestAmountsForReading(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0.00", "73": "73.00", "1234567.891": "1,234,567.89", "-1234.5": "-1,234.50", "0.5": "0.50", "0.123456": "0.1235",
		"0.0000031999": "0.0000032", "-0.00000045678": "-0.0000004568", "999.999": "1,000.00", "0.99999": "1.00",
	} {
		if got, _ := usdCell(decimal.RequireFromString(in)); got != want {
			t.Errorf("%s USD prints as %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"730": "730", "166666.666666666666666667": "166,666.667", "0.9": "0.9", "-0.333333": "-0.3333",
		"0.00003": "0.00003", "1000": "1,000",
	} {
		if got, _ := quantity(decimal.RequireFromString(in)); got != want {
			t.Errorf("%s prints as %s, want %s", in, got, want)
		}
	}
	of := func(amounts ...string) []string {
		var d []decimal.Decimal
		for _, a := range amounts {
			d = append(d, decimal.RequireFromString(a))
		}
		texts, _ := usdColumn(d...)
		return texts
	}
	if got := of("1.012", "0.333375", "0.02772", "0.00003"); !slices.Equal(got, []string{"1.01", "0.33", "0.03", "0.00003"}) {
		t.Errorf("a column with dollars: %q", got)
	}
	if got := of("0.333375", "0.02772"); !slices.Equal(got, []string{"0.3334", "0.02772"}) {
		t.Errorf("a column without: %q", got)
	}
}
