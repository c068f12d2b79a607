package sqs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	sqsapi "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

var _ sources.Source = (*Source)(nil)

// The rhythm of reading.
const (
	everyList = time.Hour // queues by pattern

	// minutesOfPast is how much of the past is asked for by the minute at the
	// start, and pastPeriod how finely what was before.
	minutesOfPast = 3 * time.Hour
	pastPeriod    = 15 * time.Minute

	// finalityLag is how long after its end a minute may change, and wakes how late
	// the first data of a queue are that was idle.
	// Source: Amazon SQS developer guide, "Available CloudWatch metrics".
	finalityLag = 5 * time.Minute
	wakes       = 15 * time.Minute
	// idleAfter is how long a queue has to be left alone to tell nothing.
	idleAfter = 6 * time.Hour
)

// Queue is a queue to read. Name is required.
type Queue struct {
	Name     string
	URL      string // "" asks SQS for it when it is needed
	Owner    string // the account that it belongs to, "" for this one
	Role     migration.QueueRole
	Tenant   migration.Tenant
	Workload migration.Workload
	Evidence migration.Provenance // how the tenant is known
}

// Pattern stands for all queues whose name it takes.
type Pattern struct {
	Prefix string // that all their names begin with, "" for any
	Role   migration.QueueRole
	// Match says whose a queue of this name is, false where it is not meant.
	Match func(name string) (migration.Attribution, bool)
}

// Settings say how a Source reads.
type Settings struct {
	Queues   []Queue
	Patterns []Pattern
	// Notes are what else there is to say of the queues that were asked for.
	Notes []string
	// Clock is the time that questions are about, Wall the time that answers
	// take; nil is the machine's.
	Clock, Wall clock.Clock
	// Cadence is the time between polls; 0 is a minute.
	Cadence time.Duration
	// Timeout bounds a poll; 0 is five sixths of Cadence.
	Timeout time.Duration
	// History is how much of the past is asked for at the start; 0 is 26 hours,
	// negative is none.
	History time.Duration
}

// Source reads queues of one account and region.
type Source struct {
	Settings
	access *awsaccess.Config
	api    *sqsapi.Client
	reload bool

	queues   map[string]*queue // by name
	listed   time.Time
	boundary time.Time
	dataTo   time.Time
	health   awsaccess.HealthTracker
	tempo    sources.Throttle
	plan     migration.Opt[migration.PollRate]
}

// queue is one queue with what is known of it.
type queue struct {
	Queue
	depth   migration.QueueDepth
	at      time.Time // of the depth
	live    bool
	told    time.Time // start of the newest bucket that has data; zero for none
	seen    time.Time // up to when CloudWatch was asked; zero for never
	asked   time.Time
	absent  bool      // SQS does not know it
	since   time.Time // from when on everything was read
	pastOne bool      // the past was read
}

// idle reports whether the queue told nothing for six hours, of which everything
// is known.
func (q *queue) idle() bool {
	quiet := q.since
	if q.told.After(quiet) {
		quiet = q.told
	}
	return !q.seen.IsZero() && q.seen.Sub(quiet) > idleAfter
}

// New makes a source of an account and region. It asks nothing yet.
func New(access *awsaccess.Config, settings Settings) (*Source, error) {
	if access == nil {
		return nil, errors.New("sqs: a Config is required")
	}
	sources.Timed(&settings.Clock, &settings.Wall, &settings.Cadence, &settings.Timeout)
	if settings.History == 0 {
		settings.History = 26 * time.Hour
	}
	s := &Source{Settings: settings, access: access, queues: map[string]*queue{}}
	for _, q := range settings.Queues {
		s.queues[q.Name] = &queue{Queue: q}
	}
	s.health.Source = "sqs"
	s.tempo.Every = settings.Cadence
	s.connect()
	return s, nil
}

func (s *Source) connect() { s.api = client(s.access) }

func client(c *awsaccess.Config) *sqsapi.Client {
	return sqsapi.NewFromConfig(c.SDK(), func(o *sqsapi.Options) { c.WithEndpoint(&o.BaseEndpoint) })
}

// Name is "sqs".
func (s *Source) Name() string { return "sqs" }

// Cadence is the time between polls: longer while AWS throttles, and where the
// budget is tight.
func (s *Source) Cadence() time.Duration { return s.tempo.Cadence() }

// Close drops the connections that are kept open. Nothing else outlives Poll.
func (s *Source) Close() error {
	s.access.Close()
	return nil
}

// poll is one poll's work.
type poll struct {
	*Source
	now, end            time.Time // end is the last full minute's
	buckets             []migration.QueueBucket
	pace                sources.Pace
	held                string // why CloudWatch is not asked
	askedLow, askedHigh int64
	messages            []string
}

