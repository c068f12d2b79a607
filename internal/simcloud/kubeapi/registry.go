package kubeapi

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/migtop/migtop/internal/simcloud/world"
)

// resourceType is one kind of object and how it is made of the world's.
type resourceType struct {
	gv         schema.GroupVersion
	name       string // plural
	singular   string
	kind       string
	short      []string
	namespaced bool

	// id is the namespace, the name and the version of a world's object.
	id func(any) (namespace, name string, version uint64)
	// labels and fields are what selectors go by, selectable the names of fields.
	labels     func(*builder, any) labels.Set
	fields     func(any) fields.Set
	selectable []string
	// empty makes an object with nothing in it, build an object, list a list.
	empty func() runtime.Object
	build func(*builder, any) runtime.Object
	list  func(*builder, []any, metav1.ListMeta) runtime.Object
}

func (r *resourceType) groupResource() schema.GroupResource {
	return schema.GroupResource{Group: r.gv.Group, Resource: r.name}
}

// key is what objects are sorted by, as they are in etcd.
func (r *resourceType) key(object any) string {
	namespace, name, _ := r.id(object)
	if !r.namespaced {
		return name
	}
	return namespace + "/" + name
}

var (
	coreV1    = schema.GroupVersion{Version: "v1"}
	batchV1   = schema.GroupVersion{Group: "batch", Version: "v1"}
	metricsV1 = schema.GroupVersion{Group: "metrics.k8s.io", Version: "v1beta1"}
	authV1    = schema.GroupVersion{Group: "authorization.k8s.io", Version: "v1"}
)

// resources are what can be listed and watched.
var resources = []*resourceType{jobs, pods, nodes, namespaces, events, daemonsets}

var jobs = &resourceType{
	gv: batchV1, name: "jobs", singular: "job", kind: "Job", namespaced: true,
	id: func(o any) (string, string, uint64) {
		j := o.(*world.Job)
		return j.Namespace, j.Name, j.ResourceVersion
	},
	labels: func(b *builder, o any) labels.Set { return b.template(o.(*world.Job).Spec).labels },
	// registry/batch/job: JobSelectableFields.
	fields: func(o any) fields.Set {
		j := o.(*world.Job)
		return fields.Set{"metadata.name": j.Name, "metadata.namespace": j.Namespace, "status.successful": itoa(j.Succeeded)}
	},
	selectable: []string{"metadata.name", "metadata.namespace", "status.successful"},
	empty:      func() runtime.Object { return &batchv1.Job{} },
	build:      func(b *builder, o any) runtime.Object { return b.job(o.(*world.Job)) },
	list:       jobList,
}

var pods = &resourceType{
	gv: coreV1, name: "pods", singular: "pod", kind: "Pod", short: []string{"po"}, namespaced: true,
	id: func(o any) (string, string, uint64) {
		p := o.(*world.Pod)
		return p.Namespace, p.Name, p.ResourceVersion
	},
	labels: func(b *builder, o any) labels.Set { return b.podLabels(o.(*world.Pod)) },
	// registry/core/pod: ToSelectableFields.
	fields: func(o any) fields.Set {
		p := o.(*world.Pod)
		return fields.Set{
			"metadata.name": p.Name, "metadata.namespace": p.Namespace, "spec.nodeName": p.Node,
			"spec.restartPolicy": string(restartPolicy(p.Spec)), "spec.schedulerName": schedulerName(p.Spec), "spec.serviceAccountName": "default",
			"spec.hostNetwork": "false", "status.phase": string(podPhase(p)), "status.podIP": p.IP, "status.nominatedNodeName": "",
		}
	},
	selectable: []string{"metadata.name", "metadata.namespace", "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName"},
	empty:      func() runtime.Object { return &corev1.Pod{} },
	build:      func(b *builder, o any) runtime.Object { pod := b.pod(o.(*world.Pod)); return &pod },
	list:       podList,
}

var nodes = &resourceType{
	gv: coreV1, name: "nodes", singular: "node", kind: "Node", short: []string{"no"},
	id: func(o any) (string, string, uint64) {
		n := o.(*world.Node)
		return "", n.Name, n.ResourceVersion
	},
	labels: func(_ *builder, o any) labels.Set { return nodeLabels(o.(*world.Node)) },
	fields: func(o any) fields.Set {
		return fields.Set{"metadata.name": o.(*world.Node).Name, "spec.unschedulable": "false"}
	},
	selectable: []string{"metadata.name", "spec.unschedulable"},
	empty:      func() runtime.Object { return &corev1.Node{} },
	build:      func(b *builder, o any) runtime.Object { return b.node(o.(*world.Node)) },
	list:       nodeList,
}

var namespaces = &resourceType{
	gv: coreV1, name: "namespaces", singular: "namespace", kind: "Namespace", short: []string{"ns"},
	id: func(o any) (string, string, uint64) {
		n := o.(*namespace)
		return "", n.name, n.version
	},
	labels: func(_ *builder, o any) labels.Set {
		return labels.Set{"kubernetes.io/metadata.name": o.(*namespace).name}
	},
	fields: func(o any) fields.Set {
		return fields.Set{"metadata.name": o.(*namespace).name, "status.phase": "Active"}
	},
	selectable: []string{"metadata.name", "status.phase"},
	empty:      func() runtime.Object { return &corev1.Namespace{} },
	build:      func(_ *builder, o any) runtime.Object { return o.(*namespace).object() },
	list:       namespaceList,
}

var events = &resourceType{
	gv: coreV1, name: "events", singular: "event", kind: "Event", short: []string{"ev"}, namespaced: true,
	id: func(o any) (string, string, uint64) {
		e := o.(*world.Event)
		return e.Namespace, e.Name, e.ResourceVersion
	},
	labels: func(*builder, any) labels.Set { return nil },
	// registry/core/event: ToSelectableFields.
	fields: func(o any) fields.Set {
		e := o.(*world.Event)
		ref := involved(e)
		return fields.Set{
			"metadata.name": e.Name, "metadata.namespace": e.Namespace,
			"involvedObject.kind": ref.Kind, "involvedObject.namespace": ref.Namespace, "involvedObject.name": ref.Name,
			"involvedObject.uid": string(ref.UID), "involvedObject.apiVersion": ref.APIVersion,
			"involvedObject.resourceVersion": "", "involvedObject.fieldPath": "",
			"reason": e.Reason, "reportingComponent": e.Component, "source": e.Component, "type": eventType(e),
		}
	},
	selectable: []string{"metadata.name", "metadata.namespace", "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"},
	empty:      func() runtime.Object { return &corev1.Event{} },
	build:      func(_ *builder, o any) runtime.Object { event := buildEvent(o.(*world.Event)); return &event },
	list:       eventList,
}
