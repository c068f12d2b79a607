package send

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/migration"
)

// stepEvery is the least time between two Snapshots that are looked at. Alerts are of minutes, Snapshots may come ten times a second.
const stepEvery = 5 * time.Second

// Options are what a Runner needs. Store and Settings are required.
type Options struct {
	Store *history.Store
	// Scope separates accounts, regions and clusters in the history.
	Scope    string
	Settings *alert.Settings
	// Clock is what deliveries wait by: the machine's, whatever a demo's does; nil is the machine's.
	Clock clock.Clock
	Env   Env
	// Tell is called with each new event, in their order, from Run or Look; nil for nobody.
	Tell   func(e *alert.Event, body []byte)
	Logger *slog.Logger   // nil: silent
	Random func() float64 // gives numbers from 0 to 1, for jitter; nil means math/rand
}

// Runner looks at Snapshots on their way to whoever shows them, and sends what follows. Make it with New, run it once with Run.
type Runner struct {
	opts    Options
	rules   alert.Rules
	outputs []*courier
	names   []string // of the outputs, in the history

	snapshots chan *migration.Snapshot

	state   alert.State
	version int64
	stepped time.Time
	view    migration.Alerts
	last    int64 // of the newest event that is in view

	mu      sync.Mutex
	problem *migration.Problem // of the history
}

// New makes a Runner.
func New(opts Options) *Runner {
	if opts.Clock == nil {
		opts.Clock = clock.System()
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Random == nil {
		opts.Random = rand.Float64
	}
	r := &Runner{
		opts: opts, rules: opts.Settings.Rules(), snapshots: make(chan *migration.Snapshot, 1), last: -1,
	}
	for _, o := range outputs(opts.Settings.Outputs, opts.Env) {
		r.outputs = append(r.outputs, newCourier(o, &r.opts))
		r.names = append(r.names, o.id)
	}
	return r
}

// Snapshots delivers the Snapshots of Run with their alerts. The channel holds only the latest one. It is closed when Run has ended.
func (r *Runner) Snapshots() <-chan *migration.Snapshot { return r.snapshots }

// Run takes Snapshots until in is closed or ctx ends, and waits for what it started.
func (r *Runner) Run(ctx context.Context, in <-chan *migration.Snapshot) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer func() {
		cancel()
		wg.Wait()
		close(r.snapshots)
	}()
	for _, c := range r.outputs {
		wg.Go(func() { c.run(ctx) })
	}
	var latest *migration.Snapshot
	var due <-chan time.Time
	stop := func() {}
	defer func() { stop() }()
	for {
		select {
		case <-ctx.Done():
			return
		case s, ok := <-in:
			if !ok {
				return
			}
			if s == nil {
				continue
			}
			latest = s
			if wait := stepEvery - r.opts.Clock.Now().Sub(r.stepped); !r.stepped.IsZero() && wait > 0 {
				if due == nil {
					due, stop = r.opts.Clock.After(wait)
				}
			} else {
				if r.stepped.IsZero() {
					r.publish(latest) // the first data do not wait for the history to open
				}
				r.step(ctx, latest)
			}
		case <-due:
			due = nil
			r.step(ctx, latest)
		}
		r.publish(latest)
	}
}

// Look takes in one Snapshot at once, without Run.
func (r *Runner) Look(ctx context.Context, s *migration.Snapshot) { r.step(ctx, s) }

// historyWithin bounds one look into the history.
const historyWithin = 10 * time.Second

// step lets a Snapshot change what is remembered. Where that fails nothing is changed, so that the next Snapshot does it.
func (r *Runner) step(ctx context.Context, s *migration.Snapshot) {
	r.stepped = r.opts.Clock.Now()
	ctx, cancel := context.WithTimeout(ctx, historyWithin)
	defer cancel()
	if r.last < 0 { // what was told before this program is no news
		last, err := r.opts.Store.LastAlert(ctx, r.opts.Scope)
		if err != nil {
			r.failed(ctx, err)
			return
		}
		r.last = last
		r.recall(ctx)
	}
	var next alert.State
	step := func(base *history.AlertBase, whole bool) (history.AlertChange, error) {
		next = r.state.Clone()
		if base != nil {
			rows := make([]alert.Row, len(base.Rows))
			for i, b := range base.Rows {
				rows[i] = alert.Row{Key: b.Key, Body: b.Body}
			}
			var err error
			if next, err = alert.Restore(base.At, rows); err != nil {
				// What an older or newer migtop wrote is not worth losing all alerts: those that stand fire again.
				r.opts.Logger.Warn("what is remembered of alerts cannot be read and begins anew", "error", err)
				next = alert.State{}
			}
		}
		return r.change(&next, s, whole)
	}
	version, err := r.opts.Store.StepAlerts(ctx, r.opts.Scope, r.version, step)
	if err != nil {
		r.failed(ctx, err)
		return
	}
	r.failed(ctx, nil)
	r.state, r.version = next, version
	r.news(ctx)
	r.view.Running = true
	r.view.Standing = standing(&r.state, s)
}

// change is what a Snapshot changes, as it is stored.
func (r *Runner) change(state *alert.State, s *migration.Snapshot, whole bool) (history.AlertChange, error) {
	before := state.At
	result := state.Step(s, r.rules)
	if state.At.Equal(before) {
		return history.AlertChange{}, nil // another one has seen a newer Snapshot
	}
	change := history.AlertChange{At: s.At, Outputs: r.names}
	rows := result.Rows
	if whole {
		rows = state.Rows()
	}
	for _, row := range rows {
		change.Rows = append(change.Rows, history.AlertRow{Key: row.Key, Body: row.Body})
	}
	for _, e := range result.Events {
		body, err := json.Marshal(e)
		if err != nil {
			return history.AlertChange{}, err
		}
		change.Events = append(change.Events, history.AlertEvent{ID: e.ID, At: e.At, Body: body})
	}
	return change, nil
}

// failed remembers whether the history works.
func (r *Runner) failed(ctx context.Context, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.problem = nil
	if err == nil || ctx.Err() == context.Canceled {
		return
	}
	r.problem = &migration.Problem{
		Fault: migration.FaultConfig, What: "alerts cannot be kept: " + err.Error(), Err: err,
		Fix: "see the history file; it is tried again",
	}
	r.opts.Logger.Warn("alerts", "error", err)
}

// publish replaces the Snapshot that waits to be read with one that has the alerts.
func (r *Runner) publish(s *migration.Snapshot) {
	out := r.Decorate(s)
	select {
	case <-r.snapshots:
	default:
	}
	r.snapshots <- out
}

// Decorate is a copy of a Snapshot with the alerts and with the health of what sends them.
func (r *Runner) Decorate(s *migration.Snapshot) *migration.Snapshot {
	out := *s
	out.Alerts = r.view
	out.Sources = append(s.Sources[:len(s.Sources):len(s.Sources)], r.Health()...)
	return &out
}

// Health are the rows of the outputs, and of the history where it does not work.
func (r *Runner) Health() []migration.Health {
	var out []migration.Health
	r.mu.Lock()
	if r.problem != nil {
		out = append(out, migration.Health{Source: Source, State: migration.HealthFailed, Problem: r.problem})
	}
	r.mu.Unlock()
	for _, c := range r.outputs {
		out = append(out, c.health())
	}
	return out
}

// Source is the name of the health rows.
const Source = "alerts"
