package jobs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/migtop/migtop/internal/migration"
)

// statedNode is an m6i.xlarge on demand in us-east-1 about which all statements agree.
func statedNode(change func(n *corev1.Node)) *corev1.Node {
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "ip-10-0-1-2.ec2.internal", Labels: map[string]string{
			labelInstance: "m6i.xlarge", corev1.LabelInstanceType: "m6i.xlarge", labelArch: "amd64", labelOS: "linux",
			labelRegion: "us-east-1", labelZone: "us-east-1a", labelKarpenter: "on-demand",
		}},
		Spec: corev1.NodeSpec{ProviderID: "aws:///us-east-1a/i-0123456789abcdef0"},
		Status: corev1.NodeStatus{
			Capacity: list("4", "16Gi"),
			NodeInfo: corev1.NodeSystemInfo{OperatingSystem: "linux", Architecture: "amd64", OSImage: "Amazon Linux 2023.9.20250929"},
		},
	}
	if change != nil {
		change(n)
	}
	return n
}

// Whatever two statements about a node contradict each other in, the provider's and the
// kubelet's own count, what nobody can decide is unknown or the one that costs more, and
// it is never taken in silence.
func TestStatementsAboutANode(t *testing.T) {
	agreed := migration.Host{
		Kind: migration.HostEC2, Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86}, InstanceType: "m6i.xlarge",
		OS:      migration.Linux,
		NodeCPU: 4 * migration.Core, NodeMemory: 16 * migration.GiB,
	}
	fargate := migration.Host{Kind: migration.HostFargate, Place: agreed.Place}
	label := func(kv ...string) func(n *corev1.Node) {
		return func(n *corev1.Node) {
			for i := 0; i < len(kv); i += 2 {
				if n.Labels[kv[i]] = kv[i+1]; kv[i+1] == "" {
					delete(n.Labels, kv[i])
				}
			}
		}
	}
	taint := func(n *corev1.Node) {
		n.Spec.Taints = []corev1.Taint{{Key: labelComputeType, Value: computeFargate, Effect: corev1.TaintEffectNoSchedule}}
	}
	both := func(changes ...func(n *corev1.Node)) func(n *corev1.Node) {
		return func(n *corev1.Node) {
			for _, c := range changes {
				c(n)
			}
		}
	}
	provider := func(id string) func(n *corev1.Node) { return func(n *corev1.Node) { n.Spec.ProviderID = id } }
	name := func(s string) func(n *corev1.Node) { return func(n *corev1.Node) { n.Name = s } }
	untyped := label(labelInstance, "", corev1.LabelInstanceType, "", labelKarpenter, "")
	const fargateID = "aws:///us-east-1a/0a1b2c3d4e-5f6a7b8c9d/fargate-ip-10-0-1-2.ec2.internal"
	windows := func(n *corev1.Node) { n.Status.NodeInfo.OperatingSystem = "windows" }
	own := []SpotLabel{{"lifecycle", "Ec2Spot"}, {"lifecycle", "spot"}, {"team/market", "spot"}}

	for title, tc := range map[string]struct {
		change func(n *corev1.Node)
		want   func(h *migration.Host)
		note   string // in the note; "" for no note at all
	}{
		"all agree": {nil, nil, ""},

		// EC2 or Fargate.
		"a Fargate node": {
			both(untyped, provider(fargateID), label(labelComputeType, "fargate"), taint, name("fargate-ip-10-0-1-2.ec2.internal")),
			func(h *migration.Host) { *h = fargate }, "",
		},
		"Fargate by its provider ID": {both(untyped, provider(fargateID)), func(h *migration.Host) { *h = fargate }, ""},
		"Fargate by its label": {
			both(untyped, provider(""), label(labelComputeType, "fargate")), func(h *migration.Host) { *h = fargate },
			"",
		},
		"Fargate by its taint": {both(untyped, provider(""), taint), func(h *migration.Host) { *h = fargate }, ""},
		"named fargate":        {name("fargate-ip-10-0-1-2.ec2.internal"), nil, "name states Fargate"},
		"labelled fargate":     {label(labelComputeType, "fargate"), nil, "label, taint or name states Fargate"},
		"tainted fargate":      {taint, nil, "label, taint or name states Fargate"},
		"a name and nothing else": {
			both(untyped, provider(""), name("fargate-builders")),
			func(h *migration.Host) { h.Kind, h.InstanceType = migration.HostUnknown, "" }, "name alone",
		},
		"a name and a type": {both(provider(""), name("fargate-builders")), nil, "name alone"},
		"a label against a type": {
			both(provider(""), label(labelComputeType, "fargate")),
			func(h *migration.Host) { h.Kind = migration.HostUnknown }, "both Fargate and another",
		},
		"a taint against a label": {
			both(untyped, provider(""), taint, label(labelComputeType, "auto")),
			func(h *migration.Host) { h.Kind, h.InstanceType, h.AutoMode = migration.HostUnknown, "", true }, "both Fargate and another",
		},
		"a type on Fargate": {provider(fargateID), func(h *migration.Host) { *h = fargate }, "labels state another kind"},
		"fargate on another cloud": {
			both(provider("gce://p/us-east1-b/vm"), label(labelComputeType, "fargate")),
			func(h *migration.Host) { h.Kind = migration.HostUnknown }, "does not",
		},
		"Windows on Fargate": {
			both(untyped, provider(fargateID), windows, label(labelOS, "windows")),
			func(h *migration.Host) { *h = fargate; h.OS = migration.Windows }, "",
		},
		"kind":  {provider("kind://docker/kind/worker"), func(h *migration.Host) { h.Kind = migration.HostUnknown }, ""},
		"Azure": {provider("azure:///subscriptions/x/vm"), func(h *migration.Host) { h.Kind = migration.HostUnknown }, ""},
		"an EKS Hybrid Node": {
			both(provider("eks-hybrid:///us-east-1/c/mi-1"), label(labelComputeType, "hybrid")),
			func(h *migration.Host) { h.Kind = migration.HostUnknown }, "",
		},
		"hybrid by its label": {
			both(provider(""), label(labelComputeType, "hybrid")),
			func(h *migration.Host) { h.Kind = migration.HostUnknown }, "",
		},
		"no labels yet": {both(untyped), func(h *migration.Host) { h.InstanceType = "" }, ""},

		// How it is bought.
		"Spot by EKS":            {label(labelKarpenter, "", labelEKSCapacity, "SPOT"), func(h *migration.Host) { h.Spot = true }, ""},
		"Spot by Karpenter":      {label(labelKarpenter, "spot"), func(h *migration.Host) { h.Spot = true }, ""},
		"Spot by both":           {label(labelKarpenter, "spot", labelEKSCapacity, "SPOT"), func(h *migration.Host) { h.Spot = true }, ""},
		"Spot against on demand": {label(labelKarpenter, "spot", labelEKSCapacity, "ON_DEMAND"), nil, "not priced as Spot"},
		"on demand against Spot": {label(labelEKSCapacity, "SPOT"), nil, "not priced as Spot"},
		"own label":              {label(labelKarpenter, "", "lifecycle", "Ec2Spot"), func(h *migration.Host) { h.Spot = true }, ""},
		"own label, other value": {label(labelKarpenter, "", "lifecycle", "spot"), func(h *migration.Host) { h.Spot = true }, ""},
		"own label, no Spot":     {label(labelKarpenter, "", "lifecycle", "normal"), nil, ""},
		"own against EKS": {
			label(labelKarpenter, "", labelEKSCapacity, "ON_DEMAND", "lifecycle", "Ec2Spot"), nil,
			"lifecycle=Ec2Spot and eks.amazonaws.com/capacityType=ON_DEMAND",
		},
		"EKS against own": {label(labelKarpenter, "", labelEKSCapacity, "SPOT", "lifecycle", "normal"), nil, "not priced as Spot"},
		"own against own": {label(labelKarpenter, "", "team/market", "spot", "lifecycle", "normal"), nil, "not priced as Spot"},
		"an unknown word": {label(labelKarpenter, "preemptible"), nil, "unknown value preemptible"},
		"a capacity block": {
			label(labelKarpenter, "", labelEKSCapacity, "CAPACITY_BLOCK"),
			func(h *migration.Host) { h.Capacity = migration.CapacityBlock }, "",
		},
		"a reserved block": {
			label(labelKarpenter, "reserved", labelReservationType, "capacity-block"),
			func(h *migration.Host) { h.Capacity = migration.CapacityBlock }, "",
		},
		"a reservation":    {label(labelKarpenter, "reserved", labelReservationType, "default"), nil, ""},
		"some reservation": {label(labelKarpenter, "reserved"), nil, "capacity reservation of unknown type"},
		"a block on Spot": {
			label(labelKarpenter, "spot", labelReservationType, "capacity-block"),
			func(h *migration.Host) { h.Capacity = migration.CapacityBlock }, "not priced as Spot",
		},
		"an Outpost": {
			label("topology.k8s.aws/outpost-id", "op-1"),
			func(h *migration.Host) { h.Capacity = migration.CapacityOutpost }, "",
		},
		"dedicated": {
			label(labelKarpenterTenancy, "dedicated"), func(h *migration.Host) { h.Tenancy = migration.TenancyDedicated },
			"",
		},
		"default tenancy":  {label(labelKarpenterTenancy, "default"), nil, ""},
		"a Dedicated Host": {label(labelKarpenterTenancy, "host"), func(h *migration.Host) { h.Tenancy = migration.TenancyHost }, ""},
		"an unknown tenancy": {
			label(labelKarpenterTenancy, "nobody"), func(h *migration.Host) { h.Tenancy = migration.TenancyDedicated },
			"costs more",
		},
		"Auto Mode": {label(labelComputeType, "auto"), func(h *migration.Host) { h.AutoMode = true }, ""},
		"Auto Mode by its image": {
			func(n *corev1.Node) { n.Status.NodeInfo.OSImage = "Bottlerocket (EKS Auto, Standard) 2025.9.2" },
			func(h *migration.Host) { h.AutoMode = true }, "does not say so",
		},
		"Auto Mode in a group": {
			label(labelComputeType, "auto", labelNodeGroup, "workers"), func(h *migration.Host) { h.AutoMode = true },
			"both EKS Auto Mode and a managed node group",
		},

		// What it is.
		"Windows": {
			both(windows, label(labelOS, "windows", labelWindowsBuild, "10.0.20348")),
			func(h *migration.Host) { h.OS = migration.Windows }, "",
		},
		"Windows by the kubelet": {windows, func(h *migration.Host) { h.OS = migration.Windows }, "kubelet's windows, which counts"},
		"Linux by the kubelet":   {label(labelOS, "windows"), nil, "kubelet's linux, which counts"},
		"Windows by its build": {both(func(n *corev1.Node) { n.Status.NodeInfo = corev1.NodeSystemInfo{} },
			label(labelWindowsBuild, "10.0.20348")), func(h *migration.Host) { h.OS = migration.Windows }, "costs more"},
		"Windows by an old label": {both(func(n *corev1.Node) { n.Status.NodeInfo = corev1.NodeSystemInfo{} },
			label(labelOS, "", labelOSBeta, "windows")), func(h *migration.Host) { h.OS = migration.Windows }, ""},
		"no system at all": {
			both(func(n *corev1.Node) { n.Status.NodeInfo = corev1.NodeSystemInfo{} }, label(labelOS, "")),
			func(h *migration.Host) { h.OS = "" }, "",
		},
		"Red Hat": {
			func(n *corev1.Node) { n.Status.NodeInfo.OSImage = "Red Hat Enterprise Linux 9.4 (Plow)" },
			func(h *migration.Host) { h.OS = migration.RHEL }, "",
		},
		"Red Hat's CoreOS": {func(n *corev1.Node) { n.Status.NodeInfo.OSImage = "Red Hat Enterprise Linux CoreOS 418.94" }, nil, ""},
		"SUSE": {
			func(n *corev1.Node) { n.Status.NodeInfo.OSImage = "SUSE Linux Enterprise Server 15 SP6" },
			func(h *migration.Host) { h.OS = migration.SUSE }, "",
		},
		"arm64 by the kubelet": {
			func(n *corev1.Node) { n.Status.NodeInfo.Architecture = "arm64" },
			func(h *migration.Host) { h.Place.Arch = migration.Arm64 }, "kubelet reports arm64",
		},
		"two types": {
			label(corev1.LabelInstanceType, "m6i.large"), func(h *migration.Host) { h.InstanceType = "" },
			"m6i.xlarge and m6i.large",
		},
		"an old type": {label(labelInstance, ""), nil, ""},
		"Karpenter's own type": {
			label(labelKarpenterFamily, "m6i", labelKarpenterSize, "4xlarge"),
			func(h *migration.Host) { h.InstanceType = "" }, "m6i.xlarge and m6i.4xlarge",
		},
		"no region label":         {label(labelRegion, "", labelZone, ""), nil, ""},
		"region against provider": {label(labelRegion, "eu-west-1"), nil, "which counts"},
		"zone against provider":   {label(labelZone, "us-east-1b"), nil, "which counts"},
		"region against zone": {
			both(provider(""), label(labelRegion, "eu-west-1")), func(h *migration.Host) { h.Place.Region = "" },
			"the region is unknown",
		},
		"an odd zone": {provider("aws:///x/i-2"), nil, ""},
		"a Local Zone": {
			both(provider("aws:///us-east-1-bos-1a/i-2"), label(labelZone, "us-east-1-bos-1a")),
			func(h *migration.Host) { h.Place.Region = "us-east-1-bos-1" }, "",
		},
		"a Local Zone by its label": {
			both(provider(""), label(labelZone, "us-east-1-bos-1a")),
			func(h *migration.Host) { h.Place.Region = "us-east-1-bos-1" }, "",
		},
		"GPUs": {
			func(n *corev1.Node) { n.Status.Capacity["nvidia.com/gpu"] = resource.MustParse("4") },
			func(h *migration.Host) { h.Accelerators = 4 }, "",
		},
		"Neuron": {
			func(n *corev1.Node) { n.Status.Capacity["aws.amazon.com/neuroncore"] = resource.MustParse("2") },
			func(h *migration.Host) { h.Accelerators = 2 }, "",
		},
		"MIG": {
			func(n *corev1.Node) { n.Status.Capacity["nvidia.com/mig-1g.10gb"] = resource.MustParse("7") },
			func(h *migration.Host) { h.Accelerators = 7 }, "",
		},
		"a resource of one's own": {func(n *corev1.Node) { n.Status.Capacity["example.com/licence"] = resource.MustParse("7") }, nil, ""},
	} {
		t.Run(title, func(t *testing.T) {
			want := agreed
			if tc.want != nil {
				tc.want(&want)
			}
			got := nodeHost(statedNode(tc.change), own...)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(migration.Host{}, "Note", "NodeCPU", "NodeMemory")); diff != "" {
				t.Error(diff)
			}
			if (tc.note == "") != (got.Note == "") || !strings.Contains(got.Note, tc.note) {
				t.Errorf("note %q, want %q", got.Note, tc.note)
			}
		})
	}
}

