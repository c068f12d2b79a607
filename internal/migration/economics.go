package migration

import "time"

// Economics are figures derived from the costs of a tenant, in addition to the verdict. The cost per run is the one that
// the verdict compares: measured, or calculated if there was no run.
type Economics struct {
	// Why nothing is compared: what was not read, or has no price. Null where both sides were read and
	// priced; where it is set, there is no saving, break-even or delta.
	Gap string `wire:"gap,null"`
	// The cost of one run on {before}, as the verdict compared it: without what {before} costs at no run.
	BeforeRun Figure[USD] `wire:"{before.key}_run_usd,evidence={before.key}_run_evidence"`
	// The cost of one run on {after}: measured, or calculated where there was no run, with its part of what is idle of
	// nodes that are filled as the pool is.
	AfterRun Figure[USD] `wire:"{after.key}_run_usd,evidence={after.key}_run_evidence"`
	// What a month costs on {before} at no run: provisioned concurrency on Lambda.
	BeforeFixed Figure[USD] `wire:"{before.key}_fixed_month_usd,evidence={before.key}_fixed_month_evidence"`
	// What a month costs on {after} at no run: the tenant's share of the platform, the same for every tenant, and of idle
	// nodes as they stand.
	Fixed Figure[USD] `wire:"fixed_month_usd,evidence=fixed_month_evidence"`
	// A month with all runs on {before}, at the pace of the window: the fixed cost and the runs.
	BeforeMonth Figure[USD] `wire:"{before.key}_month_usd,evidence={before.key}_month_evidence"`
	// A month with all runs on {after}, the share of the platform and of idle nodes in it.
	AfterMonth Figure[USD] `wire:"{after.key}_month_usd,evidence={after.key}_month_evidence"`
	// The runs a day on both sides together.
	RunsPerDay Opt[float64] `wire:"runs_per_day"`
	// The run time from which a run is cheaper on {after}, without the fixed share. Null where no
	// run is long enough.
	Duration Figure[time.Duration] `wire:"break_even_duration_seconds"`
	// The memory from which a run of this length is cheaper on {after}.
	Memory Figure[Bytes] `wire:"break_even_memory_bytes"`
	// The share of an hour that the resources of a run on {after} must be busy for to cost what
	// {before} costs for the busy time. It never breaks even above 1.
	Utilization Figure[Ratio] `wire:"break_even_utilization_ratio"`
	// How the three figures above are known.
	_ derived `wire:"break_even_shape_evidence,from=Duration.Evidence"`

	// The tenant's part of the platform an hour. The cost of a side does not contain it.
	PlatformShare Figure[USD] `wire:"platform_share_per_hour_usd,evidence=platform_share_per_hour_evidence"`
	// The tenant's part of idle nodes an hour. The cost of a side does not contain it.
	IdleShare Figure[USD] `wire:"idle_share_per_hour_usd,evidence=idle_share_per_hour_evidence"`
	// What the job pool cost more an hour because it grew for the tenant's pods: nodes that were
	// made for them, until those pods ended.
	Marginal Figure[USD] `wire:"marginal_per_hour_usd,evidence=marginal_per_hour_evidence"`
	// What is still to be saved a month: what the runs that are on {before} now cost less on {after}, at the marginal
	// price, after Savings Plans, with their part of idle nodes and of the platform. Negative where
	// they cost more.
	Saving Figure[USD] `wire:"monthly_saving_usd,evidence=monthly_saving_evidence"`
	// What has been saved a month already: the same of the runs that are on {after} now. Both together are
	// what moving all runs saves.
	Saved Figure[USD] `wire:"monthly_saved_usd,evidence=monthly_saved_evidence"`
	// What the calendar month (UTC) will have cost with the plan.
	MonthEnd Figure[USD] `wire:"month_end_usd,evidence=month_end_evidence"`
	// What the calendar month (UTC) would cost with everything on {before} from now on.
	Stay Figure[USD] `wire:"month_end_stay_usd,evidence=month_end_stay_evidence"`
	// When the plan moves the tenant. Null without a plan for it.
	Cutover Opt[time.Time] `wire:"cutover"`
}

