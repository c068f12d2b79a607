package kubeapi

import (
	"fmt"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"github.com/migtop/migtop/internal/simcloud/world"
)

// The facts of metrics-server (v0.9): it scrapes every node each 15 s and keeps
// the last two scrapes; what it shows is the rate between them. A container
// younger than the older scrape is shown from its start, if it was at least
// 10 s old at the newer one (pkg/storage/pod.go, freshContainerMinMetricsResolution).
const (
	scrapeEvery  = 15 * time.Second
	freshMinimum = 10 * time.Second
)

// scrape is the last scrape of a node before now. Nodes are scraped in one
// sweep, spread over a second.
func scrape(node string, now time.Time) time.Time {
	var h uint32 = 2166136261
	for i := range len(node) {
		h = (h ^ uint32(node[i])) * 16777619
	}
	phase := time.Duration(h%1000) * time.Millisecond
	return now.Add(-phase).Truncate(scrapeEvery).Add(phase)
}

// window is what the last scrape covers of a container, and whether there is
// anything to show.
func window(started, last time.Time) (time.Duration, bool) {
	age := last.Sub(started)
	switch {
	case age >= scrapeEvery:
		return scrapeEvery, true
	case age >= freshMinimum:
		return age, true
	}
	return 0, false
}

func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request, t *target) {
	f, err := negotiate(r)
	if err != nil {
		refuse(w, r, err)
		return
	}
	resource := metered(t.resource)
	_, sel, err := options(r, resource, t)
	for _, field := range sel.fieldNames() {
		if field != "metadata.name" && field != "metadata.namespace" {
			err = apierrors.NewBadRequest(fmt.Sprintf("%q is not a known field selector: only %q, %q", field, "metadata.name", "metadata.namespace"))
		}
	}
	if err != nil {
		refuse(w, r, err)
		return
	}
	if t.name != "" {
		sel.fields = fields.OneTermEqualSelector("metadata.name", t.name)
	}
	now := s.cfg.Clock.Now()
	var list runtime.Object
	var one []runtime.Object
	if t.resource == "pods" {
		found := s.podMetrics(now, &sel)
		if list = found; len(found.Items) > 0 {
			one = append(one, &found.Items[0])
		}
	} else {
		found := s.nodeMetrics(now, &sel)
		if list = found; len(found.Items) > 0 {
			one = append(one, &found.Items[0])
		}
	}
	switch {
	case t.name == "":
		write(w, f, http.StatusOK, metricsV1, list)
		return
	case len(one) > 0:
		write(w, f, http.StatusOK, metricsV1, one[0])
		return
	}
	// metrics-server forgets its group here, and names nodes in the singular.
	missing := t.resource
	if missing == "nodes" {
		missing = "node"
	}
	refuse(w, r, apierrors.NewNotFound(schema.GroupResource{Resource: missing}, t.name))
}

// podMetrics are the running pods that were scraped. There are no pages: the
// limit is ignored, and the list has no version.
func (s *Server) podMetrics(now time.Time, sel *selection) *metricsv1beta1.PodMetricsList {
	list := &metricsv1beta1.PodMetricsList{Items: []metricsv1beta1.PodMetrics{}}
	for _, one := range s.store.current(pods, now).items {
		p, ok := one.source.(*world.Pod)
		if !ok || !p.Running() {
			continue
		}
		last := scrape(p.Node, now)
		covers, ok := window(p.Started, last)
		if !ok || !sel.matches(pods, one) {
			continue
		}
		cpu, memory := p.Usage(last)
		list.Items = append(list.Items, metricsv1beta1.PodMetrics{
			ObjectMeta: metav1.ObjectMeta{
				Name: p.Name, Namespace: p.Namespace, CreationTimestamp: at(now), Labels: one.object().GetLabels(),
			},
			Timestamp: at(last), Window: metav1.Duration{Duration: covers},
			Containers: containerMetrics(p.Spec, cpu, memory),
		})
	}
	return list
}

// What a node uses in addition to its pods, and a system node for the cluster's own.
const (
	restCPU, restMemory     = 180_000_000, 700 << 20
	systemCPU, systemMemory = 420_000_000, 2300 << 20
)

func (s *Server) nodeMetrics(now time.Time, sel *selection) *metricsv1beta1.NodeMetricsList {
	type sum struct{ cpu, memory int64 }
	used := make(map[string]sum)
	for _, one := range s.store.current(pods, now).items {
		if p, ok := one.source.(*world.Pod); ok && p.Running() {
			cpu, memory := p.Usage(scrape(p.Node, now))
			u := used[p.Node]
			used[p.Node] = sum{u.cpu + cpu, u.memory + memory}
		}
	}
	list := &metricsv1beta1.NodeMetricsList{Items: []metricsv1beta1.NodeMetrics{}}
	for _, one := range s.store.current(nodes, now).items {
		n, ok := one.source.(*world.Node)
		if !ok {
			continue
		}
		last := scrape(n.Name, now)
		// Two scrapes make a rate.
		if n.Ready.IsZero() || last.Sub(n.Ready) < scrapeEvery || !sel.matches(nodes, one) {
			continue
		}
		cpu, memory := used[n.Name].cpu+restCPU, used[n.Name].memory+restMemory
		if n.System {
			cpu, memory = cpu+systemCPU, memory+systemMemory
		}
		list.Items = append(list.Items, metricsv1beta1.NodeMetrics{
			ObjectMeta: metav1.ObjectMeta{Name: n.Name, CreationTimestamp: at(now), Labels: one.object().GetLabels()},
			Timestamp:  at(last), Window: metav1.Duration{Duration: scrapeEvery}, Usage: usage(cpu, memory),
		})
	}
	return list
}

func usage(nanocores, bytes int64) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewScaledQuantity(nanocores, resource.Nano),
		corev1.ResourceMemory: *resource.NewQuantity(bytes&^1023, resource.BinarySI),
	}
}
