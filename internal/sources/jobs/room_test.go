package jobs

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/migtop/migtop/internal/migration"
)

// roomy is a node that can allocate an amount.
func roomy(name, cpu, memory string, change func(*corev1.Node)) *corev1.Node {
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: at(-3600), Labels: map[string]string{labelArch: "amd64"}},
		Status:     corev1.NodeStatus{Capacity: list(cpu, memory), Allocatable: list(cpu, memory)},
	}
	if change != nil {
		change(n)
	}
	return n
}

func cores(n float64, gib float64) migration.Resources {
	return migration.Resources{
		CPU:    migration.Some(migration.CPU(n * float64(migration.Core))),
		Memory: migration.Some(migration.Bytes(gib * float64(migration.GiB))),
	}
}

var optional = cmp.AllowUnexported(
	migration.Opt[migration.CPU]{}, migration.Opt[migration.Bytes]{}, migration.Opt[int64]{}, migration.Opt[bool]{},
)

// quota is a ResourceQuota of the namespace work.
func quota(name string, hard, used map[string]string, scopes ...corev1.ResourceQuotaScope) *corev1.ResourceQuota {
	amounts := func(of map[string]string) corev1.ResourceList {
		out := corev1.ResourceList{}
		for k, v := range of {
			out[corev1.ResourceName(k)] = resource.MustParse(v)
		}
		return out
	}
	q := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "work"},
		Spec:       corev1.ResourceQuotaSpec{Hard: amounts(hard), Scopes: scopes},
		Status:     corev1.ResourceQuotaStatus{Hard: amounts(hard), Used: amounts(used)},
	}
	return q
}

// holding is a pod of nobody's Job that requests 1 CPU and 2 GiB.
func holding(name, node string, phase corev1.PodPhase) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "web"},
		Spec:       corev1.PodSpec{NodeName: node, Containers: []corev1.Container{container("main", "1", "2Gi")}},
		Status:     corev1.PodStatus{Phase: phase},
	}
}

