package jobs

import (
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
)

// model is what is known of the cluster. Watchers write the records, and polls
// turn them into buckets. One lock protects both.
type model struct {
	clock     clock.Clock
	attribute migration.Attribute

	mu      sync.Mutex
	jobs    map[string]*job // by UID
	pods    map[podName]*pod
	nodes   map[string]*node
	streams map[migration.Key]*stream
	// left are pods that are gone and whose end is not recorded yet.
	left []*pod
	// endings are pods whose end is recorded and that have no run record yet.
	endings []ending
	// missed is set when a list found that the end of a Job was not seen.
	missed bool
	// blind is since when events of Jobs may have been missed, for the next
	// account; 0 for not.
	blind int64

	// spotLabels are the configuration's labels of Spot nodes.
	spotLabels []SpotLabel

	// daemonsOn is what DaemonSets request on a node; nil before they were listed.
	daemonsOn func(*corev1.Node) amounts

	// skews are the seconds by which nodes' clocks are ahead, for nodes whose clock differs.
	skews map[string]int64

	// touched are the Jobs that something is new of, for the minutes in which they started.
	touched []*job
	// startsFloor is the first minute of starts that is kept for runs that have ended.
	startsFloor int64
	// podsRead is set once pods could be read.
	podsRead bool

	room room

	strings map[string]string
	hosts   map[migration.Host]*migration.Host
	books
}

func newModel(c clock.Clock, a migration.Attribute) *model {
	return &model{
		clock: c, attribute: a,
		jobs: map[string]*job{}, pods: map[podName]*pod{}, nodes: map[string]*node{},
		streams: map[migration.Key]*stream{},
		skews:   map[string]int64{},
		strings: map[string]string{}, hosts: map[migration.Host]*migration.Host{},
	}
}

// opened reports whether anything was recorded yet.
func (m *model) opened() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open
}

// server is a time of this machine's clock by the API server's.
func (m *model) server(t time.Time) int64 {
	if c, ok := m.clock.(*serverClock); ok {
		t = c.toServer(t)
	}
	return t.Unix()
}

// intern keeps one copy of strings that many records share.
func (m *model) intern(s string) string {
	if s == "" {
		return ""
	}
	if kept, ok := m.strings[s]; ok {
		return kept
	}
	// Names of nodes, reasons and namespaces: few, unless a cluster lives long.
	if len(m.strings) > 50_000 {
		clear(m.strings)
	}
	m.strings[s] = s
	return s
}

func (m *model) internHost(h migration.Host) *migration.Host {
	if kept, ok := m.hosts[h]; ok {
		return kept
	}
	m.hosts[h] = &h
	return &h
}

// assign gives a Job to the stream of its tenant and workload.
func (m *model) assign(j *job, on migration.Platform, id migration.Identity) {
	a := m.attribute(id)
	key := migration.Key{Platform: on, Workload: a.Workload, Tenant: a.Tenant}
	s := m.streams[key]
	if s == nil {
		s = &stream{key: key, minutes: map[int64]*bucket{}, hours: map[int64]*bucket{}}
		m.streams[key] = s
	}
	s.attributed = a.Evidence
	j.stream = s
	m.room.home(j.namespace, a.Tenant)
}

// scaledJobLabel is on every Job that KEDA makes of a ScaledJob, with the ScaledJob's name; the ScaledJob owns it too.
// KEDA deletes Jobs that have ended but for the last hundred, or what the ScaledJob says.
// Source: KEDA, pkg/scaling/executor/scale_jobs.go: generateJobs, cleanUp.
const scaledJobLabel = "scaledjob.keda.sh/name"

// jobSink keeps the Jobs of one namespace, or of all.
type jobSink struct {
	*model
	namespace  string
	generation uint32
	listed     bool
}

func (s *jobSink) begin() { s.generation++ }

func (s *jobSink) set(o runtime.Object) {
	if j, ok := o.(*batchv1.Job); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.put(j).generation = s.generation
	}
}

func (m *model) put(o *batchv1.Job) *job {
	j := m.jobs[string(o.UID)]
	if j == nil {
		j = &job{uid: string(o.UID), namespace: m.intern(o.Namespace), name: o.Name}
		m.jobs[j.uid] = j
	}
	if !j.seen { // by its own word now, not by its pods'
		m.assign(j, migration.Jobs, jobIdentity(o))
		owner := metav1.GetControllerOf(o)
		j.scaled = owner != nil && owner.Kind == "ScaledJob" || o.Labels[scaledJobLabel] != ""
		j.cron = owner != nil && owner.Kind == "CronJob" || j.scaled
	}
	j.update(o, m.intern)
	m.touch(j)
	return j
}

func (s *jobSink) drop(o runtime.Object) {
	o2, ok := o.(*batchv1.Job)
	if !ok {
		return
	}
	now := s.clock.Now().Unix()
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.put(o2) // its last state: a Job that TTL deleted is finished in it
	j.gone, j.goneAt = true, now
}

