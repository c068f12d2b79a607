package jobs

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// podContainer holds what is known of one container of a pod. Kills, limits, restarts and
// peaks belong to the container, never to the pod.
type podContainer struct {
	name           string
	kind           migration.ContainerKind
	request, limit amounts
	hasExit        bool // it is over
	exit           int32
	restarts       int32
	kills          int32 // for memory, those that were seen
	// killedAt is the most that it is known to have needed where it was killed, 0 for unknown.
	killedAt migration.Bytes
	sampled  migration.Opt[migration.Bytes] // the greatest sample
	lives
}

// defaultContainer is the annotation by which a pod says which of its containers
// matters; kubectl logs goes by it too.
const defaultContainer = "kubectl.kubernetes.io/default-container"

// mainOf finds the main container of a pod or of a pod template by kubectl's rule: the
// one that the annotation names, else the first. why names the rule, "" where the pod has
// one container only. An annotation that names no container is reported in why.
//
// Source: Kubernetes, "Well-Known Labels, Annotations and Taints".
func mainOf(annotations map[string]string, spec *corev1.PodSpec) (name, why string) {
	if len(spec.Containers) == 0 {
		return "", ""
	}
	named := annotations[defaultContainer]
	if slices.ContainsFunc(spec.Containers, func(c corev1.Container) bool { return c.Name == named }) {
		if len(spec.Containers) > 1 {
			why = "named by " + defaultContainer
		}
		return named, why
	}
	name = spec.Containers[0].Name
	switch {
	case named != "":
		why = fmt.Sprintf("the first, since %s names %s, which is none of its containers", defaultContainer, named)
	case len(spec.Containers) > 1:
		why = fmt.Sprintf("the first of %d, since no %s names one", len(spec.Containers), defaultContainer)
	}
	return name, why
}

// kindOf is the part that a container has in its pod.
func kindOf(c *corev1.Container, initial bool, main string) migration.ContainerKind {
	switch {
	case initial && isSidecar(c):
		return migration.ContainerSidecar
	case initial:
		return migration.ContainerInit
	case c.Name == main:
		return migration.ContainerMain
	}
	return migration.ContainerOther
}

// eachContainer calls f for every container, the main one first, then by their place in the pod.
func eachContainer(spec *corev1.PodSpec, main string, f func(*corev1.Container, migration.ContainerKind)) {
	for _, want := range []bool{true, false} {
		for i := range spec.Containers {
			if c := &spec.Containers[i]; (c.Name == main) == want {
				f(c, kindOf(c, false, main))
			}
		}
	}
	for i := range spec.InitContainers {
		f(&spec.InitContainers[i], kindOf(&spec.InitContainers[i], true, main))
	}
}

// observe updates the pod's containers from an object. Facts that the object no longer
// states, such as an earlier end of a container, are kept.
func (p *pod) observe(o *corev1.Pod, intern func(string) string) {
	main, why := mainOf(o.Annotations, &o.Spec)
	p.mainWhy = intern(why)
	whole := int64(0) // the memory limit of the pod as a whole
	if o.Spec.Resources != nil {
		whole = limitsOf(o.Spec.Resources.Limits).memory
	}
	n := 0
	eachContainer(&o.Spec, main, func(c *corev1.Container, kind migration.ContainerKind) {
		if n == len(p.containers) {
			p.containers = append(p.containers, podContainer{name: intern(c.Name), kind: kind})
		}
		k := &p.containers[n]
		if n++; k.name != c.Name { // a pod's containers do not change: another pod's object
			*k = podContainer{name: intern(c.Name), kind: kind}
		}
		s := statusOf(&o.Status, c.Name)
		was := k.limit
		k.request, k.limit = containerRequest(c, s), containerLimit(c, s)
		if s == nil {
			return
		}
		k.restarts = max(k.restarts, s.RestartCount)
		k.hasExit = s.State.Terminated != nil
		if k.hasExit {
			k.exit = s.State.Terminated.ExitCode
		}
		kills := k.lives.observe(s)
		if k.kills += kills; kills > 0 {
			// Of a limit that was changed in place, the lower one is what is sure to
			// have been reached.
			limit := k.limit
			if was.hasMemory && was.memory < limit.memory {
				limit = was
			}
			k.killedAt = max(k.killedAt, killedAt(limit, whole, &o.Spec, c.Name))
		}
	})
	p.containers = p.containers[:n]
	p.others = othersOf(&o.Spec, &o.Status, main)
	p.others.Names = intern(p.others.Names)
}

// killedAt is the most that a container is known to have used when it was killed for memory:
// its own limit; or where the pod as a whole has one, that which the other containers leave
// it at least, who may all have been at their limits. 0 is unknown: without any limit it was
// the node that ran out of memory.
func killedAt(limit amounts, whole int64, spec *corev1.PodSpec, name string) migration.Bytes {
	least := int64(0)
	if limit.hasMemory {
		least = limit.memory
	}
	if whole <= 0 {
		return migration.Bytes(max(least, 0))
	}
	left := whole
	eachContainer(spec, "", func(c *corev1.Container, kind migration.ContainerKind) {
		if c.Name == name || kind == migration.ContainerInit || left < 0 {
			return
		}
		a := limitsOf(c.Resources.Limits)
		if !a.hasMemory || a.memory > left {
			left = -1 // the container's share of the pod's memory is unknown
			return
		}
		left -= a.memory
	})
	if left < 0 {
		return 0
	}
	if least > 0 {
		return migration.Bytes(min(least, left))
	}
	return migration.Bytes(left)
}

