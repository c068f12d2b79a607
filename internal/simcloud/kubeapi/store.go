package kubeapi

import (
	"cmp"
	"maps"
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
	verb   world.Verb
	item   *item
	before *item // nil for an added object
}

// item is one object at one version. It is immutable.
type item struct {
	namespace, key string
	version        uint64
	// source is the world's object that this one is made of, nil for one that was put.
	source any
	// object makes the Kubernetes object, which must not be changed. It is made at each use:
	// most of what happens in a cluster is never read, and thousands of Jobs that are kept
	// as objects take 100 MB.
	object func() Object
}

// table holds the objects of one resource.
type table struct {
	items  map[string]*item
	sorted []*item // by key; nil after a change
	// changes are the last ones, oldest first; what happened at or before
	// floor is forgotten.
	changes []change
	floor   uint64
}

// snapshot is a list as it was, so that its pages fit together.
type snapshot struct {
	resource *resourceType
	version  uint64
	items    []*item
}

// store is what the server serves, at the present of its clock.
type store struct {
	mu sync.Mutex
	// cluster is what plays, nil where objects are put by hand.
	cluster   *world.Cluster
	builder   builder
	version   uint64 // of the newest change
	tables    map[*resourceType]*table
	snapshots []*snapshot
	started   bool
	// changed is closed, and replaced, when there is something new.
	changed chan struct{}
}

func newStore(w *world.World) *store {
	s := &store{version: 1, tables: make(map[*resourceType]*table), changed: make(chan struct{})}
	for _, r := range resources {
		s.tables[r] = &table{items: make(map[string]*item)}
	}
	if w == nil {
		return s
	}
	s.cluster = w.NewCluster()
	s.version = s.cluster.Version()
	installed := w.Epoch().Add(-200 * 24 * time.Hour)
	for i, name := range []string{"default", "kube-node-lease", "kube-public", "kube-system", "batch", "platform"} {
		s.tables[namespaces].put(itemOf(namespaces, namespaceObject(name, i, installed), uint64(i)+5))
	}
	for i, d := range systemDaemonSets(installed) {
		s.tables[daemonsets].put(itemOf(daemonsets, d, uint64(i)+21))
	}
	return s
}

// itemOf is an object as it stands at a version.
func itemOf(r *resourceType, o Object, v uint64) *item {
	o.SetResourceVersion(version(v))
	return &item{namespace: o.GetNamespace(), key: r.key(o.GetNamespace(), o.GetName()), version: v, object: func() Object { return o }}
}

// itemFrom is the item of an object of the world.
func (s *store) itemFrom(object any) (*resourceType, *item) {
	of := func(r *resourceType, namespace, name string, v uint64, build func() Object) (*resourceType, *item) {
		return r, &item{namespace: namespace, key: r.key(namespace, name), version: v, source: object, object: build}
	}
	b := &s.builder
	switch o := object.(type) {
	case *world.Job:
		return of(jobs, o.Namespace, o.Name, o.ResourceVersion, func() Object { return b.job(o) })
	case *world.Pod:
		return of(pods, o.Namespace, o.Name, o.ResourceVersion, func() Object { return b.pod(o) })
	case *world.Node:
		return of(nodes, "", o.Name, o.ResourceVersion, func() Object { return b.node(o) })
	}
	e := object.(*world.Event)
	return of(events, e.Namespace, e.Name, e.ResourceVersion, func() Object { return buildEvent(e) })
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
	if s.cluster == nil {
		return s.version
	}
	before := s.version
	if s.started {
		s.cluster.Advance(now, func(c world.Change) {
			r, one := s.itemFrom(c.Object)
			s.apply(r, c.Verb, one)
		})
	} else {
		s.start(now)
	}
	if s.version = s.cluster.Version(); s.version != before {
		s.wake()
	}
	return s.version
}

// wake lets the watches look for changes.
func (s *store) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// start plays the past, which no client can have watched.
func (s *store) start(now time.Time) {
	s.cluster.Advance(now, nil)
	s.started = true
	put := func(object any) {
		r, one := s.itemFrom(object)
		s.tables[r].put(one)
	}
	for _, o := range s.cluster.Jobs() {
		put(o)
	}
	for _, o := range s.cluster.Pods() {
		put(o)
	}
	for _, o := range s.cluster.Nodes() {
		put(o)
	}
	for _, o := range s.cluster.Events() {
		put(o)
	}
	for _, t := range s.tables {
		t.floor = s.cluster.Version()
	}
}

// change makes one change by hand: the store takes the object over.
func (s *store) change(r *resourceType, verb world.Verb, o Object) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	s.apply(r, verb, itemOf(r, o, s.version))
	s.wake()
	return s.version
}

// apply takes in one change.
func (s *store) apply(r *resourceType, verb world.Verb, one *item) {
	t := s.tables[r]
	t.changes = append(t.changes, change{verb: verb, item: one, before: t.items[one.key]})
	if verb == world.Deleted {
		delete(t.items, one.key)
		t.sorted = nil
	} else {
		t.put(one)
	}
	if len(t.changes) > 2*keptChanges {
		t.forget(len(t.changes) - keptChanges)
	}
}

func (t *table) put(one *item) {
	t.items[one.key] = one
	t.sorted = nil
}

// forget drops the n oldest changes.
func (t *table) forget(n int) {
	if n > 0 {
		t.floor = t.changes[n-1].item.version
		t.changes = slices.Clone(t.changes[n:])
	}
}

// all are the objects of a resource by key. The slice must not be changed.
func (t *table) all() []*item {
	if t.sorted == nil {
		t.sorted = slices.SortedFunc(maps.Values(t.items), func(a, b *item) int { return strings.Compare(a.key, b.key) })
	}
	return t.sorted
}

// current is a resource as it is now.
func (s *store) current(r *resourceType, now time.Time) *snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.advanceLocked(now)
	return &snapshot{resource: r, version: v, items: s.tables[r].all()}
}

// get is one object as it is now, nil for none.
func (s *store) get(r *resourceType, key string, now time.Time) *item {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advanceLocked(now)
	return s.tables[r].items[key]
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

// at is a list as it was at a version; nil where it is forgotten.
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
		t.changes, t.floor = nil, s.version
	}
	s.wake()
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
	i, _ := slices.BinarySearchFunc(t.changes, v+1, func(c change, v uint64) int { return cmp.Compare(c.item.version, v) })
	return slices.Clone(t.changes[i:]), s.version, s.changed, nil
}

// inNamespace cuts a sorted list to one namespace.
func (s *snapshot) inNamespace(namespace string) []*item {
	from := from(s.items, namespace+"/")
	to := from
	for to < len(s.items) && s.items[to].namespace == namespace {
		to++
	}
	return s.items[from:to]
}

// from is where the keys that are not before one begin.
func from(items []*item, key string) int {
	i, _ := slices.BinarySearchFunc(items, key, func(one *item, key string) int { return strings.Compare(one.key, key) })
	return i
}
