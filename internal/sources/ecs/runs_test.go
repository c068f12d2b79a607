package ecs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

func asSide(s *Settings) { s.Side = true }

// oneRun returns a task of the family acme-export that ran for a duration; zero means that it still runs.
func oneRun(id string, started time.Time, ran time.Duration, code int32, stop string) awsapi.ECSTask {
	t := fargate(id, "", started.Add(-10*time.Second))
	t.Definition, t.ExitCode, t.StopCode = "acme-export:7", code, stop
	if ran > 0 {
		t.Ended = started.Add(ran)
	}
	return t
}

// ledger is what an engine knows after some batches: the last copy of each bucket, and all
// records.
type ledger struct {
	buckets map[string]migration.Activity
	records map[string]int
}

func (l *ledger) take(b migration.Batch) {
	if l.buckets == nil {
		l.buckets, l.records = map[string]migration.Activity{}, map[string]int{}
	}
	for _, a := range b.Activities {
		l.buckets[fmt.Sprint(a.Key, a.Start, a.Span)] = a
	}
	for _, r := range recordsOf(b) {
		l.records[r.ID]++
	}
}

func (l *ledger) runs() (runs, failures int64) {
	for _, a := range l.buckets {
		if a.Platform == migration.ECS {
			runs, failures = runs+a.Runs, failures+a.Failures
		}
	}
	return runs, failures
}

// A task without a service is a run with an outcome. Tasks of a service belong to another platform and are not runs.
func TestTasksAreRuns(t *testing.T) {
	a := many(1)
	c := &a.clusters[0]
	for i, end := range []struct {
		stop string
		code int32
	}{
		{"EssentialContainerExited", 0},
		{"EssentialContainerExited", 3},
		{"EssentialContainerExited", 137},
		{"SpotInterruption", 143},
		{"UserInitiated", 143},
	} {
		c.Tasks = append(c.Tasks, oneRun(fmt.Sprint("run", i), ago(time.Duration(50-i)*time.Minute), 5*time.Minute, end.code, end.stop))
	}
	c.Tasks = append(c.Tasks, oneRun("alive", ago(3*time.Minute), 0, 0, ""), oneRun("gone", ago(3*time.Hour), time.Minute, 0,
		"EssentialContainerExited"))
	r := newRig(t, a, asSide)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	var l ledger
	l.take(batch)
	if runs, failures := l.runs(); runs != 5 || failures != 3 {
		t.Errorf("%d runs and %d failures, want 5 and 3", runs, failures)
	}
	if from := batch.CoverFrom; batch.Platform != migration.ECS || from != migration.Some(epoch.Add(-time.Hour)) {
		t.Errorf("runs of %v are covered from %v", batch.Platform, from)
	}
	for _, one := range batch.Activities { // seen since 11:20:20
		seen := one.Start.After(epoch.Add(-time.Hour - time.Minute))
		if one.Span == time.Minute && one.Evidence.LowerBound == seen {
			t.Errorf("what began at %v is a lower bound: %t", one.Start, one.Evidence.LowerBound)
		}
	}
	if !slices.ContainsFunc(batch.Activities, func(a migration.Activity) bool {
		return a.Platform == migration.ECSServices && a.Tenant == "t0000" && a.Runs == 0
	}) {
		t.Error("the service is nowhere")
	}
	var outcomes []migration.Outcome
	for _, one := range recordsOf(batch) {
		outcomes = append(outcomes, one.Outcome)
		if one.Key != (migration.Key{Platform: migration.ECS, Tenant: "acme", Workload: "export"}) || one.Duration != 5*time.Minute ||
			one.Container != "work" || one.Version != "acme-export:7" || one.Given.Limit.Memory != migration.Some(2*migration.GiB) {
			t.Errorf("record = %+v", one)
		}
		if killed := one.Outcome == migration.OutcomeOOMKilled; killed != (one.KilledAt == migration.Some(2*migration.GiB)) {
			t.Errorf("killed at %v", one.KilledAt)
		}
	}
	want := []migration.Outcome{
		migration.OutcomeSucceeded, migration.OutcomeFailed, migration.OutcomeOOMKilled, migration.OutcomeEvicted, migration.OutcomeStopped,
	}
	if !slices.Equal(outcomes, want) {
		t.Errorf("outcomes = %v, want %v", outcomes, want)
	}
	if len(batch.Runs) != 6 || !strings.HasSuffix(batch.Runs[0].UID, "/alive") || batch.Runs[0].State != migration.RunRunning {
		t.Fatalf("runs = %+v", batch.Runs)
	}
	var states []string
	for _, one := range batch.Runs[1:] {
		states = append(states, one.State.String()+" "+one.Reason)
		if one.Attempts[0].Node != "FARGATE" || one.Namespace != "batch" || one.Duration(epoch) != migration.Some(5*time.Minute) {
			t.Errorf("run = %+v", one)
		}
	}
	// Newest first.
	if got, want := strings.Join(states, ", "), "stopped UserInitiated, failed SpotInterruption, failed OutOfMemoryError, failed "+
		"EssentialContainerExited, succeeded "; got != want {
		t.Errorf("states = %q, want %q", got, want)
	}
}

