package jobs

import (
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// state is one state of a container that restarts: its running life began, or its last one
// ended, as the kubelet writes it.
func state(restarts int32, now, last corev1.ContainerState) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: "main", RestartCount: restarts, State: now, LastTerminationState: last}
}

func runs(from int) corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at(from)}}
}

var (
	crashLoop = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	lost      = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "ContainerStatusUnknown"}}
	never     corev1.ContainerState
)

// A container that restarts runs several times, and the waits between are no run time.
func TestRunTimeOverRestarts(t *testing.T) {
	for name, tt := range map[string]struct {
		seen      []corev1.ContainerStatus
		low, high int // seconds; the pod was scheduled at 0 and ended at 400
		kills     int32
	}{
		"one life":                    {[]corev1.ContainerStatus{state(0, ended(0, "Completed", 2, 72), never)}, 70, 70, 0},
		"two lives":                   {[]corev1.ContainerStatus{state(1, ended(0, "Completed", 160, 170), ended(1, "Error", 0, 10))}, 20, 20, 0},
		"two lives in the same place": {[]corev1.ContainerStatus{state(1, ended(0, "Completed", 10, 30), ended(1, "Error", 0, 10))}, 30, 30, 0},
		"it waits for its next life":  {[]corev1.ContainerStatus{state(0, crashLoop, ended(1, "Error", 0, 10))}, 10, 10, 0},
		"three lives, all seen by the watch": {[]corev1.ContainerStatus{
			state(0, runs(5), never), state(0, ended(1, "Error", 5, 15), never), state(0, crashLoop, ended(1, "Error", 5, 15)),
			state(1, runs(25), ended(1, "Error", 5, 15)), state(1, crashLoop, ended(1, "Error", 25, 40)),
			state(2, ended(0, "Completed", 80, 100), ended(1, "Error", 25, 40)),
		}, 45, 45, 0},
		"three lives, each seen as the last one of a later": {[]corev1.ContainerStatus{
			state(1, runs(25), ended(1, "Error", 5, 15)), state(2, ended(0, "Completed", 80, 100), ended(1, "Error", 25, 40)),
		}, 45, 45, 0},
		"three lives, looked at after the end: the first may have taken until the second": {[]corev1.ContainerStatus{
			state(2, ended(0, "Completed", 80, 100), ended(1, "Error", 25, 40)),
		}, 35, 60, 0},
		"a life between two looks": {[]corev1.ContainerStatus{
			state(0, runs(5), never), state(0, crashLoop, ended(1, "Error", 5, 15)),
			state(3, ended(0, "Completed", 200, 220), ended(1, "Error", 100, 110)),
		}, 40, 125, 0},
		"killed twice, and each kill is seen more than once": {[]corev1.ContainerStatus{
			state(0, ended(137, reasonOOM, 5, 15), never), state(0, crashLoop, ended(137, reasonOOM, 5, 15)),
			state(1, runs(25), ended(137, reasonOOM, 5, 15)),
			state(1, crashLoop, ended(137, reasonOOM, 25, 35)), state(2, ended(0, "Completed", 80, 100), ended(137, reasonOOM, 25, 35)),
		}, 40, 40, 2},
		"two short lives within one second": {[]corev1.ContainerStatus{
			state(0, crashLoop, ended(1, "Error", 5, 5)), state(1, crashLoop, ended(1, "Error", 5, 5)),
			state(2, ended(0, "Completed", 20, 30), ended(1, "Error", 5, 5)),
		}, 10, 10, 0},
		"the node lost sight of it": {[]corev1.ContainerStatus{state(0, runs(5), never), state(0, lost, never)}, 0, 400, 0},
		"the count begins anew": {[]corev1.ContainerStatus{
			state(2, runs(60), ended(1, "Error", 40, 50)), state(0, ended(0, "Completed", 90, 95), never),
		}, 15, 55, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var l lives
			var kills int32
			for i := range tt.seen {
				kills += l.observe(&tt.seen[i])
				kills += l.observe(&tt.seen[i])
			}
			ran, maybe := l.intervals(at(0).Unix(), at(400).Unix())
			low, high := unite(ran), unite(append(maybe, ran...))
			if low != time.Duration(tt.low)*time.Second || high != time.Duration(tt.high)*time.Second || kills != tt.kills {
				t.Errorf("%v to %v with %d kills, want %d s to %d s with %d", low, high, kills, tt.low, tt.high, tt.kills)
			}
		})
	}
}

