package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/migtop/migtop/internal/cost/whatif"
	"github.com/migtop/migtop/internal/engine"
	"github.com/migtop/migtop/internal/matrix"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/ui"
)

// screenGC is how much garbage may lie about, in percent of what is in use, on a screen
// that is open all day: half of Go's usual, ten MiB less at 10,000 pods for a fifth of a
// percent of a core. A GOGC of the user's own wins.
const screenGC = 50

// runScreen is the terminal program.
func runScreen(cmd *cobra.Command, g *globals) error {
	input := int(os.Stdin.Fd())
	for what, f := range map[string]*os.File{"input": os.Stdin, "output": os.Stdout} {
		if !term.IsTerminal(int(f.Fd())) {
			return usage(fmt.Errorf("standard %s is not a terminal: use migtop snapshot to print, or run migtop in a terminal", what))
		}
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(screenGC)
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	a, err := open(ctx, cmd, g, running)
	if err != nil {
		return err
	}
	defer a.close()

	var started sync.WaitGroup
	var engineErr error
	alerts := a.alerts(nil)
	started.Go(func() { engineErr = a.monitor.Run(ctx) })
	started.Go(func() { alerts.Run(ctx, a.monitor.Snapshots()) })
	started.Go(func() { untilHangup(ctx, input, cancel) })
	err = ui.Run(ctx, ui.Options{
		Feed:     alerts,
		Control:  control{ctx, a.monitor},
		Evidence: logInsightsScreen{a.monitor},
		// The same prices as the engine's, so that both come to the same.
		Exports:   exports{},
		Record:    cutoverRecord{a.monitor.CutoverRecord},
		Scenarios: whatif.New(a.pricer),
		Matrices:  matrix.New(a.pricer, decision(a.config)),
		Now:       a.clock.Now,
		Theme:     string(a.config.UI.Theme),
		ASCII:     a.config.UI.ASCII,
		Mouse:     a.config.UI.Mouse,
		Keys:      a.config.UI.Keys,
		Waiting:   a.waiting,
		Notify:    ui.Notify(alertSettings(a.config).Terminal),
		Logger:    a.log,
	})
	cancel()
	started.Wait()
	return errors.Join(err, engineErr)
}

// hangupEvery is how often the terminal is looked at.
const hangupEvery = 2 * time.Second

// untilHangup calls gone once the terminal is no terminal any more: its window was closed. The signal of that
// reaches only the processes in the terminal's foreground, and not one whose shell, make or sudo died of it first.
// Nobody is left then, and polls go on costing money.
func untilHangup(ctx context.Context, terminal int, gone func()) {
	tick := time.NewTicker(hangupEvery)
	defer tick.Stop()
	for term.IsTerminal(terminal) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
	gone()
}

// control is the engine as the screen knows it.
type control struct {
	ctx     context.Context
	monitor *engine.Engine
}

func (c control) SetWindow(d time.Duration) { c.monitor.SetWindow(c.ctx, d) }

func (c control) SetFocus(f ui.Focus) {
	c.monitor.SetFocus(sources.Focus{Tenant: f.Tenant, Open: f.Open, Visible: f.Visible, Away: f.Away})
}

func (c control) Refresh() { c.monitor.Refresh() }

func (c control) Events(ctx context.Context, run *migration.Run) ([]migration.Event, error) {
	return c.monitor.Events(ctx, run)
}

// logInsightsScreen is the engine's reading of logs as the screen knows it.
type logInsightsScreen struct{ monitor *engine.Engine }

func (e logInsightsScreen) Quote(ctx context.Context) (ui.Quote, error) {
	q, err := e.monitor.QuoteEvidence(ctx)
	if err != nil {
		return ui.Quote{}, err
	}
	return ui.Quote{Text: sentence(quoted(q)), Nothing: q.Nothing(), Read: func(ctx context.Context) (string, error) {
		r, err := e.monitor.ReadEvidence(ctx, q, nil)
		if err != nil && r.Scanned == 0 {
			return "", err
		}
		text := fmt.Sprintf("%d runs read from the logs, %s scanned%s", r.Runs, brief(r.Scanned), costs(r.Cost))
		if odd := r.Unread.String(); odd != "" {
			text += "; lines: " + odd
		}
		if err != nil {
			return "", fmt.Errorf("%s; the rest: %w", text, err)
		}
		return text, nil
	}}, nil
}

// sentence makes a clause a sentence.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }
