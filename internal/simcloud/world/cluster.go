package world

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// warmUp is how long before the oldest Job that can still be seen the cluster
// begins to be played: longer than any run lasts.
const warmUp = 4 * time.Hour

// eventTTL is how long the API server keeps events (its flag --event-ttl).
const eventTTL = time.Hour

// firstVersion is the resource version that the cluster begins with.
const firstVersion = 48_213_000

// Cluster plays the Kubernetes side of a world. It is not safe for concurrent
// use. What it hands out is immutable.
type Cluster struct {
	w         *World
	now       time.Time
	version   uint64
	seq       uint64
	queue     heap[task]
	specs     map[*stream]*Spec
	jobs      map[string]*jobRun // by name: all Jobs of tenants are in one namespace
	pods      map[string]*podRun
	pools     [pools]poolState
	events    []*Event // oldest first
	history   map[*Spec][]*jobRun
	services  []*replicaSet
	nodeNames map[string]bool
	live      bool // callers may hold what was handed out
	observe   func(Change)
}

// task is something that happens at a moment.
type task struct {
	at  int64 // nanoseconds since 1970: cheaper to compare than a time.Time
	seq uint64
	do  func()
}

// jobRun and podRun are a Job and a pod with what is yet to come.
type jobRun struct {
	job      *Job
	run      run
	attempts int
	pods     []*podRun
	active   *podRun
}

type podRun struct {
	pod  *Pod
	job  *jobRun // nil: of a Knative service
	host *host
}

// NewCluster makes the cluster of w as it was before anything in its story that
// can still be seen; [Cluster.Advance] brings it to the present.
func (w *World) NewCluster() *Cluster {
	c := &Cluster{
		w:       w,
		version: firstVersion,
		queue: heap[task]{less: func(a, b task) bool {
			return a.at < b.at || (a.at == b.at && a.seq < b.seq)
		}},
		specs:     make(map[*stream]*Spec),
		jobs:      make(map[string]*jobRun),
		pods:      make(map[string]*podRun),
		history:   make(map[*Spec][]*jobRun),
		nodeNames: make(map[string]bool),
	}
	c.now = w.epoch.Add(-w.retention - warmUp).Truncate(time.Minute)
	for _, s := range w.streams {
		c.specs[s] = w.spec(s)
	}
	for _, t := range w.trials() {
		c.services = append(c.services, w.replicaSetOf(t))
	}
	for p := range pools {
		for i := range c.least(p) {
			age := time.Duration(w.seed.named("age").with(uint64(p)*100+uint64(i)).between(5, 40) * float64(day))
			c.addNode(p, c.now.Add(-age).Truncate(time.Second))
		}
	}
	c.everyMinute(c.now)
	return c
}

// spec is how the Jobs of a stream are set up.
func (w *World) spec(s *stream) *Spec {
	repository := AccountID + ".dkr.ecr." + Region + ".amazonaws.com/" + s.name
	spec := &Spec{
		Namespace: "batch",
		Base:      s.label + "-" + s.name,
		Tenant:    s.label,
		Workload:  s.name,
		Image:     repository + ":" + s.key.named("image").token(7),
		ImageID:   repository + "@" + s.key.named("digest").digest(),
		Reports:   s.reports,
		CPU:       int64(s.jobCPU), MemoryMiB: int64(s.jobMemory),
		Arch:     "amd64",
		Deadline: s.deadline, Retries: int32(s.retries),
		TTL:      w.retention,
		NodeType: s.nodeType,
		Spot:     s.jobPool == poolSpot, Fargate: s.jobPool == poolFargate,
		pool: s.jobPool, stream: s,
	}
	if s.jobPool == poolArm {
		spec.Arch = "arm64"
	}
	if s.every > 0 {
		spec.CronJob = spec.Base
	}
	if s.label == "" {
		spec.Namespace, spec.Base, spec.Workload = "platform", s.name, ""
	}
	return spec
}

// least is how many nodes of a pool stay at the story's own size.
func (w *World) least(p pool) int {
	if w.story == StoryECS {
		return ecsPools[p]
	}
	return poolSpecs[p].least
}

// least is how many nodes of a pool stay; a larger cluster has more of them.
func (c *Cluster) least(p pool) int {
	if p == poolSystem {
		return c.w.least(p)
	}
	return int(math.Ceil(float64(c.w.least(p)) * c.w.factor))
}

// Advance plays until a moment, and calls observe, which may be nil, for every
// change in its order. A moment that has passed already changes nothing.
func (c *Cluster) Advance(to time.Time, observe func(Change)) {
	c.observe = observe
	for c.queue.len() > 0 && c.queue.first().at <= to.UnixNano() {
		t := c.queue.pop()
		c.now = time.Unix(0, t.at).UTC()
		t.do()
	}
	if to.After(c.now) {
		c.now = to
	}
	c.live, c.observe = true, nil
}

// Next is when the next thing happens.
func (c *Cluster) Next() time.Time { return time.Unix(0, c.queue.first().at).UTC() }

