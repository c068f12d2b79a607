package jobs

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// readings says which kinds of objects can be read, and up to when.
type readings struct {
	jobs, pods, nodes bool  // it was listed at least once, and is not forbidden
	trusted           int64 // all events up to then are known, Unix seconds
}

// podEndGrace is how long a run's end may wait for the ends of its pods, which come
// on another watch.
const podEndGrace = 5

// strangerWait is how long a pod's Job may be unknown, for the same reason,
// before the pod is booked by its own labels.
const strangerWait = 10

// reconcile books everything that happened up to now. The lock is held.
func (m *model) reconcile(now int64, r readings) {
	if !m.open {
		m.openAt(now)
	}
	switch {
	case r.jobs && m.cover == 0:
		m.cover = m.coverAtFirst(now)
	case r.jobs:
		m.coverAfterGap(now)
	}
	m.missed, m.blind = false, 0
	for _, p := range m.pods {
		m.accountPod(p, now, r)
	}
	// A pod that waits for its Job waits once more.
	m.left = slices.DeleteFunc(m.left, func(p *pod) bool { return m.accountPod(p, now, r) && p.settled(now) })
	for uid, j := range m.jobs {
		m.accountJob(j, now, r)
		if j.gone && (j.booked || j.finished == 0) || !j.seen && j.orphaned() {
			delete(m.jobs, uid)
		}
	}
	m.concurrency(now, r)
	m.podsRead = m.podsRead || r.pods
	m.accountStarts(now)
}

// orphaned reports whether nothing is left of a Job that was known by its pods.
func (j *job) orphaned() bool {
	for _, p := range j.pods {
		if !p.gone || !p.ended {
			return false
		}
	}
	return true
}

// unknownOwner reports whether a pod's Job is unknown and may yet come.
func (j *job) unknownOwner(now int64, r readings) bool {
	return !j.seen && r.jobs && now-j.stubAt < strangerWait
}

// accountPod books what a pod held since it was last booked, and its end. It
// returns false if that has to wait.
func (m *model) accountPod(p *pod, now int64, r readings) bool {
	j := p.job
	if j.unknownOwner(now, r) {
		return false
	}
	m.nodeOf(p)
	m.findLost(p, now, r)
	p.explain()
	j.stream.started = j.stream.started || p.started > 0
	end := p.endAt()
	until := now
	if end > 0 {
		until = min(end, now)
	}
	if p.node != "" && p.scheduled > 0 && p.scheduled <= now {
		m.holdNode(p, until)
		m.markNodeUsed(p, until)
	}
	if p.oom > 0 && !p.oomBooked {
		at := p.oom - p.offset()
		if p.oom == 1 { // the time is not recorded
			at = until
		}
		p.oomBooked = true
		if k := m.at(j.stream, at); k != nil {
			k.oom++
			k.dirty = true
		}
	}
	if p.over() && !p.ended {
		p.ended = true
		m.endPod(p, until)
		if !j.service {
			m.endings = append(m.endings, ending{p, until})
		}
	}
	return true
}

// holdNode records what a pod used of its node up to a time, or removes what was
// recorded after it. A changed request or host begins a new segment.
func (m *model) holdNode(p *pod, until int64) {
	host := m.hostOf(p)
	until = max(until, p.scheduled)
	if p.host == nil {
		p.segment, p.booked = max(p.scheduled, m.oldest), max(p.scheduled, m.oldest)
		p.host, p.holding = host, p.request
	}
	if p.host != host {
		// It was on this host all the time, and only now is it known: the
		// node's labels came, or what Fargate provisioned.
		m.rehost(p, host)
	}
	if p.holding != p.request {
		if p.segment < p.booked {
			p.past = append(p.past, segment{p.segment, p.booked, p.holding})
		}
		p.segment, p.holding = p.booked, p.request
	}
	p.forget(&m.books)
	switch {
	case until > p.booked:
		m.book(p, p.booked, until, 1)
		p.booked = until
	case until < p.booked:
		from := max(until, p.segment)
		m.book(p, from, p.booked, -1)
		p.booked = from
	}
}

func (m *model) book(p *pod, from, to, sign int64) { m.bookOn(p, p.host, from, to, p.holding, sign) }

func (m *model) bookOn(p *pod, host *migration.Host, from, to int64, holding amounts, sign int64) {
	milli, kib := holding.milli(), holding.kib()
	m.each(p.job.stream, from, to, func(k *bucket, seconds int64) {
		h := k.on(host)
		h.seconds += sign * seconds
		h.milli += sign * seconds * milli
		h.kib += sign * seconds * kib
	})
}

// markNodeUsed notes on the node that it carries a Job's pod.
func (m *model) markNodeUsed(p *pod, until int64) {
	n := p.on
	if n == nil || until < n.created {
		return
	}
	if !p.job.service && p.created > 0 && n.created > p.created {
		m.room.grew = max(m.room.grew, n.created)
	}
	if first := earlier(n.first, max(p.scheduled, n.created)); first != n.first {
		n.first = first
		n.opener = nil
		if n.from() == n.created {
			n.opener = p
		}
		m.nodesFrom = min(m.nodesFrom, n.from())
	}
	n.last = max(n.last, until)
}

func (m *model) hostOf(p *pod) *migration.Host {
	var h migration.Host
	if n := m.nodeOf(p); n != nil {
		h = n.host
	}
	return m.internHost(podHost(h, p.node, p.provided, p.request))
}

