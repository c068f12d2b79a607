package follow

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
)

func TestStepsOfThePlan(t *testing.T) {
	wave := func(change func(*plan.Wave)) *plan.Plan {
		w := plan.Wave{Name: "pilot", At: noon, Tenants: plan.Members("acme"), Steps: []plan.Step{
			{Share: 500, Started: at(0)}, {Share: 2500, Started: at(60)}, {Share: plan.Whole},
		}}
		change(&w)
		return &plan.Plan{Waves: []plan.Wave{w}}
	}
	for _, test := range []struct {
		name   string
		change func(*plan.Wave)
		want   string
	}{
		{"as recorded", func(*plan.Wave) {}, "5@0 25@60 "},
		{"nothing recorded", func(w *plan.Wave) { w.Steps = []plan.Step{{Share: 500}} }, ""},
		{"rolled back", func(w *plan.Wave) { w.Share, w.Started = migration.Some(plan.Share(0)), at(90) }, "5@0 25@60 0@90 "},
		{"the wave says less", func(w *plan.Wave) { w.Share, w.Started = migration.Some(plan.Share(1000)), at(30) }, "5@0 10@30 "},
		{
			"the tenant goes its own way", func(w *plan.Wave) {
				w.Tenants[0].Share, w.Tenants[0].Started = migration.Some(plan.Share(500)), at(70)
			}, "5@0 25@60 5@70 ",
		},
		{
			"in the same minute", func(w *plan.Wave) {
				w.Tenants[0].Share, w.Tenants[0].Started = migration.Some(plan.Share(1000)), at(60).Add(20*time.Second)
			}, "5@0 10@60 ",
		},
		{"a share without a time", func(w *plan.Wave) { w.Share = migration.Some(plan.Share(5000)) }, "5@0 25@60 "},
	} {
		p := wave(test.change)
		w, m := p.Find("acme")
		got := ""
		for _, s := range recorded(p, w, m) {
			got += fmt.Sprintf("%g@%d ", s.Share*100, int(s.At.Sub(noon).Minutes()))
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// A share that does not say since when counts from when it was first read, and still does after a restart.
func TestAShareWithoutATime(t *testing.T) {
	p := stepAtNoon(5000)
	p.Waves[0].Share = migration.Some(plan.Share(0))
	p.Waves[0].Steps[0].Started = noon
	b := newBench(t, p)
	b.run(30, never, never, nil)
	d := b.judge(31, 26).Detail
	if d.Share != migration.Some[migration.Ratio](0) || d.StepAt.IsZero() || d.StepAt.Equal(noon) {
		t.Fatalf("share %v since %v", d.Share, d.StepAt)
	}
	again := newBench(t, p)
	if err := again.book.Restore(b.book.States(9)); err != nil {
		t.Fatal(err)
	}
	again.green(-120, 60)
	if got := again.judge(60, 55).Detail.StepAt; !got.Equal(d.StepAt) {
		t.Errorf("since %v after a restart, %v before", got, d.StepAt)
	}
}

func TestVersions(t *testing.T) {
	var v versions
	seen := func(m int32, workload, version string) string {
		v.see(workload, version, m)
		return v.at(m)
	}
	for i, test := range []struct {
		minute            int32
		workload, version string
		want              string
	}{
		{10, "a", "v1", "0"}, // the first is no change
		{11, "b", "w1", "0"}, // nor is another workload
		{12, "a", "v1", "0"},
		{13, "a", "v2", "1"},
		{14, "a", "v1", "1"},     // templates that take turns
		{15, "b", "w1,w2", "2"},  // one of two is new
		{16, "b", "w1,w2", "2"},  // and no longer
		{300, "a", "v2", "3"},    // v1 ran last at 14: back to v2 after two hours is a change
		{300, "a", "v2", "3"},    // once
		{900, "a", "v2", "3"},    // a pause is none
		{900, "b", "w2", "3"},    // of w2 alone neither, as w1 did not run since
		{901, "b", "w1", "4"},    // which is another one now
		{20, "a", "v1", "2"},     // late: nothing new
		{12, "c", "unread", "0"}, // in its own time
	} {
		if got := seen(test.minute, test.workload, test.version); got != test.want {
			t.Errorf("%d: %s %s at %d: %s, want %s", i, test.workload, test.version, test.minute, got, test.want)
		}
	}
}

func TestPending(t *testing.T) {
	started := func(m int) []migration.Attempt {
		return []migration.Attempt{{Started: migration.Some(at(m))}}
	}
	key := jobsKey("acme")
	runs := []migration.Run{
		{Key: key, State: migration.RunPending, Created: at(0)},
		{Key: key, State: migration.RunRunning, Created: at(0), Attempts: started(7)},
		{Key: key, State: migration.RunSucceeded, Created: at(0), Attempts: started(2), Finished: migration.Some(at(4))},
		{Key: key, State: migration.RunFailed, Created: at(0), Finished: migration.Some(at(5))},
		{Key: key, State: migration.RunSuspended, Created: at(0)},
		{Key: key, State: migration.RunPending, Created: at(9)},
		{Key: lambdaKey("acme"), State: migration.RunPending, Created: at(0)},
	}
	for _, test := range []struct {
		minute int
		n      int64
		p95    time.Duration
	}{{0, 0, 0}, {1, 3, time.Minute}, {3, 2, 3 * time.Minute}, {8, 1, 8 * time.Minute}, {10, 2, 10 * time.Minute}} {
		n, p95 := pendingAt(runs, migration.Jobs, at(test.minute))
		if n != migration.Some(test.n) || p95 != migration.Some(test.p95) {
			t.Errorf("minute %d: %v wait for %v, want %d for %v", test.minute, n, p95, test.n, test.p95)
		}
	}
}

// queueBench is a bench with the queues of acme.
func queueBench(t *testing.T, queues ...migration.Queue) *bench {
	t.Helper()
	b := newBench(t, stepAtNoon(5000))
	for i := range queues {
		queues[i].Tenant = "acme"
	}
	b.queues.Absorb(migration.Origin{Source: "sqs"}, migration.QueuePoll{Queues: queues})
	b.health = append(b.health, migration.Health{Source: "sqs", State: migration.HealthOK, FinalTo: at(100)})
	return b
}

// bucket is a minute of a queue.
func (b *bench) bucket(queue string, minute int, sent, deleted, visible int64) {
	zero := migration.Some[int64](0)
	p := migration.QueuePoll{Buckets: []migration.QueueBucket{{
		Queue: queue, Start: at(minute), Span: time.Minute, Final: true, Sent: migration.Some(sent), Received: migration.Some(deleted),
		Deleted: migration.Some(deleted), Depth: migration.QueueDepth{
			Visible: migration.Some(visible), NotVisible: zero, Delayed: zero,
			OldestAge: migration.Some(time.Duration(visible) * time.Second),
		},
	}}}
	b.queues.Absorb(migration.Origin{Source: "sqs"}, p)
	b.book.TouchQueues(b.queues.Queues, migration.Origin{Source: "sqs"}, &p)
}

// queueAt is a minute of acme's queues.
func (b *bench) queueAt(minute int) (out cutover.QueueMinute) {
	r := b.book.read(&Input{Snapshot: &migration.Snapshot{At: at(200), Sources: b.health}, Store: b.store, Queues: &b.queues})
	r.queueMinute(b.book.tenant("acme"), int32(at(minute).Unix()/60), &out)
	return out
}

func TestQueueMinutes(t *testing.T) {
	blue := migration.Queue{Name: "in", Role: migration.QueueBlue}
	green := migration.Queue{Name: "in-jobs", Role: migration.QueueGreen}
	dead := migration.Queue{Name: "dead", Role: migration.QueueDeadLetter}
	fill := func(b *bench) *bench {
		for m := range 10 {
			b.bucket("in", m, 10, 6, int64(m))
			b.bucket("in-jobs", m, 5, 4, 2)
			b.bucket("dead", m, 0, 0, int64(m/5*3)) // three messages in minute 4
		}
		return b
	}
	b := fill(queueBench(t, blue, green, dead))
	got := b.queueAt(4)
	want := cutover.QueueMinute{
		State: cutover.QueueRead, Final: true, Sent: 15, Received: 10, DeletedBlue: 6, DeletedGreen: 4, DeadShared: 3,
		Depth: migration.Some[int64](6), BlueDepth: migration.Some[int64](4), InFlight: migration.Some[int64](0),
		Oldest: migration.Some(4 * time.Second),
	}
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	// The redrive policies say whose the dead letters are.
	green.DeadLetterQueue, blue.DeadLetterQueue = migration.Some("dead"), migration.Some("others")
	if got := fill(queueBench(t, blue, green, dead)).queueAt(4); got.DeadGreen != 3 || got.DeadShared != 0 {
		t.Errorf("of green: %+v", got)
	}
	green.DeadLetterQueue, blue.DeadLetterQueue = migration.Some(""), migration.Some("dead")
	if got := fill(queueBench(t, blue, green, dead)).queueAt(4); got.DeadBlue != 3 {
		t.Errorf("of blue: %+v", got)
	}
	// A queue that sleeps has nothing; one that may not be read has no number.
	blue.Idle = true
	if got := queueBench(t, blue).queueAt(4); got.State != cutover.QueueAsleep || !got.Final || got.Depth != migration.Some[int64](0) {
		t.Errorf("asleep: %+v", got)
	}
	blue.Idle = false
	b = queueBench(t, blue)
	b.health[len(b.health)-1] = migration.Health{
		Source: "sqs", State: migration.HealthFailed, Problem: &migration.Problem{Fault: migration.FaultDenied},
	}
	if got := b.queueAt(4); got.State != cutover.QueueDenied || got.Depth.Known() {
		t.Errorf("denied: %+v", got)
	}
	b.health[len(b.health)-1].Problem = nil
	if got := b.queueAt(4); got.State != cutover.QueueFailed {
		t.Errorf("failed: %+v", got)
	}
	if got := queueBench(t).queueAt(4); got.State != cutover.NoQueue {
		t.Errorf("without queues: %+v", got)
	}
}

// A run that is so long that a minute would never become final counts as not failed so far, and its end repairs nothing.
func TestLongRuns(t *testing.T) {
	b := newBench(t, stepAtNoon(5000))
	for m := -120; m < 160; m++ {
		b.blue("acme", m, 30, 0)
		var green []migration.RunMinute
		if m >= 0 {
			x := jobs("acme", m, 10, 0)
			if m%2 == 0 {
				x.Open, x.Final = 1, false
			}
			green = append(green, x)
		}
		b.green(-120, m+1, green...)
		b.judge(m+1, m-4)
	}
	c := b.judge(161, 156)
	for _, h := range c.Detail.Holds {
		if h == "stale" {
			t.Errorf("holds %v: %s", c.Detail.Holds, c.Reason)
		}
	}
	// 156 minutes are final on blue: every second one at once, the others after 100 minutes.
	if got := c.Detail.After.Messages; got < 1000 || got > 1150 {
		t.Errorf("%d runs are compared", got)
	}
}

func TestDecisionsOfThePlan(t *testing.T) {
	p := stepAtNoon(5000)
	p.Decisions = []plan.Decision{{Tenant: "acme", By: "ben", Why: "known", At: at(40), Until: at(50)}}
	b := newBench(t, p)
	words := map[int]string{}
	b.run(70, tenth, func(int) int64 { return 3 }, func(m int, c *migration.Cutover) { words[m] = c.Text })
	if words[35] != "ROLL BACK" || words[45] != "HOLD" || words[60] != "ROLL BACK" {
		t.Errorf("minute 35: %s, 45: %s, 60: %s", words[35], words[45], words[60])
	}
	if d := b.judge(71, 66).Detail.Decisions; len(d) != 1 || d[0].Kind != "overrule" || d[0].Who != "ben" {
		t.Errorf("decisions %+v", d)
	}
}

func TestThresholdsOfAWave(t *testing.T) {
	p := stepAtNoon(5000)
	p.SLOs = []plan.SLO{{Signal: plan.Reasons}}
	p.Waves[0].SLOs = []plan.SLO{{Signal: "failure_rate.margin", Most: decimal.NewFromInt(3)}}
	b := newBench(t, p)
	b.run(10, never, never, nil)
	for _, s := range b.judge(11, 6).Detail.Signals {
		for _, th := range s.Thresholds {
			if th.Name == "failure_rate.margin" && (th.Value != "3" || th.From != "wave") {
				t.Errorf("%+v", th)
			}
		}
	}
}
