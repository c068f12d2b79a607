package profile

import (
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// What share of runs a limit ends is not known where most of those seen did not get to their end;
// where all were killed there is not enough data for any limit.
func TestWhatNobodyKnowsOfRunsThatDidNotEnd(t *testing.T) {
	gi := migration.GiB
	killed := func(r *migration.RunRecord) {
		r.Outcome, r.Peak = migration.OutcomeOOMKilled, migration.Some(gi)
		r.Given.Request.Memory, r.Given.Limit.Memory = migration.Some(gi), migration.Some(gi)
	}
	as := func(o migration.Outcome) func(*migration.RunRecord) {
		return func(r *migration.RunRecord) { r.Outcome = o }
	}
	for name, c := range map[string]struct {
		runs       int
		each, last func(*migration.RunRecord)
		known      bool
		confidence Confidence
		why        string
	}{
		"all killed": {
			runs: 30, each: killed, confidence: LowConfidence,
			why: "Not enough data: of 30 runs whose memory is known each was killed for memory, at up to 1 GiB, and none got to its end.",
		},
		"one killed": {runs: 1, each: killed, confidence: LowConfidence, why: "Not enough data: of 1 run"},
		"one survivor": {
			runs: 30, each: killed, confidence: LowConfidence, why: "Only 1 of 30 runs whose memory is known got to an end",
			last: func(r *migration.RunRecord) {
				r.Outcome, r.Peak = migration.OutcomeSucceeded, migration.Some(900*migration.MiB)
			},
		},
		"all timed out": {runs: 30, each: as(migration.OutcomeTimedOut), confidence: LowConfidence, why: "Only 0 of 30 runs"},
		"all evicted":   {runs: 30, each: as(migration.OutcomeEvicted), confidence: LowConfidence, why: "Only 0 of 30 runs"},
		"all failed":    {runs: 30, each: as(migration.OutcomeFailed), confidence: LowConfidence, why: "Only 0 of 30 runs"},
		"most stopped": {
			runs: 30, each: as(migration.OutcomeStopped), confidence: LowConfidence, known: true, why: "The largest peak of 30 Job runs",
			last: as(migration.OutcomeSucceeded),
		},
		"nobody says how": {runs: 30, each: as(0), confidence: MediumConfidence, known: true, why: "The largest peak of 30 Job runs"},
		"nobody says how, at their limit": {
			runs: 30, each: func(r *migration.RunRecord) { killed(r); r.Outcome = 0 }, confidence: LowConfidence, known: true, why: "or more",
		},
		"one of 30 killed": {
			runs: 30, each: as(migration.OutcomeSucceeded), last: killed, confidence: MediumConfidence, known: true,
			why: "The largest peak of 30 Job runs",
		},
	} {
		b := NewBook(Settings{})
		for i := range c.runs {
			r := jobRun(i, 300*migration.MiB)
			c.each(&r)
			if c.last != nil && i == c.runs-1 {
				r = jobRun(i, 300*migration.MiB)
				c.last(&r)
			}
			b.Observe(r)
		}
		p := b.Profile(Ask{Workload: "w", Tenant: "t"})
		if p.FailureRate.Known() != c.known || p.Confidence != c.confidence || !strings.Contains(strings.Join(p.Why, " "), c.why) {
			t.Errorf("%s: share %v, confidence %s, %q", name, p.FailureRate, p.Confidence, p.Why)
		}
		if p.Waste.Known() != c.known || p.Base.MemoryLimit < 300*migration.MiB {
			t.Errorf("%s: waste %v, limit %d", name, p.Waste, p.Base.MemoryLimit)
		}
	}
}
