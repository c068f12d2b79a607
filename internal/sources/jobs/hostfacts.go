package jobs

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// SpotLabel is a user-defined label that marks Spot nodes. A node that has the key but
// none of the configured values counts as on demand.
type SpotLabel struct{ Key, Value string }

// provider is what a node's provider ID states.
//
// Source: Kubernetes' AWS cloud provider, "aws:///ZONE/INSTANCE"; a Fargate node's is
// "aws:///ZONE/ID/fargate-ip-...".
type provider struct {
	scheme   string // "aws", "gce", "kind"; "" for none
	zone     string
	instance bool // an EC2 instance
	fargate  bool // a machine of EKS Fargate
}

func parseProvider(id string) provider {
	scheme, rest, ok := strings.Cut(id, "://")
	if !ok {
		// Not every form has slashes; what has no scheme at all says nothing.
		scheme, _, ok = strings.Cut(id, ":")
		if !ok {
			return provider{}
		}
	}
	p := provider{scheme: scheme}
	if scheme != "aws" {
		return p
	}
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	last := parts[len(parts)-1]
	p.instance = strings.HasPrefix(last, "i-")
	p.fargate = strings.HasPrefix(last, fargateNodePrefix)
	if len(parts) > 1 {
		p.zone = parts[0]
	}
	return p
}

// elsewhere reports whether the provider is another than AWS.
func (p provider) elsewhere() bool { return p.scheme != "" && p.scheme != "aws" }

// nodeFacts reads what is stated about a node, and gathers what does not fit together.
type nodeFacts struct {
	node       *corev1.Node
	provider   provider
	spotLabels []SpotLabel
	stated     map[string]string // the first value of labels, nil where none is known
	notes      []string
}

func (f *nodeFacts) say(format string, args ...any) {
	f.notes = append(f.notes, fmt.Sprintf(format, args...))
}

func (f *nodeFacts) note() string { return strings.Join(f.notes, "; ") }

// label is a label's value, of the first of several spellings of its key that is there.
func (f *nodeFacts) label(keys ...string) string {
	for _, k := range keys {
		if v := f.node.Labels[k]; v != "" {
			return v
		}
	}
	return ""
}

