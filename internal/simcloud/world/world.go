package world

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Region is where everything in the story is.
const Region = "us-east-1"

// AccountID is the AWS account of the story: one of the example numbers that
// AWS's documentation uses, which belong to no customer.
const AccountID = "123456789012"

// Retention is how long finished Jobs stay at the default size
// (ttlSecondsAfterFinished).
const Retention = 24 * time.Hour

// shortestRetention is how short it gets where a larger cluster is asked for.
const shortestRetention = 10 * time.Minute

// History is how far back the story goes on the Lambda side: CloudWatch keeps
// one-minute data for 15 days.
const History = 15 * 24 * time.Hour

// DefaultEpoch is when a story begins to be watched by default: a
// Friday afternoon with the office traffic at its height.
func DefaultEpoch() time.Time { return time.Date(2026, time.November, 20, 14, 37, 0, 0, time.UTC) }

// Options choose a story.
type Options struct {
	Seed  uint64
	Epoch time.Time // zero: [DefaultEpoch]
	// Pods is about how many pods of Jobs are alive at the epoch; 0 is the
	// story's own number, some two hundred. Other numbers multiply the work on
	// the Kubernetes side and leave Lambda as it is; finished Jobs then go
	// sooner, so that about as many of them are there.
	Pods int
	// Story is one of [Stories]; "" is StoryLambda.
	Story string
}

// The stories.
const (
	StoryLambda  = "lambda"  // from Lambda to Jobs
	StoryECS     = "ecs"     // from ECS to Jobs
	StoryCutover = "cutover" // from Lambda to Jobs, with one tenant for each thing that can happen between two steps
)

// Stories are the names of all stories, the default one first.
func Stories() []string { return []string{StoryLambda, StoryECS, StoryCutover} }

// World is one story. It is immutable and safe for concurrent use.
type World struct {
	seed      key
	epoch     time.Time
	weights   *weights
	streams   []*stream
	story     string
	families  []TaskFamily
	functions []Function
	byName    map[string]*Function
	factor    float64 // work on the Kubernetes side, times the story's own
	retention time.Duration
}

// New makes a world.
func New(o Options) *World {
	if o.Epoch.IsZero() {
		o.Epoch = DefaultEpoch()
	}
	w := &World{
		seed:    key(0).with(o.Seed),
		epoch:   o.Epoch.UTC().Truncate(time.Second),
		weights: newWeights(),
		factor:  1,
		story:   cmp.Or(o.Story, StoryLambda),
	}
	tenants := story
	switch w.story {
	case StoryECS:
		tenants = ecsStory
	case StoryCutover:
		tenants = cutoverStory
	}
	for i := range len(tenants) + 1 {
		t := &chores
		if i < len(tenants) {
			t = &tenants[i]
		}
		for j := range t.works {
			s := newStream(w.seed, t, &t.works[j])
			if len(s.plan) > 0 {
				s.begun = w.epoch.Add(s.plan[0].after)
			}
			w.streams = append(w.streams, s)
		}
	}
	if o.Pods > 0 {
		w.factor = float64(o.Pods) / w.expectedPods()
	}
	w.retention = Retention
	if w.story == StoryCutover {
		w.retention = cutoverRetention
	}
	if w.factor > 1 {
		w.retention = max(shortestRetention, time.Duration(float64(w.retention)/w.factor).Truncate(time.Minute))
	}
	if w.story == StoryECS {
		w.addFamilies()
	}
	w.addFunctions()
	return w
}

// Epoch is the moment from which the story is watched.
func (w *World) Epoch() time.Time { return w.epoch }

// Story is the name of the story.
func (w *World) Story() string { return w.story }

// Retention is the ttlSecondsAfterFinished of Jobs.
func (w *World) Retention() time.Duration { return w.retention }

// expectedPods is about how many pods of Jobs are alive at the epoch: by
// Little's law, arrivals times the time that each is there.
func (w *World) expectedPods() float64 {
	sum := 0.0
	for _, s := range w.streams {
		if s.every > 0 {
			sum += s.jobMean() / s.every.Seconds()
			continue
		}
		stay := s.jobMean()
		if s.nodeType != "" { // waits in vain until its deadline
			stay = min(s.deadline, -wave3[1].after).Seconds()
		}
		perSecond := s.perDay / 86400 * w.weights.at(s.shape, w.epoch.Unix()/60)
		sum += perSecond * s.shareAt(0) * stay
	}
	return sum
}

// stream is one workload of one tenant with all its settings: its class, and
// what the tenant changes of it.
type stream struct {
	workType
	tenant   string // as function names and tags say
	label    string // as Kubernetes labels say
	lost     bool   // the lines of its Jobs arrive nowhere
	plan     plan
	key      key
	function *Function // nil: no function carries it any more

	perDay       float64
	deadline     time.Duration
	retries      int
	jobsOnly     bool
	idleFunction bool // with jobsOnly: the function is still there
	errors       float64
	jobErrors    float64
	throttled    float64
	nodeType     string
	every        time.Duration
	taskMemory   int
	alias        Alias // that its invocations are called by

	// receives is how often a queue delivers a message that fails, so long after each other; 0 where nothing is delivered
	// again.
	receives   int
	visibility time.Duration
	mishap     *mishap
	begun      time.Time // the first step of its plan
}

