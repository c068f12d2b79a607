package profile

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// scattered are runs of a second whose peaks lie between 140 and 940 MiB, so that the cost
// rule asks for several GiB: a kill costs much more than memory that is kept for so short.
func scattered(n int) []migration.RunRecord {
	return several(n, func(i int) migration.Bytes { return migration.Bytes(140+i*61%801) * mi })
}

// under gives runs a second and a limit.
func under(limit migration.Bytes, runs []migration.RunRecord) []migration.RunRecord {
	for i := range runs {
		runs[i].Duration = time.Second
		runs[i].Given.Request.Memory, runs[i].Given.Limit.Memory = migration.Some(limit), migration.Some(limit)
	}
	return runs
}

func TestNoMoreThanALimitThatAllRunsFittedInto(t *testing.T) {
	const gi = migration.GiB
	each := func(change func(*migration.RunRecord)) func([]migration.RunRecord) []migration.RunRecord {
		return func(runs []migration.RunRecord) []migration.RunRecord {
			for i := range runs {
				change(&runs[i])
			}
			return runs
		}
	}
	more := func(add ...func(*migration.RunRecord)) func([]migration.RunRecord) []migration.RunRecord {
		return func(runs []migration.RunRecord) []migration.RunRecord {
			for i, change := range add {
				r := under(gi, []migration.RunRecord{jobRun(1000+i, 500*mi)})[0]
				change(&r)
				runs = append(runs, r)
			}
			return runs
		}
	}
	killedAt := func(limit migration.Bytes) func(*migration.RunRecord) {
		return func(r *migration.RunRecord) {
			r.Outcome, r.Peak = migration.OutcomeOOMKilled, migration.None[migration.Bytes]()
			r.Given.Limit.Memory, r.Given.Request.Memory = migration.Some(limit), migration.Some(limit)
		}
	}
	unlimited := func(peak migration.Bytes, bound migration.Bound) func(*migration.RunRecord) {
		return func(r *migration.RunRecord) {
			r.Peak, r.PeakBound, r.Given.Limit.Memory = migration.Some(peak), bound, migration.None[migration.Bytes]()
		}
	}
	for name, c := range map[string]struct {
		change func([]migration.RunRecord) []migration.RunRecord
		want   migration.Opt[migration.Bytes]
	}{
		"all completed under it": {each(func(*migration.RunRecord) {}), migration.Some(gi)},
		"peaks were sampled":     {each(func(r *migration.RunRecord) { r.PeakBound = migration.AtLeast }), migration.Some(gi)},
		"a limit that is no step": {
			each(func(r *migration.RunRecord) { r.Given.Limit.Memory = migration.Some(1000 * migration.Bytes(1e6)) }),
			migration.Some(migration.Bytes(1e9)),
		},
		"only requests are known": {
			each(func(r *migration.RunRecord) { r.Given.Limit.Memory = migration.None[migration.Bytes]() }),
			migration.None[migration.Bytes](),
		},
		"none completed": {
			each(func(r *migration.RunRecord) { r.Outcome = migration.OutcomeFailed }),
			migration.None[migration.Bytes](),
		},
		"none is known to have": {
			each(func(r *migration.RunRecord) { r.Outcome, r.PeakBound = 0, migration.AtLeast }),
			migration.None[migration.Bytes](),
		},
		"measured below it": {each(func(r *migration.RunRecord) { r.Outcome = 0 }), migration.Some(gi)},
		"a kill at it":      {more(killedAt(gi)), migration.None[migration.Bytes]()},
		"a kill above it":   {more(killedAt(2 * gi)), migration.None[migration.Bytes]()},
		"a kill at an unknown limit": {
			more(func(r *migration.RunRecord) { killedAt(gi)(r); r.Given = migration.Given{} }),
			migration.None[migration.Bytes](),
		},
		"a kill below it":            {more(killedAt(512 * mi)), migration.Some(gi)},
		"a failure":                  {more(func(r *migration.RunRecord) { r.Outcome = migration.OutcomeFailed }), migration.Some(gi)},
		"a larger peak, unlimited":   {more(unlimited(1100*mi, migration.Exact)), migration.None[migration.Bytes]()},
		"a larger sample":            {more(unlimited(1100*mi, migration.AtLeast)), migration.None[migration.Bytes]()},
		"a small sample, unlimited":  {more(unlimited(100*mi, migration.AtLeast)), migration.None[migration.Bytes]()},
		"a small peak, unlimited":    {more(unlimited(100*mi, migration.Exact)), migration.Some(gi)},
		"a larger limit, tried once": {more(func(r *migration.RunRecord) { r.Given.Limit.Memory = migration.Some(4 * gi) }), migration.Some(gi)},
		"a smaller one, tried once": {
			more(func(r *migration.RunRecord) { r.Given.Limit.Memory = migration.Some(960 * mi) }),
			migration.Some(gi),
		},
		"a larger peak under more": {more(func(r *migration.RunRecord) {
			r.Peak, r.Given.Limit.Memory = migration.Some(1500*mi), migration.Some(2*gi)
		}), migration.Some(2 * gi)},
		"a limit that was not enforced": {
			more(func(r *migration.RunRecord) { r.Peak = migration.Some(1100 * mi) }),
			migration.None[migration.Bytes](),
		},
	} {
		p := profileOf(learnt(Settings{}, c.change(under(gi, scattered(40)))...))
		if p.Ceiling != c.want {
			t.Errorf("%s: ceiling %v, want %v", name, p.Ceiling, c.want)
		}
		ceiling, bounded := c.want.Get()
		switch {
		case bounded && p.Base.MemoryLimit > ceiling:
			t.Errorf("%s: %d MiB above %d", name, p.Base.MemoryLimit/mi, ceiling/mi)
		case bounded && p.Base.MemoryLimit < ceiling && p.Retry.MemoryLimit > ceiling:
			t.Errorf("%s: the retry of %d has %d MiB, more than %d", name, p.Base.MemoryLimit/mi, p.Retry.MemoryLimit/mi, ceiling/mi)
		case !bounded && says(p, "Never above"):
			t.Errorf("%s: %q", name, p.Why)
		}
	}
	p := profileOf(learnt(Settings{}, under(gi, scattered(40))...))
	if p.Base.MemoryLimit != gi || !says(p, "Never above the limit 1 GiB into which all 40 runs fitted.") {
		t.Errorf("%d MiB: %q", p.Base.MemoryLimit/mi, p.Why)
	}
	// Without it the rule asks for more.
	free := under(gi, scattered(40))
	for i := range free {
		free[i].Given.Limit.Memory = migration.None[migration.Bytes]()
	}
	if p = profileOf(learnt(Settings{}, free...)); p.Base.MemoryLimit <= gi {
		t.Errorf("%d MiB without a limit: %q", p.Base.MemoryLimit/mi, p.Why)
	}
}