// What there is for more Jobs is known after the first poll: of nodes that take Jobs, less what all pods on them request.
func TestRoom(t *testing.T) {
	f := newTroubledAPI(t)
	taint := func(n *corev1.Node) {
		n.Spec.Taints = []corev1.Taint{{Key: "gpu", Effect: corev1.TaintEffectNoSchedule}}
	}
	f.put(roomy("n1", "4", "16Gi", nil))
	f.put(roomy("n2", "8", "8Gi", nil))
	f.put(roomy("n3", "64", "64Gi", taint))
	f.put(roomy("n4", "64", "64Gi", func(n *corev1.Node) { n.Spec.Unschedulable = true }))
	f.put(roomy("n5", "16", "1Gi", taint)) // which its Jobs tolerate
	f.put(fresh(jobObject("a", 0, nil)))
	running := podObject("a-1", "a", 0, 2, open, 0, "")
	running.Spec.NodeName = "n5"
	f.put(running)
	f.put(holding("web-1", "n1", corev1.PodRunning))
	f.put(holding("web-2", "n1", corev1.PodPending))
	f.put(holding("web-3", "n1", corev1.PodSucceeded))
	f.put(holding("web-4", "", corev1.PodPending))
	f.put(quota("a", map[string]string{"requests.cpu": "10", "limits.memory": "4Gi", "pods": "5"},
		map[string]string{"requests.cpu": "2500m", "limits.memory": "5Gi", "pods": "2"}))
	f.put(quota("b", map[string]string{"cpu": "8", "count/jobs.batch": "3"}, map[string]string{"cpu": "500m"}))
	f.put(quota("c", map[string]string{"pods": "0"}, nil, corev1.ResourceQuotaScopeBestEffort))
	s := f.source(Options{})
	first, err := s.Poll(t.Context(), noFocus)
	if err != nil {
		t.Fatal(err)
	}
	if r := first.Cluster.Room; r.Largest.CPU != migration.Some(16*migration.Core) {
		t.Errorf("the first poll knows nodes: %+v", r)
	}
	b := eventually(t, s, "room", func(b migration.Batch, _ error) bool {
		return b.Cluster != nil && b.Cluster.Room.Free.CPU.Known() && b.Cluster.Room.Quotas.Known()
	})
	r := b.Cluster.Room
	if diff := cmp.Diff(cores(2+8+15.5, 12+8+0.75), r.Free, optional); diff != "" {
		t.Errorf("free: %s", diff)
	}
	want := []migration.Quota{{
		Namespace: "work", Requests: migration.Resources{CPU: migration.Some(7500 * migration.Millicore)},
		Limits: migration.Resources{Memory: migration.Some[migration.Bytes](0)},
		Pods:   migration.Some[int64](3), Jobs: migration.Some[int64](3),
	}}
	if diff := cmp.Diff(want, r.Quotas.Or(nil), optional); diff != "" {
		t.Errorf("quotas: %s", diff)
	}
	if diff := cmp.Diff([]migration.Home{{Namespace: "work", Tenants: []migration.Tenant{"acme"}}}, r.Homes); diff != "" {
		t.Errorf("homes: %s", diff)
	}
	if _, has := r.QuotaOf("acme"); has != migration.Some(true) {
		t.Errorf("acme has a quota: %v", has)
	}
	if _, has := r.QuotaOf("globex"); has.Known() {
		t.Errorf("nothing is known of globex: %v", has)
	}
	if diff := cmp.Diff([]migration.Key{{Platform: migration.Jobs, Workload: "etl", Tenant: "acme"}}, r.Started.Or(nil)); diff != "" {
		t.Errorf("started: %s", diff)
	}
	// One of 3 CPUs fits on n2 twice and on n5 five times by CPU, and there is memory for one on n5 at most.
	if n := r.Fit(cores(3, 0.5), 100); n != migration.Some[int64](2+1) {
		t.Errorf("%v fit", n)
	}
	if n := r.Fit(cores(3, 0.5), 2); n != migration.Some[int64](2) {
		t.Errorf("%v fit of 2", n)
	}
}

// What may not be read is unknown, and nothing else is worse for it.
func TestRoomMayBeForbidden(t *testing.T) {
	f := newTroubledAPI(t)
	f.put(roomy("n1", "4", "16Gi", nil))
	f.put(fresh(jobObject("a", 0, nil)))
	f.answerWith("resourcequotas", http.StatusForbidden)
	f.answerWith("others", http.StatusForbidden)
	s := f.source(Options{})
	b := eventually(t, s, "both are refused", func(b migration.Batch, _ error) bool {
		return f.count(f.lists, "jobs") > 0 && len(f.asked()) > 0 && strings.Contains(healthOf(b, "jobs").Note, "resourcequotas")
	})
	r := b.Cluster.Room
	if r.Quotas.Known() || r.Free.CPU.Known() || r.FreeNodes != nil || r.Largest.CPU != migration.Some(4*migration.Core) {
		t.Errorf("room %+v", r)
	}
	if h := healthOf(b, "jobs"); h.State != migration.HealthOK || h.Problem != nil {
		t.Errorf("Jobs: %+v", h)
	}
	if _, has := r.QuotaOf("acme"); has.Known() || r.Fit(cores(1, 1), 1).Known() {
		t.Error("what was not read is known")
	}
}

// A source that is polled once has it in its one batch.
func TestRoomOfOnePoll(t *testing.T) {
	f := newTroubledAPI(t)
	f.put(roomy("n1", "4", "16Gi", nil))
	f.put(holding("web-1", "n1", corev1.PodRunning))
	b, err := f.source(Options{Once: true}).Poll(t.Context(), noFocus)
	if err != nil {
		t.Fatal(err)
	}
	if r := b.Cluster.Room; cmp.Diff(cores(3, 14), r.Free, optional) != "" || len(r.Quotas.Or(nil)) != 0 || !r.Quotas.Known() {
		t.Errorf("room %+v", r)
	}
}

