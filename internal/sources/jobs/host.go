package jobs

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// Labels and annotations that state what carries a pod and what it costs.
const (
	labelInstance     = corev1.LabelInstanceTypeStable
	labelRegion       = corev1.LabelTopologyRegion
	labelZone         = corev1.LabelTopologyZone
	labelArch         = corev1.LabelArchStable
	labelOS           = corev1.LabelOSStable
	labelComputeType  = "eks.amazonaws.com/compute-type"
	labelKarpenter    = "karpenter.sh/capacity-type"
	labelEKSCapacity  = "eks.amazonaws.com/capacityType"
	labelNodeGroup    = "eks.amazonaws.com/nodegroup"
	annotationFargate = "CapacityProvisioned"
	fargateNodePrefix = "fargate-"

	// Source: Karpenter's AWS provider, "Well-known labels".
	labelKarpenterFamily  = "karpenter.k8s.aws/instance-family"
	labelKarpenterSize    = "karpenter.k8s.aws/instance-size"
	labelKarpenterTenancy = "karpenter.k8s.aws/instance-tenancy"
	labelReservationType  = "karpenter.k8s.aws/capacity-reservation-type"

	// Source: Kubernetes, "Well-Known Labels, Annotations and Taints".
	labelArchBeta     = "beta.kubernetes.io/arch"
	labelOSBeta       = "beta.kubernetes.io/os"
	labelWindowsBuild = corev1.LabelWindowsBuild
)

// The values of compute-type. Source: Amazon EKS user guide.
const (
	computeFargate = "fargate"
	computeAuto    = "auto"
	computeHybrid  = "hybrid"
)

// memoryGrain is what a node's memory is rounded up to. Two instances of one
// type report a few KiB more or less, and would be two kinds of host.
const memoryGrain = 16 * migration.MiB

// nodeHost says what a node is, by what its labels, taints, provider ID and kubelet
// state. The provider ID, which the cloud provider writes, and what the kubelet found out
// of the machine it runs on come before labels, which anybody may write. Where
// statements contradict each other and neither of these decides, the fact is unknown, or
// of two prices the higher one counts; Note says so.
func nodeHost(n *corev1.Node, spot ...SpotLabel) migration.Host { return hostSince(n, nil, spot) }

// hostSince is nodeHost of a node that stated some labels otherwise before.
func hostSince(n *corev1.Node, stated map[string]string, spot []SpotLabel) migration.Host {
	f := nodeFacts{node: n, provider: parseProvider(n.Spec.ProviderID), spotLabels: spot, stated: stated}
	capacity := amountsOf(n.Status.Capacity)
	h := migration.Host{Place: migration.RegionArch{Region: f.place(), Arch: f.arch()}}
	fargate, decided := f.fargate()
	if fargate {
		h.Kind = migration.HostFargate
		if os := f.os(); os != migration.Linux {
			h.OS = os // EKS Fargate has no Windows: no price will be found
		}
		h.Note = f.note()
		return h
	}
	h.InstanceType, h.OS = f.instanceType(), f.os()
	h.NodeCPU = migration.CPU(capacity.cpu)
	h.NodeMemory = grained(migration.Bytes(capacity.memory))
	h.AutoMode = f.autoMode()
	h.Spot, h.Capacity = f.market()
	h.Tenancy = f.tenancy()
	h.Accelerators = accelerators(n.Status.Capacity)
	switch {
	case !decided, f.provider.elsewhere(), n.Labels[labelComputeType] == computeHybrid:
		// Nobody knows, or another cloud's instance types are not to be looked up in a
		// list of EC2's.
	case h.InstanceType != "" || f.provider.instance:
		h.Kind = migration.HostEC2
	}
	h.Note = f.note()
	return h
}

// grained rounds memory up to [memoryGrain], where that is possible.
func grained(b migration.Bytes) migration.Bytes {
	if b > math.MaxInt64-memoryGrain {
		return b
	}
	return (b + memoryGrain - 1) / memoryGrain * memoryGrain
}

// podHost is what carries a pod, given its node's host. What EKS writes on a Fargate pod
// states the kind where its node cannot be read, or states nothing but its name. The name
// alone is not enough, since anybody may choose it.
func podHost(node migration.Host, nodeName, provisioned string, request amounts) migration.Host {
	h := node
	cpu, memory, ok := parseProvisioned(provisioned)
	bare := h.Kind == migration.HostUnknown && h.InstanceType == "" && strings.HasPrefix(nodeName, fargateNodePrefix)
	if ok && (h == (migration.Host{}) || bare) {
		h.Kind = migration.HostFargate
	}
	if h.Kind != migration.HostFargate {
		return h
	}
	h = migration.Host{Kind: migration.HostFargate, Place: h.Place, OS: h.OS, Note: h.Note}
	h.RequestCPU, h.RequestMemory = migration.CPU(request.cpu), migration.Bytes(request.memory)
	switch {
	case !ok:
	case cpu < h.RequestCPU || memory < h.RequestMemory:
		// A pod does not fit into less than what it requests: the size that follows from
		// the requests is the larger one.
		h.Note = join("; ", h.Note, fmt.Sprintf("the pod's annotation %s is smaller than its requests, which count instead", annotationFargate))
	default:
		h.FargateCPU, h.FargateMemory = cpu, memory
	}
	return h
}

// parseProvisioned reads the annotation that EKS writes on a Fargate pod, such
// as "0.25vCPU 0.5GB". Its GB are GiB: AWS bills Fargate's memory in GiB.
//
// Source: Amazon EKS user guide, "Understand Fargate Pod configuration details".
func parseProvisioned(s string) (migration.CPU, migration.Bytes, bool) {
	f := strings.Fields(s)
	if len(f) != 2 {
		return 0, 0, false
	}
	cpu, ok1 := cutNumber(f[0], "vCPU")
	memory, ok2 := cutNumber(f[1], "GB")
	if !ok1 || !ok2 {
		return 0, 0, false
	}
	// The largest Fargate size has 16 vCPU and 120 GB. A much larger value is
	// not a size.
	if cpu <= 0 || cpu > 1024 || memory <= 0 || memory > 16384 {
		return 0, 0, false
	}
	return migration.CPU(cpu * float64(migration.Core)), migration.Bytes(memory * float64(migration.GiB)), true
}

func cutNumber(s, unit string) (float64, bool) {
	s, ok := strings.CutSuffix(s, unit)
	if !ok || s == "" || strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}
