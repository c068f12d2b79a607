package assess

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
)

func some(n int64) migration.Opt[int64]                      { return migration.Some(n) }
func ratio(f migration.Ratio) migration.Opt[migration.Ratio] { return migration.Some(f) }

// ran is a side on which so many runs ended.
func ran(runs int64, change func(*migration.Side)) migration.Side {
	s := migration.Side{Present: true, Runs: some(runs)}
	change(&s)
	return s
}

func failed(runs int64, rate migration.Ratio) migration.Side {
	return ran(runs, func(s *migration.Side) { s.FailureRate = ratio(rate) })
}

// Each rule at its thresholds and just below them: which notice it makes, and the severity
// that its figure has.
func TestRules(t *testing.T) {
	const mib = migration.MiB
	longest := func(used migration.Ratio, run time.Duration, runs int64) migration.Side {
		return ran(runs, func(s *migration.Side) { s.TimeoutRatio, s.Duration = ratio(used), migration.Sample(run) })
	}
	used := func(peak migration.Bytes, killed int64) migration.Side {
		return ran(20, func(s *migration.Side) {
			s.PeakMemory, s.MemoryLimit, s.OOMKilled = migration.Sample(peak), migration.Some(1000*mib), some(killed)
		})
	}
	waiting := func(d time.Duration) []migration.Run {
		return []migration.Run{{State: migration.RunPending, Created: noon.Add(-d), Reason: "Unschedulable"}}
	}
	warning, critical, info := migration.Warning, migration.Critical, migration.Info
	failure := func(t *migration.TenantView) migration.Severity { return t.After.Severity.FailureRate }
	timeout := func(t *migration.TenantView) migration.Severity { return t.Before.Severity.TimeoutRatio }
	killed := func(t *migration.TenantView) migration.Severity { return t.After.Severity.OOMKilled }
	memory := func(t *migration.TenantView) migration.Severity { return t.After.Severity.PeakMemory }
	waits := func(t *migration.TenantView) migration.Severity { return t.After.Severity.Pending }
	throttles := func(t *migration.TenantView) migration.Severity { return t.Before.Severity.Throttled }
	lambdaFailure := func(t *migration.TenantView) migration.Severity { return t.Before.Severity.FailureRate }
	timedOut := func(t *migration.TenantView) migration.Severity { return t.After.Severity.TimedOut }
	jobsTimeout := func(t *migration.TenantView) migration.Severity { return t.After.Severity.TimeoutRatio }
	jobs := func(change func(*migration.Side), runs int64) migration.TenantView {
		return migration.TenantView{After: ran(runs, change)}
	}
	refused := migration.TenantView{Before: ran(20, func(s *migration.Side) { s.Throttled = some(1) })}
	oneKill := func(s *migration.Side) { s.OOMKilled = some(1) }
	for _, test := range []struct {
		name   string
		view   migration.TenantView
		left   bool
		code   string
		figure func(*migration.TenantView) migration.Severity
		want   migration.Severity
	}{
		{"failing below", migration.TenantView{After: failed(100, 0.049)}, false, "", failure, 0},
		{"failing, Lambda unknown", migration.TenantView{After: failed(100, 0.05)}, false, "failing", failure, critical},
		{"failing as on Lambda", migration.TenantView{Before: failed(100, 0.05), After: failed(100, 0.1)}, false, "failing", failure, warning},
		{"failing thrice", migration.TenantView{Before: failed(100, 0.04), After: failed(100, 0.12)}, false, "failing", failure, critical},
		{"few on Lambda", migration.TenantView{Before: failed(4, 0), After: failed(99, 0.12)}, false, "failing", failure, warning},
		{"failing of few", migration.TenantView{After: failed(4, 0.5)}, false, "", failure, 0},
		{"Lambda failing", migration.TenantView{Before: failed(100, 0.05)}, false, "", lambdaFailure, warning},
		{"one kill in 21", jobs(oneKill, 21), false, "oom_killed", killed, warning},
		{"one kill in 20", jobs(oneKill, 20), false, "oom_killed", killed, critical},
		{"deadline", jobs(func(s *migration.Side) { s.TimedOut = some(1) }, 20), false, "deadline", timedOut, warning},
		{"near the deadline", migration.TenantView{After: longest(0.8, time.Hour, 5)}, false, "", jobsTimeout, warning},
		{"pending for a while", migration.TenantView{Runs: waiting(5*time.Minute - 1)}, false, "", waits, 0},
		{"pending", migration.TenantView{Runs: waiting(5 * time.Minute)}, false, "pending", waits, warning},
		{"pending long", migration.TenantView{Runs: waiting(30 * time.Minute)}, false, "pending", waits, critical},
		{"below the timeout", migration.TenantView{Before: longest(0.79, 7*time.Second, 9)}, false, "", timeout, 0},
		{"near the timeout", migration.TenantView{Before: longest(0.8, 8*time.Second, 9)}, false, "near_timeout", timeout, warning},
		{"near the timeout once", migration.TenantView{Before: longest(0.8, 8*time.Second, 9)}, true, "", timeout, 0},
		{"at the timeout", migration.TenantView{Before: longest(0.98, 9800*time.Millisecond, 9)}, false, "at_timeout", timeout, warning},
		{"at Lambda's limit", migration.TenantView{Before: longest(0.98, 882*time.Second, 1)}, false, "at_wall", timeout, critical},
		{"throttled", refused, false, "throttled", throttles, warning},
		{"throttled once", refused, true, "", throttles, 0},
		{"memory", migration.TenantView{After: used(899*mib, 0)}, false, "", memory, 0},
		{"memory tight", migration.TenantView{After: used(900*mib, 0)}, false, "memory_tight", memory, info},
		{"memory tight, and killed", migration.TenantView{After: used(900*mib, 1)}, false, "oom_killed", memory, critical},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := test.view
			Apply(TenantFacts{TenantView: &v, Left: test.left, At: noon})
			var codes []string
			for _, n := range v.Notices {
				codes = append(codes, n.Code)
			}
			if want := []string{test.code}; test.code != "" && !slices.Equal(codes, want) || test.code == "" && len(codes) > 0 {
				t.Errorf("notices %+v, want %q", v.Notices, test.code)
			}
			if got := test.figure(&v); got != test.want {
				t.Errorf("the figure is %v, want %v", got, test.want)
			}
			for _, n := range v.Notices {
				if n.Severity != test.want {
					t.Errorf("the notice is %v and its figure %v", n.Severity, test.want)
				}
			}
		})
	}
}

