package migration

import "time"

// The least that a [Traffic] is calculated from: fewer minutes or runs say nothing about bursts.
const (
	LeastTrafficMinutes = 30
	LeastTrafficRuns    = 30
)

// Traffic is how evenly the runs of a workload came, minute by minute, on both sides of the move together. A run counts in
// the minute in which its platform counts it: on Lambda where it started, elsewhere where it ended.
type Traffic struct {
	// The beginning of the minutes that are counted: final ones, which no late data can change. Null where there are none.
	From time.Time `wire:"from"`
	// The end of these minutes.
	To time.Time `wire:"to"`
	// The number of these minutes.
	Minutes int `wire:"minutes"`
	// The runs in these minutes.
	Runs int64 `wire:"runs"`
	// The most runs in one minute. Null like all that follows with fewer than 30 minutes or 30 runs.
	Peak Opt[int64] `wire:"peak_per_minute"`
	// The runs that 95 % of the minutes do not exceed.
	P95 Opt[int64] `wire:"p95_per_minute"`
	// The most runs in one minute over their mean.
	PeakToMean Opt[float64] `wire:"peak_to_mean"`
	// The index of dispersion: the variance of the runs in a minute over their mean. 1 where runs come independently of each
	// other, more where they come in bursts. Source: Cox and Lewis, The Statistical Analysis of Series of Events, 1966.
	Dispersion Opt[float64] `wire:"dispersion"`
	// The share of minutes without a run.
	Idle Opt[Ratio] `wire:"idle_ratio"`
}