// Where only some namespaces or labels are read, all other pods hold something too.
func TestRoomOfSomeNamespaces(t *testing.T) {
	f := newTroubledAPI(t)
	f.put(roomy("n1", "8", "16Gi", nil))
	f.put(holding("web-1", "n1", corev1.PodRunning))
	f.put(fresh(jobObject("a", 0, nil)))
	f.put(podObject("a-1", "a", 0, 2, open, 0, ""))
	left := podObject("b-1", "b", 0, 2, open, 0, "")
	left.Namespace = "elsewhere"
	f.put(left)
	elsewhere := quota("q", map[string]string{"pods": "1"}, nil)
	elsewhere.Namespace = "elsewhere"
	f.put(elsewhere)
	b, err := f.source(Options{Once: true, Namespaces: []string{"work"}}).Poll(t.Context(), noFocus)
	if err != nil {
		t.Fatal(err)
	}
	if r := b.Cluster.Room; cmp.Diff(cores(8-1-0.5-0.5, 16-2-0.25-0.25), r.Free, optional) != "" || len(r.Quotas.Or(nil)) != 0 {
		t.Errorf("room %+v", r)
	}
}

// An autoscaler is seen where a node is made while a pod waits that runs on it then. A pod that came to a node that was there
// already says nothing.
func TestRoomThatGrew(t *testing.T) {
	for name, test := range map[string]struct {
		node int
		want migration.Opt[time.Time]
	}{
		"made for the pod":     {30, migration.Some(t0.Add(30 * time.Second))},
		"there before the pod": {-30, migration.None[time.Time]()},
	} {
		w := newWorld(t, t0)
		w.nodes.set(roomy("n2", "2", "8Gi", func(n *corev1.Node) { n.CreationTimestamp = at(test.node) }))
		p := podObject("a-1", "a", 60, 62, open, 0, "")
		p.CreationTimestamp, p.Spec.NodeName = at(0), "n2"
		w.jobs.set(jobObject("a", 0, nil))
		w.pods.set(p)
		w.at(90)
		w.poll()
		if got := w.model.roomLeft(readings{jobs: true, pods: true, nodes: true}).Grew; got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// On Fargate each pod has a machine of its own: the largest is what Fargate takes, and none has room for another.
func TestRoomOnFargate(t *testing.T) {
	w := newWorld(t, t0)
	w.nodes.drop(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1"}})
	w.nodes.set(roomy("f1", "2", "8Gi", func(n *corev1.Node) {
		n.Labels[labelComputeType] = computeFargate
		n.Spec.Taints = []corev1.Taint{{Key: labelComputeType, Value: computeFargate, Effect: corev1.TaintEffectNoSchedule}}
	}))
	p := podObject("a-1", "a", 1, 2, open, 0, "")
	p.Spec.NodeName = "f1"
	w.jobs.set(jobObject("a", 0, nil))
	w.pods.set(p)
	w.at(5)
	w.poll()
	w.model.room.hasOthers = true
	r := w.model.roomLeft(readings{jobs: true, pods: true, nodes: true})
	if cmp.Diff(cores(16, 120), r.Largest, optional) != "" || r.Free.CPU.Known() {
		t.Errorf("room %+v", r)
	}
}

// BenchmarkRoom is what a poll costs for 10,000 pods on 500 nodes.
func BenchmarkRoom(b *testing.B) {
	w := newWorld(b, t0)
	for i := range 500 {
		w.nodes.set(roomy(fmt.Sprint("n", i), "16", "64Gi", nil))
	}
	for i := range 10_000 {
		id := fmt.Sprint(i)
		p := podObject("p"+id, id, 0, 2, open, 0, "")
		p.Spec.NodeName = fmt.Sprint("n", i%500)
		w.jobs.set(jobObject(id, 0, nil))
		w.pods.set(p)
	}
	w.at(60)
	w.poll()
	w.model.room.hasOthers = true
	b.ReportAllocs()
	for b.Loop() {
		w.model.roomLeft(readings{jobs: true, pods: true, nodes: true})
	}
}
