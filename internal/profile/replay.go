package profile

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Past is a run of a trace. Ended says whether its end is known: a run without is
// never learnt from.
type Past struct {
	migration.RunRecord
	Ended bool
}

func (r *Past) end() time.Time { return r.Started.Add(r.Duration) }

// Replay goes through a trace in the order in which runs started, and recommends for
// each what would have been requested for it: by what it had declared, and by runs
// that had ended before it started. each is called once a run, with its place in the
// trace, in the order of starts; runs of one start in the order of the trace.
func Replay(s Settings, trace []Past, each func(i int, p *Profile)) {
	starts, ends := make([]int, len(trace)), make([]int, 0, len(trace))
	for i := range trace {
		starts[i] = i
		if trace[i].Ended {
			ends = append(ends, i)
		}
	}
	slices.SortStableFunc(starts, func(a, b int) int { return trace[a].Started.Compare(trace[b].Started) })
	slices.SortStableFunc(ends, func(a, b int) int { return trace[a].end().Compare(trace[b].end()) })
	book := NewBook(s)
	for _, i := range starts {
		r := &trace[i]
		for len(ends) > 0 && trace[ends[0]].end().Before(r.Started) {
			book.Observe(trace[ends[0]].RunRecord)
			ends = ends[1:]
		}
		p := book.Profile(Ask{Workload: r.Key.Workload, Tenant: r.Key.Tenant, Now: r.Given, Input: r.InputSize})
		each(i, &p)
	}
}

// LearnAll learns from runs in the order in which they ended; those whose end is
// unknown come last, as they stand.
func (b *Book) LearnAll(trace []Past) {
	order := make([]int, len(trace))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		switch a, b := &trace[x], &trace[y]; {
		case a.Ended && b.Ended:
			return a.end().Compare(b.end())
		case a.Ended:
			return -1
		case b.Ended:
			return 1
		}
		return 0
	})
	for _, i := range order {
		b.Observe(trace[i].RunRecord)
	}
}
