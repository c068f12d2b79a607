package profile

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

const mi = migration.MiB

func learnt(s Settings, runs ...migration.RunRecord) *Recommender {
	b := NewBook(s)
	for _, r := range runs {
		b.Observe(r)
	}
	return b
}

func several(n int, peak func(i int) migration.Bytes) []migration.RunRecord {
	runs := make([]migration.RunRecord, n)
	for i := range runs {
		runs[i] = jobRun(i, peak(i))
	}
	return runs
}

func always(peak migration.Bytes) func(int) migration.Bytes {
	return func(int) migration.Bytes { return peak }
}

func TestNothingIsLoweredBeforeTheThirdRun(t *testing.T) {
	b := NewBook(Settings{})
	if p := profileOf(b); p.Base.MemoryRequest != 0 || p.Confidence != NoConfidence || !says(p, "Not enough data") {
		t.Errorf("of nothing: %+v", p)
	}
	for i := range 2 {
		b.Observe(jobRun(i, 500*mi))
		p := profileOf(b)
		if !p.Learning || p.Base.MemoryRequest != 4*migration.GiB || !says(p, "Learning") || p.Confidence != LowConfidence {
			t.Errorf("after %d runs: %+v", i+1, p)
		}
	}
	b.Observe(jobRun(2, 500*mi))
	if p := profileOf(b); p.Learning || p.Base.MemoryRequest >= 4*migration.GiB || p.Base.MemoryRequest < 500*mi {
		t.Errorf("after three runs: %+v", p)
	}
}

func TestItIsRaisedAtOnce(t *testing.T) {
	b := learnt(Settings{}, several(20, always(500*mi))...)
	before := profileOf(b).Base.MemoryLimit
	b.Observe(jobRun(20, 2000*mi))
	if p := profileOf(b); p.Base.MemoryLimit < 2000*mi || p.Retry.MemoryLimit < 2200*mi {
		t.Errorf("from %d to %d after a run of 2000 MiB", before/mi, p.Base.MemoryLimit/mi)
	}
}

func TestAKillRaisesTheNextProfile(t *testing.T) {
	b := learnt(Settings{}, several(20, always(500*mi))...)
	was := profileOf(b).Base.MemoryLimit
	b.Observe(killedRun(20, was))
	p := profileOf(b)
	if p.Base.MemoryLimit <= was || !says(p, "killed for memory at") {
		t.Errorf("from %d to %d MiB: %q", was/mi, p.Base.MemoryLimit/mi, p.Why)
	}
	// 1.3 times what it was killed at at least.
	if p.Retry.MemoryLimit < was*13/10 {
		t.Errorf("the retry is %d MiB after a kill at %d", p.Retry.MemoryLimit/mi, was/mi)
	}
	b.Observe(killedRun(21, p.Base.MemoryLimit))
	if q := profileOf(b); q.Base.MemoryLimit <= p.Base.MemoryLimit || !says(q, "Two or more of its last 50 runs") {
		t.Errorf("from %d to %d MiB: %q", p.Base.MemoryLimit/mi, q.Base.MemoryLimit/mi, q.Why)
	}
}

// An eviction is no size problem.
func TestAnEvictionIsNoKill(t *testing.T) {
	runs := several(30, always(500*mi))
	b := learnt(Settings{}, runs...)
	was := profileOf(b).Base.MemoryLimit
	for i := range 3 {
		r := jobRun(30+i, 300*mi)
		r.Outcome = migration.OutcomeEvicted
		b.Observe(r)
	}
	if p := profileOf(b); p.Base.MemoryLimit != was || says(p, "killed") {
		t.Errorf("from %d to %d MiB: %q", was/mi, p.Base.MemoryLimit/mi, p.Why)
	}
}

func TestNewCodeStartsFresh(t *testing.T) {
	b := NewBook(Settings{})
	at := 0
	run := func(version string, peak migration.Bytes) Profile {
		r := jobRun(at, peak)
		r.Version = version
		at++
		b.Observe(r)
		return profileOf(b)
	}
	var p Profile
	for range 60 {
		p = run("sha256:a", 2000*mi)
	}
	was := p.Base.MemoryLimit
	for i := 1; i < 10; i++ {
		if p = run("sha256:b", 500*mi); p.Base.MemoryLimit != was || !says(p, "The code changed") {
			t.Fatalf("lowered to %d MiB after %d runs of new code: %q", p.Base.MemoryLimit/mi, i, p.Why)
		}
		// Stragglers of the old code do not count.
		if i == 5 {
			run("sha256:a", 3000*mi)
		}
	}
	if p = run("sha256:b", 500*mi); p.Base.MemoryLimit > 700*mi || p.JobRuns != 10 {
		t.Errorf("%d MiB after ten runs of new code, %d runs", p.Base.MemoryLimit/mi, p.JobRuns)
	}
	// Going back is noticed: the old code's peaks are learnt anew.
	for range 3 {
		p = run("sha256:a", 2000*mi)
	}
	if p.Base.MemoryLimit < 2000*mi || p.JobRuns != 1 {
		t.Errorf("%d MiB after going back, %d runs", p.Base.MemoryLimit/mi, p.JobRuns)
	}
}

