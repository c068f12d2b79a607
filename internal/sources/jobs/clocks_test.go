package jobs

import (
	"fmt"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// wroteBy is an entry of managedFields: the API server took a status with a field then.
func wroteBy(manager string, second int, field string) metav1.ManagedFieldsEntry {
	when := at(second)
	return metav1.ManagedFieldsEntry{
		Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, Subresource: "status", Time: &when, FieldsType: "FieldsV1",
		FieldsV1: metav1.NewFieldsV1(`{"f:status":{"` + field + `":{}}}`),
	}
}

// beating is a node whose kubelet wrote its heartbeat by a clock that is ahead.
func beating(ahead int) *corev1.Node {
	return lateNode(-3600, func(n *corev1.Node) {
		n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: at(-30 + ahead)}}
		n.ManagedFields = []metav1.ManagedFieldsEntry{
			wroteBy("kube-controller-manager", 500, "f:conditions"), wroteBy("kubelet", -30, "f:lastHeartbeatTime"),
		}
	})
}

// skewedPod was scheduled at 3 s, ran from 5 s to 95 s and is reported by a kubelet
// whose clock is ahead.
func skewedPod(ahead int, change func(p *corev1.Pod)) *corev1.Pod {
	p := podOn("n2", "a-1", "a", 3, 5+ahead, 95+ahead)
	p.Status.Phase = corev1.PodSucceeded
	if change != nil {
		change(p)
	}
	return p
}

// A pod holds its node by the control plane's clock, wherever the kubelet's stands. What
// cannot be known is unknown, and no pod that ran costs nothing.
func TestKubeletClocks(t *testing.T) {
	managed := func(p *corev1.Pod) {
		p.ManagedFields = []metav1.ManagedFieldsEntry{wroteBy("kube-scheduler", 3, "f:conditions"), wroteBy("kubelet", 96, "f:containerStatuses")}
	}
	started := func(ahead int) func(p *corev1.Pod) {
		return func(p *corev1.Pod) { s := at(4 + ahead); p.Status.StartTime = &s }
	}
	done := completed(96)
	for name, tc := range map[string]struct {
		ahead     int
		node      *corev1.Node
		pod       func(p *corev1.Pod)
		job       func(j *batchv1.Job)
		low, high int64 // seconds held
		startUp   bool
		noted     bool
	}{
		"they agree":                      {0, nil, nil, done, 92, 92, true, false},
		"a second ahead":                  {1, nil, nil, done, 92, 93, true, false},
		"behind, by the Job's end":        {-300, nil, nil, done, 90, 95, false, true},
		"ahead, by the Job's end":         {300, nil, nil, done, 90, 95, false, true},
		"little behind":                   {-10, nil, nil, done, 90, 95, false, true},
		"little ahead":                    {10, nil, nil, done, 90, 95, false, true},
		"behind by days":                  {-400_000, nil, nil, done, 90, 95, false, true},
		"ahead by days":                   {400_000, nil, nil, done, 90, 95, false, true},
		"behind, by the status's time":    {-300, nil, managed, nil, 90, 95, false, true},
		"ahead, by the status's time":     {300, nil, managed, nil, 90, 95, false, true},
		"behind, by the heartbeat":        {-300, beating(-300), nil, nil, 90, 96, false, true},
		"ahead, by the heartbeat":         {300, beating(300), nil, nil, 90, 96, false, true},
		"a heartbeat that agrees":         {0, beating(0), nil, done, 92, 92, true, false},
		"behind, by its start alone":      {-300, nil, nil, nil, 90, 95, false, true},
		"behind, by the kubelet's start":  {-300, nil, started(-300), nil, 90, 95, false, true},
		"a clock that was set in between": {0, beating(-300), nil, done, 92, 92, true, false},
		"behind, of a Job that failed": {
			-300, nil, func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }, failedJob(96, reasonBackoff, 1),
			90, 95, false, true,
		},
		"killed, by the status's time": {
			300, nil, func(p *corev1.Pod) { managed(p); p.Status.Phase = corev1.PodFailed },
			failedJob(96, reasonBackoff, 1), 90, 95, false, true,
		},
		"ahead, of a Job that failed": {
			300, nil, func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }, failedJob(96, reasonBackoff, 1), 90, 95, false, true,
		},
		"ahead, an attempt that failed before another one did it": {
			300, nil, func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }, done, 90, 95, false, true,
		},
		"ahead, and it runs": {
			300, nil, func(p *corev1.Pod) { p.Status = podOn("n2", "a-1", "a", 3, 305, open).Status }, nil, 697, 697, false, false,
		},
		"a slow start is no clock": {
			0, nil, func(p *corev1.Pod) { p.Status.Conditions[0].LastTransitionTime = at(-200) }, done, 295,
			295, true, false,
		},
		"a pull of minutes on a late clock": {
			-300, nil, func(p *corev1.Pod) { managed(p); p.Status.Conditions[0].LastTransitionTime = at(-50) },
			nil, 145, 150, false, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t0)
			w.poll()
			if tc.node == nil {
				tc.node = lateNode(-3600, nil)
			}
			w.nodes.set(tc.node)
			w.at(60)
			w.jobs.set(jobObject("a", 0, nil))
			w.poll()
			w.at(96)
			w.pods.set(skewedPod(tc.ahead, tc.pod))
			w.jobs.set(jobObject("a", 0, tc.job))
			for s := 100; s <= 700; s += 60 {
				w.at(s)
				w.poll()
			}
			total, held := w.sum()
			if held.PodSeconds < tc.low || held.PodSeconds > tc.high {
				t.Errorf("held %d s, want %d to %d", held.PodSeconds, tc.low, tc.high)
			}
			if tc.job != nil && (total.StartUp.Count() == 1) != tc.startUp {
				t.Errorf("%d start-ups, want one: %v", total.StartUp.Count(), tc.startUp)
			}
			noted := false
			for _, a := range w.reported {
				noted = noted || strings.Contains(a.Evidence.Note, "clock of a pod's node")
			}
			if noted != tc.noted {
				t.Errorf("noted: %v", noted)
			}
			if note := w.model.skewsNote(); tc.noted != (note != "") && tc.node.ManagedFields == nil {
				t.Errorf("health: %q", note)
			}
			for id, r := range w.records {
				if r.Duration.Seconds() != 90 {
					t.Errorf("%s ran %s, want 90 s by the kubelet's own clock", id, r.Duration)
				}
			}
		})
	}
}

