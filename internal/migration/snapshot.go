package migration

import "time"

// Snapshot is everything that migtop knows at one moment, priced, compared and
// sorted. It is immutable once published: screens and exports share it.
type Snapshot struct {
	Version uint64    `wire:"version"` // The number of the snapshot. It grows by one with each.
	At      time.Time `wire:"at"`      // The moment that the snapshot shows.
	Scope   Scope     `wire:"scope"`   // What migtop looks at.
	Window  Window    `wire:"window"`  // The time that figures cover.
	// The two platforms that are compared. Their names are the keys of the sides.
	Move Move `wire:"move,from=Move.OrDefault()"`

	// The tenants: ROLL BACK first, then those that need attention, then by cost, then by name.
	Tenants []TenantView `wire:"tenants"`
	// The whole fleet.
	Totals Totals `wire:"totals"`
	// The planned waves by date. Empty without a plan.
	Waves []Wave `wire:"plan"`
	// The waves of the plan with the evidence of their tenants together. Empty without a plan.
	Cutovers []CutoverWave `wire:"cutover_waves"`
	// The recommended resource profiles of Jobs, by workload and tenant. Empty before a run was seen.
	Profiles []Profile `wire:"profiles"`
	// The classes that profiles were put into, by size.
	Classes ProfileClasses `wire:"profile_classes,from=Classes.Classes"`
	// ProfileSaving is what all profiles save together a month, at the rates seen.
	ProfileSaving Opt[USD]
	// Alerts are what a person was told of. Documents leave them out: alerts.md has how programs get them.
	Alerts Alerts
	// How the systems answer.
	Sources []Health `wire:"sources"`
	// What the requests of migtop itself cost. The low figures count a metric once per request,
	// the high figures count every statistic: readers of real bills disagree.
	Spend Spend `wire:"spend"`
	// How old and how certain the prices are.
	Prices Prices `wire:"prices"`
	// The Kubernetes side as a whole. Null where nothing is known.
	Cluster *Cluster `wire:"cluster"`
}

// Scope is what migtop looks at.
type Scope struct {
	Name    string `wire:"name,null"`               // The name of the configuration.
	Profile string `wire:"aws_profile,null"`        // The AWS profile. Null for the default chain.
	Account string `wire:"aws_account,null"`        // The AWS account.
	Region  string `wire:"aws_region,null"`         // The AWS region.
	Context string `wire:"kubernetes_context,null"` // The kubeconfig context.
	Demo    bool   `wire:"demo"`                    // The systems are simulated.
	// All accounts and regions that are read, where the configuration lists several; empty
	// otherwise. The fields above are null where the accounts differ in them.
	Accounts []AccountScope `wire:"accounts"`
}

// AccountScope is one account in one region.
type AccountScope struct {
	Name    string `wire:"name"`             // The name of the account in the configuration.
	Profile string `wire:"aws_profile,null"` // The AWS profile. Null for the default chain.
	Role    string `wire:"role_arn,null"`    // The ARN of the role that is assumed.
	Account string `wire:"aws_account,null"` // The account number. Null until it is known.
	Region  string `wire:"aws_region,null"`  // The AWS region.
}

// Scope is the name of it in health rows: "prod eu-west-1".
func (a AccountScope) Scope() string { return a.Name + " " + a.Region }

// Window is the time that figures cover.
type Window struct {
	From time.Time     `wire:"from"`         // The beginning.
	To   time.Time     `wire:"to"`           // The end.
	Span time.Duration `wire:"span_seconds"` // The length.
	// Lambda figures can no longer change before this time.
	FinalTo time.Time `wire:"final_to"`
	// Every Job since this time was seen. Before it the Kubernetes side is a lower bound.
	JobsFrom time.Time `wire:"jobs_from"`
}

