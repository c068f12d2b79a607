package assess

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// History is what happened before now, for when a condition began. It reaches as far back
// as data are kept.
type History struct {
	Window time.Duration // that figures cover
	Edge   time.Duration // a window begins at a multiple of it
	// Sides returns what the tenant did on a platform, sorted by time, and between which
	// times everything that it did was seen. It may be nil.
	Sides func(migration.Platform) (steps []Step, from, to time.Time)
	// Flow returns what became of a workload's messages, sorted by time. It may be nil.
	Flow func(migration.Workload) []FlowStep
	// Seen is when migtop first saw conditions of which the data do not say when they
	// began, and see them still.
	Seen map[Condition]time.Time
}

// Condition is one notice of a tenant, without its numbers.
type Condition struct {
	Tenant migration.Tenant
	Code   string
	About  string // which of several
}

// Step is what a tenant did on one platform in a stretch of time: counts, and the greatest
// of what was measured, 0 where nothing was.
type Step struct {
	Start                                          time.Time
	Runs, Failures, Throttled, TimedOut, OOMKilled int64
	Longest                                        time.Duration
	TimeoutRatio                                   migration.Ratio
	PeakMemory                                     migration.Bytes
}

// FlowStep is what became of a workload's messages in a stretch of time, as in
// [migration.QueueFlow].
type FlowStep struct {
	Start                time.Time
	Sent, Dead, Residual int64
}

// since is when a condition began.
type since struct {
	at    time.Time // zero where the data do not say
	basis migration.SinceBasis
}

// point is a step for one rule: what it counts, of how many.
type point struct {
	start time.Time
	n, of int64
}

// began finds since when a condition holds without a break, over windows that end at each
// point in turn: with what happened there, and without. The points are of everything that
// was seen from a time on. It is not known where the condition does not hold at the last one.
func (h *History) began(points []point, from time.Time, holds func(n, of int64) bool) since {
	var n, of int64
	lo, hi, first := len(points), len(points), -1 // the window is points[lo:hi]
	for hi > 0 {
		start := points[hi-1].start
		edge := start.Add(-h.Window).Truncate(h.Edge)
		for lo > 0 && !points[lo-1].start.Before(edge) {
			lo--
			n, of = n+points[lo].n, of+points[lo].of
		}
		if !holds(n, of) {
			break
		}
		for hi > 0 && points[hi-1].start.Equal(start) {
			hi--
			n, of = n-points[hi].n, of-points[hi].of
		}
		first = hi
		if !holds(n, of) {
			break
		}
	}
	if first < 0 {
		return since{}
	}
	out := since{at: points[first].start, basis: migration.SinceData}
	if first == 0 && !out.at.After(from) {
		out.basis = migration.SinceDataStart
	}
	return out
}

// onSide is when a condition on a platform's steps began.
func (f *TenantFacts) onSide(p migration.Platform, count func(*Step) (n, of int64), holds func(n, of int64) bool) since {
	if f.History == nil || f.History.Sides == nil {
		return since{}
	}
	steps, from, to := f.History.Sides(p)
	points := make([]point, len(steps), len(steps)+1)
	for i := range steps {
		points[i].start = steps[i].Start
		points[i].n, points[i].of = count(&steps[i])
	}
	points = append(points, point{start: to}) // the present window
	return f.History.began(points, from, holds)
}

// event is when something happened for the first time that has happened in every window since.
func (f *TenantFacts) event(p migration.Platform, happened func(*Step) bool) since {
	return f.onSide(p, func(s *Step) (n, of int64) {
		if happened(s) {
			return 1, 1
		}
		return 0, 1
	}, func(n, _ int64) bool { return n > 0 })
}

// inFlow is when a condition on a workload's messages began.
func (f *TenantFacts) inFlow(w migration.Workload, count func(*FlowStep) (n, of int64), holds func(n, of int64) bool) since {
	if f.History == nil || f.History.Flow == nil {
		return since{}
	}
	steps := f.History.Flow(w)
	points := make([]point, len(steps))
	for i := range steps {
		points[i].start = steps[i].Start
		points[i].n, points[i].of = count(&steps[i])
	}
	if len(points) == 0 {
		return since{}
	}
	return f.History.began(points, points[0].start, holds)
}

// earliestKill is when the first of the listed runs ended in which a container was killed.
// Earlier ones may have left the list.
func earliestKill(runs []migration.Run, kind migration.ContainerKind, name string) since {
	var ends []time.Time
	for i := range runs {
		for j := range runs[i].Attempts {
			a := &runs[i].Attempts[j]
			for k := range a.Containers {
				if c := &a.Containers[k]; c.OOMKilled > 0 && c.Kind == kind && c.Name == name {
					ends = append(ends, a.Finished.Or(a.Started.Or(runs[i].Created)))
				}
			}
		}
	}
	if len(ends) == 0 {
		return since{}
	}
	return since{at: slices.MinFunc(ends, time.Time.Compare), basis: migration.SinceDataStart}
}
