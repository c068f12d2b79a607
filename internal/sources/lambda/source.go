package lambda

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

var _ sources.Streamer = (*Source)(nil)

// The rhythm of reading. See the poll plan in the package's documentation.
const (
	everyFunctions = time.Hour        // ListFunctions
	everyActive    = 15 * time.Minute // ListMetrics

	// noteRhythm explains ages that are longer than the cadence.
	noteRhythm = "an open tenant is asked about every minute, rows on screen every 5, the rest every 15"
)

// Settings say how a Source reads. Attribute is required.
type Settings struct {
	awspoll.Timing
	Attribute migration.Attribute
	// Tags says that Attribute looks at tags: then they are read, one call a
	// function, before a function is asked about for the first time.
	Tags bool
	// Embedded are the metrics by which functions that tenants share are split;
	// of several that match, the first one.
	Embedded []Embedded
	// Linked makes the account a monitoring account: the functions of accounts that
	// are linked to it are read through it, from their metrics alone. It gives the
	// account's own number and those that are read otherwise, which are left out.
	// Until it can, no linked account is read: it might be counted twice. nil is none.
	Linked func(context.Context) (own string, others []string, err error)
	// Aliases reports whether a rule names aliases of a function: these are listed and read
	// separately. Nil is none.
	Aliases func(function string) bool
	// Arrival says that log groups are asked whether lines arrive: a metric each, of
	// active functions only, four times less often than about their runs.
	Arrival bool
	// Ingestion says that the bytes that log groups take in are read with their functions, a
	// metric each: Lambda is billed for them.
	Ingestion bool
	// Include leaves functions out by name; nil leaves none out.
	Include func(function string) bool
	// Rand spreads the questions of a large fleet over its polls; nil asks
	// them all at once.
	Rand *rand.Rand
	// History is how much of the past before the first minutes is asked for, by
	// quarters of an hour or so; 0 is 26 hours, negative is none.
	History time.Duration
	// Days is how many whole days before today are asked for once, by the day in UTC: what
	// weekdays are learnt from. 0 is none.
	Days int
	// Kept reports whether a day is already in the history and need not be read. Nil is none.
	Kept func(day time.Time) bool
	// InFlight is how many calls run at once; 0 is 4.
	InFlight int
}

func (s Settings) withDefaults() Settings {
	s.Timing = s.Timing.WithDefaults()
	if s.History == 0 {
		s.History = 26 * time.Hour
	}
	if s.InFlight <= 0 {
		s.InFlight = 4
	}
	return s
}

// Source reads the Lambda functions of one account and region.
type Source struct {
	Settings
	*awspoll.Poller
	metrics *cloudwatch.Client
	lambda  *lambdaapi.Client
	tagging *tagging.Client
	// tagsDenied is set where the tagging API is not permitted: each function
	// is asked for its tags then.
	tagsDenied bool
	// sourcesDenied is set where event source mappings may not be listed.
	sourcesDenied bool
	mappings      mappings
	polled        bool // a poll came to read event sources
	// aliasesDenied is why aliases cannot be listed, which is tried again at aliasesRetry;
	// versionsDenied why the versions behind them cannot be looked up.
	aliasesDenied, versionsDenied *migration.Problem
	aliasesRetry, versionsRetry   time.Time
	values                        map[published][]string // of the tenant dimensions, sorted
	owners                        map[owned]owned        // of parts of shared functions: whose they are part of

	fleet  fleet
	groups map[owned]*group
	// logGroups are the log groups of active functions, by name.
	logGroups map[string]*logGroup
	order     []*group  // the same, sorted by key
	boundary  time.Time // the past before it, minutes from it on; zero before the first poll
	minutes   time.Duration
	period    time.Duration // of the past; see past
	covered   bool          // every minute from the boundary on was read once
	dataTo    time.Time

	// lambdaHealth is the row of the Lambda API. The poller's is CloudWatch's.
	lambdaHealth awsaccess.HealthTracker
}

// New makes a source of an account and region. It asks nothing yet.
func New(config *awsaccess.Config, settings Settings) (*Source, error) {
	if config == nil || settings.Attribute == nil {
		return nil, errors.New("lambda: a Config and Settings.Attribute are required")
	}
	s := &Source{
		Settings: settings.withDefaults(),
		groups:   make(map[owned]*group), values: make(map[published][]string), owners: make(map[owned]owned),
	}
	s.fleet = fleet{functions: make(map[string]*function), region: config.Region(), partition: config.Partition()}
	s.lambdaHealth.Source = "lambda"
	var err error
	s.Poller, err = awspoll.New(config, s.Timing, awspoll.Work{Name: "lambda", Row: "cloudwatch", Connect: s.connect})
	return s, err
}

func (s *Source) connect(c *awsaccess.Config) {
	s.metrics, s.lambda = cloudwatchOf(c), lambdaOf(c)
	s.tagging, s.tagsDenied = tagging.NewFromConfig(c.SDK(), func(o *tagging.Options) { c.WithEndpoint(&o.BaseEndpoint) }), false
	s.sourcesDenied, s.aliasesDenied, s.versionsDenied = false, nil, nil
	s.mappings = mappings{}
	s.versionsRetry = time.Time{}
	s.fleet.tried = time.Time{}
}

func cloudwatchOf(c *awsaccess.Config) *cloudwatch.Client {
	return cloudwatch.NewFromConfig(c.SDK(), func(o *cloudwatch.Options) { c.WithEndpoint(&o.BaseEndpoint) })
}

