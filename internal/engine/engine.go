// Package engine polls the sources at their cadences within the budget, absorbs what they
// bring, has it assessed, and publishes one immutable Snapshot after another, of which only
// the latest waits to be read.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cutover/follow"
	"github.com/migtop/migtop/internal/loginsights"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/spend"
)

// publishEvery is the least time between two Snapshots: batches that arrive
// together are assessed together.
const publishEvery = 100 * time.Millisecond

// Explainer is a source that can say more about one Job on request.
type Explainer interface {
	Events(ctx context.Context, run *migration.Run) ([]migration.Event, error)
}

// Options are what a Engine needs. Sources, Clock and Cost are required.
type Options struct {
	Sources  []sources.Source
	Clock    clock.Clock
	Cost     *cost.Pricer
	Platform assess.Platform
	Plan     assess.Waves
	// Sizing says what a person wants of profiles; nodes and prices are filled in from
	// the cluster where it says nothing.
	Sizing  profile.Settings
	History History // nil: days and runs are forgotten with the program
	Minutes Minutes // nil: what was seen by the minute is forgotten with the program
	// Cutover has the plan of the move; its Move is filled in. CutoverHistory keeps how the cutovers stand; nil: they are
	// forgotten with the program.
	Cutover        follow.Settings
	CutoverHistory CutoverHistory
	Scope          migration.Scope
	Move           migration.Move // the two sides; the zero value is migration.DefaultMove
	Window         time.Duration  // one of migration.WindowSpans; 0 is migration.DefaultWindow
	Explain        Explainer      // nil: nobody can
	// Budget slows what costs money before it would be crossed; Ledger keeps what
	// was spent over restarts, nil for in memory only.
	Budget cost.Budget
	Ledger *spend.Ledger
	// Logs says how logs are read; nil: they are not.
	Logs   *loginsights.Settings
	Logger *slog.Logger // nil: silent
	// Random gives numbers from 0 to 1, for jitter; nil means math/rand.
	Random func() float64
}

// Engine polls sources and publishes Snapshots. Make it with New and run it
// once, with Run or Once; the other methods may be called from anywhere.
type Engine struct {
	opts      Options
	log       *slog.Logger
	snapshots chan *migration.Snapshot
	batches   chan pollResult
	control   chan func(*state)
	wake      []chan struct{} // one a source, holding at most one wish

	mu    sync.Mutex
	focus sources.Focus
	pace  sources.Pace
	spot  []migration.SpotPrice // the kinds of Spot nodes whose prices are wanted
	// records are the record of the cutovers since the start; nobody changes them.
	records []migration.CutoverRecord
	// collectors read the logs, nil where none are read; who uses them holds gathering.
	collectors *loginsights.Collectors
	gathering  sync.Mutex
	known      chan struct{} // closed once the functions are known
}

// pollResult is one poll's result on its way to the goroutine that owns the state.
type pollResult struct {
	source string
	batch  migration.Batch
	err    error
	part   bool // activities only; the rest of the poll is under way
}

// New makes a Engine. A window that is none of [migration.WindowSpans] is
// an error that names them.
func New(opts Options) (*Engine, error) {
	if opts.Window == 0 {
		opts.Window = migration.DefaultWindow
	}
	if err := checkWindow(opts.Window); err != nil {
		return nil, err
	}
	m := &Engine{
		opts:      opts,
		log:       opts.Logger,
		snapshots: make(chan *migration.Snapshot, 1),
		batches:   make(chan pollResult),
		control:   make(chan func(*state)),
		known:     make(chan struct{}),
		wake:      make([]chan struct{}, len(opts.Sources)),
	}
	if opts.Logs != nil {
		m.opts.Logs = opts.Logs.WithDefaults()
		m.collectors = loginsights.NewCollectors(opts.Logs.Accounts)
	}
	if m.opts.Random == nil {
		m.opts.Random = rand.Float64
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
		m.opts.Logger = m.log
	}
	for i := range m.wake {
		m.wake[i] = make(chan struct{}, 1)
	}
	return m, nil
}

func checkWindow(w time.Duration) error {
	if known := migration.WindowSpans(); !slices.Contains(known, w) {
		return fmt.Errorf("window %v: want one of %v", w, known)
	}
	return nil
}

// Snapshots delivers Snapshots. The channel holds only the latest one. It is closed when Run
// has ended.
func (m *Engine) Snapshots() <-chan *migration.Snapshot { return m.snapshots }

