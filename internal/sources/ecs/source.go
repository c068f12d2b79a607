package ecs

import (
	"context"
	"errors"
	"fmt"
	"time"

	ecsapi "github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsmetrics"
)

var _ sources.Source = (*Source)(nil)

// The rhythm of reading.
const (
	everyServices = time.Hour // clusters, services, their tags

	// minutesOfPast is how much of the past is booked by the minute at the
	// start, and pastPeriod how finely what was before.
	minutesOfPast = 3 * time.Hour
	pastPeriod    = 15 * time.Minute

	// finalityLag is how long after its end a minute may change: CloudWatch's data
	// are some two minutes late.
	finalityLag = 5 * time.Minute
)

// Settings say how a Source reads. Attribute is required.
type Settings struct {
	Attribute migration.Attribute
	// Cluster leaves clusters out by name; nil leaves none out.
	Cluster func(name string) bool
	// Seek makes the source one that looks whether there is anything: what no
	// rule gives to a tenant is left out, and not being permitted to look is no
	// trouble.
	Seek bool
	// Side makes ECS a side of the move: tasks that were started by themselves are runs, each
	// of which is listed and recorded. Services then have a platform of their own, since what
	// they run has no end.
	Side bool
	// Clock is the time that questions are about, Wall the time that answers
	// take; nil is the machine's.
	Clock, Wall clock.Clock
	// Cadence is the time between polls; 0 is a minute.
	Cadence time.Duration
	// Timeout bounds a poll; 0 is five sixths of Cadence.
	Timeout time.Duration
	// History is how much of the past is booked at the start; 0 is 26 hours,
	// negative is none.
	History time.Duration
}

// Source reads the ECS clusters of one account and region.
type Source struct {
	Settings
	access *awsaccess.Config
	api    *ecsapi.Client
	reload bool // the credentials did not do: look for them again

	clusters map[string]*cluster // by ARN
	hosts    map[string]migration.Host
	sizes    map[string]size // of task definitions, by ARN
	tasks    map[string]*task
	units    map[string]*unit
	listed   time.Time
	boundary time.Time // quarters of an hour before it, minutes from it on
	booked   time.Time // up to when everything was booked once; zero before the first poll
	told     time.Time // since when ECS has told of every task that ended
	whole    time.Time // since when every task that has ended is still in tasks
	health   awsaccess.HealthTracker
	tempo    sources.Throttle
	plan     migration.Opt[migration.PollRate]
}

// New makes a source of an account and region. It asks nothing yet.
func New(access *awsaccess.Config, settings Settings) (*Source, error) {
	if access == nil || settings.Attribute == nil {
		return nil, errors.New("ecs: a Config and Settings.Attribute are required")
	}
	sources.Timed(&settings.Clock, &settings.Wall, &settings.Cadence, &settings.Timeout)
	if settings.History == 0 {
		settings.History = 26 * time.Hour
	}
	s := &Source{
		Settings: settings, access: access,
		clusters: map[string]*cluster{}, hosts: map[string]migration.Host{}, sizes: map[string]size{},
		tasks: map[string]*task{}, units: map[string]*unit{},
	}
	s.health.Source = "ecs"
	s.tempo.Every = settings.Cadence
	s.connect()
	return s, nil
}

func (s *Source) connect() { s.api = client(s.access) }

func client(c *awsaccess.Config) *ecsapi.Client {
	return ecsapi.NewFromConfig(c.SDK(), func(o *ecsapi.Options) { c.WithEndpoint(&o.BaseEndpoint) })
}

// Name is "ecs".
func (s *Source) Name() string { return "ecs" }

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
	pace                sources.Pace
	held                string // why CloudWatch is not asked
	askedLow, askedHigh int64
	messages            []string
}

// Poll reads what is due. The first poll books the past too.
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
	if focus.Away && !p.Side { // runs are seen for an hour, and cost nothing to read
		return p.finish(migration.Batch{}, nil)
	}
	if p.booked.IsZero() || p.now.Sub(p.booked) > stoppedFor {
		p.told = p.now.Add(-stoppedFor) // what ended before the last hour was missed
	}
	err := p.read(ctx, focus)
	s.reload = awsaccess.AccountWide(err)
	var batch migration.Batch
	if err == nil {
		batch.Activities = p.book()
		if p.Side {
			batch.Platform, batch.CoverFrom = migration.ECS, migration.Some(p.told)
			batch.Runs, batch.Records = p.runs(), p.records()
		}
	}
	return p.finish(batch, err)
}

// read brings everything up to date. Its error is one that leaves nothing to book.
func (p *poll) read(ctx context.Context, focus sources.Focus) error {
	if p.reload {
		fresh, err := p.access.Renew(ctx)
		if err != nil {
			return err
		}
		p.access, p.listed = fresh, time.Time{}
		p.connect()
	}
	if p.listed.IsZero() || p.now.Sub(p.listed) >= everyServices-p.Settings.Cadence/2 {
		if err := p.listClusters(ctx); err != nil {
			return err
		}
	}
	if err := p.readTasks(ctx); err != nil {
		return err
	}
	return p.readUsage(ctx, focus)
}

// finish says how it went.
func (p *poll) finish(batch migration.Batch, err error) (migration.Batch, error) {
	s := p.Source
	err = s.tempo.Ended(err, &s.health)
	h := s.health.Health(p.now)
	h.Cadence = s.Cadence()
	h.Objects = s.running()
	if !s.booked.IsZero() {
		h.DataTo, h.FinalTo = s.booked, s.booked.Add(-finalityLag)
	}
	h.Note = p.note()
	batch.AskedLow, batch.AskedHigh, batch.PollRate = p.askedLow, p.askedHigh, s.plan
	units, _ := s.counted()
	if s.Seek && (awsaccess.HasFault(err, migration.FaultDenied) || (err == nil && h.Problem == nil && len(units) == 0)) {
		h.State, h.Problem, h.FinalTo, h.DataTo = migration.HealthOff, nil, time.Time{}, time.Time{}
		switch {
		case err != nil:
			h.Note = "not looked for: ecs:ListClusters and the like are not permitted"
		case len(s.clusters) == 0:
			h.Note = "there are no ECS clusters in " + s.access.Region()
		}
		err = nil
	}
	batch.Health = []migration.Health{h}
	return batch, err
}

// note is what else there is to say.
func (p *poll) note() string {
	note := p.held
	for _, m := range p.messages {
		if note != "" {
			note += "; "
		}
		note += m
	}
	_, leftOut := p.counted()
	if note == "" && leftOut > 0 {
		note = fmt.Sprintf("%d services and families that no rule gives to a tenant are left out: set aws.ecs.read to all to count them", leftOut)
	}
	return note
}

// running counts the tasks that hold something now.
func (s *Source) running() int {
	n := 0
	for _, t := range s.tasks {
		if t.to == 0 && t.unit != nil {
			n++
		}
	}
	return n
}

// reader asks CloudWatch on behalf of this poll.
func (p *poll) reader() *awsmetrics.Reader {
	return &awsmetrics.Reader{Access: p.access, Health: &p.health, Wall: p.Wall}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// ceil is t rounded up to a multiple of d.
func ceil(t time.Time, d time.Duration) time.Time {
	if down := t.Truncate(d); down.Before(t) {
		return down.Add(d)
	}
	return t
}