// main is the pod's main container, nil where no object of it was read.
func (p *pod) main() *podContainer {
	if len(p.containers) == 0 || p.containers[0].kind != migration.ContainerMain {
		return nil
	}
	return &p.containers[0]
}

// container finds one by its name, nil where there is none.
func (p *pod) container(name []byte) *podContainer {
	for i := range p.containers {
		if p.containers[i].name == string(name) {
			return &p.containers[i]
		}
	}
	return nil
}

// othersOf is what a pod requests for containers other than its main container.
func othersOf(spec *corev1.PodSpec, status *corev1.PodStatus, main string) migration.OtherRequests {
	var with, sidecars, initial amounts
	var names []string
	eachContainer(spec, main, func(c *corev1.Container, kind migration.ContainerKind) {
		a := containerRequest(c, statusIn(status, c.Name))
		name := c.Name
		switch kind {
		case migration.ContainerMain:
			return
		case migration.ContainerSidecar:
			with, sidecars = with.plus(a), sidecars.plus(a)
			initial = initial.larger(sidecars)
			name += " (sidecar)"
		case migration.ContainerInit:
			initial = initial.larger(a.plus(sidecars))
			name += " (init)"
		default:
			with = with.plus(a)
		}
		names = append(names, name)
	})
	overhead := amountsOf(spec.Overhead)
	with = with.plus(overhead)
	if initial.hasCPU || initial.hasMemory {
		initial = initial.plus(overhead)
	}
	out := migration.OtherRequests{Names: strings.Join(names, ", ")}
	if spec.Resources != nil {
		if whole := amountsOf(spec.Resources.Requests); whole.hasCPU || whole.hasMemory {
			initial = initial.larger(whole.plus(overhead))
		}
		if limit := limitsOf(spec.Resources.Limits); limit.hasMemory {
			out.PodLimit = migration.Some(migration.Bytes(limit.memory))
		}
	}
	out.With, out.Least = with.resources(), initial.resources()
	return out
}

// view is a container as a snapshot has it.
func (p *pod) view(k *podContainer, now int64) migration.Container {
	c := migration.Container{
		Name: k.name, Kind: k.kind, Request: k.request.resources(), Limit: k.limit.resources(), Restarts: k.restarts, OOMKilled: k.kills,
	}
	if k.hasExit {
		c.ExitCode = migration.Some(k.exit)
	}
	c.PeakMemory, c.PeakBound = k.peak()
	if run, ok := p.ranFor(now, k); ok {
		c.RunTime = migration.Some(run)
	}
	return c
}

// peak is the most memory that a container is known to have used: what it wrote itself, the
// greatest sample, and what it reached where it was killed.
func (k *podContainer) peak() (migration.Opt[migration.Bytes], migration.Bound) {
	peak := k.sampled
	if k.wrotePeak > 0 {
		if k.kills == 0 && k.complete() && k.peaks == k.ended {
			return migration.Some(k.wrotePeak), migration.Exact
		}
		peak = migration.Larger(peak, migration.Some(k.wrotePeak))
	}
	if k.killedAt > 0 {
		peak = migration.Larger(peak, migration.Some(k.killedAt))
	}
	return peak, migration.AtLeast
}

// templateContainer is the main container of a pod template.
func templateContainer(annotations map[string]string, spec *corev1.PodSpec) migration.Opt[migration.Container] {
	name, _ := mainOf(annotations, spec)
	for i := range spec.Containers {
		if c := &spec.Containers[i]; c.Name == name {
			return migration.Some(migration.Container{
				Name: name, Kind: migration.ContainerMain,
				Request: containerRequest(c, nil).resources(), Limit: containerLimit(c, nil).resources(),
			})
		}
	}
	return migration.None[migration.Container]()
}

// sampled records the memory that each container used at one time. A container that is
// listed twice with different values, or with an impossible value, is ignored.
func (p *pod) sampled(s *sample) {
	for i := range s.parts {
		c := &s.parts[i]
		if k := p.container(c.name); k != nil && c.memory.unknown() == "" && !slices.ContainsFunc(s.parts, c.contradicts) {
			k.sampled = migration.Larger(k.sampled, migration.Some(migration.Bytes(c.memory.value)))
		}
	}
	if k := p.main(); len(s.parts) == 0 && len(p.containers) == 1 && k != nil {
		k.sampled = migration.Larger(k.sampled, s.memory)
	}
}

// contradicts reports whether another entry of the same container has other memory.
func (c *containerUsage) contradicts(o containerUsage) bool {
	return string(c.name) == string(o.name) && o.memory.unknown() == "" && o.memory != c.memory
}
