// Package awspoll is the loop that the AWS sources share: deadline, credentials that are
// renewed, the budget, throttling, the health row, and what CloudWatch was asked. A source
// embeds a [Poller] and gives it a [Work]: how it makes its clients, what it reads, and
// what it reports.
package awspoll

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsmetrics"
)

// Timing says when a source polls. It is part of a source's settings.
type Timing struct {
	// Clock is the time that questions are about, Wall the time that answers take; nil is
	// the machine's.
	Clock, Wall clock.Clock
	// Cadence is the time between polls; 0 is a minute.
	Cadence time.Duration
	// Timeout bounds a poll; 0 is five sixths of Cadence.
	Timeout time.Duration
}

// WithDefaults returns the timing with nothing left open.
func (t Timing) WithDefaults() Timing {
	for _, c := range []*clock.Clock{&t.Clock, &t.Wall} {
		if *c == nil {
			*c = clock.System()
		}
	}
	if t.Cadence <= 0 {
		t.Cadence = sources.EveryFocused
	}
	if t.Timeout <= 0 {
		t.Timeout = t.Cadence * 5 / 6
	}
	return t
}

// Work is what a source does in the loop.
type Work struct {
	Name string // of the source
	Row  string // of its health row; "" is Name
	// Always makes the source read even if no screen shows its data. It then sends no CloudWatch requests, which cost money:
	// the poll's Held says so.
	Always bool
	// Connect makes the clients, at the start and whenever credentials were renewed.
	Connect func(*awsaccess.Config)
	// Refresh reads what is due and puts it into the poll's Batch. Its error says that
	// nothing, or not all, could be read; what was read stays. A source with a loop of its
	// own leaves it out, and Report too.
	Refresh func(context.Context, *Poll) error
	// Report completes the health row after every poll, including one that read nothing. It may change the poll's Err.
	Report func(*Poll, *migration.Health)
}

// Poller runs the polls of a source in one account and region.
type Poller struct {
	Access   *awsaccess.Config
	Row      awsaccess.HealthTracker
	Throttle Throttle
	// Rate is the expected number of CloudWatch requests per hour; unknown until it is calculated.
	Rate migration.Opt[migration.PollRate]

	work   Work
	timing Timing
	reload bool // the credentials did not work: look for them again
}

// New makes a poller. It asks nothing yet.
func New(access *awsaccess.Config, timing Timing, work Work) (*Poller, error) {
	if access == nil {
		return nil, errors.New(work.Name + ": a Config is required")
	}
	p := &Poller{Access: access, work: work, timing: timing.WithDefaults()}
	p.Throttle.Every = p.timing.Cadence
	if p.Row.Source = work.Row; work.Row == "" {
		p.Row.Source = work.Name
	}
	work.Connect(access)
	return p, nil
}

// Name is the name of the source.
func (p *Poller) Name() string { return p.work.Name }

// Cadence is the time between polls: longer while AWS throttles, and where the budget is
// tight.
func (p *Poller) Cadence() time.Duration { return p.Throttle.Cadence() }

// Close drops the connections that are kept open. Nothing else outlives Poll.
func (p *Poller) Close() error {
	p.Access.Close()
	return nil
}

// Poll is one poll.
type Poll struct {
	Now   time.Time // in UTC
	End   time.Time // of the last full minute
	Focus sources.Focus
	// Held is why CloudWatch is not asked in this poll, "" where it may be.
	Held string
	// Batch is what the poll brought.
	Batch migration.Batch
	// Messages are what CloudWatch said of its own answers.
	Messages []string
	// Err is how the poll ended, nil for well.
	Err error

	poller *Poller
}

// Begin starts a poll. Only a source with a loop of its own calls it.
func (p *Poller) Begin(focus sources.Focus) *Poll {
	now := p.timing.Clock.Now().UTC()
	p.Row.Begin()
	p.Throttle.Keep(focus.Pace)
	held, _ := focus.Paused()
	return &Poll{Now: now, End: now.Truncate(time.Minute), Focus: focus, Held: held, poller: p}
}

// Deadline bounds a poll.
func (p *Poller) Deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, p.timing.Timeout)
}

