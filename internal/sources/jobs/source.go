package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/text"
)

// DefaultCadence is metrics-server's own period: asking more often brings the
// same samples again.
const DefaultCadence = 15 * time.Second

const (
	// pollTimeout is a poll's own deadline, shorter than the cadence.
	pollTimeout = 12 * time.Second
	// otherTimeout is how long a poll waits for nodes and services where Jobs and
	// pods have been read.
	otherTimeout = 5 * time.Second
	// credentialNotice is how long a credential command may run before a poll ends,
	// so that a screen can say what is waited for, and credentialCadence the time
	// between polls while it runs.
	credentialNotice  = time.Second
	credentialCadence = 2 * time.Second
	// onlyTimeout is how long the only poll of a source waits for the first lists:
	// the reason why a request fails is known by then.
	onlyTimeout = pageTimeout + 5*time.Second
)

// Options say what to read, and by what rules.
type Options struct {
	// Connection is where to; see [Connect].
	Connection *Connection
	// Attribute gives a Job to a tenant and a workload.
	Attribute migration.Attribute
	// Namespaces to read; empty means all.
	Namespaces []string
	// LabelSelector narrows Jobs and pods, on the server: both must match it.
	LabelSelector string
	// SpotLabels mark Spot nodes, next to the labels of Karpenter and EKS.
	SpotLabels []SpotLabel
	// Cadence is the time between polls, [DefaultCadence] if 0.
	Cadence time.Duration
	// Once says that the source is polled once only: the poll waits for a credential
	// command as long as a request does.
	Once bool
	// Patience is the least that a poll waits for what it reads; 0 for the usual waits. It is for a simulated cluster, which
	// answers for sure and on the same cores.
	Patience time.Duration
	// Clock is the machine's if nil.
	Clock clock.Clock
	// Logger gets what is not for the screen; nil discards it.
	Logger *slog.Logger
}

// Source reads one cluster. It implements [sources.Source].
type Source struct {
	options  Options
	client   *client
	model    *model
	server   *serverClock
	metrics  *metricsReader
	daemons  daemons
	watchers []*watcher
	// ready is set once every reading has had an outcome.
	ready atomic.Bool

	start   sync.Once
	stop    context.CancelFunc
	running sync.WaitGroup
	polled  chan struct{} // closed with the end of the first poll that read something
	first   sync.Once

	version string // of the server, once known
	began   time.Time
}

var _ sources.Source = (*Source)(nil)

// New makes a source. Nothing is sent before the first Poll. The error is a
// [migration.Problem].
func New(o Options) (*Source, error) {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Cadence = cmp.Or(o.Cadence, DefaultCadence)
	if len(o.Namespaces) == 0 {
		o.Namespaces = []string{""}
	}
	if _, err := labels.Parse(o.LabelSelector); err != nil {
		return nil, &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("label selector %q: %s", o.LabelSelector, text.OneLine(err.Error())),
			Fix: "write it as kubectl takes it: tenant=acme,tier!=test", Err: err,
		}
	}
	if o.Connection == nil || o.Connection.Config == nil || o.Attribute == nil {
		return nil, errors.New("jobs: Options need a Connection and an Attribute")
	}
	server := &serverClock{Clock: o.Clock}
	c, err := newClient(o.Connection)
	if err != nil {
		return nil, &migration.Problem{
			Fault: migration.FaultConfig,
			What:  fmt.Sprintf("context %q of the kubeconfig cannot be used: %s", o.Connection.Context, text.OneLine(err.Error())),
			Fix:   "correct it, or choose another with --context", Err: err,
		}
	}
	if command := o.Connection.credentials; command != nil {
		command.logTo(o.Logger)
	}
	if o.Clock == clock.System() { // a test's clock or the demo's is the server's as it is
		c.readDates(server)
	}
	m := newModel(server, o.Attribute)
	m.spotLabels = o.SpotLabels
	s := &Source{options: o, client: c, model: m, server: server, polled: make(chan struct{})}
	s.metrics = &metricsReader{client: c, namespaces: o.Namespaces, selector: podSelector(o.LabelSelector), clock: o.Clock}
	add := func(name string, from endpoint, into sink) {
		s.watchers = append(s.watchers, &watcher{
			name: name, server: c.server, from: from, into: into, clock: o.Clock, log: o.Logger,
		})
	}
	add("nodes", c.nodes(), &nodeSink{model: m})
	for _, ns := range o.Namespaces {
		add("jobs", c.jobs(ns, o.LabelSelector), &jobSink{model: m, namespace: ns})
		add("pods", c.pods(ns, o.LabelSelector), &podSink{model: m, namespace: ns})
		add("services", c.services(ns, o.LabelSelector), &serviceSink{model: m, namespace: ns})
	}
	return s, nil
}

