package migration

import "time"

// Economics are what a tenant's costs say beyond the verdict's word. What one run
// costs is what the verdict compared: seen, or reckoned where nothing was seen.
type Economics struct {
	LambdaRun Figure[USD] `json:"lambda_run_usd"`
	JobRun    Figure[USD] `json:"job_run_usd"`
	// Fixed is the tenant's monthly share of the platform, the same for every tenant.
	Fixed Figure[USD] `json:"fixed_month_usd"`
	// RunsPerDay is the pace of both sides together.
	RunsPerDay Opt[float64] `json:"runs_per_day"`
	// Duration is from which length on one run is cheaper as a Job, the fixed share
	// aside; unknown where none is long enough.
	Duration Figure[time.Duration] `json:"break_even_duration_ns"`
	// Memory is from which function's memory on a run of this length is cheaper as a Job.
	Memory Figure[Bytes] `json:"break_even_memory_bytes"`
	// Utilization is the share of an hour that a Job's resources must be busy for to cost
	// what Lambda does for the busy time: $job-hour over $lambda-hour. Above 1 they never do.
	Utilization Figure[Ratio] `json:"break_even_utilization"`

	// PlatformShare and IdleShare are the tenant's part of the platform and of idle
	// nodes an hour, for those who share them out. They are not in the side's cost.
	PlatformShare Figure[USD] `json:"platform_share_per_hour_usd"`
	IdleShare     Figure[USD] `json:"idle_share_per_hour_usd"`
	// Marginal is what the node pool cost more an hour because the tenant's pods made it
	// grow: nodes that were made for them, until those pods ended. What found room added
	// nothing.
	Marginal Figure[USD] `json:"marginal_per_hour_usd"`
	// Saving is what a month costs less with all of the tenant's runs on Jobs than with
	// all of them on Lambda, at the marginal price and after commitments; negative
	// where it costs more. Neither the platform's fixed share nor idle nodes are in it;
	// the fleet's has both taken off.
	Saving Figure[USD] `json:"monthly_saving_usd"`
	// MonthEnd is what the calendar month will have cost with the plan, and Stay with
	// everything on Lambda.
	MonthEnd Figure[USD] `json:"month_end_usd"`
	Stay     Figure[USD] `json:"month_end_stay_usd"`
	// Cutover is when the plan moves the tenant; unknown without a plan for it.
	Cutover Opt[time.Time] `json:"cutover"`
}

// Forecast is the move as a whole.
type Forecast struct {
	// Since is when the move began: the plan's first wave, or the first day on which
	// a tenant was seen on both sides. Zero where it has not.
	Since time.Time `json:"since"`
	// DoubleRunSoFar is, over the days since, what both sides cost less what Lambda
	// alone would have cost; DoubleRunPerDay the same of the present pace.
	DoubleRunSoFar  Figure[USD] `json:"double_run_so_far_usd"`
	DoubleRunPerDay Figure[USD] `json:"double_run_per_day_usd"`
	// Saving is what a month costs less once everything that pays has moved, at marginal
	// prices and after commitments, idle nodes and the platform taken off: what is counted
	// of the Jobs side is the same in it and in DoubleRunSoFar.
	Saving Figure[USD] `json:"monthly_saving_usd"`
	// OneOff is what the configuration says that the move cost once.
	OneOff Opt[USD] `json:"one_off_usd"`
	// Payback is after how many months of Saving the move is earned back; unknown
	// where it never is, which the evidence's note says.
	Payback Figure[float64] `json:"payback_months"`
	// MonthToDate is what this calendar month has cost, MonthEnd what it will have cost
	// with the plan, Stay what with everything on Lambda.
	MonthToDate Figure[USD] `json:"month_to_date_usd"`
	MonthEnd    Figure[USD] `json:"month_end_usd"`
	Stay        Figure[USD] `json:"month_end_stay_usd"`
}

// CostPart is a named part of a sum.
type CostPart struct {
	Name    string      `json:"name"`
	PerHour Figure[USD] `json:"per_hour_usd"`
}

// ServiceView is what runs on a platform that is no side of the migration.
type ServiceView struct {
	Platform Platform `json:"platform"`
	Side     Side     `json:"side"`
}

// Wave is a step of the plan: which tenants move when.
type Wave struct {
	Name    string    `json:"name"`
	At      time.Time `json:"at"`
	Tenants []Tenant  `json:"tenants"`
}
