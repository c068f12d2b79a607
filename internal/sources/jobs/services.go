package jobs

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/migtop/migtop/internal/migration"
)

// serviceLabel is on every pod of a Knative service, with the service's name.
// Source: Knative Serving, "Labels".
const serviceLabel = "serving.knative.dev/service"

// services lists the pods of Knative services. They share the cluster with Jobs, have a
// cost and no end, and get rows of their own.
func (c *client) services(namespace, selector string) endpoint {
	e := c.pods(namespace, selector)
	e.selector = strings.TrimSuffix(serviceLabel+","+selector, ",")
	return e
}

// serviceSink keeps the pods of Knative services.
type serviceSink struct {
	*model
	namespace  string
	generation uint32
}

func (s *serviceSink) begin() { s.generation++ }

func (s *serviceSink) set(o runtime.Object) {
	if p, ok := o.(*corev1.Pod); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		if kept := s.putService(p); kept != nil {
			kept.generation = s.generation
		}
	}
}

// putService keeps a service's pod. Its service takes the place of a Job that was never
// read: pods hold their nodes by it, and no run is counted.
func (m *model) putService(o *corev1.Pod) *pod {
	name := o.Labels[serviceLabel]
	if name == "" || jobUID(o) != "" {
		return nil
	}
	key := podName{o.Namespace, o.Name}
	p := m.pods[key]
	if p != nil && p.uid != string(o.UID) {
		m.removePod(p, m.clock.Now().Unix())
		p = nil
	}
	if p == nil {
		key.namespace = m.intern(key.namespace)
		p = &pod{podName: key, job: m.service(o, name)}
		m.pods[key] = p
		p.job.pods = append(p.job.pods, p)
		p.job.forget()
	}
	p.update(o, m.intern)
	m.observed(p, o)
	return p
}

// service is the record that represents a Knative service among the Jobs.
func (m *model) service(o *corev1.Pod, name string) *job {
	id := "service " + o.Namespace + "/" + name
	j := m.jobs[id]
	if j == nil {
		j = &job{uid: id, namespace: m.intern(o.Namespace), name: name, ttl: -1, parallelism: 1, service: true}
		m.assign(j, migration.Knative, migration.Identity{
			Platform: migration.Jobs, Name: name, Namespace: o.Namespace, Labels: o.Labels, Annotations: o.Annotations,
		})
		m.jobs[id] = j
	}
	return j
}

func (s *serviceSink) drop(o runtime.Object) {
	o2, ok := o.(*corev1.Pod)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.putService(o2); p != nil {
		at := s.clock.Now().Unix()
		if d := o2.DeletionTimestamp; d != nil {
			at = min(at, d.Unix())
		}
		s.removePod(p, at)
	}
}

func (s *serviceSink) end(lost time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pods {
		if p.job.service && p.generation != s.generation && (s.namespace == "" || p.namespace == s.namespace) {
			s.removePod(p, s.server(lost))
		}
	}
}
