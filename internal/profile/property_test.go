package profile

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// drawRuns draws a history as files and sources tell it: of few workloads and tenants, of
// both platforms, with unknowns, bounds, failures and kills, ends of equal times among
// them.
func drawRuns(t *rapid.T, most int) []migration.RunRecord {
	n := rapid.IntRange(0, most).Draw(t, "runs")
	runs := make([]migration.RunRecord, n)
	for i := range runs {
		r := jobRun(rapid.IntRange(0, n/2).Draw(t, "minute"), migration.Bytes(rapid.Int64Range(1, 1<<36).Draw(t, "peak")))
		r.ID = fmt.Sprint(i)
		r.Key.Workload = rapid.SampledFrom([]migration.Workload{"w", "v"}).Draw(t, "workload")
		r.Key.Tenant = rapid.SampledFrom([]migration.Tenant{"t", "u", ""}).Draw(t, "tenant")
		r.Key.Platform = rapid.SampledFrom([]migration.Platform{migration.Jobs, migration.Jobs, migration.Lambda}).Draw(t, "platform")
		r.Outcome = migration.Outcome(rapid.IntRange(0, 5).Draw(t, "outcome"))
		r.PeakBound = migration.Bound(rapid.IntRange(0, 2).Draw(t, "bound"))
		r.Version = rapid.SampledFrom([]string{"", "", "1", "2"}).Draw(t, "version")
		if rapid.Bool().Draw(t, "no peak") {
			r.Peak = migration.None[migration.Bytes]()
		}
		if rapid.Bool().Draw(t, "no CPU time") {
			r.CPUTime = migration.None[time.Duration]()
		}
		if rapid.Bool().Draw(t, "nothing given") {
			r.Given = migration.Given{}
		}
		runs[i] = r
	}
	return runs
}

func encoded(t *rapid.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Whatever is seen, profiles are whole: sizes in steps, limits no lower than requests,
// retries above, shares between 0 and 1, deadlines that cover an attempt, reasons.
func TestProfilesAreWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Settings{
			Mode: Mode(rapid.IntRange(0, 2).Draw(t, "mode")), LimitCPU: rapid.Bool().Draw(t, "limit CPU"),
			Node: migration.Resources{Memory: migration.Some(8 * migration.GiB)},
		}
		b := learnt(s, drawRuns(t, 60)...)
		all := b.Profiles(nil)
		classes := b.Classify(all, 0)
		for i := range all {
			p := &all[i]
			if len(p.Why) == 0 || math.IsNaN(float64(p.FailureRate.Or(0))) || p.FailureRate.Or(0) < 0 || p.FailureRate.Or(0) > 1 {
				t.Fatalf("%+v", p)
			}
			if p.Confidence == NoConfidence && p.JobRuns+p.LambdaRuns == 0 {
				t.Fatalf("a profile of no run: %+v", p)
			}
			if p.Base.MemoryRequest == 0 {
				continue
			}
			if p.Base.MemoryLimit < p.Base.MemoryRequest || p.Retry.MemoryLimit <= p.Base.MemoryLimit ||
				p.BeyondNode != (p.Base.MemoryRequest > 8*migration.GiB) {
				t.Fatalf("%+v", p)
			}
			if p.Deadline < p.AttemptDeadline || p.AttemptDeadline != 0 && p.AttemptDeadline < time.Minute || p.TTL < 4*time.Minute ||
				p.BackoffLimit < 0 || p.BackoffLimit > 6 {
				t.Fatalf("%+v", p)
			}
			if c, ok := p.Base.CPURequest.Get(); ok && (c < 50*migration.Millicore || c%(50*migration.Millicore) != 0) {
				t.Fatalf("CPU %d", c)
			}
		}
		members := 0
		for _, c := range classes.Classes {
			members += c.Members
		}
		sized := 0
		for i := range all {
			if all[i].Class != "" {
				sized++
			}
		}
		if members != sized {
			t.Fatalf("%d members of classes, %d profiles with one", members, sized)
		}
	})
}

// The same runs give the same bytes, and runs that ended at the same instant may come
// in any order.
func TestTheOrderOfTiesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		runs := drawRuns(t, 40)
		slices.SortStableFunc(runs, func(a, b migration.RunRecord) int { return a.Started.Compare(b.Started) })
		mixed := slices.Clone(runs)
		for i := 0; i < len(mixed); {
			j := i
			for j < len(mixed) && mixed[j].Started.Equal(mixed[i].Started) {
				j++
			}
			copy(mixed[i:j], rapid.Permutation(slices.Clone(mixed[i:j])).Draw(t, "order"))
			i = j
		}
		a, b := encoded(t, learnt(Settings{}, runs...).Profiles(nil)), encoded(t, learnt(Settings{}, mixed...).Profiles(nil))
		if a != b {
			t.Fatalf("in another order of equal ends:\n%s\n%s", a, b)
		}
	})
}

