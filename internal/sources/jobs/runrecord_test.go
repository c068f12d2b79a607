package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

const digestA = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// limited gives a pod a limit of 256 MiB, as podObject requests, and an image.
func limited(p *corev1.Pod) *corev1.Pod {
	p.Spec.Containers[0].Resources.Limits = list("", "256Mi")
	p.Status.ContainerStatuses[0].ImageID = "registry.example/etl@" + digestA
	return p
}

func wrote(p *corev1.Pod, message string) *corev1.Pod {
	p.Status.ContainerStatuses[0].State.Terminated.Message = message
	return p
}

func disrupted(p *corev1.Pod) *corev1.Pod {
	p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
		Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: "EvictionByEvictionAPI", LastTransitionTime: at(50),
	})
	return p
}

var bytesOpt = cmp.AllowUnexported(
	migration.Opt[migration.Bytes]{}, migration.Opt[time.Duration]{}, migration.Opt[migration.CPU]{},
)

func TestRecordOfOneRun(t *testing.T) {
	w := newWorld(t, t0)
	w.poll()
	w.jobs.set(jobObject("a", 10, func(j *batchv1.Job) { j.Spec.ActiveDeadlineSeconds = new(int64(3600)) }))
	w.pods.set(limited(podObject("a-1", "a", 12, 14, open, 0, "")))
	w.at(40)
	w.poll()
	w.pods.set(wrote(limited(podObject("a-1", "a", 12, 14, 95, 0, "Completed")), "memory.peak 104857600\n"+cpuStat))
	w.at(96)
	w.poll()
	if len(w.records) != 0 {
		t.Errorf("recorded before the Job's word and the last sample could come: %+v", w.records)
	}
	w.at(105)
	w.poll()
	w.poll()
	want := map[string]migration.RunRecord{"pod-a-1": {
		Key: migration.Key{Platform: migration.Jobs, Workload: "etl", Tenant: "acme"}, ID: "pod-a-1",
		Started: t0.Add(14 * time.Second), Duration: 81 * time.Second, Outcome: migration.OutcomeSucceeded,
		Container: "main",
		Peak:      migration.Some(100 * migration.MiB), PeakBound: migration.Exact,
		CPUTime: migration.Some(2500 * time.Millisecond), Version: digestA,
		Given: migration.Given{
			Request:  migration.Resources{CPU: migration.Some(500 * migration.Millicore), Memory: migration.Some(256 * migration.MiB)},
			Limit:    migration.Resources{Memory: migration.Some(256 * migration.MiB)},
			Deadline: migration.Some(time.Hour),
		},
		Evidence: peakWritten,
	}}
	if diff := cmp.Diff(want, w.records, bytesOpt); diff != "" {
		t.Error(diff)
	}
}

// deadlineAt is a Job that was ended by its deadline of 60 s.
func deadlineAt(j *batchv1.Job) {
	j.Spec.ActiveDeadlineSeconds = new(int64(60))
	j.Status.Conditions = []batchv1.JobCondition{{
		Type: batchv1.JobFailureTarget, Status: corev1.ConditionTrue, Reason: batchv1.JobReasonDeadlineExceeded, LastTransitionTime: at(60),
	}}
}

// The Job begins at 0; its pod runs from 4 on and asks for 256 MiB.
func TestRecordOutcomes(t *testing.T) {
	const mib = migration.MiB
	some := func(b migration.Bytes) migration.Opt[migration.Bytes] { return migration.Some(b) }
	for name, tt := range map[string]struct {
		job     func(*batchv1.Job)
		pod     *corev1.Pod
		sampled migration.Bytes // by metrics, while it ran
		gone    bool            // the pod is deleted at its end
		outcome migration.Outcome
		peak    migration.Opt[migration.Bytes]
		bound   migration.Bound
		note    string
		lower   bool
	}{
		"sampled": {
			pod: podObject("p", "a", 2, 4, 60, 0, "Completed"), sampled: 90 * mib, outcome: migration.OutcomeSucceeded,
			peak: some(90 * mib), bound: migration.AtLeast, note: peakSampled.Note, lower: true,
		},
		"never sampled": {
			pod: podObject("p", "a", 2, 4, 60, 0, "Completed"), outcome: migration.OutcomeSucceeded, note: peakUnseen.Note,
		},
		"written is exact, whatever the samples": {
			pod:     wrote(limited(podObject("p", "a", 2, 4, 60, 0, "Completed")), "memory.peak 104857600\n"),
			sampled: 90 * mib, outcome: migration.OutcomeSucceeded, peak: some(100 * mib), bound: migration.Exact, note: peakWritten.Note,
		},
		"written at the limit, and not killed": {
			pod:     wrote(limited(podObject("p", "a", 2, 4, 60, 0, "Completed")), "memory.peak 268435456\n"),
			sampled: 90 * mib, outcome: migration.OutcomeSucceeded, peak: some(256 * mib), bound: migration.AtMost, note: "that or less",
		},
		"killed for memory": {
			pod: limited(podObject("p", "a", 2, 4, 60, 137, "OOMKilled")), sampled: 200 * mib, outcome: migration.OutcomeOOMKilled,
			peak: some(256 * mib), bound: migration.AtLeast, note: peakKilled.Note, lower: true,
		},
		"killed for memory without a limit": {
			pod: podObject("p", "a", 2, 4, 60, 137, "OOMKilled"), sampled: 200 * mib, outcome: migration.OutcomeOOMKilled,
			peak: some(200 * mib), bound: migration.AtLeast, note: peakSampled.Note, lower: true,
		},
		"its own error": {
			pod:     wrote(limited(podObject("p", "a", 2, 4, 60, 1, "Error")), "no such order\nmemory.peak 104857600\n"),
			outcome: migration.OutcomeFailed, peak: some(100 * mib), bound: migration.Exact, note: peakWritten.Note,
		},
		"evicted, though it exited with 137": {
			pod: disrupted(limited(podObject("p", "a", 2, 4, 60, 137, "Error"))), sampled: 50 * mib, outcome: migration.OutcomeEvicted,
			peak: some(50 * mib), bound: migration.AtLeast, note: peakSampled.Note, lower: true,
		},
		"killed for memory while it was evicted: no matter of size": {
			pod: disrupted(limited(podObject("p", "a", 2, 4, 60, 137, "OOMKilled"))), sampled: 50 * mib, outcome: migration.OutcomeEvicted,
			peak: some(50 * mib), bound: migration.AtLeast, note: peakSampled.Note, lower: true,
		},
		"evicted, with a message: it might have needed more": {
			pod:     disrupted(wrote(limited(podObject("p", "a", 2, 4, 60, 143, "Error")), "memory.peak 104857600\n")),
			outcome: migration.OutcomeEvicted, peak: some(100 * mib), bound: migration.AtLeast, note: "cut short", lower: true,
		},
		"evicted and deleted before it said anything": {
			pod: disrupted(limited(podObject("p", "a", 2, 4, open, 0, ""))), gone: true, outcome: migration.OutcomeEvicted, note: peakUnseen.Note,
		},
		"ended by the Job's deadline": {
			job: deadlineAt, pod: limited(podObject("p", "a", 2, 4, 62, 143, "Error")), outcome: migration.OutcomeTimedOut, note: peakUnseen.Note,
		},
		"deleted by the Job's deadline": {
			job: deadlineAt, pod: limited(podObject("p", "a", 2, 4, open, 0, "")), gone: true, outcome: migration.OutcomeTimedOut,
			note: peakUnseen.Note,
		},
		"failed by itself before the deadline": {
			job: deadlineAt, pod: limited(podObject("p", "a", 2, 4, 30, 1, "Error")), outcome: migration.OutcomeFailed, note: peakUnseen.Note,
		},
		"the pod's own deadline": {
			pod: func() *corev1.Pod {
				p := limited(podObject("p", "a", 2, 4, 60, 137, "Error"))
				p.Status.Reason = reasonDeadline
				return p
			}(), outcome: migration.OutcomeTimedOut, note: peakUnseen.Note,
		},
		"succeeded as the deadline passed": {
			job: deadlineAt, pod: limited(podObject("p", "a", 2, 4, 61, 0, "Completed")), outcome: migration.OutcomeSucceeded, note: peakUnseen.Note,
		},
		"deleted by somebody while it ran": {
			pod: limited(podObject("p", "a", 2, 4, open, 0, "")), gone: true,
		},
		"never started": {
			pod: func() *corev1.Pod {
				p := limited(podObject("p", "a", 2, 4, open, 0, ""))
				p.Status.Phase = corev1.PodFailed
				p.Status.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull"}}
				return p
			}(),
		},
		"its container was killed for memory, and succeeded at the second try": {
			pod: func() *corev1.Pod {
				p := wrote(limited(podObject("p", "a", 2, 4, 60, 0, "Completed")), "memory.peak 104857600\n"+cpuStat)
				c := &p.Status.ContainerStatuses[0]
				c.RestartCount, c.LastTerminationState = 1, ended(137, "OOMKilled", 4, 20)
				return p
			}(), outcome: migration.OutcomeSucceeded,
			peak: some(256 * mib), bound: migration.AtLeast, note: peakKilled.Note, lower: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t0)
			w.poll()
			w.jobs.set(jobObject("a", 0, nil))
			w.pods.set(podObject("p", "a", 2, 4, open, 0, ""))
			w.at(20)
			w.poll()
			if tt.sampled > 0 {
				w.model.learn(&sample{
					namespace: []byte("work"), name: []byte("p"), at: t0.Add(18 * time.Second), window: 15 * time.Second,
					memory: migration.Some(tt.sampled), containers: 1,
				})
			}
			w.at(63)
			// The pod's end comes before the Job's word.
			w.pods.set(tt.pod)
			if tt.gone {
				w.pods.drop(tt.pod)
			}
			w.poll()
			if tt.job != nil {
				w.jobs.set(jobObject("a", 0, tt.job))
			}
			w.at(80)
			w.poll()
			if tt.outcome == 0 {
				if len(w.records) != 0 {
					t.Fatalf("recorded %+v, want nothing", w.records)
				}
				return
			}
			r, ok := w.records["pod-p"]
			if !ok || len(w.records) != 1 {
				t.Fatalf("%d records, want that of the pod", len(w.records))
			}
			if r.Outcome != tt.outcome || r.Peak != tt.peak || r.PeakBound != tt.bound {
				t.Errorf("%v, peak %v %v; want %v, %v %v", r.Outcome, r.PeakBound, r.Peak, tt.outcome, tt.bound, tt.peak)
			}
			if !strings.Contains(r.Evidence.Note, tt.note) || r.Evidence.LowerBound != tt.lower {
				t.Errorf("evidence %+v, want %q, lower bound %t", r.Evidence, tt.note, tt.lower)
			}
		})
	}
}

