package world

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// schedule finds a node for a pod: the oldest that has room, so that the newest
// drain and can go. Where none has, the pod waits and the pool grows.
func (c *Cluster) schedule(p *podRun) {
	if !p.pod.Deleting.IsZero() {
		return
	}
	spec := p.pod.Spec
	state := &c.pools[spec.pool]
	if spec.NodeType == "" {
		if h := state.roomFor(spec); h != nil {
			h.take(spec)
			p.host = h
			c.bind(p, h.node)
			return
		}
	}
	pod := c.editPod(p)
	pod.Unschedulable, pod.UnschedulableAt = c.whyNot(spec), c.now
	c.putPod(p, Modified)
	c.sayOfPod(true, "default-scheduler", pod, "FailedScheduling", "%s", pod.Unschedulable)
	if spec.NodeType != "" {
		return // no pool has such nodes, and none will
	}
	state.waiting = append(state.waiting, p)
	c.grow(spec.pool)
}

func (s *poolState) roomFor(spec *Spec) *host {
	for _, h := range s.hosts {
		if !h.node.Ready.IsZero() && h.fits(spec) {
			return h
		}
	}
	return nil
}

// whyNot is the scheduler's sentence (kube-scheduler, FitError.Error).
func (c *Cluster) whyNot(spec *Spec) string {
	total, other, tainted, room := 0, 0, 0, 0
	for p := range c.pools {
		for _, h := range c.pools[p].hosts {
			total++
			switch {
			case h.node.System || h.node.Fargate:
				tainted++
			case pool(p) != spec.pool || spec.NodeType != "":
				other++
			default:
				room++
			}
		}
	}
	var parts []string
	if room > 0 {
		parts = append(parts, fmt.Sprintf("%d Insufficient cpu", room))
	}
	if other > 0 {
		parts = append(parts, fmt.Sprintf("%d node(s) didn't match Pod's node affinity/selector", other))
	}
	if tainted > 0 {
		parts = append(parts, fmt.Sprintf("%d node(s) had untolerated taint(s)", tainted))
	}
	return fmt.Sprintf("0/%d nodes are available: %s. no new claims to deallocate, preemption: 0/%d nodes are available: %d Preemption is "+
		"not helpful for scheduling.",
		total, strings.Join(parts, ", "), total, total)
}

// grow launches nodes until those on their way carry all who wait.
func (c *Cluster) grow(p pool) {
	state, spec := &c.pools[p], &poolSpecs[p]
	var cpu, memory int64
	for _, w := range state.waiting {
		cpu += w.pod.CPU + w.pod.SidecarCPU
		memory += w.pod.MemoryMiB
	}
	for {
		on := spec.types[0]
		carried := int64(state.launching)
		if cpu <= carried*(on.AllocatableCPU-daemonCPU) && memory <= carried*(on.AllocatableMemory-daemonMemory) {
			return
		}
		state.launching++
		boot := time.Duration(float64(spec.boot) * c.w.seed.named("boot").with(uint64(p)).with(uint64(state.launched+
			state.launching)).between(0.8, 1.3))
		c.after(boot-registration, func() {
			h := c.addNode(p, c.now)
			c.after(registration, func() {
				state.launching--
				n := *h.node
				n.Ready = c.now
				n.ResourceVersion = c.nextVersion()
				h.node = &n
				c.tell(Modified, h.node)
				c.say(false, "kubelet", n.Name, subject{"Node", "default", n.Name, n.key}, "NodeReady", "Node %s status is now: NodeReady", n.Name)
				c.serve(p)
			})
		})
	}
}

// registration is the time from a node's first sign of life to Ready.
const registration = 12 * time.Second

// serve gives room to those who wait, first come, first served.
func (c *Cluster) serve(p pool) {
	state := &c.pools[p]
	if len(state.waiting) == 0 {
		return
	}
	state.waiting = slices.DeleteFunc(state.waiting, func(w *podRun) bool {
		if !w.pod.Deleting.IsZero() {
			return true
		}
		h := state.roomFor(w.pod.Spec)
		if h == nil {
			return false
		}
		h.take(w.pod.Spec)
		w.host = h
		c.bind(w, h.node)
		return true
	})
	if len(state.waiting) > 0 {
		c.grow(p)
	}
}

// release gives a pod's room back.
func (c *Cluster) release(p *podRun) {
	h := p.host
	if h == nil {
		state := &c.pools[p.pod.pool]
		state.waiting = slices.DeleteFunc(state.waiting, func(w *podRun) bool { return w == p })
		return
	}
	p.host = nil
	h.give(p.pod.Spec)
	if h.pods == 0 {
		h.idleSince = c.now
		c.after(idleBeforeRemoval, func() { c.removeIdle(h) })
	}
	c.serve(h.pool)
}

