package main

import (
	"context"
	"errors"
	"fmt"
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
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Poll once and print the result",
		Long: "snapshot polls every source once and prints one row a tenant (table, csv) or everything (json, yaml). " +
			"Field names are stable and documented in docs/snapshot.md.",
		Example: "  migtop snapshot\n  migtop snapshot -o json | jq '.tenants[] | select(.verdict == \"stay\") | .tenant'\n" +
			"  migtop snapshot -o csv --fields tenant,lambda_cost_per_hour_usd",
		Args: cobra.NoArgs,
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
			return printSnapshot(cmd, g, options, strict)
		},
	}
	cmd.Flags().StringVarP(&format, "output", "o", "table", "table, json, yaml or csv")
	cmd.Flags().StringVar(&fields, "fields", "", "columns of table and csv, separated by commas")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with code 4 if any source failed or is degraded")
	cmd.Flags().BoolVar(&compact, "compact", false, "write JSON on one line")
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
