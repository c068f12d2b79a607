package migration

import (
	"fmt"
	"time"
)

// Fault is the kind of a source's error, so that callers can distinguish errors without parsing messages.
type Fault uint8

// The kinds of trouble.
const (
	FaultOther         Fault = iota
	FaultNoCredentials       // none were found
	FaultExpired             // they were valid once
	FaultRejected            // they are wrong
	FaultDenied              // they are right, and may not do this
	FaultThrottled           // too many requests
	FaultUnreachable         // no answer from the address
	FaultNotThatAPI          // an answer, but not from the expected API
	FaultAbsent              // the cluster or account does not have this
	FaultConfig              // a setting of migtop or of its environment is missing or wrong
)

var faultNames = [...]string{
	"other", "no_credentials", "expired", "rejected", "denied", "throttled",
	"unreachable", "not_that_api", "absent", "config",
}

func (f Fault) String() string { return faultNames[min(int(f), len(faultNames)-1)] }

// MarshalText encodes the fault by name.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Problem is an error that says what failed, on what, and what to do about it.
//
// Each text is one line; Snippet may have several.
type Problem struct {
	Fault   Fault  `wire:"fault"`        // The kind of trouble.
	What    string `wire:"what"`         // What failed, on what.
	Fix     string `wire:"fix,null"`     // What to do.
	Snippet string `wire:"snippet,null"` // The IAM statement or RBAC rule that grants the permission.
	Err     error  // the cause, for the log
}

// Error is what failed and what to do, in one line.
func (p *Problem) Error() string {
	if p.Fix == "" {
		return p.What
	}
	return fmt.Sprintf("%s (%s)", p.What, p.Fix)
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// HealthState is how a source does.
type HealthState uint8

// The states of a source.
const (
	HealthStarting HealthState = iota // no answer yet
	HealthOK
	HealthDegraded // it works, with less: Problem says what is missing
	HealthFailed   // no new data; what was there stays, with its age
	HealthOff      // not asked for, or not there
)

var healthNames = [...]string{"starting", "ok", "degraded", "failed", "off"}

func (s HealthState) String() string { return healthNames[min(int(s), len(healthNames)-1)] }

// MarshalText encodes the state by name.
func (s HealthState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Health is the state of one reading of one system. A source may have several: the
// Kubernetes one reads Jobs, pods, nodes and metrics, each of which may be
// forbidden for itself.
type Health struct {
	// The name: cloudwatch, lambda, jobs, pods, nodes, metrics and others.
	Source string `wire:"source"`
	// The account and region, where several are read.
	Scope string `wire:"scope,null"`
	// ok; degraded: it works, with less; failed: no new data; off: not asked for; starting: no answer yet.
	State HealthState `wire:"state"`
	// What is wrong. Null where nothing is.
	Problem *Problem `wire:"problem"`
	// When it last answered in full. Null where it never did.
	LastSuccess time.Time `wire:"last_success"`
	// The time of the newest datum.
	DataTo time.Time `wire:"data_to"`
	// Data can no longer change before this time.
	FinalTo time.Time `wire:"final_to"`
	// The time between two polls now. 0 for a watch.
	Cadence time.Duration `wire:"cadence_seconds"`
	// How long the last answer took.
	Latency time.Duration `wire:"latency_seconds"`
	// The calls since the start.
	Calls int64 `wire:"calls"`
	// The calls that failed since the start.
	Errors int64 `wire:"errors"`
	// The functions, Jobs, pods or samples in memory.
	Objects int `wire:"objects"`
	// One sentence of information.
	Note string `wire:"note,null"`
}

// Title is the name to show: the source's, with its scope where there are several.
func (h *Health) Title() string {
	if h.Scope == "" {
		return h.Source
	}
	return h.Source + " " + h.Scope
}

// Spend is what the requests of migtop itself cost. CloudWatch bills each metric that is
// requested, per poll: five statistics of one metric in one request are one metric.
type Spend struct {
	// When the count began.
	Since time.Time `wire:"since"`
	// The metrics requested. A metric counts once per request, whatever the statistics.
	MetricsLow int64 `wire:"metrics_low"`
	// The metrics requested. Every statistic counts.
	MetricsHigh int64 `wire:"metrics_high"`
	// The bytes of logs that queries of Logs Insights have scanned.
	ScannedBytes int64 `wire:"scanned_bytes"`
	// What the scans cost: a part of the amounts so far and of this month, and not of the rates.
	Scanned Opt[USD] `wire:"scanned_usd"`
	// The rate an hour at this pace, low. Null before there is one.
	PerHourLow Opt[USD] `wire:"per_hour_low_usd"`
	// The rate an hour at this pace, high. Null before there is one.
	PerHourHigh Opt[USD] `wire:"per_hour_high_usd"`
	// The rate a month of 730 hours at this pace, low.
	PerMonthLow Opt[USD] `wire:"per_month_low_usd"`
	// The rate a month of 730 hours at this pace, high.
	PerMonthHigh Opt[USD] `wire:"per_month_high_usd"`
	// The cost since the start, low.
	SoFarLow Opt[USD] `wire:"so_far_low_usd"`
	// The cost since the start, high.
	SoFarHigh Opt[USD] `wire:"so_far_high_usd"`
	// The cost since the calendar month began (UTC), over every migtop of this user on this
	// machine, low.
	ThisMonthLow Opt[USD] `wire:"this_month_low_usd"`
	// The same, high.
	ThisMonthHigh Opt[USD] `wire:"this_month_high_usd"`
	// The amounts lack what was requested in a region without a price, and the budget holds for
	// the rest. The note names the region.
	LowerBound bool `wire:"lower_bound"`
	// The budget of an hour, as configured. It applies to the high figures.
	BudgetHour Opt[USD] `wire:"budget_hour_usd"`
	// The budget of a day, as configured.
	BudgetDay Opt[USD] `wire:"budget_day_usd"`
	// The budget of a calendar month, as configured.
	BudgetMonth Opt[USD] `wire:"budget_month_usd"`
	// Slower is how many times longer than usual the time between two polls is; below 1 is as usual.
	Slower float64
	// How many times longer than usual the time between two polls is, to stay within the budget. 1
	// for as usual.
	_ derived `wire:"slower,from=Slowdown()"`
	// No requests are made until this time, since the budget is spent. Null otherwise.
	HeldUntil time.Time `wire:"held_until"`
	// What the budget does to the pace, or why it cannot be kept, and what has no price.
	Note string `wire:"note,null"`
}

// Slowdown is Slower, and 1 where the pace is as usual.
func (s *Spend) Slowdown() float64 { return max(s.Slower, 1) }

// PollRate is a number of metrics an hour, by both rules of [Spend].
type PollRate struct{ Low, High int64 }

// Cluster is the Kubernetes side as a whole.
type Cluster struct {
	Name    string `wire:"name,null"`    // The name of the context or cluster.
	Version string `wire:"version,null"` // The version of the API server.
	EKS     bool   `wire:"eks"`          // The cluster is Amazon EKS.
	Region  string `wire:"region,null"`  // The AWS region.
	Nodes   int    `wire:"nodes"`        // The number of nodes.
	Pods    int    `wire:"pods"`         // The pods of Jobs that have not ended.
	Pending int    `wire:"pending_pods"` // Those of them that wait.
	Room    Room   `wire:"room"`         // What is there for more Jobs.
}