// Run polls and publishes until ctx ends, waits for everything it started, and
// closes the sources. It leaves a poll behind that does not end with its context. The error
// joins those of closing the sources.
func (m *Engine) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	st := newState(m.opts)
	m.setPace(st)
	var wg sync.WaitGroup
	var polling polls
	for i, src := range m.opts.Sources {
		polling.start(func() { m.poll(ctx, src, m.wake[i]) })
	}
	if m.opts.Logs != nil {
		wg.Go(func() { m.runLogInsights(ctx) })
	}
	if m.opts.History != nil || m.opts.CutoverHistory != nil {
		st.sizing.waiting, st.days.waiting = m.opts.History != nil, m.opts.History != nil
		wg.Go(func() { m.keepHistory(ctx) })
	}
	if m.opts.Minutes != nil {
		wg.Go(func() { m.keepMinutes(ctx) })
	}
	m.assess(ctx, st)
	cancel()
	ended := polling.wait(pollGrace)
	wg.Wait()
	m.opts.keep(st.unkept())
	m.opts.keepAll(st)
	m.opts.keepRest(st)
	close(m.snapshots)
	return errors.Join(m.closeSources(ended, closeGrace)...)
}

// Once polls every source one time, side by side, and returns the Snapshot. Sources that
// have not answered when ctx ends are in it as failed. The error joins what failed as a
// whole; the Snapshot is there all the same and has it in its Sources.
func (m *Engine) Once(ctx context.Context) (*migration.Snapshot, error) {
	st := newState(m.opts)
	m.setPace(st)
	st.recall(m.opts.remember())
	st.cutovers.recall(m.opts.rememberCutovers(), &m.opts)
	results, ended := m.once(ctx, st, pollGrace)
	var errs []error
	for _, a := range results {
		st.absorb(a)
		if a.err != nil {
			errs = append(errs, a.err)
		}
	}
	m.follow(ctx, st, results, ended)
	m.first(ctx, st)
	errs = append(errs, st.once(ctx))
	snap := st.view(m.opts.Clock.Now())
	m.setRecords(st)
	m.opts.keep(st.unkept())
	m.opts.keepAll(st)
	errs = append(errs, m.closeSources(ended, closeGrace)...)
	return snap, errors.Join(errs...)
}

// SetWindow changes the time range that figures cover. One that is none of
// [migration.WindowSpans] is ignored.
func (m *Engine) SetWindow(ctx context.Context, w time.Duration) {
	if checkWindow(w) != nil {
		return
	}
	select {
	case m.control <- func(s *state) { s.window = w }:
	case <-ctx.Done():
	}
}

// SetFocus tells the sources what somebody looks at, from their next poll on. A
// tenant's page that opens is worth a poll at once, and so is somebody who comes back.
func (m *Engine) SetFocus(f sources.Focus) {
	m.mu.Lock()
	opened := f.Open && (!m.focus.Open || m.focus.Tenant != f.Tenant)
	back := m.focus.Away && !f.Away
	m.focus = f
	m.mu.Unlock()
	if opened || back {
		m.Refresh()
	}
}

// Refresh makes every source that is waiting poll now.
func (m *Engine) Refresh() {
	for _, w := range m.wake {
		select {
		case w <- struct{}{}:
		default: // one wish is enough
		}
	}
}

// Events asks the cluster what it said about one run and its pods. A platform that keeps no events is not asked.
func (m *Engine) Events(ctx context.Context, run *migration.Run) ([]migration.Event, error) {
	if !run.Key.Platform.Caps().Events {
		return nil, nil
	}
	if m.opts.Explain == nil {
		return nil, &migration.Problem{
			Fault: migration.FaultAbsent, What: "no cluster is read, so there are no events",
			Fix: "start migtop with a kubeconfig",
		}
	}
	return m.opts.Explain.Events(ctx, run)
}

// assess owns the state: it takes in what the sources bring and publishes what
// follows from it.
func (m *Engine) assess(ctx context.Context, st *state) {
	var due <-chan time.Time
	ready := false // known is closed
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-m.batches:
			st.absorb(a)
			if a.part {
				continue // published when the poll completes
			}
			m.setPace(st)
			if !ready && len(st.functions) > 0 {
				ready = true
				close(m.known)
			}
		case change := <-m.control:
			change(st)
		case <-due:
			due = nil
			snap := st.view(m.opts.Clock.Now())
			m.setRecords(st)
			m.publish(snap)
			continue
		}
		if due == nil {
			// The machine's time, whatever a demo's clock does.
			due, _ = clock.System().After(publishEvery)
		}
	}
}

// setPace sets what the budget allows the next polls, and what they are to read for others.
func (m *Engine) setPace(st *state) {
	pace := st.spent.focus(len(m.opts.Sources))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pace, m.spot = pace, st.spot.wanted()
}

// publish replaces the Snapshot that waits to be read. There is one publisher, so that the
// slot is free after the drain.
func (m *Engine) publish(s *migration.Snapshot) {
	select {
	case <-m.snapshots:
	default:
	}
	m.snapshots <- s
}
