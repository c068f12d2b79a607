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
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/monitor"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/jobs"
	"github.com/migtop/migtop/internal/sources/lambda"
	"github.com/migtop/migtop/internal/sources/logs"
	"github.com/migtop/migtop/internal/sources/logs/report"
	"github.com/migtop/migtop/internal/spend"
	"github.com/migtop/migtop/internal/statement"
)

// joins make of the configuration how functions name tenants in their logs.
func (a *app) joins() (func(function string) report.Join, error) {
	type one struct {
		function attribution.Pattern
		join     report.Join
	}
	var all []one
	for _, t := range a.config.Evidence.Tenants {
		j, err := report.NewJoin(t.Field, t.Pattern)
		if err != nil {
			return nil, usage(fmt.Errorf("%s: log_tenants: %w", t.Origin, err))
		}
		all = append(all, one{t.Function, j})
	}
	return func(function string) report.Join {
		for i := range all {
			if all[i].function.Match(function) {
				return all[i].join
			}
		}
		return report.Join{}
	}, nil
}

// evidence says how the engine reads logs; nil where several accounts or regions are
// read: what logs told is filed by the names of functions, which may be in each.
func (a *app) evidence(ctx context.Context) (*monitor.Evidence, error) {
	if len(a.systems.aws) > 1 {
		return nil, nil //nolint:nilnil // none, and no error
	}
	join, err := a.joins()
	if err != nil {
		return nil, err
	}
	return &monitor.Evidence{
		History: a.keep(),
		Open: func(ctx context.Context) (*monitor.Collector, error) {
			access, err := awsaccess.LoadConfig(ctx, a.systems.aws[0].options)
			if err != nil {
				return nil, err
			}
			a.mu.Lock()
			a.opened = append(a.opened, access.Close)
			a.mu.Unlock()
			return a.collector(access, join)
		},
		Shared: func(f *migration.Function) bool { return f.Logs.Isolated || !join(f.Name).IsZero() },
		Tenant: attribution.New(a.config.Attribution).Named,
		Elsewhere: func(f *migration.Function) bool {
			return slices.ContainsFunc(a.config.EMF, func(rule config.EMF) bool { return rule.Function.Match(f.Name) })
		},
		Every:   a.config.Evidence.Every,
		MaxScan: a.config.Evidence.MaxScan,
	}, ctx.Err()
}

func (a *app) collector(access *awsaccess.Config, join func(string) report.Join) (*monitor.Collector, error) {
	reader, err := logs.New(access, logs.Settings{Join: join, Clock: a.clock})
	if err != nil {
		return nil, err
	}
	return &monitor.Collector{Reader: reader, History: a.keep(), Clock: a.clock, Cost: a.pricer, Region: access.Region()}, nil
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
		Short: "Read from Lambda's logs what no metric tells: memory, billed time, INIT, tenants",
		Long: "evidence reads the lines in which Lambda reports each invocation, through CloudWatch Logs Insights, which AWS bills by the bytes " +
			"that it scans. It says first what that will cost, and asks where it is more than evidence.max_scan. What was read is kept and never " +
			"read again: migtop shows it from then on in place of estimates. It prints per function and tenant what was learnt, and how many " +
			"lines were not understood.",
		Example: "  migtop evidence\n  migtop evidence --estimate\n  migtop evidence --since 72h --yes -o json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := statement.ParseFormat(format)
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
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask, whatever it costs")
	cmd.Flags().BoolVar(&estimate, "estimate", false, "say what it would cost, and end")
	return cmd
}

// evidenceRun is one run of the command.
type evidenceRun struct {
	*app
	cmd    *cobra.Command
	since  time.Duration
	yes    bool
	format statement.Format
}

func (r *evidenceRun) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.cmd.ErrOrStderr(), "migtop: "+format+"\n", args...)
}

