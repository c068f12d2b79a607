package joblogs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsmetrics"
	"github.com/migtop/migtop/internal/sources/awspoll"
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

// Pattern selects all log groups whose names match.
type Pattern struct {
	Text   string // as people wrote it
	Prefix string // that all their names begin with, "" for any
	// AnyAccount says that other accounts are looked through for the same pattern.
	AnyAccount bool
	// Match returns the owner of the lines in a log group with this name, false if the pattern does not select it.
	Match func(name string) (migration.Key, bool)
}

// Settings say how a Source reads.
type Settings struct {
	awspoll.Timing
	// Of a log group that several mean the first one holds, groups before patterns.
	Groups   []Group
	Patterns []Pattern
	// Notes are remarks about the selected log groups.
	Notes []string
}

// Source watches log groups of one account and region.
type Source struct {
	Settings
	*awspoll.Poller
	logs *cloudwatchlogs.Client

	groups map[string]*group // by name
	listed time.Time         // when all patterns were looked for; zero for never
}

// group is one log group with its state.
type group struct {
	Group
	anyAccount bool
	every      time.Duration // how often to ask, at the usual pace
	asked      time.Time
	arrived    awsmetrics.Arrived // when it was asked last
}

// Name is what the source is called, and its row.
const Name = "log arrival"

// New makes a source of an account and region. It asks nothing yet.
func New(access *awsaccess.Config, settings Settings) (*Source, error) {
	settings.Timing = settings.WithDefaults()
	s := &Source{Settings: settings, groups: map[string]*group{}}
	for _, g := range settings.Groups {
		if s.groups[g.Name] == nil {
			s.groups[g.Name] = &group{Group: g}
		}
	}
	var err error
	s.Poller, err = awspoll.New(access, settings.Timing, awspoll.Work{
		Name:    Name,
		Connect: func(c *awsaccess.Config) { s.logs = client(c) },
		Refresh: func(ctx context.Context, p *awspoll.Poll) error { return (&poll{s, p}).read(ctx) },
		Report:  func(p *awspoll.Poll, h *migration.Health) { (&poll{s, p}).report(h) },
	})
	return s, err
}

func client(c *awsaccess.Config) *cloudwatchlogs.Client {
	return cloudwatchlogs.NewFromConfig(c.SDK(), func(o *cloudwatchlogs.Options) { c.WithEndpoint(&o.BaseEndpoint) })
}

// poll is one poll's work.
type poll struct {
	*Source
	*awspoll.Poll
}

// read queries the log groups that are due.
func (p *poll) read(ctx context.Context) error {
	if len(p.Patterns) > 0 && p.ListDue(p.listed, everyList) {
		if err := p.list(ctx); err != nil {
			if awsaccess.Stops(err) && !awsaccess.HasFault(err, migration.FaultDenied) {
				return err
			}
			p.Row.Degrade(err) // log groups that are named in full are read all the same
		}
	}
	return p.readMetrics(ctx)
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
			page, err := awspoll.Ask(p.Poll, Actions[0], nil, func() (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
				page, err := pages.NextPage(ctx)
				if err == nil && page.LogGroups == nil {
					err = awsaccess.NotThatAPI(Actions[0], "HTTP 200 without log groups")
				}
				return page, err
			})
			if err != nil {
				return err
			}
			for i := range page.LogGroups {
				name := aws.ToString(page.LogGroups[i].LogGroupName)
				if key, ok := pattern.Match(name); ok && found[name] == nil {
					found[name] = &group{Group: Group{name, key}, anyAccount: pattern.AnyAccount}
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
	p.listed = p.Now
	return nil
}

// interval returns the time between queries for a log group. A log group without lines is queried rarely unless its
// tenant is on screen.
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

// readMetrics queries CloudWatch for the log groups that are due.
func (p *poll) readMetrics(ctx context.Context) error {
	groups := p.sorted()
	var plan awsmetrics.PollRate
	var due []*group
	for _, g := range groups {
		g.every = max(g.interval(p.Focus), p.Settings.Cadence)
		plan.Add(g.metrics(), g.every)
	}
	slices.SortStableFunc(groups, func(a, b *group) int { // who is looked at first, then who waited longest
		return cmp.Or(cmp.Compare(a.every, b.every), a.asked.Compare(b.asked))
	})
	for _, g := range groups {
		if p.Due(g.asked, g.every) {
			due = append(due, g)
		}
	}
	p.Rate = migration.Some(plan.PerHour())
	if p.Held != "" {
		return nil
	}
	if due = awsmetrics.Allowed(p.Focus.Pace.Allow, due, (*group).metrics); len(due) == 0 {
		return nil
	}
	names := make([]string, len(due))
	for i, g := range due {
		names[i] = g.Name
	}
	counts, err := p.Arrived(ctx, names)
	for i, g := range due {
		if counts[i].Lines.Known() {
			g.asked, g.arrived = p.Now, counts[i]
		}
	}
	return err
}

// report says how it went.
func (p *poll) report(h *migration.Health) {
	arrivals := p.arrivals()
	p.Batch.Add(arrivals)
	h.Cadence, h.Objects = p.often(), len(p.groups)
	for _, a := range arrivals {
		if !a.Absent && a.To.After(h.DataTo) {
			h.DataTo = a.To
		}
	}
	h.FinalTo = h.DataTo
	if len(p.Settings.Groups)+len(p.Patterns) == 0 {
		h.State = migration.HealthOff
	}
	h.Note = p.note()
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
	return max(p.Poller.Cadence(), p.Focus.Pace.Slowed(least))
}

// arrivals returns the log deliveries of the log groups and of patterns without a match: nothing arrives in a missing log
// group.
func (s *Source) arrivals() migration.LogDeliveries {
	out := migration.LogDeliveries{}
	for _, g := range s.sorted() {
		one := migration.LogDelivery{
			Group: g.Name, AnyAccount: g.anyAccount, From: g.arrived.From, To: g.arrived.To,
			Lines: g.arrived.Lines.Or(0), Minutes: g.arrived.Minutes,
		}
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
		out = append(out, migration.LogDelivery{Group: p.Text, AnyAccount: p.AnyAccount, Absent: true, From: from, To: to})
	}
	return out
}

// note is what else there is to say.
func (p *poll) note() string {
	parts := append(slices.Concat(p.Notes, p.Messages), p.Held)
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
	return awspoll.Note(parts...)
}