// Prices says how old the prices are and how certain.
type Prices struct {
	// The date of the oldest price that anything is paid at.
	AsOf string `json:"as_of" wire:"as_of,null"`
	// The age of the prices in days, each weighted by the dollars that are paid at it. A price whose
	// date is a month or a year counts from its first day.
	AgeDays int `json:"age_days" wire:"age_days,signed"`
	// The share of the dollars that are paid at prices without a date, which age_days leaves out.
	Undated Ratio `json:"undated_ratio" wire:"undated_ratio"`
	// The certainty of the least certain price used: primary, secondary, derived or assumed.
	Certainty string `json:"certainty" wire:"certainty,null"`
	// What was needed and has no price.
	Unknown []string `json:"unknown" wire:"unknown"`
	// The Spot prices that EC2 publishes, in the zones of the cluster's Spot nodes; empty where they
	// could not be read.
	Spot []SpotPrice `json:"spot,omitempty" wire:"spot"`
	// Which of these figures need attention: age_days, where the prices are old.
	//
	// It is 0 where it does not.
	Severity Severity `json:"-" wire:"severity,under=age_days"`
}

// Side is what one platform has of a tenant, a workload or the fleet, over the window.
type Side struct {
	// Platform is where it ran. A Side that no engine filled has none.
	Platform Platform
	// Whether anything was seen on this platform. The rest has no meaning where this is false.
	Present bool `wire:"present"`
	// Why this side was not read, or has no price: "waiting for cloudwatch". Null where it was read and priced,
	// and of workloads and services.
	Gap string `wire:"gap,null"`

	// The cost of an hour: the window's cost over its covered hours.
	CostPerHour Figure[USD] `wire:"cost_per_hour_usd"`
	// The cost of the window.
	Cost Figure[USD] `wire:"cost_usd"`
	// The cost of one run.
	CostPerRun Figure[USD] `wire:"cost_per_run_usd"`
	// What the cost counts: billed (what the invoice has), requested (what was reserved, used or
	// not) or used.
	_ derived `wire:"cost_kind,null,from=Cost.Kind"`
	// How the costs are known.
	_ derived `wire:"cost_evidence,from=Cost.Evidence"`
	// Parts are what Cost is made of.
	Parts CostParts
	// The bytes that functions wrote into CloudWatch Logs. Null where none is known of.
	LogBytes Opt[Bytes] `wire:"log_bytes"`
	// What these bytes cost, a part of cost_usd. Null where their price is unknown: cost_usd is a
	// lower bound then.
	LogCost Figure[USD] `wire:"log_cost_usd"`

	// The runs that ended. Retries of a run are not counted again.
	Runs Opt[int64] `wire:"runs"`
	// The runs that failed.
	Failures Opt[int64] `wire:"failures"`
	// The share of runs that failed. Null without runs.
	FailureRate Opt[Ratio] `wire:"failure_ratio"`
	// The invocations that Lambda refused at a concurrency limit.
	Throttled Opt[int64] `wire:"throttled"`
	// The runs that Timeout or activeDeadlineSeconds ended.
	TimedOut Opt[int64] `wire:"timed_out"`
	// The attempts that were ended for memory.
	OOMKilled Opt[int64] `wire:"oom_killed"`
	// The runs that are under way now.
	Running Opt[int64] `wire:"running"`
	// The runs that wait now.
	Pending Opt[int64] `wire:"pending"`

	// The run time without start-up.
	Duration Distribution[time.Duration] `wire:"duration_seconds"`
	// The start-up: INIT on Lambda; on Jobs from the creation of a Job to the start of its container.
	StartUp Distribution[time.Duration] `wire:"start_up_seconds"`
	// The largest working set of an attempt.
	PeakMemory Distribution[Bytes] `wire:"peak_memory_bytes"`
	// The memory that one run may use: MemorySize, or the limit of the main container. The largest
	// of several workloads.
	MemoryLimit Opt[Bytes] `wire:"memory_limit_bytes"`
	// The longest run over the time at which it would be ended: Timeout, or activeDeadlineSeconds.
	// Null where nothing ends it.
	TimeoutRatio Opt[Ratio] `wire:"wall_ratio"`
	// How the counts and distributions are known.
	Activity Provenance `wire:"activity_evidence"`
	// Which of these figures need attention.
	Severity Severities `wire:"severity"`

	CostSeries     Series `wire:"cost_series"`     // The cost in each step.
	RunsSeries     Series `wire:"runs_series"`     // The runs that ended in each step.
	DurationSeries Series `wire:"duration_series"` // The longest run of each step.
	MemorySeries   Series `wire:"memory_series"`   // The largest memory of each step.
}

