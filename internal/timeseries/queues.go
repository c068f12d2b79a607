package timeseries

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// QueueStore stores the metrics of queues, in buckets that late data replaces, with the resolution and duration of a
// Store. One goroutine writes; between writes, any number may read.
type QueueStore struct {
	Queues   []migration.Queue                   // of all sources
	bySource map[string][]migration.Queue        // of each source's last poll
	buckets  map[queueID][]migration.QueueBucket // sorted by start, without overlap
	first    map[queueID]time.Time               // start of the first bucket ever stored
}

// queueID identifies a queue: several accounts and regions may have one of the same name.
type queueID struct{ scope, name string }

func idOf(q *migration.Queue) queueID { return queueID{q.Scope, q.Name} }

// NewQueueStore makes an empty QueueStore.
func NewQueueStore() QueueStore {
	return QueueStore{
		bySource: map[string][]migration.Queue{}, buckets: map[queueID][]migration.QueueBucket{}, first: map[queueID]time.Time{},
	}
}

// Absorb adds what a poll brought, and drops the buckets of queues that no source lists any
// more.
func (s *QueueStore) Absorb(from migration.Origin, p migration.QueuePoll) {
	for _, one := range p.Buckets {
		id := queueID{from.Scope, one.Queue}
		list := s.buckets[id]
		at, found := slices.BinarySearchFunc(list, one.Start, func(x migration.QueueBucket, t time.Time) int { return x.Start.Compare(t) })
		switch {
		case found && list[at].Span == one.Span:
			list[at] = one
		case found, at > 0 && list[at-1].Start.Add(list[at-1].Span).After(one.Start):
			continue // folded, or finer ones are there
		default:
			list = slices.Insert(list, at, one)
		}
		s.buckets[id] = list
		if first, ok := s.first[id]; !ok || one.Start.Before(first) {
			s.first[id] = one.Start
		}
	}
	if p.Queues == nil {
		return
	}
	for i := range p.Queues {
		p.Queues[i].Scope = from.Scope
	}
	s.bySource[from.Source] = p.Queues
	s.Queues = nil
	for _, source := range slices.Sorted(maps.Keys(s.bySource)) {
		s.Queues = append(s.Queues, s.bySource[source]...)
	}
	listed := make(map[queueID]bool, len(s.Queues))
	for i := range s.Queues {
		listed[idOf(&s.Queues[i])] = true
	}
	for id := range s.buckets {
		if !listed[id] {
			delete(s.buckets, id)
			delete(s.first, id)
		}
	}
}

// Age folds old minutes into quarters of an hour, and drops what is older still.
func (s *QueueStore) Age(now time.Time) {
	fold, drop := now.Add(-KeepFine).Truncate(CoarseSpan), now.Add(-keepCoarse)
	for id, list := range s.buckets {
		var out []migration.QueueBucket
		for _, b := range list {
			switch {
			case b.Start.Before(drop):
			case b.Span < CoarseSpan && b.Start.Before(fold):
				start := b.Start.Truncate(CoarseSpan)
				if n := len(out); n == 0 || !out[n-1].Start.Equal(start) {
					b.Start, b.Span = start, CoarseSpan
					out = append(out, b)
					continue
				}
				out[len(out)-1].Add(&b)
			default:
				out = append(out, b)
			}
		}
		s.buckets[id] = out
	}
}

// First is the start of the first bucket that a queue ever had.
func (s *QueueStore) First(q *migration.Queue) (time.Time, bool) {
	at, ok := s.first[idOf(q)]
	return at, ok
}

// Within are the buckets of a queue that begin in [from, to).
func (s *QueueStore) Within(q *migration.Queue, from, to time.Time) []migration.QueueBucket {
	list := s.buckets[idOf(q)]
	at := func(t time.Time) int {
		i, _ := slices.BinarySearchFunc(list, t, func(x migration.QueueBucket, t time.Time) int { return x.Start.Compare(t) })
		return i
	}
	a, b := at(from), at(to)
	return list[a:max(a, b)]
}

// Of are the queues of a tenant, by workload, role and name.
func (s *QueueStore) Of(tenant migration.Tenant) []migration.Queue {
	var out []migration.Queue
	for _, q := range s.Queues {
		if q.Tenant == tenant {
			out = append(out, q)
		}
	}
	slices.SortFunc(out, func(a, b migration.Queue) int {
		return cmp.Or(cmp.Compare(a.Workload, b.Workload), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Scope, b.Scope))
	})
	return out
}
