package kubeapi

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/migtop/migtop/internal/simcloud/world"
)

// nodeLabels are what EKS, Karpenter and the cloud provider put on a node.
func nodeLabels(n *world.Node) labels.Set {
	set := labels.Set{
		corev1.LabelHostname:        hostname(n),
		corev1.LabelOSStable:        "linux",
		corev1.LabelArchStable:      "amd64",
		corev1.LabelTopologyRegion:  world.Region,
		corev1.LabelTopologyZone:    n.Zone,
		"beta.kubernetes.io/os":     "linux",
		"beta.kubernetes.io/arch":   "amd64",
		"k8s.io/cloud-provider-aws": "5a1f9c7be2d04b38c1a0f2f6d8e3b974",
	}
	if n.Fargate {
		set["eks.amazonaws.com/compute-type"] = "fargate"
		return set
	}
	set[corev1.LabelArchStable], set["beta.kubernetes.io/arch"] = n.Type.Arch, n.Type.Arch
	set[corev1.LabelInstanceTypeStable], set[corev1.LabelInstanceType] = n.Type.Name, n.Type.Name
	capacity := "on-demand"
	if n.Spot {
		capacity = "spot"
	}
	if n.NodePool != "" {
		set["karpenter.sh/nodepool"] = n.NodePool
		set["karpenter.sh/capacity-type"] = capacity
		family, _, _ := strings.Cut(n.Type.Name, ".")
		set["karpenter.k8s.aws/instance-family"] = family
		set["karpenter.sh/initialized"], set["karpenter.sh/registered"] = "true", "true"
	} else {
		set["eks.amazonaws.com/nodegroup"] = n.NodeGroup
		set["eks.amazonaws.com/capacityType"] = strings.ToUpper(strings.ReplaceAll(capacity, "-", "_"))
	}
	return set
}

func hostname(n *world.Node) string {
	if n.Fargate {
		return strings.TrimPrefix(n.Name, "fargate-")
	}
	return n.Name
}

func (b *builder) node(n *world.Node) *corev1.Node {
	capacity, allocatable := nodeResources(n)
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: n.Name, UID: types.UID(n.UID()), ResourceVersion: version(n.ResourceVersion),
			CreationTimestamp: at(n.Created), Labels: nodeLabels(n),
			Annotations: map[string]string{"node.alpha.kubernetes.io/ttl": "0", "volumes.kubernetes.io/controller-managed-attach-detach": "true"},
		},
		Spec: corev1.NodeSpec{ProviderID: fmt.Sprintf("aws:///%s/%s", n.Zone, n.InstanceID)},
		Status: corev1.NodeStatus{
			Capacity: capacity, Allocatable: allocatable,
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: n.IP}, {Type: corev1.NodeHostName, Address: hostname(n)},
			},
			Conditions: nodeConditions(n),
			NodeInfo: corev1.NodeSystemInfo{
				KernelVersion: "6.12.46-66.121.amzn2023", OSImage: "Amazon Linux 2023.9",
				ContainerRuntimeVersion: "containerd://2.1.4", KubeletVersion: kubeletVersion,
				OperatingSystem: "linux", Architecture: nodeLabels(n)[corev1.LabelArchStable],
			},
		},
	}
	switch {
	case n.Fargate:
		node.Spec.ProviderID = fmt.Sprintf("aws:///%s/%s/%s", n.Zone, n.InstanceID, n.Name)
		node.Spec.Taints = []corev1.Taint{{Key: "eks.amazonaws.com/compute-type", Value: "fargate", Effect: corev1.TaintEffectNoSchedule}}
	case n.System:
		node.Spec.Taints = []corev1.Taint{{Key: "CriticalAddonsOnly", Value: "true", Effect: corev1.TaintEffectNoSchedule}}
	}
	return node
}

