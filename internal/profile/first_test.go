package profile

import (
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// The first two runs count where no burst is under way.
func TestTheFirstRunsCount(t *testing.T) {
	const gi = migration.GiB
	calm := migration.Some(0)
	sampled := func(r *migration.RunRecord) { r.PeakBound = migration.AtLeast }
	for name, c := range map[string]struct {
		peaks    []migration.Bytes
		underWay migration.Opt[int]
		change   func(*migration.RunRecord)
		want     migration.Bytes
	}{
		"one run, twice its peak":        {[]migration.Bytes{500 * mi}, calm, nil, 1152 * mi},
		"two runs, half as much again":   {[]migration.Bytes{500 * mi, 400 * mi}, calm, nil, 880 * mi},
		"at most what it requests":       {[]migration.Bytes{3 * gi}, calm, nil, 4 * gi},
		"as many under way as ended":     {[]migration.Bytes{500 * mi}, migration.Some(1), nil, 1152 * mi},
		"more under way than ended":      {[]migration.Bytes{500 * mi}, migration.Some(2), nil, 4 * gi},
		"more under way than two":        {[]migration.Bytes{500 * mi, 500 * mi}, migration.Some(3), nil, 4 * gi},
		"nobody knows what is under way": {[]migration.Bytes{500 * mi}, migration.None[int](), nil, 4 * gi},
		"a sample is a lower bound":      {[]migration.Bytes{500 * mi}, calm, sampled, 4 * gi},
		"an upper bound is enough to know": {
			[]migration.Bytes{500 * mi},
			calm, func(r *migration.RunRecord) { r.PeakBound = migration.AtMost },
			1152 * mi,
		},
		"it failed": {
			[]migration.Bytes{500 * mi},
			calm,
			func(r *migration.RunRecord) { r.Outcome = migration.OutcomeFailed }, 4 * gi,
		},
	} {
		b := NewBook(Settings{})
		for i, peak := range c.peaks {
			r := jobRun(i, peak)
			if c.change != nil {
				c.change(&r)
			}
			b.Observe(r)
		}
		p := b.Profile(Ask{Workload: "w", Tenant: "t", UnderWay: c.underWay})
		// An upper bound is known to a bucket's width.
		if d := p.Base.MemoryLimit - c.want; d < -16*mi || d > 16*mi || !p.Learning || p.Confidence != LowConfidence ||
			p.Retry.MemoryLimit <= p.Base.MemoryLimit {
			t.Errorf("%s: %d MiB, retry %d, want %d: %q", name, p.Base.MemoryLimit/mi, p.Retry.MemoryLimit/mi, c.want/mi, p.Why)
		}
		if lowered := p.Base.MemoryLimit < 4*gi; lowered != says(p, "Learning, from ") || lowered == says(p, "nothing is lowered yet") {
			t.Errorf("%s: %q", name, p.Why)
		}
	}
}

func TestTheFirstRunsOfNewCodeDoNotLower(t *testing.T) {
	b := NewBook(Settings{})
	for i := range 30 {
		r := jobRun(i, 3000*mi)
		r.Version = "1"
		b.Observe(r)
	}
	was := profileOf(b).Base.MemoryLimit
	r := jobRun(30, 100*mi)
	r.Version = "2"
	b.Observe(r)
	if p := b.Profile(Ask{Workload: "w", Tenant: "t", UnderWay: migration.Some(0)}); p.Base.MemoryLimit != was {
		t.Errorf("from %d to %d MiB after one run of new code", was/mi, p.Base.MemoryLimit/mi)
	}
	b = learnt(Settings{}, jobRun(0, 100*mi), killedRun(1, 300*mi))
	if p := b.Profile(Ask{Workload: "w", Tenant: "t", UnderWay: migration.Some(0)}); p.Base.MemoryLimit <= 300*mi {
		t.Errorf("%d MiB after a kill at 300", p.Base.MemoryLimit/mi)
	}
}

// In a burst the shortest runs end first: later too, nothing is lowered under the largest
// peak + 128 MiB.
func TestABurstLowersLess(t *testing.T) {
	b := learnt(Settings{}, several(10, always(500*mi))...)
	calm := b.Profile(Ask{Workload: "w", Tenant: "t", UnderWay: migration.Some(10)})
	burst := b.Profile(Ask{Workload: "w", Tenant: "t", UnderWay: migration.Some(11)})
	if calm.Base.MemoryLimit >= 600*mi || burst.Base.MemoryLimit != 640*mi || !says(burst, "11 runs are under way and 10 have ended") ||
		says(calm, "under way") {
		t.Errorf("%d MiB, in a burst %d: %q", calm.Base.MemoryLimit/mi, burst.Base.MemoryLimit/mi, burst.Why)
	}
}

// A replay learns what a run needed when its retry has ended, not before: what it was
// recommended would have killed it.
func TestAReplayLearnsOfAKillFirst(t *testing.T) {
	var trace Pasts
	for i := range 30 {
		trace = append(trace, Past{jobRun(i, 500*mi), true})
	}
	trace[20].Peak = migration.Some(2000 * mi) // it takes half a minute, and so does its retry
	limits := make([]migration.Bytes, len(trace))
	Replay(Settings{}, trace, func(i int, p *Profile) { limits[i] = p.Base.MemoryLimit })
	if limits[20] >= 2000*mi {
		t.Fatalf("%d MiB before the run", limits[20]/mi)
	}
	// After the kill it is known to need more, and after the retry how much.
	if limits[21] <= limits[20] || limits[21] >= 2000*mi || limits[22] <= limits[21] {
		t.Errorf("%d MiB, then %d and %d", limits[20]/mi, limits[21]/mi, limits[22]/mi)
	}
}
