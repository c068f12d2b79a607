package migration

import "time"

// Snapshot is everything that migtop knows at one moment, priced, compared and
// sorted. It is immutable once published: screens and exports share it.
type Snapshot struct {
	Version uint64    `json:"version"` // grows by one with each snapshot
	At      time.Time `json:"at"`
	Scope   Scope     `json:"scope"`
	Window  Window    `json:"window"`
	// Move is which platforms are the two sides; the zero value is Lambda to Jobs.
	Move Move `json:"move"`

	// Tenants are sorted by need of a person, then by cost, then by name.
	Tenants []TenantView `json:"tenants"`
	Totals  Totals       `json:"totals"`
	Sources []Health     `json:"sources"`
	Spend   Spend        `json:"spend"`
	Prices  Prices       `json:"prices"`
	Cluster *Cluster     `json:"cluster,omitempty"`
	// Profiles are recommended Job resource profiles, sorted by workload and tenant, and
	// Classes what they were put into. Empty before a run was seen.
	Profiles []Profile      `json:"profiles"`
	Classes  ProfileClasses `json:"classes"`
	// ProfileSaving is what all of them save together a month, at the rates seen.
	ProfileSaving Opt[USD] `json:"profile_saving_usd"`
	// Waves are the planned waves in the order of their dates; empty without a plan.
	Waves []Wave `json:"plan"`
}

// Scope is what migtop looks at.
type Scope struct {
	Name    string `json:"name"`    // of the configuration, or ""
	Profile string `json:"profile"` // AWS profile, "" for the default chain
	Account string `json:"account"`
	Region  string `json:"region"`
	Context string `json:"context"` // kubeconfig context
	Demo    bool   `json:"demo"`    // the systems behind it are simulated
	// Accounts are all that are read, where the configuration lists several; the
	// fields above are empty then where they differ.
	Accounts []AccountScope `json:"accounts,omitempty"`
}

// AccountScope is one account in one region.
type AccountScope struct {
	Name    string `json:"name"` // of the configuration
	Profile string `json:"profile"`
	Role    string `json:"role,omitempty"` // ARN that is assumed
	Account string `json:"account"`        // its number, "" until it is known
	Region  string `json:"region"`
}

// Scope is the name of it in health rows: "prod eu-west-1".
func (a AccountScope) Scope() string { return a.Name + " " + a.Region }

// Window is the stretch of time that figures cover.
type Window struct {
	From time.Time     `json:"from"`
	To   time.Time     `json:"to"`
	Span time.Duration `json:"span_ns"`
	// FinalTo is the time up to which no Lambda figure can change any more.
	FinalTo time.Time `json:"final_to"`
	// JobsFrom is since when every Job was seen; before it the Kubernetes side
	// is a lower bound. Zero where unknown.
	JobsFrom time.Time `json:"jobs_from"`
}

// Prices says how old the prices are and how sure.
type Prices struct {
	AsOf      string   `json:"as_of"` // date of the oldest group used
	AgeDays   int      `json:"age_days"`
	Certainty string   `json:"certainty"` // the weakest one used: primary, secondary, derived, assumed
	Unknown   []string `json:"unknown"`   // what was asked for and has no price
	// Severity says how much the age needs attention, 0 for not.
	Severity Severity `json:"severity"`
}

// Side is one platform's part of a tenant or a workload, over the window.
type Side struct {
	// Platform is where it ran. A Side that no engine filled has none.
	Platform Platform `json:"-"`
	Present  bool     `json:"present"` // anything was seen here at all

	// CostPerHour is what it costs now: the window's cost over its covered
	// hours. Cost is the window's total.
	CostPerHour Figure[USD] `json:"cost_per_hour_usd"`
	Cost        Figure[USD] `json:"cost_usd"`
	CostPerRun  Figure[USD] `json:"cost_per_run_usd"`
	// Parts are what Cost is made of.
	Parts CostParts `json:"-"`

	Runs      Opt[int64] `json:"runs"`
	Failures  Opt[int64] `json:"failures"`
	Throttled Opt[int64] `json:"throttled"`
	TimedOut  Opt[int64] `json:"timed_out"`
	OOMKilled Opt[int64] `json:"oom_killed"`
	Running   Opt[int64] `json:"running"` // now
	Pending   Opt[int64] `json:"pending"` // now

	// FailureRate is Failures over Runs, unknown without runs.
	FailureRate Opt[Ratio]                  `json:"failure_rate"`
	Duration    Distribution[time.Duration] `json:"duration_ns"`
	StartUp     Distribution[time.Duration] `json:"start_up_ns"`
	PeakMemory  Distribution[Bytes]         `json:"peak_memory_bytes"`
	// MemoryLimit is what one run may use: MemorySize, or the main container's limit. With
	// several workloads it is the greatest.
	MemoryLimit Opt[Bytes] `json:"memory_limit_bytes"`
	// TimeoutRatio is the longest run over what cuts it off: Timeout, or
	// activeDeadlineSeconds. Unknown where nothing does.
	TimeoutRatio Opt[Ratio] `json:"wall"`
	// Activity is the evidence of the counts and distributions above.
	Activity Provenance `json:"activity_evidence"`
	// Severity says which of these figures need attention.
	Severity Severities `json:"severity"`

	CostSeries     Series `json:"cost_series"`
	RunsSeries     Series `json:"runs_series"`
	DurationSeries Series `json:"duration_series"` // longest in each step
	MemorySeries   Series `json:"memory_series"`   // greatest in each step
}

