package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/loginsights"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
	"github.com/migtop/migtop/internal/sources/jobs"
	"github.com/migtop/migtop/internal/sources/lambda"
	"github.com/migtop/migtop/internal/sources/logs"
	logreport "github.com/migtop/migtop/internal/sources/logs/report"
	"github.com/migtop/migtop/internal/spend"
)

// joins make of the configuration how functions name tenants in their logs.
func (a *app) joins() (func(function string) logreport.Join, error) {
	type one struct {
		function attribution.Pattern
		join     logreport.Join
	}
	var all []one
	for _, t := range a.config.Evidence.Tenants {
		j, err := logreport.NewJoin(t.Field, t.Pattern)
		if err != nil {
			return nil, usage(fmt.Errorf("%s: log_tenants: %w", t.Origin, err))
		}
		all = append(all, one{t.Function, j})
	}
	return func(function string) logreport.Join {
		for i := range all {
			if all[i].function.Match(function) {
				return all[i].join
			}
		}
		return logreport.Join{}
	}, nil
}

// logInsights says how the engine reads logs.
func (a *app) logInsights(ctx context.Context, learner *attribution.Learner) (*loginsights.Settings, error) {
	join, err := a.joins()
	if err != nil {
		return nil, err
	}
	return &loginsights.Settings{
		History:  a.keep(),
		Accounts: a.logs(join),
		Shared:   func(f *migration.Function) bool { return f.Logs.Isolated || !join(f.Name).IsZero() },
		// Asked for once functions are known, and so after their source had its names.
		Tenant: func(name string) migration.Tenant {
			return learner.Settled(context.WithoutCancel(ctx), 0).Named(name)
		},
		Elsewhere: func(f *migration.Function) bool {
			return slices.ContainsFunc(a.config.EMF, func(rule config.EMF) bool { return rule.Function.Match(f.Name) })
		},
		Every:   a.config.Evidence.Every,
		MaxScan: a.config.Evidence.MaxScan,
		First:   a.readsLogs(),
	}, ctx.Err()
}

// readsLogs reports whether a command that looks once reads the logs before.
func (a *app) readsLogs() bool {
	return a.logsFirst == logsAsked || a.logsFirst == logsIfFree && (a.systems.demo || a.config.Evidence.Every > 0)
}

// logs are the ways to the logs of all accounts and regions.
func (a *app) logs(join func(string) logreport.Join) []loginsights.Account {
	var out []loginsights.Account
	for _, w := range a.systems.aws {
		out = append(out, loginsights.Account{Scope: w.scope(), Open: func(ctx context.Context) (*loginsights.Collector, error) {
			access, err := awsaccess.LoadConfig(ctx, w.options)
			if err != nil {
				return nil, err
			}
			a.mu.Lock()
			a.opened = append(a.opened, access.Close)
			a.mu.Unlock()
			reader, err := logs.New(access, logs.Settings{Join: join, Clock: a.clock})
			if err != nil {
				return nil, err
			}
			return &loginsights.Collector{Reader: reader, History: a.keep(), Clock: a.clock, Cost: a.pricer, Region: access.Region()}, nil
		}})
	}
	return out
}

// longestBack is how far back the command reads: what a week's pattern shows, and a
// day for each end.
const longestBack = 9 * 24 * time.Hour

func newEvidence(g *globals) *cobra.Command {
	var format string
	var since time.Duration
	var yes, estimate bool
	cmd := &cobra.Command{
		Use:   "evidence",
		Short: "Read memory, billed time, INIT and tenants from Lambda's logs",
		Long: "evidence reads the lines in which Lambda reports each invocation, through CloudWatch Logs Insights, which " +
			"AWS bills by the bytes that it scans. It shows the cost first, and asks for confirmation where it is more than evidence.max_scan. " +
			"Results are kept and never read again: migtop shows them in place of estimates. It prints the results per function " +
			"and tenant, and how many lines could not be parsed.",
		Example: "  migtop evidence\n  migtop evidence --estimate\n  migtop evidence --since 72h --yes -o json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := report.ParseFormat(format, report.ListFormats)
			if err != nil {
				return usage(err)
			}
			if since < migration.LogSpan || since > longestBack {
				return usage(fmt.Errorf("--since %s: want 5m to %s", since, longestBack))
			}
			if yes && estimate {
				return usage(errors.New("--yes and --estimate do not go together: an estimate reads nothing"))
			}
			a, err := open(cmd.Context(), cmd, g, frozen)
			if err != nil {
				return err
			}
			defer a.close()
			r := &evidenceRun{app: a, cmd: cmd, since: since, yes: yes, format: f}
			return r.run(cmd.Context(), estimate)
		},
	}
	cmd.Flags().StringVarP(&format, "output", "o", "table", "table, json or csv")
	cmd.Flags().DurationVar(&since, "since", 24*time.Hour, "how far back, up to 216h")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask for confirmation, whatever the cost")
	cmd.Flags().BoolVar(&estimate, "estimate", false, "print the cost, and exit")
	return cmd
}

