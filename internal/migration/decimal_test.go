package migration

import (
	"testing"

	"github.com/shopspring/decimal"
)

func TestSignificantPlaces(t *testing.T) {
	for number, want := range map[string]int32{"0.00123": 5, "0.5": 3, "1": 2, "12.5": 1, "123": 0, "1234": -1} {
		if got := SignificantPlaces(decimal.RequireFromString(number), 3); got != want {
			t.Errorf("3 digits of %s: %d decimals, want %d", number, got, want)
		}
	}
}

func TestRoundQuotient(t *testing.T) {
	third := decimal.New(1, 0).DivRound(decimal.New(3, 0), 30)
	for _, c := range []struct{ in, want decimal.Decimal }{
		{third, third.Round(WirePlaces)},
		{decimal.RequireFromString("0.000000000000000000000000001"), decimal.New(1, -27)}, // exact: a small amount at a small price
		{decimal.New(5, -1), decimal.New(5, -1)},
	} {
		if got := RoundQuotient(c.in); !got.Equal(c.want) {
			t.Errorf("%s: got %s, want %s", c.in, got, c.want)
		}
	}
}