// Name is the source's name in the list of sources.
func (s *Source) Name() string { return "kubernetes" }

// Cadence is the time between polls: shorter while a credential command is waited
// for.
func (s *Source) Cadence() time.Duration {
	if s.options.Connection.credentials.waiting() != "" && !s.ready.Load() {
		return min(s.options.Cadence, credentialCadence)
	}
	return s.options.Cadence
}

// Close ends the watches, waits for them, and closes the connection. It may be
// called more than once, also without a Poll, but not while one runs.
func (s *Source) Close() error {
	s.shut()
	s.options.Connection.Close()
	return nil
}

// shut is Close without the connection, which another source goes on with.
func (s *Source) shut() {
	s.start.Do(func() {}) // a Poll after it starts nothing
	if s.stop != nil {
		s.stop()
	}
	s.running.Wait()
	s.client.close()
}

// launch starts the watches. They last until Close, whatever poll began them.
func (s *Source) launch() {
	s.start.Do(func() {
		ctx, stop := context.WithCancel(context.Background())
		s.stop, s.began = stop, s.options.Clock.Now()
		for _, w := range s.watchers {
			s.running.Go(func() { w.run(ctx) })
		}
		if !s.options.Once {
			s.running.Go(func() { s.followRoom(ctx) })
		}
	})
}

// Poll books what happened and returns it. The first one waits until Jobs, pods
// and nodes have each been read, or refused. The error says that neither Jobs nor
// pods can be read now; it is the problem that their health shows.
func (s *Source) Poll(ctx context.Context, _ sources.Focus) (migration.Batch, error) {
	s.launch()
	limit := pollTimeout
	if s.options.Once {
		limit = onlyTimeout
	}
	settling, cancel := context.WithTimeout(ctx, max(limit, s.options.Patience))
	defer cancel()
	settled := s.settled(settling)
	if s.options.Once { // what is left to be asked has the time of a poll of its own
		limit = pollTimeout
		settling = ctx
	}
	ctx, cancel = context.WithTimeout(settling, max(limit, s.options.Patience))
	defer cancel()
	if !settled {
		b := migration.Batch{Health: s.health(readings{})}
		if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
			return b, ctx.Err()
		}
		return b, s.failed()
	}
	if s.version == "" {
		if v, err := within(ctx, versionTimeout, s.client.version); err == nil {
			s.version = v
		}
	}
	s.readDaemons(ctx)
	now := s.server.Now()
	r := s.readings(now)
	if !r.jobs && !r.pods && !s.model.opened() {
		return migration.Batch{Health: s.health(r)}, s.failed()
	}

	var room sync.WaitGroup
	if s.options.Once { // while metrics are waited for
		room.Go(func() { s.readRoom(ctx) })
	}
	defer s.first.Do(func() { close(s.polled) })

	m := s.model
	m.mu.Lock()
	m.reconcile(now.Unix(), r)
	running := m.runLong(now)
	m.mu.Unlock()

	var newest time.Time
	s.metrics.poll(ctx, running, func(sample *sample) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if at, known := m.learn(sample); known && at.After(newest) {
			newest = at
		}
	})
	if !newest.IsZero() {
		s.metrics.health.DataTo = newest
	}

	room.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	b := migration.Batch{
		Activities: m.publish(m.streams, now.Unix(), r.trusted, r.pods),
		Runs:       m.runs(),
		Payloads:   []migration.Payload{migration.RunRecords(m.record(now.Unix())), m.publishStarts(now.Unix(), r)},
	}
	if r.nodes {
		b.NodeTimes = m.nodeTimes(now.Unix(), r.trusted)
		b.Add(m.spotNodes())
	}
	c := m.cluster(r)
	c.Name, c.Version = s.options.Connection.Context, s.version
	s.recognize(&c)
	b.Cluster = &c
	if r.jobs && m.cover > 0 {
		b.CoverFrom = migration.Some(time.Unix(m.cover, 0).UTC())
	}
	b.Health = s.healthLocked(r)
	return b, s.failed()
}