// Of a clock that was set back while a container ran, neither time is to be relied on: the pod
// ended by the time that its Job did.
func TestClockSetBack(t *testing.T) {
	for name, from := range map[string][2]int{"to before the pod": {5, -205}, "from after the Job": {295, 85}} {
		w := newWorld(t, t0)
		w.poll()
		w.nodes.set(lateNode(-3600, nil))
		w.jobs.set(jobObject("a", 0, completed(96)))
		p := podOn("n2", "a-1", "a", 3, from[0], from[1])
		p.Status.Phase = corev1.PodSucceeded
		w.at(97)
		w.pods.set(p)
		for s := 100; s <= 700; s += 60 {
			w.at(s)
			w.poll()
		}
		total, held := w.sum()
		if held.PodSeconds != 93 || total.StartUp.Count() != 0 || len(w.records) != 0 {
			t.Errorf("%s: held %d s, %d start-ups, %d records", name, held.PodSeconds, total.StartUp.Count(), len(w.records))
		}
		noted := false
		for _, a := range w.reported {
			noted = noted || strings.Contains(a.Evidence.Note, "clock of a pod's node")
		}
		if !noted {
			t.Errorf("%s: not noted", name)
		}
	}
}

// Whatever the clocks are, what a pod held is about what it did.
func TestHeldByAnyClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ahead := rapid.IntRange(-100_000, 100_000).Draw(t, "ahead")
		pull := rapid.IntRange(0, 120).Draw(t, "pull")
		ran := rapid.IntRange(1, 5000).Draw(t, "ran")
		late := rapid.IntRange(0, 2).Draw(t, "late") // until the API server knows
		w := newWorld(t, t0)
		w.poll()
		w.jobs.set(jobObject("a", 0, nil))
		end := 1 + pull + ran
		w.at(end + late)
		p := podOn("n2", "a-1", "a", 1, 1+pull+ahead, end+ahead)
		p.Status.Phase = corev1.PodSucceeded
		p.ManagedFields = []metav1.ManagedFieldsEntry{wroteBy("kubelet", end+late, "f:containerStatuses")}
		w.pods.set(p)
		w.jobs.set(jobObject("a", 0, completed(end+late)))
		w.at(end + 200)
		w.poll()
		_, held := w.sum()
		if want := int64(pull + ran); held.PodSeconds < int64(ran) || held.PodSeconds > want+int64(late)+clockSlack {
			t.Fatalf("held %d s; it was there for %d s", held.PodSeconds, want)
		}
	})
}

func TestSkewsAreReported(t *testing.T) {
	w := newWorld(t, t0)
	w.nodes.set(beating(-300))
	if note := w.model.nodesNote(); !strings.Contains(note, "node n2 is 5m1s behind the control plane's") {
		t.Error(note)
	}
	w.nodes.set(beating(0))
	if note := w.model.nodesNote(); note != "" {
		t.Error(note)
	}
}

// Samples have the kubelet's times: usage of a node whose clock is off is booked when it was.
func TestUsageByAnotherClock(t *testing.T) {
	for _, ahead := range []int{-300, 0, 300} {
		t.Run(fmt.Sprint(ahead), func(t *testing.T) {
			w := newWorld(t, t0)
			w.poll()
			w.nodes.set(beating(ahead))
			w.jobs.set(jobObject("a", 0, nil))
			w.pods.set(podOn("n2", "a-1", "a", 0, 1+ahead, open))
			w.at(60)
			w.poll()
			w.model.learn(&sample{
				namespace: []byte("work"), name: []byte("a-1"), at: at(50 + ahead).Time, window: 15e9, containers: 1,
				cpu: migration.Some(migration.Core), memory: migration.Some(migration.MiB),
			})
			w.at(61)
			w.poll()
			if _, held := w.sum(); held.UsageSeconds != 15 {
				t.Errorf("usage of %d s, want 15", held.UsageSeconds)
			}
		})
	}
}
