package jobs

import (
	"net/http"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/migtop/migtop/internal/migration"
)

// servicePod is a pod of a Knative service, running on a node since a moment.
func servicePod(name, service string, since time.Time) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: "web", UID: types.UID(name), CreationTimestamp: metav1.NewTime(since),
			Labels: map[string]string{serviceLabel: service, "tenant": "acme", "workload": service},
		},
		Spec: corev1.PodSpec{NodeName: "n1", Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: list("1",
			"4Gi")}}}},
		Status: corev1.PodStatus{
			Phase:      corev1.PodRunning,
			Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(since)}},
		},
	}
}

// A Knative service holds its node for as long as its pods are there, costs nothing
// scaled to zero, and is no run of anything.
func TestServicesHoldAndDoNotRun(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	w := newWorld(t, now)
	services := &serviceSink{model: w.model}
	services.begin()
	services.set(servicePod("api-1", "api", now.Add(-10*time.Minute)))
	services.end(now)
	w.poll()
	// A list of Jobs' pods that does not have it says nothing of it.
	w.pods.begin()
	w.pods.end(now)
	w.clock.set(now.Add(5 * time.Minute))
	services.drop(servicePod("api-1", "api", now.Add(-10*time.Minute)))
	w.poll()
	w.clock.set(now.Add(20 * time.Minute))
	w.poll()
	var seconds, runs int64
	for k, a := range w.reported {
		if k.key != (migration.Key{Platform: migration.Knative, Workload: "api", Tenant: "acme"}) {
			t.Errorf("reported %v", k.key)
		}
		runs += a.Runs
		if e := a.Evidence; e.LowerBound != k.start.Before(now) || e.LowerBound != strings.Contains(e.Note, "before migtop started") {
			t.Errorf("what was at %s is reported with %+v", k.start, e)
		}
		for _, h := range a.Usage {
			seconds += h.PodSeconds
		}
	}
	if seconds != 15*60 || runs != 0 || len(w.records) != 0 {
		t.Errorf("%d seconds, %d runs, %d records; want 900, none, none", seconds, runs, len(w.records))
	}
	if c := w.model.cluster(readings{nodes: true}); c.Pods != 0 || len(w.model.runs()) != 0 {
		t.Errorf("cluster %+v, %d runs", c, len(w.model.runs()))
	}
	if len(w.model.jobs) != 0 {
		t.Errorf("%d services without pods are kept", len(w.model.jobs))
	}
}

// The pod for which a node was made carries it from its creation to the pod's end; the
// second one on it found room.
func TestThePodThatMadeANode(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	w := newWorld(t, now)
	w.poll()
	w.nodes.set(&corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: "n2", CreationTimestamp: metav1.NewTime(now),
			Labels: map[string]string{labelInstance: "m6i.large", labelRegion: "us-east-1", labelArch: "amd64", labelComputeType: "auto"},
		},
		Status: corev1.NodeStatus{Capacity: list("2", "8Gi")},
	})
	on := func(name string, since time.Time) *corev1.Pod {
		p := servicePod(name, "api", since)
		p.Spec.NodeName = "n2"
		return p
	}
	services := &serviceSink{model: w.model}
	first, second := on("a", now.Add(40*time.Second)), on("b", now.Add(100*time.Second))
	services.set(first)
	services.set(second)
	w.clock.set(now.Add(10 * time.Minute))
	w.poll()
	services.drop(second)
	services.drop(first)
	w.poll()
	var added int64
	for _, a := range w.reported {
		for _, h := range a.Usage {
			added += h.AddedNodeSeconds
			if !h.Host.AutoMode {
				t.Errorf("the node is no Auto Mode's: %+v", h.Host)
			}
		}
	}
	if added != 600 {
		t.Errorf("the pool grew by %d node-seconds, want 600", added)
	}
}