// The limit that was lowered bounds once enough runs completed under it.
func TestALoweredLimitBoundsOnceItIsProven(t *testing.T) {
	b := learnt(Settings{}, under(4*migration.GiB, scattered(40))...)
	for i := range ceilingRuns {
		if p := profileOf(b); p.Ceiling != migration.Some(4*migration.GiB) {
			t.Fatalf("after %d runs under 1 GiB: %v", i, p.Ceiling)
		}
		r := under(migration.GiB, []migration.RunRecord{jobRun(100+i, 700*mi)})[0]
		b.Observe(r)
	}
	if p := profileOf(b); p.Ceiling != migration.Some(migration.GiB) {
		t.Errorf("after %d runs: %v", ceilingRuns, p.Ceiling)
	}
}

// A function that outgrew its memory size is bounded by the next one.
func TestAMemorySizeOnLambdaThatWasOutgrown(t *testing.T) {
	b := learnt(Settings{}, lambdaRun(0, 128*mi, 128*mi, migration.Exact))
	for i := range 50 {
		b.Observe(lambdaRun(1+i, migration.Bytes(100+i*3)*mi, 256*mi, migration.Exact))
	}
	if p := profileOf(b); p.Ceiling != migration.Some(256*mi) || p.Base.MemoryLimit > 256*mi {
		t.Errorf("%d MiB, ceiling %v", p.Base.MemoryLimit/mi, p.Ceiling)
	}
	// A Job that was killed there lifts it.
	b.Observe(killedRun(60, 256*mi))
	if p := profileOf(b); p.Ceiling.Known() || p.Base.MemoryLimit <= 256*mi {
		t.Errorf("%d MiB, ceiling %v after a kill at 256", p.Base.MemoryLimit/mi, p.Ceiling)
	}
}

// Many limits are kept in few places, and what bounds is never less than a peak.
func TestCeilingsHoldWhatTheySaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c ceilings
		var most, largest float64
		killed := 0.0
		for i := range rapid.IntRange(1, 60).Draw(t, "runs") {
			limit := migration.Bytes(rapid.IntRange(1, 20).Draw(t, "limit")) * 100 * mi
			r := under(limit, []migration.RunRecord{jobRun(i, migration.Bytes(rapid.IntRange(1, 100).Draw(t, "share"))*limit/100)})[0]
			if rapid.IntRange(0, 9).Draw(t, "killed") == 0 {
				r.Outcome = migration.OutcomeOOMKilled
				killed = max(killed, float64(limit))
			} else {
				largest = max(largest, float64(limit))
			}
			most = max(most, float64(r.Peak.Or(0)))
			c.observe(&r)
		}
		got := c.proven(most, ceilingRuns)
		if math.IsInf(got, 1) != (largest <= killed || largest < most) {
			t.Fatalf("%v of limits up to %v, kills up to %v", got, largest, killed)
		}
		if got < most || got <= killed {
			t.Fatalf("bounded by %v: a peak of %v, a kill at %v", got, most, killed)
		}
		if len(c.limits) > maxEnforced || !slices.IsSortedFunc(c.limits, func(a, b enforcedLimit) int { return int(a.bytes - b.bytes) }) {
			t.Fatalf("%v", c.limits)
		}
	})
}

// A limit that a run was measured to exceed was not enforced, and bounds nothing.
func TestALimitThatWasExceededIsNoCeiling(t *testing.T) {
	runs := several(12, always(100*mi))
	for i := range runs {
		runs[i].Container, runs[i].PeakBound = "main", migration.AtMost
		runs[i].Given.Limit.Memory = migration.Some(64 * mi)
	}
	if p := profileOf(learnt(Settings{}, runs...)); p.Base.MemoryLimit < 100*mi {
		t.Errorf("%s for runs that used 100 MiB", Size(p.Base.MemoryLimit))
	}
}
