package monitor

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// When something about a tenant needs a person. Shares are of runs in the
// window; each constant is where an engineer would want to be told.
const (
	wallNear     = 0.80 // the longest run over what cuts it off
	wallCut      = 0.98 // practically at it: runs are being cut off
	failingShare = 0.05 // a failure rate that stands out,
	failingTimes = 3.0  // and is this many times the other side's
	fewRuns      = 5    // below this a rate says nothing
	pendingLong  = 5 * time.Minute

	pendingTooLong = 30 * time.Minute
	memoryNear     = 0.90 // the greatest peak over the limit
)

// notices lists what a person should look at, worst first. left says that nothing
// runs on Lambda any more, so that what was wrong there is past.
func notices(t *migration.TenantView, left bool, now time.Time) []migration.Notice {
	var out []migration.Notice
	add := func(s migration.Severity, code, format string, args ...any) {
		out = append(out, migration.Notice{Severity: s, Code: code, Text: fmt.Sprintf(format, args...)})
	}
	jobs, lambda := &t.After, &t.Before
	runs := jobs.Runs.Or(0)

	if rate, ok := jobs.FailureRate.Get(); ok && runs >= fewRuns && rate >= failingShare {
		other, known := lambda.FailureRate.Get()
		switch {
		case known && lambda.Runs.Or(0) >= fewRuns && float64(rate) >= failingTimes*float64(other):
			add(migration.Critical, "failing", "%s of %d Jobs failed, %s on Lambda", percent(rate), runs, percent(other))
		case !known:
			add(migration.Critical, "failing", "%s of %d Jobs failed", percent(rate), runs)
		default:
			add(migration.Warning, "failing", "%s of %d Jobs failed, %s on Lambda too", percent(rate), runs, percent(other))
		}
	}
	if n := jobs.OOMKilled.Or(0); n > 0 {
		severity := migration.Warning
		if float64(n) >= failingShare*float64(max(runs, 1)) {
			severity = migration.Critical
		}
		add(severity, "oom_killed", "%d attempt%s OOMKilled%s", n, plural(n), memoryAgainst(jobs))
	}
	for _, k := range otherKills(t.Runs) {
		add(migration.Info, "container_oom_killed", "%s %s OOMKilled in %d attempt%s%s", k.kind.Title(), k.name, k.attempts, plural(k.attempts), k.at())
	}
	if n := jobs.TimedOut.Or(0); n > 0 {
		add(migration.Warning, "deadline", "%d Job%s past activeDeadlineSeconds", n, plural(n))
	}
	if n, oldest := pendingSince(t.Runs, now); n > 0 && oldest >= pendingLong {
		severity := migration.Warning
		if oldest >= pendingTooLong {
			severity = migration.Critical
		}
		add(severity, "pending", "%d Job%s Pending, the oldest for %s%s",
			n, plural(n), migration.Brief(oldest), pendingReason(t.Runs))
	}
	if wall, ok := lambda.TimeoutRatio.Get(); ok && !left && runsOf(lambda) > 0 {
		longest := lambda.Duration.Max().Or(0)
		// Not only the one longest run but one in a hundred is cut off.
		p99, known := lambda.Duration.Quantile(0.99).Get()
		many := known && p99.Low >= time.Duration(wallCut*float64(migration.LambdaWall))
		switch {
		case wall >= wallCut && many:
			add(migration.Critical, "at_wall", "more than 1 run in 100 is cut off at Lambda's 15 min wall")
		case wall >= wallCut && longest >= time.Duration(wallCut*float64(migration.LambdaWall)):
			add(migration.Warning, "at_wall", "the longest runs are cut off at Lambda's 15 min wall")
		case wall >= wallCut:
			add(migration.Warning, "at_timeout", "runs reach the function's Timeout; the longest took %s", migration.Brief(longest))
		case wall >= wallNear:
			add(migration.Warning, "near_wall", "the longest run took %s of what Lambda allows it", percent(wall))
		}
	}
	if n := lambda.Throttled.Or(0); n > 0 && !left {
		add(migration.Warning, "throttled", "%d invocation%s throttled", n, plural(n))
	}
	if peak, ok := jobs.PeakMemory.Max().Get(); ok && jobs.OOMKilled.Or(0) == 0 {
		if limit, has := jobs.MemoryLimit.Get(); has && float64(peak) >= memoryNear*float64(limit) {
			add(migration.Info, "memory_tight", "peak memory is %s of the limit", percent(migration.Ratio(float64(peak)/float64(limit))))
		}
	}
	out = append(out, queueNotices(t.Flows)...)
	out = append(out, logNotices(t.Logs)...)
	slices.SortStableFunc(out, func(a, b migration.Notice) int { return cmp.Compare(b.Severity, a.Severity) })
	return out
}

// containerKills counts the attempts in which one container other than the main one was
// killed for memory: a fact of its own, which says nothing of the work.
type containerKills struct {
	kind     migration.ContainerKind
	name     string
	attempts int64
	limit    migration.Opt[migration.Bytes]
}

func (k *containerKills) at() string {
	limit, ok := k.limit.Get()
	if !ok {
		return ""
	}
	return " at its limit of " + memoryText(limit)
}

// otherKills are the kills of containers other than the main one among the runs that are
// listed, the most frequent first.
func otherKills(runs []migration.Run) []containerKills {
	var out []containerKills
	for i := range runs {
		for j := range runs[i].Attempts {
			for k := range runs[i].Attempts[j].Containers {
				c := &runs[i].Attempts[j].Containers[k]
				if c.OOMKilled == 0 || c.Kind == migration.ContainerMain {
					continue
				}
				at := slices.IndexFunc(out, func(k containerKills) bool { return k.kind == c.Kind && k.name == c.Name })
				if at < 0 {
					at = len(out)
					out = append(out, containerKills{kind: c.Kind, name: c.Name})
				}
				out[at].attempts++
				out[at].limit = migration.Larger(out[at].limit, c.Limit.Memory)
			}
		}
	}
	slices.SortFunc(out, func(a, b containerKills) int {
		return cmp.Or(cmp.Compare(b.attempts, a.attempts), cmp.Compare(a.name, b.name))
	})
	return out
}

func runsOf(s *migration.Side) int64 { return s.Runs.Or(0) }

func memoryAgainst(s *migration.Side) string {
	if limit, ok := s.MemoryLimit.Get(); ok {
		return " at a limit of " + memoryText(limit)
	}
	return ""
}

func memoryText(b migration.Bytes) string {
	if b%migration.GiB == 0 {
		return fmt.Sprintf("%d GiB", b/migration.GiB)
	}
	return fmt.Sprintf("%d MiB", b/migration.MiB)
}

// pendingSince counts Jobs none of whose pods runs yet, and how old the oldest is.
func pendingSince(runs []migration.Run, now time.Time) (n int64, oldest time.Duration) {
	for i := range runs {
		if runs[i].State == migration.RunPending {
			n++
			oldest = max(oldest, now.Sub(runs[i].Created))
		}
	}
	return n, oldest
}

func pendingReason(runs []migration.Run) string {
	for i := range runs {
		if runs[i].State == migration.RunPending && runs[i].Reason != "" {
			return ": " + runs[i].Reason
		}
	}
	return ""
}

func plural(n int64) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// percent writes a share with the digits that matter: 4.2 %, 87 %, 187 %.
func percent(r migration.Ratio) string {
	if p := float64(r) * 100; p < 10 {
		return fmt.Sprintf("%.1f %%", p)
	}
	return fmt.Sprintf("%.0f %%", float64(r)*100)
}
