package profile

import (
	"math"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// r* = sqrt(cpu mem / (io ratio)): 90 s of computing, 10 s of waiting, 4 GiB at 9 to 1
// are sqrt(90*4/(10*9)) = 2, within four threads.
func TestTheCheapestCPU(t *testing.T) {
	none := migration.None[time.Duration]()
	in := func(s float64) migration.Opt[time.Duration] { return migration.Some(time.Duration(s * 1e9)) }
	for name, c := range map[string]struct {
		m      machine
		gibs   float64
		target migration.Opt[time.Duration]
		want   float64
		met    bool
	}{
		"the formula":           {machine{io: 10, cpu: 90, threads: 4}, 4, none, 2, true},
		"no more than it uses":  {machine{io: 10, cpu: 90, threads: 1}, 4, none, 1, true},
		"half the mean use":     {machine{io: 1, cpu: 99, threads: 1}, 0.001, none, 0.5, true}, // 99/100/2 = 0.495
		"never under 50 m":      {machine{io: 100, cpu: 0.001, threads: 1}, 0.1, none, 0.05, true},
		"it only computes":      {machine{io: 0, cpu: 50, threads: 3}, 4, none, 3, true},
		"a target":              {machine{io: 10, cpu: 90, threads: 4}, 4, in(40), 3, true}, // 90/(40 - 10)
		"rounded up":            {machine{io: 10, cpu: 90, threads: 4}, 4, in(38.9), 3.15, true},
		"a target out of reach": {machine{io: 10, cpu: 90, threads: 4}, 4, in(12), 4, false},
		"a target below io":     {machine{io: 10, cpu: 90, threads: 4}, 4, in(9), 4, false},
	} {
		got, met := c.m.request(c.gibs, 9, c.target)
		if math.Abs(got-c.want) > 1e-9 || met != c.met {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, met, c.want, c.met)
		}
	}
}

// D = 2 + 8/min(1, M/1769): at 885 MB half a core.
func TestTwoMemorySizesTellWaitingFromComputing(t *testing.T) {
	sizes := []lambdaSize{}
	for _, mb := range []float64{442.25, 884.5, 1769} {
		d := 2 + 8/min(1, mb/1769)
		sizes = append(sizes, lambdaSize{migration.Bytes(mb * mib), 10, 10 * d})
	}
	m, ok := ofSizes(sizes)
	if !ok || !m.sure {
		t.Fatal("not found")
	}
	near(t, "io", m.io, 2, 1e-6)
	near(t, "cpu", m.cpu, 8, 1e-6)
	near(t, "threads", m.threads, 1, 0)
	if _, ok := ofSizes(sizes[:1]); ok {
		t.Error("one size tells both")
	}
	// Two threads: beyond one vCPU it gets faster still.
	sizes = nil
	for _, mb := range []float64{884.5, 1769, 3538, 7076} {
		sizes = append(sizes, lambdaSize{migration.Bytes(mb * mib), 10, 10 * (1 + 6/min(2, mb/1769))})
	}
	m, _ = ofSizes(sizes)
	near(t, "io of two threads", m.io, 1, 1e-6)
	near(t, "cpu of two threads", m.cpu, 6, 1e-6)
	near(t, "two threads", m.threads, 2, 0)
}

// From one size alone: what it had keeps it as fast, and both ends are named.
func TestOneMemorySizeGivesBothEnds(t *testing.T) {
	b := NewBook(Settings{})
	for i := range 5 {
		r := lambdaRun(i, 100*migration.MiB, 1769*migration.MiB, migration.AtMost)
		b.Observe(r)
	}
	p := b.Profile(Ask{Workload: "w", Tenant: "t"})
	if got := p.Base.CPURequest.Or(0); got != migration.Core {
		t.Errorf("CPU %d", got)
	}
	if !says(p, "50m would do if it only waits") {
		t.Errorf("%q", p.Why)
	}
}

func TestGuardLimit(t *testing.T) {
	for in, want := range map[migration.CPU]migration.CPU{
		50 * migration.Millicore: migration.Core, 500 * migration.Millicore: migration.Core,
		550 * migration.Millicore: 2 * migration.Core, 2 * migration.Core: 4 * migration.Core,
	} {
		if got := GuardLimit(in); got != want {
			t.Errorf("GuardLimit(%d) = %d, want %d", in, got, want)
		}
	}
}

