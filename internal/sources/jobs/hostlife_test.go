package jobs

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/migtop/migtop/internal/migration"
)

// lateNode is a node of an hour before the start, on which nothing but what change says
// is known.
func lateNode(created int, change func(n *corev1.Node)) *corev1.Node {
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "n2", CreationTimestamp: at(created), Labels: map[string]string{
			labelInstance: "c7g.large", labelRegion: "us-east-1", labelArch: "arm64", labelOS: "linux",
		}},
		Status: corev1.NodeStatus{Capacity: list("2", "4Gi")},
	}
	if change != nil {
		change(n)
	}
	return n
}

func podOn(node, name, job string, scheduled, start, end int) *corev1.Pod {
	p := podObject(name, job, scheduled, start, end, 0, "Completed")
	p.Spec.NodeName = node
	return p
}

// heldOn is how long pods were on each kind of host.
func (w *world) heldOn() map[migration.Host]migration.ResourceUsage {
	out := map[migration.Host]migration.ResourceUsage{}
	for _, a := range w.reported {
		for _, h := range a.Usage {
			sum := out[h.Host]
			sum.PodSeconds += h.PodSeconds
			sum.CPU += h.CPU
			sum.UsageSeconds += h.UsageSeconds
			sum.ShortOfMinute += h.ShortOfMinute
			sum.AddedNodeSeconds += h.AddedNodeSeconds
			sum.UsedCPU = migration.Plus(sum.UsedCPU, h.UsedCPU)
			out[h.Host] = sum
		}
	}
	return out
}

// What becomes known of a node late holds from its beginning, and for its pods from
// theirs, whether they still run, have ended or are gone.
func TestWhatIsKnownLateHoldsFromTheBeginning(t *testing.T) {
	changes := map[string]func(n *corev1.Node){
		"the market":           func(n *corev1.Node) { n.Labels[labelEKSCapacity] = "SPOT" },
		"the type":             func(n *corev1.Node) { n.Labels[labelInstance] = "c7g.large" },
		"the region":           func(n *corev1.Node) { n.Labels[labelRegion] = "us-east-1" },
		"the system":           func(n *corev1.Node) { n.Status.NodeInfo.OperatingSystem = "linux" },
		"the architecture":     func(n *corev1.Node) { n.Status.NodeInfo.Architecture = "arm64" },
		"Auto Mode":            func(n *corev1.Node) { n.Labels[labelComputeType] = computeAuto },
		"a GPU":                func(n *corev1.Node) { n.Status.Capacity["nvidia.com/gpu"] = resource.MustParse("1") },
		"everything at once":   func(n *corev1.Node) { *n = *lateNode(-60, func(n *corev1.Node) { n.Labels[labelKarpenter] = "spot" }) },
		"dedicated tenancy":    func(n *corev1.Node) { n.Labels[labelKarpenterTenancy] = "dedicated" },
		"an EC2 provider ID":   func(n *corev1.Node) { n.Spec.ProviderID = "aws:///us-east-1a/i-1" },
		"a label of one's own": func(n *corev1.Node) { n.Labels["lifecycle"] = "spot" },
	}
	before := map[string][]string{
		"the type": {labelInstance}, "the region": {labelRegion}, "the system": {labelOS}, "the architecture": {labelArch},
		"everything at once": {labelInstance, labelRegion, labelOS, labelArch},
	}
	for name, change := range changes {
		for _, state := range []string{"runs", "ended", "gone"} {
			t.Run(name+", the pod "+state, func(t *testing.T) {
				w := newWorld(t, t0)
				w.model.spotLabels = []SpotLabel{{"lifecycle", "spot"}}
				w.poll()
				bare := lateNode(-60, nil)
				for _, key := range before[name] {
					delete(bare.Labels, key)
				}
				w.nodes.set(bare)
				w.jobs.set(jobObject("a", 0, nil))
				w.pods.set(podOn("n2", "a-1", "a", 0, 1, open))
				w.at(15)
				w.poll()
				w.model.learn(&sample{
					namespace: []byte("work"), name: []byte("a-1"), at: at(15).Time, window: 10 * time.Second, containers: 1,
					cpu: migration.Some(900 * migration.Millicore), memory: migration.Some(100 * migration.MiB),
				})
				w.at(16)
				seconds := int64(120)
				if state != "runs" {
					w.pods.set(podOn("n2", "a-1", "a", 0, 1, 20))
					seconds = 20
				}
				w.at(25)
				w.poll()
				if state == "gone" {
					w.pods.drop(podOn("n2", "a-1", "a", 0, 1, 20))
					w.jobs.drop(jobObject("a", 0, completed(21)))
					w.at(29)
					w.poll()
				}
				w.at(30)
				full := bare.DeepCopy()
				change(full)
				w.nodes.set(full)
				w.at(120)
				w.poll()
				want := nodeHost(full, SpotLabel{"lifecycle", "spot"})
				held := w.heldOn()
				if len(held) != 1 || held[want].PodSeconds != seconds || held[want].CPU != migration.MilliCPUSeconds(500*seconds) {
					t.Errorf("held %+v; want %d s on %+v alone", held, seconds, want)
				}
				if h := held[want]; h.UsageSeconds == 0 || h.UsedCPU.Or(0) != migration.MilliCPUSeconds(900*h.UsageSeconds) {
					t.Errorf("usage was not moved: %+v", h)
				}
				if state != "runs" && (held[want].ShortOfMinute != 40 || held[want].AddedNodeSeconds != 80) {
					t.Errorf("what the end reported was not moved: %+v", held[want])
				}
				var stood int64
				for k, n := range w.times {
					if k.host == want && !k.system {
						stood += n.NodeSeconds
					} else if k.host.InstanceType != "m6i.xlarge" {
						t.Errorf("%d s of node time on %+v", n.NodeSeconds, k.host)
					}
				}
				if stood != 180 {
					t.Errorf("%d s of node time, want 180", stood)
				}
			})
		}
	}
}