// evidenceRun is one run of the command.
type evidenceRun struct {
	*app
	cmd    *cobra.Command
	since  time.Duration
	yes    bool
	format report.Format
}

func (r *evidenceRun) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.cmd.ErrOrStderr(), "migtop: "+format+"\n", args...)
}

func (r *evidenceRun) run(ctx context.Context, estimate bool) error {
	join, err := r.joins()
	if err != nil {
		return err
	}
	names := r.names(ctx)
	functions, failed := r.functions(ctx, names)
	if len(failed) == len(r.systems.aws) {
		return errors.Join(failed...)
	}
	c := loginsights.NewCollectors(r.logs(join))
	from := r.clock.Now().Add(-r.since)
	q, err := c.Quote(ctx, functions, from)
	r.book(spend.Count{Low: q.AskedLow, High: q.AskedHigh})
	if err != nil {
		return err
	}
	for _, part := range q.Parts {
		if part.Problem != nil {
			failed = append(failed, named(part.Scope, part.Problem))
		}
	}
	if p := r.keep().Problem(); p != nil {
		r.say("%s (%s)", p.What, p.Fix)
	}
	r.say("%s", quoted(q))
	if estimate {
		return errors.Join(failed...)
	}
	if !q.Nothing() {
		if err := r.permit(q); err != nil {
			return err
		}
	}
	// An empty result is stored too.
	reading, err := c.Read(ctx, q, r.progress())
	r.book(spend.Count{Scanned: reading.Scanned})
	if !q.Nothing() {
		r.say("%d runs read, %s scanned%s", reading.Runs, brief(reading.Scanned), costs(reading.Cost))
	} else if err != nil {
		return err
	}
	rows, learnt := loginsights.ReadStats(context.WithoutCancel(ctx), r.keep(), functions, from, r.clock.Now())
	failed = append(failed, err, learnt)
	if learnt != nil {
		return errors.Join(failed...)
	}
	if err := report.WriteLogReport(r.cmd.OutOrStdout(), r.report(rows, functions, join, names, from), r.format); err != nil {
		return fmt.Errorf("write the evidence: %w", err)
	}
	return errors.Join(failed...)
}

// named adds the account and region to an error if there are several.
func named(scope string, err error) error {
	if scope == "" {
		return err
	}
	return fmt.Errorf("%s: %w", scope, err)
}

// functions returns the functions of all accounts and regions that answer, and the errors of the others.
func (r *evidenceRun) functions(ctx context.Context, names *attribution.Attributor) (all []migration.Function, failed []error) {
	for _, w := range r.systems.aws {
		some, err := r.functionsOf(ctx, w, names)
		if err != nil {
			failed = append(failed, named(w.scope(), err))
		}
		all = append(all, some...)
	}
	return all, failed
}

// functionsOf are the functions of one account and region, attributed as the screen does.
func (r *evidenceRun) functionsOf(ctx context.Context, w awsTarget, names *attribution.Attributor) ([]migration.Function, error) {
	access, err := awsaccess.LoadConfig(ctx, w.options)
	if err != nil {
		return nil, err
	}
	defer access.Close()
	functions, problem, err := lambda.Functions(ctx, access, lambda.Settings{
		Attribute: names.Attribute, Tags: r.config.Attribution.NeedTags(), Include: r.config.AWS.Functions.Wants,
		Timing: awspoll.Timing{Clock: r.clock},
		Linked: r.linked(w),
	})
	if problem != nil {
		r.say("%v", named(w.scope(), problem))
	}
	for i := range functions {
		functions[i].Scope = w.scope()
	}
	return functions, err
}

