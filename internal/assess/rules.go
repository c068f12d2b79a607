package assess

import (
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// The smallest samples that say something.
const (
	leastRuns  = 5  // a failure rate of fewer runs is chance
	leastLost  = 10 // messages; SQS's depths are approximate by a few
	leastLevel = 1  // one event is enough
)

// rule is one condition that needs attention: which figure it is about, from which value on
// it holds, and what it says.
type rule struct {
	// code names the rule for programs. It is stable.
	code string
	// figure is what is judged, by its name in the Snapshot's JSON.
	figure string
	// silent says that the rule gives its figure a severity and makes no notice.
	silent bool

	info, warning, critical threshold

	means, do string // for the documentation: what it means, and what to do about it

	// judge finds where the rule holds. A finding without a text makes no notice.
	judge func(*rule, *TenantFacts) []finding
	// began is when the condition became true; nil where each finding says so itself, or the
	// data do not say.
	began func(*rule, *TenantFacts) since
	// of is the severity that the findings raise; nil where each finding has its own.
	of func(*migration.TenantView) *migration.Severity
}

// threshold is the value from which a figure has a severity; without a unit there is none.
type threshold struct {
	from float64 // in unit
	unit unit
	and  string // what else must hold, for the documentation
}

// unit is what a threshold counts.
type unit uint8

const (
	never   unit = iota
	share        // 1 is 100 %
	beyond       // a share that must be exceeded
	events       // counted over the window
	minutes      // of waiting
	times        // of another figure
	days         // of age
)

// reached reports whether a value in the threshold's unit is at it or above.
func (t threshold) reached(v float64) bool { return t.unit != never && v >= t.from }

// at is the severity of a value: of the highest threshold that it reaches, 0 for none. It is
// for rules whose thresholds have one unit.
func (r *rule) at(v float64) migration.Severity {
	switch {
	case r.critical.reached(v):
		return migration.Critical
	case r.warning.reached(v):
		return migration.Warning
	case r.info.reached(v):
		return migration.Info
	}
	return 0
}

// rules is every rule, in the order in which notices of one severity are listed.
var rules = [...]rule{
	{
		code: "failing", figure: "jobs.failure_ratio",
		// A batch that retries loses a few runs in a hundred to Spot interruptions and to
		// inputs that are wrong; 1 in 20 is more than that. Three times Lambda's rate is
		// more than the same inputs explain.
		warning:  threshold{0.05, share, "of at least 5 Jobs"},
		critical: threshold{3, times, "of Lambda's rate, or Lambda's rate is unknown"},
		means:    "Jobs fail. It is critical where Lambda does not fail as much for the same work, so that the move is the likely cause.",
		do:       "Open the tenant's failed runs, which have the exit code and the last events, and compare with Lambda's errors.",
		judge:    failing, began: failingBegan,
		of: func(t *migration.TenantView) *migration.Severity { return &t.After.Severity.FailureRate },
	},
	{
		code: "lambda_failing", figure: "lambda.failure_ratio", silent: true,
		warning: threshold{0.05, share, "of at least 5 invocations"}, // as of Jobs
		means:   "Invocations fail on Lambda: it is what Jobs are compared with.",
		do:      "See the function's errors in CloudWatch. Jobs that run the same code fail too.",
		judge:   lambdaFailing,
		of:      func(t *migration.TenantView) *migration.Severity { return &t.Before.Severity.FailureRate },
	},
	{
		code: "oom_killed", figure: "jobs.oom_killed, jobs.peak_memory_bytes",
		// A kill is never chance: the limit is too low for some input. From 1 run in 20 on
		// it is too low for the usual one.
		warning:  threshold{leastLevel, events, ""},
		critical: threshold{0.05, share, "of the Jobs that ended"},
		means:    "Attempts of Jobs were killed because the main container used more memory than its limit.",
		do:       "Raise the memory limit; the Profiles screen recommends one.",
		judge:    oomKilled, began: killsBegan,
		of: func(t *migration.TenantView) *migration.Severity { return &t.After.Severity.OOMKilled },
	},
	{
		code: "lambda_oom_killed", figure: "lambda.oom_killed", silent: true,
		warning: threshold{leastLevel, events, ""},
		means:   "Invocations were killed because they used more memory than the function has.",
		do:      "Give the Jobs more memory than the function has.",
		judge:   lambdaOOMKilled,
		of:      func(t *migration.TenantView) *migration.Severity { return &t.Before.Severity.OOMKilled },
	},
	{
		code: "container_oom_killed", figure: "jobs.runs",
		info:  threshold{leastLevel, events, "attempts of the runs that are listed"},
		means: "A container other than the main one, such as a sidecar, was killed for memory. The run may have succeeded.",
		do:    "Raise that container's limit.",
		judge: containerOOMKilled,
	},
	{
		code: "deadline", figure: "jobs.timed_out",
		warning: threshold{leastLevel, events, ""},
		means:   "Jobs ran longer than their activeDeadlineSeconds and were ended.",
		do:      "Raise activeDeadlineSeconds, or find out why the run takes longer than planned.",
		judge:   deadline, began: deadlineBegan,
		of: func(t *migration.TenantView) *migration.Severity { return &t.After.Severity.TimedOut },
	},
	{
		code: "near_deadline", figure: "jobs.wall_ratio", silent: true,
		warning: threshold{nearTimeout, share, "of activeDeadlineSeconds"},
		means:   "The longest Job used most of its activeDeadlineSeconds.",
		do:      "Raise activeDeadlineSeconds before runs reach it.",
		judge:   nearDeadline,
		of:      func(t *migration.TenantView) *migration.Severity { return &t.After.Severity.TimeoutRatio },
	},
	{
		code: "lambda_timed_out", figure: "lambda.timed_out", silent: true,
		warning: threshold{leastLevel, events, ""},
		means:   "Invocations reached the function's timeout and were ended. Known where Lambda's logs are read.",
		do:      "Raise the timeout, or move the work to Jobs where it is 15 minutes already.",
		judge:   lambdaTimedOut,
		of:      func(t *migration.TenantView) *migration.Severity { return &t.Before.Severity.TimedOut },
	},
	{
		code: "pending", figure: "jobs.pending",
		// A node that Karpenter or the Cluster Autoscaler starts is ready within five
		// minutes; after half an hour no node is coming.
		warning:  threshold{5, minutes, ""},
		critical: threshold{30, minutes, ""},
		means:    "Jobs wait for a node or an image. The time is that of the oldest one.",
		do:       "The run's events say what it waits for: capacity, a quota, a taint, an image that cannot be pulled.",
		judge:    pending,
		of:       func(t *migration.TenantView) *migration.Severity { return &t.After.Severity.Pending },
	},
	{
		code: "at_wall", figure: "lambda.wall_ratio",
		// Lambda ends a run a little before or after 900 s by its own clock.
		warning:  threshold{float64(cost.CutOff), share, "of 15 minutes"},
		critical: threshold{float64(cost.CutOff), share, "of 15 minutes, for more than 1 run in 100"},
		means:    "Runs reach the 15 minutes after which Lambda ends every invocation. No setting raises that.",
		do:       "Move the work to Jobs, which have no such limit, or split it.",
		judge:    atWall, began: atWallBegan, of: lambdaTimeout,
	},
	{
		code: "at_timeout", figure: "lambda.wall_ratio",
		warning: threshold{float64(cost.CutOff), share, "of a timeout below 15 minutes"},
		means:   "Runs reach the function's timeout, which is below the 15 minutes that Lambda allows.",
		do:      "Raise the function's timeout.",
		judge:   atTimeout, began: timeoutBegan, of: lambdaTimeout,
	},
	{
		code: "near_timeout", figure: "lambda.wall_ratio",
		warning: threshold{nearTimeout, share, "of the timeout"},
		means:   "The longest run used most of the function's timeout.",
		do:      "Raise the timeout where it is below 15 minutes; otherwise plan the move to Jobs before inputs grow.",
		judge:   nearTheTimeout, began: timeoutBegan, of: lambdaTimeout,
	},
	{
		code: "throttled", figure: "lambda.throttled",
		warning: threshold{leastLevel, events, ""}, // Lambda throttles only at a limit that can be raised
		means:   "Lambda refused invocations because a concurrency limit was reached.",
		do:      "Raise the reserved concurrency of the function, or the account's quota.",
		judge:   throttled, began: throttlingBegan,
		of: func(t *migration.TenantView) *migration.Severity { return &t.Before.Severity.Throttled },
	},
	{
		code: "memory_tight", figure: "jobs.peak_memory_bytes",
		info:  threshold{nearLimit, share, "of the limit, and no attempt was OOMKilled"},
		means: "The greatest memory of a run came close to the limit.",
		do:    "Raise the limit a little; the Profiles screen recommends one.",
		judge: memoryTight, began: memoryTightBegan,
		of: func(t *migration.TenantView) *migration.Severity { return &t.After.Severity.PeakMemory },
	},
	{
		code: "lambda_memory_tight", figure: "lambda.peak_memory_bytes", silent: true,
		info:  threshold{nearLimit, share, "of the function's memory"},
		means: "The greatest memory of an invocation came close to what the function has.",
		do:    "Do not give Jobs less memory than the function has.",
		judge: lambdaMemoryTight,
		of:    func(t *migration.TenantView) *migration.Severity { return &t.Before.Severity.PeakMemory },
	},
	{
		code: "dead_letters", figure: "flows.dead_letters",
		warning: threshold{leastLevel, events, ""},
		means:   "SQS moved messages to the dead-letter queue: they were received too often without being deleted.",
		do:      "Look at the messages there, repair the cause, and redrive them.",
		judge:   deadLetters,
	},
	{
		code: "conservation", figure: "flows.residual",
		// SQS's depths are approximate, and a minute's counts come late by a few messages.
		warning: threshold{0.01, beyond, "of the messages sent, and more than 10"},
		means:   "Messages that were sent were neither processed on a side, nor are they in a queue; or more were deleted than sent.",
		do: "Check that every queue of the workload is in the configuration. Then look for a consumer that deletes messages " +
			"without processing them, or that processes them twice.",
		judge: conservation,
	},
	{
		code: "no_logs", figure: "logs.jobs.lines",
		warning: threshold{leastLevel, events, "Jobs ended, and no line arrived"},
		means:   "Jobs ran and none of their log lines arrived in CloudWatch.",
		do:      "Check the log collector on the Jobs' nodes and its permission to write to the log group.",
		judge:   noLogs,
	},
	{
		code: "no_lambda_logs", figure: "logs.lambda.lines",
		info:  threshold{leastLevel, events, "invocations began, and no line arrived"},
		means: "Invocations ran and none of their log lines arrived in CloudWatch.",
		do:    "Check that the function's role may write to its log group.",
		judge: noLambdaLogs,
	},
}

// stalePrices is the rule about the price book, which belongs to no tenant.
var stalePrices = rule{
	code: "stale_prices", figure: "prices.age_days", silent: true,
	warning: threshold{prices.StaleDays + 1, days, ""},
	means:   "The oldest group of prices that is used has not been checked for long.",
	do:      "Update migtop, or run migtop prices refresh.",
}

const (
	// nearTimeout leaves a fifth: inputs that grow by a quarter reach the end.
	nearTimeout = 0.80
	// nearLimit leaves a tenth, about what a run's memory varies by.
	nearLimit = 0.90
)

func lambdaTimeout(t *migration.TenantView) *migration.Severity {
	return &t.Before.Severity.TimeoutRatio
}

// cutOff is the run time from which Lambda's own limit has ended a run.
var cutOff = time.Duration(float64(cost.CutOff) * float64(migration.LambdaWall))
