package jobs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
)

// kept is a node for the cluster's own add-ons, made so many seconds before the start.
func kept(age int, instance string) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: "s1", CreationTimestamp: at(-age), Labels: map[string]string{
				labelInstance: instance, labelRegion: "us-east-1",
				labelArch: "amd64",
			},
		},
		Spec:   corev1.NodeSpec{Taints: []corev1.Taint{{Key: systemTaint, Effect: corev1.TaintEffectNoSchedule}}},
		Status: corev1.NodeStatus{Capacity: list("2", "8Gi")},
	}
}

// stood is how long nodes of the types of s1 stood there, in the pool and in the cluster.
func (w *world) stood() (pool, system int64) {
	for k, n := range w.times {
		switch {
		case k.host.InstanceType == "m6i.xlarge": // n1, which has the pods of other tests
		case k.system:
			system += n.NodeSeconds
		default:
			pool += n.NodeSeconds
		}
	}
	return pool, system
}

// A Job that tolerates the taint takes its node into the pool: from then on, or from the
// node's creation where that was just before. No second of it counts twice, and once
// nothing of the pool is left on it, it is the cluster's again.
func TestASystemNodeThatGetsAJobCountsOnce(t *testing.T) {
	for name, tc := range map[string]struct{ age, poolFrom int }{
		"old":     {3000, 20},
		"booting": {300, -300},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t0)
			w.nodes.set(kept(tc.age, "m6i.large"))
			w.poll()
			w.jobs.set(jobObject("a", 10, nil))
			pod := podObject("a-1", "a", 20, 22, open, 0, "")
			pod.Spec.NodeName = "s1"
			w.pods.set(pod)
			now := 40
			check := func(pool int) {
				t.Helper()
				gotPool, gotSystem := w.stood()
				if gotPool != int64(pool) || gotPool+gotSystem != int64(now+tc.age) {
					t.Errorf("after %d s the pool has %d s and the cluster %d s of %d, want %d in the pool", now, gotPool, gotSystem, now+tc.age, pool)
				}
			}
			w.at(now)
			w.poll()
			check(40 - tc.poolFrom)
			pod = podObject("a-1", "a", 20, 22, 90, 0, "Completed")
			pod.Spec.NodeName = "s1"
			w.pods.set(pod)
			w.jobs.set(jobObject("a", 10, completed(91)))
			for now = 100; now < int(poolTail+3*hour); now += 300 {
				w.at(now)
				w.poll()
				check(min(now, 90+int(poolTail)) - tc.poolFrom)
			}
		})
	}
}

// Whatever happens to a node - it gets Jobs, its taint comes and goes, its labels change,
// polls come late - no minute has more node seconds than nodes that stood there.
func TestNoMinuteOfANodeCountsTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, t0)
		node := kept(rapid.IntRange(1, 4000).Draw(t, "age"), "m6i.large")
		w.nodes.set(node.DeepCopy())
		now := 0
		for i := range rapid.IntRange(1, 12).Draw(t, "steps") {
			now += rapid.IntRange(1, 700).Draw(t, "seconds")
			w.at(now)
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				job := fmt.Sprintf("j%d", i)
				w.jobs.set(jobObject(job, max(now-30, 0), nil))
				pod := podObject(job+"-1", job, max(now-20, 0), max(now-10, 0), now, 0, "Completed")
				pod.Spec.NodeName = "s1"
				w.pods.set(pod)
			case 1:
				if node.Spec.Taints == nil {
					node.Spec.Taints = kept(0, "").Spec.Taints
				} else {
					node.Spec.Taints = nil
				}
				w.nodes.set(node.DeepCopy())
			case 2:
				node.Labels[labelKarpenter] = rapid.SampledFrom([]string{"spot", "on-demand"}).Draw(t, "capacity")
				w.nodes.set(node.DeepCopy())
			}
			w.poll()
			minutes := map[time.Time]int64{}
			for k, n := range w.times {
				if k.host.InstanceType == "m6i.large" && k.span == time.Minute {
					minutes[k.start] += n.NodeSeconds
				}
			}
			for start, seconds := range minutes {
				if seconds > 60 {
					t.Fatalf("after %d s the minute of %s has %d s of one node", now, start.Format(time.TimeOnly), seconds)
				}
			}
		}
	})
}

// Nodes whose statements do not fit together are named where nodes are, and a cluster is
// in the region of its Local Zones.
func TestContradictionsAreReported(t *testing.T) {
	w := newWorld(t, t0)
	if note := w.model.nodesNote(); note != "" {
		t.Errorf("nobody contradicts: %s", note)
	}
	for _, name := range []string{"b", "a"} {
		w.nodes.set(statedNode(func(n *corev1.Node) {
			n.Name, n.Labels[labelEKSCapacity], n.Spec.ProviderID = name, "SPOT", "aws:///us-west-2-lax-1a/i-1"
			n.Labels[labelZone], n.Labels[labelRegion] = "us-west-2-lax-1a", "us-west-2"
		}))
	}
	if note := w.model.nodesNote(); !strings.HasPrefix(note, "a: the labels ") || !strings.HasSuffix(note, "; and 1 more nodes") {
		t.Error(note)
	}
	if c := w.model.cluster(readings{nodes: true}); c.Region != "us-west-2" {
		t.Errorf("the cluster is in %s", c.Region)
	}
}