// values are a label's value now and before, each once. What a node is does not change
// while it lives: two values contradict each other.
func (f *nodeFacts) values(key string) []string {
	var out []string
	for _, v := range [...]string{f.node.Labels[key], f.stated[key]} {
		if v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// fargate reports whether the node is a machine of EKS Fargate, and whether that could
// be decided.
func (f *nodeFacts) fargate() (is, decided bool) {
	label := f.node.Labels[labelComputeType]
	taint := slices.ContainsFunc(f.node.Spec.Taints, func(t corev1.Taint) bool {
		return t.Key == labelComputeType && t.Value == computeFargate
	})
	claimed := label == computeFargate || taint
	typed := f.label(labelInstance, corev1.LabelInstanceType)
	named := strings.HasPrefix(f.node.Name, fargateNodePrefix)
	switch {
	case f.provider.fargate:
		if typed != "" || (label != "" && label != computeFargate) {
			f.say("labels state another kind of node than the provider ID's Fargate: priced as Fargate")
		}
		return true, true
	case f.provider.instance, f.provider.elsewhere():
		if claimed || named {
			f.say("the node's label, taint or name states Fargate and its provider ID does not: not priced as Fargate")
		}
		return false, true
	case claimed && (typed != "" || (label != "" && label != computeFargate)):
		f.say("labels and taints state both Fargate and another kind of node: what it is is unknown")
		return false, false
	case claimed:
		return true, true
	case named:
		f.say("the node's name alone states Fargate: not priced as Fargate")
	}
	return false, true
}

// archOf maps an architecture from Kubernetes' spelling. Others are used
// unchanged.
func archOf(a string) migration.Arch {
	if a == "amd64" {
		return migration.X86
	}
	return migration.Arch(a) // arm64 is called the same everywhere
}

// arch is the kubelet's own word, or else the label's, which the kubelet writes too.
func (f *nodeFacts) arch() migration.Arch {
	label, reported := f.label(labelArch, labelArchBeta), f.node.Status.NodeInfo.Architecture
	if label != "" && reported != "" && label != reported {
		f.say("the label %s is %s and the kubelet reports %s, which counts", labelArch, label, reported)
	}
	if reported != "" {
		return archOf(reported)
	}
	return archOf(label)
}

// os is the operating system as far as AWS charges for it.
func (f *nodeFacts) os() migration.OS {
	label, reported := strings.ToLower(f.label(labelOS, labelOSBeta)), strings.ToLower(f.node.Status.NodeInfo.OperatingSystem)
	windows := f.node.Labels[labelWindowsBuild] != ""
	switch {
	case reported != "" && (label != "" && label != reported || windows && reported != "windows"):
		f.say("labels state another operating system than the kubelet's %s, which counts", reported)
	case reported == "" && windows && label != "" && label != "windows":
		f.say("the labels %s and %s contradict each other: priced as Windows, which costs more", labelOS, labelWindowsBuild)
	}
	system := reported
	if system == "" {
		if system = label; windows {
			system = "windows"
		}
	}
	switch system {
	case "windows":
		return migration.Windows
	case "linux":
		return distribution(f.node.Status.NodeInfo.OSImage)
	}
	return ""
}

// distribution decides by /etc/os-release whether a Linux distribution's licence is part
// of the instance price. Red Hat CoreOS, which OpenShift uses, has no instance fee.
func distribution(image string) migration.OS {
	switch i := strings.ToLower(image); {
	case strings.HasPrefix(i, "red hat enterprise linux") && !strings.Contains(i, "coreos"):
		return migration.RHEL
	case strings.HasPrefix(i, "suse linux enterprise"):
		return migration.SUSE
	}
	return migration.Linux
}

// instanceType is the type that the labels agree on.
func (f *nodeFacts) instanceType() string {
	var found []string
	add := func(t string) {
		if t != "" && !slices.Contains(found, t) {
			found = append(found, t)
		}
	}
	for _, key := range [...]string{labelInstance, corev1.LabelInstanceType} {
		for _, v := range f.values(key) {
			add(v)
		}
	}
	family, size := f.node.Labels[labelKarpenterFamily], f.node.Labels[labelKarpenterSize]
	if family != "" && size != "" {
		add(family + "." + size)
	}
	switch len(found) {
	case 0:
		return ""
	case 1:
		return found[0]
	}
	f.say("labels name the instance types %s: which it is is unknown", strings.Join(found, " and "))
	return ""
}

// place is the region, or the Local Zone or Wavelength Zone, that prices are looked up
// for; "" where statements contradict each other.
func (f *nodeFacts) place() string {
	label := f.label(labelRegion, corev1.LabelFailureDomainBetaRegion)
	zoneLabel := f.label(labelZone, corev1.LabelFailureDomainBetaZone)
	if f.provider.elsewhere() {
		return label
	}
	region, place, ok := migration.ZonePlace(f.provider.zone)
	if ok {
		if label != "" && label != region {
			f.say("the label %s is %s and the provider ID has the zone %s, which counts", labelRegion, label, f.provider.zone)
		}
		if zoneLabel != "" && zoneLabel != f.provider.zone {
			f.say("the label %s is %s and the provider ID has the zone %s, which counts", labelZone, zoneLabel, f.provider.zone)
		}
		return place
	}
	region, place, ok = migration.ZonePlace(zoneLabel)
	switch {
	case !ok:
		return label
	case label != "" && label != region:
		f.say("the labels %s %s and %s %s contradict each other: the region is unknown", labelRegion, label, labelZone, zoneLabel)
		return ""
	}
	return place
}

// autoMode reports whether EKS Auto Mode manages the node, for a fee.
func (f *nodeFacts) autoMode() bool {
	label := f.node.Labels[labelComputeType] == computeAuto
	// Auto Mode's nodes run its own build of Bottlerocket, which says so.
	image := strings.Contains(f.node.Status.NodeInfo.OSImage, "EKS Auto")
	switch {
	case image && !label:
		f.say("the kubelet reports an image of EKS Auto Mode and the label %s does not say so: its fee is charged", labelComputeType)
	case label && f.node.Labels[labelNodeGroup] != "":
		f.say("labels state both EKS Auto Mode and a managed node group: Auto Mode's fee is charged")
	}
	return label || image
}

// market is how the instance is paid. Spot is believed where everything that speaks of
// it says so.
func (f *nodeFacts) market() (spot bool, capacity migration.Capacity) {
	var spotBy, otherBy []string
	state := func(key, value string, is bool) {
		text := key + "=" + value
		if is {
			spotBy = append(spotBy, text)
		} else {
			otherBy = append(otherBy, text)
		}
	}
	block := false
	for _, key := range [...]string{labelKarpenter, labelEKSCapacity} {
		for _, value := range f.values(key) {
			switch v := strings.ReplaceAll(strings.ToLower(value), "_", "-"); v {
			case "spot", "on-demand":
				state(key, value, v == "spot")
			case "capacity-block":
				state(key, value, false)
				block = true
			case "reserved":
				state(key, value, false)
				if f.node.Labels[labelReservationType] == "" {
					f.say("the node is in a capacity reservation of unknown type: priced on demand, as an On-Demand Capacity Reservation is billed")
				}
			default:
				state(key, value, false)
				f.say("the label %s has the unknown value %s: priced on demand", key, value)
			}
		}
	}
	for i, own := range f.spotLabels {
		if slices.ContainsFunc(f.spotLabels[:i], func(l SpotLabel) bool { return l.Key == own.Key }) {
			continue
		}
		for _, value := range f.values(own.Key) {
			state(own.Key, value, slices.Contains(f.spotLabels, SpotLabel{own.Key, value}))
		}
	}
	block = block || f.node.Labels[labelReservationType] == "capacity-block"
	if len(spotBy) > 0 && len(otherBy) > 0 {
		f.say("the labels %s and %s contradict each other: not priced as Spot", strings.Join(spotBy, ", "), strings.Join(otherBy, ", "))
	}
	switch {
	case f.outpost():
		return false, migration.CapacityOutpost
	case block:
		if len(spotBy) > 0 && len(otherBy) == 0 {
			f.say("the labels %s and %s contradict each other: not priced as Spot", strings.Join(spotBy, ", "), labelReservationType)
		}
		return false, migration.CapacityBlock
	}
	return len(spotBy) > 0 && len(otherBy) == 0, migration.CapacityUsual
}

// outpost reports whether a label says that the node is on an AWS Outpost: by its ARN,
// or by a key that names it.
func (f *nodeFacts) outpost() bool {
	for k, v := range f.node.Labels {
		name := strings.ToLower(k[strings.LastIndexByte(k, '/')+1:])
		if strings.HasPrefix(name, "outpost") && v != "" && v != "false" {
			return true
		}
	}
	return false
}

// tenancy is what Karpenter writes.
func (f *nodeFacts) tenancy() migration.Tenancy {
	switch t := strings.ToLower(f.node.Labels[labelKarpenterTenancy]); t {
	case "", "default", "shared":
		return migration.TenancyShared
	case "host":
		return migration.TenancyHost
	case "dedicated":
		return migration.TenancyDedicated
	default:
		f.say("the label %s has the unknown value %s: priced as dedicated tenancy, which costs more", labelKarpenterTenancy, t)
		return migration.TenancyDedicated
	}
}

// accelerators counts GPUs and the like among a node's resources.
//
// Source: the device plugins' resource names: NVIDIA (whole and MIG), AMD, Intel, AWS
// Neuron, Habana Gaudi, Xilinx and Qualcomm.
func accelerators(l corev1.ResourceList) int64 {
	var n int64
	for name, q := range l {
		if isAccelerator(string(name)) {
			n = max(n, q.Value()) // Neuron has one resource for devices, another for cores
		}
	}
	return min(max(n, 0), 1<<20)
}

func isAccelerator(resource string) bool {
	for _, prefix := range [...]string{
		"nvidia.com/gpu", "nvidia.com/mig-", "amd.com/gpu", "gpu.intel.com/", "aws.amazon.com/neuron",
		"habana.ai/gaudi", "xilinx.com/fpga", "qualcomm.com/qaic", "k8s.amazonaws.com/vgpu",
	} {
		if strings.HasPrefix(resource, prefix) {
			return true
		}
	}
	return false
}

// join joins what is not empty.
func join(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}
