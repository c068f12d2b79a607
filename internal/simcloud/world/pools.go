package world

import "time"

// pool is a group of alike hosts.
type pool uint8

// The zero pool is the cluster's own, where no Job runs.
const (
	poolSystem pool = iota
	poolOnDemand
	poolSpot
	poolArm
	poolFargate
	pools
)

// InstanceType is an EC2 instance type as a node of EKS. Allocatable is what
// is left of the capacity after the reserves of kubelet and system.
type InstanceType struct {
	Name              string
	Arch              string // "amd64" or "arm64"
	CPU, MemoryMiB    int64  // capacity: millicores, MiB
	AllocatableCPU    int64  // millicores
	AllocatableMemory int64  // MiB
	MaxPods           int64
}

var (
	m6iLarge   = &InstanceType{"m6i.large", "amd64", 2000, 7_788, 1930, 6_903, 29}
	m6i4xlarge = &InstanceType{"m6i.4xlarge", "amd64", 16000, 63_280, 15890, 57_691, 234}
	m7g4xlarge = &InstanceType{"m7g.4xlarge", "arm64", 16000, 63_220, 15890, 57_632, 234}
)

// poolSpec is how a pool is set up.
type poolSpec struct {
	name      string
	types     []*InstanceType
	karpenter bool // else an EKS managed node group
	spot      bool
	// least is how many nodes stay, whatever happens: enough for the peak of a
	// day as the story has it, sized for a move in waves. So
	// the nodes that a day's pods ran on are still there to be asked about, and
	// the next wave brings new ones.
	least int
	boot  time.Duration
}

var poolSpecs = [pools]poolSpec{
	poolSystem:   {name: "system", types: []*InstanceType{m6iLarge}, least: 2, boot: 80 * time.Second},
	poolOnDemand: {name: "jobs-general", types: []*InstanceType{m6i4xlarge}, least: 2, boot: 75 * time.Second},
	poolSpot:     {name: "jobs-spot", types: []*InstanceType{m6i4xlarge}, karpenter: true, spot: true, least: 20, boot: 48 * time.Second},
	poolArm:      {name: "jobs-arm", types: []*InstanceType{m7g4xlarge}, karpenter: true, least: 13, boot: 45 * time.Second},
	poolFargate:  {name: "jobs-fargate"},
}

// What the DaemonSets of a node request (aws-node, kube-proxy, the log agent).
const (
	daemonCPU    = 200 // millicores
	daemonMemory = 256 // MiB
	daemonPods   = 3
)

// idleBeforeRemoval is how long a node stands empty before it is removed.
const idleBeforeRemoval = 3 * time.Minute

var zones = [...]string{Region + "a", Region + "b", Region + "c"}

// Node is one host as it stands. It is immutable.
type Node struct {
	Name            string
	ResourceVersion uint64
	Type            *InstanceType // nil on Fargate
	Zone            string
	NodeGroup       string // of EKS, "" for Karpenter's
	NodePool        string // of Karpenter, "" for a node group's
	Spot            bool
	Fargate         bool
	System          bool // carries the cluster's own, tainted against Jobs
	IP              string
	InstanceID      string
	Created         time.Time
	Ready           time.Time // zero: not yet
	// FargateCPU and FargateMemory are the size of a Fargate micro-VM in
	// millicores and MiB.
	FargateCPU, FargateMemory int64

	key key
}

// UID is the object's UID.
func (n *Node) UID() string { return n.key.uid() }

// host is a node with what changes about it.
type host struct {
	node      *Node
	pool      pool
	freeCPU   int64
	freeMem   int64
	freePods  int64
	pods      int // of Jobs
	idleSince time.Time
}

func (h *host) fits(s *Spec) bool {
	return h.freePods > 0 && h.freeCPU >= s.CPU+s.SidecarCPU && h.freeMem >= s.MemoryMiB
}

func (h *host) take(s *Spec) {
	h.freeCPU -= s.CPU + s.SidecarCPU
	h.freeMem -= s.MemoryMiB
	h.freePods--
	h.pods++
}

func (h *host) give(s *Spec) {
	h.freeCPU += s.CPU + s.SidecarCPU
	h.freeMem += s.MemoryMiB
	h.freePods++
	h.pods--
}

// poolState is a pool with its hosts, oldest first, and who waits for it.
type poolState struct {
	hosts     []*host
	waiting   []*podRun
	launching int
	launched  int // ever
}
