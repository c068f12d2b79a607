package jobs

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// tracked is a pod as the Job controller makes them.
func tracked(p *corev1.Pod) *corev1.Pod {
	p.Finalizers = []string{batchv1.JobTrackingFinalizer}
	return p
}

// deleting is a pod whose deletion was asked for, with 30 s to end; counted says that it
// has the Job controller's finalizer.
func deleting(p *corev1.Pod, asked int, counted bool) *corev1.Pod {
	p = p.DeepCopy()
	when, grace := at(asked+30), int64(30)
	p.DeletionTimestamp, p.DeletionGracePeriodSeconds = &when, &grace
	p.Finalizers = nil
	if counted {
		tracked(p)
	}
	return p
}

func evictedBy(p *corev1.Pod, reason string) *corev1.Pod {
	p.Status.Conditions = append(p.Status.Conditions,
		corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: reason})
	return p
}

// jobEnd is what is to be known of a Job at its end.
type jobEnd struct {
	State    string
	Reason   string
	Attempts []string // "pod state reason"
	Failed   int32
	// Of the activities: runs, failures, and attempts, of which more than runs are
	// retries; and how long runs took.
	Runs, Failures, Counted int64
	Took                    []time.Duration
	Outcomes                []string // of the records
}

func tell(w *world) jobEnd {
	r := w.model.runs()[0]
	total, _ := w.sum()
	out := jobEnd{
		State: r.State.String(), Reason: r.Reason, Failed: r.Failed,
		Runs: total.Runs, Failures: total.Failures, Counted: total.Attempts.Or(-1),
	}
	if n := total.Duration.Count(); n > 0 {
		out.Took = []time.Duration{total.Duration.Sum().Or(0)}
	}
	for _, a := range r.Attempts {
		out.Attempts = append(out.Attempts, fmt.Sprintf("%s %s %s", a.Pod, a.State, a.Reason))
	}
	for id, rec := range w.records {
		out.Outcomes = append(out.Outcomes, id[len("pod-"):]+" "+rec.Outcome.String())
	}
	slices.Sort(out.Outcomes)
	return out
}

