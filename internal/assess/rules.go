package assess

import (
	"time"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/noise"
)

// The smallest samples that say something.
const (
	leastRuns  = 5  // a failure rate of fewer runs is chance
	leastLost  = 10 // messages; SQS's depths are approximate by a few
	leastLevel = 1  // one event is enough
)

// rule is one condition that needs attention: which figure it is about, from which value on
// it holds, and what it says. Its texts name the sides with the words of [migration.Move.Fill].
type rule struct {
	// code names the rule for programs. It is stable for a move.
	code string
	// figure is what is judged, by its name in the Snapshot's JSON.
	figure string
	// silent says that the rule gives its figure a severity and makes no notice.
	silent bool

	info, warning, critical threshold

	means string // for the documentation: what it means
	do    advice // and what to do about it

	// about is the side that the rule looks at, and needs what its platform must be capable of;
	// nil of any.
	about sideOf
	needs func(*migration.PlatformInfo) bool
	// judge finds where the rule holds. A finding without a text makes no notice.
	judge func(*rule, *TenantFacts) []finding
	// began is when the condition became true; nil where each finding says so itself, or the
	// data do not say.
	began func(*rule, *TenantFacts) since
	// of is the severity that the findings raise; nil where each finding has its own.
	of func(*migration.TenantView) *migration.Severity
}

// sideOf is a side of the move.
type sideOf uint8

const (
	noSide sideOf = iota // the rule is about both, or about what is between them
	sideBefore
	sideAfter
)

// advice is what to do: in general, and where the rule's side has a platform with words of its
// own.
type advice struct {
	any                 string
	lambda, jobs, tasks string
}

// on is the advice about a platform.
func (a advice) on(p migration.Platform) string {
	own := map[migration.Platform]string{migration.Lambda: a.lambda, migration.Jobs: a.jobs, migration.ECS: a.tasks}[p]
	if own == "" {
		return a.any
	}
	return own
}

// applies reports whether the rule is about something that the platforms of a move have.
func (r *rule) applies(infos *[2]migration.PlatformInfo) bool {
	return r.needs == nil || r.needs(r.subject(infos))
}

// subject is the platform that the rule looks at; that after the move where it looks at neither.
func (r *rule) subject(infos *[2]migration.PlatformInfo) *migration.PlatformInfo {
	if r.about == sideBefore {
		return &infos[0]
	}
	return &infos[1]
}

