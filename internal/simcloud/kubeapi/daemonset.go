package kubeapi

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

var appsV1 = schema.GroupVersion{Group: "apps", Version: "v1"}

// daemonSet is a DaemonSet: there are three, and they never change. Together they
// request what the world's nodes keep for them.
type daemonSet struct {
	name, image, uid string
	cpu, memory      string
	version          uint64
	created          time.Time
}

// daemonSetsAt are those of kube-system, installed with the cluster.
func daemonSetsAt(created time.Time) []*daemonSet {
	return []*daemonSet{
		{"aws-node", "amazon-k8s-cni:v1.21.1-eksbuild.1", "9d1f8f3a-30b6-4e37-8f0e-000000000a01", "50m", "64Mi", 21, created},
		{"fluent-bit", "aws-for-fluent-bit:2.34.0", "9d1f8f3a-30b6-4e37-8f0e-000000000a02", "50m", "128Mi", 22, created},
		{"kube-proxy", "kube-proxy:v1.36.3-eksbuild.2", "9d1f8f3a-30b6-4e37-8f0e-000000000a03", "100m", "64Mi", 23, created},
	}
}

var daemonsets = &resourceType{
	gv: appsV1, name: "daemonsets", singular: "daemonset", kind: "DaemonSet", short: []string{"ds"}, namespaced: true,
	id: func(o any) (string, string, uint64) {
		d := o.(*daemonSet)
		return "kube-system", d.name, d.version
	},
	labels: func(_ *builder, o any) labels.Set { return labels.Set{"k8s-app": o.(*daemonSet).name} },
	fields: func(o any) fields.Set {
		return fields.Set{"metadata.name": o.(*daemonSet).name, "metadata.namespace": "kube-system"}
	},
	selectable: []string{"metadata.name", "metadata.namespace"},
	empty:      func() runtime.Object { return &appsv1.DaemonSet{} },
	build:      func(_ *builder, o any) runtime.Object { d := o.(*daemonSet).object(); return &d },
	list: func(_ *builder, objects []any, meta metav1.ListMeta) runtime.Object {
		return &appsv1.DaemonSetList{ListMeta: meta, Items: fill(objects, func(o any) appsv1.DaemonSet { return o.(*daemonSet).object() })}
	},
}

func (d *daemonSet) object() appsv1.DaemonSet {
	app := map[string]string{"k8s-app": d.name}
	return appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{
			Name: d.name, Namespace: "kube-system", UID: types.UID(d.uid), ResourceVersion: version(d.version), Generation: 1,
			CreationTimestamp: at(d.created), Labels: app,
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
						Name: d.name, Image: "602401143452.dkr.ecr.us-east-1.amazonaws.com/" + d.image,
						Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
							corev1.ResourceCPU: resource.MustParse(d.cpu), corev1.ResourceMemory: resource.MustParse(d.memory),
						}},
					}},
				},
			},
		},
	}
}
