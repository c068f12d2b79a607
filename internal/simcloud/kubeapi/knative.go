package kubeapi

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"github.com/migtop/migtop/internal/simcloud/world"
)

// The container that Knative adds to the user's: requests pass through it.
const (
	queueProxy      = "queue-proxy"
	queueProxyImage = "gcr.io/knative-releases/knative.dev/serving/cmd/queue@sha256:" +
		"0f8e1c7b6a5d4c3b2a190817263544f3e2d1c0b9a8f7e6d5c4b3a29181706f5e"
	// What it uses.
	queueProxyNanocores, queueProxyBytes = 3_000_000, 24 << 20
)

// asService makes a Job's template one of a Knative service's pods: the labels are those
// that the revision's Deployment has, in addition to the user's own.
// Source: Knative Serving, pkg/reconciler/revision/resources: makeLabels, makePodSpec.
func asService(t *template, s *world.Spec) {
	const serving = "serving.knative.dev/"
	for label, value := range map[string]string{
		serving + "service": s.Service, serving + "serviceUID": s.ServiceUID("service"),
		serving + "configuration": s.Service, serving + "configurationUID": s.ServiceUID("configuration"),
		serving + "configurationGeneration": strconv.Itoa(s.Revision),
		serving + "revision":                s.RevisionName(), serving + "revisionUID": s.ServiceUID("revision"),
		"app": s.RevisionName(), "pod-template-hash": s.Template(),
	} {
		t.labels[label] = value
	}
	delete(t.labels, "app.kubernetes.io/managed-by")
	spec := &t.podSpec
	spec.RestartPolicy = corev1.RestartPolicyAlways
	spec.TerminationGracePeriodSeconds = new(int64(300))
	spec.EnableServiceLinks = new(false)
	spec.Containers[0].Name = world.ServiceContainer
	spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "user-port", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}}
	spec.Containers = append(spec.Containers, corev1.Container{
		Name: queueProxy, Image: queueProxyImage,
		Ports: []corev1.ContainerPort{
			{Name: "http-queueadm", ContainerPort: 8022, Protocol: corev1.ProtocolTCP},
			{Name: "queue-port", ContainerPort: 8012, Protocol: corev1.ProtocolTCP},
		},
		Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
			corev1.ResourceCPU: *resource.NewMilliQuantity(s.SidecarCPU, resource.DecimalSI),
		}},
		TerminationMessagePath:   corev1.TerminationMessagePathDefault,
		TerminationMessagePolicy: corev1.TerminationMessageReadFile,
		ImagePullPolicy:          corev1.PullIfNotPresent,
	})
}

func containerNames(s *world.Spec) []string {
	if s.Service != "" {
		return []string{world.ServiceContainer, queueProxy}
	}
	return []string{"main"}
}

// containerMetrics is what metrics-server shows of a pod's containers.
func containerMetrics(s *world.Spec, cpu, memory int64) []metricsv1beta1.ContainerMetrics {
	out := []metricsv1beta1.ContainerMetrics{{Name: containerNames(s)[0], Usage: usage(cpu, memory)}}
	if s.Service != "" {
		out = append(out, metricsv1beta1.ContainerMetrics{Name: queueProxy, Usage: usage(queueProxyNanocores, queueProxyBytes)})
	}
	return out
}
