package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/gate"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/text"
)

// verdictFlags are the flags of verdict.
type verdictFlags struct {
	format, wave, until, share string
	exitCode                   bool
	wait                       time.Duration

	tenant migration.Tenant
	at     migration.Opt[migration.Ratio]
	end    gate.Until
}

// untils are the words of --until.
var untils = map[string]gate.Until{"promote": gate.UntilPromote, "decided": gate.UntilDecided}

func newVerdict(g *globals) *cobra.Command {
	var f verdictFlags
	cmd := &cobra.Command{
		Use:   "verdict [TENANT]",
		Short: "Print what to do next with a tenant, or gate a pipeline on it",
		Long: "verdict prints for each tenant whether it may take its next step: PROMOTE, HOLD or ROLL BACK, before the first step " +
			"whether it should move and is ready, and after the last whether the move worked. For one tenant it prints every signal " +
			"with its thresholds and every number behind the word. It polls every source once, as snapshot does, and continues the " +
			"evidence that earlier runs of migtop on this machine have stored.\n\n" +
			"With --exit-code it ends with 0 for promote (PROMOTE, ready for the first step, moved), 10 for hold, 20 for roll back " +
			"and 3 without data; for several tenants with that of the most careful one: 20, then 3, then 10, then 0. --wait polls " +
			"until the word is PROMOTE or ROLL BACK, or the time is over, and ends with the code of the last word. --share says " +
			"which share the pipeline has routed: a PROMOTE of another step holds. For Argo Rollouts and Flagger see migtop gate " +
			"and docs/gates.md.",
		Example: "  migtop verdict\n  migtop verdict acme\n  migtop verdict acme -o json | jq '.tenants[0].cutover.holds'\n" +
			"  migtop verdict acme --exit-code --share 20%\n  migtop verdict --wave pilot --wait 2h --share 5%",
		Args: cobra.MaximumNArgs(1),
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.format, "output", "o", "table", "table, json or yaml")
	flags.StringVar(&f.wave, "wave", "", "the tenants of this wave of the plan")
	flags.BoolVar(&f.exitCode, "exit-code", false, "end with the verdict as the code: 0 promote, 10 hold, 20 roll back, 3 no data")
	flags.DurationVar(&f.wait, "wait", 0, "wait this long for PROMOTE; ROLL BACK ends the wait. Implies --exit-code")
	flags.StringVar(&f.until, "until", "promote",
		"what --wait waits for: promote (all promote, or one rolls back) or decided (each promotes or rolls back)")
	flags.StringVar(&f.share, "share", "", "the share that the pipeline has routed, such as 20%; a good word on another step holds")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		format, err := f.parse(cmd, args)
		if err != nil {
			return usage(err)
		}
		return f.run(cmd, g, format)
	}
	return cmd
}

// parse reads the flags.
func (f *verdictFlags) parse(cmd *cobra.Command, args []string) (report.Format, error) {
	changed := cmd.Flags().Changed
	end, known := untils[f.until]
	switch {
	case len(args) == 1 && strings.TrimSpace(args[0]) == "":
		return "", errors.New("the name of the tenant is empty: leave it out for all tenants")
	case len(args) == 1 && f.wave != "":
		return "", errors.New("name a tenant or --wave, not both")
	case changed("wave") && f.wave == "":
		return "", errors.New("--wave is empty: migtop plan lists the waves")
	case changed("wait") && f.wait <= 0:
		return "", fmt.Errorf("--wait %s: want a time above 0, such as 30m", f.wait)
	case changed("wait") && len(args) == 0 && f.wave == "":
		return "", errors.New("--wait needs to know for whom: name a tenant, or a wave with --wave")
	case !known:
		return "", fmt.Errorf("--until %q: want promote or decided", f.until)
	case changed("until") && !changed("wait"):
		return "", errors.New("--until says what --wait waits for: add --wait DURATION")
	case changed("share") && len(args) == 0 && f.wave == "":
		return "", errors.New("--share is that of a tenant or a wave: name one")
	}
	f.end = end
	if len(args) == 1 {
		f.tenant = migration.Tenant(args[0])
	}
	if changed("share") {
		share, err := parseShare(f.share)
		if err != nil {
			return "", fmt.Errorf("--share %w", err)
		}
		f.at = migration.Some(share)
	}
	return report.ParseFormat(f.format, report.PlanFormats)
}

