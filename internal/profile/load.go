package profile

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// rateWindow is over which time a peak rate is measured, and rateSpan how long a trace
// must be for a rate on average to say anything about a month.
const (
	rateWindow = 5 * time.Minute
	rateSpan   = 24 * time.Hour
)

// MeasureLoads says how each workload and tenant of a trace was used, whatever the
// platform. Runs whose start is the zero time are left out.
func MeasureLoads(trace []Past) func(migration.Workload, migration.Tenant) Load {
	runs := map[id][]int{}
	for i := range trace {
		if r := &trace[i]; !r.Started.IsZero() {
			key := id{r.Key.Workload, r.Key.Tenant}
			runs[key] = append(runs[key], i)
		}
	}
	loads := make(map[id]Load, len(runs))
	for key, of := range runs {
		loads[key] = measure(trace, of)
	}
	return func(w migration.Workload, t migration.Tenant) Load { return loads[id{w, t}] }
}

func measure(trace []Past, of []int) Load {
	var load Load
	slices.SortStableFunc(of, func(a, b int) int { return trace[a].Started.Compare(trace[b].Started) })
	n := len(of)
	if n < 2 {
		return load
	}
	most, first := 0, 0
	for last := range of {
		for trace[of[last]].Started.Sub(trace[of[first]].Started) >= rateWindow {
			first++
		}
		most = max(most, last-first+1)
	}
	load.PeakRate = migration.Some(float64(most) / rateWindow.Seconds())
	if span := trace[of[n-1]].Started.Sub(trace[of[0]].Started); span >= rateSpan {
		load.MeanRate = migration.Some(float64(n-1) / span.Seconds())
	}
	load.Concurrent = concurrent(trace, of)
	return load
}

// concurrent is how many runs went on at once in 99 % of the time in which any did.
func concurrent(trace []Past, of []int) migration.Opt[int] {
	type change struct {
		at time.Time
		by int
	}
	changes := make([]change, 0, 2*len(of))
	for _, i := range of {
		r := &trace[i]
		if !r.Ended {
			return migration.None[int]()
		}
		changes = append(changes, change{r.Started, 1}, change{r.end(), -1})
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.by, b.by)) })
	spent := map[int]time.Duration{}
	var total time.Duration
	going, most := 0, 0
	for i, c := range changes {
		if i > 0 && going > 0 {
			d := c.at.Sub(changes[i-1].at)
			spent[going] += d
			total += d
		}
		going += c.by
		most = max(most, going)
	}
	left := total
	for n := 1; n <= most; n++ {
		if left -= spent[n]; left <= total/100 {
			return migration.Some(n)
		}
	}
	return migration.Some(max(most, 1))
}
