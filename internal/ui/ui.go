package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// Feed is where Snapshots come from: a channel with one slot in which the latest
// wins. The screen reads it for as long as it is open.
type Feed interface {
	Snapshots() <-chan *migration.Snapshot
}

// Focus is what the screen shows, so that the engine may poll the rest less often.
type Focus struct {
	Tenant  migration.Tenant   // whose page is open; only with Open
	Open    bool               // a tenant's page is open
	Visible []migration.Tenant // rows on screen; empty means all
	// Away is set while nobody can see the screen: the program is suspended, or its
	// terminal has been out of focus for long.
	Away bool
}

// Control is what a person can ask of the engine. Its methods are called from
// commands, one at a time except Events, and may take their time.
type Control interface {
	// SetWindow changes the stretch of time that figures cover.
	SetWindow(time.Duration)
	// SetFocus sets what the screen shows.
	SetFocus(Focus)
	// Refresh polls all sources now.
	Refresh()
	// Events asks what Kubernetes said about a run and its pods.
	Events(ctx context.Context, run *migration.Run) ([]migration.Event, error)
}

// Options are what the screen is started with. Feed and Control are required.
type Options struct {
	Feed    Feed
	Control Control
	// Scenarios answers the What-if screen; without it that screen says so.
	Scenarios Scenarios
	// Matrices compares platforms on the Tenant screen; without it there is no comparison.
	Matrices Matrices
	// Exports writes profiles; without it nothing can be exported.
	Exports Exports
	// Record writes the record of the cutover; without it there is none.
	Record CutoverRecord
	// Evidence reads logs; without it there are none.
	Evidence LogInsights

	// Now returns the time that ages are measured by; time.Now if nil. In a demo
	// whose time is compressed it must be the engine's clock.
	Now func() time.Time
	// Location is whose clock times are shown; the machine's if nil.
	Location *time.Location

	Theme string              // a built-in theme's name; "" or "auto" asks the terminal
	ASCII bool                // plain characters only
	Mouse bool                // clicks and wheel; off leaves selecting to the terminal
	Keys  map[string][]string // overrides, see ParseKeymap
	Start string              // the first screen: "fleet" (default), "tenants", "profiles", "what-if", "sources"
	// Notify says how the terminal makes somebody look where an alert begins, becomes worse or ends.
	Notify Notify
	// Waiting names what the first data is waited for, for the loading screen.
	Waiting []string
	// SaveDir is where tables and scenarios are saved; the working directory if "".
	SaveDir string

	Input   io.Reader // os.Stdin if nil
	Output  io.Writer // os.Stdout if nil
	Environ []string  // os.Environ() if nil
	Logger  *slog.Logger

	initialSize [2]int // where Output is no terminal: tests
}

// Run opens the screen and keeps it until the person quits, ctx ends, or the
// process gets a signal to terminate; the terminal is as it was before whichever way
// it ends, also after a panic. It returns nil when the person quit or ctx ended,
// and a *migration.Problem where there is no terminal to draw on.
func Run(ctx context.Context, o Options) error {
	o = o.withDefaults()
	if err := checkTerminal(o); err != nil {
		return err
	}
	env := canvas.NewEnvironment(o.Environ)
	m, err := newModel(o, env)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m.tasks = newTasks(ctx)
	guarded := &guard{model: m, log: o.Logger}
	program := tea.NewProgram(guarded,
		tea.WithWindowSize(o.initialSize[0], o.initialSize[1]), // a real terminal reports its own
		tea.WithContext(ctx),
		// Signals cancel ctx. Bubble Tea's own handler would race with that: a message of
		// a signal that comes after the event loop has ended is never taken, Run waits for
		// its sender, and the terminal is not given back.
		tea.WithoutSignalHandler(),
		tea.WithInput(o.Input),
		tea.WithOutput(o.Output),
		tea.WithEnvironment(env.ForRenderer()),
	)
	pumped := make(chan struct{})
	go func() { // one message per snapshot; the channel keeps only the latest
		defer close(pumped)
		for {
			select {
			case <-ctx.Done():
				return
			case s, ok := <-o.Feed.Snapshots():
				if !ok {
					return
				}
				if s != nil {
					program.Send(snapshotMsg{s})
				}
			}
		}
	}()
	_, err = program.Run()
	outer := ctx.Err()
	cancel()
	<-pumped
	m.tasks.wait()
	if p := guarded.crash(); p != nil {
		return p
	}
	if outer != nil && errors.Is(err, tea.ErrProgramKilled) {
		return nil // ctx ended; not a failure
	}
	if errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the terminal failed: %w", err)
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Input == nil {
		o.Input = os.Stdin
	}
	if o.Output == nil {
		o.Output = os.Stdout
	}
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.SaveDir == "" {
		o.SaveDir = "."
	}
	return o
}

// checkTerminal refuses files and pipes, which a screen cannot be drawn on.
func checkTerminal(o Options) error {
	for _, end := range [...]struct {
		of   any
		name string
	}{{o.Input, "standard input"}, {o.Output, "standard output"}} {
		f, ok := end.of.(*os.File)
		if ok && !term.IsTerminal(f.Fd()) {
			return &migration.Problem{
				Fault: migration.FaultConfig,
				What:  end.name + " is not a terminal, so there is no screen to draw on",
				Fix:   "run migtop in a terminal, or use: migtop snapshot",
			}
		}
	}
	return nil
}
