package migration

import "time"

// TenantDay is what one tenant's work came to on one calendar day in UTC, the day that
// AWS bills by. What was not watched is unknown.
type TenantDay struct {
	Day    time.Time `json:"day"` // its midnight
	Tenant Tenant    `json:"tenant"`
	// LambdaRuns and JobRuns count runs that ended on the day, Lambda and Jobs are what
	// they cost.
	LambdaRuns Opt[int64] `json:"lambda_runs"`
	JobRuns    Opt[int64] `json:"job_runs"`
	Lambda     Opt[USD]   `json:"lambda_usd"`
	Jobs       Opt[USD]   `json:"jobs_usd"`
}

// Day is one calendar day of the fleet.
type Day struct {
	Day     time.Time   `json:"day"`
	Tenants []TenantDay `json:"tenants"` // sorted by name; includes the unattributed rest
	// Overhead is what idle nodes and the platform cost: they are there for Jobs.
	Overhead Opt[USD] `json:"overhead_usd"`
	// Services and Credit are set even if nothing moves: services on neither side, and the credit of the free tier, which is
	// negative.
	Services Opt[USD] `json:"services_usd"`
	Credit   Opt[USD] `json:"credit_usd"`
	// LambdaSeen and JobsSeen are how much of the day was watched on either side.
	LambdaSeen time.Duration `json:"lambda_seen_ns"`
	JobsSeen   time.Duration `json:"jobs_seen_ns"`
}

// DayLength is the length of a calendar day in UTC.
const DayLength = 24 * time.Hour

// DaysRead is the [Payload] of whole days: the source has brought all of its days before today
// from From on, except those that the history has already.
type DaysRead struct{ From time.Time }

// Feature is "days".
func (DaysRead) Feature() string { return "days" }
