package jobs

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// ending is a pod whose end is recorded and that has no run record yet.
type ending struct {
	pod   *pod
	since int64 // when it was booked, or ended if that was before
}

// record makes the records of the pods that ended, each once. It waits for as long
// as the Job's word and the last sample may take to come on their own ways. The
// lock is held.
func (m *model) record(now int64) []migration.RunRecord {
	var out []migration.RunRecord
	waiting := m.endings[:0]
	for _, e := range m.endings {
		if now-e.since < podEndGrace {
			waiting = append(waiting, e)
			continue
		}
		if r, ok := e.pod.runRecord(); ok {
			out = append(out, r)
		}
	}
	clear(m.endings[len(waiting):])
	m.endings = waiting
	return out
}

// runRecord is an attempt as sizing needs it. false where no container ran, or where the
// attempt's end was not seen.
func (p *pod) runRecord() (migration.RunRecord, bool) {
	outcome := p.outcome()
	end := p.end()
	if outcome == 0 || p.started == 0 || end < p.started {
		return migration.RunRecord{}, false
	}
	k := p.main()
	ran, ok := p.ran(end)
	if k == nil || !ok {
		return migration.RunRecord{}, false
	}
	r := migration.RunRecord{
		Key: p.job.stream.key, ID: p.uid, Outcome: outcome, Version: p.version,
		Started: time.Unix(p.started, 0).UTC(), Duration: ran.Low,
		Container: k.name, ContainerWhy: p.mainWhy, Others: p.others,
		Given: migration.Given{Request: k.request.resources(), Limit: k.limit.resources()},
	}
	if ran.High > ran.Low {
		r.DurationMost = migration.Some(ran.High)
	}
	r.WorkEnded = outcome == migration.OutcomeFailed && k.hasExit && k.exit == 0 && k.kills == 0
	if k.killedAt > 0 && p.killCounts() {
		r.KilledAt = migration.Some(k.killedAt)
	}
	if p.job.deadline > 0 {
		r.Given.Deadline = migration.Some(inSeconds(p.job.deadline))
	}
	if m := k.measured(); m.hasCPU && p.terminal() {
		r.CPUTime = migration.Some(m.cpu)
	}
	r.Peak, r.PeakBound, r.Evidence = p.peakBound(k, outcome)
	return r, true
}

// outcome is how an attempt ended; 0 where that was not seen. An eviction is not the
// work's fault, whatever the exit code: a container that is being stopped may be killed
// for memory.
func (p *pod) outcome() migration.Outcome {
	j := p.job
	switch {
	case p.phase == "Succeeded" && p.stop.at == 0:
		return migration.OutcomeSucceeded
	case p.disrupted:
		return migration.OutcomeEvicted
	case p.terminal() && p.stopped() && !j.overdue(p.endAt()):
		return migration.OutcomeStopped
	case p.terminal() && p.oom > 0:
		return migration.OutcomeOOMKilled
	case p.reason == reasonDeadline, j.overdue(p.endAt()):
		return migration.OutcomeTimedOut
	case p.terminal():
		return migration.OutcomeFailed
	}
	return 0
}

// overdue reports whether the Job's deadline ended what ended then.
func (j *job) overdue(end int64) bool {
	return j.timedOut && j.deadline > 0 && end >= saturatingAdd(j.started, j.deadline)
}

// Evidence of a peak, by where it comes from.
var (
	peakWritten = migration.Provenance{
		Source: "kubernetes", Method: migration.Measured, Coverage: 1,
		Note: "the container's own memory.peak, from its termination message",
	}
	peakKilled = migration.Provenance{
		Source: "kubernetes", Method: migration.Measured, Coverage: 1, LowerBound: true,
		Note: "killed for memory at its limit: it needed that or more",
	}
	peakSampled = migration.Provenance{
		Source: "metrics.k8s.io", Method: migration.Measured, Coverage: 1, LowerBound: true,
		Note: "the greatest of the samples: it may have used more in between",
	}
	peakUnseen = migration.Provenance{
		Source: "kubernetes", Method: migration.Measured, Coverage: 1,
		Note: "the pod was too short to be sampled, and wrote no termination message",
	}
)

// peakBound is the most memory that an attempt's main container used, and how sure that is.
// One that was cut short might have needed more.
func (p *pod) peakBound(k *podContainer, outcome migration.Outcome) (migration.Opt[migration.Bytes], migration.Bound,
	migration.Provenance,
) {
	least, evidence := k.sampled, peakUnseen
	if least.Known() {
		evidence = peakSampled
	}
	m := k.measured()
	if k.kills > 0 && p.killCounts() && k.killedAt > 0 {
		least = migration.Larger(least, migration.Some(k.killedAt))
		if m.hasPeak { // of a later life
			least = migration.Larger(least, migration.Some(m.peak))
		}
		return least, migration.AtLeast, peakKilled
	}
	full := k.limit.hasMemory && m.peak >= migration.Bytes(k.limit.memory)
	cut := outcome == migration.OutcomeEvicted || outcome == migration.OutcomeStopped || outcome == migration.OutcomeTimedOut
	switch {
	case !m.hasPeak, cut && full:
		return least, migration.AtLeast, evidence
	case m.bound == migration.AtLeast || k.kills > 0:
		written := peakWritten
		written.LowerBound = true
		written.Note = "memory.peak of one run of a container that was restarted: another one may have used more"
		return migration.Larger(least, migration.Some(m.peak)), migration.AtLeast, written
	case full:
		// What the kernel gave back to stay below it was cache.
		written := peakWritten
		written.Note = "memory.peak is at the limit, and nothing was killed: it needed that or less"
		return migration.Some(m.peak), migration.AtMost, written
	}
	if cut {
		written := peakWritten
		written.LowerBound = true
		written.Note = "memory.peak of a run that was cut short: it might have needed more"
		return migration.Some(m.peak), migration.AtLeast, written
	}
	return migration.Some(m.peak), m.bound, peakWritten
}