func nodeResources(n *world.Node) (capacity, allocatable corev1.ResourceList) {
	list := func(millicores, mib, pods int64) corev1.ResourceList {
		return corev1.ResourceList{
			corev1.ResourceCPU:    *resource.NewMilliQuantity(millicores, resource.DecimalSI),
			corev1.ResourceMemory: *resource.NewQuantity(mib<<20, resource.BinarySI),
			corev1.ResourcePods:   *resource.NewQuantity(pods, resource.DecimalSI),
		}
	}
	if n.Fargate {
		// The guest has two CPUs and somewhat more memory than the pod may use.
		return list(2000, n.FargateMemory, 1), list(2000, n.FargateMemory-100, 1)
	}
	return list(n.Type.CPU, n.Type.MemoryMiB, n.Type.MaxPods), list(n.Type.AllocatableCPU, n.Type.AllocatableMemory, n.Type.MaxPods)
}

func nodeConditions(n *world.Node) []corev1.NodeCondition {
	condition := func(t corev1.NodeConditionType, status corev1.ConditionStatus, since time.Time, reason,
		message string,
	) corev1.NodeCondition {
		return corev1.NodeCondition{
			Type: t, Status: status, LastHeartbeatTime: at(since), LastTransitionTime: at(since), Reason: reason, Message: message,
		}
	}
	out := []corev1.NodeCondition{
		condition(corev1.NodeMemoryPressure, corev1.ConditionFalse, n.Created, "KubeletHasSufficientMemory",
			"kubelet has sufficient memory available"),
		condition(corev1.NodeDiskPressure, corev1.ConditionFalse, n.Created, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
		condition(corev1.NodePIDPressure, corev1.ConditionFalse, n.Created, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
	}
	if n.Ready.IsZero() {
		return append(out, condition(corev1.NodeReady, corev1.ConditionFalse, n.Created, "KubeletNotReady",
			"container runtime network not ready: NetworkReady=false"))
	}
	return append(out, condition(corev1.NodeReady, corev1.ConditionTrue, n.Ready, "KubeletReady", "kubelet is posting ready status"))
}

// namespaceObject is a namespace: there are a few, numbered, and they never change.
func namespaceObject(name string, number int, created time.Time) *corev1.Namespace {
	return &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, UID: types.UID("5f0c2e5a-6b1d-4c1e-9a50-0000000000" + string(rune('a'+number)) + "1"), CreationTimestamp: at(created),
			Labels: map[string]string{"kubernetes.io/metadata.name": name},
		},
		Spec:   corev1.NamespaceSpec{Finalizers: []corev1.FinalizerName{corev1.FinalizerKubernetes}},
		Status: corev1.NamespaceStatus{Phase: corev1.NamespaceActive},
	}
}

func eventType(e *world.Event) string {
	if e.Warning {
		return corev1.EventTypeWarning
	}
	return corev1.EventTypeNormal
}

func involved(e *world.Event) corev1.ObjectReference {
	ref := corev1.ObjectReference{Kind: e.Kind, Namespace: e.Namespace, Name: e.Object, UID: types.UID(e.ObjectUID), APIVersion: "v1"}
	switch e.Kind {
	case "Job":
		ref.APIVersion = "batch/v1"
	case "Node":
		ref.Namespace = ""
	}
	return ref
}

func buildEvent(e *world.Event) *corev1.Event {
	event := &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{
			Name: e.Name, Namespace: e.Namespace, UID: types.UID(e.UID()), ResourceVersion: version(e.ResourceVersion), CreationTimestamp: at(e.At),
		},
		InvolvedObject: involved(e), Reason: e.Reason, Message: e.Message, Type: eventType(e),
		ReportingController: e.Component, ReportingInstance: e.Host,
	}
	if strings.HasSuffix(e.Component, "-scheduler") {
		// Schedulers record through events.k8s.io: of the old fields none is set.
		event.EventTime = metav1.NewMicroTime(e.At.Truncate(time.Microsecond))
		event.Action = "Scheduling"
		return event
	}
	event.Count = 1
	event.Source = corev1.EventSource{Component: e.Component, Host: e.Host}
	event.FirstTimestamp, event.LastTimestamp = at(e.At), at(e.At)
	return event
}
