// Package trace reads what real jobs and functions used, in the formats of the
// public traces, and generates a small trace with published distributions.
package trace

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// Run is one run that ended by itself: what it was, how long it took and how much
// memory it needed at its greatest.
type Run struct {
	Workload string
	Tenant   string // empty if the trace has no tenants
	ID       string // unique within its trace
	Start    time.Time
	Duration time.Duration
	Peak     int64 // bytes
	// CPUSeconds is processor time consumed, where CPUKnown says that it was measured.
	CPUSeconds float64
	CPUKnown   bool
	// Declared is the request of the run's owner, in bytes; 0 if unknown.
	Declared int64
	// Limit is the enforced limit, in bytes; 0 if there was none or it is unknown.
	Limit int64
	// Input is the size of what the run worked on, in bytes; 0 where it is unknown.
	Input int64
}

// End is when the run ends where its first attempt is the only one.
func (r *Run) End() time.Time { return r.Start.Add(r.Duration) }

// Trace is the runs of one workflow or one sample of functions.
type Trace struct {
	// Name is the folder of the file and the workflow, "sizey/mag".
	Name string
	Runs []Run
}

// Group is the first part of the name: the data set.
func (t *Trace) Group() string {
	for i := range t.Name {
		if t.Name[i] == '/' {
			return t.Name[:i]
		}
	}
	return t.Name
}

// Epoch is when traces start that carry no time of their own.
var Epoch = time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)

// Busy returns the trace without the workloads with fewer than least runs, from which no strategy can learn.
func (t *Trace) Busy(least int) Trace {
	count := map[string]int{}
	for i := range t.Runs {
		count[t.Runs[i].Workload]++
	}
	busy := Trace{Name: t.Name}
	for i := range t.Runs {
		if count[t.Runs[i].Workload] >= least {
			busy.Runs = append(busy.Runs, t.Runs[i])
		}
	}
	return busy
}

// Order says when runs start in a replay.
type Order string

// The orders. Spread measures the quality of a size once much is known. Chronological measures the cost of a burst of
// runs that start before the first ones have ended.
const (
	Chronological Order = "chronological" // at their own times
	Spread        Order = "spread"        // each workload's runs, in their order, evenly over SpreadOver
	Shuffled      Order = "shuffled"      // as Spread, in a seeded random order
)

// Orders are all orders.
var Orders = []Order{Spread, Chronological, Shuffled}

// SpreadOver is the duration to which Spread and Shuffled extend a trace: the look-back time of KRR and others.
const SpreadOver = 14 * 24 * time.Hour

// In returns the runs with the starting times of the order, sorted by them. The
// seed matters to Shuffled alone.
func (t *Trace) In(order Order, seed uint64) []Run {
	runs := slices.Clone(t.Runs)
	byStart(runs)
	if order == Chronological {
		return runs
	}
	byWorkload := map[string][]int{}
	for i := range runs {
		byWorkload[runs[i].Workload] = append(byWorkload[runs[i].Workload], i)
	}
	names := make([]string, 0, len(byWorkload))
	for name := range byWorkload {
		names = append(names, name)
	}
	slices.Sort(names)
	random := rand.New(rand.NewPCG(seed, 1))
	for _, name := range names {
		own := byWorkload[name]
		if order == Shuffled {
			random.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
		}
		for i, at := range own {
			runs[at].Start = Epoch.Add(SpreadOver / time.Duration(len(own)) * time.Duration(i))
		}
	}
	byStart(runs)
	return runs
}

func byStart(runs []Run) {
	slices.SortStableFunc(runs, func(a, b Run) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Workload, b.Workload), cmp.Compare(a.ID, b.ID))
	})
}