func newStream(seed key, t *tenant, one *work) *stream {
	c, ok := classes[one.class]
	if !ok {
		panic("the story speaks of an unknown class " + one.class)
	}
	c.name = one.class
	c.median = cmp.Or(one.median, c.median)
	c.spread = cmp.Or(one.spread, c.spread)
	c.peak = cmp.Or(one.peak, c.peak)
	c.jitter = cmp.Or(one.jitter, c.jitter)
	c.jobCPU = cmp.Or(one.jobCPU, c.jobCPU)
	c.jobMemory = cmp.Or(one.jobMemory, c.jobMemory)
	c.jobPool = cmp.Or(one.jobPool, c.jobPool)
	s := &stream{
		workType: c, tenant: t.name, label: cmp.Or(t.label, t.name), lost: t.lost, plan: t.plan,
		key:          seed.named(t.name + "/" + one.class),
		perDay:       one.perDay,
		deadline:     cmp.Or(one.deadline, 4*time.Hour),
		retries:      max(cmp.Or(one.retries, 3), 0),
		jobsOnly:     one.jobsOnly,
		idleFunction: one.function,
		errors:       cmp.Or(one.errors, 0.003),
		jobErrors:    cmp.Or(one.jobErrors, 0.002),
		throttled:    one.throttled,
		nodeType:     one.nodeType,
		every:        one.every,
		taskMemory:   one.taskMemory,
		alias:        aliasOf(t.name, one.class),
		receives:     one.receives,
		visibility:   6 * c.timeout, // as AWS recommends
	}
	if one.mishap != (mishap{}) {
		s.mishap = &one.mishap
	}
	if one.jobsOnly {
		s.plan = plan{{-History, 1}}
	}
	return s
}

// shareAt is the routed share at a time since the epoch, as the story has it.
func (s *stream) shareAt(sinceEpoch time.Duration) float64 { return s.plan.at(sinceEpoch) }

// jobMean is the mean time in seconds that a pod of the stream is there.
func (s *stream) jobMean() float64 {
	const startUp = 8
	return s.median.Seconds()*s.jobSpeed*math.Exp(s.spread*s.spread/2) + startUp
}

// Function is the configuration of one Lambda function.
type Function struct {
	Name        string
	Description string
	Runtime     string
	Arch        string
	MemoryMB    int
	Timeout     time.Duration
	Modified    time.Time
	Tags        map[string]string
	// JSON is set where it logs as JSON, Isolated in tenant isolation mode.
	JSON, Isolated bool

	// Aliases are sorted by name; Versions are published ones that are set up otherwise.
	Aliases  []Alias
	Versions map[string]Version

	shared []share   // whom it works for, where that is more than one tenant and its log shows it
	stream *stream   // what it carries; nil: it is never called
	pooled []*stream // or what it carries for several tenants, each by an alias
}

// Functions are the account's functions, sorted by name. They must not be changed.
func (w *World) Functions() []Function { return w.functions }

func (w *World) addFunctions() {
	add := func(f Function) {
		age := time.Duration(w.seed.named("function/"+f.Name).between(3, 200) * float64(day))
		f.Modified = w.epoch.Add(-age).Truncate(time.Second)
		w.functions = append(w.functions, f)
	}
	for _, s := range w.streams {
		if w.story == StoryECS || s.jobsOnly && !s.idleFunction {
			continue
		}
		if sharedFunctions[s.name].workload != "" {
			w.share(s, add)
			continue
		}
		var aliases []Alias
		if s.alias.Name != "" {
			aliases = []Alias{s.alias}
		}
		add(Function{
			Aliases:     aliases,
			Name:        s.tenant + "-" + s.name + "-prod",
			Description: strings.ReplaceAll(s.name, "-", " ") + " for " + s.tenant,
			Runtime:     s.runtime, Arch: string(s.arch), MemoryMB: s.memoryMB, Timeout: s.timeout,
			Tags:   map[string]string{"tenant": s.tenant, "workload": s.name, "env": "prod"},
			JSON:   s.runtime == "python3.13",
			stream: s,
		})
	}
	if w.story == StoryLambda {
		w.addStaging(add)
	}
	if w.story != StoryCutover {
		w.addStrays(add)
	}
	slices.SortFunc(w.functions, func(a, b Function) int { return strings.Compare(a.Name, b.Name) })
	w.byName = make(map[string]*Function, len(w.functions))
	for i := range w.functions {
		f := &w.functions[i]
		if w.byName[f.Name] != nil {
			panic(fmt.Sprintf("the story has two functions %s", f.Name))
		}
		w.byName[f.Name] = f
		for _, s := range f.streams() {
			s.function = f
		}
	}
}

func (w *World) addStaging(add func(Function)) {
	for _, name := range staging {
		add(Function{
			Name: name + "-csv-import-staging", Runtime: "python3.11", Arch: "x86_64",
			MemoryMB: 2048, Timeout: 15 * time.Minute,
			Tags: map[string]string{"tenant": name, "workload": "csv-import", "env": "staging"},
		})
	}
}

func (w *World) addStrays(add func(Function)) {
	for _, one := range strays {
		f := Function{Name: one.name, Runtime: "python3.12", Arch: "x86_64", MemoryMB: one.memoryMB, Timeout: one.timeout}
		f.JSON, f.Isolated, f.shared = one.isolated, one.isolated, one.shared
		if one.perDay > 0 {
			f.stream = &stream{
				workType: workType{shape: flat, median: one.median, spread: 0.3, peak: 90, jitter: 0.1},
				key:      w.seed.named("stray/" + one.name),
				perDay:   one.perDay, errors: 0.001,
			}
		}
		add(f)
	}
}