// names resolves owners by the names on both sides, as far as they can be read.
func (r *evidenceRun) names(ctx context.Context) *attribution.Attributor {
	var ids []migration.Identity
	for _, w := range r.systems.aws {
		found, err := within(ctx, r.namesWithin(), func(ctx context.Context) ([]migration.Identity, error) {
			access, err := awsaccess.LoadConfig(ctx, w.options)
			if err != nil {
				return nil, err
			}
			defer access.Close()
			return lambda.Identities(ctx, access, w.linked)
		})
		if err != nil {
			r.log.Warn("list functions for their names", "error", err)
		}
		ids = append(ids, found...)
	}
	if connection, err := r.systems.cluster(); err == nil {
		defer connection.Close()
		found, err := within(ctx, r.namesWithin(), func(ctx context.Context) ([]migration.Identity, error) {
			k := r.config.Kubernetes
			return jobs.Identities(ctx, jobs.Options{
				Connection: connection, Namespaces: k.Namespaces, LabelSelector: k.Selector, Clock: r.clock, Logger: r.log,
			})
		})
		if err == nil {
			ids = append(ids, found...)
		}
	}
	l := attribution.NewLearner(attribution.New(r.config.Attribution), 1)
	return l.Join(ctx, ids, r.namesWithin())
}

// report gives what was learnt to workloads and tenants.
func (r *evidenceRun) report(rows []loginsights.FunctionStats, functions []migration.Function, join func(string) logreport.Join,
	names *attribution.Attributor, from time.Time,
) *report.LogReport {
	type place struct{ home, name string }
	byName := make(map[place]*migration.Function, len(functions))
	for i := range functions {
		byName[place{functions[i].AccountRegion(), functions[i].Name}] = &functions[i]
	}
	out := &report.LogReport{Since: from.UTC(), Until: r.clock.Now().UTC()}
	for i := range rows {
		one := report.LogRowOf(&rows[i].Runs)
		one.Function, one.LogGroup, one.Named, one.Unread = rows[i].Function, rows[i].Group, rows[i].Tenant, rows[i].Unread
		one.Account, one.Region, _ = strings.Cut(rows[i].Home, "/")
		if fn := byName[place{rows[i].Home, one.Function}]; fn != nil {
			one.Tenant, one.Workload = fn.Key.Tenant, fn.Key.Workload
			if one.Named != "" && (fn.Logs.Isolated || !join(fn.Name).IsZero()) {
				one.Tenant = names.Named(one.Named)
			}
		}
		if !rows[i].Final.IsZero() {
			one.FinalTo = migration.Some(rows[i].Final)
		}
		out.Rows = append(out.Rows, one)
	}
	return out
}

// permit asks whether to go on where it costs more than was allowed.
func (r *evidenceRun) permit(q *loginsights.Quote) error {
	most := r.config.Evidence.MaxScan
	known := q.Cost.Known() && !q.LowerBound
	if r.yes || (migration.Bytes(q.Bytes) <= most && known) {
		return nil
	}
	why := fmt.Sprintf("%s is more than evidence.max_scan allows (%s)", brief(q.Bytes), brief(int64(most)))
	if !known {
		why = "what it costs is unknown"
	}
	in, isFile := r.cmd.InOrStdin().(*os.File)
	if !isFile || !term.IsTerminal(int(in.Fd())) {
		return usage(errors.New(why + ": add --yes to go on"))
	}
	_, _ = fmt.Fprintf(r.cmd.ErrOrStderr(), "migtop: %s. Go on? [y/N] ", why)
	return agreed(in)
}

func agreed(in io.Reader) error {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return &exitError{code: exitFailure, err: errors.New("nothing was read")}
	}
	return nil
}

// progress shows progress on a terminal; nil without a terminal.
func (r *evidenceRun) progress() func(done, of int) {
	out := terminal(r.cmd)
	if out == nil {
		return nil
	}
	last := clock.System().Now()
	return func(done, of int) {
		if now := clock.System().Now(); done == of || now.Sub(last) > time.Second {
			last = now
			_, _ = fmt.Fprintf(out, "migtop: %d of %d log groups\n", done, of)
		}
	}
}

// book counts what was asked for the budget.
func (r *evidenceRun) book(c spend.Count) {
	if c == (spend.Count{}) {
		return
	}
	if _, err := r.ledger().Book(r.clock.Now(), c); err != nil {
		r.say("%v", err)
	}
}