// A pod that was already there is recorded at the first look, and so are all the
// attempts of one Job, each for itself.
func TestRecordsOfThePast(t *testing.T) {
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", -500, failedJob(-100, "BackoffLimitExceeded", 2)))
	w.pods.set(limited(podObject("a-1", "a", -490, -480, -400, 137, "OOMKilled")))
	w.pods.set(limited(podObject("a-2", "a", -390, -380, -120, 1, "Error")))
	w.poll()
	if len(w.records) != 2 || w.records["pod-a-1"].Outcome != migration.OutcomeOOMKilled ||
		w.records["pod-a-2"].Outcome != migration.OutcomeFailed {
		t.Errorf("%+v", w.records)
	}
}

// What a container wrote for migtop is not what a person wants to read.
func TestReportStaysOutOfMessages(t *testing.T) {
	p := wrote(podObject("p", "a", 2, 4, 60, 1, "Error"), "no such order\nmemory.peak 104857600\n"+cpuStat)
	if got := fateOf(p).message; got != "no such order" {
		t.Errorf("the message is %q", got)
	}
}

// A pod's own word is shown as its peak too.
func TestAttemptShowsWrittenPeak(t *testing.T) {
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", 0, completed(61)))
	w.pods.set(wrote(limited(podObject("p", "a", 2, 4, 60, 0, "Completed")), "memory.peak 104857600\n"))
	w.at(80)
	w.poll()
	total, _ := w.sum()
	if got := total.PeakMemory.Max(); got != migration.Some(100*migration.MiB) {
		t.Errorf("the activity's peak is %v", got)
	}
	if got := w.model.runs()[0].Attempts[0].PeakMemory; got != migration.Some(100*migration.MiB) {
		t.Errorf("the attempt's peak is %v", got)
	}
}

// However polls fall between what happens, each pod that ran to an end is recorded
// exactly once, with the same figures.
func TestRecordsDoNotDependOnPolls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "pods")
		type life struct{ start, end int }
		lives := make([]life, n)
		for i := range lives {
			lives[i].start = rapid.IntRange(1, 300).Draw(t, "start")
			lives[i].end = lives[i].start + rapid.IntRange(0, 200).Draw(t, "takes")
		}
		polls := rapid.SliceOfN(rapid.IntRange(1, 60), 5, 30).Draw(t, "polls")
		w := newWorld(t, t0)
		w.jobs.set(jobObject("a", 0, nil))
		second, seen := 0, make([]bool, n)
		step := func(by int) {
			second += by
			w.at(second)
			for i, l := range lives {
				name := string(rune('a' + i))
				switch {
				case seen[i] || second < l.start:
				case second < l.end:
					w.pods.set(limited(podObject(name, "a", l.start, l.start, open, 0, "")))
				default:
					seen[i] = true
					ended := wrote(limited(podObject(name, "a", l.start, l.start, l.end, 0, "Completed")), "memory.peak 4096\n")
					w.pods.set(ended)
					if i%2 == 0 {
						w.pods.drop(ended)
					}
				}
			}
			w.poll()
		}
		for _, by := range polls {
			step(by)
		}
		step(600)
		step(10)
		if len(w.records) != n {
			t.Fatalf("%d records of %d pods", len(w.records), n)
		}
		for i, l := range lives {
			r := w.records["pod-"+string(rune('a'+i))]
			if want := time.Duration(l.end-l.start) * time.Second; r.Duration != want || r.PeakBound != migration.Exact {
				t.Fatalf("%+v, want %v", r, want)
			}
		}
		if len(w.model.endings) != 0 {
			t.Fatalf("%d pods are kept", len(w.model.endings))
		}
	})
}