// endPod books an attempt that ended.
func (m *model) endPod(p *pod, at int64) {
	j := p.job
	k := m.at(j.stream, at)
	if k == nil {
		k = &bucket{} // too old to be published
	}
	k.dirty = true
	offset := p.offset()
	m.noteSkew(p, offset)
	k.skewed = k.skewed || offset != 0 || p.kubelet.setBack
	k.undated = k.undated || p.undated
	m.close(p, k, at)
	if j.service {
		return // it serves: its end is no attempt's
	}
	if p.cut() {
		return // it did not come to an end of its own: it is neither a retry nor a measure
	}
	if j.added > 0 { // its Job ended, and was believed to have lost it
		j.added--
	} else {
		j.attempts++
		k.attempts++
	}
	if peak, ok := p.peak().Get(); ok {
		k.peaks = append(k.peaks, peak)
	}
}

// close records what is known of the host only at the pod's end: the rest of the
// one-minute minimum, and the node that was added for the pod.
func (m *model) close(p *pod, k *bucket, at int64) {
	if p.host == nil {
		return
	}
	p.closedAt = at
	if held := at - p.scheduled; held < minute {
		p.closed.short = minute - max(held, 0)
	}
	if n := p.on; n != nil && n.opener == p {
		n.opener = nil
		p.closed.added = max(at-n.created, minute)
	}
	h := k.on(p.host)
	h.short += p.closed.short
	h.added += p.closed.added
}

// peak is the most memory that the pod's main container is known to have used: what it
// wrote itself, the greatest sample, and its limit where it was killed at it.
func (p *pod) peak() migration.Opt[migration.Bytes] {
	k := p.main()
	if k == nil {
		return migration.None[migration.Bytes]()
	}
	peak, _ := k.peak()
	return peak
}

// accountJob books a run that ended, once.
func (m *model) accountJob(j *job, now int64, r readings) {
	if j.booked || !j.seen {
		return
	}
	if j.gone && j.finished == 0 {
		m.inferOutcome(j)
		m.touch(j)
	}
	if j.finished == 0 || j.booked {
		return
	}
	if r.pods && !j.gone && now-j.finished < podEndGrace && j.finished <= now {
		for _, p := range j.pods {
			if !p.over() {
				return // its end is under way
			}
		}
	}
	j.booked = true
	m.touch(j)
	s := j.stream
	if !j.unheard {
		s.remember(j)
	}
	k := m.at(s, min(j.finished, now))
	if k == nil {
		return
	}
	k.dirty = true
	k.runs++
	if j.failed {
		k.failures++
	}
	if j.timedOut || j.podReason() == reasonDeadline {
		k.timedOut++
	}
	if j.unheard {
		k.unheard = true
		return
	}
	// Attempts whose pods were gone before the first poll.
	if all := int64(j.succeeded) + int64(j.failedAttempts()); all > j.attempts {
		j.added = all - j.attempts
		k.attempts += j.added
		j.attempts = all
	}
	if d, ok := j.ran(min(j.finished, now)); ok && d.Low == d.High {
		k.durations = append(k.durations, d.Low)
	} else if ok {
		k.between = true
	} else if waited := r.pods && j.failed; !waited && j.started > 0 && j.finished >= j.started {
		// No pod is known. Where pods can be read, a Job that failed may have waited for
		// a node for the whole time.
		k.durations = append(k.durations, inSeconds(j.finished-j.started))
		k.derived = true
	}
	if d, ok := j.startUp(); ok {
		k.startUps = append(k.startUps, d)
	}
}

// inferOutcome infers how a Job ended that is gone without having said so.
func (m *model) inferOutcome(j *job) {
	succeeded, last := j.succeeded, int64(0)
	var done int32
	for _, p := range j.pods {
		if p.phase == "Succeeded" {
			done++
		}
		last = max(last, p.endAt())
	}
	succeeded = max(succeeded, done)
	if last == 0 {
		last = j.goneAt
	}
	switch {
	case succeeded > 0 && succeeded >= j.completions:
		j.finished = min(last, j.goneAt)
		j.unheard = false
	case j.reason != "": // FailureTarget was set: it was bound to fail
		j.failed, j.finished = true, min(last, j.goneAt)
		j.unheard = false
	case j.unheard && (j.ttl >= 0 || j.cron):
		// Nobody watched, and what deletes Jobs by itself does so when they
		// have ended. It is counted, and its outcome left open.
		j.finished = j.goneAt
	default:
		// Somebody deleted it before it ended: no run was completed. It is
		// shown among the last ones, and not counted.
		j.booked, j.failed, j.stopped = true, true, true
		j.why = why{reasonDeleted, "the Job was deleted before it ended"}
		j.finished = j.goneAt
		j.stream.remember(j)
	}
}

func (j *job) podReason() string {
	var w why
	for _, p := range j.pods {
		if !p.cut() {
			w = w.or(p.why)
		}
	}
	return w.reason
}

// ran is how long at least one container of the run was running until a time. It does not include start-up
// or the waits between attempts and restarts. false where no pod is known.
func (j *job) ran(now int64) (migration.Bounds[time.Duration], bool) {
	var r runTime
	for _, p := range j.pods {
		if !p.cut() {
			p.ranAll(&r, now)
		}
	}
	return r.bounds()
}

// startUp is from when the run was wanted to its first container's start.
func (j *job) startUp() (time.Duration, bool) {
	var first int64
	from := j.created
	if j.resumed {
		from = j.started
	}
	for _, p := range j.pods {
		if j.resumed && p.stopped() && p.created < from {
			continue // of before it was suspended
		}
		if !p.fromTheFirst() {
			return 0, false // a container was restarted before anyone saw it
		}
		if p.started > 0 && (p.offset() != 0 || p.kubelet.setBack) {
			return 0, false // by another clock than the creation
		}
		first = earlier(first, p.started)
	}
	if first == 0 || from == 0 || first < from {
		return 0, false
	}
	return inSeconds(first - from), true
}