// A label that is taken away again unsays nothing; one that changes is a contradiction,
// and the node is not Spot.
func TestALabelThatGoesOrChanges(t *testing.T) {
	for name, tc := range map[string]struct {
		first, then string
		spot, note  bool
	}{
		"goes":                 {"spot", "", true, false},
		"comes":                {"", "spot", true, false},
		"changes to on demand": {"spot", "on-demand", false, true},
		"changes to Spot":      {"on-demand", "spot", false, true},
	} {
		w := newWorld(t, t0)
		w.poll()
		w.nodes.set(lateNode(-60, func(n *corev1.Node) { n.Labels[labelKarpenter] = tc.first }))
		w.jobs.set(jobObject("a", 0, nil))
		w.pods.set(podOn("n2", "a-1", "a", 0, 1, open))
		w.at(30)
		w.poll()
		w.nodes.set(lateNode(-60, func(n *corev1.Node) { n.Labels[labelKarpenter] = tc.then }))
		w.at(120)
		w.poll()
		held := w.heldOn()
		for h, sum := range held {
			if len(held) != 1 || h.Spot != tc.spot || sum.PodSeconds != 120 || (h.Note != "") != tc.note {
				t.Errorf("%s: %d s on %+v", name, sum.PodSeconds, h)
			}
		}
	}
}

// Requests that change while the host is not known are moved with what they were.
func TestResizedBeforeItsHostIsKnown(t *testing.T) {
	w := newWorld(t, t0)
	w.poll()
	w.jobs.set(jobObject("a", 0, nil))
	w.pods.set(podOn("n2", "a-1", "a", 0, 1, open))
	w.nodes.set(lateNode(-60, nil))
	w.at(30)
	w.poll()
	p := podOn("n2", "a-1", "a", 0, 1, open)
	p.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = resource.MustParse("1500m")
	w.pods.set(p)
	w.at(60)
	w.poll()
	w.nodes.set(lateNode(-60, func(n *corev1.Node) { n.Labels[labelKarpenter] = "spot" }))
	w.at(90)
	w.poll()
	held := w.heldOn()
	want := nodeHost(lateNode(-60, func(n *corev1.Node) { n.Labels[labelKarpenter] = "spot" }))
	if len(held) != 1 || held[want].PodSeconds != 90 || held[want].CPU != 30*500+60*1500 {
		t.Errorf("%+v", held)
	}
}