func lambdaOf(c *awsaccess.Config) *lambdaapi.Client {
	return lambdaapi.NewFromConfig(c.SDK(), func(o *lambdaapi.Options) { c.WithEndpoint(&o.BaseEndpoint) })
}

// Poll reads what is due. The first poll reads everything, the past included.
func (s *Source) Poll(ctx context.Context, focus sources.Focus) (migration.Batch, error) {
	var activities []migration.Activity
	batch, err := s.Stream(ctx, focus, func(part migration.Batch) { activities = append(activities, part.Activities...) })
	batch.Activities = append(activities, batch.Activities...)
	return batch, err
}

// Stream reads what is due as Poll does, and delivers activities by the thousand: the first
// poll of a large fleet has a million of them.
func (s *Source) Stream(ctx context.Context, focus sources.Focus, deliver func(migration.Batch)) (migration.Batch, error) {
	ctx, cancel := s.Deadline(ctx)
	defer cancel()
	p := &poll{Source: s, Poll: s.Begin(focus), deliver: deliver}
	s.lambdaHealth.Begin()
	if _, held := focus.Paused(); held {
		batch := p.finish()
		batch.Health[0].Note = p.Held
		return batch, nil
	}

	if err := s.Renew(ctx); err != nil {
		s.Row.Fail(err)
		s.lambdaHealth.Fail(err)
		return p.finish(), err
	}
	changed, err := p.refresh(ctx)
	if err == nil {
		s.layLogs()
		s.regroup()
		s.layOut(p.Now)
		err = p.query(ctx, focus)
		p.readArrival(ctx, focus, err)
		changed = p.readMappings(ctx, focus) || changed
		changed = p.readEventSources(ctx, focus) || changed
		changed = p.showAliases(ctx, focus) || p.renamed || changed
	}
	s.Refused(err)
	batch := p.finish()
	if changed {
		batch.Functions = s.fleet.known()
	}
	return batch, err
}

// layOut decides once how the past is asked for, when the size of the fleet is known.
func (s *Source) layOut(now time.Time) {
	if !s.boundary.IsZero() {
		return
	}
	n := 0
	for _, g := range s.order {
		n += max(len(g.old), len(g.active))
	}
	if n == 0 && s.fleet.active.IsZero() {
		return // not known yet
	}
	s.minutes, s.period = past(n, s.History)
	s.boundary = awspoll.Ceil(now.Add(-s.minutes), s.period)
}

// finish makes the batch of what the poll brought.
func (p *poll) finish() migration.Batch {
	s := p.Source
	s.Throttle.Throttled(p.throttled)
	s.Row.Reword(s.Throttle.Explain(s.Row.Problem()))
	cw := s.Row.Health(p.Now)
	cw.Cadence, cw.DataTo, cw.FinalTo = s.Cadence(), s.dataTo, s.finalTo()
	cw.Objects = s.activeFunctions()
	if cw.Note == "" && cw.Problem == nil {
		cw.Note = noteRhythm
	}
	cw.Note = strings.TrimPrefix(p.note(cw.Note)+s.noteLinked(), "; ")
	if why := p.Focus.Pace.Why; why != "" && !p.Focus.Pace.Hold {
		cw.Note = "polling every " + migration.Brief(s.Cadence()) + " " + why
		if p.leftOut > 0 {
			cw.Note += fmt.Sprintf("; %d functions wait, there is no room for them now", p.leftOut)
		}
	}
	if p.plan.known {
		s.Rate = migration.Some(migration.PollRate{Low: int64(math.Round(p.plan.low)), High: int64(math.Round(p.plan.high))})
	}
	fn := s.lambdaHealth.Health(p.Now)
	fn.Cadence, fn.Objects = everyFunctions, len(s.fleet.functions)-s.fleet.linked()
	if fn.State == migration.HealthOK {
		fn.Note = noteUnsized(s.fleet.unsized())
	}
	batch := p.Batch
	batch.Activities = p.activities
	if s.Arrival {
		batch.Add(s.arrivals())
	}
	batch.Health, batch.PollRate = []migration.Health{cw, fn}, s.Rate
	if from, ok := s.daysFrom(p.Now); ok {
		batch.Add(migration.DaysRead{From: from})
	}
	if s.covered {
		from := s.boundary
		if s.hoursRead() {
			from = from.Add(-max(s.History, 0).Truncate(s.period))
		}
		batch.CoverFrom = migration.Some(from)
	}
	return batch
}

// finalTo is the time up to which nothing of any active function can change.
func (s *Source) finalTo() time.Time {
	var to time.Time
	for _, g := range s.order {
		if len(g.active) == 0 {
			continue
		}
		if g.last.IsZero() {
			return time.Time{}
		}
		if t := g.last.Add(-g.finalityLag()).Truncate(time.Minute); to.IsZero() || t.Before(to) {
			to = t
		}
	}
	return to
}

func (s *Source) activeFunctions() int {
	n := 0
	for _, g := range s.order {
		n += len(g.active)
	}
	return n
}

func (s *Source) hoursRead() bool {
	return s.History <= 0 || !slices.ContainsFunc(s.order, (*group).pastDue)
}

// note appends CloudWatch's messages about its responses.
func (p *poll) note(note string) string {
	slices.Sort(p.Messages)
	return awspoll.Note(append([]string{note}, slices.Compact(p.Messages)...)...)
}
