package kubeapi

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/migtop/migtop/internal/simcloud/world"
)

// fill makes the items of a list.
func fill[T any](objects []any, build func(any) T) []T {
	items := make([]T, len(objects))
	for i, o := range objects {
		items[i] = build(o)
	}
	return items
}

func jobList(b *builder, objects []any, meta metav1.ListMeta) runtime.Object {
	return &batchv1.JobList{ListMeta: meta, Items: fill(objects, func(o any) batchv1.Job { return *b.job(o.(*world.Job)) })}
}

func podList(b *builder, objects []any, meta metav1.ListMeta) runtime.Object {
	return &corev1.PodList{ListMeta: meta, Items: fill(objects, func(o any) corev1.Pod { return b.pod(o.(*world.Pod)) })}
}

func nodeList(b *builder, objects []any, meta metav1.ListMeta) runtime.Object {
	return &corev1.NodeList{ListMeta: meta, Items: fill(objects, func(o any) corev1.Node { return *b.node(o.(*world.Node)) })}
}

func namespaceList(_ *builder, objects []any, meta metav1.ListMeta) runtime.Object {
	return &corev1.NamespaceList{ListMeta: meta, Items: fill(objects, func(o any) corev1.Namespace { return *o.(*namespace).object() })}
}

func eventList(_ *builder, objects []any, meta metav1.ListMeta) runtime.Object {
	return &corev1.EventList{ListMeta: meta, Items: fill(objects, func(o any) corev1.Event { return buildEvent(o.(*world.Event)) })}
}

// metadataOf is an object without its spec and status.
func metadataOf(object runtime.Object) *metav1.PartialObjectMetadata {
	accessor := object.(metav1.ObjectMetaAccessor).GetObjectMeta()
	partial := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
		Name: accessor.GetName(), GenerateName: accessor.GetGenerateName(), Namespace: accessor.GetNamespace(),
		UID: accessor.GetUID(), ResourceVersion: accessor.GetResourceVersion(), Generation: accessor.GetGeneration(),
		CreationTimestamp: accessor.GetCreationTimestamp(), DeletionTimestamp: accessor.GetDeletionTimestamp(),
		DeletionGracePeriodSeconds: accessor.GetDeletionGracePeriodSeconds(), Labels: accessor.GetLabels(),
		Annotations: accessor.GetAnnotations(), OwnerReferences: accessor.GetOwnerReferences(), Finalizers: accessor.GetFinalizers(),
	}}
	partial.TypeMeta = metav1.TypeMeta{Kind: "PartialObjectMetadata", APIVersion: metav1.SchemeGroupVersion.String()}
	return partial
}

func metadataList(r *resourceType, b *builder, objects []any, meta metav1.ListMeta) runtime.Object {
	return &metav1.PartialObjectMetadataList{
		TypeMeta: metav1.TypeMeta{Kind: "PartialObjectMetadataList", APIVersion: metav1.SchemeGroupVersion.String()},
		ListMeta: meta,
		Items:    fill(objects, func(o any) metav1.PartialObjectMetadata { return *metadataOf(r.build(b, o)) }),
	}
}
