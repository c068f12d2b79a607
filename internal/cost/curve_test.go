package cost

import (
	"testing"

	"github.com/shopspring/decimal"
)

// broken is a curve through points, and beyond the last one with the last slope.
func broken(points ...int64) Curve {
	var c Curve
	for i := 0; i < len(points); i += 2 {
		c.Kinks = append(c.Kinks, decimal.NewFromInt(points[i]))
	}
	c.At = func(n decimal.Decimal) decimal.Decimal {
		k := 0
		for k+4 < len(points) && n.GreaterThan(decimal.NewFromInt(points[k+2])) {
			k += 2
		}
		x0, y0 := decimal.NewFromInt(points[k]), decimal.NewFromInt(points[k+1])
		x1, y1 := decimal.NewFromInt(points[k+2]), decimal.NewFromInt(points[k+3])
		return y0.Add(y1.Sub(y0).Mul(n.Sub(x0)).Div(x1.Sub(x0)))
	}
	return c
}

func TestTurns(t *testing.T) {
	for name, tc := range map[string]struct {
		before, after Curve
		cheaper       bool
		turns         string
	}{
		"never":             {broken(0, 0, 10, 10), broken(0, 5, 10, 20), false, ""},
		"at once":           {broken(0, 5, 10, 20), broken(0, 0, 10, 10), true, ""},
		"above":             {broken(0, 0, 10, 20), broken(0, 5, 10, 15), false, "5 moves"},
		"below":             {broken(0, 5, 10, 15), broken(0, 0, 10, 20), true, "5 stays"},
		"beyond all kinks":  {broken(0, 0, 10, 20), broken(0, 50, 10, 60), false, "50 moves"},
		"at a kink":         {broken(0, 0, 10, 10, 20, 40), broken(0, 10, 10, 10, 20, 20), false, "10 moves"},
		"touches at a kink": {broken(0, 0, 10, 10, 20, 10), broken(0, 5, 10, 10, 20, 20), false, ""},
		// Free up to 10, then the most expensive, then in a tier below the other.
		"two":          {broken(0, 0, 10, 0, 20, 30, 30, 31), broken(0, 5, 10, 10, 40, 40), false, "15 moves,31.11 stays"},
		"equal, apart": {broken(0, 0, 10, 10, 20, 30), broken(0, 0, 10, 10, 20, 20), false, "10 moves"},
		"from 0":       {broken(0, 0, 10, 20), broken(0, 0, 10, 10), true, ""},
		"the same":     {broken(0, 0, 10, 20), broken(0, 0, 10, 20), false, ""},
	} {
		turns, cheaper := Turns(tc.before, tc.after)
		got := ""
		for i, turn := range turns {
			if i > 0 {
				got += ","
			}
			got += turn.Runs.Round(2).String()
			if turn.Moves {
				got += " moves"
			} else {
				got += " stays"
			}
			if off := tc.before.At(turn.Runs).Sub(tc.after.At(turn.Runs)); off.Abs().GreaterThan(decimal.New(1, -14)) {
				t.Errorf("%s: at %s the costs differ by %s", name, turn.Runs, off)
			}
		}
		if cheaper != tc.cheaper || got != tc.turns {
			t.Errorf("%s: %v, %q; want %v, %q", name, cheaper, got, tc.cheaper, tc.turns)
		}
	}
}
