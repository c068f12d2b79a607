package cutover

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The bets are what the formula says, worked out without logarithms.
func TestEvidenceIsTheFormula(t *testing.T) {
	type minute struct{ n, e [2]int64 }
	minutes := []minute{{[2]int64{30, 30}, [2]int64{1, 2}}, {[2]int64{45, 15}, [2]int64{0, 3}}, {[2]int64{10, 50}, [2]int64{2, 0}}}
	var bets stakes
	n := 0.0
	mean := 0.0
	for _, ratio := range alternatives {
		product := 1.0
		for _, m := range minutes {
			s := float64(m.n[Green]) / float64(m.n[Green]+m.n[Blue])
			q := ratio * s / (ratio*s + 1 - s)
			product *= math.Pow(q/s, float64(m.e[Green])) * math.Pow((1-q)/(1-s), float64(m.e[Blue]))
		}
		mean += product / float64(len(alternatives))
	}
	health2 := 1.0
	for _, m := range minutes {
		bets.bet(m.n, m.e)
		n += health(m.n, m.e, 2, 10)
		s := float64(m.n[Green]) / float64(m.n[Green]+m.n[Blue])
		q := 2 * s / (2*s + 1 - s)
		health2 *= math.Pow(s/q, float64(m.e[Green])) * math.Pow((1-s)/(1-q), float64(m.e[Blue]))
	}
	if got := math.Exp(bets.ln(1)); math.Abs(got-mean) > 1e-12*mean {
		t.Errorf("E is %v, want %v", got, mean)
	}
	if got := math.Exp(n); math.Abs(got-health2) > 1e-12*health2 {
		t.Errorf("N is %v, want %v", got, health2)
	}
}

// A bet is fair: if both sides fail at the same rate, a failure multiplies the evidence by 1 on average.
func TestBetsAreFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := [2]int64{rapid.Int64Range(1, 1000).Draw(t, "blue"), rapid.Int64Range(1, 1000).Draw(t, "green")}
		s := float64(n[Green]) / float64(n[Blue]+n[Green])
		var blue, green stakes
		blue.bet(n, [2]int64{1, 0})
		green.bet(n, [2]int64{0, 1})
		for i := range alternatives {
			if mean := s*math.Exp(green[i]) + (1-s)*math.Exp(blue[i]); math.Abs(mean-1) > 1e-9 {
				t.Fatalf("a failure multiplies the bet on %v by %v", alternatives[i], mean)
			}
		}
		// At the margin, N is fair.
		q := 2 * s / (2*s + 1 - s)
		mean := q*math.Exp(health(n, [2]int64{0, 1}, 2, 10)) + (1-q)*math.Exp(health(n, [2]int64{1, 0}, 2, 10))
		if math.Abs(mean-1) > 1e-9 {
			t.Fatalf("at the margin, a failure multiplies N by %v", mean)
		}
	})
}

// More failures of green are never less evidence of harm, nor more of health; more of blue never the other way.
func TestEvidenceIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := [2]int64{rapid.Int64Range(20, 100).Draw(t, "blue"), rapid.Int64Range(20, 100).Draw(t, "green")}
		e := [2]int64{rapid.Int64Range(0, 9).Draw(t, "blue failed"), rapid.Int64Range(0, 9).Draw(t, "green failed")}
		ln := func(blue, green int64) (float64, float64) {
			var k stakes
			k.bet(n, [2]int64{blue, green})
			return k.ln(1), health(n, [2]int64{blue, green}, 2, 10)
		}
		e0, n0 := ln(e[Blue], e[Green])
		e1, n1 := ln(e[Blue], e[Green]+1)
		e2, n2 := ln(e[Blue]+1, e[Green])
		if e1 < e0 || n1 > n0 || e2 > e0 || n2 < n0 {
			t.Fatalf("E %v, %v with one more of green, %v with one more of blue; N %v, %v, %v", e0, e1, e2, n0, n1, n2)
		}
	})
}

// However many messages fail alike in one minute, it is little evidence of health; and what is against it counts in full.
func TestOneMinuteIsLittleHealth(t *testing.T) {
	if got := health([2]int64{100, 100}, [2]int64{90, 90}, 2, minuteHealth); got != minuteHealth {
		t.Errorf("an outage on both sides adds %v", got)
	}
	if got := health([2]int64{100, 100}, [2]int64{0, 90}, 2, minuteHealth); got > -20 {
		t.Errorf("failures of green alone add %v", got)
	}
}

// The split tells clusters, which fall on one side as a whole, from an outage on both sides.
func TestSplit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var clusters, outages split
	for range 60 {
		for range 1 + r.IntN(2) {
			side := r.IntN(2)
			var e [2]int64
			e[side] = 3
			clusters.count(e)
		}
		outages.count([2]int64{binomial(r, 30, 0.3), binomial(r, 30, 0.3)})
	}
	if c, o := clusters.most(), outages.most(); c < 2.9 || o > overdispersed {
		t.Errorf("clusters of 3: %v, outages: %v", c, o)
	}
	var few split
	few.count([2]int64{9, 9})
	if !math.IsInf(few.most(), 1) {
		t.Error("one minute bounds the dispersion")
	}
}

