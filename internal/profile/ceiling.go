package profile

import (
	"cmp"
	"math"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

const (
	// maxEnforced is the number of limits that are kept separately. Where there are more, the
	// runs of the smallest count with the next: a run that fits into less fits into more.
	maxEnforced = 6
	// ceilingRuns is the number of Job runs that must have completed under a limit before it
	// bounds a recommendation although other runs had a larger one. A few runs prove little,
	// and a limit that was recommended recently must not keep the next one from growing.
	ceilingRuns = 20
)

// enforcedLimit counts the runs that completed under one memory limit.
type enforcedLimit struct {
	bytes float64
	runs  int
}

// ceilings are the memory limits that runs completed under. A limit that was enforced, into
// which every run fitted and at which none was killed, bounds what is recommended.
type ceilings struct {
	limits []enforcedLimit // the smallest first
	// completed counts the runs that completed within a known bound: a limit or a
	// measured peak.
	completed int
	// open is set when a run may have needed any amount: it had no limit and its peak was
	// sampled, or its end is unknown.
	open bool
	// killed is the largest limit that a run was killed at or came up to; +Inf where that
	// limit is unknown.
	killed float64
}

// observe takes in one run.
func (c *ceilings) observe(r *migration.RunRecord) {
	limit, limited := r.Given.Limit.Memory.Get()
	lambda := r.Key.Platform == migration.Lambda
	if lambda {
		limit, limited = limitOf(r)
	}
	limited = limited && limit > 0
	peak := r.Peak.Or(0)
	measured := peak > 0 && r.PeakBound != migration.AtLeast
	if at, ok := r.KilledAt.Get(); ok { // also where it was restarted and completed then
		c.killed = max(c.killed, float64(at))
	}
	switch {
	case r.Outcome == migration.OutcomeOOMKilled:
		if at, ok := killedAt(r); ok {
			c.killed = max(c.killed, float64(at))
		} else {
			c.killed = math.Inf(1)
		}
	case lambda && limited && peak >= limit:
		// Lambda does not report kills for memory as such.
		c.killed = max(c.killed, float64(limit))
	case limited && r.Container != "" && measured && peak > limit:
		// It used more than its limit: that was not enforced, or is not the one it had.
		c.completed++
	case limited && (r.Outcome == migration.OutcomeSucceeded || r.Outcome == 0 && measured && peak < limit):
		c.count(enforcedLimit{float64(limit), 1})
		c.completed++
	case r.Outcome != migration.OutcomeSucceeded && r.Outcome != 0:
		// It did not complete. Its peak is a lower bound, which the sketch keeps.
	case measured:
		c.completed++
	default:
		c.open = true
	}
}

func (c *ceilings) count(l enforcedLimit) {
	i, found := slices.BinarySearchFunc(c.limits, l, func(a, b enforcedLimit) int { return cmp.Compare(a.bytes, b.bytes) })
	if !found {
		c.limits = slices.Insert(c.limits, i, enforcedLimit{bytes: l.bytes})
	}
	c.limits[i].runs += l.runs
	if len(c.limits) > maxEnforced {
		c.limits[1].runs += c.limits[0].runs
		c.limits = slices.Delete(c.limits, 0, 1)
	}
}

// proven is the smallest limit that bounds what is recommended, +Inf where there is
// none. every is the largest peak known, need how many runs must have completed under a
// limit that was not the largest.
func (c *ceilings) proven(every float64, need int) float64 {
	if c.open {
		return math.Inf(1)
	}
	runs := 0
	for i, l := range c.limits {
		runs += l.runs
		if l.bytes >= every && l.bytes > c.killed && (runs >= need || i == len(c.limits)-1) {
			return l.bytes
		}
	}
	return math.Inf(1)
}

func (c *ceilings) merge(o *ceilings) {
	for _, l := range o.limits {
		c.count(l)
	}
	c.completed += o.completed
	c.open = c.open || o.open
	c.killed = max(c.killed, o.killed)
}

func (c *ceilings) clone() ceilings {
	copied := *c
	copied.limits = slices.Clone(c.limits)
	return copied
}

// provenCeiling is the smallest memory limit of Jobs, or memory size on Lambda, into
// which every run fitted; +Inf where there is none. It says whether it is Lambda's.
func (e *runStats) provenCeiling() (limit float64, lambda bool) {
	most := max(e.jobs.largest, e.jobs.largestOver)
	both := max(most, e.lambda.largest)
	if e.lambdaShare() > 0 {
		most = both
	}
	limit = e.enforced.proven(most, ceilingRuns)
	size := e.sizes.proven(both, 1)
	if size < limit && size > e.enforced.killed {
		return size, true
	}
	return limit, false
}

// ceiling is the upper bound of a tenant's limit, +Inf for none, and the runs that prove
// it. A tenant with few runs of its own that is pooled uses the pool's.
func (w *workload) ceiling(l *learner) (limit float64, of *runStats) {
	pool := w.pool(l)
	if l != nil && (pool == nil || l.enforced.completed+l.sizes.completed >= learningRuns) {
		limit, _ = l.provenCeiling()
		return limit, &l.runStats
	}
	if pool == nil {
		return math.Inf(1), nil
	}
	limit, _ = pool.provenCeiling()
	if l != nil && l.enforced.killed >= limit {
		return math.Inf(1), nil
	}
	return limit, pool
}
