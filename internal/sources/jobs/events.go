package jobs

import (
	"cmp"
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/migtop/migtop/internal/migration"
)

const (
	// eventsTimeout bounds all questions for one Job's events.
	eventsTimeout = 10 * time.Second
	// eventsOf is how many pods of a Job, the newest, are asked about.
	eventsOf = 10
)

// Events asks what Kubernetes said of one Job and its pods, newest first. It is
// asked on demand: events are many, and are gone after an hour. The error is a
// [migration.Problem].
func (s *Source) Events(ctx context.Context, namespace, name, uid string) ([]migration.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, eventsTimeout)
	defer cancel()
	var out []migration.Event
	ask := func(object string, selector fields.Set) error {
		var list corev1.EventList
		// One that cannot be read is one less to be shown.
		_, err := decodeList(s.client.core.Get().Namespace(namespace).Resource("events").
			VersionedParams(&metav1.ListOptions{FieldSelector: selector.String(), Limit: pageSize}, s.client.params).
			Do(ctx), &list)
		if err != nil {
			return problem(err, "list", "events in namespace "+namespace, s.client.server)
		}
		for i := range list.Items {
			out = append(out, event(&list.Items[i], object))
		}
		return nil
	}
	of := fields.Set{"involvedObject.kind": "Job", "involvedObject.name": name}
	if uid != "" {
		of["involvedObject.uid"] = uid
	}
	if err := ask("job/"+name, of); err != nil {
		return nil, err
	}
	for _, p := range s.podsOf(uid) {
		if err := ask("pod/"+p.name, fields.Set{"involvedObject.kind": "Pod", "involvedObject.uid": p.uid}); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b migration.Event) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Reason, b.Reason))
	})
	return out, nil
}

type podID struct {
	name, uid string
	created   int64
}

func (s *Source) podsOf(uid string) []podID {
	s.model.mu.Lock()
	defer s.model.mu.Unlock()
	var ids []podID
	for _, j := range s.model.everyJob(uid) {
		for _, p := range j.pods {
			ids = append(ids, podID{p.name, p.uid, p.created})
		}
	}
	slices.SortFunc(ids, func(a, b podID) int {
		return cmp.Or(cmp.Compare(b.created, a.created), cmp.Compare(a.name, b.name))
	})
	return ids[:min(len(ids), eventsOf)]
}

// everyJob finds a Job among those that are there and the last ended ones.
func (m *model) everyJob(uid string) []*job {
	if j := m.jobs[uid]; j != nil {
		return []*job{j}
	}
	for _, s := range m.streams {
		for _, j := range s.past {
			if j.uid == uid {
				return []*job{j}
			}
		}
	}
	return nil
}

// event copies an event, whichever of the two generations of its fields its
// reporter filled in.
func event(e *corev1.Event, object string) migration.Event {
	out := migration.Event{
		At: e.LastTimestamp.Time, Object: object, Warning: e.Type == corev1.EventTypeWarning,
		Reason: e.Reason, Message: e.Message, Count: e.Count,
	}
	if e.Series != nil {
		out.Count = max(out.Count, e.Series.Count)
		if e.Series.LastObservedTime.After(out.At) {
			out.At = e.Series.LastObservedTime.Time
		}
	}
	if out.At.IsZero() {
		out.At = e.EventTime.Time
	}
	if out.At.IsZero() {
		out.At = e.CreationTimestamp.Time
	}
	out.At = out.At.UTC()
	out.Count = max(out.Count, 1)
	return out
}
