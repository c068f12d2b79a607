package jobs

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// A pod that ended, and of which nothing says when, ended by the time that its Job did: it is
// not one that cost nothing.
func TestPodWithoutTimes(t *testing.T) {
	for name, change := range map[string]func(*corev1.Pod){
		"no containers in its status": func(p *corev1.Pod) { p.Status.ContainerStatuses = nil },
		"no times of its container":   func(p *corev1.Pod) { p.Status.ContainerStatuses[0].State = ended(0, "Completed", 0, 0) },
		"its node lost sight of it": func(p *corev1.Pod) {
			p.Status.Phase = corev1.PodFailed
			p.Status.ContainerStatuses[0].State = ended(137, "ContainerStatusUnknown", 0, 0)
		},
	} {
		w := newWorld(t, t0)
		w.poll()
		w.nodes.set(lateNode(-3600, nil))
		w.jobs.set(jobObject("a", 0, completed(96)))
		p := podOn("n2", "a-1", "a", 3, 5, 95)
		change(p)
		for i := range p.Status.ContainerStatuses {
			s := p.Status.ContainerStatuses[i].State.Terminated
			s.StartedAt.Reset()
			s.FinishedAt.Reset()
		}
		w.at(97)
		w.pods.set(p)
		for s := 100; s <= 400; s += 60 {
			w.at(s)
			w.poll()
		}
		total, held := w.sum()
		if d := total.Duration.Max(); d == migration.Some[time.Duration](0) {
			t.Errorf("%s: a run of no time", name)
		}
		if held.PodSeconds != 93 || len(w.records) != 0 {
			t.Errorf("%s: %d s, %d records", name, held.PodSeconds, len(w.records))
		}
		noted := false
		for _, a := range w.reported {
			noted = noted || strings.Contains(a.Evidence.Note, "nothing says when")
		}
		if !noted {
			t.Errorf("%s: not noted", name)
		}
	}
}

// A pod that failed by another container says nothing of what the work would have used
// further on: it had come to its end.
func TestWorkThatEndedInAPodThatFailed(t *testing.T) {
	fail := func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }
	other := func(p *corev1.Pod) { fail(p); with(p, "log", "64Mi", ended(137, reasonOOM, 4, 60)) }
	for name, tt := range map[string]struct {
		pod  *corev1.Pod
		want bool
	}{
		"another container was killed": {several(other), true},
		"a pod that went well":         {several(func(*corev1.Pod) {}), false}, // its outcome says it
		"it failed as well": {several(func(p *corev1.Pod) {
			other(p)
			p.Status.ContainerStatuses[0].State = ended(1, "Error", 4,
				60)
		}), false},
		"it was killed as well": {several(func(p *corev1.Pod) { other(p); killed(p) }), false},
		"it had not ended": {
			several(func(p *corev1.Pod) { other(p); p.Status.ContainerStatuses[0].State = corev1.ContainerState{} }),
			false,
		},
		"the pod was evicted": {disrupted(several(other)), false},
	} {
		w := newWorld(t, t0)
		w.poll()
		w.jobs.set(jobObject("a", 0, nil))
		w.pods.set(tt.pod)
		for _, second := range []int{62, 80} {
			w.at(second)
			w.poll()
		}
		if r := w.records["pod-p"]; r.WorkEnded != tt.want {
			t.Errorf("%s: %v", name, r.WorkEnded)
		}
	}
}
