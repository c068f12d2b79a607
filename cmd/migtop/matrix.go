package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/matrix"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/sources"
)

// sections are the parts of the configuration that other packages read: the sources', and the decision matrix's.
func sections() []*section.Section {
	return append(sources.Sections(), matrix.Section(), alert.Section())
}

// decision are the weights and scores of the configuration.
func decision(c *config.Config) *matrix.Settings {
	s, _ := c.Section("decision").(*matrix.Settings)
	return s
}

func newMatrix(g *globals) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "matrix [TENANT[/WORKLOAD]]",
		Short: "Compare the platforms for each workload by weighted factors",
		Long: "matrix scores Lambda, Jobs on nodes, Jobs on Fargate, ECS and Knative for each workload: traffic, run time, memory, CPU, " +
			"start-up, scaling and cost as measured, and team, operations and vendor strategy as the configuration has them. What is not " +
			"measured takes its weight out of the total, and no platform wins where it could change the result. A hard limit excludes a " +
			"platform. It polls every source once, as snapshot does. See docs/matrix.md.",
		Example: "  migtop matrix\n  migtop matrix acme\n  migtop matrix acme/csv-import -o markdown\n" +
			"  migtop matrix -o json | jq '.matrices[] | {tenant, workload, winner, text}'",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := report.ParseFormat(format, report.MatrixFormats)
			if err != nil {
				return usage(err)
			}
			return printMatrix(cmd, g, f, args)
		},
	}
	cmd.Flags().StringVarP(&format, "output", "o", "table", "table, json, yaml, csv or markdown")
	offer(cmd, "output", "table", "json", "yaml", "csv", "markdown")
	return cmd
}

func printMatrix(cmd *cobra.Command, g *globals, f report.Format, args []string) error {
	a, err := open(cmd.Context(), cmd, g, frozen)
	if err != nil {
		return err
	}
	defer a.close()
	ctx, cancel := context.WithTimeout(cmd.Context(), a.lookWithin())
	defer cancel()
	looked := looking(cmd, a.sides())
	snap, failed := a.monitor.Once(ctx)
	looked()
	if cmd.Context().Err() != nil {
		return cmd.Context().Err()
	}
	if report.OutcomeOf(snap) == report.Nothing {
		return &exitError{exitNoData, errors.Join(failed, errors.New("no source answered: run migtop doctor"))}
	}
	var which matrix.Which
	if len(args) == 1 {
		if which, err = matrix.ParseWhich(snap, args[0]); err != nil {
			return usage(err)
		}
	}
	ms, err := matrix.New(a.pricer, decision(a.config)).Fleet(ctx, snap, which)
	if err != nil {
		return err
	}
	tellProblems(cmd, snap)
	return report.WriteMatrix(cmd.OutOrStdout(), snap.At, ms, f, len(args) == 1)
}
