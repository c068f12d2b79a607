package ui

import (
	"math"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/plot"
)

// newCurve is the curve of two amounts a run and a fixed share a month; false where one
// of them is unknown.
func newCurve(lambda, other, fixed migration.Opt[migration.USD], here, even migration.Opt[float64], before, after string) (plot.Curve,
	bool,
) {
	l, ok1 := usdOf(lambda)
	o, ok2 := usdOf(other)
	f, ok3 := usdOf(fixed)
	return plot.Curve{
		Before: plot.Line{Name: before, PerRun: l}, After: plot.Line{Name: after, Fixed: f, PerRun: o},
		Here: here.Or(math.NaN()), BreakEven: even.Or(math.NaN()),
		Dollars: axisMoney(perHour), // the amounts are months already
		Rate:    appendRate,
	}, ok1 && ok2 && ok3
}
