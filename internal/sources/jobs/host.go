package jobs

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// Labels and annotations that tell what carries a pod and what it costs.
const (
	labelInstance     = corev1.LabelInstanceTypeStable
	labelRegion       = corev1.LabelTopologyRegion
	labelArch         = corev1.LabelArchStable
	labelComputeType  = "eks.amazonaws.com/compute-type"
	labelKarpenter    = "karpenter.sh/capacity-type"
	labelEKSCapacity  = "eks.amazonaws.com/capacityType"
	annotationFargate = "CapacityProvisioned"
	fargateNodePrefix = "fargate-"
)

// memoryGrain is what a node's memory is rounded up to. Two instances of one
// type report a few KiB more or less, and would be two kinds of host.
const memoryGrain = 16 * migration.MiB

// nodeHost says what a node is, as far as its labels tell.
func nodeHost(n *corev1.Node) migration.Host {
	capacity := amountsOf(n.Status.Capacity)
	h := migration.Host{
		Place:        migration.Place{Region: n.Labels[labelRegion], Arch: arch(n)},
		InstanceType: n.Labels[labelInstance],
	}
	if n.Labels[labelComputeType] == "fargate" || strings.HasPrefix(n.Name, fargateNodePrefix) {
		h.Kind, h.InstanceType = migration.HostFargate, ""
		return h
	}
	h.NodeCPU = migration.CPU(capacity.cpu)
	h.NodeMemory = (migration.Bytes(capacity.memory) + memoryGrain - 1) / memoryGrain * memoryGrain
	h.AutoMode = n.Labels[labelComputeType] == "auto"
	h.Spot = strings.EqualFold(n.Labels[labelKarpenter], "spot") || strings.EqualFold(n.Labels[labelEKSCapacity], "SPOT")
	// Another cloud's instance types are not to be looked up in a list of EC2's.
	elsewhere := n.Spec.ProviderID != "" && !strings.HasPrefix(n.Spec.ProviderID, "aws:")
	if h.InstanceType != "" && !elsewhere {
		h.Kind = migration.HostEC2
	}
	return h
}

func arch(n *corev1.Node) migration.Arch {
	a := n.Labels[labelArch]
	if a == "" {
		a = n.Status.NodeInfo.Architecture
	}
	if a == "amd64" {
		return migration.X86
	}
	return migration.Arch(a) // arm64 is called the same everywhere
}

// podHost is what carries a pod, given its node's host.
func podHost(node migration.Host, nodeName, provisioned string, request amounts) migration.Host {
	h := node
	if h.Kind == migration.HostUnknown && (provisioned != "" || strings.HasPrefix(nodeName, fargateNodePrefix)) {
		h.Kind = migration.HostFargate
	}
	if h.Kind != migration.HostFargate {
		return h
	}
	h = migration.Host{Kind: migration.HostFargate, Place: h.Place}
	h.RequestCPU, h.RequestMemory = migration.CPU(request.cpu), migration.Bytes(request.memory)
	if cpu, memory, ok := parseProvisioned(provisioned); ok {
		h.FargateCPU, h.FargateMemory = cpu, memory
	}
	return h
}

// parseProvisioned reads the annotation that EKS writes on a Fargate pod, such
// as "0.25vCPU 0.5GB". Its GB are GiB: AWS bills Fargate's memory by them.
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
	// The greatest size there is has 16 vCPU and 120 GB; what is far beyond is
	// no size at all.
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
