package migration

import (
	"testing"

	"github.com/shopspring/decimal"
)

// An exact amount keeps its digits in a Snapshot. A quotient that was multiplied loses the
// digits that the multiplication spoiled.
func TestWire(t *testing.T) {
	third := decimal.New(1, 0).DivRound(decimal.New(3, 0), 30)
	for _, c := range []struct {
		name   string
		amount USD
		want   string
	}{
		{
			"0.1 ms at the price of a GB-second and 128 MB", Dollars(decimal.RequireFromString("0.000000000208333750000125")),
			"0.000000000208333750000125",
		},
		{"with a discount", Dollars(decimal.RequireFromString("0.000000000208333750000125003")), "0.000000000208333750000125003"},
		{"a quotient that ends", Dollars(decimal.New(1, 0).DivRound(decimal.New(1<<25, 0), 30)), "0.0000000298023223876953125"},
		{"whole", Dollars(decimal.New(73, 0)), "73"},
		{"negative", Dollars(decimal.RequireFromString("-0.20")), "-0.2"},
		{"a quotient times a million", Dollars(third.Mul(decimal.New(1_000_000, 0))), "333333.333333333333333333333333"},
		{"a quotient times itself", Dollars(third.Mul(third)), "0.111111111111111111111111"},
	} {
		if got := c.amount.Wire(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