func (s *jobSink) end(lost time.Time) {
	now := s.clock.Now().Unix()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		if !j.seen || j.gone || j.generation == s.generation || (s.namespace != "" && j.namespace != s.namespace) {
			continue
		}
		j.gone, j.goneAt = true, s.server(lost)
		if j.finished == 0 {
			j.unheard, s.missed = true, true
		}
	}
	if s.listed {
		s.blind = earlier(s.blind, min(s.server(lost), now))
	}
	s.listed = true
}

// podSink keeps the pods of Jobs.
type podSink struct {
	*model
	namespace  string
	generation uint32
}

func (s *podSink) begin() { s.generation++ }

func (s *podSink) set(o runtime.Object) {
	if p, ok := o.(*corev1.Pod); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		if kept := s.putPod(p); kept != nil {
			kept.generation = s.generation
		}
	}
}

func (m *model) putPod(o *corev1.Pod) *pod {
	owner := jobUID(o)
	if owner == "" {
		return nil // it has the label of a Job's pod, and no Job
	}
	key := podName{o.Namespace, o.Name}
	p := m.pods[key]
	if p != nil && p.uid != string(o.UID) { // another pod of the same name
		m.removePod(p, m.clock.Now().Unix())
		p = nil
	}
	if p == nil {
		key.namespace = m.intern(key.namespace)
		p = &pod{podName: key}
		m.pods[key] = p
		p.job = m.jobs[owner]
		if p.job == nil {
			p.job = &job{
				uid: owner, namespace: key.namespace, name: o.Labels[jobNameLabel], ttl: -1, parallelism: 1,
				stubAt: m.clock.Now().Unix(), created: unix(o.CreationTimestamp.Time),
			}
			m.assign(p.job, migration.Jobs, podIdentity(o))
			m.jobs[owner] = p.job
		}
		p.job.pods = append(p.job.pods, p)
		p.job.forget()
	}
	p.update(o, m.intern)
	m.observed(p, o)
	m.touch(p.job)
	return p
}

// removePod takes a pod out of the pods that are there.
func (m *model) removePod(p *pod, at int64) {
	p.gone, p.goneAt = true, max(at, p.scheduled)
	p.stop.left(p)
	m.touch(p.job)
	delete(m.pods, p.podName)
	m.left = append(m.left, p)
}

func (s *podSink) drop(o runtime.Object) {
	o2, ok := o.(*corev1.Pod)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.putPod(o2); p != nil {
		at := s.clock.Now().Unix()
		if d := o2.DeletionTimestamp; d != nil {
			at = min(at, d.Unix()) // when its grace period was to end
		}
		s.removePod(p, at)
	}
}

func (s *podSink) end(lost time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pods {
		if !p.job.service && p.generation != s.generation && (s.namespace == "" || p.namespace == s.namespace) {
			s.removePod(p, s.server(lost))
		}
	}
}

// attemptsKept bounds what is remembered of one Job's pods that are gone.
const attemptsKept = 100

// forget drops the oldest pods of a Job that are gone and booked.
func (j *job) forget() {
	if len(j.pods) <= attemptsKept {
		return
	}
	kept := j.pods[:0]
	over := len(j.pods) - attemptsKept
	for _, p := range j.pods {
		if over > 0 && p.gone && p.ended {
			over--
			continue
		}
		kept = append(kept, p)
	}
	clear(j.pods[len(kept):])
	j.pods = kept
}

// nodeSink keeps nodes.
type nodeSink struct {
	*model
	generation uint32
}

func (s *nodeSink) begin() { s.generation++ }

func (s *nodeSink) set(o runtime.Object) {
	n, ok := o.(*corev1.Node)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.nodeFor(n)
	kept.generation, kept.gone = s.generation, 0
	offset, end := kept.skew.offset(), kept.end()
	s.describe(kept, n)
	if kept.skew.offset() != offset || kept.end() != end {
		s.touchOn(kept)
	}
	kept.system, kept.like = isSystem(n), trimmed(n)
	kept.cordoned, kept.allocatable = n.Spec.Unschedulable, amountsOf(n.Status.Allocatable)
	if s.daemonsOn != nil {
		kept.daemons = s.daemonsOn(kept.like)
	}
}

func (s *nodeSink) drop(o runtime.Object) {
	n, ok := o.(*corev1.Node)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept := s.nodes[n.Name]; kept != nil && kept.gone == 0 {
		kept.gone = s.clock.Now().Unix()
		s.touchOn(kept)
	}
}

func (s *nodeSink) end(lost time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.nodes {
		if n.generation != s.generation && n.gone == 0 {
			n.gone = s.server(lost)
			s.touchOn(n)
		}
	}
}