// Forecast is the move as a whole.
type Forecast struct {
	// When the move began: the first wave of the plan, or the first day on which a tenant was seen on
	// both sides. Null where it has not begun.
	Since time.Time `wire:"since"`
	// What both sides cost since the move began, less what {before} alone would have cost.
	DoubleRunSoFar Figure[USD] `wire:"double_run_so_far_usd,evidence=double_run_so_far_evidence"`
	// The same a day, at the pace of the window.
	DoubleRunPerDay Figure[USD] `wire:"double_run_per_day_usd,evidence=double_run_per_day_evidence"`
	// Why nothing of the fleet is compared. Null where at least one tenant is.
	Gap string `wire:"gap,null"`
	// What is still to be saved a month once every tenant has moved that saves or must move: the sum over these
	// tenants, less unshared_month_usd. It has no tenant of left_out.
	Saving Figure[USD] `wire:"monthly_saving_usd,evidence=monthly_saving_evidence"`
	// What has been saved a month already, of the same tenants.
	Saved Figure[USD] `wire:"monthly_saved_usd,evidence=monthly_saved_evidence"`
	// What of a month's idle nodes, platform and commitment no tenant of the sum carries. It is taken off
	// the two figures above, by the share of the runs.
	Unshared Figure[USD] `wire:"unshared_month_usd,evidence=unshared_month_evidence"`
	// The tenants that are not compared, by reason.
	LeftOut []LeftOut `wire:"left_out"`
	// The tenants that are in neither of the two month ends below, by reason.
	MonthLeftOut []LeftOut `wire:"month_end_left_out"`
	// What the move costs once, as the configuration says.
	OneOff Opt[USD] `wire:"one_off_usd"`
	// The months of saving, in all, after which the move is paid back. Null where it never is or where this
	// is unknown: see the note of the evidence.
	Payback Figure[float64] `wire:"payback_months,evidence=payback_evidence"`
	// What this calendar month (UTC) has cost so far.
	MonthToDate Figure[USD] `wire:"month_to_date_usd,evidence=month_to_date_evidence"`
	// What this calendar month will have cost with the plan.
	MonthEnd Figure[USD] `wire:"month_end_usd,evidence=month_end_evidence"`
	// What this calendar month would cost with everything on {before} from now on. It has the same past and the same
	// tenants as month_end_usd; both are null together.
	Stay Figure[USD] `wire:"month_end_stay_usd,evidence=month_end_stay_evidence"`
}

// CostPart is a named part of a sum.
type CostPart struct {
	// What it is.
	Name string `wire:"name"`
	// What it costs an hour.
	PerHour Figure[USD] `wire:"per_hour_usd,evidence=per_hour_evidence"`
}

// ServiceView is what runs on a platform that is no side of the move.
type ServiceView struct {
	Platform Platform `wire:"platform"` // The platform.
	Side     Side     `wire:"side"`     // What runs there.
}

// Wave is a step of the plan: which tenants move when.
type Wave struct {
	Name    string    `wire:"name,null"` // The name of the wave. Null without one.
	At      time.Time `wire:"at"`        // When it is planned.
	Tenants []Tenant  `wire:"tenants"`   // The tenants that move.
}

// LeftOut are the tenants that are in no row of a comparison, for one reason.
type LeftOut struct {
	// Why they are left out: what was not read, or has no price.
	Reason string `wire:"reason"`
	// How many they are.
	Tenants int `wire:"tenants"`
}

// LeaveOut counts one more tenant that is left out for a reason. Reasons keep the order in which they came.
func LeaveOut(list []LeftOut, reason string) []LeftOut {
	for i := range list {
		if list[i].Reason == reason {
			list[i].Tenants++
			return list
		}
	}
	return append(list, LeftOut{Reason: reason, Tenants: 1})
}