// The first day of a move: nothing but Lambda. Peaks of warm environments are upper
// bounds, and what it ran in is proven.
func TestLambdaEvidenceAlone(t *testing.T) {
	b := NewBook(Settings{})
	for i := range 200 {
		bound := migration.AtMost
		if i%10 == 0 {
			bound = migration.Exact // a cold start
		}
		r := lambdaRun(i, migration.Bytes(300+i%20)*mi, 1024*mi, bound)
		r.CPUTime = migration.Some(9 * time.Second)
		b.Observe(r)
	}
	p := profileOf(b)
	if p.Learning || p.Base.MemoryLimit < 320*mi || p.Base.MemoryLimit > 512*mi || p.LambdaRuns != 200 || p.JobRuns != 0 {
		t.Errorf("%+v", p)
	}
	if p.Confidence == NoConfidence || p.Confidence == HighConfidence {
		t.Errorf("confidence %s", p.Confidence)
	}
	if p.Ceiling != migration.Some(1024*mi) || p.Evidence.Source != "cloudwatch" {
		t.Errorf("ceiling %v, evidence %v", p.Ceiling, p.Evidence)
	}
	// D = io + 9 s/(1024/1769) = 30 s: 14.45 s of waiting.
	if c := p.Base.CPURequest.Or(0); c < 50*migration.Millicore || c > migration.Core {
		t.Errorf("CPU %d", c)
	}
	if p.AttemptDeadline < 40*time.Second || p.AttemptDeadline > 10*time.Minute {
		t.Errorf("deadline %s", p.AttemptDeadline)
	}
	// Jobs take over: their peaks count, and Lambda's fade.
	for i := range 30 {
		b.Observe(jobRun(300+i, 700*mi))
	}
	if p = profileOf(b); p.Base.MemoryLimit < 700*mi || p.Base.MemoryLimit > 900*mi || says(p, "Lambda run") {
		t.Errorf("%d MiB: %q", p.Base.MemoryLimit/mi, p.Why)
	}
}

func TestTheCeilingIsProvenUnlessCensored(t *testing.T) {
	near := func(i int) migration.RunRecord { return lambdaRun(i, 250*mi, 256*mi, migration.Exact) }
	b := NewBook(Settings{})
	for i := range 20 {
		b.Observe(near(i))
	}
	if p := profileOf(b); p.Base.MemoryLimit != 256*mi || !says(p, "fitted into its 256 MiB") {
		t.Errorf("%d MiB: %q", p.Base.MemoryLimit/mi, p.Why)
	}
	b.Observe(lambdaRun(20, 256*mi, 256*mi, migration.Exact))
	if p := profileOf(b); p.Base.MemoryLimit <= 256*mi || p.Ceiling.Known() || !says(p, "came to its memory size") {
		t.Errorf("%d MiB, ceiling %v: %q", p.Base.MemoryLimit/mi, p.Ceiling, p.Why)
	}
}

func TestATimeoutOnLambdaIsNoEnd(t *testing.T) {
	b := NewBook(Settings{})
	for i := range 5 {
		r := lambdaRun(i, 200*mi, 512*mi, migration.Exact)
		r.Duration, r.Outcome = 15*time.Minute, migration.OutcomeTimedOut
		b.Observe(r)
	}
	if p := profileOf(b); p.AttemptDeadline < 2*time.Hour || !p.EndUnknown || p.Confidence > LowConfidence {
		t.Errorf("%s, confidence %s", p.AttemptDeadline, p.Confidence)
	}
}

// A deadline that cut runs off is raised.
func TestADeadlineFailureRaisesTheDeadline(t *testing.T) {
	b := learnt(Settings{}, several(30, always(500*mi))...)
	was := profileOf(b).AttemptDeadline
	r := jobRun(30, 500*mi)
	r.Duration, r.Outcome = was, migration.OutcomeTimedOut
	b.Observe(r)
	if p := profileOf(b); p.AttemptDeadline < 2*was {
		t.Errorf("from %s to %s", was, p.AttemptDeadline)
	}
}

func TestThinTenantsPool(t *testing.T) {
	b := NewBook(Settings{})
	for i := range 200 {
		r := jobRun(i, migration.Bytes(500+i%50)*mi)
		r.Key.Tenant = migration.Tenant([]string{"a", "b", "c", "d"}[i%4])
		b.Observe(r)
	}
	// One that never ran is sized as the others are.
	p := b.Profile(Ask{Workload: "w", Tenant: "new"})
	if p.Base.MemoryLimit < 550*mi || p.Base.MemoryLimit > 800*mi || p.Confidence != LowConfidence || !says(p, "over all tenants") {
		t.Errorf("%d MiB: %q", p.Base.MemoryLimit/mi, p.Why)
	}
	// One that needs little is not held up by them for ever.
	for i := range 40 {
		r := jobRun(300+i, 100*mi)
		r.Key.Tenant = "small"
		b.Observe(r)
	}
	if p = b.Profile(Ask{Workload: "w", Tenant: "small"}); p.Base.MemoryLimit > 300*mi {
		t.Errorf("%d MiB: %q", p.Base.MemoryLimit/mi, p.Why)
	}
	if p := b.Profile(Ask{Workload: "other", Tenant: "a"}); p.Base.MemoryLimit != 0 {
		t.Errorf("another workload got %d", p.Base.MemoryLimit)
	}
}