// threshold is the value from which a figure has a severity; without a unit there is none.
type threshold struct {
	from float64 // in unit
	unit unit
	and  string // what else must hold, for the documentation, with the names of the sides as in a rule
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

// What a rule needs of the platform that it looks at.
var (
	lists    = func(p *migration.PlatformInfo) bool { return p.Caps.LiveRuns }
	ends     = func(p *migration.PlatformInfo) bool { return p.TimeLimit != "" }
	endsAll  = func(p *migration.PlatformInfo) bool { return p.Caps.HardTimeout > 0 }
	refuses  = func(p *migration.PlatformInfo) bool { return p.Caps.Throttles }
	logsInto = func(p *migration.PlatformInfo) bool { return p.Caps.LogGroups }
)

// rules is every rule, in the order in which notices of one severity are listed.
var rules = [...]rule{
	{
		code: "failing", figure: "{after.id}.failure_ratio", about: sideAfter,
		// A batch that retries loses a few runs in a hundred to Spot interruptions and to
		// inputs that are wrong; 1 in 20 is more than that. Three times the rate before the
		// move is more than the same inputs explain.
		warning:  threshold{0.05, share, "of at least 5 runs"},
		critical: threshold{3, times, "of the rate on {before}, or that rate is unknown"},
		means: "Runs on {after} fail. It is critical where the same work does not fail as much on {before}, so that the move is the " +
			"likely cause.",
		do: advice{
			any:    "Open the tenant's failed runs, which have the exit code and the reason, and compare with the errors on {before}.",
			jobs:   "Open the tenant's failed runs, which have the exit code and the last events, and compare with the errors on {before}.",
			lambda: "See the function's errors in CloudWatch, and compare with the errors on {before}.",
		},
		judge: failing, began: failingBegan,
		of: func(t *migration.TenantView) *migration.Severity { return &t.After.Severity.FailureRate },
	},
	{
		code: "{before.id}_failing", figure: "{before.id}.failure_ratio", silent: true, about: sideBefore,
		warning: threshold{0.05, share, "of at least 5 runs"}, // as after the move
		means:   "Runs on {before} fail: it is what those on {after} are compared with.",
		do: advice{
			any:    "Open the tenant's failed runs. Runs on {after} with the same code fail too.",
			lambda: "See the function's errors in CloudWatch. Runs on {after} with the same code fail too.",
		},
		judge: failingBefore,
		of:    func(t *migration.TenantView) *migration.Severity { return &t.Before.Severity.FailureRate },
	},
	{
		code: "oom_killed", figure: "{after.id}.oom_killed, {after.id}.peak_memory_bytes", about: sideAfter,
		// A kill is never chance: the limit is too low for some input. From 1 run in 20 on
		// it is too low for the usual one.
		warning:  threshold{leastLevel, events, ""},
		critical: threshold{0.05, share, "of the runs that ended"},
		means:    "Attempts of runs on {after} were killed because the main container used more memory than its limit.",
		do: advice{
			jobs:   "Raise the memory limit; the Profiles screen recommends one.",
			tasks:  "Raise the memory of the task definition.",
			lambda: "Raise the function's memory.",
		},
		judge: oomKilled, began: killsBegan,
		of: func(t *migration.TenantView) *migration.Severity { return &t.After.Severity.OOMKilled },
	},
	{
		code: "{before.id}_oom_killed", figure: "{before.id}.oom_killed", silent: true, about: sideBefore,
		warning: threshold{leastLevel, events, ""},
		means:   "Runs on {before} were killed because they used more memory than they may.",
		do:      advice{any: "Give runs on {after} more memory than they have on {before}."},
		judge:   oomKilledBefore,
		of:      func(t *migration.TenantView) *migration.Severity { return &t.Before.Severity.OOMKilled },
	},
	{
		code: "container_oom_killed", figure: "runs", about: sideAfter, needs: lists,
		info:  threshold{leastLevel, events, "attempts of the runs that are listed"},
		means: "A container other than the main one, such as a sidecar, was killed for memory. The run may have succeeded.",
		do:    advice{any: "Raise that container's limit."},
		judge: containerOOMKilled,
	},
	{
		code: "deadline", figure: "{after.id}.timed_out", about: sideAfter, needs: ends,
		warning: threshold{leastLevel, events, ""},
		means:   "Runs on {after} reached {after.limit} and were ended.",
		do:      advice{any: "Raise {after.limit}, or find out why the run takes longer than planned."},
		judge:   deadline, began: deadlineBegan,
		of: func(t *migration.TenantView) *migration.Severity { return &t.After.Severity.TimedOut },
	},
	{
		code: "near_deadline", figure: "{after.id}.wall_ratio", silent: true, about: sideAfter, needs: ends,
		warning: threshold{nearTimeout, share, "of {after.limit}"},
		means:   "The longest run on {after} used most of {after.limit}.",
		do:      advice{any: "Raise {after.limit} before runs reach it."},
		judge:   nearDeadline,
		of:      func(t *migration.TenantView) *migration.Severity { return &t.After.Severity.TimeoutRatio },
	},
	{
		code: "{before.id}_timed_out", figure: "{before.id}.timed_out", silent: true, about: sideBefore, needs: ends,
		warning: threshold{leastLevel, events, ""},
		means:   "Runs on {before} reached {before.limit} and were ended.",
		do: advice{
			any: "Raise {before.limit}.",
			lambda: "Raise the timeout, or move the work to {after} where it is 15 minutes already. It is known where the function's " +
				"logs are read.",
		},
		judge: timedOutBefore,
		of:    func(t *migration.TenantView) *migration.Severity { return &t.Before.Severity.TimedOut },
	},
	{
		code: "pending", figure: "{after.id}.pending", about: sideAfter, needs: lists,
		// A node that Karpenter or the Cluster Autoscaler starts is ready within five
		// minutes; after half an hour no node is coming.
		warning:  threshold{5, minutes, ""},
		critical: threshold{30, minutes, ""},
		means:    "Runs on {after} wait for capacity or an image. The time is that of the oldest one.",
		do: advice{
			jobs:  "The run's events say what it waits for: a node, a quota, a taint, an image that cannot be pulled.",
			tasks: "The task's reason says what it waits for: capacity, an address, an image that cannot be pulled.",
		},
		judge: pending,
		of:    func(t *migration.TenantView) *migration.Severity { return &t.After.Severity.Pending },
	},
	{
		code: "at_wall", figure: "{before.id}.wall_ratio", about: sideBefore, needs: endsAll,
		// Lambda ends a run a little before or after 900 s by its own clock.
		warning:  threshold{float64(cost.CutOff), share, "of 15 minutes"},
		critical: threshold{float64(cost.CutOff), share, "of 15 minutes, for more than 1 run in 100"},
		means:    "Runs reach the 15 minutes after which {before} ends every run. No setting raises that.",
		do:       advice{any: "Move the work to {after}, where there is no such limit, or split it."},
		judge:    atWall, began: atWallBegan, of: timeoutBefore,
	},
	{
		code: "at_timeout", figure: "{before.id}.wall_ratio", about: sideBefore, needs: ends,
		warning: threshold{float64(cost.CutOff), share, "of {before.limit}"},
		means:   "Runs reach {before.limit}.",
		do: advice{
			any:    "Raise {before.limit}.",
			lambda: "Raise the function's timeout, which is below the 15 minutes that {before} allows.",
		},
		judge: atTimeout, began: timeoutBegan, of: timeoutBefore,
	},
	{
		code: "near_timeout", figure: "{before.id}.wall_ratio", about: sideBefore, needs: ends,
		warning: threshold{nearTimeout, share, "of {before.limit}"},
		means:   "The longest run used most of {before.limit}.",
		do: advice{
			any:    "Raise {before.limit} before inputs grow.",
			lambda: "Raise the timeout where it is below 15 minutes; otherwise plan the move to {after} before inputs grow.",
		},
		judge: nearTheTimeout, began: timeoutBegan, of: timeoutBefore,
	},
	{
		code: "throttled", figure: "{before.id}.throttled", about: sideBefore, needs: refuses,
		warning: threshold{leastLevel, events, ""}, // a limit of concurrency can be raised
		means:   "{before} refused runs because a concurrency limit was reached.",
		do:      advice{any: "Raise the reserved concurrency of the function, or the account's quota."},
		judge:   throttled, began: throttlingBegan,
		of: func(t *migration.TenantView) *migration.Severity { return &t.Before.Severity.Throttled },
	},
	{
		code: "noisy", figure: "noisy",
		// A day's ramp multiplies what all do alike, and a batch that comes each hour is in the past of its tenant: twice of
		// both is neither. Where nobody suffers yet, the shared limit must be near.
		info: threshold{noise.Thrice, times, "its own past and the growth of the others, and 80 % of what all share is in use"},
		warning: threshold{
			noise.Twice, times, "its own past and the growth of the others, and runs of others are refused, wait, or their messages do",
		},
		means: "The tenant takes at least a quarter of what tenants share on a platform (runs at once, or what pods request), and more " +
			"than it used to. A tenant that is large and steady is not noisy. The past is what is kept before its load rose (at least 45 " +
			"minutes), or the same time a day before where that was more.",
		do:    advice{any: "Limit it: noisy.snippets has the limit that would hold it, ready to apply. migtop applies nothing."},
		judge: loud,
	},
	{
		code: "memory_tight", figure: "{after.id}.peak_memory_bytes", about: sideAfter,
		info:  threshold{nearLimit, share, "of the limit, and no attempt was OOMKilled"},
		means: "The greatest memory of a run on {after} came close to the limit.",
		do: advice{
			jobs:   "Raise the limit a little; the Profiles screen recommends one.",
			tasks:  "Raise the memory of the task definition a little.",
			lambda: "Raise the function's memory a little.",
		},
		judge: memoryTight, began: memoryTightBegan,
		of: func(t *migration.TenantView) *migration.Severity { return &t.After.Severity.PeakMemory },
	},
	{
		code: "{before.id}_memory_tight", figure: "{before.id}.peak_memory_bytes", silent: true, about: sideBefore,
		info:  threshold{nearLimit, share, "of the memory that a run has"},
		means: "The greatest memory of a run on {before} came close to what it has.",
		do:    advice{any: "Do not give runs on {after} less memory than they have on {before}."},
		judge: memoryTightBefore,
		of:    func(t *migration.TenantView) *migration.Severity { return &t.Before.Severity.PeakMemory },
	},
	{
		code: "dead_letters", figure: "flows.dead_letters",
		warning: threshold{leastLevel, events, ""},
		means:   "SQS moved messages to the dead-letter queue: they were received too often without being deleted.",
		do:      advice{any: "Look at the messages there, repair the cause, and redrive them."},
		judge:   deadLetters,
	},
	{
		code: "conservation", figure: "flows.residual",
		// SQS's depths are approximate, and a minute's counts come late by a few messages.
		warning: threshold{0.01, beyond, "of the messages sent, and more than 10"},
		means:   "Messages that were sent were neither processed on a side, nor are they in a queue; or more were deleted than sent.",
		do: advice{any: "Check that every queue of the workload is in the configuration. Then look for a consumer that deletes messages " +
			"without processing them, or that processes them twice."},
		judge: conservation,
	},
	{
		code: "no_logs", figure: "logs.{after.id}.lines", about: sideAfter, needs: logsInto,
		warning: threshold{leastLevel, events, "runs ended, and no line arrived"},
		means:   "Runs on {after} ended and none of their log lines arrived in CloudWatch.",
		do: advice{
			jobs:   "Check the log collector on the nodes and its permission to write to the log group.",
			lambda: "Check that the function's role may write to its log group.",
		},
		judge: noLogs,
	},
	{
		code: "no_{before.id}_logs", figure: "logs.{before.id}.lines", about: sideBefore, needs: logsInto,
		info:  threshold{leastLevel, events, "runs began, and no line arrived"},
		means: "Runs on {before} began and none of their log lines arrived in CloudWatch.",
		do: advice{
			jobs:   "Check the log collector on the nodes and its permission to write to the log group.",
			lambda: "Check that the function's role may write to its log group.",
		},
		judge: noLogsBefore,
	},
}

// stalePrices is the rule about the price book, which belongs to no tenant.
var stalePrices = rule{
	code: "stale_prices", figure: "prices.age_days", silent: true,
	warning: threshold{prices.StaleDays + 1, days, ""},
	means:   "The prices that are used, weighted by what is paid at each, have not been checked for long.",
	do:      advice{any: "Update migtop, or run migtop prices refresh."},
}

const (
	// nearTimeout leaves a fifth: inputs that grow by a quarter reach the end.
	nearTimeout = 0.80
	// nearLimit leaves a tenth, about what a run's memory varies by.
	nearLimit = 0.90
)

func timeoutBefore(t *migration.TenantView) *migration.Severity {
	return &t.Before.Severity.TimeoutRatio
}

// cutOff is the run time from which Lambda's own limit has ended a run.
var cutOff = time.Duration(float64(cost.CutOff) * float64(migration.LambdaWall))
