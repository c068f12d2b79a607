package kubeapi

import (
	"slices"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/migtop/migtop/internal/simcloud/world"
)

const (
	// keptChanges is how many changes of one resource a watch can go back to.
	// The real watch cache keeps 100 to 102,400, by traffic.
	keptChanges = 4096
	// keptSnapshots is how many first pages may be continued; the real server
	// keeps them until etcd compacts, after 5 min.
	keptSnapshots = 32
)

// change is one change of one object, with what the object was before.
type change struct {
	verb    world.Verb
	version uint64
	object  any
	before  any // nil for an added object
}

// table holds the objects of one resource.
type table struct {
	objects map[string]any
	sorted  []any // by key; nil after a change
	keys    []string
	// changes are the last ones, oldest first; what happened at or before
	// floor is forgotten.
	changes []change
	floor   uint64
}

// snapshot is a list as it was, so that its pages fit together.
type snapshot struct {
	resource *resourceType
	version  uint64
	keys     []string
	objects  []any
}

// store is what the server serves, at the present of its clock.
type store struct {
	mu        sync.Mutex
	cluster   *world.Cluster
	tables    map[*resourceType]*table
	snapshots []*snapshot
	started   bool
	// changed is closed, and replaced, when there is something new.
	changed chan struct{}
}

func newStore(cluster *world.Cluster, epoch time.Time) *store {
	s := &store{cluster: cluster, tables: make(map[*resourceType]*table), changed: make(chan struct{})}
	for _, r := range resources {
		s.tables[r] = &table{objects: make(map[string]any)}
	}
	for i, name := range []string{"default", "kube-node-lease", "kube-public", "kube-system", "batch", "platform"} {
		created := epoch.Add(-200 * 24 * time.Hour)
		s.tables[namespaces].objects[name] = &namespace{
			name: name, version: uint64(i) + 5, created: created,
			uid: "5f0c2e5a-6b1d-4c1e-9a50-0000000000" + string(rune('a'+i)) + "1",
		}
	}
	for _, d := range daemonSetsAt(epoch.Add(-200 * 24 * time.Hour)) {
		s.tables[daemonsets].objects["kube-system/"+d.name] = d
	}
	return s
}

// advance brings the store to a moment and returns the version it is at.
func (s *store) advance(now time.Time) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.advanceLocked(now)
}

// next is when the next thing happens.
func (s *store) next() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cluster.Next()
}

func (s *store) advanceLocked(now time.Time) uint64 {
	before := s.cluster.Version()
	if !s.started {
		s.start(now)
	} else {
		s.cluster.Advance(now, s.apply)
	}
	if s.cluster.Version() != before {
		close(s.changed)
		s.changed = make(chan struct{})
	}
	return s.cluster.Version()
}

// start plays the past, of which nobody can have watched anything.
func (s *store) start(now time.Time) {
	s.cluster.Advance(now, nil)
	s.started = true
	put := func(r *resourceType, object any) { s.tables[r].objects[r.key(object)] = object }
	for _, o := range s.cluster.Jobs() {
		put(jobs, o)
	}
	for _, o := range s.cluster.Pods() {
		put(pods, o)
	}
	for _, o := range s.cluster.Nodes() {
		put(nodes, o)
	}
	for _, o := range s.cluster.Events() {
		put(events, o)
	}
	for _, t := range s.tables {
		t.floor = s.cluster.Version()
	}
}

// apply takes one change of the world in.
func (s *store) apply(c world.Change) {
	r := resourceOf(c.Object)
	t := s.tables[r]
	key := r.key(c.Object)
	_, _, v := r.id(c.Object)
	t.changes = append(t.changes, change{verb: c.Verb, version: v, object: c.Object, before: t.objects[key]})
	if c.Verb == world.Deleted {
		delete(t.objects, key)
	} else {
		t.objects[key] = c.Object
	}
	t.sorted, t.keys = nil, nil
	if len(t.changes) > 2*keptChanges {
		t.forget(len(t.changes) - keptChanges)
	}
}

// forget drops the n oldest changes.
func (t *table) forget(n int) {
	if n > 0 {
		t.floor = t.changes[n-1].version
		t.changes = slices.Clone(t.changes[n:])
	}
}

func resourceOf(object any) *resourceType {
	switch object.(type) {
	case *world.Job:
		return jobs
	case *world.Pod:
		return pods
	case *world.Node:
		return nodes
	}
	return events
}

// all are the objects of a resource by key. The slices must not be changed.
func (t *table) all() (keys []string, objects []any) {
	if t.sorted == nil {
		t.keys = make([]string, 0, len(t.objects))
		for k := range t.objects {
			t.keys = append(t.keys, k)
		}
		slices.Sort(t.keys)
		t.sorted = make([]any, len(t.keys))
		for i, k := range t.keys {
			t.sorted[i] = t.objects[k]
		}
	}
	return t.keys, t.sorted
}

// current is a resource as it is now.
func (s *store) current(r *resourceType, now time.Time) *snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.advanceLocked(now)
	keys, objects := s.tables[r].all()
	return &snapshot{resource: r, version: v, keys: keys, objects: objects}
}

// get is one object as it is now.
func (s *store) get(r *resourceType, key string, now time.Time) (any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advanceLocked(now)
	o, ok := s.tables[r].objects[key]
	return o, ok
}

// keep remembers a list whose first page was given out.
func (s *store) keep(snap *snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.find(snap.resource, snap.version) != nil {
		return
	}
	s.snapshots = append(s.snapshots, snap)
	if len(s.snapshots) > keptSnapshots {
		s.snapshots = slices.Delete(s.snapshots, 0, 1)
	}
}

// at is a list as it was at a version; nil where nobody remembers.
func (s *store) at(r *resourceType, v uint64) *snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(r, v)
}

func (s *store) find(r *resourceType, v uint64) *snapshot {
	for _, snap := range s.snapshots {
		if snap.resource == r && snap.version == v {
			return snap
		}
	}
	return nil
}

// expire forgets everything that is past: changes and lists.
func (s *store) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.snapshots = nil
	for _, t := range s.tables {
		t.changes, t.floor = nil, s.cluster.Version()
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// since are the changes of a resource after a version, the version that the
// store is at, and a channel that is closed when there are more.
func (s *store) since(r *resourceType, v uint64) ([]change, uint64, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[r]
	if v < t.floor {
		// storage/cacher, watchCache.getAllEventsSinceLocked.
		return nil, 0, nil, apierrors.NewResourceExpired("too old resource version: " + version(v) + " (" + version(t.floor) + ")")
	}
	i, _ := slices.BinarySearchFunc(t.changes, v+1, func(c change, v uint64) int {
		switch {
		case c.version < v:
			return -1
		case c.version > v:
			return 1
		}
		return 0
	})
	return slices.Clone(t.changes[i:]), s.cluster.Version(), s.changed, nil
}

// inNamespace cuts a sorted list to one namespace.
func (s *snapshot) inNamespace(namespace string) *snapshot {
	from, _ := slices.BinarySearch(s.keys, namespace+"/")
	to := from
	for to < len(s.keys) && strings.HasPrefix(s.keys[to], namespace+"/") {
		to++
	}
	return &snapshot{resource: s.resource, version: s.version, keys: s.keys[from:to], objects: s.objects[from:to]}
}
