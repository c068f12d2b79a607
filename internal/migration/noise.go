package migration

import "time"

// Noise is a tenant that overloads the others on one platform: its load is a multiple of its own past, and the others suffer or
// a limit that they share is near.
type Noise struct {
	// The platform.
	Platform Platform `wire:"platform"`
	// The account and region, where several are read. Null for the only one, and for the cluster.
	Scope string `wire:"scope,null"`
	// warning where others suffer, info where a shared limit is near.
	Severity Severity `wire:"severity"`
	// The beginning of the last minutes that are compared: final ones.
	From time.Time `wire:"from"`
	// The end of these minutes.
	To time.Time `wire:"to"`
	// Since when its load has been at least twice its past, without a break of five minutes.
	Since time.Time `wire:"since"`

	// What the loads count: runs at once, or vCPU that pods request.
	Unit string `wire:"unit"`
	// The mean load of these minutes.
	Load float64 `wire:"load"`
	// The mean load of its past: the minutes that are kept before since, or the same time a day before where that is more.
	PastLoad float64 `wire:"past_load"`
	// load over past_load. Null where it had none.
	Growth Opt[float64] `wire:"times_its_past"`
	// The same for all others together. Null where they had none.
	OthersGrowth Opt[float64] `wire:"others_times_their_past"`
	// Its share of the load of all tenants in these minutes.
	LoadShare Ratio `wire:"load_ratio"`
	// Its share of their load in the past.
	PastLoadShare Opt[Ratio] `wire:"past_load_ratio"`
	// Its share of their runs in these minutes.
	RunsShare Opt[Ratio] `wire:"runs_ratio"`
	// How much of the limit that all share is in use. Null where that is not known.
	LimitUsed Opt[Ratio] `wire:"shared_limit_ratio"`

	// Its own runs that were throttled in these minutes.
	Throttled Opt[int64] `wire:"throttled"`
	// The runs of others that were throttled in the minutes of its high load.
	OthersThrottled Opt[int64] `wire:"others_throttled"`
	// The runs of others that have been Pending for five minutes or longer, and were created in that time.
	OthersPending Opt[int64] `wire:"others_pending"`
	// The age of the oldest message of another tenant whose queue waits longer than it did.
	OthersOldest Opt[time.Duration] `wire:"others_oldest_age_seconds"`
	// Who suffers, the worst first.
	Others []NoiseVictim `wire:"others"`

	// The limit that would hold it, in words.
	Limit string `wire:"limit,null"`
	// Ready snippets of that limit. migtop applies nothing.
	Snippets []Snippet `wire:"snippets"`
}

// NoiseVictim is a tenant that suffers from another one.
type NoiseVictim struct {
	// The tenant. Null for work that no rule gives to a tenant.
	Tenant Tenant `wire:"tenant,null"`
	// Its runs that were throttled.
	Throttled int64 `wire:"throttled"`
	// Its runs that are Pending.
	Pending int64 `wire:"pending"`
	// The age of its oldest message. Null where it does not wait longer than it did.
	Oldest Opt[time.Duration] `wire:"oldest_age_seconds"`
}

// Snippet is a piece of configuration for a person to apply.
type Snippet struct {
	// What it is: reserved_concurrency, resource_quota, scaled_job, parallelism or kueue.
	Kind string `wire:"kind"`
	// What it does, in one sentence.
	Title string `wire:"title"`
	// shell or yaml.
	Language string `wire:"language"`
	// The snippet.
	Text string `wire:"text"`
}