// Version is the resource version of the newest change.
func (c *Cluster) Version() uint64 { return c.version }

// Jobs are all Jobs, by namespace and name.
func (c *Cluster) Jobs() []*Job {
	out := make([]*Job, 0, len(c.jobs))
	for _, j := range c.jobs {
		out = append(out, j.job)
	}
	slices.SortFunc(out, func(a, b *Job) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Pods are all pods of Jobs and Knative services, by namespace and name.
func (c *Cluster) Pods() []*Pod {
	out := make([]*Pod, 0, len(c.pods))
	for _, p := range c.pods {
		out = append(out, p.pod)
	}
	slices.SortFunc(out, func(a, b *Pod) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Nodes are all nodes, by name.
func (c *Cluster) Nodes() []*Node {
	var out []*Node
	for p := range c.pools {
		for _, h := range c.pools[p].hosts {
			out = append(out, h.node)
		}
	}
	slices.SortFunc(out, func(a, b *Node) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Events are the events of the last hour, by namespace and name.
func (c *Cluster) Events() []*Event {
	out := slices.Clone(c.events)
	slices.SortFunc(out, func(a, b *Event) int {
		if by := strings.Compare(a.Namespace, b.Namespace); by != 0 {
			return by
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}

// after has something done when d has passed.
func (c *Cluster) after(d time.Duration, do func()) {
	c.seq++
	c.queue.push(task{at: c.now.Add(max(d, 0)).UnixNano(), seq: c.seq, do: do})
}

// everyMinute brings in the runs that begin in the minute at hand.
func (c *Cluster) everyMinute(at time.Time) {
	for _, s := range c.w.streams {
		if s.shareAt(at.Sub(c.w.epoch)) == 0 && s.every == 0 {
			continue
		}
		c.w.eachRun(s, at, at.Add(time.Minute), func(r run) bool {
			if r.onJobs {
				c.after(r.at.Sub(c.now), func() { c.createJob(r) })
			}
			return true
		})
	}
	for _, s := range c.services {
		c.scale(s)
	}
	c.expireEvents()
	c.after(at.Add(time.Minute).Sub(c.now), func() { c.everyMinute(c.now) })
}

func (c *Cluster) expireEvents() {
	n := 0
	for n < len(c.events) && c.now.Sub(c.events[n].At) >= eventTTL {
		gone := *c.events[n]
		gone.ResourceVersion = c.nextVersion()
		c.tell(Deleted, &gone)
		n++
	}
	c.events = slices.Delete(c.events, 0, n)
}

func (c *Cluster) nextVersion() uint64 {
	c.version++
	return c.version
}

func (c *Cluster) tell(v Verb, object any) {
	if c.observe != nil {
		c.observe(Change{Verb: v, Object: object})
	}
}

// editJob gives a Job to change; [Cluster.putJob] makes the change known.
func (c *Cluster) editJob(j *jobRun) *Job {
	if c.live {
		job := *j.job
		j.job = &job
	}
	return j.job
}

func (c *Cluster) putJob(j *jobRun, v Verb) {
	j.job.ResourceVersion = c.nextVersion()
	c.tell(v, j.job)
}

func (c *Cluster) editPod(p *podRun) *Pod {
	if c.live {
		pod := *p.pod
		p.pod = &pod
	}
	return p.pod
}

func (c *Cluster) putPod(p *podRun, v Verb) {
	p.pod.ResourceVersion = c.nextVersion()
	c.tell(v, p.pod)
}

// subject is what an event is about.
type subject struct {
	kind, namespace, name string
	key                   key
}

// say records an event. Those that will be gone before the epoch are not kept,
// and not even put into words.
func (c *Cluster) say(warning bool, component, host string, about subject, reason, format string, args ...any) {
	version := c.nextVersion()
	if c.w.epoch.Sub(c.now) > eventTTL {
		return
	}
	e := &Event{
		Namespace: about.namespace, ResourceVersion: version, At: c.now,
		// The name that client-go's recorder gives: the object's and a time.
		Name: fmt.Sprintf("%s.%x", about.name, c.now.UnixNano()+int64(version%1000)),
		Kind: about.kind, Object: about.name, ObjectUID: about.key.uid(),
		Warning: warning, Reason: reason, Message: fmt.Sprintf(format, args...),
		Component: component, Host: host,
		key: about.key.named("event").with(version),
	}
	c.events = append(c.events, e)
	c.tell(Added, e)
}

func (c *Cluster) sayOfJob(warning bool, j *Job, reason, format string, args ...any) {
	c.say(warning, "job-controller", "", subject{"Job", j.Namespace, j.Name, j.key}, reason, format, args...)
}

func (c *Cluster) sayOfPod(warning bool, component string, p *Pod, reason, format string, args ...any) {
	host := ""
	if component == "kubelet" {
		host = p.Node
	}
	c.say(warning, component, host, subject{"Pod", p.Namespace, p.Name, p.key}, reason, format, args...)
}
