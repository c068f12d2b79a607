package migration

import "time"

// FewestToSay is how many cases a figure of [MoveSuccess] rests on at least. Of fewer it is unknown.
const FewestToSay = 5

// MoveSuccess is how the move itself goes, from the record of the cutover: what DORA measures of deployments, with a step of a tenant
// to a larger share in place of a deployment.
type MoveSuccess struct {
	// The first change of the record. Null without a record.
	From time.Time `wire:"from"`
	// The steps of tenants to a larger share.
	Steps int `wire:"steps"`
	// The share of the steps that ended in ROLL BACK or in a smaller share, of those that ended.
	ChangeFailure SuccessRatio `wire:"change_failure"`
	// How long it took from ROLL BACK to a smaller share, or until it was cleared.
	Restore SuccessTime `wire:"time_to_restore"`
	// The steps in a week, over the last four weeks at most.
	Weekly SuccessRate `wire:"steps_a_week"`
	// How long it took from one step of a tenant to its next.
	Lead SuccessLead `wire:"lead_time"`
}

// SuccessRatio is a share of cases.
type SuccessRatio struct {
	// The share. Null for fewer than 5 cases.
	Ratio Opt[Ratio] `wire:"ratio"`
	// The cases that failed.
	Failed int `wire:"failed"`
	// The cases: steps that ended.
	N int `wire:"n"`
	// The steps that have not ended.
	Open int `wire:"open"`
}

// SuccessTime is the median of times.
type SuccessTime struct {
	// The median. Null for fewer than 5 cases.
	Median Opt[time.Duration] `wire:"median_seconds"`
	// The cases. One that is not over counts once it is longer than the median of the others.
	N int `wire:"n"`
	// The cases that are not over.
	Open int `wire:"open"`
}

// SuccessRate is a number in a week.
type SuccessRate struct {
	// The number in a week. Null for fewer than 5 cases.
	Rate Opt[float64] `wire:"rate"`
	// The cases.
	N int `wire:"n"`
	// The time that they were counted over.
	Span time.Duration `wire:"span_seconds"`
}

// SuccessLead compares times with the plan.
type SuccessLead struct {
	// The median from one step to the next. Null for fewer than 5 cases.
	Median Opt[time.Duration] `wire:"median_seconds"`
	// The cases.
	N int `wire:"n"`
	// The median of what was planned for the steps that have dates. Null for fewer than 5 of them.
	Planned Opt[time.Duration] `wire:"planned_median_seconds"`
	// The median of the time taken over the time planned, of these steps. Null for fewer than 5 of them.
	Factor Opt[float64] `wire:"factor"`
	// The cases that have planned dates.
	PlannedN int `wire:"planned_n"`
}
