package kubeapi

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// systemDaemonSets are those of kube-system, installed with the cluster. Together they
// request what the world's nodes keep for them.
func systemDaemonSets(created time.Time) []*appsv1.DaemonSet {
	return []*appsv1.DaemonSet{
		daemonSet("aws-node", "amazon-k8s-cni:v1.21.1-eksbuil1", "9d1f8f3a-30b6-4e37-8f0e-000000000a01", "50m", "64Mi", created),
		daemonSet("fluent-bit", "aws-for-fluent-bit:2.34.0", "9d1f8f3a-30b6-4e37-8f0e-000000000a02", "50m", "128Mi", created),
		daemonSet("kube-proxy", "kube-proxy:v1.36.3-eksbuil2", "9d1f8f3a-30b6-4e37-8f0e-000000000a03", "100m", "64Mi", created),
	}
}

func daemonSet(name, image, uid, cpu, memory string, created time.Time) *appsv1.DaemonSet {
	app := map[string]string{"k8s-app": name}
	return &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: "kube-system", UID: types.UID(uid), Generation: 1,
			CreationTimestamp: at(created), Labels: app,
		},
		Spec: appsv1.DaemonSetSpec{
			Selector:             &metav1.LabelSelector{MatchLabels: app},
			UpdateStrategy:       appsv1.DaemonSetUpdateStrategy{Type: appsv1.RollingUpdateDaemonSetStrategyType},
			RevisionHistoryLimit: new(int32(10)),
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: app},
				Spec: corev1.PodSpec{
					HostNetwork: true, PriorityClassName: "system-node-critical", RestartPolicy: corev1.RestartPolicyAlways,
					Tolerations: []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
					// Fargate's nodes run none.
					Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
						NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{{
							Key: "eks.amazonaws.com/compute-type", Operator: corev1.NodeSelectorOpNotIn, Values: []string{"fargate"},
						}}}},
					}}},
					Containers: []corev1.Container{{
						Name: name, Image: "602401143452.dkr.ecr.us-east-1.amazonaws.com/" + image,
						Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
							corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory),
						}},
					}},
				},
			},
		},
	}
}
