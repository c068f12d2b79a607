package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/gate"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/text"
)

// verdictWait waits for an answer.
type verdictWait struct {
	snapshots <-chan *migration.Snapshot
	clock     clock.Clock
	limit     time.Duration
	until     gate.Until
	ask       func(*migration.Snapshot) (*gate.Result, error)
	say       func(*gate.Result) // where the answer is another one, or its words are
}

// run returns the answer that ended the wait, or the last one when the time is over: nil where no source has answered. A tenant
// that does not exist ends it at once with the error of ask.
func (w *verdictWait) run(ctx context.Context) (last *gate.Result, err error) {
	over, stop := w.clock.After(w.limit)
	defer stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-over:
			return last, nil
		case s, open := <-w.snapshots:
			if !open {
				return last, nil
			}
			if report.OutcomeOf(s) == report.Nothing {
				continue
			}
			r, err := w.ask(s)
			if err != nil {
				return nil, err
			}
			last = r
			if words := answerLine(r); words != said {
				said = words
				w.say(r)
			}
			if r.Over(w.until) {
				return r, nil
			}
		}
	}
}

// answerLine is an answer in a few words: the word of one tenant, or how many tenants give each answer.
func answerLine(r *gate.Result) string {
	if len(r.Tenants) == 1 {
		if t := r.Tenants[0].Cutover.Text; r.Gate == gate.Of(&r.Tenants[0].Cutover) {
			return t
		}
		return report.GateWord(r.Gate)
	}
	count := map[gate.Answer]int{}
	for i := range r.Tenants {
		count[r.Tenants[i].Gate]++
	}
	return fmt.Sprintf("%s: %d promote, %d hold, %d roll back, %d without data", report.GateWord(r.Gate),
		count[gate.Promote], count[gate.Hold], count[gate.RollBack], count[gate.NoData])
}

// waitFor polls until the wait is over. On a terminal it shows a line that changes; elsewhere it writes a line to standard error
// when the word changes.
func (f *verdictFlags) waitFor(cmd *cobra.Command, a *app) (*gate.Result, error) {
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	var polling sync.WaitGroup
	var closing error
	polling.Go(func() { closing = a.monitor.Run(ctx) })

	var now atomic.Pointer[string]
	first := "no data yet from " + a.sides()
	now.Store(&first)
	began := a.clock.Now()
	done := reportProgress(cmd, func(int) string {
		return fmt.Sprintf("migtop: %s: %s (%s of %s)", f.subject(), *now.Load(),
			a.clock.Now().Sub(began).Truncate(time.Second), f.wait)
	})
	onTerminal := terminal(cmd) != nil
	w := verdictWait{
		snapshots: a.monitor.Snapshots(), clock: a.clock, limit: f.wait, until: f.end, ask: f.ask,
		say: func(r *gate.Result) {
			line := answerLine(r)
			if onTerminal {
				short := text.Shorten(text.Printable(line), mostProgress)
				now.Store(&short)
				return
			}
			notify(cmd, "%s: %s: %s", f.subject(), line, r.Reason)
		},
	}
	r, err := w.run(ctx)
	done()
	cancel()
	polling.Wait()
	switch {
	case errors.Is(err, context.Canceled):
		return nil, err
	case err != nil:
		return nil, usage(err)
	case r == nil:
		return nil, &exitError{exitNoData, fmt.Errorf("no source answered in %s: run migtop doctor", f.wait)}
	}
	if closing != nil {
		a.log.Warn("closing the sources", "error", closing)
	}
	return r, nil
}

// mostProgress is how much of an answer the line of a wait shows.
const mostProgress = 60
