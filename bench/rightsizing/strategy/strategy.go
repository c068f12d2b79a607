// Package strategy holds the ways of sizing a Job's memory that are compared.
// Each learns online, from runs that have ended, and knows nothing of the others.
package strategy

import (
	"math"
	"time"

	"github.com/migtop/migtop/bench/rightsizing/trace"
)

// Strategy sizes runs.
type Strategy interface {
	Name() string
	// Size is the memory, in bytes, that the first attempt of a run is given when
	// it starts; false while the strategy knows nothing of its workload. Request
	// and limit are the same: a Job that may use more than it requested takes what
	// was promised to others.
	Size(r *trace.Run) (int64, bool)
	// Killed reports an attempt that was killed at a limit.
	Killed(r *trace.Run, limit int64, at time.Time)
	// Ended reports a run that ended by itself: its peak is known.
	Ended(r *trace.Run, at time.Time)
}

// Retrier is a strategy with a rule of its own for the attempt after a kill.
type Retrier interface {
	// Retry is the next size, in bytes, of a run that was killed at a limit.
	Retry(r *trace.Run, limit int64) int64
}

// Deadliner is a strategy that bounds how long a run may take.
type Deadliner interface {
	Deadline(r *trace.Run) (time.Duration, bool)
}

// ByMax is every strategy that goes by the greatest peak so far.
type ByMax struct {
	name   string
	size   func(peak int64) int64
	window time.Duration // runs that ended longer ago are forgotten; 0 is never
	from   int           // peaks that it must have seen before it says anything
	seen   map[string][]peakAt
	count  map[string]int // peaks seen
}

type peakAt struct {
	peak int64
	at   time.Time
}

const mib = 1 << 20

func byMax(name string, from int, size func(peak int64) int64) *ByMax {
	return &ByMax{name: name, from: from, size: size, seen: map[string][]peakAt{}, count: map[string]int{}}
}

// MaxPlus is the greatest peak and so many MiB, once it has seen so many.
func MaxPlus(name string, spare int64, from int) *ByMax {
	return byMax(name, from, func(peak int64) int64 { return peak + spare*mib })
}

// MaxTimes is the greatest peak times a factor, once it has seen so many.
func MaxTimes(name string, factor float64, from int) *ByMax {
	return byMax(name, from, func(peak int64) int64 { return int64(math.Ceil(float64(peak) * factor)) })
}

// KRR is the simple strategy of robusta-dev/krr with its defaults: the maximum memory of the last 14 days plus 15 %,
// rounded up to whole MiB, at least 100 MiB. Two rules that would make it worse are left out: it recommends nothing
// before 100 data points 75 seconds apart, and it does not see most runs that are shorter.
func KRR() *ByMax {
	krr := byMax("KRR", 1, func(peak int64) int64 {
		whole := int64(math.Ceil(float64(peak) * 1.15 / mib))
		return max(100, whole) * mib
	})
	krr.window = 14 * 24 * time.Hour
	return krr
}

// Name is what the strategy is called in the table.
func (s *ByMax) Name() string { return s.name }

// Size is by the greatest peak of the workload in the window.
func (s *ByMax) Size(r *trace.Run) (int64, bool) {
	seen := s.seen[r.Workload]
	if s.window > 0 {
		for len(seen) > 0 && r.Start.Sub(seen[0].at) > s.window {
			seen = seen[1:]
		}
		s.seen[r.Workload] = seen
	}
	if len(seen) == 0 || s.count[r.Workload] < s.from {
		return 0, false
	}
	return s.size(seen[0].peak), true
}

// Killed counts as a peak at the limit, which is all that was observed.
func (s *ByMax) Killed(r *trace.Run, limit int64, at time.Time) { s.saw(r, limit, at) }

// Ended counts the run's peak.
func (s *ByMax) Ended(r *trace.Run, at time.Time) { s.saw(r, r.Peak, at) }

// saw keeps the peak where nothing greater came later: the first one kept is always
// the greatest.
func (s *ByMax) saw(r *trace.Run, peak int64, at time.Time) {
	s.count[r.Workload]++
	seen := s.seen[r.Workload]
	for len(seen) > 0 && seen[len(seen)-1].peak <= peak {
		seen = seen[:len(seen)-1]
	}
	s.seen[r.Workload] = append(seen, peakAt{peak: peak, at: at})
}

// Retry is the strategy's size for a peak at the limit, which is what was seen.
func (s *ByMax) Retry(_ *trace.Run, limit int64) int64 { return s.size(limit) }

// Declared is what the owner requested.
type Declared struct{}

// Name is what the strategy is called in the table.
func (Declared) Name() string { return "declared" }

// Size leaves every run to what it declares.
func (Declared) Size(*trace.Run) (int64, bool) { return 0, false }

// Killed changes nothing.
func (Declared) Killed(*trace.Run, int64, time.Time) {}

// Ended changes nothing.
func (Declared) Ended(*trace.Run, time.Time) {}
