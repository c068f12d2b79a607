package main

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// quick is how many watches of each scenario the test runs; the command runs 10,000.
const quick = 150

// find is a scenario by its name.
func find(t *testing.T, name string) *scenario {
	t.Helper()
	for _, g := range groups() {
		for i := range g.scenarios {
			if g.scenarios[i].name == name {
				return &g.scenarios[i]
			}
		}
	}
	t.Fatalf("no scenario %q", name)
	return nil
}

// Healthy tenants of every kind are rolled back, or called slower, in at most a few of many watches. With a seed, the counts
// are the same each time; the limits leave room for another seed.
func TestFewFalseAlarms(t *testing.T) {
	wrong, all := 0, 0
	for _, s := range falseAlarms() {
		n := quick
		if testing.Short() {
			n = quick / 3
		}
		r := study(&s, 1, n, false)
		if wrong, all = wrong+r.rollBack.watches, all+n; r.rollBack.watches > 3+n/50 || r.slower.watches > 0 {
			t.Errorf("%s: %d of %d rolled back for %v", s.name, r.rollBack.watches, n, r.rules)
		}
	}
	if float64(wrong) > 0.01*float64(all) {
		t.Errorf("%d of %d healthy watches are rolled back", wrong, all)
	}
	if r := study(find(t, "1x as long, sigma 0.8, 5 messages a minute"), 1, quick, false); r.slower.watches > 3 {
		t.Errorf("%d of %d healthy tenants are called slower", r.slower.watches, quick)
	}
}

// Regressions are found in time, and not promoted.
func TestRegressionsAreFound(t *testing.T) {
	for _, c := range []struct {
		name   string
		median int
	}{{"3x", 37}, {"10x", 5}, {"3x, outages on both in 2 % of minutes", 80}} {
		r := study(find(t, c.name), 1, quick, false)
		if r.rollBack.median == never || r.rollBack.median > c.median || r.promote.watches > 2 {
			t.Errorf("%s: rolled back %+v, promoted %+v", c.name, r.rollBack, r.promote)
		}
	}
	twice := study(find(t, "2x as long, sigma 0.8, 5 messages a minute"), 1, quick, false).slower
	if twice.median == never || twice.median > 20 {
		t.Errorf("twice as slow: %+v", twice)
	}
	for _, name := range []string{"2x", "2x, 0.2 % errors", "2x, 10 % share"} {
		if r := study(find(t, name), 1, quick, false); float64(r.promote.watches) > 0.05*quick {
			t.Errorf("%s is promoted in %d of %d watches", name, r.promote.watches, quick)
		}
	}
	for _, s := range shapes() {
		// A green side that has outages of its own fails more. A blue side of 6 messages a minute hides its outages.
		if s.outages.on == greenAlone || s.share == 0.9 && s.outages.on == blueAlone {
			continue
		}
		n := quick
		if testing.Short() {
			n = quick / 3
		}
		r := study(&s, 3, n, false)
		if limit := float64(n) / 50; s.ratio == 1 && float64(r.rollBack.watches) > 1+limit {
			t.Errorf("%s: %d of %d rolled back for %v", s.name, r.rollBack.watches, n, r.rules)
		} else if s.ratio > 1 && float64(r.promote.watches) > 1+2.5*limit {
			t.Errorf("%s is promoted in %d of %d watches", s.name, r.promote.watches, n)
		}
	}
	if r := study(find(t, "1x"), 1, quick, false); r.promote.watches < quick/2 {
		t.Errorf("a healthy tenant is promoted in %d of %d watches", r.promote.watches, quick)
	}
}

// The same seed gives the same report, however many processors share the work, and another seed another one.
func TestTheReportIsReproducible(t *testing.T) {
	s := find(t, "2x")
	a, b, c := study(s, 1, 20, true), study(s, 1, 20, true), study(s, 2, 20, true)
	if !reflect.DeepEqual(a, b) || reflect.DeepEqual(a, c) {
		t.Errorf("%+v\n%+v\n%+v", a, b, c)
	}
	var out bytes.Buffer
	report(&out, 1, 10, "10x")
	for _, p := range peers() {
		if !strings.Contains(out.String(), p.name) {
			t.Errorf("no column %q", p.name)
		}
	}
}

// The generators have the means that they are asked for.
func TestWorld(t *testing.T) {
	w := &world{scenario: &scenario{}, r: rand.New(rand.NewPCG(1, 1))}
	const n = 20_000
	var k, p int64
	for range n {
		k += w.binomial(60, 0.02)
		p += w.poisson(7.5)
	}
	if mean := float64(k) / n; math.Abs(mean-1.2) > 0.03 {
		t.Errorf("binomial: %v, want 1.2", mean)
	}
	if mean := float64(p) / n; math.Abs(mean-7.5) > 0.1 {
		t.Errorf("Poisson: %v, want 7.5", mean)
	}
	if got := w.binomial(10, 0.999999); got != 10 {
		t.Errorf("%d of 10", got)
	}
}

// Mann-Whitney's interval, checked against pairs counted by hand: the estimate is the median of all differences.
func TestMannWhitney(t *testing.T) {
	control, experiment := []float64{1, 2, 3, 4, 5, 6, 7}, []float64{11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5}
	estimate, ok := shift(control, experiment, 0)
	lower, ok2 := shift(control, experiment, 2.326)
	upper, ok3 := shift(control, experiment, -2.326)
	if !ok || !ok2 || !ok3 || math.Abs(estimate-10.5) > 0.51 || !(lower < estimate && estimate < upper) || lower < 6 || upper > 15 {
		t.Errorf("%v to %v, estimate %v", lower, upper, estimate)
	}
	zeros := []float64{0, 0, 0, 0, 0, 0, 0.01, 0.02}
	if others := []float64{0, 0, 0, 0, 0, 0.01, 0.015, 0.025}; isHigh(zeros, others) || isHigh(others, zeros) {
		t.Error("rates that are mostly 0 differ")
	}
	if !isHigh(control, experiment) || isHigh(experiment, control) || isHigh(control, control) || isHigh(nil, control) {
		t.Error("a clear shift is not seen, or seen where there is none")
	}
}
