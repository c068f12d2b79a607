package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/cutover/success"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/text"
)

// planFlags are the flags of plan.
type planFlags struct {
	format                  string
	check, suggest, offline bool
	waveSize                int
}

func newPlan(g *globals, clk clock.Clock) *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Print, check or suggest the plan of the move",
		Long: "plan prints the plan of the configuration: waves, their steps with dates at the pace so far, the tenants and where they " +
			"stand, freezes, and what is wrong with it. --check prints only what is wrong. --suggest prints a plan as YAML, ready for " +
			"the configuration: waves that have begun stay, and all other tenants that should move are put into new ones, key tenants " +
			"and the most pain first. It polls every source once, as snapshot does; --offline reads the configuration only. " +
			"See docs/plan.md.",
		Example: "  migtop plan\n  migtop plan --check --offline\n  migtop plan --suggest\n" +
			"  migtop plan -o json | jq '.waves[].steps[-1].likely_at'",
		Args: noArgs,
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.format, "output", "o", "table", "table, json or yaml")
	flags.BoolVar(&f.check, "check", false, "print only what is wrong with the plan; exit with code 2 if that is an error")
	flags.BoolVar(&f.suggest, "suggest", false, "print a plan as YAML for the configuration")
	flags.BoolVar(&f.offline, "offline", false, "read the configuration only: tenants are not compared with what is there")
	flags.IntVar(&f.waveSize, "wave-size", plan.MostTenants, "most tenants of a suggested wave")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		format, err := f.formatted(cmd, g)
		if err != nil {
			return usage(err)
		}
		if f.offline {
			c, err := g.load(cmd)
			if err != nil {
				return err
			}
			return f.print(cmd.OutOrStdout(), c.Plan.Overview(clk.Now(), nil), format)
		}
		return f.live(cmd, g, format)
	}
	return cmd
}

// formatted reads the flags.
func (f *planFlags) formatted(cmd *cobra.Command, g *globals) (report.Format, error) {
	changed := cmd.Flags().Changed
	switch {
	case f.check && f.suggest:
		return "", errors.New("--check and --suggest do not go together: migtop plan --check checks the suggestion once it is in the " +
			"configuration")
	case f.suggest && f.offline:
		return "", errors.New("--suggest needs to see the tenants: not with --offline")
	case f.suggest && changed("output"):
		return "", errors.New("--suggest prints YAML for the configuration: not with --output")
	case f.offline && g.demo:
		return "", errors.New("--offline reads the configuration only: not with --demo")
	case changed("wave-size") && !f.suggest:
		return "", errors.New("--wave-size is of a suggestion: add --suggest")
	case f.waveSize < 1:
		return "", fmt.Errorf("--wave-size %d: want 1 or more", f.waveSize)
	}
	return report.ParseFormat(f.format, report.PlanFormats)
}

// live looks once, and goes on without a comparison if no source answers.
func (f *planFlags) live(cmd *cobra.Command, g *globals, format report.Format) error {
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
	outcome := report.OutcomeOf(snap)
	if outcome == report.Nothing && f.suggest {
		return &exitError{exitNoData, errors.Join(failed,
			errors.New("no source answered, so there is nothing to plan: run migtop doctor"))}
	}
	tellProblems(cmd, snap)
	var seen *plan.Seen
	if outcome == report.Nothing {
		notify(cmd, "no source answered: tenants are not compared with what is there")
	} else {
		seen = &plan.Seen{Candidates: plan.Candidates(snap), Complete: outcome == report.Complete, Aliases: aliases(a.config)}
	}
	if f.suggest {
		return f.printSuggestion(cmd, &a.config.Plan, snap.At, seen)
	}
	o := a.config.Plan.Overview(snap.At, seen)
	o.Success = a.success(snap.At)
	return f.print(cmd.OutOrStdout(), o, format)
}

// recordOf is how much of the record of the cutover counts: a year's move.
const recordOf = 400 * migration.DayLength

// success is how the move itself goes, nil where nothing is recorded.
func (a *app) success(now time.Time) *migration.MoveSuccess {
	records, err := a.monitor.CutoverRecord(now.Add(-recordOf))
	if err != nil {
		a.log.Warn("the record of the cutover", "error", err)
	}
	if len(records) == 0 {
		return nil
	}
	planned := map[migration.Tenant][]success.Planned{}
	for tenant, steps := range a.config.Plan.DatedSteps() {
		for _, s := range steps {
			planned[tenant] = append(planned[tenant], success.Planned{Share: s.Share, At: s.At})
		}
	}
	m := success.Measure(records, planned, now)
	return &m
}

// aliases are the other spellings of tenants.
func aliases(c *config.Config) map[migration.Tenant]migration.Tenant {
	out := map[migration.Tenant]migration.Tenant{}
	for _, n := range c.Attribution.Tenants {
		for _, a := range n.Aliases {
			out[migration.Tenant(a)] = migration.Tenant(n.Name)
		}
	}
	return out
}

// print writes the plan, or with --check what is wrong with it.
func (f *planFlags) print(w io.Writer, o *plan.Overview, format report.Format) error {
	if f.check && format == report.Table {
		if err := report.WritePlanCheck(w, o); err != nil {
			return err
		}
	} else if err := report.WritePlan(w, o, format); err != nil {
		return err
	}
	if f.check && o.Worst() == plan.Error {
		return &exitError{code: exitUsage} // what is wrong was printed
	}
	return nil
}

// printSuggestion writes a plan as YAML, with the reasons as comments.
func (f *planFlags) printSuggestion(cmd *cobra.Command, p *plan.Plan, now time.Time, seen *plan.Seen) error {
	s, err := p.Suggest(now, seen.Candidates, f.waveSize)
	if err != nil {
		return &exitError{exitNoData, err}
	}
	_, err = io.WriteString(cmd.OutOrStdout(), text.PrintableLines(s.YAML(now)))
	return err
}
