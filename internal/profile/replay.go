package profile

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Trace is a list of ended runs. It may keep them in fewer bytes than a RunRecord has, so that what
// sorts it asks for times alone.
type Trace interface {
	// Len is how many runs there are.
	Len() int
	// Run returns run i, from 0.
	Run(i int) migration.RunRecord
	// Start is when it started, the zero time where that is not known.
	Start(i int) time.Time
	// End is when it ended, and whether that is known: a run without is never learnt from in a replay.
	End(i int) (time.Time, bool)
}

// Past is a run of a trace in memory. Ended says whether its end is known.
type Past struct {
	migration.RunRecord
	Ended bool
}

func (r *Past) end() time.Time { return r.Started.Add(r.Duration) }

// Pasts is a [Trace] of runs that are kept whole.
type Pasts []Past

// Len is how many runs there are.
func (p Pasts) Len() int { return len(p) }

// Run returns run i.
func (p Pasts) Run(i int) migration.RunRecord { return p[i].RunRecord }

// Start is when it started.
func (p Pasts) Start(i int) time.Time { return p[i].Started }

// End is when it ended, and whether that is known.
func (p Pasts) End(i int) (time.Time, bool) { return p[i].end(), p[i].Ended }

// replayAttempts is how many attempts a run has in a replay: as many as backoffLimit 6,
// Kubernetes' own, leaves it.
const replayAttempts = 7

// Replay goes through a trace in the order in which runs started, and recommends for each
// what would have been requested for it: by what it declared, by runs that had ended before
// it started, and by the number of runs in progress. each is called once per run in that
// order, with its index in the trace; runs with the same start keep the trace's order.
// Profiles have sizes and deadlines only, without expectations and reasons.
//
// A Job whose measured peak exceeds the recommended limit would have been killed. The kill is
// learned at its end, and the peak when the retry has ended: the retry gets the retry profile,
// then twice as much each time, and takes as long again.
func Replay(s Settings, trace Trace, each func(i int, p *Profile)) {
	starts := inOrder(trace.Len(), func(a, b int) int { return trace.Start(a).Compare(trace.Start(b)) })
	book := NewBook(s)
	var under attempts
	going := map[id]int{} // runs under way
	for place, i := range starts {
		r := trace.Run(int(i))
		key := id{r.Key.Workload, r.Key.Tenant}
		for len(under) > 0 && under[0].at.Before(r.Started) {
			a, _ := heap.Pop(&under).(attempt)
			ended := trace.Run(int(a.run))
			if next, again := a.end(book, ended); again {
				heap.Push(&under, next)
			} else {
				going[id{ended.Key.Workload, ended.Key.Tenant}]--
			}
		}
		book.flush()
		p := book.profile(Ask{
			Workload: r.Key.Workload, Tenant: r.Key.Tenant, Now: r.Given, Input: r.InputSize, UnderWay: migration.Some(going[key]),
		}, true)
		each(int(i), &p)
		if at, ended := trace.End(int(i)); ended {
			going[key]++
			heap.Push(&under, attempt{
				run: i, place: place, number: 1, started: r.Started, at: at, limit: p.Base.MemoryLimit,
				retry: p.Retry.MemoryLimit,
			})
		}
	}
}

// attempt is one attempt of a run that is under way in a replay.
type attempt struct {
	run           int32
	place, number int // place is the run's among all starts
	started, at   time.Time
	limit, retry  migration.Bytes
}

// end learns from the end of an attempt of a run. It returns the attempt after it where it was
// killed.
func (a *attempt) end(book *Recommender, r migration.RunRecord) (next attempt, again bool) {
	took := a.at.Sub(a.started)
	r.Started = a.started
	peak, known := r.Peak.Get()
	completed := r.Outcome == migration.OutcomeSucceeded || r.Outcome == 0
	if r.Key.Platform == migration.Lambda || !completed || !known || r.PeakBound != migration.Exact || a.limit <= 0 || peak <= a.limit {
		book.Observe(r)
		return attempt{}, false
	}
	next = attempt{run: a.run, place: a.place, number: a.number + 1, started: a.at, at: a.at.Add(took), limit: a.retry}
	if a.number > 1 {
		next.limit = RoundUp(2 * a.limit)
	}
	r.ID = fmt.Sprintf("%s/%d", r.ID, a.number)
	r.Outcome, r.Peak, r.CPUTime = migration.OutcomeOOMKilled, migration.None[migration.Bytes](), migration.None[time.Duration]()
	r.Given.Request.Memory, r.Given.Limit.Memory = migration.Some(a.limit), migration.Some(a.limit)
	book.Observe(r)
	return next, a.number < replayAttempts
}

// attempts is a heap by the time at which they end, then by the order of starts.
type attempts []attempt

func (a attempts) Len() int { return len(a) }

func (a attempts) Less(i, j int) bool {
	if c := a[i].at.Compare(a[j].at); c != 0 {
		return c < 0
	}
	return a[i].place < a[j].place
}

func (a attempts) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push is for container/heap.
func (a *attempts) Push(x any) {
	one, _ := x.(attempt)
	*a = append(*a, one)
}

// Pop is for container/heap.
func (a *attempts) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// LearnAll learns from runs in the order in which they ended. Runs whose end is unknown
// come last, in their own order.
func (b *Recommender) LearnAll(trace Trace) {
	for _, i := range byEnd(trace) {
		b.Observe(trace.Run(int(i)))
	}
}

// byEnd are the indexes of a trace's runs in the order in which they ended; runs whose end is
// unknown come last.
func byEnd(trace Trace) []int32 {
	return inOrder(trace.Len(), func(x, y int) int {
		a, known := trace.End(x)
		b, also := trace.End(y)
		switch {
		case known && also:
			return a.Compare(b)
		case known:
			return -1
		case also:
			return 1
		}
		return 0
	})
}

// inOrder are n places, sorted; equal ones stay in their order. What is in order already, as most
// files are, is not sorted.
func inOrder(n int, compare func(a, b int) int) []int32 {
	places := make([]int32, n)
	sorted := true
	for i := range places {
		places[i] = int32(i)
		sorted = sorted && (i == 0 || compare(i-1, i) <= 0)
	}
	if !sorted {
		slices.SortFunc(places, func(a, b int32) int { return cmp.Or(compare(int(a), int(b)), cmp.Compare(a, b)) })
	}
	return places
}
