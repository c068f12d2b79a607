package kubeapi

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// checkServicePod holds a pod of a Knative service to what its controllers make: it is of a
// Deployment's ReplicaSet, has the revision's labels and Knative's own container next to the
// user's, and is no Job's.
func checkServicePod(t *testing.T, p *corev1.Pod, owner *metav1.OwnerReference) {
	t.Helper()
	const serving = "serving.knative.dev/"
	service, revision := p.Labels[serving+"service"], p.Labels[serving+"revision"]
	if owner == nil || owner.Kind != "ReplicaSet" || owner.Name != revision+"-deployment-"+p.Labels["pod-template-hash"] ||
		p.GenerateName != owner.Name+"-" {
		t.Errorf("%s is owned by %+v", p.Name, owner)
	}
	if service == "" || revision != service+"-00012" || p.Labels["app"] != revision || p.Labels["tenant"] != "yarrow" ||
		p.Labels["batch.kubernetes.io/job-name"] != "" {
		t.Errorf("%s has labels %v", p.Name, p.Labels)
	}
	names := []string{}
	for _, c := range p.Spec.Containers {
		names = append(names, c.Name)
	}
	if len(names) != 2 || names[0] != "user-container" || names[1] != "queue-proxy" {
		t.Errorf("%s has the containers %v", p.Name, names)
	}
	if cpu := p.Spec.Containers[1].Resources.Requests[corev1.ResourceCPU]; cpu.String() != "25m" ||
		len(p.Spec.Containers[1].Resources.Requests) != 1 {
		t.Errorf("%s: queue-proxy requests %v", p.Name, p.Spec.Containers[1].Resources.Requests)
	}
	if p.Spec.RestartPolicy != corev1.RestartPolicyAlways || p.Spec.NodeName != "" && len(p.Status.ContainerStatuses) != 2 ||
		len(p.Finalizers) > 0 {
		t.Errorf("%s: %+v, %v", p.Name, p.Status, p.Finalizers)
	}
}
