package cost

import (
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Crossing says on which side of a break-even the side after the move is cheaper.
type Crossing uint8

// The crossings. The zero value is of a comparison that was not made.
const (
	NoBreakEven Crossing = iota
	MoveAtOnce           // cheaper from the first run on
	MoveAbove            // cheaper above so many runs a day
	MoveBelow            // cheaper below so many runs a day: stay above it
	NeverMove            // cheaper at no number of runs
)

var crossingNames = [...]string{"", "at once", "above", "below", "never"}

func (c Crossing) String() string { return crossingNames[min(int(c), len(crossingNames)-1)] }

// MarshalText encodes the crossing by name.
func (c Crossing) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// BreakEvenPoint is where the side after the move begins to be cheaper. RunsPerDay is 0 with
// [MoveAtOnce] and unknown with [NeverMove].
type BreakEvenPoint struct {
	Crossing   Crossing
	RunsPerDay migration.Opt[decimal.Decimal]
}

// SolveBreakEven is the break-even of two sides whose cost is linear in runs:
//
//	(after.Fixed - before.Fixed) / (30.4375 * (before.Run - after.Run))
//
// Where a run costs less after the move, moving pays above it, and at once where the fixed cost is no
// higher. Otherwise staying pays above it; and at every number of runs where the fixed cost is no lower.
// Not solved where one of the four is unknown.
func SolveBreakEven(before, after SideMonth) BreakEvenPoint {
	f1, ok1 := before.Fixed.Get()
	f2, ok2 := after.Fixed.Get()
	c1, ok3 := before.Run.Get()
	c2, ok4 := after.Run.Get()
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return BreakEvenPoint{}
	}
	fixed, run := f2.Sub(f1), c1.Sub(c2)
	switch {
	case fixed.Sign() >= 0 && run.Sign() <= 0:
		return BreakEvenPoint{Crossing: NeverMove}
	case fixed.Sign() <= 0 && run.Sign() >= 0:
		return BreakEvenPoint{Crossing: MoveAtOnce, RunsPerDay: migration.Some(decimal.Decimal{})}
	}
	even := migration.Some(fixed.Decimal().DivRound(DaysPerMonth.Mul(run.Decimal()), Places))
	if run.Sign() > 0 {
		return BreakEvenPoint{Crossing: MoveAbove, RunsPerDay: even}
	}
	return BreakEvenPoint{Crossing: MoveBelow, RunsPerDay: even}
}

// Moves reports whether the side after the move is cheaper at so many runs a day.
func (b BreakEvenPoint) Moves(perDay decimal.Decimal) bool {
	even := b.RunsPerDay.Or(decimal.Decimal{})
	switch b.Crossing {
	case MoveAtOnce:
		return true
	case MoveAbove:
		return perDay.GreaterThan(even)
	case MoveBelow:
		return perDay.LessThan(even)
	}
	return false
}