func (c *Cluster) removeIdle(h *host) {
	state := &c.pools[h.pool]
	if h.pods > 0 || c.now.Sub(h.idleSince) < idleBeforeRemoval || len(state.hosts) <= c.least(h.pool) {
		return
	}
	i := slices.Index(state.hosts, h)
	if i < 0 {
		return
	}
	state.hosts = slices.Delete(state.hosts, i, i+1)
	c.dropNode(h.node)
}

func (c *Cluster) dropNode(old *Node) {
	delete(c.nodeNames, old.Name)
	n := *old
	n.ResourceVersion = c.nextVersion()
	c.tell(Deleted, &n)
}

// addNode brings a node of a pool in. One that was there before the story is
// ready at once.
func (c *Cluster) addNode(p pool, created time.Time) *host {
	state, spec := &c.pools[p], &poolSpecs[p]
	state.launched++
	k := c.w.seed.named("node").with(uint64(p)).with(uint64(state.launched))
	it := spec.types[int(uint64(k.with(1))%uint64(len(spec.types)))]
	n := &Node{
		Type: it, Zone: zones[uint64(k.with(2))%uint64(len(zones))], Spot: spec.spot, System: p == poolSystem,
		InstanceID: fmt.Sprintf("i-0%016x", uint64(k.with(3))), Created: created, key: k,
	}
	c.nameNode(n, "ip-")
	if spec.karpenter {
		n.NodePool = spec.name
	} else {
		n.NodeGroup = spec.name
	}
	if created.Before(c.now) {
		n.Ready = created.Add(registration)
	}
	n.ResourceVersion = c.nextVersion()
	h := &host{
		node: n, pool: p, idleSince: c.now,
		freeCPU: it.AllocatableCPU - daemonCPU, freeMem: it.AllocatableMemory - daemonMemory, freePods: it.MaxPods - daemonPods,
	}
	state.hosts = append(state.hosts, h)
	c.tell(Added, n)
	return h
}

// nameNode gives a node an address that no other node has, and the name that
// EKS makes of it.
func (c *Cluster) nameNode(n *Node, prefix string) {
	for k := n.key; ; k = k.with(0) {
		n.IP = address(k)
		n.Name = prefix + strings.ReplaceAll(n.IP, ".", "-") + ".ec2.internal"
		if !c.nodeNames[n.Name] {
			c.nodeNames[n.Name] = true
			return
		}
	}
}

// fargateSize is what EKS provisions: the requests plus 256 MiB for the
// kubelet and its kin, rounded up to a size that Fargate has.
// Source: Amazon EKS User Guide, "AWS Fargate considerations" and the table of
// Fargate sizes; the story's pods ask for 1 to 2 vCPU.
func fargateSize(cpu, memoryMiB int64) (provisionedCPU, provisionedMiB int64) {
	gib := (memoryMiB + 256 + 1023) / 1024
	switch {
	case cpu <= 1000 && gib <= 8:
		return 1000, max(gib, 2) * 1024
	case cpu <= 2000 && gib <= 16:
		return 2000, max(gib, 4) * 1024
	}
	return 4000, max(gib, 8) * 1024
}

// bindToFargate gives a pod the micro-VM that was made for it.
func (c *Cluster) bindToFargate(p *podRun) {
	if !p.pod.Deleting.IsZero() {
		return
	}
	pod := c.editPod(p)
	pod.FargateCPU, pod.FargateMemory = fargateSize(pod.CPU, pod.MemoryMiB)
	k := pod.key.named("fargate")
	n := &Node{
		Zone: zones[uint64(k)%uint64(len(zones))], Fargate: true, Created: c.now, Ready: c.now,
		FargateCPU: pod.FargateCPU, FargateMemory: pod.FargateMemory, key: k,
	}
	c.nameNode(n, "fargate-ip-")
	n.ResourceVersion = c.nextVersion()
	state := &c.pools[poolFargate]
	state.hosts = append(state.hosts, &host{node: n, pool: poolFargate, pods: 1})
	c.tell(Added, n)
	c.bind(p, n)
}

// removeFargate takes the micro-VM of a deleted pod away. It stays, and is
// billed, as long as the pod is there, finished or not.
func (c *Cluster) removeFargate(p *podRun) {
	state := &c.pools[poolFargate]
	for i, h := range state.hosts {
		if h.node.Name == p.pod.Node {
			state.hosts = slices.Delete(state.hosts, i, i+1)
			c.dropNode(h.node)
			return
		}
	}
}

// address is an address in the VPC of the story.
func address(k key) string {
	x := uint64(k.named("address"))
	return fmt.Sprintf("10.%d.%d.%d", 32+x%4, x>>8&255, 4+x>>16%250)
}