// TenantView is one tenant on both sides, with the comparison of the two.
type TenantView struct {
	// The name. Null in the row of work that no rule, label or name gives to a tenant.
	Tenant Tenant `wire:"tenant,null"`
	// The share of runs that ended on {after}, over the last part of the window that is final on
	// both sides.
	Routed Figure[Ratio] `wire:"routed_ratio,evidence=routed_evidence"`
	// The cost of a run on {after} over the cost of a run on {before}, minus 1. Below 0 a run on {after} costs less.
	Delta Figure[Ratio] `wire:"delta_ratio,evidence=delta_evidence"`
	// The runs a day from which runs on {after} are cheaper, with the fixed share of the platform. Null where
	// they never are or it is unknown: see verdict_reason.
	BreakEven Figure[float64] `wire:"break_even_runs_per_day,evidence=break_even_evidence"`
	// Where {after} is cheaper: at once, above or below the break-even, or never. Null where it is unknown.
	Crossing string `wire:"break_even_crossing,null"`
	// What follows from the costs.
	Economics Economics `wire:"answers"`
	// Cutover is what to do with the tenant now: the VERDICT column.
	Cutover Cutover `wire:",inline"`
	// Verdict is what the costs say alone: whether the tenant should move.
	Verdict Verdict `wire:",inline"`
	// What needs attention, the most severe first.
	Notices []Notice `wire:"notices"`
	// Where it overloads the other tenants: see notices.md. Empty where it does not.
	Noise []Noise `wire:"noisy"`
	// How the tenant's work was recognized on both sides.
	AttributedBy Provenance `wire:"attributed_by"`
	// What it has on the first platform of the move.
	Before Side `wire:"{before.id}"`
	// What it has on the second platform of the move.
	After Side `wire:"{after.id}"`
	// What it has on ECS and Knative, one element per platform.
	Services []ServiceView `wire:"services"`
	// The queues of its cutover that the configuration names.
	Queues []QueueView `wire:"queues"`
	// What became of the messages of each workload that has queues.
	Flows []QueueFlow `wire:"flows"`
	// Whether the log lines of its runs arrive, one element per workload. Empty where this is not read.
	Logs []LogView `wire:"logs"`
	// The tenant's workloads.
	Workloads []WorkloadView `wire:"workloads"`
	// The live Jobs and the last ones that ended, newest first.
	Runs []Run `wire:"runs"`
}

// Sides are both sides, the one before the move first.
func (t *TenantView) Sides() [2]*Side { return [2]*Side{&t.Before, &t.After} }

// WorkloadView is one workload of a tenant, both sides.
type WorkloadView struct {
	Workload  Workload   `wire:"workload"`    // The name, the same on both platforms.
	Before    Side       `wire:"{before.id}"` // What it has on the first platform of the move.
	After     Side       `wire:"{after.id}"`  // What it has on the second platform of the move.
	Functions []Function `wire:"functions"`   // The Lambda functions that run it.
	Traffic   Traffic    `wire:"traffic"`     // How evenly its runs came on both sides together.
}

// Decision is a cost verdict in one word.
type Decision uint8

// The cost verdicts. The zero value says that there is not enough data.
const (
	NotEnoughData Decision = iota
	Stay                   // the platform before the move is cheaper
	WorthMoving            // that after it is
	CannotStay             // runs reach the hard timeout of the platform before
	Moved                  // nothing runs there any more
)

var wordNames = [...]string{"not enough data", "stay", "move", "cannot stay", "moved"}

func (w Decision) String() string { return wordNames[min(int(w), len(wordNames)-1)] }

// MarshalText encodes the verdict by name.
func (w Decision) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// Moves reports whether the verdict puts a tenant into the sum of what the move saves: it should move, must, or has.
func (w Decision) Moves() bool { return w == WorthMoving || w == CannotStay || w == Moved }

// Verdict is what the costs say, and why, in one sentence with its numbers.
type Verdict struct {
	// Whether the tenant should move, by the costs.
	Decision Decision `json:"word" wire:"cost_verdict"`
	// Why, in one sentence with its numbers.
	Reason string `json:"reason" wire:"cost_verdict_reason"`
}

// Severity orders what needs a person.
type Severity uint8

// The severities.
const (
	Info Severity = iota + 1
	Warning
	Critical
)

