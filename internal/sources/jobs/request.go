package jobs

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/migtop/migtop/internal/migration"
)

// amounts are CPU and memory, each maybe unset.
type amounts struct {
	cpu, memory       int64 // nanocores, bytes
	hasCPU, hasMemory bool
}

func (a amounts) resources() migration.Resources {
	var r migration.Resources
	if a.hasCPU {
		r.CPU = migration.Some(migration.CPU(a.cpu))
	}
	if a.hasMemory {
		r.Memory = migration.Some(migration.Bytes(a.memory))
	}
	return r
}

// The most that one pod is taken to hold, so that products with seconds and sums
// over many pods stay within 64 bits: 1,048,576 cores and 1 PiB, which no machine
// has.
const (
	mostHeldCPU    = mostUsedCPU
	mostHeldMemory = mostUsedMemory
)

// milli and kib are what a pod holds, in the units of [migration.Held].
func (a amounts) milli() int64 { return min(migration.CPU(a.cpu), mostHeldCPU).Milli() }
func (a amounts) kib() int64   { return min(migration.Bytes(a.memory), mostHeldMemory).KiBCeil() }

func (a amounts) plus(b amounts) amounts {
	return amounts{saturatingAdd(a.cpu, b.cpu), saturatingAdd(a.memory, b.memory), a.hasCPU || b.hasCPU, a.hasMemory || b.hasMemory}
}

func (a amounts) larger(b amounts) amounts {
	return amounts{max(a.cpu, b.cpu), max(a.memory, b.memory), a.hasCPU || b.hasCPU, a.hasMemory || b.hasMemory}
}

// over puts what a has set in the place of b's.
func (a amounts) over(b amounts) amounts {
	if a.hasCPU {
		b.cpu, b.hasCPU = a.cpu, true
	}
	if a.hasMemory {
		b.memory, b.hasMemory = a.memory, true
	}
	return b
}

// amountsOf reads a list of resources. What does not fit is the greatest value, and
// a negative amount, which no API server lets through, is not set.
func amountsOf(l corev1.ResourceList) amounts {
	var a amounts
	if q, ok := l[corev1.ResourceCPU]; ok && q.Sign() >= 0 {
		a.cpu, a.hasCPU = scaled(&q, resource.Nano), true
	}
	if q, ok := l[corev1.ResourceMemory]; ok && q.Sign() >= 0 {
		a.memory, a.hasMemory = scaled(&q, 0), true
	}
	return a
}

// limitsOf reads a list of limits. One of 0 is none, as the kubelet takes it.
func limitsOf(l corev1.ResourceList) amounts {
	a := amountsOf(l)
	a.hasCPU, a.hasMemory = a.cpu > 0, a.memory > 0
	return a
}

// effectiveRequest is what the scheduler holds for a pod: the greater of its
// largest init container and the sum of its containers, restartable init
// containers (sidecars) counted with both from their place on, plus overhead.
// A request for the pod as a whole goes before the sum. Where a container was
// resized in place, what the node has allocated to it counts.
//
// Source: Kubernetes, "Init containers: Resource sharing within containers" and
// "Sidecar containers: Resource sharing within containers".
func effectiveRequest(spec *corev1.PodSpec, status *corev1.PodStatus) amounts {
	return effective(spec, func(c *corev1.Container) amounts {
		return containerRequest(c, statusIn(status, c.Name))
	}, func(r *corev1.ResourceRequirements) amounts { return amountsOf(r.Requests) })
}

// effectiveLimit is the same of limits, as far as every container has one: one
// container without a limit leaves the pod without.
func effectiveLimit(spec *corev1.PodSpec, status *corev1.PodStatus) amounts {
	cpu, memory := true, true
	a := effective(spec, func(c *corev1.Container) amounts {
		a := containerLimit(c, statusIn(status, c.Name))
		cpu, memory = cpu && a.hasCPU, memory && a.hasMemory
		return a
	}, func(r *corev1.ResourceRequirements) amounts { return limitsOf(r.Limits) })
	if spec.Resources != nil {
		whole := limitsOf(spec.Resources.Limits)
		cpu, memory = cpu || whole.hasCPU, memory || whole.hasMemory
	}
	if !cpu {
		a.cpu, a.hasCPU = 0, false
	}
	if !memory {
		a.memory, a.hasMemory = 0, false
	}
	return a
}

func effective(spec *corev1.PodSpec, of func(*corev1.Container) amounts, whole func(*corev1.ResourceRequirements) amounts) amounts {
	var sum, sidecars, initial amounts
	for i := range spec.Containers {
		sum = sum.plus(of(&spec.Containers[i]))
	}
	for i := range spec.InitContainers {
		c := &spec.InitContainers[i]
		a := of(c)
		if isSidecar(c) {
			sum, sidecars = sum.plus(a), sidecars.plus(a)
			initial = initial.larger(sidecars)
			continue
		}
		initial = initial.larger(a.plus(sidecars))
	}
	total := sum.larger(initial)
	if spec.Resources != nil {
		total = whole(spec.Resources).over(total)
	}
	overhead := amountsOf(spec.Overhead)
	// Overhead adds to what is set; it does not set a limit where none is.
	if total.hasCPU {
		total.cpu = saturatingAdd(total.cpu, overhead.cpu)
	}
	if total.hasMemory {
		total.memory = saturatingAdd(total.memory, overhead.memory)
	}
	return total
}

// containerRequest is what one container requests: what the node has allocated to it, where it
// was resized in place. s is its status, nil where there is none.
func containerRequest(c *corev1.Container, s *corev1.ContainerStatus) amounts {
	a := amountsOf(c.Resources.Requests)
	if s == nil {
		return a
	}
	if s.Resources != nil {
		a = amountsOf(s.Resources.Requests).over(a)
	}
	return amountsOf(s.AllocatedResources).over(a)
}

// containerLimit is the limit of one container, by the same rule.
func containerLimit(c *corev1.Container, s *corev1.ContainerStatus) amounts {
	a := limitsOf(c.Resources.Limits)
	if s != nil && s.Resources != nil {
		a = limitsOf(s.Resources.Limits).over(a)
	}
	return a
}

// statusIn is [statusOf] where there may be no status at all.
func statusIn(status *corev1.PodStatus, name string) *corev1.ContainerStatus {
	if status == nil {
		return nil
	}
	return statusOf(status, name)
}

func statusOf(status *corev1.PodStatus, name string) *corev1.ContainerStatus {
	for _, list := range [][]corev1.ContainerStatus{status.ContainerStatuses, status.InitContainerStatuses} {
		for i := range list {
			if list[i].Name == name {
				return &list[i]
			}
		}
	}
	return nil
}