// Never under what was seen to be needed: with few runs all of it, with many what all
// but the accepted share needed; what is beyond fits into the retry.
func TestNeverUnderWhatWasNeeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 400).Draw(t, "n")
		spread := rapid.Float64Range(0, 1.5).Draw(t, "spread")
		mode := Mode(rapid.IntRange(0, 2).Draw(t, "mode"))
		peaks := make([]migration.Bytes, n)
		b := NewBook(Settings{Mode: mode})
		for i := range peaks {
			peaks[i] = migration.Bytes(3e8 * math.Exp(spread*rapid.Float64Range(-2, 2).Draw(t, "peak")))
			b.Observe(jobRun(i, peaks[i]))
		}
		slices.Sort(peaks)
		p := profileOf(b)
		over := int(mode.share() * (float64(n) + prior))
		// A bucket is 1 % wide, but the largest peak is known to the byte.
		least := float64(peaks[n-1-over])
		if over > 0 {
			least *= 0.99
		}
		if float64(p.Base.MemoryLimit) < least {
			t.Fatalf("%d bytes, and %d of %d runs needed %.0f", p.Base.MemoryLimit, over+1, n, least)
		}
		if p.Retry.MemoryLimit < peaks[n-1] {
			t.Fatalf("a run needed %d bytes, and the retry has %d", peaks[n-1], p.Retry.MemoryLimit)
		}
	})
}

// A run that was killed never lowers the next profile.
func TestAKillNeverLowers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		b := NewBook(Settings{})
		for i := range n {
			b.Observe(jobRun(i, migration.Bytes(rapid.Int64Range(50<<20, 4<<30).Draw(t, "peak"))))
		}
		was := profileOf(b)
		b.Observe(killedRun(n, was.Base.MemoryLimit))
		if p := profileOf(b); p.Base.MemoryLimit < was.Base.MemoryLimit || p.Retry.MemoryLimit < was.Retry.MemoryLimit {
			t.Fatalf("from %d, retry %d, to %d, retry %d", was.Base.MemoryLimit, was.Retry.MemoryLimit, p.Base.MemoryLimit, p.Retry.MemoryLimit)
		}
	})
}

// P(X > a) falls with a, from one to hardly anything, and a mode that accepts fewer kills never
// gives less.
func TestTheTailFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s sketch
		for range rapid.IntRange(1, 50).Draw(t, "n") {
			s.add(migration.Bytes(rapid.Int64Range(1<<20, 1<<36).Draw(t, "peak")), migration.Bound(rapid.IntRange(0, 2).Draw(t, "bound")), 10)
		}
		var m model
		m.fit(s.appendPoints(nil))
		near := 0.0
		for _, p := range m.points {
			near += p.w
		}
		if math.Abs(near-float64(s.runs)) > 1e-6*near {
			t.Fatalf("%v of %d runs", near, s.runs)
		}
		last := 1.0
		for a := float64(1 << 18); a < 1<<60; a *= 1.3 {
			p, _ := m.over(a)
			if p > last+1e-9 || p < 0 {
				t.Fatalf("P(X > %v) = %v after %v", a, p, last)
			}
			last = p
		}
		if last > 1e-3 {
			t.Fatalf("P(X > 2^60) = %v", last)
		}
	})
}

// A replay knows only what ended before: what comes later changes nothing.
func TestAReplayDoesNotLookAhead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		runs := drawRuns(t, 40)
		trace := make([]Past, len(runs))
		for i := range runs {
			trace[i] = Past{runs[i], rapid.Bool().Draw(t, "ended")}
		}
		first := make([]string, len(trace))
		Replay(Settings{}, Pasts(trace), func(i int, p *Profile) { first[i] = encoded(t, p) })
		cut := rapid.IntRange(0, 20).Draw(t, "cut")
		at := july.Add(time.Duration(cut) * time.Minute)
		for i := range trace {
			// A run of 30 s that started here had not ended before the cut.
			if !trace[i].end().Before(at) {
				trace[i].Peak = migration.Some(migration.Bytes(1 << 40))
				trace[i].Outcome = migration.OutcomeOOMKilled
			}
		}
		Replay(Settings{}, Pasts(trace), func(i int, p *Profile) {
			if !trace[i].Started.After(at) && encoded(t, p) != first[i] {
				t.Fatalf("run %d, started %s, knows what ended at %s or later", i, trace[i].Started, at)
			}
		})
	})
}
