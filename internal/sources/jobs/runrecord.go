package jobs

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// ending is a pod whose end is booked and whose record is not made yet.
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
		if now-e.since < settle {
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

// runRecord is what sizing needs of an attempt. false where no container of it ran,
// or where nobody saw how it ended.
func (p *pod) runRecord() (migration.RunRecord, bool) {
	outcome := p.outcome()
	end := p.end()
	if outcome == 0 || p.started == 0 || end < p.started {
		return migration.RunRecord{}, false
	}
	r := migration.RunRecord{
		Key: p.job.stream.key, ID: p.uid, Outcome: outcome, Version: p.version,
		Started: time.Unix(p.started, 0).UTC(), Duration: inSeconds(end - p.started),
		Given: migration.Given{Request: p.request.resources(), Limit: p.limit.resources()},
	}
	if p.job.deadline > 0 {
		r.Given.Deadline = migration.Some(inSeconds(p.job.deadline))
	}
	if p.measured.hasCPU {
		r.CPUTime = migration.Some(p.measured.cpu)
	}
	r.Peak, r.PeakBound, r.Evidence = p.peakBound(outcome)
	return r, true
}

// outcome is how an attempt ended; 0 where nobody saw. An eviction is not the
// run's doing, whatever its exit code: a container that is told to go may be killed
// for memory on its way.
func (p *pod) outcome() migration.Outcome {
	j := p.job
	switch {
	case p.phase == "Succeeded":
		return migration.OutcomeSucceeded
	case p.disrupted:
		return migration.OutcomeEvicted
	case p.terminal() && p.reason == reasonOOM:
		return migration.OutcomeOOMKilled
	case p.reason == reasonDeadline, j.timedOut && j.deadline > 0 && p.end() >= saturatingAdd(j.started, j.deadline):
		return migration.OutcomeTimedOut
	case p.terminal():
		return migration.OutcomeFailed
	}
	return 0
}

// Evidence of a peak, by where it comes from.
var (
	peakWritten = migration.Evidence{
		Source: "kubernetes", Method: migration.Measured, Coverage: 1,
		Note: "the container's own memory.peak, from its termination message",
	}
	peakKilled = migration.Evidence{
		Source: "kubernetes", Method: migration.Measured, Coverage: 1, LowerBound: true,
		Note: "killed for memory at its limit: it needed that or more",
	}
	peakSampled = migration.Evidence{
		Source: "metrics.k8s.io", Method: migration.Measured, Coverage: 1, LowerBound: true,
		Note: "the greatest of the samples: it may have used more in between",
	}
	peakUnseen = migration.Evidence{
		Source: "kubernetes", Method: migration.Measured, Coverage: 1,
		Note: "the pod was too short to be sampled, and wrote no termination message",
	}
)

// peakBound is the most memory that an attempt used, and how sure that is. One that
// was cut short might have needed more.
func (p *pod) peakBound(outcome migration.Outcome) (migration.Opt[migration.Bytes], migration.Bound, migration.Evidence) {
	least, evidence := p.usage.peak, peakUnseen
	if least.Known() {
		evidence = peakSampled
	}
	limit := migration.Bytes(p.limit.memory)
	if p.oom > 0 && !p.disrupted && p.limit.hasMemory {
		least = migration.Larger(least, migration.Some(limit))
		if m := p.measured; m.hasPeak { // of a later life, or of another container
			least = migration.Larger(least, migration.Some(m.lower()))
		}
		return least, migration.AtLeast, peakKilled
	}
	m := p.measured
	full := p.limit.hasMemory && m.peak >= limit
	cut := outcome == migration.OutcomeEvicted || outcome == migration.OutcomeTimedOut
	switch {
	case !m.hasPeak, cut && (full || m.bound == migration.AtMost):
		return least, migration.AtLeast, evidence
	case m.bound == migration.AtLeast:
		written := peakWritten
		written.LowerBound = true
		written.Note = "memory.peak of one of the pod's containers: together they may have used more"
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

// lower is the least that the messages prove.
func (m *measured) lower() migration.Bytes {
	if m.bound == migration.AtMost {
		return 0
	}
	return m.peak
}
