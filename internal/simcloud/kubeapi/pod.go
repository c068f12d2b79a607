package kubeapi

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/migtop/migtop/internal/simcloud/world"
)

func podPhase(p *world.Pod) corev1.PodPhase {
	switch {
	case p.Outcome == world.Succeeded:
		return corev1.PodSucceeded
	case p.Outcome == world.Failed:
		return corev1.PodFailed
	case !p.Started.IsZero():
		return corev1.PodRunning
	}
	return corev1.PodPending
}

func (b *builder) pod(p *world.Pod) *corev1.Pod {
	t := b.template(p.Spec)
	owner := ownerOf(p)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: p.Name, GenerateName: owner.Name + "-", Namespace: p.Namespace, UID: types.UID(p.UID()),
			ResourceVersion: version(p.ResourceVersion), Generation: 1,
			CreationTimestamp: at(p.Created), Labels: b.podLabels(p), OwnerReferences: []metav1.OwnerReference{owner},
		},
		Spec: t.podSpec,
		Status: corev1.PodStatus{
			Phase: podPhase(p), HostIP: p.NodeIP, QOSClass: corev1.PodQOSBurstable,
			Conditions: podConditions(p),
		},
	}
	pod.Spec.NodeName = p.Node
	if p.Outcome == world.Unfinished && p.Service == "" { // the Job controller's, until it has counted the pod
		pod.Finalizers = []string{"batch.kubernetes.io/job-tracking"}
	}
	if p.FargateCPU > 0 {
		pod.Annotations = map[string]string{
			"CapacityProvisioned": capacityProvisioned(p.FargateCPU, p.FargateMemory),
			"Logging":             "LoggingDisabled: LOGGING_CONFIGMAP_NOT_FOUND",
		}
	}
	if !p.Deleting.IsZero() {
		// The time by which it must be gone (apimachinery, ObjectMeta.DeletionTimestamp).
		pod.DeletionTimestamp = new(at(p.Deleting.Add(30 * time.Second)))
		pod.DeletionGracePeriodSeconds = new(int64(30))
	}
	if p.IP != "" && !p.Started.IsZero() {
		pod.Status.PodIP, pod.Status.PodIPs = p.IP, []corev1.PodIP{{IP: p.IP}}
		pod.Status.HostIPs = []corev1.HostIP{{IP: p.NodeIP}}
	}
	if !p.Scheduled.IsZero() {
		pod.Status.StartTime = atOrNil(p.Scheduled)
		for _, name := range containerNames(p.Spec) {
			pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, containerStatus(p, name))
		}
	}
	return pod
}

// ownerOf is what made a pod: a Job, or the ReplicaSet behind a Knative service.
func ownerOf(p *world.Pod) metav1.OwnerReference {
	owner := metav1.OwnerReference{
		APIVersion: "batch/v1", Kind: "Job", Name: p.JobName, UID: types.UID(p.JobUID), Controller: new(true), BlockOwnerDeletion: new(true),
	}
	if p.Service != "" {
		owner.APIVersion, owner.Kind = "apps/v1", "ReplicaSet"
		owner.Name, owner.UID = p.ReplicaSet(), types.UID(p.ServiceUID("replicaset"))
	}
	return owner
}

// capacityProvisioned is the annotation of EKS Fargate.
// Source: Amazon EKS User Guide, "Understand Fargate Pod configuration details".
func capacityProvisioned(millicores, mib int64) string {
	cpu := fmt.Sprintf("%d", millicores/1000)
	if millicores%1000 != 0 {
		cpu = fmt.Sprintf("%g", float64(millicores)/1000)
	}
	return fmt.Sprintf("%svCPU %dGB", cpu, mib/1024)
}

func containerStatus(p *world.Pod, name string) corev1.ContainerStatus {
	c := corev1.ContainerStatus{Name: name, Image: p.Image, Started: new(false)}
	if name == queueProxy {
		c.Image = queueProxyImage
	}
	switch {
	case p.Started.IsZero():
		c.State.Waiting = &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}
		return c
	case p.Finished.IsZero():
		c.State.Running = &corev1.ContainerStateRunning{StartedAt: at(p.Started)}
		c.Ready, c.Started = true, new(true)
	default:
		c.State.Terminated = &corev1.ContainerStateTerminated{
			ExitCode: p.ExitCode, Reason: p.Reason, StartedAt: at(p.Started), FinishedAt: at(p.Finished),
			ContainerID: containerID(p, name), Message: terminationMessage(p),
		}
	}
	c.ContainerID = containerID(p, name)
	if c.ImageID = p.ImageID; name == queueProxy {
		c.ImageID = queueProxyImage
	}
	return c
}

// terminationMessage is what a wrapper of the container's command wrote: two of its
// cgroup's files, as the kernel has them.
func terminationMessage(p *world.Pod) string {
	peak, cpu, ok := p.Used()
	if !ok {
		return ""
	}
	usec := cpu.Microseconds()
	return fmt.Sprintf("memory.peak %d\nusage_usec %d\nuser_usec %d\nsystem_usec %d\n", peak, usec, usec-usec/8, usec/8)
}

func containerID(p *world.Pod, name string) string {
	if name == queueProxy {
		return "containerd://" + name + "-" + p.UID()
	}
	return "containerd://" + p.UID()
}

func podConditions(p *world.Pod) []corev1.PodCondition {
	condition := func(t corev1.PodConditionType, ok bool, since time.Time, reason, message string) corev1.PodCondition {
		status := corev1.ConditionFalse
		if ok {
			status = corev1.ConditionTrue
		}
		return corev1.PodCondition{Type: t, Status: status, LastTransitionTime: at(since), Reason: reason, Message: message}
	}
	if p.Scheduled.IsZero() {
		if p.Unschedulable == "" {
			return nil
		}
		return []corev1.PodCondition{condition(corev1.PodScheduled, false, p.UnschedulableAt, corev1.PodReasonUnschedulable, p.Unschedulable)}
	}
	since, reason, running := p.Scheduled, "ContainersNotReady", false
	message := "containers with unready status: [" + strings.Join(containerNames(p.Spec), " ") + "]"
	switch {
	case p.Outcome == world.Succeeded:
		since, reason, message = p.Finished, "PodCompleted", ""
	case p.Outcome == world.Failed:
		since, reason, message = p.Finished, "PodFailed", ""
	case !p.Started.IsZero():
		since, reason, message, running = p.Started, "", "", true
	}
	out := make([]corev1.PodCondition, 0, 6)
	if p.Disrupted {
		out = append(out, condition(corev1.DisruptionTarget, true, p.Finished, "EvictionByEvictionAPI", "Eviction API: evicting"))
	}
	started := !p.Started.IsZero() && p.Finished.IsZero()
	out = append(out,
		condition(corev1.PodReadyToStartContainers, started, laterOf(p.Scheduled, p.Started), "", ""),
		condition(corev1.PodInitialized, true, p.Scheduled, initializedReason(p), ""),
		condition(corev1.PodReady, running, since, reason, message),
		condition(corev1.ContainersReady, running, since, reason, message),
		condition(corev1.PodScheduled, true, p.Scheduled, "", ""),
	)
	return out
}

func initializedReason(p *world.Pod) string {
	if p.Outcome == world.Succeeded {
		return "PodCompleted"
	}
	return ""
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
