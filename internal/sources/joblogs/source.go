package joblogs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsmetrics"
)

var _ sources.Source = (*Source)(nil)

// everyList is the time between two lists of log groups.
const everyList = time.Hour

// Group is a log group to watch. Name is required; no tenant is everybody, no workload
// all of the tenant's.
type Group struct {
	Name string
	Of   migration.Key
}

// Pattern stands for all log groups whose name it takes.
type Pattern struct {
	Text   string // as people wrote it
	Prefix string // that all their names begin with, "" for any
	// Sought says that other accounts are looked through for the same pattern.
	Sought bool
	// Match says whose lines go to a log group of this name, false where it is not meant.
	Match func(name string) (migration.Key, bool)
}

// Settings say how a Source reads.
type Settings struct {
	// Of a log group that several mean the first one holds, groups before patterns.
	Groups   []Group
	Patterns []Pattern
	// Notes are what else there is to say of the log groups that were asked for.
	Notes []string
	// Clock is the time that questions are about, Wall the time that answers take; nil
	// is the machine's.
	Clock, Wall clock.Clock
	// Cadence is the time between polls; 0 is a minute.
	Cadence time.Duration
	// Timeout bounds a poll; 0 is five sixths of Cadence.
	Timeout time.Duration
}

// Source watches log groups of one account and region.
type Source struct {
	Settings
	access *awsaccess.Config
	logs   *cloudwatchlogs.Client
	reload bool

	groups map[string]*group // by name
	listed time.Time         // when all patterns were looked for; zero for never
	health awsaccess.HealthTracker
	tempo  sources.Throttle
	plan   migration.Opt[migration.PollRate]
}

// group is one log group with what is known of it.
type group struct {
	Group
	sought  bool
	every   time.Duration // how often to ask, at the usual pace
	asked   time.Time
	arrived awsmetrics.Arrived // when it was asked last
}

// New makes a source of an account and region. It asks nothing yet.
func New(access *awsaccess.Config, settings Settings) (*Source, error) {
	if access == nil {
		return nil, errors.New("joblogs: a Config is required")
	}
	sources.Timed(&settings.Clock, &settings.Wall, &settings.Cadence, &settings.Timeout)
	s := &Source{Settings: settings, access: access, groups: map[string]*group{}}
	for _, g := range settings.Groups {
		if s.groups[g.Name] == nil {
			s.groups[g.Name] = &group{Group: g}
		}
	}
	s.health.Source = Name
	s.tempo.Every = settings.Cadence
	s.connect()
	return s, nil
}

func (s *Source) connect() { s.logs = client(s.access) }

func client(c *awsaccess.Config) *cloudwatchlogs.Client {
	return cloudwatchlogs.NewFromConfig(c.SDK(), func(o *cloudwatchlogs.Options) { c.WithEndpoint(&o.BaseEndpoint) })
}

// Name is what the source is called, and its row.
const Name = "log arrival"

// Name is "log arrival".
func (s *Source) Name() string { return Name }

// Cadence is the time between polls: longer while AWS throttles, and where the budget
// is tight.
func (s *Source) Cadence() time.Duration { return s.tempo.Cadence() }

// Close drops the connections that are kept open. Nothing else outlives Poll.
func (s *Source) Close() error {
	s.access.Close()
	return nil
}

// poll is one poll's work.
type poll struct {
	*Source
	now   time.Time
	pace  sources.Pace
	asked awsmetrics.Answer // what CloudWatch was asked, and said of its answers
	held  string            // why CloudWatch is not asked
}

// Poll asks about the log groups whose time has come.
func (s *Source) Poll(ctx context.Context, focus sources.Focus) (migration.Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	p := &poll{Source: s, now: s.Clock.Now().UTC(), pace: focus.Pace}
	s.health.Begin()
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
			p.health.Degrade(err) // log groups that are named in full are read all the same
		}
	}
	return p.readMetrics(ctx, focus)
}

// list finds the log groups that patterns mean.
func (p *poll) list(ctx context.Context) error {
	found := make(map[string]*group)
	for _, pattern := range p.Patterns {
		in := &cloudwatchlogs.DescribeLogGroupsInput{Limit: aws.Int32(50)}
		if pattern.Prefix != "" {
			in.LogGroupNamePrefix = aws.String(pattern.Prefix)
		}
		pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(p.logs, in)
		for pages.HasMorePages() {
			began := p.Wall.Now()
			page, err := pages.NextPage(ctx)
			if err == nil && page.LogGroups == nil {
				err = awsaccess.NotThatAPI("logs:DescribeLogGroups", "HTTP 200 without log groups")
			}
			p.health.Called(p.Wall.Now().Sub(began), err != nil)
			if err != nil {
				return p.access.Explain("logs:DescribeLogGroups", err)
			}
			for i := range page.LogGroups {
				name := aws.ToString(page.LogGroups[i].LogGroupName)
				if key, ok := pattern.Match(name); ok && found[name] == nil {
					found[name] = &group{Group: Group{name, key}, sought: pattern.Sought}
				}
			}
		}
	}
	named := func(name string) bool {
		return slices.ContainsFunc(p.Settings.Groups, func(g Group) bool { return g.Name == name })
	}
	for name := range p.groups {
		if found[name] == nil && !named(name) {
			delete(p.groups, name)
		}
	}
	for name, g := range found {
		if p.groups[name] == nil {
			p.groups[name] = g
		}
	}
	p.listed = p.now
	return nil
}

