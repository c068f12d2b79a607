package cutover

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// quiet is a tenant with a message on each side in each tenth minute.
func quiet(tb testing.TB, minutes int) *Watch {
	w := newWatch(tb, 0.5)
	for m := range minutes {
		w.Add(minuteOfRuns(m, int64(m%10/9), 0, int64(m%10/9), 0))
	}
	return w
}

// A tenant with little traffic needs days of its own, and its cohort together does not.
func TestLowTraffic(t *testing.T) {
	const minutes = 600
	w, f := quiet(t, minutes), facts(minutes-1)
	v := w.Assess(f)
	all := strings.Join(w.Explain(f, &v).Next, "; ")
	for _, want := range []string{
		"60 of 200 {after.run}s have run; about 23 hours at this rate",
		"0 of 60 {after.run}s failed; about 8 days at this rate, or promote with its cohort",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q lacks %q", all, want)
		}
	}
	verdicts := make([]Verdict, 30)
	for i := range verdicts {
		verdicts[i] = quiet(t, minutes).Assess(f)
	}
	got := Wave(verdicts, &Limits{})
	if c := got.Cohort; !c.Promotes || c.Tenants != 30 || c.Messages[Green] != 1800 {
		t.Errorf("%+v", c)
	}
	sick := newWatch(t, 0.5)
	for m := range minutes {
		sick.Add(minuteOfRuns(m, 30, 0, 30, int64(m%2*3)))
	}
	verdicts[7] = sick.Assess(f)
	if got := Wave(verdicts, &Limits{}); got.Cohort.Promotes || !got.Harmed[7] || got.Harmed[6] {
		t.Errorf("with a sick tenant: %+v", got)
	}
}

// Of a hundred tenants, one that barely reaches E 100 is not harmed by the wave's measure; and tenants elsewhere do not count.
func TestWaveCorrectsForItsSize(t *testing.T) {
	verdicts := make([]Verdict, 100)
	for i := range verdicts {
		verdicts[i] = Verdict{Stage: Between, HarmE: -1, HealthN: 0}
	}
	verdicts[3].HarmE = 2
	if got := Wave(verdicts, &Limits{}); got.Harmed[3] {
		t.Error("E 100 of one in a hundred stands")
	}
	verdicts[3].HarmE = math.Log10(2000) + 1e-9
	if got := Wave(verdicts, &Limits{}); !got.Harmed[3] {
		t.Error("E 2,000 of one in a hundred does not stand")
	}
	verdicts[3].Stage = AtEnd
	if got := Wave(verdicts, &Limits{}); got.Harmed[3] || got.Cohort.Tenants != 99 {
		t.Error("a tenant at 100 % counts")
	}
}

// ready are facts of a tenant that is ready.
func ready() ReadyFacts {
	yes := migration.Some(true)
	gib := func(cpu, memory int64) migration.Resources {
		return migration.Resources{
			CPU: migration.Some(migration.CPU(cpu) * migration.Core), Memory: migration.Some(migration.Bytes(memory) * migration.GiB),
		}
	}
	return ReadyFacts{
		Profile: yes, Request: gib(1, 2), HasQuota: yes, Quota: gib(20, 40), Node: gib(8, 32), Fits: migration.Some[int64](9), FirstJobs: 5,
		ImagePulled: yes, LogsArrive: yes, Permissions: yes, Priced: [2]bool{true, true}, HasQueue: true,
		Visibility: migration.Some(6 * time.Minute), P99: migration.Some(4 * time.Minute), Start: migration.Some(time.Minute),
		FIFO: true, GroupsWhole: yes,
	}
}

