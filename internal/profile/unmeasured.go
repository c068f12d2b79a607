package profile

import (
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// completedRuns is how many runs whose memory is known may have got to their end, the pool's included,
// of how many whose memory is known at all.
func (t *explanation) completedRuns() (completed, known int) {
	for _, e := range t.evidences() {
		completed, known = completed+e.jobs.completed+e.lambda.completed, known+e.runs()
	}
	return completed, known
}

// measured reports whether enough is known to say how many runs a limit ends: at least half of the runs
// got to their end. Of a run that was killed, timed out or failed nobody knows how much more it
// would have used; where most are such, a share computed from the rest is of nothing. What was evicted
// or stopped from outside is no such sign, as long as others got to their end.
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

// killedAt is the largest limit that a run was killed at, in bytes, where every run whose memory
// is known was killed, and else 0.
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

// wordsOfUnmeasured says that nobody knows what a run needs, and reports whether that is so.
func (t *explanation) wordsOfUnmeasured(say func(string, ...any)) bool {
	completed, known := t.completedRuns()
	if t.measured() {
		return false
	}
	limit, retry := Size(t.p.Base.MemoryLimit), Size(t.p.Retry.MemoryLimit)
	if killed := t.killedAt(); completed == 0 && killed > 0 {
		say("Not enough data: of %s whose memory is known each was killed for memory, at up to %s, and none got to its end. How many need more than %s, which is retried with %s, is not known.",
			text.Plural(known, "run"), Size(migration.Bytes(killed)), limit, retry)
		return true
	}
	say("Only %d of %s whose memory is known got to an end. How many need more than %s, which is retried with %s, is not known.", completed, text.Plural(known, "run"), limit, retry)
	return true
}