// parseShare reads a share in percent, with or without its sign.
func parseShare(s string) (migration.Ratio, error) {
	number := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "%"))
	percent, err := strconv.ParseFloat(number, 64)
	if err != nil || !(percent >= 0 && percent <= 100) { // also what is no number
		return 0, fmt.Errorf("%q: want a share in percent from 0 to 100, such as 20%%", s)
	}
	return migration.Ratio(percent / 100), nil
}

// run looks, or waits, and prints the last answer.
func (f *verdictFlags) run(cmd *cobra.Command, g *globals, format report.Format) error {
	pace := frozen
	if f.wait > 0 {
		pace = running
	}
	a, err := open(cmd.Context(), cmd, g, pace)
	if err != nil {
		return err
	}
	defer a.close()
	if err := f.resolve(a); err != nil {
		return usage(err)
	}
	var r *gate.Result
	if f.wait > 0 {
		r, err = f.waitFor(cmd, a)
	} else {
		r, err = f.look(cmd, a)
	}
	if err != nil {
		return err
	}
	return f.finish(cmd, r, format)
}

// finish prints the answer and ends with its code where that was asked for.
func (f *verdictFlags) finish(cmd *cobra.Command, r *gate.Result, format report.Format) error {
	if err := report.WriteVerdicts(cmd.OutOrStdout(), r, format); err != nil {
		return fmt.Errorf("write the verdict: %w", err)
	}
	if (f.exitCode || f.wait > 0) && r.ExitCode != exitOK {
		return &exitError{code: r.ExitCode} // the output says why
	}
	return nil
}

// resolve replaces another spelling of the tenant by its name, and refuses a wave that the plan does not have.
func (f *verdictFlags) resolve(a *app) error {
	if name, ok := aliases(a.config)[f.tenant]; ok {
		f.tenant = name
	}
	if f.wave == "" {
		return nil
	}
	p := &a.config.Plan
	names := make([]string, len(p.Waves))
	for i := range p.Waves {
		names[i] = p.Waves[i].Title(p.Zone)
	}
	switch {
	case len(names) == 0:
		return fmt.Errorf("--wave %q: the configuration has no plan; see docs/plan.md", f.wave)
	case !slices.Contains(names, f.wave):
		return fmt.Errorf("--wave %q is not in the plan, which has %s", f.wave, strings.Join(names, ", "))
	}
	return nil
}

// look polls once.
func (f *verdictFlags) look(cmd *cobra.Command, a *app) (*gate.Result, error) {
	ctx, cancel := context.WithTimeout(cmd.Context(), a.lookWithin())
	defer cancel()
	seen := looking(cmd, a.sides())
	snap, failed := a.monitor.Once(ctx)
	seen()
	if cmd.Context().Err() != nil {
		return nil, cmd.Context().Err()
	}
	if report.OutcomeOf(snap) == report.Nothing {
		return nil, &exitError{exitNoData, errors.Join(failed, errors.New("no source answered: run migtop doctor"))}
	}
	r, err := f.ask(snap)
	if err != nil {
		return nil, usage(err)
	}
	tellProblems(cmd, snap)
	return r, nil
}

// ask answers the question of the flags from a Snapshot.
func (f *verdictFlags) ask(s *migration.Snapshot) (*gate.Result, error) {
	return gate.Ask(s, &gate.Question{
		Tenant: f.tenant, Wave: f.wave, Share: f.at, Complete: report.OutcomeOf(s) == report.Complete,
	})
}

// subject names what is waited for.
func (f *verdictFlags) subject() string {
	if f.wave != "" {
		return text.Printable(f.wave)
	}
	return text.Printable(string(f.tenant))
}
