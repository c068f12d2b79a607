package profile

import (
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// completedRuns is how many of the runs whose memory is known may have ended by themselves, the pool's
// included, and how many runs have known memory.
func (t *explanation) completedRuns() (completed, known int) {
	for _, e := range t.evidences() {
		completed, known = completed+e.jobs.completed+e.lambda.completed, known+e.runs()
	}
	return completed, known
}

// measured reports whether the data shows how many runs a limit would end: at least half of the runs
// ended by themselves. How much more a killed, timed out or failed run would have used is unknown; where
// most are such, a share of the rest means nothing. Evicted and stopped runs do not count against it, as
// long as others ended by themselves.
func (t *explanation) measured() bool {
	completed, known := t.completedRuns()
	ended := 0
	for _, e := range t.evidences() {
		ended += e.jobs.ended + e.lambda.ended
	}
	return known == 0 || completed > 0 && completed*2 >= known-ended
}

// unmeasured lowers the confidence where few runs got to their end.
func (t *explanation) unmeasured() {
	if !t.measured() {
		t.p.Confidence = min(t.p.Confidence, LowConfidence)
	}
}

// killedAt is the largest limit at which a run was killed, in bytes, where every run with known memory
// was killed, and else 0.
func (t *explanation) killedAt() float64 {
	var most float64
	for _, e := range t.evidences() {
		if e.jobs.kills+e.lambda.kills < e.runs() {
			return 0
		}
		most = max(most, e.jobs.killed, e.lambda.killed)
	}
	return most
}

// wordsOfUnmeasured says that the need of a run is unknown, and reports whether that is so.
func (t *explanation) wordsOfUnmeasured(say func(string, ...any)) bool {
	completed, known := t.completedRuns()
	if t.measured() {
		return false
	}
	limit, retry := Size(t.p.Base.MemoryLimit), Size(t.p.Retry.MemoryLimit)
	if killed := t.killedAt(); completed == 0 && killed > 0 {
		say("Not enough data: of %s whose memory is known each was killed for memory, at up to %s, and none got to its end. How many need "+
			"more than %s, which is retried with %s, is not known.",
			text.Plural(known, "run"), Size(migration.Bytes(killed)), limit, retry)
		return true
	}
	say("Only %d of %s whose memory is known got to an end. How many need more than %s, which is retried with %s, is not known.", completed,
		text.Plural(known, "run"), limit, retry)
	return true
}