func TestPodOnAHostThatIsNotFargate(t *testing.T) {
	request := amounts{int64(migration.Core), int64(migration.GiB), true, true}
	ec2 := nodeHost(statedNode(func(n *corev1.Node) { n.Name = "fargate-ip-10-0-1-2" }))
	for name, tc := range map[string]struct {
		node        migration.Host
		on          string
		provisioned string
		kind        migration.HostKind
	}{
		"an annotation on EC2":      {ec2, "fargate-ip-10-0-1-2", "2vCPU 4GB", migration.HostEC2},
		"a name alone":              {migration.Host{}, "fargate-ip-10-0-1-2", "", migration.HostUnknown},
		"a name and no size":        {migration.Host{}, "fargate-ip-10-0-1-2", "much", migration.HostUnknown},
		"an annotation, no node":    {migration.Host{}, "ip-10-0-1-2", "2vCPU 4GB", migration.HostFargate},
		"an annotation and a name":  {migration.Host{OS: migration.Linux}, "fargate-ip-10-0-1-2", "2vCPU 4GB", migration.HostFargate},
		"an annotation, no Fargate": {migration.Host{OS: migration.Linux}, "ip-10-0-1-2", "2vCPU 4GB", migration.HostUnknown},
	} {
		if got := podHost(tc.node, tc.on, tc.provisioned, request); got.Kind != tc.kind {
			t.Errorf("%s: %v, want %v", name, got.Kind, tc.kind)
		}
	}
	// A size that the pod does not fit into is not what it has.
	got := podHost(migration.Host{Kind: migration.HostFargate}, "n", "0.25vCPU 0.5GB", request)
	if got.FargateCPU != 0 || got.FargateMemory != 0 || !strings.Contains(got.Note, annotationFargate) {
		t.Errorf("%+v", got)
	}
}

func FuzzProviderID(f *testing.F) {
	for _, s := range []string{"", "aws:///us-east-1a/i-1", "aws:////i-1", "gce://p/z/n", "aws:", "://", "aws:///", "kind://docker/kind/w"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, id string) {
		p := parseProvider(id)
		if p.instance && p.fargate || (p.instance || p.fargate) && p.elsewhere() {
			t.Fatalf("%q: %+v", id, p)
		}
	})
}
