package sqs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	sqsapi "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

var _ sources.Source = (*Source)(nil)

// The rhythm of reading.
const (
	everyList     = time.Hour // queues by pattern
	everySettings = time.Hour
	// settingsPerPoll is for how many queues the settings are read in one poll.
	settingsPerPoll = 20

	// minutesOfPast is how much of the past is asked for by the minute at the
	// start, and pastPeriod how finely what was before.
	minutesOfPast = 3 * time.Hour
	pastPeriod    = 15 * time.Minute

	// finalityLag is how long after its end a minute may change, and wakes how late
	// the first data of a queue are that was idle.
	// Source: Amazon SQS developer guide, "Available CloudWatch metrics".
	finalityLag = 5 * time.Minute
	wakes       = 15 * time.Minute
	// idleAfter is the time without messages after which SQS stops reporting metrics of a queue.
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

// Pattern selects all queues whose names match.
type Pattern struct {
	Prefix string // that all their names begin with, "" for any
	Role   migration.QueueRole
	// Match returns the owner of a queue with this name, false if the pattern does not select it.
	Match func(name string) (migration.Attribution, bool)
}

// Settings say how a Source reads.
type Settings struct {
	awspoll.Timing
	Queues   []Queue
	Patterns []Pattern
	// Notes are remarks about the selected queues.
	Notes []string
	// History is how much of the past is asked for at the start; 0 is 26 hours,
	// negative is none.
	History time.Duration
}

// Source reads queues of one account and region.
type Source struct {
	Settings
	*awspoll.Poller
	api *sqsapi.Client

	queues   map[string]*queue // by name
	listed   time.Time
	boundary time.Time
	dataTo   time.Time
	buckets  []migration.QueueBucket // of the present poll
	// denied is when SQS refused to say how a queue is set up; zero for not.
	denied time.Time
}

// queue is one queue with its state.
type queue struct {
	Queue
	depth        migration.QueueDepth
	at           time.Time // of the depth
	live         bool
	newestBucket time.Time // start of the newest bucket that has data; zero for none
	seen         time.Time // up to when CloudWatch was asked; zero for never
	asked        time.Time
	absent       bool      // SQS does not know it
	since        time.Time // from when on everything was read
	pastOne      bool      // the past was read
	settings     settings
	settingsAt   time.Time // when they were asked for; zero for never
}

// idle reports whether the queue had no data for six hours that were read completely.
func (q *queue) idle() bool {
	quiet := q.since
	if q.newestBucket.After(quiet) {
		quiet = q.newestBucket
	}
	return !q.seen.IsZero() && q.seen.Sub(quiet) > idleAfter
}

// New makes a source of an account and region. It asks nothing yet.
func New(access *awsaccess.Config, settings Settings) (*Source, error) {
	settings.Timing = settings.WithDefaults()
	if settings.History == 0 {
		settings.History = 26 * time.Hour
	}
	s := &Source{Settings: settings, queues: map[string]*queue{}}
	for _, q := range settings.Queues {
		s.queues[q.Name] = &queue{Queue: q}
	}
	var err error
	s.Poller, err = awspoll.New(access, settings.Timing, awspoll.Work{
		Name:    "sqs",
		Connect: func(c *awsaccess.Config) { s.api = client(c) },
		Refresh: func(ctx context.Context, p *awspoll.Poll) error { return (&poll{s, p}).read(ctx) },
		Report:  func(p *awspoll.Poll, h *migration.Health) { (&poll{s, p}).report(h) },
	})
	return s, err
}

func client(c *awsaccess.Config) *sqsapi.Client {
	return sqsapi.NewFromConfig(c.SDK(), func(o *sqsapi.Options) { c.WithEndpoint(&o.BaseEndpoint) })
}

// poll is one poll's work.
type poll struct {
	*Source
	*awspoll.Poll
}

// read brings the queues up to date. The first poll reads the past too.
func (p *poll) read(ctx context.Context) error {
	if p.boundary.IsZero() {
		p.boundary = awspoll.Ceil(p.Now.Add(-minutesOfPast), pastPeriod)
	}
	if len(p.Patterns) > 0 && p.ListDue(p.listed, everyList) {
		if err := p.list(ctx); err != nil {
			if awsaccess.Stops(err) && !awsaccess.HasFault(err, migration.FaultDenied) {
				return err
			}
			p.Row.Degrade(err) // queues that are named in full are read all the same
		}
	}
	if err := p.readMetrics(ctx); err != nil {
		return err
	}
	if p.Focus.Open {
		p.readLive(ctx, p.Focus.Tenant)
	}
	if p.Held == "" {
		p.readSettings(ctx)
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

// report says how it went.
func (p *poll) report(h *migration.Health) {
	p.Batch.Add(migration.QueuePoll{Queues: p.views(), Buckets: p.buckets})
	p.buckets = nil
	h.Objects, h.DataTo, h.FinalTo, h.Note = len(p.queues), p.dataTo, p.finalTo(), p.note()
	if len(p.Settings.Queues)+len(p.Patterns) == 0 {
		h.State = migration.HealthOff
	}
}

// views returns the queues for the snapshot.
func (s *Source) views() []migration.Queue {
	out := make([]migration.Queue, 0, len(s.queues))
	for _, q := range s.sorted() {
		out = append(out, migration.Queue{
			Name: q.Name, Role: q.Role, Tenant: q.Tenant, Workload: q.Workload, AttributedBy: q.Evidence,
			Depth: q.depth, At: q.at, Live: q.live, Idle: q.idle(),
			FIFO: strings.HasSuffix(q.Name, fifoSuffix), Visibility: q.settings.visibility,
			DeadLetterQueue: q.settings.deadLetters, MaxReceives: q.settings.receives,
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
	parts := append(slices.Concat(p.Notes, p.Messages), p.Held)
	if !p.denied.IsZero() {
		parts = append(parts, "the visibility timeout and the dead-letter queue are not known: sqs:GetQueueAttributes is not permitted")
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
	return awspoll.Note(parts...)
}
