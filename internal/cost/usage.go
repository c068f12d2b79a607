package cost

import (
	"github.com/migtop/migtop/internal/migration"
)

// UsageLedger adds up the use of a tenant, of a workload of a tenant, or of the
// unattributed rest. Adding is a few integer additions, whatever the number of
// buckets; a [Ledger] prices the sums once. It is not safe for concurrent use.
type UsageLedger struct {
	lambda  smallMap[migration.RegionArch, lambdaSum]
	held    smallMap[migration.Host, heldSum]
	byUsage bool
	service bool
}

// lambdaSum is what was billed in one place.
type lambdaSum struct {
	requests int64
	billed   migration.MBMillis
	extra    lambdaExtra
}

func (s *lambdaSum) add(o *lambdaSum) {
	s.requests += o.requests
	s.billed += o.billed
	s.extra.add(&o.extra)
}

// heldSum is what pods held on one kind of host.
type heldSum struct {
	podSeconds    int64
	shortOfMinute int64
	addedNode     int64 // seconds
	// requested is by request; beyond is what usage exceeded it by, where the
	// pricer's basis counts that.
	requested, beyond podUsage
}

// charged is what the account pays for.
func (s *heldSum) charged() podUsage {
	return podUsage{s.requested.cpu + s.beyond.cpu, s.requested.memory + s.beyond.memory}
}

type podUsage struct {
	cpu    migration.MilliCPUSeconds
	memory migration.KiBSeconds
}

func (h *podUsage) add(o podUsage) {
	h.cpu += o.cpu
	h.memory += o.memory
}

// AddLambda adds what Lambda billed in one bucket.
func (a *UsageLedger) AddLambda(in *migration.LambdaUsage) {
	f := &a.lambda
	var s *lambdaSum
	if f.last < len(f.keys) && f.keys[f.last] == in.Place { // as at does, without its detour
		s = &f.values[f.last]
	} else {
		s, _ = f.find(&in.Place)
	}
	s.requests += in.Requests
	s.billed += in.Billed
	if in.OnProvisioned|in.Provisioned|in.Ephemeral|migration.MBMillis(in.Logs) != 0 { // few functions have any
		s.extra.add(&lambdaExtra{in.OnProvisioned, in.Provisioned, in.Ephemeral, in.Logs})
	}
}

// AddUsage adds what pods held in one bucket.
func (a *UsageLedger) AddUsage(h *migration.ResourceUsage) {
	f := &a.held
	var s *heldSum
	if f.last < len(f.keys) && sameHost(&f.keys[f.last], &h.Host) {
		s = &f.values[f.last]
	} else {
		s, _ = f.find(&h.Host)
	}
	s.podSeconds += h.PodSeconds
	s.shortOfMinute += h.ShortOfMinute
	s.addedNode += h.AddedNodeSeconds
	s.requested.cpu += h.CPU
	s.requested.memory += h.Memory
	if a.byUsage && h.UsageSeconds > 0 {
		cpu, memory := allocated(h)
		s.beyond.cpu += cpu - h.CPU
		s.beyond.memory += memory - h.Memory
	}
}

// sameHost is ==, field by field in the order in which hosts differ most: in the hot
// path half the time of the comparison that the compiler makes.
func sameHost(a, b *migration.Host) bool {
	return a.RequestMemory == b.RequestMemory && a.RequestCPU == b.RequestCPU &&
		a.NodeMemory == b.NodeMemory && a.NodeCPU == b.NodeCPU &&
		a.FargateMemory == b.FargateMemory && a.FargateCPU == b.FargateCPU &&
		a.Kind == b.Kind && a.Spot == b.Spot && a.AutoMode == b.AutoMode && a.InstanceType == b.InstanceType && a.Place == b.Place &&
		a.OS == b.OS && a.Tenancy == b.Tenancy && a.Capacity == b.Capacity && a.Accelerators == b.Accelerators && a.Note == b.Note
}

// Add adds another account of the same ledger's kind: a tenant is the sum of its
// workloads.
func (a *UsageLedger) Add(b *UsageLedger) {
	for i := range b.lambda.keys {
		from := &b.lambda.values[i]
		s, _ := a.lambda.at(&b.lambda.keys[i])
		s.add(from)
	}
	for i := range b.held.keys {
		from := &b.held.values[i]
		s, _ := a.held.at(&b.held.keys[i])
		s.podSeconds += from.podSeconds
		s.shortOfMinute += from.shortOfMinute
		s.addedNode += from.addedNode
		s.requested.add(from.requested)
		s.beyond.add(from.beyond)
	}
}

// Empty reports whether nothing was added.
func (a *UsageLedger) Empty() bool { return len(a.lambda.keys) == 0 && len(a.held.keys) == 0 }
