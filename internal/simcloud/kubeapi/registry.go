package kubeapi

import (
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Object is a Kubernetes object of one of the kinds that the server serves.
type Object interface {
	metav1.Object
	runtime.Object
}

// resourceType is one kind of object.
type resourceType struct {
	gv         schema.GroupVersion
	name       string // plural
	singular   string
	kind       string
	short      []string
	namespaced bool

	empty func() Object
	// copy makes a shallow copy. Encoders write the kind into what they encode.
	copy   func(Object) Object
	list   func([]*item, metav1.ListMeta) runtime.Object
	fields func(Object) fields.Set // that selectors can name
}

func (r *resourceType) groupResource() schema.GroupResource {
	return schema.GroupResource{Group: r.gv.Group, Resource: r.name}
}

// key is what objects are sorted by, as they are in etcd.
func (r *resourceType) key(namespace, name string) string {
	if !r.namespaced {
		return name
	}
	return namespace + "/" + name
}

// selectable reports whether selectors can name a field.
func (r *resourceType) selectable(field string) bool {
	_, ok := r.fields(r.empty())[field]
	return ok
}

// describe completes a resource with what depends on its Go type. Fields are those that
// selectors can name, without those of the metadata.
func describe[T any, P interface {
	*T
	Object
}](r *resourceType, list func([]T, metav1.ListMeta) runtime.Object, own func(P) fields.Set) *resourceType {
	r.empty = func() Object { return P(new(T)) }
	r.copy = func(o Object) Object { c := *o.(P); return P(&c) }
	r.list = func(items []*item, meta metav1.ListMeta) runtime.Object {
		values := make([]T, len(items))
		for i, one := range items {
			values[i] = *one.object().(P)
		}
		return list(values, meta)
	}
	r.fields = func(o Object) fields.Set {
		set := own(o.(P))
		if set["metadata.name"] = o.GetName(); r.namespaced {
			set["metadata.namespace"] = o.GetNamespace()
		}
		return set
	}
	return r
}

var (
	coreV1    = schema.GroupVersion{Version: "v1"}
	appsV1    = schema.GroupVersion{Group: "apps", Version: "v1"}
	batchV1   = schema.GroupVersion{Group: "batch", Version: "v1"}
	metricsV1 = schema.GroupVersion{Group: "metrics.k8s.io", Version: "v1beta1"}
	authV1    = schema.GroupVersion{Group: "authorization.k8s.io", Version: "v1"}
)

// resources are what can be listed and watched.
var resources = []*resourceType{jobs, pods, nodes, namespaces, events, daemonsets, resourcequotas}

// The fields are those of the registries' ToSelectableFields.
var (
	jobs = describe(&resourceType{gv: batchV1, name: "jobs", singular: "job", kind: "Job", namespaced: true},
		func(items []batchv1.Job, meta metav1.ListMeta) runtime.Object {
			return &batchv1.JobList{ListMeta: meta, Items: items}
		},
		func(j *batchv1.Job) fields.Set {
			return fields.Set{"status.successful": strconv.Itoa(int(j.Status.Succeeded))}
		})

	pods = describe(&resourceType{gv: coreV1, name: "pods", singular: "pod", kind: "Pod", short: []string{"po"}, namespaced: true},
		func(items []corev1.Pod, meta metav1.ListMeta) runtime.Object {
			return &corev1.PodList{ListMeta: meta, Items: items}
		},
		func(p *corev1.Pod) fields.Set {
			return fields.Set{
				"spec.nodeName": p.Spec.NodeName, "spec.restartPolicy": string(p.Spec.RestartPolicy), "spec.schedulerName": p.Spec.SchedulerName,
				"spec.serviceAccountName": p.Spec.ServiceAccountName, "spec.hostNetwork": strconv.FormatBool(p.Spec.HostNetwork),
				"status.phase": string(p.Status.Phase), "status.podIP": p.Status.PodIP, "status.podIPs": "",
				"status.nominatedNodeName": p.Status.NominatedNodeName,
			}
		})

	nodes = describe(&resourceType{gv: coreV1, name: "nodes", singular: "node", kind: "Node", short: []string{"no"}},
		func(items []corev1.Node, meta metav1.ListMeta) runtime.Object {
			return &corev1.NodeList{ListMeta: meta, Items: items}
		},
		func(n *corev1.Node) fields.Set {
			return fields.Set{"spec.unschedulable": strconv.FormatBool(n.Spec.Unschedulable)}
		})

	namespaces = describe(&resourceType{gv: coreV1, name: "namespaces", singular: "namespace", kind: "Namespace", short: []string{"ns"}},
		func(items []corev1.Namespace, meta metav1.ListMeta) runtime.Object {
			return &corev1.NamespaceList{ListMeta: meta, Items: items}
		},
		func(n *corev1.Namespace) fields.Set { return fields.Set{"status.phase": string(n.Status.Phase)} })

	events = describe(&resourceType{gv: coreV1, name: "events", singular: "event", kind: "Event", short: []string{"ev"}, namespaced: true},
		func(items []corev1.Event, meta metav1.ListMeta) runtime.Object {
			return &corev1.EventList{ListMeta: meta, Items: items}
		},
		func(e *corev1.Event) fields.Set {
			ref := &e.InvolvedObject
			return fields.Set{
				"involvedObject.kind": ref.Kind, "involvedObject.namespace": ref.Namespace, "involvedObject.name": ref.Name,
				"involvedObject.uid": string(ref.UID), "involvedObject.apiVersion": ref.APIVersion,
				"involvedObject.resourceVersion": ref.ResourceVersion, "involvedObject.fieldPath": ref.FieldPath,
				"reason": e.Reason, "reportingComponent": e.ReportingController, "source": e.ReportingController, "type": e.Type,
			}
		})

	daemonsets = describe(&resourceType{
		gv: appsV1, name: "daemonsets", singular: "daemonset", kind: "DaemonSet", short: []string{"ds"},
		namespaced: true,
	},
		func(items []appsv1.DaemonSet, meta metav1.ListMeta) runtime.Object {
			return &appsv1.DaemonSetList{ListMeta: meta, Items: items}
		},
		func(*appsv1.DaemonSet) fields.Set { return fields.Set{} })

	resourcequotas = describe(&resourceType{
		gv: coreV1, name: "resourcequotas", singular: "resourcequota", kind: "ResourceQuota", short: []string{"quota"},
		namespaced: true,
	},
		func(items []corev1.ResourceQuota, meta metav1.ListMeta) runtime.Object {
			return &corev1.ResourceQuotaList{ListMeta: meta, Items: items}
		},
		func(*corev1.ResourceQuota) fields.Set { return fields.Set{} })
)
