package send

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

const (
	firstRetry = time.Second
	mostRetry  = 5 * time.Minute
	// lease is how long an event that is being sent is nobody else's: longer than an attempt may take.
	lease = 2 * time.Minute
	// mostAttempts is how often an event is sent: for about a day. After that it is no news.
	mostAttempts = 300
	// lookEvery is how often the queue is looked at without being woken: another migtop may have ended before it sent its events.
	lookEvery = 30 * time.Second
)

// courier sends the events that wait for one output, one after another.
type courier struct {
	output *output
	opts   *Options
	woken  chan struct{}

	mu      sync.Mutex
	problem *migration.Problem
	success time.Time
	calls   int64
	errors  int64
	waiting int
	gaveUp  int // events
}

func newCourier(o *output, opts *Options) *courier {
	return &courier{output: o, opts: opts, woken: make(chan struct{}, 1)}
}

// wake has the queue looked at now.
func (c *courier) wake() {
	select {
	case c.woken <- struct{}{}:
	default: // one is enough
	}
}

// run sends until ctx ends.
func (c *courier) run(ctx context.Context) {
	for {
		select {
		case <-c.woken: // the queue is looked at now
		default:
		}
		wait := c.work(ctx)
		if ctx.Err() != nil {
			return
		}
		tick, stop := c.opts.Clock.After(wait)
		select {
		case <-ctx.Done():
			stop()
			return
		case <-tick:
		case <-c.woken:
			stop()
		}
	}
}

// work sends what is due, and returns how long nothing is.
func (c *courier) work(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		waiting, dropped, err := c.opts.Store.Waiting(ctx, c.output.id)
		if err != nil {
			c.trouble(ctx, err)
			return lookEvery
		}
		c.count(waiting, dropped)
		now := c.opts.Clock.Now()
		d, due, err := c.opts.Store.NextDelivery(ctx, c.output.id, now, lease)
		switch {
		case err != nil:
			c.trouble(ctx, err)
			return lookEvery
		case d == nil && due.IsZero():
			return lookEvery
		case d == nil:
			return max(min(due.Sub(now), lookEvery), 10*time.Millisecond)
		}
		a := c.output.send(ctx, d.ID, d.Body)
		if ctx.Err() != nil && a.problem != nil { // it was broken off: the next program sends it
			c.settle(func(ctx context.Context) error {
				return c.opts.Store.Postpone(ctx, c.output.id, d.Seq, d.Attempts, now)
			})
			return 0
		}
		c.record(&a)
		now = c.opts.Clock.Now()
		switch {
		case a.problem == nil:
			c.settle(func(ctx context.Context) error { return c.opts.Store.Delivered(ctx, c.output.id, d.Seq) })
		case a.giveUp || d.Attempts+1 >= mostAttempts:
			c.opts.Logger.Warn("an alert was given up", "output", c.output.title, "event", d.ID, "error", a.problem)
			c.count(-1, 1)
			c.settle(func(ctx context.Context) error { return c.opts.Store.Delivered(ctx, c.output.id, d.Seq) })
		default:
			due := now.Add(max(c.backoff(d.Attempts), a.after))
			c.settle(func(ctx context.Context) error {
				return c.opts.Store.Postpone(ctx, c.output.id, d.Seq, d.Attempts+1, due)
			})
		}
	}
	return 0
}

// backoff is how long to wait after so many attempts that failed: twice as long each time, and between half of that and all of it,
// so that two programs do not come at the same time.
func (c *courier) backoff(attempts int) time.Duration {
	d := min(firstRetry<<min(attempts, 16), mostRetry)
	return d/2 + time.Duration(c.opts.Random()*float64(d/2))
}

// settle writes what became of an attempt, also where the program is about to end.
func (c *courier) settle(write func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), historyWithin)
	defer cancel()
	if err := write(ctx); err != nil {
		c.trouble(ctx, err)
	}
}

// trouble is that the queue cannot be read or written.
func (c *courier) trouble(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problem = &migration.Problem{
		Fault: migration.FaultConfig, What: "alerts that wait cannot be read: " + err.Error(), Err: err,
		Fix: "see the history file; it is tried again",
	}
	c.opts.Logger.Warn("alerts that wait", "output", c.output.title, "error", err)
}

// count remembers how many events wait, -1 for as many as before, and how many more were given up.
func (c *courier) count(waiting, gaveUp int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if waiting >= 0 {
		c.waiting = waiting
	}
	c.gaveUp += gaveUp
}

func (c *courier) record(a *answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	c.problem = a.problem
	if a.problem != nil {
		c.errors++
		return
	}
	c.success = c.opts.Clock.Now()
}

// health is the row of the output.
func (c *courier) health() migration.Health {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := migration.Health{
		Source: Source, Scope: c.output.title, State: migration.HealthOK, Problem: c.problem, LastSuccess: c.success, Calls: c.calls,
		Errors: c.errors, Objects: c.waiting,
	}
	if c.problem != nil {
		h.State = migration.HealthDegraded
		if c.success.IsZero() {
			h.State = migration.HealthFailed
		}
	}
	switch {
	case c.gaveUp > 0 && c.waiting > 0:
		h.Note = fmt.Sprintf("%d wait, %d given up", c.waiting, c.gaveUp)
	case c.gaveUp > 0:
		h.Note = fmt.Sprintf("%d given up", c.gaveUp)
	case c.waiting > 0 && c.problem != nil:
		h.Note = fmt.Sprintf("%d wait", c.waiting)
	}
	return h
}