// A run counts once, however often it is seen to have stopped, and a program that begins
// later records the same runs under the same names.
func TestARunCountsOnce(t *testing.T) {
	for seed := range uint64(5) {
		random := rand.New(rand.NewPCG(seed, 1))
		a := many(0)
		c := &a.clusters[0]
		const n = 60
		for i := range n {
			started := epoch.Add(time.Duration(random.IntN(90)-20) * time.Minute)
			c.Tasks = append(c.Tasks, oneRun(fmt.Sprintf("run%02d", i), started, time.Duration(1+random.IntN(1200))*time.Second, 0,
				"EssentialContainerExited"))
			c.Tasks[i].Ended = c.Tasks[i].Ended.Add(-time.Duration(random.IntN(1000)) * time.Millisecond)
		}
		r := newRig(t, a, asSide)
		var l ledger
		for at := time.Duration(0); at < 3*time.Hour; {
			batch, err := r.Poll(t.Context(), sources.Focus{})
			if err != nil {
				t.Fatal(err)
			}
			l.take(batch)
			step := time.Duration(1+random.IntN(40*60)) * time.Second
			at += step
			r.clock.Advance(step)
		}
		if runs, _ := l.runs(); runs != n || len(l.records) != n {
			t.Errorf("seed %d: %d runs and %d records, want %d", seed, runs, len(l.records), n)
		}
		for id, times := range l.records {
			if times != 1 {
				t.Errorf("seed %d: %s was recorded %d times", seed, id, times)
			}
		}
	}
	// Two programs that begin at different times.
	a := many(0)
	a.clusters[0].Tasks = append(a.clusters[0].Tasks, oneRun("one", ago(30*time.Minute), time.Minute, 0, "EssentialContainerExited"))
	var ids []string
	for _, late := range []time.Duration{0, 10 * time.Minute} {
		r := newRig(t, a, asSide)
		r.clock.Advance(late)
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil || len(recordsOf(batch)) != 1 {
			t.Fatalf("%d records, %v", len(recordsOf(batch)), err)
		}
		ids = append(ids, fmt.Sprint(recordsOf(batch)[0].ID, recordsOf(batch)[0].Started))
	}
	if ids[0] != ids[1] {
		t.Errorf("the run is %s and %s", ids[0], ids[1])
	}
}

