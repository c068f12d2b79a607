package profile

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Trace is a list of ended runs. It may keep them in fewer bytes than a RunRecord has, so that what
// sorts it asks for times alone.
type Trace interface {
	// Len is how many runs there are.
	Len() int
	// Run is one of them, from 0.
	Run(i int) migration.RunRecord
	// Start is when it started, the zero time where that is not known.
	Start(i int) time.Time
	// End is when it ended, and whether that is known: a run without is never learnt from in a replay.
	End(i int) (time.Time, bool)
}

// Past is a run of a trace that is kept whole. Ended says whether its end is known.
type Past struct {
	migration.RunRecord
	Ended bool
}

func (r *Past) end() time.Time { return r.Started.Add(r.Duration) }

// Pasts is a [Trace] of runs that are kept whole.
type Pasts []Past

// Len is how many runs there are.
func (p Pasts) Len() int { return len(p) }

// Run is one of them.
func (p Pasts) Run(i int) migration.RunRecord { return p[i].RunRecord }

// Start is when it started.
func (p Pasts) Start(i int) time.Time { return p[i].Started }

// End is when it ended, and whether that is known.
func (p Pasts) End(i int) (time.Time, bool) { return p[i].end(), p[i].Ended }

// Replay goes through a trace in the order in which runs started, and recommends for
// each what would have been requested for it: by what it had declared, and by runs
// that had ended before it started. each is called once a run, with its place in the
// trace, in the order of starts; runs of one start in the order of the trace. Profiles have sizes
// and deadlines only: what is expected of them and the reasons are left out.
func Replay(s Settings, trace Trace, each func(i int, p *Profile)) {
	starts := inOrder(trace.Len(), func(a, b int) int { return trace.Start(a).Compare(trace.Start(b)) })
	ends := slices.DeleteFunc(byEnd(trace), func(i int32) bool { _, ended := trace.End(int(i)); return !ended })
	book := NewBook(s)
	for _, i := range starts {
		r := trace.Run(int(i))
		for len(ends) > 0 {
			if end, _ := trace.End(int(ends[0])); !end.Before(r.Started) {
				break
			}
			book.Observe(trace.Run(int(ends[0])))
			ends = ends[1:]
		}
		book.flush()
		p := book.profile(Ask{Workload: r.Key.Workload, Tenant: r.Key.Tenant, Now: r.Given, Input: r.InputSize}, true)
		each(int(i), &p)
	}
}

// LearnAll learns from runs in the order in which they ended; those whose end is
// unknown come last, as they stand.
func (b *Book) LearnAll(trace Trace) {
	for _, i := range byEnd(trace) {
		b.Observe(trace.Run(int(i)))
	}
}

// byEnd are the places of a trace's runs in the order in which they ended, of those whose end is
// unknown last.
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
