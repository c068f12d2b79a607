package plot

import "testing"

// The curve's two marks are both on it, with their lines in the right order: left of
// the crossing Lambda is cheaper, right of it the other side.
func TestCurveShowsBothMarks(t *testing.T) {
	for _, c := range []struct{ here, even float64 }{{100, 136}, {4, 136}, {90_000, 136}, {136, 136}, {0.02, 0.5}, {3e9, 12}} {
		l := Line{PerRun: 2}
		o := Line{PerRun: 1, Fixed: c.even * DaysPerMonth}
		k := Curve{Before: l, After: o, Here: c.here, BreakEven: c.even}
		x, y := k.axes()
		for _, runs := range []float64{c.here, c.even} {
			if at := x.place(runs); at <= 0 || at >= 1 {
				t.Errorf("%+v: %v runs are at %.2f of the axis", c, runs, at)
			}
			for _, line := range []Line{l, o} {
				if at := y.place(line.at(runs)); at < 0 || at > 1 {
					t.Errorf("%+v: the cost of %v runs is at %.2f of the axis", c, runs, at)
				}
			}
			if back := x.value(x.place(runs)); back < runs*0.999 || back > runs*1.001 {
				t.Errorf("%v runs are read back as %v", runs, back)
			}
		}
		if d := l.at(c.even) - o.at(c.even); d > 1e-6*l.at(c.even) || d < -1e-6*l.at(c.even) {
			t.Errorf("the lines do not meet at %v", c.even)
		}
	}
}