// Whatever ends pods of a Job from outside is no failure of theirs: it is an outcome of
// its own, which is no retry, fails nothing and lends no duration.
func TestPodsThatSomebodyEnded(t *testing.T) {
	running := func(name string, start int) *corev1.Pod {
		return tracked(podObject(name, "a", start-2, start, open, 0, ""))
	}
	ended := func(name string, start, end int, code int32) *corev1.Pod {
		reason := "Error"
		if code == 0 {
			reason = "Completed"
		}
		return tracked(podObject(name, "a", start-2, start, end, code, reason))
	}
	job := func(change ...func(*batchv1.Job)) *batchv1.Job {
		return jobObject("a", 0, func(j *batchv1.Job) {
			for _, c := range change {
				c(j)
			}
		})
	}
	suspended := func(j *batchv1.Job) {
		j.Spec.Suspend = new(true)
		j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobSuspended, Status: corev1.ConditionTrue, LastTransitionTime: at(40)}}
	}
	resumed := func(j *batchv1.Job) {
		start := at(100)
		j.Status.StartTime = &start
		j.Status.Conditions = append(j.Status.Conditions,
			batchv1.JobCondition{Type: batchv1.JobSuspended, Status: corev1.ConditionFalse, LastTransitionTime: start})
	}
	counted := func(n int32) func(*batchv1.Job) { return func(j *batchv1.Job) { j.Status.Failed = n } }
	also := func(kind batchv1.JobConditionType, reason string) func(*batchv1.Job) {
		return func(j *batchv1.Job) {
			j.Status.Conditions = append(j.Status.Conditions,
				batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, Reason: reason, LastTransitionTime: at(50)})
		}
	}
	const s = time.Second
	type step struct {
		at   int
		jobs []*batchv1.Job
		pods []*corev1.Pod
		gone []*corev1.Pod
		lost *batchv1.Job // deleted
	}
	for name, c := range map[string]struct {
		steps []step
		want  jobEnd
	}{
		"its Job was suspended and went on": {[]step{
			{at: 10, jobs: []*batchv1.Job{job()}, pods: []*corev1.Pod{running("a-1", 4)}},
			{at: 40, jobs: []*batchv1.Job{job(suspended)}, pods: []*corev1.Pod{deleting(running("a-1", 4), 40, false)}},
			{at: 45, pods: []*corev1.Pod{deleting(ended("a-1", 4, 42, 143), 40, false)}},
			{at: 46, gone: []*corev1.Pod{deleting(ended("a-1", 4, 42, 143), 40, false)}},
			{at: 110, jobs: []*batchv1.Job{job(resumed)}, pods: []*corev1.Pod{running("a-2", 104)}},
			{at: 170, jobs: []*batchv1.Job{job(resumed, completed(165))}, pods: []*corev1.Pod{ended("a-2", 104, 164, 0)}},
		}, jobEnd{
			State: "succeeded", Attempts: []string{"a-1 stopped Suspended", "a-2 succeeded "},
			Runs: 1, Counted: 1, Took: []time.Duration{60 * s}, Outcomes: []string{"a-1 stopped", "a-2 succeeded"},
		}},
		"parallelism was lowered": {[]step{
			{at: 10, jobs: []*batchv1.Job{job()}, pods: []*corev1.Pod{running("a-1", 4), running("a-2", 5)}},
			{at: 30, pods: []*corev1.Pod{deleting(running("a-2", 5), 30, false)}},
			{at: 35, gone: []*corev1.Pod{deleting(ended("a-2", 5, 32, 143), 30, false)}},
			{at: 70, jobs: []*batchv1.Job{job(completed(65))}, pods: []*corev1.Pod{ended("a-1", 4, 64, 0)}},
		}, jobEnd{
			State: "succeeded", Attempts: []string{"a-1 succeeded ", "a-2 stopped ScaledDown"},
			Runs: 1, Counted: 1, Took: []time.Duration{60 * s}, Outcomes: []string{"a-1 succeeded", "a-2 stopped"},
		}},
		"somebody deleted the pod, which the Job counts": {[]step{
			{at: 10, jobs: []*batchv1.Job{job()}, pods: []*corev1.Pod{running("a-1", 4)}},
			{at: 30, jobs: []*batchv1.Job{job(counted(1))}, pods: []*corev1.Pod{deleting(running("a-1", 4), 30, true)}},
			{at: 31, pods: []*corev1.Pod{running("a-2", 31)}},
			{at: 35, gone: []*corev1.Pod{deleting(ended("a-1", 4, 33, 137), 30, false)}},
			{at: 100, jobs: []*batchv1.Job{job(completed(92), counted(1))}, pods: []*corev1.Pod{ended("a-2", 31, 91, 0)}},
		}, jobEnd{
			State: "succeeded", Attempts: []string{"a-1 stopped Deleted", "a-2 succeeded "},
			Runs: 1, Counted: 1, Took: []time.Duration{60 * s}, Outcomes: []string{"a-1 stopped", "a-2 succeeded"},
		}},
		"it was deleted by force": {[]step{
			{at: 10, jobs: []*batchv1.Job{job()}, pods: []*corev1.Pod{running("a-1", 4)}},
			{at: 30, gone: []*corev1.Pod{running("a-1", 4)}, pods: []*corev1.Pod{running("a-2", 31)}},
			{at: 100, jobs: []*batchv1.Job{job(completed(92), counted(1))}, pods: []*corev1.Pod{ended("a-2", 31, 91, 0)}},
		}, jobEnd{
			State: "succeeded", Attempts: []string{"a-1 stopped Deleted", "a-2 succeeded "},
			Runs: 1, Counted: 1, Took: []time.Duration{60 * s}, Outcomes: []string{"a-2 succeeded"},
		}},
		"the Job's success was decided": {[]step{
			{at: 10, jobs: []*batchv1.Job{job()}, pods: []*corev1.Pod{running("a-1", 4), running("a-2", 5), running("a-3", 6)}},
			{at: 52, jobs: []*batchv1.Job{job(also(batchv1.JobSuccessCriteriaMet, "SuccessPolicy"))}, pods: []*corev1.Pod{
				ended("a-1", 4, 50, 0), deleting(running("a-2", 5), 51, true), deleting(running("a-3", 6), 51, true),
			}},
			{at: 56, pods: []*corev1.Pod{deleting(ended("a-2", 5, 53, 143), 51, true), deleting(ended("a-3", 6, 54, 0), 51, true)}},
			{at: 60, jobs: []*batchv1.Job{job(completed(57), also(batchv1.JobSuccessCriteriaMet, "SuccessPolicy"), counted(1))}},
		}, jobEnd{
			State: "succeeded", Attempts: []string{"a-1 succeeded ", "a-2 stopped SuccessCriteriaMet", "a-3 stopped SuccessCriteriaMet"},
			Runs: 1, Counted: 1, Took: []time.Duration{46 * s}, Outcomes: []string{"a-1 succeeded", "a-2 stopped", "a-3 stopped"},
		}},
		"another pod of it failed for good": {[]step{
			{at: 10, jobs: []*batchv1.Job{job()}, pods: []*corev1.Pod{running("a-1", 4), running("a-2", 5)}},
			{at: 52, jobs: []*batchv1.Job{job(also(batchv1.JobFailureTarget, reasonBackoff))}, pods: []*corev1.Pod{
				ended("a-1", 4, 50, 1), deleting(running("a-2", 5), 51, true),
			}},
			{at: 56, pods: []*corev1.Pod{deleting(ended("a-2", 5, 53, 143), 51, true)}},
			{at: 60, jobs: []*batchv1.Job{job(failedJob(57, reasonBackoff, 2))}},
		}, jobEnd{
			State: "failed", Reason: reasonBackoff, Attempts: []string{"a-1 failed Error", "a-2 stopped BackoffLimitExceeded"}, Failed: 1,
			Runs: 1, Failures: 1, Counted: 1, Took: []time.Duration{46 * s}, Outcomes: []string{"a-1 failed", "a-2 stopped"},
		}},
		"the Job's deadline is its own": {[]step{
			{at: 10, jobs: []*batchv1.Job{job(deadlineAt)}, pods: []*corev1.Pod{running("a-1", 4)}},
			{at: 61, pods: []*corev1.Pod{deleting(running("a-1", 4), 60, true)}},
			{at: 70, pods: []*corev1.Pod{deleting(ended("a-1", 4, 62, 143), 60, true)}},
			{at: 80, jobs: []*batchv1.Job{job(deadlineAt, failedJob(63, reasonDeadline, 1))}},
		}, jobEnd{
			State: "failed", Reason: reasonDeadline, Attempts: []string{"a-1 failed DeadlineExceeded"}, Failed: 1,
			Runs: 1, Failures: 1, Counted: 1, Took: []time.Duration{58 * s}, Outcomes: []string{"a-1 timed_out"},
		}},
		"its node was drained": {[]step{
			{at: 10, jobs: []*batchv1.Job{job()}, pods: []*corev1.Pod{running("a-1", 4)}},
			{at: 30, pods: []*corev1.Pod{deleting(evictedBy(running("a-1", 4), "EvictionByEvictionAPI"), 30, true)}},
			{at: 35, pods: []*corev1.Pod{deleting(evictedBy(ended("a-1", 4, 32, 143), "EvictionByEvictionAPI"), 30, true), running("a-2", 31)}},
			{at: 100, jobs: []*batchv1.Job{job(completed(92), counted(1))}, pods: []*corev1.Pod{ended("a-2", 31, 91, 0)}},
		}, jobEnd{
			State: "succeeded", Attempts: []string{"a-1 stopped DisruptionTarget", "a-2 succeeded "},
			Runs: 1, Counted: 1, Took: []time.Duration{60 * s}, Outcomes: []string{"a-1 evicted", "a-2 succeeded"},
		}},
		"it failed by itself, and was deleted afterwards": {[]step{
			{at: 10, jobs: []*batchv1.Job{job()}, pods: []*corev1.Pod{running("a-1", 4)}},
			{at: 30, jobs: []*batchv1.Job{job(counted(1))}, pods: []*corev1.Pod{ended("a-1", 4, 29, 1), running("a-2", 31)}},
			{at: 40, gone: []*corev1.Pod{deleting(ended("a-1", 4, 29, 1), 38, false)}},
			{at: 100, jobs: []*batchv1.Job{job(completed(92), counted(1))}, pods: []*corev1.Pod{ended("a-2", 31, 91, 0)}},
		}, jobEnd{
			State: "succeeded", Attempts: []string{"a-1 failed Error", "a-2 succeeded "}, Failed: 1,
			Runs: 1, Counted: 2, Took: []time.Duration{85 * s}, Outcomes: []string{"a-1 failed", "a-2 succeeded"},
		}},
		"its end and its deletion are seen at once, the end came first": {[]step{
			{at: 40, jobs: []*batchv1.Job{job(counted(1))}, pods: []*corev1.Pod{deleting(ended("a-1", 4, 29, 1), 38, false), running("a-2", 31)}},
			{at: 100, jobs: []*batchv1.Job{job(completed(92), counted(1))}, pods: []*corev1.Pod{ended("a-2", 31, 91, 0)}},
		}, jobEnd{
			State: "succeeded", Attempts: []string{"a-1 failed Error", "a-2 succeeded "}, Failed: 1,
			Runs: 1, Counted: 2, Took: []time.Duration{85 * s}, Outcomes: []string{"a-1 failed", "a-2 succeeded"},
		}},
		"its end and its deletion are seen at once, the deletion came first": {[]step{
			{at: 40, jobs: []*batchv1.Job{job(counted(1))}, pods: []*corev1.Pod{deleting(ended("a-1", 4, 31, 143), 29, false), running("a-2", 31)}},
			{at: 100, jobs: []*batchv1.Job{job(completed(92), counted(1))}, pods: []*corev1.Pod{ended("a-2", 31, 91, 0)}},
		}, jobEnd{
			State: "succeeded", Attempts: []string{"a-1 stopped Deleted", "a-2 succeeded "},
			Runs: 1, Counted: 1, Took: []time.Duration{60 * s}, Outcomes: []string{"a-1 stopped", "a-2 succeeded"},
		}},
		"a CronJob replaced its Job": {[]step{
			{at: 10, jobs: []*batchv1.Job{job()}, pods: []*corev1.Pod{running("a-1", 4)}},
			{at: 60, lost: job(), pods: []*corev1.Pod{deleting(running("a-1", 4), 60, true)}},
			{at: 70, gone: []*corev1.Pod{deleting(ended("a-1", 4, 62, 143), 60, false)}},
		}, jobEnd{
			State: "stopped", Reason: reasonDeleted, Attempts: []string{"a-1 stopped Deleted"}, Counted: 0, Outcomes: []string{"a-1 stopped"},
		}},
		"all of it was there, and its Job's TTL took it away": {[]step{
			{at: 10, jobs: []*batchv1.Job{job()}, pods: []*corev1.Pod{running("a-1", 4)}},
			{at: 70, jobs: []*batchv1.Job{job(completed(65))}, pods: []*corev1.Pod{ended("a-1", 4, 64, 0)}},
			{at: 80, lost: job(completed(65)), gone: []*corev1.Pod{deleting(ended("a-1", 4, 64, 0), 80, false)}},
		}, jobEnd{
			State: "succeeded", Attempts: []string{"a-1 succeeded "},
			Runs: 1, Counted: 1, Took: []time.Duration{60 * s}, Outcomes: []string{"a-1 succeeded"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t0)
			w.poll()
			last := 0
			for _, st := range c.steps {
				w.at(st.at)
				for _, j := range st.jobs {
					w.jobs.set(j)
				}
				for _, p := range st.pods {
					w.pods.set(p)
				}
				for _, p := range st.gone {
					w.pods.drop(p)
				}
				if st.lost != nil {
					w.jobs.drop(st.lost)
				}
				w.poll()
				last = st.at
			}
			for _, later := range []int{20, 40} {
				w.at(last + later)
				w.poll()
			}
			if diff := cmp.Diff(c.want, tell(w)); diff != "" {
				t.Error(diff)
			}
			// Each Job's first pod since it was wanted started after 4 s, whatever became of it.
			if total, _ := w.sum(); total.StartUp.Count() > 0 && total.StartUp.Max() != migration.Some(4*s) {
				t.Errorf("start-up %v, want 4 s", total.StartUp.Max())
			}
		})
	}
}

// What was killed for memory in an earlier life stays killed, whoever ended it later.
func TestStoppedAfterAKill(t *testing.T) {
	for name, c := range map[string]struct {
		killedAt int
		want     migration.Opt[migration.Bytes]
	}{
		"before it was asked to end": {20, migration.Some(256 * migration.MiB)},
		"on its way":                 {42, migration.None[migration.Bytes]()},
	} {
		w := newWorld(t, t0)
		w.poll()
		w.jobs.set(jobObject("a", 0, nil))
		w.at(30)
		w.pods.set(tracked(limited(podObject("a-1", "a", 2, 4, open, 0, ""))))
		w.poll()
		p := limited(podObject("a-1", "a", 2, 4, 45, 143, "Error"))
		p.Status.ContainerStatuses[0].LastTerminationState = ended(137, reasonOOM, 4, c.killedAt)
		w.at(50)
		w.pods.set(deleting(p, 40, true))
		w.poll()
		w.at(70)
		w.poll()
		r := w.records["pod-a-1"]
		if r.Outcome != migration.OutcomeStopped || r.Peak != c.want || r.PeakBound != migration.AtLeast {
			t.Errorf("%s: %v, peak %v %v", name, r.Outcome, r.PeakBound, r.Peak)
		}
	}
}