func TestSimilarInputIsAnAdviser(t *testing.T) {
	b := NewBook(Settings{})
	const gi = migration.GiB
	for i := range 120 {
		large := i%4 == 0
		r := jobRun(i, map[bool]migration.Bytes{true: 6 * gi, false: 400 * mi}[large]+migration.Bytes(i%7)*mi)
		r.InputSize = migration.Some(map[bool]migration.Bytes{true: 5 * gi, false: 100 * mi}[large])
		r.Duration = 10 * time.Minute
		b.Observe(r)
	}
	for input, most := range map[migration.Bytes]migration.Bytes{100 * mi: gi, 5 * gi: 8 * gi} {
		p := b.Profile(Ask{Workload: "w", Tenant: "t", Input: migration.Some(input)})
		if p.Base.MemoryLimit > most || p.Base.MemoryLimit < most/4 {
			t.Errorf("input %d MiB: %d MiB", input/mi, p.Base.MemoryLimit/mi)
		}
	}
	if p := profileOf(b); p.Base.MemoryLimit < 6*gi {
		t.Errorf("for any input %d MiB", p.Base.MemoryLimit/mi)
	}
}

func TestNodesAreNotOutgrownUnnoticed(t *testing.T) {
	s := Settings{Node: migration.Resources{Memory: migration.Some(migration.GiB), CPU: migration.Some(4 * migration.Core)}}
	b := learnt(s, several(20, always(3000*mi))...)
	p := profileOf(b)
	if !p.BeyondNode || p.Base.MemoryLimit < 3000*mi || len(p.Why) == 0 || p.Why[0][:26] != "No node is large enough: i" {
		t.Errorf("%+v", p)
	}
	node := s.Node.Memory
	if next, ok := RetryAfter(&p, p.Base.MemoryLimit, node); ok {
		t.Errorf("retry of %d on a node of 1 GiB", next)
	}
	small := Profile{Retry: Pod{MemoryLimit: 300 * mi}, Ceiling: migration.Some(500 * mi)}
	at := 200 * mi
	var steps []migration.Bytes
	for {
		next, ok := RetryAfter(&small, at, node)
		if !ok {
			break
		}
		steps, at = append(steps, next/mi), next
	}
	// The retry profile, the ceiling, twice as much, the node.
	if want := []migration.Bytes{300, 512, 1024}; len(steps) != 3 || steps[0] != want[0] || steps[1] != want[1] || steps[2] != want[2] {
		t.Errorf("%v", steps)
	}
}

func TestHysteresis(t *testing.T) {
	b := learnt(Settings{}, several(40, func(i int) migration.Bytes { return 1000*mi + migration.Bytes(i%5)*mi })...)
	l := b.workloads["w"].tenants.of("t")
	b.flush()
	held := l.held
	limit := func() float64 {
		got, _, _ := b.limit(l, b.workloads["w"], question{})
		return got
	}
	l.held = held * 1.04
	if got := limit(); got != l.held {
		t.Errorf("lowered by 4 %% from %v to %v", l.held, got)
	}
	l.held = held * 1.2
	if got := limit(); got != held {
		t.Errorf("%v is not lowered by 20 %% to %v", l.held, got)
	}
	// Three runs in a row that would do with a little less are enough.
	l.held = held * 1.04
	for i := range 3 {
		if got := limit(); got != held*1.04 {
			t.Errorf("lowered to %v after %d runs", got, i)
		}
		b.Observe(jobRun(40+i, 1000*mi))
		b.flush()
	}
	if got := limit(); got != held {
		t.Errorf("%v is not lowered to %v after three runs", l.held, held)
	}
}

// Charges by hand: (a - x) t where it fits, a t + (b - x) t and a kill where not.
func TestCharges(t *testing.T) {
	var c charges
	a := advice{limit: [advisers]float64{2 * gib, 0.5 * gib}, most: gib}
	c.add(&a, gib, 100, 0)
	near(t, "fits", c.of[ruleNormal].waste/gib, 100, 1e-9)
	// b = max(1.1 * 1 GiB, 1.3 * 0.5 GiB).
	near(t, "killed", c.of[ruleCareful].waste/gib, 50+10, 1e-9)
	if c.of[ruleCareful].kills != 1 || c.of[maxAnd32].missed != 1 {
		t.Errorf("%+v", c.of)
	}
	near(t, "cost of a kill", c.of[ruleCareful].cost()/gib, 20060, 1e-6)
	if by := cheapest(&a, &c, nil); by != ruleNormal {
		t.Errorf("followed %s", by)
	}
}
