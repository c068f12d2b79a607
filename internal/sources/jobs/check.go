package jobs

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
)

// Check tries every request that a source makes, each as small as possible: one
// object of a list, and a watch of one second. It only reads. The rows are named
// as in [Source.Poll]'s health, with "kubernetes" for the server itself, first,
// and "events". The others are left out where the server cannot be reached. The
// error says that the options are not usable. The connection stays open.
func Check(ctx context.Context, o Options) ([]migration.Health, error) {
	if o.Attribute == nil {
		o.Attribute = func(migration.Identity) migration.Attribution { return migration.Attribution{} }
	}
	s, err := New(o)
	if err != nil {
		return nil, err
	}
	defer s.shut()
	now := s.options.Clock
	began := time.Now()
	v, err := s.client.version(ctx)
	server := row("kubernetes", now, began, err)
	if err != nil {
		server.Problem = problem(err, "reach", "the Kubernetes API", s.client.server)
		// Some clusters do not show their version to everyone, and still work.
		if server.Problem.Fault != migration.FaultDenied {
			return []migration.Health{server}, nil
		}
		server.State, server.Problem = migration.HealthOK, nil
	}
	server.Note = "context " + s.options.Connection.Context + ", server " + s.client.server
	if v != "" {
		server.Note += ", version " + v
	}
	if note := s.server.note(); note != "" {
		server.Note += "; " + note
	}
	out := []migration.Health{server}
	for _, name := range []string{"jobs", "pods", "nodes"} {
		out = append(out, s.checkReading(ctx, name))
	}
	return append(out, s.checkMetrics(ctx), s.checkEvents(ctx)), nil
}

func row(name string, c clock.Clock, began time.Time, err error) migration.Health {
	h := migration.Health{Source: name, State: migration.HealthOK, Latency: time.Since(began), Calls: 1}
	if err != nil {
		h.State, h.Errors = migration.HealthFailed, 1
		return h
	}
	h.LastSuccess = c.Now()
	return h
}

func (s *Source) checkReading(ctx context.Context, name string) migration.Health {
	began := time.Now()
	var err error
	verb, objects := "list", 0
	for _, w := range s.watchers {
		if w.name != name || err != nil {
			continue
		}
		verb = "list"
		list, listErr := w.from.list(ctx, metav1.ListOptions{Limit: 1})
		if err = listErr; err != nil {
			continue
		}
		objects += countOf(list)
		verb = "watch"
		second := int64(1)
		stream, watchErr := w.from.watch(ctx, metav1.ListOptions{ResourceVersion: versionOf(list), TimeoutSeconds: &second})
		if err = watchErr; err == nil {
			stream.Stop()
		}
	}
	h := row(name, s.options.Clock, began, err)
	h.Objects = objects
	if err != nil {
		h.Problem = problem(err, verb, name, s.client.server)
	}
	return h
}

func (s *Source) checkMetrics(ctx context.Context) migration.Health {
	s.metrics.poll(ctx, false, func(*sample) {})
	h := s.metrics.health
	if h.State == migration.HealthOK && h.Objects == 0 {
		h.Note = "it answers, and has no Job's pod in it now"
	}
	return h
}

func (s *Source) checkEvents(ctx context.Context) migration.Health {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, eventsTimeout)
	defer cancel()
	ns := s.options.Namespaces[0]
	o := metav1.ListOptions{Limit: 1, FieldSelector: fields.Set{"involvedObject.kind": "Job"}.String()}
	err := s.client.core.Get().NamespaceIfScoped(ns, ns != "").Resource("events").VersionedParams(&o, s.client.params).Do(ctx).Error()
	h := row("events", s.options.Clock, began, err)
	if err != nil {
		h.Problem = problem(err, "list", "events", s.client.server)
	}
	return h
}
