package cutover

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Rules of ROLL BACK and reasons to hold, each from its minutes, with the sentence.
func TestRules(t *testing.T) {
	some := migration.Some[int64]
	each := func(change func(m int, x *Minute)) func(*Watch) {
		return func(w *Watch) {
			for m := range 60 {
				x := minuteOfRuns(m, 30, 0, 30, 0)
				change(m, x)
				w.Add(x)
			}
		}
	}
	queue := func(change func(m int, q *QueueMinute)) func(*Watch) {
		return func(w *Watch) {
			for m := -30; m < 60; m++ {
				x := minuteOfRuns(m, 30, 0, 30, 0)
				x.Queue = QueueMinute{
					State: QueueRead, Final: true, Sent: 60, Received: 60, DeletedBlue: 30, DeletedGreen: 30,
					Depth: some(10), BlueDepth: some(0), InFlight: some(5), Oldest: migration.Some(3 * time.Second),
				}
				change(m, &x.Queue)
				w.Add(x)
			}
		}
	}
	for name, c := range map[string]struct {
		past   int // healthy minutes of blue before the step
		feed   func(*Watch)
		facts  func(*Facts)
		limits []Setting
		word   Word
		rule   Rule
		hold   Hold
		want   string // in the reason
	}{
		"healthy": {feed: each(func(int, *Minute) {}), word: Promote, want: "no failure on {after}"},
		"ten times the failures": {
			feed: each(func(m int, x *Minute) { x.Green.Failures = int64(m % 2 * 3) }), word: RollBack, rule: RuleFailures,
			want: "fail on {after}, 0 % on {before}",
		},
		"one bad minute": {
			feed: each(func(m int, x *Minute) {
				if m == 30 {
					x.Green.Failures = 30
				}
			}), word: RollBack, rule: RuleAllFail,
		},
		"both fail together": {
			feed: each(func(m int, x *Minute) {
				if m >= 20 && m < 30 {
					x.Green.Failures, x.Blue.Failures = 10, 10
				}
			}), past: 60, word: OnHold, hold: HoldBothWorse, want: "both sides are worse than before the step",
		},
		"all Jobs fail": {
			feed: each(func(m int, x *Minute) {
				if x.Green.Runs = 0; m >= 50 {
					x.Green.Runs, x.Green.Failures, x.Blue.Runs = 1, 1, 0
				}
			}), word: RollBack, rule: RuleAllFail, want: "last {after.run}s failed",
		},
		"all fail on both sides, where blue did not run in each of the minutes": {
			feed: each(func(m int, x *Minute) {
				if x.Blue.Runs = int64(m % 3 / 2); m >= 50 {
					x.Green.Failures, x.Blue.Failures = x.Green.Runs, x.Blue.Runs
				}
			}), word: OnHold, hold: HoldShare, want: "are intended",
		},
		"few of green fail in an outage on both sides": {
			feed: each(func(m int, x *Minute) {
				if x.Green.Runs = 5; m == 55 {
					x.Green.Failures, x.Blue.Failures = 5, 13
				}
			}), word: OnHold, hold: HoldShare, want: "are intended",
		},
		"out of memory": {
			feed: each(func(m int, x *Minute) { x.Green.OOMKilled = some(int64(m / 59)) }), word: OnHold, hold: HoldKilled,
			want: "1 attempt was OOMKilled",
		},
		"out of memory, tolerated": {
			feed:   each(func(m int, x *Minute) { x.Green.OOMKilled = some(int64(m / 59)) }),
			limits: []Setting{{Name: "reasons", Value: "1", From: FromTenant}}, word: Promote,
		},
		"over the deadline": {
			feed: each(func(m int, x *Minute) { x.Green.TimedOut = some(int64(m / 59)) }), word: OnHold, hold: HoldDeadline,
		},
		"near the deadline": {
			feed: each(func(m int, x *Minute) { x.Green.TimeoutRatio = migration.Some(migration.Ratio(float64(m) / 65)) }), word: OnHold,
			hold: HoldWall, want: "a run took 91 % of its time limit",
		},
		"memory": {
			feed: each(func(_ int, x *Minute) { x.Green.MemoryRatio = migration.Some(migration.Ratio(0.93)) }), word: OnHold,
			hold: HoldMemory,
		},
		"waiting Jobs": {
			feed: each(func(_ int, x *Minute) { x.Green.PendingP95 = migration.Some(6 * time.Minute) }), word: OnHold, hold: HoldPending,
			want: "p95 6 min, budget 5 min",
		},
		"no image": {feed: each(func(_ int, x *Minute) { x.Green.ImagePull = some(2) }), word: OnHold, hold: HoldImages},
		"throttled while green is idle": {
			feed: each(func(m int, x *Minute) {
				if m > 55 {
					x.Green.Runs, x.Blue.Throttled = 0, some(3)
				}
			}), word: OnHold, hold: HoldThrottled, want: "throttled 12 times while {after} was idle",
		},
		"throttled, both busy": {feed: each(func(_ int, x *Minute) { x.Blue.Throttled = some(9) }), word: Promote},
		"dropped events": {
			feed: each(func(m int, x *Minute) { x.Blue.Dropped = some(int64(m / 59)) }), word: OnHold, hold: HoldDead,
			want: "1 event or {after.run} was dropped uncounted",
		},
		"no control": {
			feed: each(func(_ int, x *Minute) { x.Blue.Runs = 0 }), word: OnHold, hold: HoldNoControl, want: "{before} has had no run",
		},
		"share off": {
			feed: each(func(_ int, x *Minute) { x.Blue.Runs = 70 }), word: OnHold, hold: HoldShare,
			want: "30 % of messages go to {after}, 50 % are intended",
		},
		"no log lines": {
			feed: each(func(_ int, x *Minute) { x.Green.LogLines, x.Blue.LogLines = some(0), some(7) }), word: OnHold,
			hold: HoldSilentGreen,
			want: "1800 runs on {after} in 60 minutes without a log line",
		},
		"no Lambda log lines": {
			feed: each(func(_ int, x *Minute) { x.Blue.LogLines = some(0) }), word: OnHold, hold: HoldSilentBlue,
		},
		"messages in = out": {feed: queue(func(int, *QueueMinute) {}), word: Promote},
		"lost": {
			feed: queue(func(m int, q *QueueMinute) {
				if m >= 0 {
					q.Sent = 62
				}
			}), word: RollBack, rule: RuleLoss, want: "missing for 15 final minutes",
		},
		"lost once, within the tolerance": {
			feed: queue(func(m int, q *QueueMinute) {
				if m == 30 {
					q.Sent = 70
				}
			}), word: Promote,
		},
		"processed twice": {
			feed: queue(func(m int, q *QueueMinute) {
				if m >= 0 {
					q.DeletedGreen = 32
				}
			}), word: OnHold, hold: HoldDuplicates, want: "processed twice",
		},
		"redelivered, and accounted for": {feed: queue(func(_ int, q *QueueMinute) { q.Received = 80 }), word: Promote},
		"dead letters of green": {
			feed: queue(func(m int, q *QueueMinute) {
				if m >= 40 && m < 50 {
					q.DeadGreen, q.DeletedGreen = 1, 29
				}
			}), word: RollBack, rule: RuleDeadLetters, want: "dead letters come from {after}, none from {before}",
		},
		"one dead letter": {
			feed: queue(func(m int, q *QueueMinute) {
				if m == 40 {
					q.DeadGreen, q.DeletedGreen = 1, 29
				}
			}), word: OnHold, hold: HoldDead, want: "1 dead letter of {after}",
		},
		"dead letters of a shared queue": {
			feed: queue(func(m int, q *QueueMinute) {
				if m >= 40 {
					q.DeadShared, q.DeletedGreen = 1, 29
				}
			}), word: OnHold, hold: HoldDead, want: "of a queue that both sides share",
		},
		"messages wait longer and longer": {
			feed: queue(func(m int, q *QueueMinute) {
				if m >= 0 {
					q.Oldest = migration.Some(time.Duration(m) * 20 * time.Second)
				}
			}), word: RollBack, rule: RuleDwell, want: "the oldest message waited 15m20",
		},
		"messages waited before": {
			feed: queue(func(_ int, q *QueueMinute) { q.Oldest = migration.Some(20 * time.Minute) }), word: OnHold, hold: HoldDwell,
			want: "the oldest message waits 20 min, over 15 min",
		},
		"queue asleep": {
			feed: queue(func(_ int, q *QueueMinute) { *q = QueueMinute{State: QueueAsleep, Final: true} }), word: Promote,
		},
		"queue denied": {
			feed: queue(func(_ int, q *QueueMinute) { *q = QueueMinute{State: QueueDenied, Final: true} }), word: OnHold,
			hold: HoldQueueUnread,
			want: "the queue's counts are unknown: denied",
		},
		"frozen": {
			facts: func(f *Facts) { f.Frozen, f.FrozenUntil = "year end", at(900) }, feed: each(func(int, *Minute) {}), word: OnHold,
			hold: HoldFrozen, want: "year end",
		},
		"permission": {
			facts: func(f *Facts) { f.Missing = []string{"sqs:GetQueueAttributes"} }, feed: each(func(int, *Minute) {}), word: OnHold,
			hold: HoldPermission,
		},
		"blue unread": {
			facts: func(f *Facts) { f.Unread[Blue] = "access denied" }, feed: each(func(int, *Minute) {}), word: OnHold,
			hold: HoldBlueUnread,
		},
		"cost unknown": {
			facts: func(f *Facts) { f.Cost.PerThousand[Green] = migration.None[migration.USD]() }, feed: each(func(int, *Minute) {}),
			word: OnHold, hold: HoldCostUnknown, want: "the cost on {after} is unknown",
		},
		"p95": {
			facts: func(f *Facts) {
				for s, d := range [...]time.Duration{10 * time.Second, 13 * time.Second} {
					f.P95[s], f.Timed[s] = migration.Some(migration.Bounds[time.Duration]{Low: d, High: d}), p95Runs
				}
			}, feed: each(func(int, *Minute) {}), word: OnHold, hold: HoldP95,
			want: "p95 on {after} is 13 s, over 1.25 times that on {before}, 10 s",
		},
		"stale": {
			facts: func(f *Facts) { f.Now = at(120) }, feed: each(func(int, *Minute) {}), word: OnHold, hold: HoldStale,
		},
		"before 100 %": {
			facts: func(f *Facts) { f.Next = migration.Some(1.0) }, feed: each(func(int, *Minute) {}), word: OnHold, hold: NeedPeak,
		},
		"before 100 %, peak seen": {
			facts: func(f *Facts) { f.Next, f.Peak = migration.Some(1.0), migration.Some(1000.0) }, feed: each(func(int, *Minute) {}),
			word: Promote,
		},
		"failure rate over the objective": {
			feed: each(func(_ int, x *Minute) { x.Green.Failures, x.Blue.Failures = 1, 1 }), word: OnHold, hold: HoldObjective,
			limits: []Setting{{Name: "failure_rate", Value: "2%", From: FromTenant}},
			want:   "3.3 % fail on {after}, over the objective of 2 %",
		},
		"run time over the objective": {
			feed: each(func(int, *Minute) {}), facts: func(f *Facts) {
				f.P95[Green] = migration.Some(migration.Bounds[time.Duration]{Low: 13 * time.Second, High: 14 * time.Second})
			}, limits: []Setting{{Name: "duration", Value: "10s", From: FromWave}}, word: OnHold, hold: HoldObjective,
			want: "p95 on {after} is 13 s, over the objective of 10 s",
		},
		"concurrency over the objective": {
			feed:   each(func(_ int, x *Minute) { x.Blue.Concurrency = migration.Some(migration.Ratio(0.9)) }),
			limits: []Setting{{Name: "capacity", Value: "80%", From: FromPlan}}, word: OnHold, hold: HoldObjective,
			want: "{before} uses 90 %",
		},
		"log lines under the objective": {
			feed:   each(func(m int, x *Minute) { x.Green.LogLines = some(int64(m % 2)) }),
			limits: []Setting{{Name: "logs_arriving", Value: "1%", From: FromPlan}}, word: OnHold, hold: HoldObjective,
			want: "50 % of {after.run}s",
		},
		"cost over the objective": {
			feed: each(func(int, *Minute) {}), facts: func(f *Facts) {
				f.Cost.PerThousand[Green] = migration.Some(migration.Dollars(decimal.New(5, -1)))
				f.Cost.Objective = migration.Some(migration.Dollars(decimal.New(4, -1)))
			}, word: OnHold, hold: HoldObjective, want: "1,000 messages cost $0.5000 on {after}, over the objective of $0.4000",
		},
		"runs cut off": {
			feed: each(func(_ int, x *Minute) { x.Green.TimeoutRatio = migration.Some(migration.Ratio(0.99)) }), word: OnHold,
			hold: HoldWall, want: "runs are being cut off: one took 99 %",
		},
		"too young": {
			feed: func(w *Watch) { healthy(w, 0, 20) }, facts: func(f *Facts) { f.Now = at(20) }, word: OnHold, hold: NeedMinutes,
			want: "20 minutes of 30 min have passed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatch(t, 0.5)
			var l Limits
			for _, s := range c.limits {
				if err := l.Set(s); err != nil {
					t.Fatal(err)
				}
			}
			w.SetLimits(l)
			for m := range c.past {
				w.Add(minuteOfRuns(m-c.past, 60, 0, 0, 0))
			}
			c.feed(w)
			f := facts(59)
			if c.facts != nil {
				c.facts(f)
			}
			v := w.Assess(f)
			reason := w.Reason(f, &v)
			if v.Word != c.word || v.Rule != c.rule || v.Word == OnHold && v.Holds.First() != c.hold || !strings.Contains(reason, c.want) {
				t.Errorf("%s, rule %q, first %v: %s\nwant %s, rule %q, first %v: %q", v.Text(), v.Rule, v.Holds.First(), reason,
					c.word, c.rule, c.hold, c.want)
			}
			for _, r := range w.Signals(f, &v) {
				mine := v.Word == OnHold && !c.hold.Lacks() && holdsOf[r.Signal].Has(c.hold)
				if r.Value == "" || mine && r.State != Holding && r.State != Unread {
					t.Errorf("%v is %v: %q", r.Signal, r.State, r.Value)
				}
			}
			if e := w.Explain(f, &v); strings.Contains(e.Reason+strings.Join(e.Others, "")+strings.Join(e.Next, ""), "%!") {
				t.Errorf("%+v", e)
			}
		})
	}
}

