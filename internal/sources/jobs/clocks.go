package jobs

import (
	"fmt"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Times come from several clocks. The API server, the scheduler and the controllers write
// creation, PodScheduled, deletion and a Job's times. The kubelet of a node writes when
// containers started and ended. All usage is recorded by the control plane's clock: a
// kubelet's time is shifted by the known difference, and a duration uses two times of
// the same clock.

const (
	// clockSlack is the difference between two clocks that is ignored, in seconds. Both
	// sides truncate times to a second, and a status takes a moment to arrive.
	clockSlack = 2
	// clockWidth is how closely a difference must be known for the later of the possible
	// ends to be taken, in seconds.
	clockWidth = 60
)

// clockSkew bounds by how many seconds a kubelet's clock is ahead of the control plane's.
// It follows from the order of events: a container starts after its pod was scheduled, and
// the API server learns of its end after it ended.
type clockSkew struct {
	least, most       int64
	hasLeast, hasMost bool
}

func (s *clockSkew) atLeast(v int64) {
	if !s.hasLeast || v > s.least {
		s.least, s.hasLeast = v, true
	}
}

func (s *clockSkew) atMost(v int64) {
	if !s.hasMost || v < s.most {
		s.most, s.hasMost = v, true
	}
}

// and joins what is known from two sides. Where they contradict each other, since a clock
// was set in between, s stays.
func (s clockSkew) and(o clockSkew) clockSkew {
	joined := s
	if o.hasLeast {
		joined.atLeast(o.least)
	}
	if o.hasMost {
		joined.atMost(o.most)
	}
	if joined.hasLeast && joined.hasMost && joined.least > joined.most {
		return s
	}
	return joined
}

// offset is the difference to apply: 0 where the clocks may agree, else the possible
// value nearest to 0. For a clock that is behind, whose difference is known to
// [clockWidth], it is the largest possible value, so that the pod ends later.
func (s clockSkew) offset() int64 {
	switch {
	case s.hasLeast && s.least > clockSlack:
		return s.least
	case s.hasMost && s.most < -clockSlack:
		if s.hasLeast && s.most-s.least <= clockWidth {
			return s.least
		}
		return s.most
	}
	return 0
}

// kubeletTimes are what the kubelet wrote into a pod's status, and when the API server
// took it. Unix seconds, 0 where unknown.
type kubeletTimes struct {
	first int64 // the earliest time that it wrote
	last  int64 // the latest
	wrote int64 // when the API server took its last status
	// setBack is set where a container ended before it started: the clock was changed in
	// between, and no time of it is to be relied on.
	setBack bool
	// ofContainer is set where a container says when the pod ended, not a condition that
	// a controller wrote.
	ofContainer bool
}

// observeClocks takes over the times of a pod's status.
func (p *pod) observeClocks(o *corev1.Pod) {
	k := &p.kubelet
	var first, last int64
	see := func(t metav1.Time) {
		if at := unix(t.Time); at > 0 {
			first, last = earlier(first, at), max(last, at)
		}
	}
	if o.Status.StartTime != nil {
		see(*o.Status.StartTime)
	}
	k.ofContainer = false
	for _, list := range [][]corev1.ContainerStatus{o.Status.InitContainerStatuses, o.Status.ContainerStatuses} {
		for i := range list {
			c := &list[i]
			if r := c.State.Running; r != nil {
				see(r.StartedAt)
			}
			for _, t := range []*corev1.ContainerStateTerminated{c.LastTerminationState.Terminated, c.State.Terminated} {
				if t == nil {
					continue
				}
				see(t.StartedAt)
				see(t.FinishedAt)
				k.ofContainer = k.ofContainer || !t.FinishedAt.IsZero()
				from, to := unix(t.StartedAt.Time), unix(t.FinishedAt.Time)
				k.setBack = k.setBack || from > 0 && to > 0 && to < from
			}
		}
	}
	k.first = earlier(k.first, first)
	if at := wroteAt(o.ManagedFields, containerStatusesField); at > 0 {
		k.last, k.wrote = last, at
	}
}

const (
	containerStatusesField = `"f:containerStatuses"`
	heartbeatField         = `"f:lastHeartbeatTime"`
)

// wroteAt is when the API server last accepted a status that sets a field, by the
// server's clock.
//
// Source: Kubernetes, "Server-Side Apply", managedFields.
func wroteAt(fields []metav1.ManagedFieldsEntry, field string) int64 {
	var at int64
	for i := range fields {
		f := &fields[i]
		if f.Time != nil && f.FieldsV1 != nil && strings.Contains(f.FieldsV1.GetRawString(), field) {
			at = max(at, unix(f.Time.Time))
		}
	}
	return at
}

// nodeSkew is what a node's heartbeat says: the kubelet writes its own time into it, and
// the API server writes down when it took it, a moment later.
func nodeSkew(n *corev1.Node) clockSkew {
	var s clockSkew
	var beat int64
	for i := range n.Status.Conditions {
		beat = max(beat, unix(n.Status.Conditions[i].LastHeartbeatTime.Time))
	}
	wrote := wroteAt(n.ManagedFields, heartbeatField)
	if beat > 0 && wrote > 0 {
		s.atLeast(beat - wrote - 1)
		s.atMost(beat - wrote + clockSlack)
	}
	return s
}

// skew is the known clock difference of the kubelet that ran the pod.
func (p *pod) skew() clockSkew {
	var s clockSkew
	k := &p.kubelet
	if k.setBack {
		return s
	}
	if k.first > 0 && p.scheduled > 0 {
		s.atMost(k.first - p.scheduled + 1)
	}
	if k.wrote > 0 && k.last > 0 {
		s.atLeast(k.last - k.wrote)
	}
	if p.terminal() && k.ofContainer && p.finished > 0 && p.stop.at == 0 {
		// A Job ends after its pods, except for pods that it ends itself.
		if j := p.job; j != nil && j.finished > 0 {
			s.atLeast(p.finished - j.finished)
		}
	}
	if p.on != nil {
		s = s.and(p.on.skew)
	}
	return s
}

// offset is by how many seconds the kubelet's clock is ahead of the control plane's, 0
// where both may agree.
func (p *pod) offset() int64 { return p.skew().offset() }

// startAt is when the pod's first container started, by the control plane's clock; 0 for
// never.
func (p *pod) startAt() int64 {
	if p.started == 0 {
		return 0
	}
	return max(p.started-p.offset(), p.scheduled, 1)
}

// endAt is when the pod stopped using its node, by the control plane's clock; 0 while it
// uses it. The pod's time on the node is never shorter than its containers ran.
func (p *pod) endAt() int64 {
	var end int64
	switch {
	case p.terminal() && (p.kubelet.setBack || p.undated):
		end = p.endUnmeasured()
	case p.terminal() && p.finished > 0 && p.kubelet.ofContainer:
		// The kubelet was there to write it, whatever became of its Node.
		end = max(p.finished-p.offset(), p.scheduled)
		if ran := p.finished - p.kubelet.first; p.kubelet.first > 0 && ran > 0 {
			end = max(end, saturatingAdd(p.scheduled, ran))
		}
		return end
	case p.terminal() && p.finished > 0:
		end = p.finished
	case p.gone:
		end = p.goneAt
	}
	if p.on != nil {
		// Nothing is held of a machine that is not there any more.
		if gone := p.on.end(); gone > 0 && (end == 0 || end > gone) {
			end = gone
		}
	}
	if p.lostAt > 0 && (end == 0 || end > p.lostAt) {
		end = p.lostAt
	}
	if end > 0 {
		end = max(end, p.scheduled)
	}
	return end
}

// endUnmeasured is the latest that the pod can have ended where its node's clock does not say
// when: once its Job had, or once the API server had its last status.
func (p *pod) endUnmeasured() int64 {
	end := p.kubelet.wrote
	if j := p.job; j != nil && j.finished > 0 && p.stop.at == 0 {
		end = earlier(end, j.finished)
	}
	if end == 0 {
		end = max(p.heard, p.finished)
	}
	return end
}

// noteSkew remembers the clock of the pod's node for the row of pods.
func (m *model) noteSkew(p *pod, offset int64) {
	if offset == 0 {
		delete(m.skews, p.node)
		return
	}
	m.skews[p.node] = offset
}

// skewsNote says which nodes' clocks differ; "" for none. The lock is held.
func (m *model) skewsNote() string {
	skews := maps.Clone(m.skews)
	for name, n := range m.nodes {
		off := n.skew.offset()
		switch {
		case n.end() > 0:
			delete(skews, name)
		case off != 0:
			skews[name] = off
		}
	}
	abs := func(v int64) int64 { return max(v, -v) }
	name := ""
	for n, off := range skews {
		if name == "" || abs(off) > abs(skews[name]) || (abs(off) == abs(skews[name]) && n < name) {
			name = n
		}
	}
	if name == "" {
		return ""
	}
	note := fmt.Sprintf("the clock of node %s is %s the control plane's: ends of its pods are corrected, and start-up across the two is "+
		"unknown",
		name, skewed(skews[name]))
	if n := len(skews) - 1; n > 0 {
		note += fmt.Sprintf("; and those of %d more nodes", n)
	}
	return note
}

// skewed says how far a clock is from another.
func skewed(offset int64) string {
	if offset < 0 {
		return inSeconds(-offset).String() + " behind"
	}
	return inSeconds(offset).String() + " ahead of"
}