// TenantView is one row of the side-by-side table, and what stands behind it.
type TenantView struct {
	Tenant Tenant `json:"tenant"`
	Before Side   `json:"lambda"`
	After  Side   `json:"jobs"`

	// Routed is the share of runs that ended on Jobs, over the last part of
	// the window that is final on both sides.
	Routed Figure[Ratio] `json:"routed"`
	// Delta compares what one run costs: Jobs over Lambda, minus 1. Negative
	// is cheaper on Jobs.
	Delta Figure[Ratio] `json:"delta"`
	// BreakEven is from how many runs a day Jobs are cheaper, the platform's
	// fixed share included; see Verdict for "never".
	BreakEven Figure[float64] `json:"break_even_runs_per_day"`
	// Economics are what follows from the costs beyond the break-even.
	Economics Economics `json:"answers"`
	Verdict   Verdict   `json:"verdict"`
	Notices   []Notice  `json:"notices"`
	// Services are what the tenant has on ECS and Knative, one row a platform.
	Services []ServiceView `json:"services"`
	// Queues are the queues of its cutover that the configuration names, and
	// Flows what became of their messages, one a workload.
	Queues []QueueView `json:"queues"`
	Flows  []QueueFlow `json:"flows"`
	// Logs say whether what its runs write arrives, one a workload; none where nobody
	// looks.
	Logs []LogView `json:"logs"`
	// AttributedBy says how the tenant's work was recognized on both sides.
	AttributedBy Provenance     `json:"attributed_by"`
	Workloads    []WorkloadView `json:"workloads"`
	// Runs are the live Jobs and the last ended ones, newest first.
	Runs []Run `json:"runs"`
}

// Sides are both sides, the one before the move first.
func (t *TenantView) Sides() [2]*Side { return [2]*Side{&t.Before, &t.After} }

// WorkloadView is one workload of a tenant, both sides.
type WorkloadView struct {
	Workload Workload `json:"workload"`
	Before   Side     `json:"lambda"`
	After    Side     `json:"jobs"`
	// Functions are the Lambda functions that carry it.
	Functions []Function `json:"functions"`
}

// Decision is a cost verdict in one word.
type Decision uint8

// The cost verdicts. The zero value says that there is not enough data.
const (
	NotEnoughData Decision = iota
	Stay                   // Lambda is cheaper
	WorthMoving            // Jobs are cheaper
	CannotStay             // runs reach Lambda's wall
	Moved                  // nothing runs on Lambda any more
)

var wordNames = [...]string{"not enough data", "stay", "move", "cannot stay", "moved"}

func (w Decision) String() string { return wordNames[min(int(w), len(wordNames)-1)] }

// MarshalText encodes the verdict by name.
func (w Decision) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// Verdict is what the costs say, and why, in one sentence with its numbers.
type Verdict struct {
	Decision Decision `json:"word"`
	Reason   string   `json:"reason"`
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

// Notice is something about a tenant that a person should look at.
type Notice struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"` // stable: "oom_killed", "near_timeout", "failing", ...
	Text     string   `json:"text"` // one sentence with its numbers
	// Since is when the condition became true, and has been since; unknown where nothing
	// says. SinceBasis says how that is known.
	Since      Opt[time.Time] `json:"since"`
	SinceBasis SinceBasis     `json:"since_basis"`
}

// Worst is the highest severity among notices, 0 for none.
func Worst(ns []Notice) Severity {
	var worst Severity
	for _, n := range ns {
		worst = max(worst, n.Severity)
	}
	return worst
}

// Totals are the whole fleet's figures: tenants, unattributed, idle and platform.
type Totals struct {
	Tenants  int           `json:"tenants"` // named ones
	Before   Side          `json:"lambda"`
	After    Side          `json:"jobs"`
	Services []ServiceView `json:"services"` // ECS and Knative, one row a platform
	// Credit is what the free tier takes off Lambda's bill: zero or negative.
	Credit   Figure[USD] `json:"credit_per_hour_usd"`
	Idle     Figure[USD] `json:"idle_per_hour_usd"` // nodes of the Job pool, not requested by pods that are counted
	Platform Figure[USD] `json:"platform_per_hour_usd"`
	// PlatformParts add up to Platform: control plane, Auto Mode, DaemonSets, system
	// nodes, and what the configuration states (NAT, logs).
	PlatformParts []CostPart `json:"platform_parts"`
	// Standing is what of Idle and Platform is EC2 on demand, which a Savings Plan covers.
	Standing USD           `json:"-"`
	Total    Figure[USD]   `json:"total_per_hour_usd"`
	Routed   Figure[Ratio] `json:"routed"`
	// DoubleRun is what running both sides cost over the window beyond what
	// Lambda alone would have cost for the same runs.
	DoubleRun Figure[USD] `json:"double_run_usd"`
	// Forecast is the move as a whole: since it began, and where the month ends.
	Forecast     Forecast `json:"outlook"`
	RoutedSeries Series   `json:"routed_series"`
	// IdleSeries and PlatformSeries go on top of both sides' cost series: together
	// they are what everything cost.
	IdleSeries     Series `json:"idle_series"`
	PlatformSeries Series `json:"platform_series"`
	// Nodes are the kinds of nodes in the Job pool.
	Nodes []NodeView `json:"nodes"`
}

// NodeView is one kind of node, what it costs and how much of it is used.
type NodeView struct {
	Host      Host        `json:"host"`
	Nodes     int         `json:"nodes"`
	NodePrice Figure[USD] `json:"node_usd_per_hour"` // of one
	Requested Opt[Ratio]  `json:"requested"`         // share of the price that pods' requests carry
}