// backoff = clamp(ceil(ln 0.001/ln p) - 1, 0, 6) with p = (failed + 0.5)/(ended + 1).
func TestBackoff(t *testing.T) {
	for _, c := range []struct {
		failed, ended int
		want          int32
	}{
		{0, 0, 6},    // nothing known: Kubernetes' own
		{0, 1000, 0}, // p = 0.0005: the first attempt is enough
		{0, 99, 1},   // p = 0.005: 6.91/5.30 = 1.3
		{9, 94, 2},   // p = 0.1: 3
		{49, 98, 6},  // p = 0.5: 9.97, cut at 6
		{10, 10, 6},
	} {
		if got := backoff(c.failed, c.ended); got != c.want {
			t.Errorf("backoff(%d, %d) = %d, want %d", c.failed, c.ended, got, c.want)
		}
	}
}

// Three attempts of 100 s, each with 60 s of start-up, and waits of 10 and 20 s.
func TestTheDeadlineCoversAllAttempts(t *testing.T) {
	if got := total(100*time.Second, 2, time.Minute); got != 510*time.Second {
		t.Errorf("%s", got)
	}
	// Waits stop growing at six minutes: 10, 20, 40, 80, 160, 320, 360.
	if got := total(0, 7, 0); got != 990*time.Second {
		t.Errorf("%s", got)
	}
	for _, c := range []struct {
		runs   int
		spread float64 // of ln t
		k      float64
		least  time.Duration
	}{
		{1, 0, 10, time.Hour},
		{19, 3, 10, time.Hour},
		{20, 0, 5, 30 * time.Minute},
		{99, 0.8, 5, 30 * time.Minute},
		{99, 1, math.Exp(2), 30 * time.Minute},
		{99, 2, 10, 30 * time.Minute},
		{100, 0.5, 3, time.Minute},
		{100, 0.9, math.Exp(1.8), time.Minute},
		{100_000, 5, 10, time.Minute},
	} {
		if k, least := slack(c.runs, c.spread); math.Abs(k-c.k) > 1e-9 || least != c.least {
			t.Errorf("slack(%d, %v) = %v, %s", c.runs, c.spread, k, least)
		}
	}
}

// What decides is what is said: the longest run, or how few there were.
func TestADeadlineSaysWhatItIsFrom(t *testing.T) {
	for _, c := range []struct {
		runs int
		took time.Duration
		want string
	}{
		{10, 30 * time.Second, "An attempt has 1h00, the least while few runs were seen"},
		{10, 10 * time.Minute, "An attempt has 1h40, from the longest run seen"},
		{50, 30 * time.Second, "An attempt has 30 min, the least while few runs were seen"},
		{200, 30 * time.Second, "An attempt has 1m30, from the longest run seen"},
		{200, 3 * time.Second, "An attempt has 1 min, the least;"},
	} {
		runs := several(c.runs, always(100*migration.MiB))
		for i := range runs {
			runs[i].Duration = c.took
		}
		if p := profileOf(learnt(Settings{}, runs...)); !says(p, c.want) {
			t.Errorf("%d runs of %s: %q", c.runs, c.took, p.Why)
		}
	}
}

func TestLoadsSetTTLAndParallelism(t *testing.T) {
	b := NewBook(Settings{Quota: migration.Some(10 * migration.GiB)})
	for i := range 20 {
		b.Observe(jobRun(i, 968*migration.MiB)) // 30 s each; 1000 MiB is 1008 MiB
	}
	ask := Ask{Workload: "w", Tenant: "t", Load: Load{PeakRate: migration.Some(0.1), Concurrent: migration.Some(100)}}
	p := b.Profile(ask)
	// 1.2 * 0.1/s * 30 s = 3.6 at once.
	if p.Parallelism != migration.Some(int32(4)) || p.TTL != time.Hour {
		t.Errorf("%v at once, TTL %s", p.Parallelism, p.TTL)
	}
	ask.Load.PeakRate = migration.Some(10.0)
	p = b.Profile(ask)
	// The quota holds as many as fit; 5,000 Jobs at 10/s last 500 s.
	if want := int32(10 * migration.GiB / p.Base.MemoryRequest); p.Parallelism != migration.Some(want) || p.TTL != 500*time.Second {
		t.Errorf("%v at once, want %d; TTL %s", p.Parallelism, want, p.TTL)
	}
	ask.Load.Concurrent = migration.Some(3)
	if p = b.Profile(ask); p.Parallelism != migration.Some(int32(3)) {
		t.Errorf("%v at once", p.Parallelism)
	}
}