func (r *evidenceRun) run(ctx context.Context, estimate bool) error {
	if len(r.systems.aws) > 1 {
		return usage(errors.New("several accounts or regions are configured: name one with --profile and --region"))
	}
	access, err := awsaccess.LoadConfig(ctx, r.systems.aws[0].options)
	if err != nil {
		return err
	}
	defer access.Close()
	join, err := r.joins()
	if err != nil {
		return err
	}
	names := r.names(ctx, access)
	functions, err := lambda.Functions(ctx, access, names.Attribute, r.config.AWS.Functions.Wants)
	if err != nil {
		return err
	}
	c, err := r.collector(access, join)
	if err != nil {
		return err
	}
	c.Scope = monitor.ScopeOf(functions)
	from := r.clock.Now().Add(-r.since)
	q, err := c.Quote(ctx, functions, from)
	if q != nil {
		r.book(spend.Count{Low: q.AskedLow, High: q.AskedHigh})
	}
	if err != nil {
		return err
	}
	if p := c.History.Problem(); p != nil {
		r.say("%s (%s)", p.What, p.Fix)
	}
	r.say("%s", quoted(q))
	if estimate {
		return nil
	}
	var failed error
	if !q.Nothing() {
		if err := r.permit(q); err != nil {
			return err
		}
		var reading monitor.Reading
		reading, failed = c.Read(ctx, q, r.progress())
		r.book(spend.Count{Scanned: reading.Scanned})
		r.say("%d runs read, %s scanned%s", reading.Runs, brief(reading.Scanned), costs(reading.Cost))
	} else if _, err := c.Read(ctx, q, nil); err != nil { // that there is nothing is kept too
		return err
	}
	rows, err := c.Learnt(context.WithoutCancel(ctx), from)
	if err != nil {
		return errors.Join(failed, err)
	}
	if err := statement.WriteEvidence(r.cmd.OutOrStdout(), r.statement(rows, functions, join, names, from), r.format); err != nil {
		return fmt.Errorf("write the evidence: %w", err)
	}
	return failed
}

// names learns whose work it is from the names on both sides, as far as they answer.
func (r *evidenceRun) names(ctx context.Context, access *awsaccess.Config) *attribution.Attributor {
	var ids []migration.Identity
	if found, err := within(ctx, patience, func(ctx context.Context) ([]migration.Identity, error) {
		return lambda.Identities(ctx, access)
	}); err == nil {
		ids = found
	}
	if connection, err := r.systems.cluster(); err == nil {
		found, err := within(ctx, patience, func(ctx context.Context) ([]migration.Identity, error) {
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
	return l.Join(ctx, ids, patience)
}

// statement gives what was learnt to workloads and tenants.
func (r *evidenceRun) statement(rows []monitor.FunctionEvidence, functions []migration.Function, join func(string) report.Join, names *attribution.Attributor, from time.Time) *statement.Evidence {
	byName := make(map[string]*migration.Function, len(functions))
	for i := range functions {
		byName[functions[i].Name] = &functions[i]
	}
	out := &statement.Evidence{Since: from.UTC(), Until: r.clock.Now().UTC()}
	for i := range rows {
		one := statement.EvidenceRowOf(&rows[i].Runs)
		one.Function, one.LogGroup, one.Named, one.Unread = rows[i].Function, rows[i].Group, rows[i].Tenant, rows[i].Unread
		if fn := byName[one.Function]; fn != nil {
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

// quoted is an estimate in one line.
func quoted(q *monitor.Quote) string {
	var b strings.Builder
	if q.Nothing() {
		fmt.Fprintf(&b, "nothing to read")
	} else {
		fmt.Fprintf(&b, "%d log groups to read, %s to scan", q.Groups, brief(q.Bytes))
		if usd, ok := q.Cost.Get(); ok {
			fmt.Fprintf(&b, ": about $%s, %s", price(usd), q.PriceNote)
		} else {
			fmt.Fprintf(&b, "; what that costs is unknown: %s", q.PriceNote)
		}
	}
	if q.Kept > 0 {
		fmt.Fprintf(&b, "; %d were read before", q.Kept)
	}
	if q.Silent > 0 {
		fmt.Fprintf(&b, "; %d functions write no reports (SystemLogLevel WARN)", q.Silent)
	}
	return b.String()
}

// price writes a small amount with two digits that tell something.
func price(usd migration.USD) string {
	for places := int32(2); places < 12; places++ {
		if text := usd.Fixed(places); strings.Trim(text, "0.") != "" {
			return usd.Fixed(max(places, 4))
		}
	}
	return "0.00"
}

func costs(usd migration.Opt[migration.USD]) string {
	if v, ok := usd.Get(); ok {
		return ": $" + price(v)
	}
	return ""
}

// brief writes an amount of bytes, in AWS's units of 1,024.
func brief(n int64) string {
	v, units := float64(n), []string{"bytes", "kB", "MB", "GB", "TB"}
	at := 0
	for v >= 1024 && at < len(units)-1 {
		v, at = v/1024, at+1
	}
	if at == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[at])
}

// permit asks whether to go on where it costs more than was allowed.
func (r *evidenceRun) permit(q *monitor.Quote) error {
	most := r.config.Evidence.MaxScan
	if r.yes || (migration.Bytes(q.Bytes) <= most && q.Cost.Known()) {
		return nil
	}
	why := fmt.Sprintf("%s is more than evidence.max_scan allows (%s)", brief(q.Bytes), brief(int64(most)))
	if !q.Cost.Known() {
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

// progress tells a terminal how far it is; nil where there is none.
func (r *evidenceRun) progress() func(done, of int) {
	out, isFile := r.cmd.ErrOrStderr().(*os.File)
	if !isFile || !term.IsTerminal(int(out.Fd())) {
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
