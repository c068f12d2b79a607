package jobs

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/migtop/migtop/internal/migration"
)

// Spot nodes are counted by type and zone: the zone of the provider ID, or of the label. Nodes on demand and nodes that are gone
// are none.
func TestSpotNodes(t *testing.T) {
	w := newWorld(t, t0)
	add := func(name, typ, capacity, id, zone string) *corev1.Node {
		n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: at(-120), Labels: map[string]string{
			labelInstance: typ, labelArch: "amd64", labelKarpenter: capacity, labelRegion: "us-east-1",
		}}, Spec: corev1.NodeSpec{ProviderID: id}}
		if zone != "" {
			n.Labels[labelZone] = zone
		}
		w.nodes.set(n)
		return n
	}
	add("a", "m6i.large", "spot", "aws:///us-east-1a/i-1", "us-east-1a")
	add("b", "m6i.large", "spot", "aws:///us-east-1a/i-2", "")
	add("c", "m6i.large", "spot", "", "us-east-1b")
	add("d", "m6i.large", "spot", "", "")
	add("e", "m6i.large", "on-demand", "aws:///us-east-1a/i-3", "us-east-1a")
	gone := add("f", "m6i.xlarge", "spot", "aws:///us-east-1a/i-4", "us-east-1a")
	w.at(10)
	w.poll()
	w.nodes.drop(gone)
	w.at(20)
	w.poll()
	kind := func(zone string, nodes int) migration.SpotPrice {
		return migration.SpotPrice{InstanceType: "m6i.large", Region: "us-east-1", Zone: zone, Nodes: nodes}
	}
	want := migration.SpotNodes{kind("", 1), kind("us-east-1a", 2), kind("us-east-1b", 1)}
	if diff := cmp.Diff(want, w.model.spotNodes(), cmp.Comparer(func(a, b migration.SpotPrice) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}
