package migration

import (
	"slices"
	"time"
)

// Room is what a cluster has for more Jobs. Its nodes are those that take Jobs: they are ready and not cordoned, and Jobs have
// run on them, or no taint and no reservation keeps Jobs away.
type Room struct {
	// What the largest node can allocate to pods; with EKS Fargate the largest pod that it takes. Its amounts are null
	// where no node is known.
	Largest Resources `wire:"largest_node"`
	// What all nodes can allocate, less what the pods on them request. Its amounts are null where the other pods of the
	// cluster were not read.
	Free Resources `wire:"free"`
	// When a node was last added while the pod of a Job waited, which then ran on it. Null where that was not seen.
	Grew Opt[time.Time] `wire:"grew_at"`
	// What the ResourceQuotas of namespaces leave. Null where they were not read.
	Quotas Opt[[]Quota] `wire:"quotas"`

	// FreeNodes is Free by node, in no order.
	FreeNodes []Resources
	// Homes are the namespaces of tenants, sorted: where their Jobs were seen, and those that rules give to a tenant by the
	// name of a namespace.
	Homes []Home
	// Started are the workloads of which a container has started, sorted: their images were pulled once. Unknown where pods
	// cannot be read.
	Started Opt[[]Key]
}

// Quota is what the ResourceQuotas of a namespace leave for more Jobs: hard less used, of several the least. What none of them
// limits is null.
type Quota struct {
	// The namespace.
	Namespace string `wire:"namespace"`
	// What all pods may request in addition.
	Requests Resources `wire:"requests"`
	// What the limits of pods may add up to in addition. A pod without a limit is refused where this is set.
	Limits Resources `wire:"limits"`
	// How many pods more.
	Pods Opt[int64] `wire:"pods"`
	// How many Jobs more. Jobs that have ended count until they are deleted.
	Jobs Opt[int64] `wire:"jobs"`
}

// Home is a namespace with the tenants whose Jobs run there.
type Home struct {
	Namespace string
	Tenants   []Tenant // sorted
}

// Fit is how many pods with a request fit on the nodes as they are: what is left on one node does not help on another. It is
// unknown where Free is, or where nothing is requested. most bounds the count.
func (r *Room) Fit(request Resources, most int64) Opt[int64] {
	cpu, memory := int64(request.CPU.Or(0)), int64(request.Memory.Or(0))
	if !r.Free.CPU.Known() || !r.Free.Memory.Known() || cpu <= 0 && memory <= 0 {
		return None[int64]()
	}
	var n int64
	for _, free := range r.FreeNodes {
		here := most
		if cpu > 0 {
			here = min(here, int64(free.CPU.Or(0))/cpu)
		}
		if memory > 0 {
			here = min(here, int64(free.Memory.Or(0))/memory)
		}
		if n += here; n >= most {
			return Some(most)
		}
	}
	return Some(n)
}

// QuotaOf returns what the quotas leave a tenant in the namespaces of its Jobs; of several namespaces the least. has is false
// where none of them has a quota, and unknown where quotas were not read or no namespace of the tenant is known.
func (r *Room) QuotaOf(tenant Tenant) (left Quota, has Opt[bool]) {
	quotas, read := r.Quotas.Get()
	if !read {
		return left, has
	}
	for _, home := range r.Homes {
		if !slices.Contains(home.Tenants, tenant) {
			continue
		}
		i := slices.IndexFunc(quotas, func(q Quota) bool { return q.Namespace == home.Namespace })
		switch {
		case i < 0:
			has = Some(has.Or(false))
		case !has.Or(false):
			left, has = quotas[i], Some(true)
		default:
			left = left.And(&quotas[i])
		}
	}
	return left, has
}

// And is the least that two quotas leave, in the namespace of the first.
func (q Quota) And(o *Quota) Quota {
	q.Requests.CPU, q.Requests.Memory = least(q.Requests.CPU, o.Requests.CPU), least(q.Requests.Memory, o.Requests.Memory)
	q.Limits.CPU, q.Limits.Memory = least(q.Limits.CPU, o.Limits.CPU), least(q.Limits.Memory, o.Limits.Memory)
	q.Pods, q.Jobs = least(q.Pods, o.Pods), least(q.Jobs, o.Jobs)
	return q
}

// least returns the smaller of the known values.
func least[T Number](a, b Opt[T]) Opt[T] {
	if !a.known || (b.known && b.value < a.value) {
		return b
	}
	return a
}
