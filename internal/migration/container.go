package migration

import (
	"math"
	"time"
)

// ContainerKind says what part a container has in its pod.
type ContainerKind uint8

// The kinds of containers. The zero value makes no claim but that it runs with the main one.
const (
	ContainerOther   ContainerKind = iota // runs with the main container, and the pod waits for its end
	ContainerMain                         // does the work: kubectl.kubernetes.io/default-container, or the first
	ContainerInit                         // runs to its end before the others start
	ContainerSidecar                      // an init container that is restarted and runs with the others
)

var containerKindNames = [...]string{"other", "main", "init", "sidecar"}

func (k ContainerKind) String() string {
	return containerKindNames[min(int(k), len(containerKindNames)-1)]
}

// MarshalText encodes the kind by name.
func (k ContainerKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText decodes a name written by MarshalText.
func (k *ContainerKind) UnmarshalText(text []byte) error {
	at, err := named("kind of container", containerKindNames[:], text)
	*k = ContainerKind(at)
	return err
}

// Title is the kind with the word container, as a sentence has it.
func (k ContainerKind) Title() string {
	switch k {
	case ContainerMain:
		return "main container"
	case ContainerInit:
		return "init container"
	case ContainerSidecar:
		return "sidecar"
	}
	return "container"
}

// Container is one container of an attempt. A kill, a limit, a restart and a peak are a
// container's own and say nothing of the others.
type Container struct {
	// The name.
	Name string `wire:"name"`
	// Its part in the pod.
	Kind ContainerKind `wire:"kind"`
	// Its own request, without a request of the pod as a whole.
	Request Resources `wire:"request"`
	// Its own limit, without a limit of the pod as a whole.
	Limit Resources `wire:"limit"`
	// The exit code of its last run. Null while it runs.
	ExitCode Opt[int32] `wire:"exit_code,signed"`
	// How often it was restarted.
	Restarts int32 `wire:"restarts"`
	// The kills for memory that were seen: of a container that was restarted more than once, Kubernetes
	// keeps the last two ends.
	OOMKilled int32 `wire:"oom_killed"`
	// The most memory that it is known to have used.
	//
	// It is as certain as PeakBound says.
	PeakMemory Opt[Bytes] `wire:"peak_memory_bytes"`
	PeakBound  Bound
	// The peak is exact: the kernel's own figure of every run of the container. Otherwise it is a lower bound.
	_ derived `wire:"peak_memory_exact,from=PeakExact()"`
	// How long it ran over all its restarts, without the waits between them. Null before its first start.
	RunTime Opt[Bounds[time.Duration]] `wire:"run_time_seconds"`
}

// PeakExact reports whether PeakMemory is known exactly.
func (c *Container) PeakExact() bool { return c.PeakMemory.Known() && c.PeakBound == Exact }

// OtherRequests is what the other containers of a pod request. The request of the pod is the sum of this and the request
// of the main container.
type OtherRequests struct {
	// The other containers with their kinds. Null where there are none.
	Names string `json:"names,omitempty" wire:"names,null"`
	// The requests of the containers that run with the main one: others, sidecars and the overhead of
	// the pod's runtime class.
	With Resources `json:"with" wire:"with"`
	// The least that the pod requests: for its init containers, or as a request of the pod as a
	// whole.
	Least Resources `json:"least" wire:"least"`
	// The memory limit of the pod as a whole. Null where it has none.
	PodLimit Opt[Bytes] `json:"pod_limit_bytes" wire:"pod_memory_limit_bytes"`
}

// Pod is what the pod requests where its main container requests so much. Source:
// Kubernetes, "Sidecar containers: Resource sharing within containers".
func (o *OtherRequests) Pod(main Resources) Resources {
	return Resources{
		CPU:    Larger(saturate(main.CPU, o.With.CPU), o.Least.CPU),
		Memory: Larger(saturate(main.Memory, o.With.Memory), o.Least.Memory),
	}
}

// saturate is [Plus] of non-negative amounts; a sum above the range of int64 is its maximum.
func saturate[T ~int64](a, b Opt[T]) Opt[T] {
	if x, y := a.Or(0), b.Or(0); y > 0 && x > math.MaxInt64-y {
		return Some(T(math.MaxInt64))
	}
	return Plus(a, b)
}

// Larger returns the larger of the requests of two pods, per resource, so that it is enough for both.
func (o OtherRequests) Larger(p OtherRequests) OtherRequests {
	larger := func(a, b Resources) Resources {
		return Resources{CPU: Larger(a.CPU, b.CPU), Memory: Larger(a.Memory, b.Memory)}
	}
	out := OtherRequests{
		Names: o.Names, With: larger(o.With, p.With), Least: larger(o.Least, p.Least),
		PodLimit: Larger(o.PodLimit, p.PodLimit),
	}
	if o.Names == "" {
		out.Names = p.Names
	}
	return out
}