// Renew looks for credentials again after they were refused or had expired, since the user
// may have logged in meanwhile. Otherwise it does nothing. The error is a [migration.Problem].
func (p *Poller) Renew(ctx context.Context) error {
	if !p.reload {
		return nil
	}
	fresh, err := p.Access.Renew(ctx)
	if err != nil {
		return err
	}
	p.Access, p.reload = fresh, false
	p.work.Connect(fresh)
	return nil
}

// Refused takes in whether a poll's error was about the credentials.
func (p *Poller) Refused(err error) { p.reload = awsaccess.AccountWide(err) }

// Poll reads what is due. It reads nothing if no screen shows the data, except for a source with Always.
func (p *Poller) Poll(ctx context.Context, focus sources.Focus) (migration.Batch, error) {
	ctx, cancel := p.Deadline(ctx)
	defer cancel()
	poll := p.Begin(focus)
	if !focus.Away || p.work.Always {
		poll.Err = p.refresh(ctx, poll)
	}
	poll.Err = p.Throttle.Ended(poll.Err, &p.Row)
	h := p.Row.Health(poll.Now)
	h.Cadence = p.Cadence()
	p.work.Report(poll, &h)
	poll.Batch.PollRate = p.Rate
	poll.Batch.Health = []migration.Health{h}
	return poll.Batch, poll.Err
}

func (p *Poller) refresh(ctx context.Context, poll *Poll) error {
	if err := p.Renew(ctx); err != nil {
		return err
	}
	err := p.work.Refresh(ctx, poll)
	p.Refused(err)
	return err
}

// Due reports whether it is time to ask something again that was asked at a time, zero for
// never, and is to be asked so often at the usual pace: rather half a poll early than late.
func (p *Poll) Due(asked time.Time, every time.Duration) bool {
	pace := p.Focus.Pace
	return asked.IsZero() || p.Now.Sub(asked) >= pace.Slowed(every)-pace.Slowed(p.poller.timing.Cadence)/2
}

// ListDue is Due for what costs nothing, and so does not follow the budget.
func (p *Poll) ListDue(listed time.Time, every time.Duration) bool {
	return listed.IsZero() || p.Now.Sub(listed) >= every-p.poller.timing.Cadence/2
}

// Reader asks CloudWatch. What it asked has to be given to Count.
func (p *Poll) Reader() *awsmetrics.Reader {
	return &awsmetrics.Reader{Access: p.poller.Access, Health: &p.poller.Row, Wall: p.poller.timing.Wall}
}

// Count books what CloudWatch was asked, and keeps what it said.
func (p *Poll) Count(a *awsmetrics.Answer) {
	p.Batch.AskedLow += a.AskedLow
	p.Batch.AskedHigh += a.AskedHigh
	p.Messages = append(p.Messages, a.Messages...)
}

// Read asks CloudWatch about metrics, see [awsmetrics.Reader.Read].
func (p *Poll) Read(ctx context.Context, metrics []awsmetrics.Metric, span awsmetrics.Span) ([]awsmetrics.Series, error) {
	answer, err := p.Reader().Read(ctx, metrics, span)
	p.Count(&answer)
	return answer.Series, err
}

// Arrived asks CloudWatch how many lines arrived in log groups, see
// [awsmetrics.Reader.Arrived].
func (p *Poll) Arrived(ctx context.Context, groups []string) ([]awsmetrics.Arrived, error) {
	counts, answer, err := p.Reader().Arrived(ctx, groups, p.Now)
	p.Count(&answer)
	return counts, err
}

// Ask sends one request, counts it, and explains its error. If isAnswer accepts the error, for example because the
// resource does not exist, Ask returns it unchanged and does not count it as an error.
func Ask[T any](p *Poll, action string, isAnswer func(error) bool, question func() (*T, error)) (*T, error) {
	wall := p.poller.timing.Wall
	began := wall.Now()
	out, err := question()
	failed := err != nil && (isAnswer == nil || !isAnswer(err))
	p.poller.Row.Called(wall.Now().Sub(began), failed)
	if failed {
		return nil, p.poller.Access.Explain(action, err)
	}
	return out, err
}

// Note joins what there is to say in the health row, without what is empty.
func Note(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

// Ceil is t rounded up to a multiple of d.
func Ceil(t time.Time, d time.Duration) time.Time {
	if down := t.Truncate(d); down.Before(t) {
		return down.Add(d)
	}
	return t
}