// However a watch and its gaps fall between what a container does, its run time is exact where
// nothing was missed, and otherwise within its bounds; a kill counts once.
func TestRunTimeIsNeverTooSureOfItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "lives")
		type life struct {
			from, to int
			oom      bool
		}
		all := make([]life, n)
		second := rapid.IntRange(0, 30).Draw(t, "start-up")
		var truth time.Duration
		kills := int32(0)
		for i := range all {
			all[i].from = second
			second += rapid.IntRange(0, 50).Draw(t, "runs")
			all[i].to = second
			all[i].oom = i < n-1 && rapid.Bool().Draw(t, "killed")
			truth += time.Duration(all[i].to-all[i].from) * time.Second
			if all[i].oom {
				kills++
			}
			second += rapid.IntRange(1, 60).Draw(t, "waits")
		}
		over := func(i int) corev1.ContainerState {
			switch {
			case i < 0:
				return never
			case all[i].oom:
				return ended(137, reasonOOM, all[i].from, all[i].to)
			case i < n-1:
				return ended(1, "Error", all[i].from, all[i].to)
			}
			return ended(0, "Completed", all[i].from, all[i].to)
		}
		var l lives
		var counted int32
		missed, next := false, 0
		look := func(s corev1.ContainerStatus, ended int) {
			counted += l.observe(&s)
			missed = missed || ended-1 > next // the one before the last is in no status
			next = max(next, ended)
		}
		for i := range all {
			if rapid.Bool().Draw(t, "seen while it runs") {
				look(state(int32(i), runs(all[i].from), over(i-1)), i)
			}
			if i == n-1 || rapid.Bool().Draw(t, "seen ended") {
				s := state(int32(i), over(i), over(i-1))
				ended := i + 1
				look(s, ended)
			}
			if i < n-1 && rapid.Bool().Draw(t, "seen waiting") {
				s := state(int32(i), crashLoop, over(i))
				counted += l.observe(&s)
				missed = missed || i > next
				next = max(next, i+1)
			}
		}
		ran, maybe := l.intervals(at(0).Unix(), at(all[n-1].to).Unix())
		low, high := unite(ran), unite(append(maybe, ran...))
		switch {
		case low > truth || high < truth:
			t.Fatalf("%v to %v, and it ran %v", low, high, truth)
		case counted > kills:
			t.Fatalf("%d kills, and there were %d", counted, kills)
		case l.missed == 0 && (low != truth || counted != kills):
			t.Fatalf("all was seen, and it is %v with %d kills, want %v with %d", low, counted, truth, kills)
		}
	})
}

// restarting is a pod of restartPolicy OnFailure that runs 10 s, waits, and runs until its end.
func restarting(restarts int32, from, to, lastFrom, lastTo int) *corev1.Pod {
	p := wrote(podObject("p", "a", 2, from, to, 0, "Completed"), "memory.peak 104857600\n")
	c := &p.Status.ContainerStatuses[0]
	c.RestartCount, c.LastTerminationState = restarts, ended(1, "Error", lastFrom, lastTo)
	return p
}

func TestWaitsBetweenRestartsAreNoRunTime(t *testing.T) {
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", 0, completed(175)))
	w.pods.set(restarting(1, 164, 174, 4, 14))
	w.at(200)
	w.poll()
	total, reserved := w.sum()
	if got := total.Duration.Max(); got != migration.Some(20*time.Second) {
		t.Errorf("the run took %v, want the 20 s of both lives", got)
	}
	if reserved.PodSeconds != 172 {
		t.Errorf("reserved for %d s, want 172 s: a request counts while its container waits", reserved.PodSeconds)
	}
	if got := total.StartUp.Max(); got != migration.Some(4*time.Second) {
		t.Errorf("start-up %v, want 4 s", got)
	}
	if r := w.records["pod-p"]; r.Duration != 20*time.Second || r.DurationMost.Known() || !r.Started.Equal(t0.Add(4*time.Second)) {
		t.Errorf("the record: %v, at most %v, from %v", r.Duration, r.DurationMost, r.Started)
	}
	run := w.model.runs()[0]
	if got := run.Attempts[0].RunTime.Or(migration.Bounds[time.Duration]{}); got.Low != 20*time.Second || got.High != 20*time.Second {
		t.Errorf("the attempt took %v", got)
	}
}

