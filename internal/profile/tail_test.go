package profile

import (
	"math"
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func fitted(points ...point) *model {
	for i := range points {
		points[i].ln = math.Log(points[i].x)
	}
	m := &model{}
	m.fit(points)
	return m
}

func TestRoundUp(t *testing.T) {
	const mi, gi = migration.MiB, migration.GiB
	for in, want := range map[migration.Bytes]migration.Bytes{
		-1: 16 * mi, 0: 16 * mi, 1: 16 * mi, 16 * mi: 16 * mi, 16*mi + 1: 17 * mi, 32 * mi: 32 * mi, 32*mi + 1: 34 * mi, 64 * mi: 64 * mi,
		64*mi + 1: 80 * mi,
		1000 * mi: 1008 * mi, gi: gi, gi + 1: gi + 64*mi, 8 * gi: 8 * gi, 8*gi + 1: 8*gi + 256*mi, 100*gi + 3: 100*gi + 256*mi,
	} {
		if got := RoundUp(in); got != want {
			t.Errorf("RoundUp(%d) = %d, want %d", in, got, want)
		}
	}
}

// One run of 100 MiB for 10 s: sd is 0, so that s = 0.35, and its kernel is the
// narrowest, 1 %.
func TestTheTailOfOneRun(t *testing.T) {
	m := fitted(point{x: 100 * mib, w: 1, wt: 10})
	near(t, "mu", m.mu, math.Log(100*mib), 1e-12)
	near(t, "s", m.s, 0.35, 1e-12)
	near(t, "h", m.points[0].h, 0.01, 1e-12)
	// At the run itself half of each part lies above: (0.5 + 0.3 * 0.5)/1.3.
	share, seconds := m.over(100 * mib)
	near(t, "P(X > x)", share, 0.5, 1e-9)
	near(t, "seconds", seconds, 6.5, 1e-9)
	// One s above, the kernel is over and the prior has Q(1) = 0.158655.
	share, _ = m.over(100 * mib * math.Exp(0.35))
	near(t, "P one s above", share, 0.3*0.158655254/1.3, 1e-8)
}

// Four runs, two of 100 and two of 400 MiB: mu is ln 200 MiB, sd = ln 2, IQR = ln 4.
func TestKernelsAndSpread(t *testing.T) {
	m := fitted(point{x: 100 * mib, w: 2, wt: 20}, point{x: 400 * mib, w: 2, wt: 60})
	near(t, "mu", m.mu, math.Log(200*mib), 1e-9)
	near(t, "s", m.s, math.Sqrt(math.Ln2*math.Ln2+0.35*0.35/4), 1e-9)
	// The 0.25 sqrt(4) = 0.5th nearest run of each is its twin, at no distance.
	near(t, "h", m.points[0].h, 0.01, 1e-12)
	// Alone, each one's nearest is ln 4 away: 0.5 ln 4 = 0.69, bounded by
	// 0.5 min(ln 2, ln 4/1.349) 2^-0.2.
	m = fitted(point{x: 100 * mib, w: 1, wt: 10}, point{x: 400 * mib, w: 1, wt: 30})
	near(t, "h of two", m.points[1].h, 0.5*math.Ln2*math.Pow(2, -0.2), 1e-9)
}

func TestRetryCostAndWaste(t *testing.T) {
	x := mixture{}
	x.add(fitted(point{x: gib, w: 1, wt: 100}), 1)
	near(t, "b below", x.retry(0.5*gib), 1.1*gib, 1)
	near(t, "b above", x.retry(gib), 1.3*gib, 1)
	// At 1 GiB: 100 GiB s held; half of 1.3 of the weighted run time above it, 65 s,
	// is held again at 1.3 GiB; and 1,000 GiB s times N = 1.3 * 0.5.
	near(t, "cost", x.expect(gib).cost/gib, 100+65*1.3+650, 1e-6)
	// Wasted: what is held beyond 1 GiB, 0 s, and what kills take, 65 s at 1.3 GiB.
	near(t, "waste", x.waste(gib)/gib, 65*1.3, 1e-6)
}

// The rule keeps to the share of kills that it may expect, with as little as that
// takes where a kill is cheap.
func TestBestKeepsToItsShare(t *testing.T) {
	var points []point
	for i := range 200 {
		points = append(points, point{x: 500*mib + float64(i)*mib, w: 1, wt: 30})
	}
	x := mixture{}
	x.add(fitted(points...), 1)
	var scratch []float64
	last := math.Inf(1)
	for _, eps := range []float64{0.005, 0.01, 0.02} {
		a := x.best(eps, &scratch)
		if p := x.over(a); p > eps {
			t.Errorf("at %v: %v is exceeded by %v", eps, a/mib, p)
		}
		if a > last {
			t.Errorf("at %v: %v, more than for fewer kills", eps, a/mib)
		}
		last = a
	}
}

// One of a thousand runs needs forty times as much. To give that to each would waste
// 8 GiB times 3 s a thousand times; the retry serves it.
func TestOneOutlierInAThousandIsLeftToTheRetry(t *testing.T) {
	x := mixture{}
	x.add(fitted(point{x: 200 * mib, w: 999, wt: 2997}, point{x: 8 * gib, w: 1, wt: 3}), 1)
	var scratch []float64
	a := x.best(0.01, &scratch)
	if a < 200*mib || a > 300*mib {
		t.Errorf("the limit is %v MiB", a/mib)
	}
	if b := x.retry(a); b < 8*gib {
		t.Errorf("the retry is %v MiB, which the outlier does not fit into", b/mib)
	}
}

// Bounds: at least 300 MiB is spread over what is known from there up; without any,
// it is beyond everything. At most 300 MiB is spread over what is known below.
func TestBoundsEnterAsBounds(t *testing.T) {
	var s sketch
	s.add(100*migration.MiB, migration.Exact, 10)
	s.add(400*migration.MiB, migration.Exact, 10)
	s.add(300*migration.MiB, migration.AtLeast, 10)
	p := s.appendPoints(nil)
	if len(p) != 2 {
		t.Fatalf("%d points", len(p))
	}
	near(t, "below", p[0].w, 1, 1e-9)
	near(t, "above", p[1].w, 2, 1e-9)
	s.add(300*migration.MiB, migration.AtMost, 10)
	p = s.appendPoints(nil)
	near(t, "below, with one more at most", p[0].w, 2, 1e-9)
	near(t, "seconds", p[0].wt, 20, 1e-4)

	s.add(500*migration.MiB, migration.AtLeast, 10)
	p = s.appendPoints(nil)
	near(t, "beyond a sample", p[2].x/mib, 550, 1e-6)
	s.kill(500*migration.MiB, 10)
	p = s.appendPoints(nil)
	near(t, "beyond a kill", p[2].x/mib, 650, 1e-6)
	near(t, "runs beyond", p[2].w, 2, 1e-9)
}

func TestASketchStaysSmall(t *testing.T) {
	var s, back sketch
	const n = 4000
	for i := range n {
		x := migration.Bytes(1e6 * math.Exp(float64(i)*0.003))
		y := migration.Bytes(1e6 * math.Exp(float64(n-1-i)*0.003))
		s.add(x, migration.Exact, 1)
		back.add(y, migration.Exact, 1)
		s.add(x, migration.AtLeast, 1)
		s.add(x, migration.AtMost, 1)
	}
	if bytes := 12*(cap(s.exact)+cap(s.over)+cap(s.under)) + 80; len(s.exact) > maxBuckets || bytes > 3*4096 ||
		12*(len(s.exact)+len(s.over)+len(s.under))+80 > 4096 {
		t.Errorf("%d + %d + %d buckets", len(s.exact), len(s.over), len(s.under))
	}
	near(t, "largest", s.largest, 1e6*math.Exp((n-1)*0.003), 1)
	var runs uint32
	for i := range s.exact {
		runs += s.exact[i].runs
		if s.exact[i].index != back.exact[i].index || s.exact[i].runs != back.exact[i].runs {
			t.Fatalf("bucket %d depends on the order: %v, %v", i, s.exact[i], back.exact[i])
		}
	}
	if runs != n {
		t.Errorf("%d runs of %d", runs, n)
	}
}

// What goes by the largest peak goes by that peak, not by its bucket: 0.5 % of 40 GiB
// are more than the 32 or 128 MiB that are added to it.
func TestTheLargestPeakIsExact(t *testing.T) {
	for _, peak := range []migration.Bytes{40_000 * mi, 40_100 * mi, 40_200 * mi, 40_300 * mi, 40_390 * mi} {
		b := learnt(Settings{}, several(5, func(i int) migration.Bytes { return peak - migration.Bytes(i)*1000*mi })...)
		b.flush()
		w := b.workloads["w"]
		a, _ := b.advise(w.tenants.of("t"), w, migration.None[migration.Bytes]())
		if a.most != float64(peak) || a.limit[maxAnd32] != float64(RoundUp(peak+32*mi)) || a.limit[maxAnd128] != float64(RoundUp(peak+128*mi)) {
			t.Errorf("%d MiB: the largest is %v, with 32 MiB %v, with 128 MiB %v", peak/mi, a.most/mib, a.limit[maxAnd32]/mib,
				a.limit[maxAnd128]/mib)
		}
	}
}
