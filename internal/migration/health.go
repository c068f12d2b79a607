package migration

import (
	"fmt"
	"time"
)

// Fault says what kind of trouble a source has, so that a screen can tell them
// apart without reading sentences.
type Fault uint8

// The kinds of trouble.
const (
	FaultOther         Fault = iota
	FaultNoCredentials       // none were found
	FaultExpired             // they were valid once
	FaultRejected            // they are wrong
	FaultDenied              // they are right, and may not do this
	FaultThrottled           // too many requests
	FaultUnreachable         // nobody answers there
	FaultNotThatAPI          // somebody answers, who is not the API that was meant
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
// One line each; Snippet may have several.
type Problem struct {
	Fault   Fault  `json:"fault"`
	What    string `json:"what"`              // "cannot list Jobs in namespace batch: forbidden"
	Fix     string `json:"fix"`               // "run: aws sso login --profile prod"
	Snippet string `json:"snippet,omitempty"` // the IAM statement or RBAC rule that mends it
	Err     error  `json:"-"`                 // the cause, for the log
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

// Health is how one reading of one system goes. A source may have several: the
// Kubernetes one reads Jobs, pods, nodes and metrics, each of which may be
// forbidden for itself.
type Health struct {
	Source string `json:"source"` // "cloudwatch", "lambda", "jobs", "pods", "nodes", "metrics"
	// Scope is which of several it is, "prod eu-west-1"; "" where there is one.
	Scope   string      `json:"scope,omitempty"`
	State   HealthState `json:"state"`
	Problem *Problem    `json:"problem,omitempty"`
	// LastSuccess is when it last answered in full, zero for never.
	LastSuccess time.Time `json:"last_success"`
	// DataTo is the time of the newest datum; FinalTo is the time up to which
	// nothing can change any more. Zero where unknown.
	DataTo  time.Time     `json:"data_to"`
	FinalTo time.Time     `json:"final_to"`
	Cadence time.Duration `json:"cadence_ns"` // time between polls now; 0 for a watch
	Latency time.Duration `json:"latency_ns"` // of the last answer
	Calls   int64         `json:"calls"`      // since the start
	Errors  int64         `json:"errors"`
	Objects int           `json:"objects"` // functions, Jobs, pods, samples held
	// Note is one sentence of plain information, or empty.
	Note string `json:"note,omitempty"`
}

// Title is the name to show: the source's, with its scope where there are several.
func (h *Health) Title() string {
	if h.Scope == "" {
		return h.Source
	}
	return h.Source + " " + h.Scope
}

// Spend is what migtop's own questions cost. CloudWatch bills each metric asked
// for, per poll: five statistics of one metric in one request are one.
type Spend struct {
	Since time.Time `json:"since"`
	// MetricsLow counts a metric once per request whatever the statistics,
	// MetricsHigh counts every query: readers of real bills disagree.
	MetricsLow  int64 `json:"metrics_low"`
	MetricsHigh int64 `json:"metrics_high"`
	// ScannedBytes is what queries of Logs Insights have scanned, Scanned what that
	// cost: part of the amounts below, but of no pace, since it is on demand.
	ScannedBytes int64    `json:"scanned_bytes"`
	Scanned      Opt[USD] `json:"usd_scanned"`
	// The rates are at the present pace; unknown before there is one.
	PerHourLow   Opt[USD] `json:"usd_per_hour_low"`
	PerHourHigh  Opt[USD] `json:"usd_per_hour_high"`
	PerMonthLow  Opt[USD] `json:"usd_per_month_low"`
	PerMonthHigh Opt[USD] `json:"usd_per_month_high"`
	SoFarLow     Opt[USD] `json:"usd_so_far_low"`
	SoFarHigh    Opt[USD] `json:"usd_so_far_high"`
	// ThisMonth is since the calendar month began in UTC, over all migtops of
	// this user on this machine.
	ThisMonthLow  Opt[USD] `json:"usd_this_month_low"`
	ThisMonthHigh Opt[USD] `json:"usd_this_month_high"`
	// LowerBound says that the amounts lack what was asked in a region without a price;
	// the budget holds for the rest. Note names it.
	LowerBound bool `json:"lower_bound,omitempty"`
	// The budget that the configuration sets, unknown where it sets none. It
	// holds for the high count.
	BudgetHour  Opt[USD] `json:"budget_hour_usd"`
	BudgetDay   Opt[USD] `json:"budget_day_usd"`
	BudgetMonth Opt[USD] `json:"budget_month_usd"`
	// Slower is how many times longer than usual the time between two polls is,
	// 1 for as usual; HeldUntil is until when nothing is asked at all, zero for
	// asking goes on. Note says why, or what keeps the budget from being kept, and what has
	// no price.
	Slower    float64   `json:"slower"`
	HeldUntil time.Time `json:"held_until"`
	Note      string    `json:"note,omitempty"`
}

// PollRate is a number of metrics an hour, by both rules of [Spend].
type PollRate struct{ Low, High int64 }

// Batch is what one poll of a source brought. Everything in it is owned by the
// receiver.
type Batch struct {
	Activities []Activity
	NodeTimes  []NodeTime
	// Functions, Runs and Cluster replace what was known before; nil leaves it.
	Functions []Function
	Runs      []Run
	Cluster   *Cluster
	Health    []Health
	// LogArrivals are what arrived in log groups lately, of functions or of Jobs; they
	// replace what the source told before, nil leaves it.
	LogArrivals []LogDelivery
	// Records are ended runs, each brought once, for sizing.
	Records []RunRecord
	// Queues replace what was known before; nil leaves it. QueueBuckets are
	// buckets of what happened to them, of which a later copy replaces an
	// earlier one.
	Queues       []Queue
	QueueBuckets []QueueBucket
	// Asked counts the metrics asked for, by both rules of [Spend].
	AskedLow, AskedHigh int64
	// PollRate is what the source will go on asking an hour at its usual cadence,
	// counted likewise; unknown where it does not know.
	PollRate Opt[PollRate]
	// DaysFrom is from when on whole days before today were told of everything, those
	// aside that the source was said to be kept; unknown until all are.
	DaysFrom Opt[time.Time]
	// Platform is whose Runs and CoverFrom these are; the zero value is Jobs in a batch with
	// Runs or a Cluster, and Lambda in others.
	Platform Platform
	// CoverFrom is since when the source has seen everything of Platform; activity before
	// it is a lower bound.
	CoverFrom Opt[time.Time]
}

// Cluster is what is known of the Kubernetes side as a whole.
type Cluster struct {
	Name    string `json:"name"`    // context or cluster name
	Version string `json:"version"` // of the API server
	EKS     bool   `json:"eks"`     // it is Amazon EKS
	Region  string `json:"region"`
	Nodes   int    `json:"nodes"`
	Pods    int    `json:"pods"` // Job pods not yet ended
	Pending int    `json:"pending_pods"`
}