// Where restarts were not seen the run time is a bound and is not given as known; neither is
// the first start.
func TestRestartsThatNobodySaw(t *testing.T) {
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", 0, completed(175)))
	w.pods.set(restarting(3, 164, 174, 114, 124))
	w.at(200)
	acts := w.poll()
	total, _ := w.sum()
	if total.Duration.Count() != 0 || total.StartUp.Count() != 0 || total.Runs != 1 {
		t.Errorf("%d durations, %d start-ups of %d runs: nobody knows them", total.Duration.Count(), total.StartUp.Count(), total.Runs)
	}
	found := false
	for _, a := range acts {
		found = found || a.Runs == 1 && a.Evidence.Note != ""
	}
	if !found {
		t.Error("nothing is said of it")
	}
	w.at(220)
	w.poll()
	r := w.records["pod-p"]
	if r.Duration != 20*time.Second || r.DurationMost != migration.Some(132*time.Second) {
		t.Errorf("the record: %v to %v, want 20 s to 132 s: until 114 it may have run all the time since it was scheduled", r.Duration,
			r.DurationMost)
	}
	if a := w.model.runs()[0].Attempts[0]; a.Started.Known() {
		t.Errorf("it started at %v, and nobody saw that", a.Started)
	}
}

// Parallel pods and retries of init containers: only what ran counts, together once.
func TestRunTimeOfPartsTogether(t *testing.T) {
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", 0, func(j *batchv1.Job) { completed(100)(j) }))
	one := restarting(1, 60, 80, 10, 30)
	two := podObject("q", "a", 2, 20, 70, 0, "Completed")
	withInit(two, container("fetch", "10m", "64Mi"), ended(0, "Completed", 9, 19), 1)
	w.pods.set(one)
	w.pods.set(two)
	w.at(120)
	w.poll()
	total, _ := w.sum()
	if got := total.Duration.Max(); got != migration.Some(70*time.Second) {
		t.Errorf("the run took %v, want 70 s: 10 to 30, 20 to 70 and 60 to 80", got)
	}
	w.at(140)
	w.poll()
	if r := w.records["pod-q"]; r.Duration != 50*time.Second {
		t.Errorf("the second pod took %v, want 50 s: its init container is start-up", r.Duration)
	}
}

// A Job that was suspended and resumed began when it was first started. What it had run by
// then counts, the time in between does not, and its deadline counts from its resumption.
func TestSuspendedAndResumed(t *testing.T) {
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", 0, nil))
	first := podObject("p", "a", 2, 10, open, 0, "")
	w.pods.set(first)
	w.at(30)
	w.poll()
	condition := func(status corev1.ConditionStatus, second int) []batchv1.JobCondition {
		return []batchv1.JobCondition{{Type: batchv1.JobSuspended, Status: status, LastTransitionTime: at(second)}}
	}
	w.jobs.set(jobObject("a", 0, func(j *batchv1.Job) {
		j.Spec.Suspend, j.Status.StartTime, j.Status.Conditions = new(true), nil, condition(corev1.ConditionTrue, 30)
	}))
	stopped := podObject("p", "a", 2, 10, 32, 143, "Error")
	w.pods.set(stopped)
	w.pods.drop(stopped)
	w.at(60)
	w.poll()
	run := w.model.runs()[0]
	if run.State != migration.RunSuspended || run.Started != migration.Some(t0) || run.DeadlineUsed(t0.Add(time.Minute)).Known() {
		t.Errorf("%v, started %v, of its deadline %v are used up", run.State, run.Started, run.DeadlineUsed(t0.Add(time.Minute)))
	}
	resumed := func(j *batchv1.Job) {
		start := at(300)
		j.Status.StartTime, j.Status.Conditions = &start, condition(corev1.ConditionFalse, 300)
	}
	w.jobs.set(jobObject("a", 0, func(j *batchv1.Job) {
		resumed(j)
		conditions := j.Status.Conditions
		completed(365)(j)
		j.Status.Conditions = append(j.Status.Conditions, conditions...)
	}))
	w.pods.set(podObject("q", "a", 301, 305, 365, 0, "Completed"))
	w.at(380)
	w.poll()
	run = w.model.runs()[0]
	if run.Started != migration.Some(t0) || run.Resumed != migration.Some(t0.Add(300*time.Second)) {
		t.Errorf("started %v, resumed %v", run.Started, run.Resumed)
	}
	if got := run.RunTime.Or(migration.Bounds[time.Duration]{}); got.Low != 82*time.Second || got.High != got.Low {
		t.Errorf("it ran %v, want the 22 s before and the 60 s after", got)
	}
	if got := run.DeadlineUsed(t0.Add(time.Hour)); got != migration.Some(65*time.Second) {
		t.Errorf("%v of its deadline are used up, want 65 s", got)
	}
	if total, _ := w.sum(); total.Duration.Max() != migration.Some(82*time.Second) {
		t.Errorf("the run took %v", total.Duration.Max())
	}
}
