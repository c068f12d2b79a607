package ecs

import (
	"context"
	"errors"
	"fmt"
	"time"

	ecsapi "github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
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
	awspoll.Timing
	Attribute migration.Attribute
	// Cluster leaves clusters out by name; nil leaves none out.
	Cluster func(name string) bool
	// Seek makes the source check whether anything exists: it drops what no rule assigns to a tenant, and a missing
	// permission is not an error.
	Seek bool
	// Side makes ECS a side of the move: tasks that were started by themselves are runs, each
	// of which is listed and recorded. Services then have a platform of their own, since what
	// they run has no end.
	Side bool
	// History is how much of the past is booked at the start; 0 is 26 hours,
	// negative is none.
	History time.Duration
}

// Source reads the ECS clusters of one account and region.
type Source struct {
	Settings
	*awspoll.Poller
	api *ecsapi.Client

	clusters     map[string]*cluster // by ARN
	hosts        map[string]migration.Host
	sizes        map[string]size // of task definitions, by ARN
	tasks        map[string]*task
	units        map[string]*unit
	starts       map[startKey]*startMinute
	listed       time.Time
	boundary     time.Time // quarters of an hour before it, minutes from it on
	booked       time.Time // up to when everything was booked once; zero before the first poll
	completeFrom time.Time // since when every task that ended is known
	whole        time.Time // since when every task that has ended is still in tasks
}

// New makes a source of an account and region. It asks nothing yet.
func New(access *awsaccess.Config, settings Settings) (*Source, error) {
	if settings.Attribute == nil {
		return nil, errors.New("ecs: Settings.Attribute is required")
	}
	settings.Timing = settings.WithDefaults()
	if settings.History == 0 {
		settings.History = 26 * time.Hour
	}
	s := &Source{
		Settings: settings,
		clusters: map[string]*cluster{}, hosts: map[string]migration.Host{}, sizes: map[string]size{},
		tasks: map[string]*task{}, units: map[string]*unit{}, starts: map[startKey]*startMinute{},
	}
	var err error
	s.Poller, err = awspoll.New(access, settings.Timing, awspoll.Work{
		Name:    "ecs",
		Always:  settings.Side, // runs are seen for an hour, and cost nothing to read
		Connect: func(c *awsaccess.Config) { s.api, s.listed = client(c), time.Time{} },
		Refresh: func(ctx context.Context, p *awspoll.Poll) error { return (&poll{s, p}).read(ctx) },
		Report:  func(p *awspoll.Poll, h *migration.Health) { (&poll{s, p}).report(h) },
	})
	return s, err
}

func client(c *awsaccess.Config) *ecsapi.Client {
	return ecsapi.NewFromConfig(c.SDK(), func(o *ecsapi.Options) { c.WithEndpoint(&o.BaseEndpoint) })
}

// poll is one poll's work.
type poll struct {
	*Source
	*awspoll.Poll
}

// read reads everything and books it. The first poll also books the past. It returns an error only if there is nothing
// to book.
func (p *poll) read(ctx context.Context) error {
	if p.boundary.IsZero() {
		p.boundary = awspoll.Ceil(p.Now.Add(-minutesOfPast), pastPeriod)
	}
	if p.booked.IsZero() || p.Now.Sub(p.booked) > stoppedFor {
		p.completeFrom = p.Now.Add(-stoppedFor) // what ended before the last hour was missed
	}
	if p.ListDue(p.listed, everyServices) {
		if err := p.listClusters(ctx); err != nil {
			return err
		}
	}
	if err := p.readTasks(ctx); err != nil {
		return err
	}
	if err := p.readUsage(ctx); err != nil {
		return err
	}
	p.Batch.Activities = p.book()
	if p.Side {
		p.Batch.Platform, p.Batch.CoverFrom = migration.ECS, migration.Some(p.completeFrom)
		p.Batch.Runs = p.runs()
		p.Batch.Add(migration.RunRecords(p.records()))
		p.Batch.Add(p.bookStarts())
	}
	return nil
}

// report says how it went.
func (p *poll) report(h *migration.Health) {
	h.Objects = p.running()
	if !p.booked.IsZero() {
		h.DataTo, h.FinalTo = p.booked, p.booked.Add(-finalityLag)
	}
	h.Note = p.note()
	units, _ := p.counted()
	if p.Seek && (awsaccess.HasFault(p.Err, migration.FaultDenied) || (p.Err == nil && h.Problem == nil && len(units) == 0)) {
		h.State, h.Problem, h.FinalTo, h.DataTo = migration.HealthOff, nil, time.Time{}, time.Time{}
		switch {
		case p.Err != nil:
			h.Note = "not looked for: ecs:ListClusters and the like are not permitted"
		case len(p.clusters) == 0:
			h.Note = "there are no ECS clusters in " + p.Access.Region()
		}
		p.Err = nil
	}
}

// note is what else there is to say.
func (p *poll) note() string {
	note := awspoll.Note(append([]string{p.Held}, p.Messages...)...)
	if _, leftOut := p.counted(); note == "" && leftOut > 0 {
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
