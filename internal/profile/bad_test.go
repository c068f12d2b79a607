package profile

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Histories that go wrong. Each gives a sane profile: what all but one in a hundred
// runs needed at least, and no more than twice what any did.
func TestStrangeHistories(t *testing.T) {
	for name, c := range map[string]struct {
		runs        []migration.RunRecord
		least, most migration.Bytes
	}{
		"constant": {several(100, always(700*mi)), 700 * mi, 832 * mi},
		"three":    {several(3, always(700*mi)), 700 * mi, 1400 * mi},
		"a leak":   {several(200, func(i int) migration.Bytes { return migration.Bytes(200+5*i) * mi }), 1195 * mi, 2400 * mi},
		"bimodal": {
			several(200, func(i int) migration.Bytes { return []migration.Bytes{100, 100, 100, 3000}[i%4] * mi }), 3000 * mi,
			4500 * mi,
		},
		"one in 1,000": {
			several(1000, func(i int) migration.Bytes { return map[bool]migration.Bytes{true: 8000, false: 200}[i == 500] * mi }),
			200 * mi, 8512 * mi,
		},
		"a tiny process": {several(50, always(1)), 16 * mi, 192 * mi},
	} {
		p := profileOf(learnt(Settings{}, c.runs...))
		if got := p.Base.MemoryLimit; got < c.least || got > c.most || p.Base.MemoryRequest != got || p.Retry.MemoryLimit <= got {
			t.Errorf("%s: %d MiB, retry %d MiB; want %d to %d MiB", name, got/mi, p.Retry.MemoryLimit/mi, c.least/mi, c.most/mi)
		}
		if p.FailureRate.Or(0) < 0 || p.FailureRate.Or(0) > 0.1 || p.AttemptDeadline < time.Minute || p.Deadline < p.AttemptDeadline {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// Whatever the base leaves out fits into the retry.
func TestTheOutlierFitsIntoTheRetry(t *testing.T) {
	p := profileOf(learnt(Settings{}, several(1000,
		func(i int) migration.Bytes { return map[bool]migration.Bytes{true: 8000, false: 200}[i == 500] * mi })...))
	if p.Retry.MemoryLimit < 8000*mi {
		t.Errorf("retry %d MiB", p.Retry.MemoryLimit/mi)
	}
}

func TestUnknownsStayUnknown(t *testing.T) {
	r := jobRun(0, 0)
	r.Peak, r.CPUTime, r.Given, r.Duration = migration.None[migration.Bytes](), migration.None[time.Duration](), migration.Given{}, 0
	p := profileOf(learnt(Settings{}, r, r, r, r))
	if p.Base.MemoryRequest != 0 || p.Base.CPURequest.Known() || p.Deadline != 0 || p.Confidence != NoConfidence || p.Saving.Known() ||
		p.Waste.Known() {
		t.Errorf("%+v", p)
	}
	// Durations alone are something, but no memory.
	b := NewBook(Settings{})
	for i := range 5 {
		r := jobRun(i, 0)
		r.Peak = migration.None[migration.Bytes]()
		b.Observe(r)
	}
	if p := profileOf(b); p.Base.MemoryRequest != 4*migration.GiB || !says(p, "Memory is what runs have now") || p.AttemptDeadline == 0 {
		t.Errorf("%+v", p)
	}
}

// Sampled peaks are lower bounds: the limit stays above them, and says so.
func TestSampledPeaksAreLowerBounds(t *testing.T) {
	b := NewBook(Settings{})
	for i := range 30 {
		r := jobRun(i, migration.Bytes(400+i)*mi)
		r.PeakBound = migration.AtLeast
		b.Observe(r)
	}
	p := profileOf(b)
	if p.Base.MemoryLimit < 430*mi || p.Confidence != LowConfidence || !says(p, "sampled") {
		t.Errorf("%d MiB, %s: %q", p.Base.MemoryLimit/mi, p.Confidence, p.Why)
	}
}

// The advisers are charged by peaks that are only as large as somebody saw them: the
// tight ones look better than they are. What runs now is not lowered on their word
// below what the rule of the mode asks for.
func TestSampledPeaksFlatterNobody(t *testing.T) {
	for n := range 30 {
		b := NewBook(Settings{})
		for i := range n {
			r := jobRun(i, migration.Bytes(600+170*(i*7%11))*mi)
			r.PeakBound = migration.AtLeast
			b.Observe(r)
		}
		p := b.Profile(Ask{Workload: "w", Tenant: "t"})
		if p.Base.MemoryLimit < 4*migration.GiB && p.FailureRate.Or(0) > 0.01+1e-9 {
			t.Errorf("after %d runs %d MiB, of which %.1f %% are killed", n, p.Base.MemoryLimit/mi, 100*float64(p.FailureRate.Or(0)))
		}
	}
}

// A clock that goes back, or a run without a duration, breaks nothing.
func TestAClockThatGoesBack(t *testing.T) {
	b := NewBook(Settings{})
	for i := range 20 {
		r := jobRun(20-i, 500*mi)
		if i%3 == 0 {
			r.Duration = -time.Second
		}
		b.Observe(r)
	}
	if p := profileOf(b); p.Base.MemoryLimit < 500*mi || p.JobRuns != 20 || p.AttemptDeadline < time.Minute {
		t.Errorf("%+v", p)
	}
}

// Two peaks many powers of ten apart widen each other's kernels to hundreds of times their size: still
// no more is asked for than four times the largest peak.
func TestPeaksFarApartAskForNothingAbsurd(t *testing.T) {
	for _, mode := range []Mode{Lean, Normal, Careful} {
		p := profileOf(learnt(Settings{Mode: mode}, jobRun(0, 1), jobRun(1, 18*migration.GiB)))
		if p.Base.MemoryLimit > 4*18*migration.GiB+migration.GiB || p.Retry.MemoryLimit <= p.Base.MemoryLimit {
			t.Errorf("%s: %s, retry %s", mode, Size(p.Base.MemoryLimit), Size(p.Retry.MemoryLimit))
		}
	}
}