func TestDispersion(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	of := func(cluster int64, traffic func(minute int) int64) float64 {
		var minutes, n, e, squares float64
		for m := range 2000 {
			of := traffic(m)
			failed := float64(binomial(r, of/cluster, 0.03) * cluster)
			minutes, n, e, squares = minutes+1, n+float64(of), e+failed, squares+failed*failed/float64(of)
		}
		return dispersion(minutes, n, e, squares)
	}
	steady := func(int) int64 { return 60 }
	bursts := func(m int) int64 {
		if m%15 == 0 {
			return 600
		}
		return 9
	}
	if one, three := of(1, steady), of(3, steady); one != 1 || three < 2.7 || three > 3.3 {
		t.Errorf("failures that come alone: %v, in clusters of 3: %v", one, three)
	}
	if one, three := of(1, bursts), of(3, bursts); one != 1 || three < 2.6 || three > 3.6 {
		t.Errorf("in bursts of traffic, failures that come alone: %v, in clusters of 3: %v", one, three)
	}
	if few := dispersion(minDispersion-1, 6000, 30, 9000); few != 1 {
		t.Errorf("%v from too few minutes", few)
	}
}

// e-BH, worked by hand: of four tenants at 5 %, the k-th largest must reach 80/k.
func TestSelect(t *testing.T) {
	ln := func(es ...float64) []float64 {
		for i := range es {
			es[i] = math.Log(es[i])
		}
		return es
	}
	for _, c := range []struct {
		es   []float64
		want []bool
	}{
		{ln(79, 1, 1, 1), []bool{false, false, false, false}},
		{ln(81, 1, 1, 1), []bool{true, false, false, false}},
		{ln(41, 1, 60, 1), []bool{true, false, true, false}},
		{ln(1, 39, 30, 28), []bool{false, true, true, true}},
		{nil, []bool{}},
	} {
		got := Select(c.es, 0.05)
		for i := range c.want {
			if got[i] != c.want[i] {
				t.Errorf("%v selects %v, want %v", c.es, got, c.want)
				break
			}
		}
	}
}

func TestExceeded(t *testing.T) {
	// 5 % expected. 10 of 100 is a likelihood ratio of at least 0.2 * (2^10 * (0.9/0.95)^90) = 1.6.
	if got := math.Exp(exceeded(10, 100, tail95, 1)); got < 1.5 || got > 10 {
		t.Errorf("%v", got)
	}
	if got := exceeded(5, 100, tail95, 1); got > 0 {
		t.Errorf("the expected share is evidence: %v", got)
	}
	if !math.IsInf(exceeded(0, 0, tail95, 1), -1) {
		t.Error("no runs are evidence")
	}
}

// A regression after a day of health is found in a time that a day's losses do not decide, and N forgets the day as well.
func TestALongTimeOfHealthHidesNothing(t *testing.T) {
	const regression = 24 * 60
	var found, doubted []int
	for seed := range uint64(11) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := newWatch(t, 0.5)
		at, held := 0, 0
		for m := range regression + 240 {
			rate := 0.01
			if m >= regression {
				rate = 0.03
			}
			w.Add(minuteOfRuns(m, 30, binomial(r, 30, 0.01), 30, binomial(r, 30, rate)))
			v := w.Assess(facts(m))
			if m == regression-1 && (v.Word == RollBack || v.HealthN > math.Log10(mostHealth)+1e-9) {
				t.Errorf("seed %d: %v, N %v before", seed, v.Word, v.HealthN)
			}
			if m >= regression && v.Word != Promote && held == 0 {
				held = m - regression + 1
			}
			if v.Word == RollBack && at == 0 {
				at = m - regression + 1
			}
		}
		found, doubted = append(found, at), append(doubted, held)
	}
	slices.Sort(found)
	slices.Sort(doubted)
	if m := found[len(found)/2]; m < 1 || m > 90 {
		t.Errorf("rolled back after %v minutes", found)
	}
	if m := doubted[len(doubted)/2]; m < 1 || m > 60 {
		t.Errorf("not promoted after %v minutes", doubted)
	}
}

// However many fresh stakes join, a fair failure leaves the evidence as it is on average.
func TestFreshBetsAreFair(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	n := [2]int64{30, 30}
	b := bets{}
	for m := range int32(1000) {
		before := b
		if m/freshAfter > before.parts[1].number { // fresh stakes join
			before.bet(n, [2]int64{}, m)
		}
		sum := math.Exp(before.ln(1))
		mean := 0.0
		for _, e := range [][2]int64{{1, 0}, {0, 1}} {
			next := before
			next.bet(n, e, m)
			mean += math.Exp(next.ln(1)) / 2
		}
		if math.Abs(mean-sum) > 1e-9*sum {
			t.Fatalf("minute %d: %v becomes %v on average", m, sum, mean)
		}
		b.bet(n, [2]int64{r.Int64N(2), r.Int64N(2)}, m)
	}
	if b.parts[1].number != 8 || b.parts[2].number != 7 {
		t.Errorf("%d, %d", b.parts[1].number, b.parts[2].number)
	}
}
