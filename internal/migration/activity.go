package migration

import "time"

// Activity is the activity of one key in one time bucket. Both platforms use this type, so that one table can show them
// together. A bucket without activity has no Activity: it is absent, not zero.
//
// A later Activity with the same key, Start and Span replaces the earlier one. So late data corrects earlier figures.
type Activity struct {
	Key
	Start time.Time     // aligned to Span
	Span  time.Duration // a minute, or an hour for older history
	// Scope is the account and region, "" if only one is read. The same key in two scopes has two Activities; neither
	// replaces the other. A source sets it to a linked account or leaves it empty; the engine puts the scope of the batch
	// before it.
	Scope string
	// Final is false while late data may still arrive.
	Final    bool
	Evidence Provenance

	// Runs counts ended runs; retries of a run do not count. An invocation on Lambda counts in the minute it began
	// (CloudWatch's rule), a Job in the minute it finished.
	Runs int64
	// Failures counts runs that failed, for any reason.
	Failures int64
	// Attempts counts pods or invocations, including retries.
	Attempts Opt[int64]

	Throttled Opt[int64] // Lambda: invocations refused at a concurrency limit
	TimedOut  Opt[int64] // runs cut off by Timeout or activeDeadlineSeconds
	OOMKilled Opt[int64] // attempts whose main container was killed because of memory

	Duration   Distribution[time.Duration] // handler or container run time, start-up excluded
	StartUp    Distribution[time.Duration] // Job: created to container started; Lambda: INIT
	PeakMemory Distribution[Bytes]         // peak memory of an attempt's main container
	// MaxConcurrency is the maximum number of concurrent runs in the bucket.
	MaxConcurrency Opt[int64]

	// Processor is the measured processor time of runs; the zero value means that none was measured.
	Processor ProcessorTime

	// Invoked is what Lambda bills; nil for other platforms. Elsewhere is what Lambda bills in addition for functions or
	// versions of another architecture.
	Invoked   *LambdaUsage
	Elsewhere []LambdaUsage
	// Usage is what pods used of their nodes, one entry per kind of host.
	Usage []ResourceUsage
}

// ProcessorTime is the processor time of runs, and the memory they had. The processor time counts when a run ends, and the
// run when it began, so the two match only over many buckets.
type ProcessorTime struct {
	Runs int64         // that ended, and are in Used
	Used time.Duration // by all their threads
	// Began counts runs of the same functions that began in the bucket, Ran is their duration, and Held their memory
	// over that duration: on Lambda, the share of processors depends on it.
	Began int64
	Ran   time.Duration
	Held  MBMillis
}

// Plus adds up.
func (p ProcessorTime) Plus(o ProcessorTime) ProcessorTime {
	return ProcessorTime{p.Runs + o.Runs, p.Used + o.Used, p.Began + o.Began, p.Ran + o.Ran, p.Held + o.Held}
}

// LambdaUsage is the part of an Activity that AWS Lambda bills.
type LambdaUsage struct {
	Place    RegionArch
	Requests int64
	// Billed is memory over billed duration. From CloudWatch alone it is an estimate, since Duration is not rounded up
	// and does not include INIT.
	Billed MBMillis
	// OnProvisioned is the part of Billed that ran on provisioned concurrency. Provisioned is the provisioned
	// concurrency, used or idle, as memory over time.
	OnProvisioned, Provisioned MBMillis
	// Ephemeral is storage over 512 MB over billed time.
	Ephemeral MBMillis
	// Logs is what was ingested into CloudWatch Logs.
	Logs Bytes
	// Known is the provenance of Billed, which may be weaker than that of the counts. If empty, the Activity's
	// own evidence applies.
	Known Provenance
}

// HostKind is the kind of machine that runs a pod.
type HostKind uint8

// The kinds of hosts. The zero value is an unknown host.
const (
	HostUnknown    HostKind = iota
	HostEC2                 // an EC2 instance, however it is managed
	HostFargate             // EKS Fargate: one pod, one micro-VM
	HostECSFargate          // ECS on Fargate: one task, one micro-VM; arm64 and Spot exist
)

