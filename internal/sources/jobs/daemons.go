package jobs

import (
	"context"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"

	"github.com/migtop/migtop/internal/migration"
)

const (
	// everyDaemons is the time between two looks at DaemonSets, which change with
	// releases of the platform.
	everyDaemons = 10 * time.Minute
	// daemonsTimeout bounds one look, which must leave a poll time for the metrics.
	daemonsTimeout = 4 * time.Second
	// systemTaint keeps a node for the cluster's own add-ons: on EKS, in Karpenter's
	// and in EKS Auto Mode's system pools.
	systemTaint = "CriticalAddonsOnly"
)

// daemons are the DaemonSets of the cluster, as far as they hold something on nodes.
type daemons struct {
	list  []daemon
	asked time.Time
	// problem is why they cannot be listed; their requests count as idle then.
	problem *migration.Problem
	unread  unreadables
}

// daemon is one DaemonSet.
type daemon struct {
	pod     *corev1.Pod // as its template says, to be matched with nodes
	request amounts
}

// daemonTolerations are what the DaemonSet controller adds to every pod. Source:
// Kubernetes, "DaemonSet", taints and tolerations.
var daemonTolerations = func() []corev1.Toleration {
	var out []corev1.Toleration
	for _, key := range []string{
		corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable, corev1.TaintNodeDiskPressure, corev1.TaintNodeMemoryPressure,
		corev1.TaintNodePIDPressure, corev1.TaintNodeUnschedulable, corev1.TaintNodeNetworkUnavailable,
	} {
		out = append(out, corev1.Toleration{Key: key, Operator: corev1.TolerationOpExists})
	}
	return out
}()

func (c *client) daemonSets() endpoint {
	return endpoint{c.apps, c.params, "daemonsets", "", "", func() runtime.Object { return &appsv1.DaemonSetList{} }}
}

// readDaemons brings the DaemonSets up to date where that is due. That they may not be
// read is said, and stops nothing.
func (s *Source) readDaemons(ctx context.Context) {
	now := s.options.Clock.Now()
	d := &s.daemons
	if !d.asked.IsZero() && now.Sub(d.asked) < everyDaemons && !now.Before(d.asked) {
		return
	}
	d.asked = now
	list := &appsv1.DaemonSetList{}
	from := s.client.daemonSets()
	asking, cancel := context.WithTimeout(ctx, daemonsTimeout)
	defer cancel()
	bad, err := decodeList(from.fetch(asking, metav1.ListOptions{}), list)
	if err != nil {
		d.problem = problem(err, "list", "daemonsets", s.client.server)
		d.asked = now.Add(retryDenied - everyDaemons) // a right is granted by people
		s.options.Logger.Warn("reading the cluster failed", "what", d.problem.What, "err", err)
		return
	}
	var all []daemon
	for i := range list.Items {
		set := &list.Items[i]
		one := daemon{pod: &corev1.Pod{Spec: set.Spec.Template.Spec}}
		one.request = effectiveRequest(&one.pod.Spec, nil)
		if one.request.cpu == 0 && one.request.memory == 0 {
			continue
		}
		one.pod.Spec.Tolerations = append(slices.Clone(one.pod.Spec.Tolerations), daemonTolerations...)
		all = append(all, one)
	}
	s.model.mu.Lock() // nodes that come are matched by their watch
	defer s.model.mu.Unlock()
	d.problem, d.list, d.unread = nil, all, unreadables{}
	d.unread.add(bad)
	for _, n := range s.model.nodes {
		n.daemons = d.on(n.like)
	}
	s.model.daemonsOn = d.on
}

// on is what DaemonSets' pods request on a node, by their templates: those that select
// the node and tolerate its taints.
func (d *daemons) on(n *corev1.Node) (sum amounts) {
	if n == nil {
		return sum
	}
	for _, one := range d.list {
		fits, err := nodeaffinity.GetRequiredNodeAffinity(one.pod).Match(n)
		if err != nil || !fits {
			continue
		}
		_, refused := corev1helpers.FindMatchingUntoleratedTaint(klog.Background(), n.Spec.Taints, one.pod.Spec.Tolerations,
			func(t *corev1.Taint) bool {
				return t.Effect == corev1.TaintEffectNoSchedule || t.Effect == corev1.TaintEffectNoExecute
			}, false)
		if !refused {
			sum = sum.plus(one.request)
		}
	}
	return sum
}

// trimmed is a node without the fields that are not used. Labels and taints stay: they
// decide which DaemonSets run there.
func trimmed(n *corev1.Node) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: n.Labels},
		Spec:       corev1.NodeSpec{Taints: n.Spec.Taints},
	}
}

// isSystem reports whether a node is reserved for the cluster's add-ons.
func isSystem(n *corev1.Node) bool {
	return slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.Key == systemTaint })
}
