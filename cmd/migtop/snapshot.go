package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

// snapshotTimeout bounds one look at everything; sources have shorter ones.
const snapshotTimeout = 2 * time.Minute

func newSnapshot(g *globals) *cobra.Command {
	var format, fields string
	var strict, compact, series bool
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Poll once and print the result",
		Long: "snapshot polls every source once and prints one row a tenant (table, csv) or everything (json, yaml). " +
			"Field names are stable and documented in docs/snapshot.md.",
		Example: "  migtop snapshot\n  migtop snapshot -o json | jq '.tenants[] | select(.verdict == \"stay\") | .tenant'\n" +
			"  migtop snapshot -o csv --fields tenant,lambda_cost_per_hour_usd\n" +
			"  migtop snapshot --watch 1m -o json | jq -c '{at, total: .totals.total_per_hour_usd}'",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options := report.Options{Compact: compact, Series: series}
			var err error
			if options.Format, err = report.ParseFormat(format, report.Formats); err != nil {
				return usage(err)
			}
			if fields != "" {
				options.Fields = strings.Split(fields, ",")
			}
			if err := options.Check(); err != nil {
				return usage(err)
			}
			if structured := options.Format == report.JSON || options.Format == report.YAML; series && !structured {
				return usage(fmt.Errorf("--series goes with -o json and -o yaml, not with %s", options.Format))
			}
			if cmd.Flags().Changed("watch") {
				return watchSnapshots(cmd, g, options, every)
			}
			return printSnapshot(cmd, g, options, strict)
		},
	}
	cmd.Flags().StringVarP(&format, "output", "o", "table", "table, json, yaml or csv")
	cmd.Flags().StringVar(&fields, "fields", "", "columns of table and csv, separated by commas")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with code 4 if any source failed or is degraded")
	cmd.Flags().BoolVar(&compact, "compact", false, "write JSON on one line")
	cmd.Flags().DurationVar(&every, "watch", 0, "print again after this time, until Ctrl-C: a table, or a line of json")
	cmd.Flags().BoolVar(&series, "series", false, "add the values of the charts to json and yaml")
	return cmd
}

func printSnapshot(cmd *cobra.Command, g *globals, options report.Options, strict bool) error {
	a, err := open(cmd.Context(), cmd, g, frozen)
	if err != nil {
		return err
	}
	defer a.close()
	ctx, cancel := context.WithTimeout(cmd.Context(), a.lookWithin())
	defer cancel()
	seen := looking(cmd, a.sides())
	snap, failed := a.monitor.Once(ctx)
	seen()
	// A signal is no answer: an interrupted look prints nothing.
	if cmd.Context().Err() != nil {
		return cmd.Context().Err()
	}
	outcome := report.OutcomeOf(snap)
	if outcome == report.Nothing {
		return &exitError{exitNoData, errors.Join(failed, errors.New("no source answered: run migtop doctor"))}
	}
	if err := report.Write(cmd.OutOrStdout(), snap, options); err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	tellProblems(cmd, snap)
	if strict && outcome == report.Partial {
		return &exitError{code: exitPartial}
	}
	return nil
}

// shortestWatch is the least time between two Snapshots of --watch.
const shortestWatch = time.Second

// watchSnapshots prints the newest Snapshot again and again until a signal ends it. Sources are polled at their own
// intervals, as they are for the screen.
func watchSnapshots(cmd *cobra.Command, g *globals, options report.Options, every time.Duration) error {
	switch {
	case every < shortestWatch:
		return usage(fmt.Errorf("--watch %v: want %v or more", every, shortestWatch))
	case options.Format != report.Table && options.Format != report.JSON:
		return usage(fmt.Errorf("--watch goes with -o table and -o json, not with %s", options.Format))
	case cmd.Flags().Changed("strict"):
		return usage(errors.New("--strict is about one snapshot: leave it or --watch out"))
	}
	options.Compact = true // a document a line
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	a, err := open(ctx, cmd, g, running)
	if err != nil {
		return err
	}
	defer a.close()
	ended := make(chan error, 1)
	go func() { ended <- a.monitor.Run(ctx) }()
	err = printEach(ctx, cmd.OutOrStdout(), a.monitor.Snapshots(), a.startWithin(), every, options)
	cancel()
	return errors.Join(err, <-ended)
}

// printEach writes the newest Snapshot at each tick: the first one as soon as a source has answered, after patience at the
// latest.
func printEach(ctx context.Context, out io.Writer, snaps <-chan *migration.Snapshot, patience, every time.Duration,
	options report.Options,
) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	late := time.After(patience)
	var newest *migration.Snapshot
	printed := false
	write := func() error {
		if printed && options.Format == report.Table {
			if _, err := fmt.Fprintln(out); err != nil {
				return err
			}
		}
		printed = true
		if options.Format == report.Table {
			if _, err := fmt.Fprintln(out, newest.At.UTC().Format(time.RFC3339)); err != nil {
				return err
			}
		}
		return report.Write(out, newest, options)
	}
	for {
		var now bool
		select {
		case <-ctx.Done():
			return nil // a signal is how this ends
		case snap, open := <-snaps:
			if !open {
				return nil
			}
			newest = snap
			now = !printed && report.OutcomeOf(snap) == report.Complete
		case <-late:
			if newest == nil || report.OutcomeOf(newest) == report.Nothing {
				return &exitError{exitNoData, errors.New("no source answered: run migtop doctor")}
			}
			now = !printed
		case <-tick.C:
			now = newest != nil && (printed || report.OutcomeOf(newest) == report.Complete)
		}
		if !now {
			continue
		}
		if err := write(); err != nil {
			return fmt.Errorf("write the snapshot: %w", err)
		}
	}
}

// startWithin is how long the sources may take to answer for the first time.
func (a *app) startWithin() time.Duration {
	if a.systems.demo {
		return demoPatience
	}
	return snapshotTimeout
}

// tellProblems says what is wrong with the sources.
func tellProblems(cmd *cobra.Command, snap *migration.Snapshot) {
	for _, h := range snap.Sources {
		if h.Problem == nil {
			continue
		}
		more := ""
		if h.Problem.Snippet != "" {
			more = "; migtop doctor prints it"
		}
		notify(cmd, "%s: %s%s", h.Title(), h.Problem, more)
	}
}