// Long runs of one minute are no evidence yet, in neither tail: the first look is at [firstLook] minutes.
func TestSlowerWaitsForTheFirstLook(t *testing.T) {
	w := newWatch(t, 0.5)
	if _, err := w.SetSteps([]Step{{Share: 0.5, At: noon, Line95: time.Second, Line99: 2 * time.Second, LineRuns: 1000}}); err != nil {
		t.Fatal(err)
	}
	long := make([]time.Duration, 200)
	for i := range long {
		long[i] = 500 * time.Millisecond
		if i < 30 {
			long[i] = 3 * time.Second
		}
	}
	for m := range firstLook + 1 {
		x := minuteOfRuns(m, 200, 0, 200, 0)
		x.Green.Duration = migration.Sample(long...)
		w.Add(x)
	}
	for m, want := range map[int]bool{1: false, firstLook - 2: false, firstLook: true} {
		fresh := NewWatch()
		*fresh = *w
		if v := fresh.Assess(facts(m)); v.Holds.Has(HoldSlower) != want {
			t.Errorf("after %d minutes: SLOWER %v, want %v", m+1, v.Holds.Has(HoldSlower), want)
		}
	}
}

// A side without a run has no cost: what is missing is the run.
func TestNoRunIsNoUnknownCost(t *testing.T) {
	w := newWatch(t, 0.5)
	for m := range 40 {
		w.Add(minuteOfRuns(m, 0, 0, 0, 0))
	}
	f := facts(39)
	f.Cost.PerThousand = [2]migration.Opt[migration.USD]{}
	if v := w.Assess(f); v.Holds.Has(HoldCostUnknown) || !v.Holds.Has(NeedRuns) || v.Word != OnHold {
		t.Errorf("%v: %b", v.Word, v.Holds)
	}
	w.Add(minuteOfRuns(40, 30, 0, 30, 0))
	f.Now = at(41)
	if v := w.Assess(f); !v.Holds.Has(HoldCostUnknown) {
		t.Errorf("after a run: %v: %b", v.Word, v.Holds)
	}
}