// After a pause of hours nothing that was counted before is lost, and what ended unseen
// makes a lower bound.
func TestAPauseLosesNoRun(t *testing.T) {
	a := many(0)
	c := &a.clusters[0]
	c.Tasks = append(c.Tasks,
		oneRun("before", ago(10*time.Minute), 8*time.Minute, 0, "EssentialContainerExited"),
		oneRun("missed", epoch.Add(20*time.Minute), 8*time.Minute, 0, "EssentialContainerExited"),
		oneRun("after", epoch.Add(150*time.Minute), 8*time.Minute, 0, "EssentialContainerExited"),
		oneRun("long", ago(30*time.Minute), 0, 0, ""))
	r := newRig(t, a, asSide)
	var l ledger
	for _, pause := range []time.Duration{3 * time.Hour, time.Minute} {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		l.take(batch)
		if runs, _ := l.runs(); pause == time.Minute {
			if runs != 2 {
				t.Errorf("%d runs after the pause, want the one before and the one after", runs)
			}
			if want := epoch.Add(2 * time.Hour); batch.CoverFrom != migration.Some(want) {
				t.Errorf("covered from %v, want %v", batch.CoverFrom, want)
			}
		}
		r.clock.Advance(pause)
	}
	// What ran all the time held its host all the time.
	var held int64
	for _, one := range l.buckets {
		for _, h := range one.Usage {
			held += h.PodSeconds
		}
	}
	if want := int64((3*time.Hour + 30*time.Minute + 2*(8*time.Minute+10*time.Second)).Seconds()) - 10; held != want {
		t.Errorf("tasks held their hosts for %d s, want %d", held, want)
	}
}

// While CloudWatch is not asked, runs are read all the same, and usage that comes late does
// not take back runs that ECS has forgotten.
func TestLateUsageTakesNoRunBack(t *testing.T) {
	a := many(0)
	c := &a.clusters[0]
	c.Insights = true
	c.Tasks = append(c.Tasks, oneRun("done", ago(10*time.Minute), 12*time.Minute, 0, "EssentialContainerExited"),
		oneRun("long", ago(20*time.Minute), 5*time.Hour, 0, ""))
	r := newRig(t, a, asSide)
	var l ledger
	for i := range 20 {
		focus := sources.Focus{Pace: sources.Pace{Hold: i > 0 && i < 17, Why: "the budget is used up"}}
		batch, err := r.Poll(t.Context(), focus)
		if err != nil {
			t.Fatal(err)
		}
		l.take(batch)
		r.clock.Advance(10 * time.Minute)
	}
	if runs, _ := l.runs(); runs != 1 {
		t.Errorf("%d runs, want 1", runs)
	}
}

// Without being a side ECS lists and records nothing: its tasks are a row of their own.
func TestNoSideListsNoRuns(t *testing.T) {
	a := many(1)
	a.clusters[0].Tasks = append(a.clusters[0].Tasks, oneRun("one", ago(30*time.Minute), time.Minute, 0, "EssentialContainerExited"))
	batch, err := newRig(t, a).Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	if batch.Runs != nil || recordsOf(batch) != nil || batch.CoverFrom.Known() {
		t.Errorf("runs %v, records %v, covered from %v", batch.Runs, recordsOf(batch), batch.CoverFrom)
	}
	if slices.ContainsFunc(batch.Activities, func(a migration.Activity) bool { return a.Platform != migration.ECS }) {
		t.Error("activity of another platform")
	}
	awsaccesstest.Health(t, batch, "ecs")
}

// If no screen shows the data, runs are still read, which is free, and CloudWatch is not queried.
func TestRunsAreReadWhileNobodyLooks(t *testing.T) {
	a := many(1)
	a.clusters[0].Tasks = append(a.clusters[0].Tasks, oneRun("one", ago(30*time.Minute), time.Minute, 0, "EssentialContainerExited"))
	r := newRig(t, a, asSide)
	batch, err := r.Poll(t.Context(), sources.Focus{Away: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(recordsOf(batch)) != 1 || batch.AskedHigh != 0 {
		t.Errorf("%d records, %d metrics asked for", len(recordsOf(batch)), batch.AskedHigh)
	}
}

// recordsOf are the ended runs of a batch.
func recordsOf(b migration.Batch) migration.RunRecords {
	return migration.PayloadOf[migration.RunRecords](b)
}