// DaemonSets count where their pods go: by node selector, affinity and taints, as the
// scheduler's own library says.
func TestDaemonSetsCountOnTheirNodes(t *testing.T) {
	set := func(name string, spec corev1.PodSpec, cpu string) appsv1.DaemonSet {
		spec.Containers = []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: list(cpu, "64Mi")}}}
		return appsv1.DaemonSet{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "kube-system"},
			Spec:       appsv1.DaemonSetSpec{Template: corev1.PodTemplateSpec{Spec: spec}},
		}
	}
	f := newTroubledAPI(t)
	everywhere := set("proxy", corev1.PodSpec{Tolerations: []corev1.Toleration{{Operator: corev1.TolerationOpExists}}}, "100m")
	arm := set("arm", corev1.PodSpec{NodeSelector: map[string]string{labelArch: "arm64"}}, "200m")
	plain := set("logs", corev1.PodSpec{}, "400m")
	none := appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "none", Namespace: "kube-system"}}
	for _, d := range []*appsv1.DaemonSet{&everywhere, &arm, &plain, &none} {
		f.put(d)
	}
	node := func(name, arch string, taints ...corev1.Taint) *corev1.Node {
		return &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{labelArch: arch}},
			Spec:       corev1.NodeSpec{Taints: taints},
		}
	}
	f.put(node("x", "amd64"))
	f.put(node("a", "arm64", corev1.Taint{Key: "team", Effect: corev1.TaintEffectNoSchedule}))
	f.put(node("s", "amd64", corev1.Taint{Key: systemTaint, Effect: corev1.TaintEffectNoSchedule}))
	f.put(node("p", "amd64", corev1.Taint{Key: "soft", Effect: corev1.TaintEffectPreferNoSchedule}))
	s := f.source(Options{})
	if _, err := s.Poll(t.Context(), noFocus); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"x": 500, "a": 100, "s": 100, "p": 500} {
		s.model.mu.Lock()
		n := s.model.nodes[name]
		got, system := n.daemons.milli(), n.system
		s.model.mu.Unlock()
		if got != want || system != (name == "s") {
			t.Errorf("%s: %d millicores (system %t), want %d", name, got, system, want)
		}
	}
	// A node that comes later is matched too.
	f.put(node("y", "arm64"))
	waitFor(t, "the new node", func() bool {
		s.model.mu.Lock()
		defer s.model.mu.Unlock()
		n := s.model.nodes["y"]
		return n != nil && n.daemons.milli() == 700
	})
}

// DaemonSets that may not be listed are said, and stop nothing.
func TestDaemonSetsMayBeForbidden(t *testing.T) {
	f := newTroubledAPI(t)
	f.answerWith("daemonsets", http.StatusForbidden)
	b, err := f.source(Options{}).Poll(t.Context(), noFocus)
	if err != nil {
		t.Fatal(err)
	}
	h := healthOf(b, "nodes")
	if h.State != migration.HealthDegraded || h.Problem == nil || h.Problem.Fault != migration.FaultDenied || h.Note == "" {
		t.Errorf("nodes: %+v", h)
	}
}

// The cluster's own nodes are distinguished: they are the platform's, with the time that
// they stood there.
func TestSystemNodesAreDistinguished(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	w := newWorld(t, now)
	w.nodes.set(&corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: "s1", CreationTimestamp: metav1.NewTime(now.Add(-30 * time.Minute)),
			Labels: map[string]string{labelInstance: "m6i.large", labelRegion: "us-east-1", labelArch: "amd64"},
		},
		Spec:   corev1.NodeSpec{Taints: []corev1.Taint{{Key: systemTaint, Effect: corev1.TaintEffectNoSchedule}}},
		Status: corev1.NodeStatus{Capacity: list("2", "8Gi")},
	})
	w.poll()
	var seconds int64
	for k, n := range w.times {
		if !n.System {
			t.Errorf("no Job was here: %+v", n)
		}
		if k.host.InstanceType == "m6i.large" {
			seconds += n.NodeSeconds
		}
	}
	if seconds != 30*60 {
		t.Errorf("the system node stood there for %d s, want 1800", seconds)
	}
}