var severityNames = [...]string{"none", "info", "warning", "critical"}

func (s Severity) String() string { return severityNames[min(int(s), len(severityNames)-1)] }

// MarshalText encodes the severity by name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText decodes a name written by MarshalText.
func (s *Severity) UnmarshalText(text []byte) error {
	at, err := named("severity", severityNames[:], text)
	*s = Severity(at)
	return err
}

// Notice is something about a tenant that needs attention.
type Notice struct {
	Severity Severity `wire:"severity"` // How much it matters.
	// A stable word, such as oom_killed, near_timeout or failing. notices.md lists them.
	Code string `wire:"code"`
	// The workload, container or log groups that it is about. Null where it is about all that the tenant has.
	About string `wire:"about,null"`
	// The figures that it judges, such as jobs.oom_killed.
	Figure string `wire:"figure"`
	// One sentence with its numbers.
	Text string `wire:"text"`
	// When the condition became true. It has been true since.
	Since Opt[time.Time] `wire:"since"`
	// How that time is known: data; data_start, where the condition was true already; first_seen by this
	// migtop. Null where it is unknown.
	SinceBasis SinceBasis `wire:"since_basis,null"`
}

// Worst is the highest severity among notices, 0 for none.
func Worst(ns []Notice) Severity {
	var worst Severity
	for _, n := range ns {
		worst = max(worst, n.Severity)
	}
	return worst
}

// Totals are the figures of the whole fleet: tenants, unattributed work, idle nodes and platform.
type Totals struct {
	// The number of tenants with a name.
	Tenants int `wire:"tenants"`
	// The share of all runs that ended on {after}.
	Routed Figure[Ratio] `wire:"routed_ratio,evidence=routed_evidence"`
	// What all tenants have on the first platform of the move.
	Before Side `wire:"{before.id}"`
	// What all tenants have on the second platform of the move.
	After Side `wire:"{after.id}"`
	// ECS and Knative, one element per platform.
	Services []ServiceView `wire:"services"`
	// What the free tier takes off Lambda's bill an hour: zero or negative.
	Credit Figure[USD] `wire:"credit_per_hour_usd,evidence=credit_per_hour_evidence"`
	// The cost of an hour of the job pool's nodes that no counted pod requests.
	Idle Figure[USD] `wire:"idle_per_hour_usd,evidence=idle_per_hour_evidence"`
	// The cost of an hour of the platform: see platform_parts.
	Platform Figure[USD] `wire:"platform_per_hour_usd,evidence=platform_per_hour_evidence"`
	// Standing is the part of Idle and Platform that is EC2 on demand, which a Savings Plan covers.
	Standing USD
	// The cost of an hour of everything: tenants, unattributed work, services, credit, idle nodes and platform.
	Total Figure[USD] `wire:"total_per_hour_usd,evidence=total_per_hour_evidence"`
	// What running both sides cost over the window, less what {before} alone would have cost for the
	// same runs.
	DoubleRun Figure[USD] `wire:"double_run_usd,evidence=double_run_evidence"`
	// The parts of the platform's cost: control plane, Auto Mode, DaemonSets, system nodes, and what the
	// configuration states (NAT, logs).
	PlatformParts []CostPart `wire:"platform_parts"`
	// The move as a whole: since it began, and where the month ends.
	Forecast Forecast `wire:"outlook"`
	// The routed share of each step.
	RoutedSeries Series `wire:"routed_series"`
	// The cost of idle nodes in each step. With the cost series of both sides and the platform's it
	// gives the cost of everything.
	IdleSeries Series `wire:"idle_series"`
	// The cost of the platform in each step.
	PlatformSeries Series `wire:"platform_series"`
	// The kinds of nodes in the job pool.
	Nodes []NodeView `wire:"nodes"`
}

// NodeView is one kind of node, what it costs and how much of it is used.
type NodeView struct {
	Host Host `wire:",inline"`
	// The number of nodes.
	Nodes int `wire:"nodes"`
	// The price of one node an hour.
	NodePrice Figure[USD] `wire:"node_per_hour_usd,evidence=node_price_evidence"`
	// The share of the price that the requests of pods carry.
	Requested Opt[Ratio] `wire:"requested_ratio"`
}