var hostKindNames = [...]string{"unknown", "ec2", "fargate", "ecs-fargate"}

func (k HostKind) String() string { return hostKindNames[min(int(k), len(hostKindNames)-1)] }

// Fargate reports whether the host is the machine of one pod or task, which is billed
// instead of a node.
func (k HostKind) Fargate() bool { return k == HostFargate || k == HostECSFargate }

// MarshalText encodes the kind by name.
func (k HostKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Host holds what the price of a pod's node depends on. It is comparable: pods on equal hosts are added up.
type Host struct {
	// What runs the pods: ec2, fargate (EKS), ecs-fargate or unknown.
	Kind HostKind `wire:"host"`
	// The EC2 instance type, such as m6i.xlarge.
	InstanceType string     `wire:"instance_type,null"`
	Place        RegionArch `wire:",inline"`
	// The operating system that EC2 and Fargate charge for: linux, windows, rhel or suse. Null where
	// nothing states it.
	OS OS `wire:"operating_system,null"`
	// The capacity is Spot, by the capacity-type labels of Karpenter and EKS, or the label that the
	// configuration names.
	Spot bool `wire:"spot"`
	// dedicated or dedicated_host. Null for shared tenancy.
	Tenancy Tenancy `wire:"tenancy,null"`
	// capacity_block or outpost, where the capacity is bought in advance. Null for on demand and Spot.
	Capacity Capacity `wire:"capacity,null"`
	// The GPUs and other accelerators of one node. The cost of pods on a node with accelerators is unknown.
	Accelerators int64 `wire:"accelerators"`
	// EKS Auto Mode manages the node, for a fee of its own.
	AutoMode bool `wire:"auto_mode"`
	// FargateCPU and FargateMemory are the provisioned size in the pod's CapacityProvisioned annotation from EKS; 0
	// without it, and then the requests determine the size.
	FargateCPU    CPU
	FargateMemory Bytes
	// RequestCPU and RequestMemory are the requests of one pod. They are set only on Fargate, where they determine the
	// billed size. 0 on EC2.
	RequestCPU    CPU
	RequestMemory Bytes
	// NodeCPU and NodeMemory are the capacity of the EC2 instance, over which its price is divided.
	NodeCPU    CPU
	NodeMemory Bytes
	// Note describes what statements about the host leave open or where they contradict each other, and which statement the
	// other fields follow; "" if they agree.
	Note string
}

// ResourceUsage is what pods used of one kind of host within a bucket: from PodScheduled
// until their last container ended.
type ResourceUsage struct {
	Host Host
	// PodSeconds is the total time of the pods.
	PodSeconds int64
	// ShortOfMinute covers pods that ended in this bucket after less than 60 s, Fargate's minimum: the sum of the seconds
	// up to a full minute.
	ShortOfMinute int64
	CPU           MilliCPUSeconds // requested
	Memory        KiBSeconds      // requested
	UsedCPU       Opt[MilliCPUSeconds]
	UsedMemory    Opt[KiBSeconds]
	// UsageSeconds is the part of PodSeconds with known usage.
	UsageSeconds int64
	// AddedNodeSeconds covers pods that ended in this bucket and for which a node was created. It sums the time from the
	// creation of the node to the end of the pod, at least 60 s each: how much such pods grew the pool.
	AddedNodeSeconds int64
}

// NodeTime is the time that nodes of one kind of host ran, used or idle. The node bill is calculated from it. A later one
// with the same Host, Start, Span and System replaces the earlier one; NodeSeconds of 0 removes it.
type NodeTime struct {
	Host        Host
	Start       time.Time
	Span        time.Duration
	NodeSeconds int64
	Nodes       int // how many different ones
	// System is set for nodes that run the cluster's add-ons and no Jobs, by their taint or the configuration. They
	// belong to the platform.
	System bool
	// DaemonCPU and DaemonMemory are the requests of DaemonSets' pods on these nodes.
	DaemonCPU    MilliCPUSeconds
	DaemonMemory KiBSeconds
}