// Poll reads what is due. The first poll reads the past too.
func (s *Source) Poll(ctx context.Context, focus sources.Focus) (migration.Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	now := s.Clock.Now().UTC()
	if s.boundary.IsZero() {
		s.boundary = ceil(now.Add(-minutesOfPast), pastPeriod)
	}
	p := &poll{Source: s, now: now, end: now.Truncate(time.Minute)}
	s.health.Begin()
	p.pace = focus.Pace
	s.tempo.Keep(p.pace)
	p.held, _ = focus.Paused()
	if focus.Away {
		return p.finish(nil)
	}
	err := p.read(ctx, focus)
	s.reload = awsaccess.AccountWide(err)
	return p.finish(err)
}

func (p *poll) read(ctx context.Context, focus sources.Focus) error {
	if p.reload {
		fresh, err := p.access.Renew(ctx)
		if err != nil {
			return err
		}
		p.access = fresh
		p.connect()
	}
	if len(p.Patterns) > 0 && (p.listed.IsZero() || p.now.Sub(p.listed) >= everyList-p.Settings.Cadence/2) {
		if err := p.list(ctx); err != nil {
			if awsaccess.Stops(err) && !awsaccess.HasFault(err, migration.FaultDenied) {
				return err
			}
			p.health.Degrade(err) // queues that are named in full are read all the same
		}
	}
	if err := p.readMetrics(ctx, focus); err != nil {
		return err
	}
	if focus.Open {
		p.readLive(ctx, focus.Tenant)
	}
	return nil
}

// sorted are the queues by name.
func (s *Source) sorted() []*queue {
	out := make([]*queue, 0, len(s.queues))
	for _, q := range s.queues {
		out = append(out, q)
	}
	slices.SortFunc(out, func(a, b *queue) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// finish says how it went.
func (p *poll) finish(err error) (migration.Batch, error) {
	s := p.Source
	err = s.tempo.Ended(err, &s.health)
	batch := migration.Batch{QueueBuckets: p.buckets, Queues: s.views(), AskedLow: p.askedLow, AskedHigh: p.askedHigh, PollRate: s.plan}
	h := s.health.Health(p.now)
	h.Cadence, h.Objects, h.DataTo, h.FinalTo = s.Cadence(), len(s.queues), s.dataTo, s.finalTo()
	h.Note = p.note()
	if len(s.Settings.Queues)+len(s.Patterns) == 0 {
		h.State = migration.HealthOff
	}
	batch.Health = []migration.Health{h}
	return batch, err
}

// views are the queues as they are told of.
func (s *Source) views() []migration.Queue {
	out := make([]migration.Queue, 0, len(s.queues))
	for _, q := range s.sorted() {
		out = append(out, migration.Queue{
			Name: q.Name, Role: q.Role, Tenant: q.Tenant, Workload: q.Workload, AttributedBy: q.Evidence,
			Depth: q.depth, At: q.at, Live: q.live, Idle: q.idle(),
		})
	}
	return out
}

// finalTo is the time up to which nothing of any queue can change.
func (s *Source) finalTo() time.Time {
	var to time.Time
	for _, q := range s.queues {
		if q.seen.IsZero() {
			return time.Time{}
		}
		if t := q.seen.Add(-finalityLag); to.IsZero() || t.Before(to) {
			to = t
		}
	}
	return to
}

// note is what else there is to say.
func (p *poll) note() string {
	var idle, absent []string
	for _, q := range p.sorted() {
		switch {
		case q.absent:
			absent = append(absent, q.Name)
		case q.idle():
			idle = append(idle, q.Name)
		}
	}
	parts := slices.Concat(p.Notes, p.messages)
	if p.held != "" {
		parts = append(parts, p.held)
	}
	if len(absent) > 0 {
		parts = append(parts, "SQS does not know "+strings.Join(absent, ", "))
	}
	switch {
	case len(p.queues) > 0:
	case len(p.Patterns) > 0:
		parts = append(parts, "no queue here has a name that the configuration gives")
	default:
		parts = append(parts, "the configuration names no queue of this account and region")
	}
	if len(idle) > 0 {
		parts = append(parts, fmt.Sprintf("%d idle for more than 6 h: their first data may be 15 min late", len(idle)))
	}
	return strings.Join(parts, "; ")
}

// ceil is t rounded up to a multiple of d.
func ceil(t time.Time, d time.Duration) time.Time {
	if down := t.Truncate(d); down.Before(t) {
		return down.Add(d)
	}
	return t
}
