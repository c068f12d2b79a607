package jobs

import (
	"cmp"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// interval is a half-open time range in Unix seconds.
type interval struct{ from, to int64 }

// lives are the runs of one container from its starts to its ends. Kubernetes restarts a
// container that failed after a wait, and its status has the last two ends alone: the
// earlier ones are known as far as the watch saw them.
type lives struct {
	ran []interval // those that ended, in order
	// gaps are time ranges in which it was restarted unseen: it may have run or waited.
	// from is 0 where the gap began with the pod.
	gaps    []interval
	next    int32 // how many lives are accounted for, seen or not
	missed  int32 // restarts that were not seen
	open    int64 // start of the current life, 0 for none
	lastEnd int64
	loose   bool // since lastEnd it ran for an unknown time

	// What the termination messages of those that ended wrote; peaks and cpus count those
	// that wrote one.
	ended, peaks, cpus int32
	wrotePeak          migration.Bytes
	cpu                time.Duration
}

// observe updates the lives from a status and returns how many kills for memory are new.
//
// A life is identified by its number, which follows from the restart count. While the
// container waits for its next restart, the count is that of the life that ended last.
func (l *lives) observe(s *corev1.ContainerStatus) (kills int32) {
	now := s.RestartCount
	if t := s.LastTerminationState.Terminated; t != nil {
		index := now - 1
		if s.State.Waiting != nil {
			index = now
		}
		kills += l.end(t, index)
	}
	switch {
	case s.State.Terminated != nil:
		kills += l.end(s.State.Terminated, now)
	case s.State.Running != nil:
		at := unix(s.State.Running.StartedAt.Time)
		l.skip(now, at)
		l.open = at
		if at == 0 { // the start time is unknown
			l.loose = true
		}
	case now > l.next: // it waits, and was restarted by then
		l.skip(now, 0)
		l.loose = true
	}
	return kills
}

// skip notes that lives before a number were not seen. at is when the life of that number
// began, 0 for unknown.
func (l *lives) skip(index int32, at int64) {
	if index > l.next {
		l.missed += index - l.next
		l.next = index
		l.loose = true
	}
	if l.loose && at > 0 {
		if at > l.lastEnd {
			l.gaps = append(l.gaps, interval{l.lastEnd, at})
		}
		l.loose = false
	}
}

// end takes a life in that ended, once. It returns how many kills for memory that is.
func (l *lives) end(t *corev1.ContainerStateTerminated, index int32) int32 {
	from, to := unix(t.StartedAt.Time), unix(t.FinishedAt.Time)
	var last int64 // when the one before it began
	if n := len(l.ran); n > 0 {
		last = l.ran[n-1].from
	}
	switch {
	case from == 0 && index < l.next, from > 0 && from < last:
		return 0
	case from > 0 && from == last && index < l.next:
		return 0 // seen already
	}
	l.skip(index, from)
	l.next = max(l.next, index+1)
	l.open = 0
	l.ended++
	switch {
	case from > 0 && to >= from:
		l.ran = append(l.ran, interval{from, to})
		l.lastEnd = max(l.lastEnd, to)
	case to > 0: // its node lost sight of it
		l.gaps = append(l.gaps, interval{max(l.lastEnd, from), to})
		l.lastEnd, l.loose = max(l.lastEnd, to), false
	default:
		l.lastEnd, l.loose = max(l.lastEnd, from), true
	}
	r := parseReport(t.Message)
	if r.hasPeak {
		l.peaks++
		l.wrotePeak = max(l.wrotePeak, migration.Bytes(r.peak))
	}
	if r.hasCPU {
		l.cpus++
		l.cpu += time.Duration(r.cpu) * time.Microsecond
	}
	if t.Reason == reasonOOM {
		return 1
	}
	return 0
}

// complete reports whether every life was seen to its end.
func (l *lives) complete() bool { return l.ended > 0 && l.missed == 0 && l.open == 0 }

// intervals returns when it is known to have run, and when it may have run in addition.
// Its pod was scheduled at begin and ended at end, or had not ended by then.
func (l *lives) intervals(begin, end int64) (ran, maybe []interval) {
	ran = slices.Clone(l.ran)
	if l.open > 0 && end > l.open {
		ran = append(ran, interval{l.open, end})
	}
	for _, g := range l.gaps {
		if g.from == 0 {
			g.from = min(begin, g.to)
		}
		maybe = append(maybe, g)
	}
	if l.loose {
		from := l.lastEnd
		if from == 0 {
			from = begin
		}
		maybe = append(maybe, interval{from, max(end, from)})
	}
	return ran, maybe
}

// fromTheFirst reports whether its first start was seen.
func (l *lives) fromTheFirst() bool {
	return (len(l.gaps) == 0 || l.gaps[0].from > 0) && !(l.loose && l.lastEnd == 0)
}

// unite is the total time that the ranges cover together.
func unite(all []interval) time.Duration {
	slices.SortFunc(all, func(a, b interval) int { return int(a.from - b.from) })
	var sum, to int64
	for _, s := range all {
		if s.to > to {
			sum += s.to - max(s.from, to)
			to = s.to
		}
	}
	return inSeconds(sum)
}

// runTime is how long at least one of some containers ran. High is more than Low where some
// was restarted unseen; then the truth is in between.
type runTime struct{ ran, maybe []interval }

func (r *runTime) add(p *pod, k *podContainer, now int64) {
	// Lives are by the clock of the pod's node; pods of several nodes are put together by
	// the control plane's.
	off := p.offset()
	end := cmp.Or(p.endAt(), now) + off
	if p.terminal() && !p.undated {
		end = cmp.Or(p.end(), end)
	}
	ran, maybe := k.intervals(cmp.Or(p.scheduled, p.created)+off, end)
	for _, all := range [...][]interval{ran, maybe} {
		for i := range all {
			all[i].from, all[i].to = all[i].from-off, all[i].to-off
		}
	}
	r.ran, r.maybe = append(r.ran, ran...), append(r.maybe, maybe...)
}

// bounds returns false where no container ever ran.
func (r *runTime) bounds() (migration.Bounds[time.Duration], bool) {
	if len(r.ran)+len(r.maybe) == 0 {
		return migration.Bounds[time.Duration]{}, false
	}
	low := unite(r.ran)
	return migration.Bounds[time.Duration]{Low: low, High: unite(append(r.maybe, r.ran...))}, true
}

// ranFor is how long one of the pod's containers ran.
func (p *pod) ranFor(now int64, k *podContainer) (migration.Bounds[time.Duration], bool) {
	var r runTime
	r.add(p, k, now)
	return r.bounds()
}

// ranAll adds when the pod was at work: init containers are start-up, and sidecars keep no
// pod running.
func (p *pod) ranAll(r *runTime, now int64) {
	for i := range p.containers {
		if k := &p.containers[i]; k.kind == migration.ContainerMain || k.kind == migration.ContainerOther {
			r.add(p, k, now)
		}
	}
}

// ran is how long the pod was at work.
func (p *pod) ran(now int64) (migration.Bounds[time.Duration], bool) {
	var r runTime
	p.ranAll(&r, now)
	return r.bounds()
}

// fromTheFirst reports whether the first start of the pod's containers was seen.
func (p *pod) fromTheFirst() bool {
	for i := range p.containers {
		if k := &p.containers[i]; (k.kind == migration.ContainerMain || k.kind == migration.ContainerOther) && !k.lives.fromTheFirst() {
			return false
		}
	}
	return true
}
