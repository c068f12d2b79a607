package jobs

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// taintShutdown marks a node whose instance is stopped. The cloud provider sets it and
// charges no compute. Source: Kubernetes, "Well-Known Labels, Annotations and Taints".
const taintShutdown = "node.cloudprovider.kubernetes.io/shutdown"

// nodeFor finds the record of a node, or makes one. Another machine that took an old
// one's name has one of its own; a Node that was deleted and registered again by the same
// instance goes on.
func (s *nodeSink) nodeFor(n *corev1.Node) *node {
	kept := s.nodes[n.Name]
	created := unix(n.CreationTimestamp.Time)
	id := n.Spec.ProviderID
	if kept != nil && (kept.created == created || id != "" && id == kept.id) {
		kept.id = id
		return kept
	}
	if kept != nil {
		if kept.gone == 0 {
			kept.gone = max(created, kept.created)
		}
		// Its pods and its time stay its own.
		s.nodes[fmt.Sprintf("%s\x00%d", kept.name, kept.created)] = kept
	}
	kept = &node{name: s.intern(n.Name), created: created, id: id}
	s.nodes[kept.name] = kept
	return kept
}

// describe updates a node from its object. A fact that becomes known late applies from
// the node's beginning, and the node's time is published again from there.
func (m *model) describe(n *node, o *corev1.Node) {
	host := n.describe(o, m.spotLabels)
	if n.host != host && n.host != (migration.Host{}) {
		m.nodesFrom = min(m.nodesFrom, max(n.created, 1))
	}
	n.host = host
	if skew := nodeSkew(o); skew.hasLeast {
		n.skew = skew
	}
	n.stopped, n.silent = 0, 0
	for i := range o.Status.Conditions {
		c := &o.Status.Conditions[i]
		if c.Type != corev1.NodeReady || c.Status == corev1.ConditionTrue {
			continue
		}
		since := unix(c.LastTransitionTime.Time)
		if c.Status == corev1.ConditionUnknown {
			n.silent = since
		}
		if slices.ContainsFunc(o.Spec.Taints, func(t corev1.Taint) bool { return t.Key == taintShutdown }) {
			n.stopped = since
		}
	}
}

// end is when the machine went: its Node was deleted or its instance was stopped; 0 while
// it is there. One that does not answer is there, since its provider bills it until the
// instance is gone, which its cloud controller would find out.
func (n *node) end() int64 { return earlier(n.gone, n.stopped) }

// nodeOf is the node that a pod is on. Once found it stays: a machine of the same name
// that comes later is another.
func (m *model) nodeOf(p *pod) *node {
	if p.on != nil || p.node == "" {
		return p.on
	}
	n := m.nodes[p.node]
	if n != nil && n.gone > 0 && p.scheduled > n.gone+clockSlack {
		return nil // that one was gone by then, and its namesake is yet to come
	}
	p.on = n
	if n != nil {
		m.touch(p.job)
	}
	return n
}

// observed takes over from a pod's object what is not the pod's own affair: clocks, and
// the node.
func (m *model) observed(p *pod, o *corev1.Pod) {
	p.observeClocks(o)
	p.heard = max(p.scheduled, p.started)
	for i := range o.Status.Conditions {
		p.heard = max(p.heard, unix(o.Status.Conditions[i].LastTransitionTime.Time))
	}
	m.nodeOf(p)
}

// missingWait is how many seconds a pod's node may be absent from the nodes before it
// counts as gone. The two lists are watched separately.
const missingWait = 30

// findLost finds out whether the node of a pod went before anybody looked. What the pod
// holds ends with the last that was heard of it.
func (m *model) findLost(p *pod, now int64, r readings) {
	switch {
	case p.over(): // what was found stays
	case p.on != nil || p.node == "" || !r.nodes:
		if p.lostAt > 0 {
			m.touch(p.job)
		}
		p.missing, p.lostAt = 0, 0
	case p.missing == 0:
		p.missing = now
	case now-p.missing >= missingWait:
		p.lostAt = max(min(p.heard, now), p.scheduled)
		m.touch(p.job)
	}
}
