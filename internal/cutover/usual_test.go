package cutover

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// The limits of an ordinary minute, against the table of the Poisson distribution.
func TestPoissonQuantile(t *testing.T) {
	for _, c := range []struct{ mean, want float64 }{{0, 0}, {0.004, 0}, {0.06, 1}, {0.3, 2}, {0.9, 4}, {5, 12}, {99, 126}, {100, 126}} {
		if got := poissonQuantile(c.mean); got != c.want {
			t.Errorf("of a mean of %v: %v, want %v", c.mean, got, c.want)
		}
	}
}

// Outages move the usual rate little, clusters are part of it, and a lasting change becomes usual.
func TestUsual(t *testing.T) {
	after := func(minutes int, failed func(m int, r *rand.Rand) int64) *usual {
		r, u := rand.New(rand.NewPCG(1, 2)), usual{}
		for m := range minutes {
			u.count(60, failed(m, r))
		}
		return &u
	}
	alone := func(_ int, r *rand.Rand) int64 { return binomial(r, 60, 0.01) }
	outages := func(m int, r *rand.Rand) int64 {
		if m%20 == 10 {
			return 20
		}
		return alone(m, r)
	}
	long := func(m int, r *rand.Rand) int64 {
		if m >= 80 && m < 110 {
			return 20
		}
		return alone(m, r)
	}
	for name, failed := range map[string]func(int, *rand.Rand) int64{"alone": alone, "outages": outages, "a long outage": long} {
		u := after(120, failed)
		if rate := u.e / u.n; rate < 0.008 || rate > 0.022 {
			t.Errorf("%s: a rate of %.4f, want about 0.01", name, rate)
		}
		if !u.burst([2]int64{30, 30}, [2]int64{9, 9}, 2) || !u.burst([2]int64{30, 30}, [2]int64{9, 0}, 2) ||
			u.burst([2]int64{30, 30}, [2]int64{1, 1}, 2) {
			t.Errorf("%s: an outage is ordinary, or a failure is not", name)
		}
	}
	if d := after(600, func(_ int, r *rand.Rand) int64 { return 3 * binomial(r, 20, 0.01) }).dispersion(); d < 2.4 || d > 3.5 {
		t.Errorf("clusters of 3: %v", d)
	}
	if u := after(2000, func(m int, r *rand.Rand) int64 { return binomial(r, 60, 0.01+0.09*float64(m/200)/10) }); u.burst(
		[2]int64{30, 30}, [2]int64{3, 3}, 2) {
		t.Errorf("a rate that grew to 9 %% is not usual: %+v", *u)
	}
	if (&usual{}).burst([2]int64{30, 30}, [2]int64{30, 30}, 2) {
		t.Error("a burst of nothing known")
	}
}

// An outage on both sides, or on blue alone, adds nothing to the evidence of health; failures of green take away.
func TestOutagesAreNoHealth(t *testing.T) {
	health := func(blue, green int64) float64 {
		w := newWatch(t, 0.5)
		for m := -120; m < 0; m++ {
			w.Add(minuteOfRuns(m, 60, int64(m&1), 0, 0))
		}
		for m := range 10 {
			w.Add(minuteOfRuns(m, 30, blue, 30, green))
		}
		return w.Assess(facts(9)).HealthN
	}
	if both, blue := health(15, 10), health(15, 0); both != 0 || blue != 0 {
		t.Errorf("outages add %v and %v", both, blue)
	}
	if one, green := health(1, 0), health(1, 8); one <= 0 || green >= 0 {
		t.Errorf("a failure of blue adds %v, a burst on green %v", one, green)
	}
}

// PROMOTE stands where N falls a little below what it reached, and ends where it falls far.
func TestAProvenHealthStands(t *testing.T) {
	w := newWatch(t, 0.5)
	m := 0
	feed := func(minutes int, blue, green int64) Verdict {
		for range minutes {
			w.Add(minuteOfRuns(m, 30, blue, 30, green))
			m++
		}
		return w.Assess(facts(m - 1))
	}
	v := feed(29, 1, 1)
	for v.HealthN < math.Log10(HealthE) {
		v = feed(1, 1, 1)
	}
	if v = feed(2, 0, 2); v.Word != Promote || v.HealthN >= math.Log10(HealthE) || v.HealthN < 0.3 {
		t.Fatalf("%v, N %v after a few failures", v.Word, v.HealthN)
	}
	f := facts(m - 1)
	if reason := w.Reason(f, &v); !strings.Contains(reason, "N has reached 20 and is ") {
		t.Error(reason)
	}
	if v = feed(3, 0, 2); v.Word != OnHold || !v.Holds.Has(NeedEvidence) {
		t.Errorf("%v, N %v after more", v.Word, v.HealthN)
	}
}

// With failures in clusters, more messages without one are needed.
func TestClustersNeedMoreMessages(t *testing.T) {
	promoted := func(cluster int) (at int) {
		w := newWatch(t, 0.5)
		for m := -120; m < 0; m++ {
			var failed int64
			if m%(20*cluster) == 0 {
				failed = int64(cluster)
			}
			w.Add(minuteOfRuns(m, 60, failed, 0, 0))
		}
		for m := range 400 {
			w.Add(minuteOfRuns(m, 30, 0, 30, 0))
			if w.Assess(facts(m)).Word == Promote {
				return m + 1
			}
		}
		return 0
	}
	if one, three := promoted(1), promoted(3); one != 40 || three < 2*one || three > 4*one {
		t.Errorf("promoted after %d and %d minutes", one, three)
	}
}

// Chernoff's bound is over the probability, and not by far where it decides.
func TestTail(t *testing.T) {
	for _, c := range []struct {
		k, n int64
		p    float64
	}{{5, 5, 0.41}, {9, 10, 0.5}, {45, 50, 0.7}} {
		exact := 0.0
		for k := c.k; k <= c.n; k++ {
			a, _ := math.Lgamma(float64(c.n + 1))
			b, _ := math.Lgamma(float64(k + 1))
			d, _ := math.Lgamma(float64(c.n - k + 1))
			exact += math.Exp(a - b - d + float64(k)*math.Log(c.p) + float64(c.n-k)*math.Log1p(-c.p))
		}
		if got := math.Exp(lnTail(c.k, c.n, c.p)); got < exact*(1-1e-9) || got > 6*exact {
			t.Errorf("%d of %d at %v: %v, want %v", c.k, c.n, c.p, got, exact)
		}
	}
	if lnTail(1, 5, 0.5) != 0 {
		t.Error("fewer than expected are unlikely")
	}
}