// What is unknown needs no attention.
func TestNothingIsKnown(t *testing.T) {
	var v migration.TenantView
	Apply(TenantFacts{TenantView: &v, At: noon})
	if diff := cmp.Diff(migration.TenantView{}.After.Severity, v.After.Severity); diff != "" || len(v.Notices) > 0 {
		t.Errorf("%+v %s", v.Notices, diff)
	}
}

// A loss within the tolerance is no word; beyond it, and any dead letter, is.
func TestQueueNotices(t *testing.T) {
	flow := func(sent, dead, rest int64) migration.QueueFlow {
		return migration.QueueFlow{Workload: "w", Sent: migration.Some(sent), DeadLetters: migration.Some(dead), Residual: migration.Some(rest)}
	}
	for _, test := range []struct {
		flow  migration.QueueFlow
		codes []string
	}{
		{flow(100, 0, 10), nil},
		{flow(100, 0, 11), []string{"conservation"}},
		{flow(100, 0, -11), []string{"conservation"}},
		{flow(5000, 0, 50), nil},
		{flow(5000, 0, 51), []string{"conservation"}},
		{flow(5000, 3, 0), []string{"dead_letters"}},
		{migration.QueueFlow{}, nil},
	} {
		v := migration.TenantView{Flows: []migration.QueueFlow{test.flow}}
		Apply(TenantFacts{TenantView: &v, At: noon})
		var codes []string
		for _, n := range v.Notices {
			codes = append(codes, n.Code)
		}
		if !slices.Equal(codes, test.codes) {
			t.Errorf("%+v: %v, want %v", test.flow, codes, test.codes)
		}
		if got := max(v.Flows[0].Severity.DeadLetters, v.Flows[0].Severity.Residual); got != migration.Worst(v.Notices) {
			t.Errorf("%+v: the figures are %v, the notices %+v", test.flow, got, v.Notices)
		}
	}
}

// The fleet's figures are as bad as the worst tenant's.
func TestTotals(t *testing.T) {
	tenants := make([]migration.TenantView, 3)
	tenants[1].After.Severity.Pending = migration.Critical
	tenants[2].After.Severity.Pending = migration.Warning
	tenants[2].Before.Severity.Throttled = migration.Warning
	var totals migration.Totals
	ApplyTotals(&totals, tenants)
	after, before := migration.Severities{Pending: migration.Critical}, migration.Severities{Throttled: migration.Warning}
	if totals.After.Severity != after || totals.Before.Severity != before {
		t.Errorf("%+v %+v", totals.Before.Severity, totals.After.Severity)
	}
}

func TestPrices(t *testing.T) {
	for age, want := range map[int]migration.Severity{0: 0, 90: 0, 91: migration.Warning} {
		p := migration.Prices{AgeDays: age}
		if ApplyPrices(&p); p.Severity != want {
			t.Errorf("prices of %d days: %v, want %v", age, p.Severity, want)
		}
	}
}

// Sentences name the platforms of the sides, and a task that waits before the move is no
// reason to look at the side after it.
func TestNoticesNameTheSides(t *testing.T) {
	v := migration.TenantView{
		Before: migration.Side{Platform: migration.ECS, Runs: migration.Some[int64](100), FailureRate: migration.Some[migration.Ratio](0.01)},
		After:  migration.Side{Platform: migration.Jobs, Runs: migration.Some[int64](100), FailureRate: migration.Some[migration.Ratio](0.2)},
		Runs: []migration.Run{
			{Key: migration.Key{Platform: migration.ECS}, State: migration.RunPending},
			{Key: migration.Key{Platform: migration.Jobs}, State: migration.RunPending},
		},
	}
	Apply(TenantFacts{TenantView: &v, At: noon})
	var texts []string
	for _, n := range v.Notices {
		texts = append(texts, n.Text)
	}
	if got := strings.Join(texts, "\n"); !strings.Contains(got, "20 % of 100 Jobs failed, 1 % on ECS") ||
		!strings.Contains(got, "1 Job Pending") {
		t.Errorf("notices = %s", got)
	}
}

// A time limit is the platform's own: a Job of an hour is not at the 15 minutes of Lambda.
func TestTimeLimitsAreThePlatforms(t *testing.T) {
	v := migration.TenantView{
		Before: ran(9, func(s *migration.Side) {
			s.Platform, s.TimeoutRatio, s.Duration = migration.Jobs, ratio(0.99), migration.Sample(time.Hour)
		}),
		After: ran(9, func(s *migration.Side) { s.Platform, s.TimedOut = migration.Lambda, some(2) }),
	}
	Apply(TenantFacts{TenantView: &v, At: noon})
	got := map[string]string{}
	for _, n := range v.Notices {
		got[n.Code] = n.Text
	}
	want := map[string]string{
		"at_timeout": "runs reach activeDeadlineSeconds; the longest took 1h00",
		"deadline":   "2 invocations reached the function's timeout",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
