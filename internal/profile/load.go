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

// MeasureLoads measures the load of each workload and tenant of a trace, on any platform.
// Runs whose start is the zero time are left out.
func MeasureLoads(trace Trace) func(migration.Workload, migration.Tenant) Load {
	runs := map[id][]int32{}
	for i := range trace.Len() {
		if trace.Start(i).IsZero() {
			continue
		}
		r := trace.Run(i)
		key := id{r.Key.Workload, r.Key.Tenant}
		runs[key] = append(runs[key], int32(i))
	}
	loads := map[id]Load{}
	for key, of := range runs {
		if load := measure(trace, of); load != (Load{}) {
			loads[key] = load
		}
		delete(runs, key)
	}
	return func(w migration.Workload, t migration.Tenant) Load { return loads[id{w, t}] }
}

func measure(trace Trace, of []int32) Load {
	var load Load
	start := func(i int) time.Time { return trace.Start(int(of[i])) }
	slices.SortFunc(of, func(a, b int32) int {
		return cmp.Or(trace.Start(int(a)).Compare(trace.Start(int(b))), cmp.Compare(a, b))
	})
	n := len(of)
	if n < 2 {
		return load
	}
	most, first := 0, 0
	for last := range of {
		for start(last).Sub(start(first)) >= rateWindow {
			first++
		}
		most = max(most, last-first+1)
	}
	load.PeakRate = migration.Some(float64(most) / rateWindow.Seconds())
	if span := start(n - 1).Sub(start(0)); span >= rateSpan {
		load.MeanRate = migration.Some(float64(n-1) / span.Seconds())
	}
	load.Concurrent = concurrent(trace, of)
	return load
}

// concurrent is how many runs went on at once in 99 % of the time in which any did. of is sorted by
// start.
func concurrent(trace Trace, of []int32) migration.Opt[int] {
	ends := make([]time.Time, len(of))
	for i, run := range of {
		end, ended := trace.End(int(run))
		if !ended {
			return migration.None[int]()
		}
		ends[i] = end
	}
	slices.SortFunc(ends, time.Time.Compare)
	spent := map[int]time.Duration{}
	var total time.Duration
	var before time.Time
	going, most := 0, 0
	for started, ended := 0, 0; ended < len(ends); {
		at, by := ends[ended], -1
		// What ends at the instant at which another starts does not go on at once with it.
		if started < len(of) && trace.Start(int(of[started])).Before(at) {
			at, by = trace.Start(int(of[started])), 1
			started++
		} else {
			ended++
		}
		if going > 0 {
			d := at.Sub(before)
			spent[going] += d
			total += d
		}
		before = at
		going += by
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
