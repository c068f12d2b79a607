package profile

import (
	"math"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Lambda runs show the same code on another machine: each counts half, at most twenty
// count, and their weight falls as Jobs run.
const (
	lambdaWeight = 0.5
	lambdaRuns   = 20
	lambdaFade   = 20 // Job runs after which nothing of Lambda counts any more
)

// runStats holds the statistics of the runs of one tenant's workload, or of a workload over
// its tenants, at one version of its code.
type runStats struct {
	jobs, lambda       sketch
	ranJobs, ranLambda times
	tasks              int          // of ranJobs, those that were tasks of ECS
	lambdaSizes        []lambdaSize // by size, the smallest first
	enforced           ceilings     // the memory limits of Jobs
	sizes              ceilings     // the memory sizes on Lambda
	censored           bool         // Lambda ran into its memory
	charged            charges
	source             migration.Provenance
	revision           uint64 // grows with each change of what memory is advised by: all but charged
}

// times holds the statistics of run times and CPU times.
type times struct {
	runs, failed   int // failed: by their own error
	evicted        int
	longest, total time.Duration
	between        time.Duration // where the longest is a bound: the least that that run took; 0 where it is exact
	timed          int           // runs of known length
	logs, squares  float64       // sums of ln t and of its square over them, t in seconds
	timedOut       time.Duration // the longest that a deadline cut off
	cpuRuns        int
	cpuTime        time.Duration // of the runs that have it
	cpuWall        time.Duration // what those took
	mostCPU        float64       // the most cores that one run kept busy on average
}

// lambdaSize is how long invocations took at one memory size.
type lambdaSize struct {
	size    migration.Bytes
	runs    int
	seconds float64
}

// maxLambdaSizes is the number of memory sizes of one function that are kept separately.
const maxLambdaSizes = 8

// observe learns from one run.
func (e *runStats) observe(r *migration.RunRecord) {
	e.revision++
	s, t := &e.jobs, &e.ranJobs
	if r.Key.Platform == migration.ECS {
		e.tasks++
	}
	if r.Key.Platform == migration.Lambda {
		s, t = &e.lambda, &e.ranLambda
		e.absorbLambda(r)
		e.sizes.observe(r)
	} else {
		e.enforced.observe(r)
	}
	seconds := r.Duration.Seconds()
	if seconds <= 0 { // unknown: as long as the others
		seconds = e.meanSeconds()
	}
	t.absorb(r)
	e.absorbPeak(s, r, seconds)
	e.tellSource(r.Evidence)
}

// tellSource adds where evidence is from.
func (e *runStats) tellSource(from migration.Provenance) {
	switch e.source {
	case from:
	case migration.Provenance{}:
		e.source = from
	default:
		e.source = e.source.And(from)
	}
}

func (e *runStats) absorbPeak(s *sketch, r *migration.RunRecord, seconds float64) {
	peak, known := r.Peak.Get()
	outcome := r.Outcome
	if r.WorkEnded {
		outcome = migration.OutcomeSucceeded
	}
	switch outcome {
	case migration.OutcomeOOMKilled:
		if limit, ok := killedAt(r); ok {
			s.kill(max(limit, peak), seconds)
			return
		}
		if known {
			// Without a limit it was the node that ran out of memory: what the run would
			// have needed was seen by samples alone.
			s.add(peak, migration.AtLeast, seconds)
		}
	case migration.OutcomeFailed, migration.OutcomeTimedOut, migration.OutcomeEvicted, migration.OutcomeStopped:
		// It did not get to its end; there it may have needed more.
		if known {
			s.add(peak, migration.AtLeast, seconds)
			if r.Outcome == migration.OutcomeEvicted || r.Outcome == migration.OutcomeStopped {
				s.ended++
			}
		}
	default:
		if known {
			bound := r.PeakBound
			// A run that filled its limit and whose end is unknown may have been killed.
			if size, ok := r.Given.Limit.Memory.Get(); ok && (r.Key.Platform == migration.Lambda || r.Outcome == 0) && peak >= size {
				bound = migration.AtLeast
			}
			s.add(peak, bound, seconds)
			s.completed++
		}
	}
}

// killedAt is the least memory that a run needed that was killed for memory. A container's
// run states it; elsewhere it is the limit.
func killedAt(r *migration.RunRecord) (migration.Bytes, bool) {
	if r.Container != "" {
		return r.KilledAt.Get()
	}
	return limitOf(r)
}

// limitOf is the memory limit that a run had.
func limitOf(r *migration.RunRecord) (migration.Bytes, bool) {
	if l, ok := r.Given.Limit.Memory.Get(); ok && l > 0 {
		return l, true
	}
	l, ok := r.Given.Request.Memory.Get()
	return l, ok && l > 0
}

func (e *runStats) absorbLambda(r *migration.RunRecord) {
	size, ok := limitOf(r)
	if !ok {
		return
	}
	if r.Outcome == migration.OutcomeOOMKilled || r.Peak.Or(0) >= size {
		e.censored = true
	}
	if r.Duration <= 0 || r.Outcome == migration.OutcomeTimedOut {
		return
	}
	e.ranIn(lambdaSize{size, 1, r.Duration.Seconds()})
}

// ranIn counts runs in a memory size.
func (e *runStats) ranIn(s lambdaSize) {
	i, found := slices.BinarySearchFunc(e.lambdaSizes, s.size, func(s lambdaSize, b migration.Bytes) int { return int(s.size - b) })
	if !found {
		if len(e.lambdaSizes) == maxLambdaSizes {
			return
		}
		e.lambdaSizes = slices.Insert(e.lambdaSizes, i, lambdaSize{size: s.size})
	}
	e.lambdaSizes[i].runs += s.runs
	e.lambdaSizes[i].seconds += s.seconds
}

func (t *times) absorb(r *migration.RunRecord) {
	if r.Outcome == migration.OutcomeStopped {
		return // its full run time is unknown, and it needs no retry
	}
	t.runs++
	t.total += max(r.Duration, 0)
	longest := max(r.Duration, r.DurationMost.Or(0))
	if r.DurationMost.Or(0) > t.longest {
		t.between = r.Duration
	} else if longest > t.longest {
		t.between = 0
	}
	switch r.Outcome {
	case migration.OutcomeTimedOut:
		t.timedOut = max(t.timedOut, r.Duration)
		t.failed++
	case migration.OutcomeEvicted:
		t.evicted++
	case migration.OutcomeFailed:
		t.failed++
	}
	t.longest = max(t.longest, longest)
	if r.Duration > 0 {
		ln := math.Log(r.Duration.Seconds())
		t.timed++
		t.logs += ln
		t.squares += ln * ln
	}
	if cpu, ok := r.CPUTime.Get(); ok && cpu >= 0 && r.Duration > 0 && r.Outcome != migration.OutcomeEvicted {
		t.cpuRuns++
		t.cpuTime += cpu
		t.cpuWall += r.Duration
		t.mostCPU = max(t.mostCPU, cpu.Seconds()/r.Duration.Seconds())
	}
}

// spread is the standard deviation of ln t.
func (t *times) spread() float64 {
	if t.timed == 0 {
		return 0
	}
	mean := t.logs / float64(t.timed)
	return math.Sqrt(max(t.squares/float64(t.timed)-mean*mean, 0))
}

// meanSeconds is how long a run takes on average, or a minute before any did.
func (e *runStats) meanSeconds() float64 {
	if n := e.jobs.runs + e.lambda.runs; n > 0 && e.jobs.seconds+e.lambda.seconds > 0 {
		return (e.jobs.seconds + e.lambda.seconds) / float64(n)
	}
	return 60
}

// lambdaShare is the weight of all Lambda runs together.
func (e *runStats) lambdaShare() float64 {
	fade := 1 - float64(e.jobs.runs)/lambdaFade
	return lambdaWeight * float64(min(e.lambda.runs, lambdaRuns)) * max(fade, 0)
}

// weight is how many runs the evidence counts as.
func (e *runStats) weight() float64 { return float64(e.jobs.runs) + e.lambdaShare() }

// containers is the name of the runs that are not on Lambda.
func (e *runStats) containers() string {
	switch e.tasks {
	case 0:
		return "Job run"
	case e.ranJobs.runs:
		return "ECS run"
	}
	return "container run"
}

// runs is the number of runs whose peak is known or bounded.
func (e *runStats) runs() int { return e.jobs.runs + e.lambda.runs }

// appendPoints appends the runs of both platforms with their weights, sorted.
func (e *runStats) appendPoints(to []point) []point {
	to = e.jobs.appendPoints(to)
	share := e.lambdaShare()
	if share == 0 {
		return to
	}
	n := len(to)
	to = e.lambda.appendPoints(to)
	scale := share / float64(e.lambda.runs)
	for i := n; i < len(to); i++ {
		to[i].w *= scale
		to[i].wt *= scale
	}
	sortPoints(to)
	return to
}

// forget drops the statistics of one side.
func (e *runStats) forget(lambda bool) {
	e.revision++
	if lambda {
		e.lambda, e.ranLambda = sketch{}, times{}
		e.lambdaSizes, e.sizes, e.censored = nil, ceilings{}, false
	} else {
		e.jobs, e.ranJobs, e.tasks, e.enforced, e.charged = sketch{}, times{}, 0, ceilings{}, charges{}
	}
	if e.ranJobs.runs+e.ranLambda.runs == 0 {
		e.source = migration.Provenance{}
	}
}

func (e *runStats) clone() *runStats {
	c := *e
	c.jobs, c.lambda = e.jobs.clone(), e.lambda.clone()
	c.enforced, c.sizes = e.enforced.clone(), e.sizes.clone()
	c.lambdaSizes = slices.Clone(e.lambdaSizes)
	return &c
}
