package migration

import "time"

// TenantDay is what one tenant's work came to on one calendar day in UTC, the day that
// AWS bills by. What was not watched is unknown.
type TenantDay struct {
	Day    time.Time `json:"day"` // its midnight
	Tenant Tenant    `json:"tenant"`
	// BeforeRuns and AfterRuns count runs that ended on the day on either side of the move,
	// Before and After are what they cost. The keys of the file are those of the first version.
	BeforeRuns Opt[int64] `json:"lambda_runs"`
	AfterRuns  Opt[int64] `json:"job_runs"`
	Before     Opt[USD]   `json:"lambda_usd"`
	After      Opt[USD]   `json:"jobs_usd"`
}

// Day is one calendar day of the fleet.
type Day struct {
	Day     time.Time   `json:"day"`
	Tenants []TenantDay `json:"tenants"` // sorted by name; includes the unattributed rest
	// Overhead is what idle nodes and the platform cost: they are there for the runs after the move.
	Overhead Opt[USD] `json:"overhead_usd"`
	// Services and Credit are set even if nothing moves: services on neither side, and the credit of the free tier, which is
	// negative.
	Services Opt[USD] `json:"services_usd"`
	Credit   Opt[USD] `json:"credit_usd"`
	// BeforeSeen and AfterSeen are how much of the day was watched on either side.
	BeforeSeen time.Duration `json:"lambda_seen_ns"`
	AfterSeen  time.Duration `json:"jobs_seen_ns"`
}

// DayLength is the length of a calendar day in UTC.
const DayLength = 24 * time.Hour

// DaysRead is the [Payload] of whole days: the source has brought all of its days before today
// from From on, except those that the history has already.
type DaysRead struct{ From time.Time }

// Feature is "days".
func (DaysRead) Feature() string { return "days" }