// Nothing is held of a node that is not there any more, whatever its pods say.
func TestNothingIsHeldOfANodeThatIsGone(t *testing.T) {
	shutdown := func(n *corev1.Node) {
		n.Spec.Taints = []corev1.Taint{{Key: taintShutdown, Effect: corev1.TaintEffectNoSchedule}}
		n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionUnknown, LastTransitionTime: at(60)}}
	}
	for name, tc := range map[string]struct {
		then func(w *world, p *corev1.Pod) // at 60 s
		want int64
	}{
		"deleted, the pod terminates": {func(w *world, p *corev1.Pod) {
			w.nodes.drop(lateNode(-60, nil))
			d := at(90)
			p.DeletionTimestamp = &d
			w.pods.set(p)
		}, 60},
		"deleted, the pod runs on": {func(w *world, _ *corev1.Pod) { w.nodes.drop(lateNode(-60, nil)) }, 60},
		"deleted, the pod is collected later": {func(w *world, p *corev1.Pod) {
			w.nodes.drop(lateNode(-60, nil))
			p.Status.Phase = corev1.PodFailed
			p.Status.Conditions = append(p.Status.Conditions,
				corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: "DeletionByPodGC", LastTransitionTime: at(61)})
			w.pods.set(p)
		}, 60},
		"deleted, the pod too, a minute later": {func(w *world, p *corev1.Pod) {
			w.nodes.drop(lateNode(-60, nil))
			w.at(120)
			w.poll()
			w.pods.drop(p)
		}, 60},
		"another took its name": {func(w *world, _ *corev1.Pod) {
			w.nodes.drop(lateNode(-60, nil))
			w.at(100)
			w.nodes.set(lateNode(100, func(n *corev1.Node) { n.Labels[labelInstance] = "c7g.4xlarge" }))
		}, 60},
		"another took its name unseen": {func(w *world, _ *corev1.Pod) {
			w.nodes.set(lateNode(60, func(n *corev1.Node) { n.Labels[labelInstance] = "c7g.4xlarge" }))
		}, 60},
		"its instance is stopped": {func(w *world, _ *corev1.Pod) { w.nodes.set(lateNode(-60, shutdown)) }, 60},
		"its kubelet does not answer": {func(w *world, _ *corev1.Pod) {
			w.nodes.set(lateNode(-60, func(n *corev1.Node) { shutdown(n); n.Spec.Taints = nil }))
		}, 3600},
		"registered again": {func(w *world, _ *corev1.Pod) {
			same := func(n *corev1.Node) { n.Spec.ProviderID = "aws:///us-east-1a/i-1" }
			w.nodes.set(lateNode(-60, same))
			w.nodes.drop(lateNode(-60, same))
			w.at(70)
			w.nodes.set(lateNode(70, same))
		}, 3600},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t0)
			w.poll()
			w.nodes.set(lateNode(-60, nil))
			w.jobs.set(jobObject("a", 0, nil))
			p := podOn("n2", "a-1", "a", 0, 1, open)
			w.pods.set(p.DeepCopy())
			w.at(60)
			w.poll()
			tc.then(w, p.DeepCopy())
			for s := 180; s <= 3600; s += 60 {
				w.at(s)
				w.poll()
			}
			_, held := w.sum()
			if held.PodSeconds != tc.want {
				t.Errorf("held %d s, want %d", held.PodSeconds, tc.want)
			}
			for h := range w.heldOn() {
				if h.InstanceType != "c7g.large" {
					t.Errorf("held on %+v", h)
				}
			}
			var stood int64
			for k, n := range w.times {
				if k.host.InstanceType == "c7g.large" {
					stood += n.NodeSeconds
				}
			}
			if want := tc.want + 60; stood != want {
				t.Errorf("%d s of node time, want %d", stood, want)
			}
		})
	}
}

// A pod whose node went before anybody looked holds it no longer than it was heard of.
// One whose node is only a moment late holds on.
func TestAPodOfANodeThatNobodySaw(t *testing.T) {
	for name, tc := range map[string]struct {
		nodeAt   int // 0 for never
		readable bool
		want     int64
	}{
		"gone":                 {0, true, 45},
		"late":                 {20, true, 1200},
		"nodes cannot be read": {0, false, 1200},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t0)
			w.jobs.set(jobObject("a", 0, nil))
			p := podOn("n2", "a-1", "a", 0, 1, open)
			p.Status.Conditions = append(p.Status.Conditions,
				corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: at(45)})
			w.pods.set(p)
			for s := 10; s <= 1200; s += 10 {
				w.at(s)
				if s == tc.nodeAt {
					w.nodes.set(lateNode(-60, nil))
				}
				w.pollBy(readings{jobs: true, pods: true, nodes: tc.readable})
			}
			if _, held := w.sum(); held.PodSeconds != tc.want {
				t.Errorf("held %d s, want %d", held.PodSeconds, tc.want)
			}
		})
	}
}

// A machine that took another's name leaves the other its time.
func TestNodeTimeOfANamesake(t *testing.T) {
	w := newWorld(t, t0)
	w.poll()
	w.nodes.set(lateNode(-60, nil))
	w.jobs.set(jobObject("a", 0, nil))
	w.pods.set(podOn("n2", "a-1", "a", 0, 1, open))
	w.at(90)
	w.poll()
	w.nodes.set(lateNode(90, func(n *corev1.Node) { n.Labels[labelInstance] = "c7g.4xlarge" }))
	w.jobs.set(jobObject("b", 95, nil))
	w.pods.set(podOn("n2", "b-1", "b", 100, 101, open))
	for s := 120; s <= 600; s += 15 {
		w.at(s)
		w.poll()
	}
	stood := map[string]int64{}
	for k, n := range w.times {
		stood[k.host.InstanceType] += n.NodeSeconds
	}
	if stood["c7g.large"] != 150 || stood["c7g.4xlarge"] != 510 {
		t.Errorf("%v, want 150 and 510", stood)
	}
	held := map[string]int64{}
	for h, sum := range w.heldOn() {
		held[h.InstanceType] += sum.PodSeconds
	}
	if fmt.Sprint(held) != "map[c7g.4xlarge:500 c7g.large:90]" {
		t.Errorf("%v", held)
	}
}