// Each fact that is missing or wrong keeps a tenant from being ready, with its numbers.
func TestReady(t *testing.T) {
	no, unknown := migration.Some(false), migration.None[bool]()
	for want, change := range map[string]func(*ReadyFacts){
		"":                             func(*ReadyFacts) {},
		"profile: no resource profile": func(f *ReadyFacts) { f.Profile = no },
		"profile: not known yet":       func(f *ReadyFacts) { f.Profile = unknown },
		"quota: a {after.run} does not fit into the largest": func(f *ReadyFacts) { f.Request.CPU = migration.Some(9 * migration.Core) },
		"quota: the namespace's quota was not read":          func(f *ReadyFacts) { f.HasQuota = unknown },
		"5000m CPU wanted, 4000m there":                      func(f *ReadyFacts) { f.Quota.CPU = migration.Some(4 * migration.Core) },
		"pool: no room for the first share, 5 {after.run}s":  func(f *ReadyFacts) { f.Fits = migration.Some[int64](4) },
		"quota: the namespace's quota leaves 4 {after.run}s": func(f *ReadyFacts) { f.QuotaJobs = migration.Some[int64](4) },
		"image: the image was not pulled once":               func(f *ReadyFacts) { f.ImagePulled = no },
		"logs: no log line of a {after.run} has arrived":     func(f *ReadyFacts) { f.LogsArrive = no },
		"permissions: missing: sqs:GetQueueAttributes":       func(f *ReadyFacts) { f.Missing = []string{"sqs:GetQueueAttributes"} },
		"price: no price on {after}":                         func(f *ReadyFacts) { f.Priced[Green] = false },
		"visibility timeout: 5 min is not above the p99":     func(f *ReadyFacts) { f.Visibility = migration.Some(5 * time.Minute) },
		"FIFO groups: messages of one group go to both":      func(f *ReadyFacts) { f.GroupsWhole = no },
		"visibility timeout: the visibility timeout, the ":   func(f *ReadyFacts) { f.P99 = migration.None[time.Duration]() },
	} {
		facts, rf := facts(0), ready()
		change(&rf)
		facts.Ready, facts.Cost.Reason = rf.Checks(), "Jobs cost 30 % less"
		w := NewWatch()
		v := w.Assess(facts)
		reason := w.Reason(facts, &v)
		if v.Ready != (want == "") || !strings.Contains(reason, want) || !strings.HasPrefix(reason, "Jobs cost 30 % less") {
			t.Errorf("%q: %s: %s", want, v.Text(), reason)
		}
	}
	grows := ready()
	grows.Grows, grows.Fits = true, migration.None[int64]()
	if c := grows.room(); c.State != Passed {
		t.Errorf("%+v", c)
	}
}

// Before the first share the column shows the cost verdict, and no good word while a side is unread.
func TestBeforeTheFirstShare(t *testing.T) {
	for _, c := range []struct {
		decision migration.Decision
		unread   string
		ready    CheckState
		want     string
		code     int
	}{
		{migration.WorthMoving, "", Passed, "move (ready)", 0},
		{migration.WorthMoving, "", Failed, "move (not ready)", 10},
		{migration.WorthMoving, "", Unchecked, "move (not ready)", 10},
		{migration.WorthMoving, "denied", Passed, "no verdict", 3},
		{migration.CannotStay, "", DoesNotApply, "cannot stay (ready)", 0},
		{migration.Stay, "", Passed, "stay", 10},
		{migration.NotEnoughData, "", Passed, "no verdict", 3},
	} {
		f := facts(0)
		f.Cost.Decision, f.Unread[Green], f.Ready[0].State = c.decision, c.unread, c.ready
		if v := NewWatch().Assess(f); v.Text() != c.want || v.ExitCode() != c.code {
			t.Errorf("%+v: %q, %d", c, v.Text(), v.ExitCode())
		}
	}
}

// At 100 % the words say whether it worked.
func TestAtTheEnd(t *testing.T) {
	for _, c := range []struct {
		delta float64
		peak  float64
		want  Word
	}{{-0.3, 400, Moved}, {0.12, 400, MovedCostsMore}, {-0.3, 900, OnHold}} {
		w := newWatch(t, 1)
		for m := range 60 {
			w.Add(minuteOfRuns(m, 0, 0, 30, 0))
		}
		f := facts(59)
		f.Next, f.Peak, f.Cost.Delta = migration.None[float64](), migration.Some(c.peak), migration.Some(migration.Ratio(c.delta))
		v := w.Assess(f)
		if v.Word != c.want || c.delta > 0 && !strings.Contains(w.Reason(f, &v), "each costs 12 % more") {
			t.Errorf("%+v: %s: %s", c, v.Text(), w.Reason(f, &v))
		}
	}
}
