// Package score replays a trace against a strategy and says what that cost.
package score

import (
	"container/heap"
	"time"

	"github.com/migtop/migtop/bench/rightsizing/strategy"
	"github.com/migtop/migtop/bench/rightsizing/trace"
)

// Retry is the rule for the attempt after a kill for memory.
type Retry string

// The rules. All but Own are the same for every strategy.
const (
	Double  Retry = "double"  // twice the limit that was too small
	Profile Retry = "profile" // once the greater of 1.10 x the greatest peak known and 1.3 x the limit, then twice the limit
	Own     Retry = "own"     // the strategy's own next size; Profile where it has none
)

// Attempts is how many attempts a run has, as backoffLimit 6 leaves it, before it is
// given up.
const Attempts = 7

// Unknown is what a run of an unknown workload is given that declares nothing: 2 GiB.
const Unknown = 2 << 30

// Result is what a strategy cost.
type Result struct {
	Runs int
	// Held is memory given times the time that it was held, all attempts included;
	// Wasted is what of it no run used. Both in byte-seconds.
	Held, Wasted float64
	Killed       int // runs of which an attempt was killed for memory
	GivenUp      int // runs that no attempt completed
	// DeadlineKills are runs that needed longer than the strategy's deadline, of
	// those that had one.
	DeadlineKills, Deadlines int
	// Calibration covers the strategy's own forecasts; see [Calibrate].
	Calibration Calibration
}

// Add adds another result.
func (r *Result) Add(o *Result) {
	r.Runs += o.Runs
	r.Held += o.Held
	r.Wasted += o.Wasted
	r.Killed += o.Killed
	r.GivenUp += o.GivenUp
	r.DeadlineKills += o.DeadlineKills
	r.Deadlines += o.Deadlines
	r.Calibration.add(o.Calibration)
}

// Replay replays the trace, which is sorted by start, and returns a result per workload. The strategy learns from a run
// when it has ended; if the run was killed, after its last attempt. A killed attempt holds its whole limit for the whole
// duration of the run, since the time of the kill is unknown.
func Replay(runs []trace.Run, s strategy.Strategy, rule Retry) map[string]*Result {
	p := replay{strategy: s, rule: rule, results: map[string]*Result{}, most: map[string]int64{}}
	next := 0
	for next < len(runs) || p.events.Len() > 0 {
		// What ends at the moment at which a run starts is known to it.
		if p.events.Len() > 0 && (next == len(runs) || !p.events[0].at.After(runs[next].Start)) {
			e, _ := heap.Pop(&p.events).(event)
			p.end(&e)
			continue
		}
		p.first(&runs[next])
		next++
	}
	return p.results
}

type replay struct {
	strategy strategy.Strategy
	rule     Retry
	events   events
	order    int
	results  map[string]*Result
	most     map[string]int64 // the greatest peak that ended, by workload, in bytes
}

// first starts a run's first attempt.
func (p *replay) first(r *trace.Run) {
	result := p.results[r.Workload]
	if result == nil {
		result = &Result{}
		p.results[r.Workload] = result
	}
	result.Runs++
	limit, ok := p.strategy.Size(r)
	if !ok {
		limit = r.Declared
		if limit == 0 {
			limit = Unknown
		}
	}
	if d, ok := p.strategy.(strategy.Deadliner); ok {
		if deadline, ok := d.Deadline(r); ok {
			result.Deadlines++
			if r.Duration > deadline {
				result.DeadlineKills++
			}
		}
	}
	p.attempt(r, 1, limit, r.Start)
}

// attempt accounts for an attempt and files its end.
func (p *replay) attempt(r *trace.Run, n int, limit int64, at time.Time) {
	result := p.results[r.Workload]
	held := float64(limit) * r.Duration.Seconds()
	result.Held += held
	if limit >= r.Peak {
		result.Wasted += float64(limit-r.Peak) * r.Duration.Seconds()
	} else {
		result.Wasted += held
		if n == 1 {
			result.Killed++
		}
	}
	p.order++
	heap.Push(&p.events, event{at: at.Add(r.Duration), order: p.order, run: r, attempt: n, limit: limit})
}

// end is the end of an attempt.
func (p *replay) end(e *event) {
	r := e.run
	if e.limit >= r.Peak {
		p.most[r.Workload] = max(p.most[r.Workload], r.Peak)
		p.strategy.Ended(r, e.at)
		return
	}
	p.strategy.Killed(r, e.limit, e.at)
	if e.attempt == Attempts {
		p.results[r.Workload].GivenUp++
		return
	}
	p.attempt(r, e.attempt+1, p.retry(r, e.attempt, e.limit), e.at)
}

// retry returns the size of the attempt after the one that was killed at limit.
func (p *replay) retry(r *trace.Run, killed int, limit int64) int64 {
	if s, ok := p.strategy.(strategy.Retrier); ok && p.rule == Own {
		return s.Retry(r, limit)
	}
	if p.rule == Double || killed > 1 {
		return 2 * limit
	}
	return max(p.most[r.Workload]*110/100, limit*13/10)
}

// event is the end of an attempt.
type event struct {
	at      time.Time
	order   int
	run     *trace.Run
	attempt int
	limit   int64
}

// events is a heap by time; what was filed first comes first.
type events []event

func (e events) Len() int { return len(e) }

func (e events) Less(i, j int) bool {
	if c := e[i].at.Compare(e[j].at); c != 0 {
		return c < 0
	}
	return e[i].order < e[j].order
}

func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

// Push is for container/heap.
func (e *events) Push(x any) {
	one, _ := x.(event)
	*e = append(*e, one)
}

// Pop is for container/heap.
func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	*e = old[:len(old)-1]
	return last
}