// interval is how often to ask about a log group. Silence is asked about seldom, but
// for whoever looks.
func (g *group) interval(focus sources.Focus) time.Duration {
	everybody := g.Of.Tenant == migration.Unattributed
	switch {
	case focus.Open && (everybody || g.Of.Tenant == focus.Tenant):
		return sources.LogsFocused
	case g.arrived.Lines == migration.Some[int64](0):
		return sources.LogsOther
	case everybody:
		return sources.LogsVisible
	}
	return focus.LogInterval(g.Of.Tenant)
}

func (g *group) metrics() []awsmetrics.Metric {
	return []awsmetrics.Metric{awsmetrics.IncomingLogEvents(g.Name)}
}

// sorted are the log groups by name.
func (s *Source) sorted() []*group {
	out := make([]*group, 0, len(s.groups))
	for _, g := range s.groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *group) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// readMetrics asks CloudWatch about the log groups whose time has come.
func (p *poll) readMetrics(ctx context.Context, focus sources.Focus) error {
	groups := p.sorted()
	var plan awsmetrics.PollRate
	var due []*group
	for _, g := range groups {
		g.every = max(g.interval(focus), p.Settings.Cadence)
		plan.Add(g.metrics(), g.every)
	}
	slices.SortStableFunc(groups, func(a, b *group) int { // who is looked at first, then who waited longest
		return cmp.Or(cmp.Compare(a.every, b.every), a.asked.Compare(b.asked))
	})
	for _, g := range groups {
		if g.asked.IsZero() || p.now.Sub(g.asked) >= p.pace.Slowed(g.every)-p.pace.Slowed(p.Settings.Cadence)/2 {
			due = append(due, g)
		}
	}
	p.plan = migration.Some(plan.PerHour())
	if p.held != "" {
		return nil
	}
	if due = awsmetrics.Allowed(p.pace.Allow, due, (*group).metrics); len(due) == 0 {
		return nil
	}
	names := make([]string, len(due))
	for i, g := range due {
		names[i] = g.Name
	}
	reader := awsmetrics.Reader{Access: p.access, Health: &p.health, Wall: p.Wall}
	counts, answer, err := reader.Arrived(ctx, names, p.now)
	p.asked = answer
	for i, g := range due {
		if counts[i].Lines.Known() {
			g.asked, g.arrived = p.now, counts[i]
		}
	}
	return err
}

// finish says how it went.
func (p *poll) finish(err error) (migration.Batch, error) {
	s := p.Source
	err = s.tempo.Ended(err, &s.health)
	batch := migration.Batch{LogArrivals: s.arrivals(), AskedLow: p.asked.AskedLow, AskedHigh: p.asked.AskedHigh, PollRate: s.plan}
	h := s.health.Health(p.now)
	h.Cadence, h.Objects = p.often(), len(s.groups)
	for _, a := range batch.LogArrivals {
		if !a.Absent && a.To.After(h.DataTo) {
			h.DataTo = a.To
		}
	}
	h.FinalTo = h.DataTo
	if len(s.Settings.Groups)+len(s.Patterns) == 0 {
		h.State = migration.HealthOff
	}
	h.Note = p.note()
	batch.Health = []migration.Health{h}
	return batch, err
}

// often is the time between two questions about the log group that is asked about
// most often: polls come sooner, and mostly have nothing to ask.
func (p *poll) often() time.Duration {
	var least time.Duration
	for _, g := range p.groups {
		if g.every > 0 && (least == 0 || g.every < least) {
			least = g.every
		}
	}
	return max(p.Cadence(), p.pace.Slowed(least))
}

// arrivals are what is known of the log groups, and of the patterns that were looked
// for: nothing arrives in what is not there.
func (s *Source) arrivals() []migration.LogDelivery {
	out := []migration.LogDelivery{}
	for _, g := range s.sorted() {
		one := migration.LogDelivery{Group: g.Name, Sought: g.sought, From: g.arrived.From, To: g.arrived.To, Lines: g.arrived.Lines.Or(0)}
		if g.Of.Tenant != migration.Unattributed {
			one.Of = []migration.Key{g.Of}
		}
		out = append(out, one)
	}
	if s.listed.IsZero() {
		return out
	}
	from, to := awsmetrics.LastCounted(s.listed)
	for _, p := range s.Patterns {
		out = append(out, migration.LogDelivery{Group: p.Text, Sought: p.Sought, Absent: true, From: from, To: to})
	}
	return out
}

// note is what else there is to say.
func (p *poll) note() string {
	parts := slices.Concat(p.Notes, p.asked.Messages)
	if p.held != "" {
		parts = append(parts, p.held)
	}
	var silent []string
	for _, g := range p.sorted() {
		if g.arrived.Lines == migration.Some[int64](0) {
			silent = append(silent, g.Name)
		}
	}
	switch {
	case len(silent) > 3:
		parts = append(parts, fmt.Sprintf("no line arrived in %d of %d log groups within an hour", len(silent), len(p.groups)))
	case len(silent) > 0:
		parts = append(parts, "no line arrived in "+strings.Join(silent, ", ")+" within an hour")
	}
	switch {
	case len(p.groups) > 0:
	case len(p.Patterns) > 0 && !p.listed.IsZero():
		parts = append(parts, "no log group here has a name that the configuration gives")
	case len(p.Patterns) == 0:
		parts = append(parts, "the configuration names no log group of this account and region")
	}
	return strings.Join(parts, "; ")
}