// within runs a request with a shorter deadline, so that a request without a response
// leaves time for the others.
func within[T any](ctx context.Context, limit time.Duration, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return ask(ctx)
}

// settled waits until Jobs and pods have an outcome, and for a shorter time for the
// rest. It does not wait on for a credential command, unless this is the only poll.
func (s *Source) settled(ctx context.Context) bool {
	if s.ready.Load() {
		return true
	}
	for _, w := range s.watchers {
		if w.required() && !s.outcome(ctx, w) {
			return false
		}
	}
	others, cancel := context.WithTimeout(ctx, max(otherTimeout, s.options.Patience))
	defer cancel()
	all := true
	for _, w := range s.watchers {
		all = s.outcome(others, w) && all
	}
	if all {
		s.ready.Store(true)
	}
	return ctx.Err() == nil
}

// outcome waits for a watcher's outcome.
func (s *Source) outcome(ctx context.Context, w *watcher) bool {
	look := time.NewTicker(credentialNotice)
	defer look.Stop()
	for {
		state, changed := w.get()
		if state.outcome {
			return true
		}
		select {
		case <-changed:
		case <-look.C:
			if s.options.Once {
				continue
			}
			if s.options.Connection.credentials.waiting() != "" {
				return false
			}
		case <-ctx.Done():
			return false
		}
	}
}

// readings sums the watchers up.
func (s *Source) readings(now time.Time) readings {
	r := readings{jobs: true, pods: true, nodes: true, trusted: now.Unix()}
	for _, w := range s.watchers {
		state, _ := w.get()
		readable := state.synced && !denied(state)
		switch w.name {
		case "jobs":
			r.jobs = r.jobs && readable
		case "pods":
			r.pods = r.pods && readable
		case "nodes":
			r.nodes = r.nodes && readable
			continue
		default: // services have the right of pods
			continue
		}
		switch {
		case state.connected, denied(state): // what may not be read must not hold the rest up
		case state.synced:
			r.trusted = min(r.trusted, s.server.toServer(state.contact).Unix())
		default:
			r.trusted = min(r.trusted, s.server.toServer(s.began).Unix())
		}
	}
	return r
}

func denied(s watcherState) bool {
	return s.problem != nil && s.problem.Fault == migration.FaultDenied
}

// failed is the reason why nothing can be read, if so.
func (s *Source) failed() error {
	var first *migration.Problem
	for _, w := range s.watchers {
		if !w.required() {
			continue
		}
		state, _ := w.get()
		if state.problem == nil {
			return nil
		}
		if first == nil {
			first = state.problem
		}
	}
	return first
}

// recognize detects Amazon EKS by its version ("v1.33.2-eks-931bdca") and by its
// server names, which contain the region:
// "<id>.<cell>.<region>.eks.amazonaws.com".
func (s *Source) recognize(c *migration.Cluster) {
	host, _, _ := strings.Cut(s.client.server, ":")
	name, eks := strings.CutSuffix(host, ".eks.amazonaws.com")
	c.EKS = eks || strings.Contains(s.version, "-eks-")
	if eks && c.Region == "" {
		c.Region = name[strings.LastIndexByte(name, '.')+1:]
	}
}

// Attributions returns for every key how its tenant was identified. It is safe for
// concurrent use.
func (s *Source) Attributions() map[migration.Key]migration.Provenance {
	s.model.mu.Lock()
	defer s.model.mu.Unlock()
	out := make(map[migration.Key]migration.Provenance, len(s.model.streams))
	for k, st := range s.model.streams {
		out[k] = st.attributed
	}
	return out
}
