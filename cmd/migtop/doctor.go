package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

// doctorTimeout bounds all checks together.
const doctorTimeout = time.Minute

func newDoctor(g *globals) *cobra.Command {
	var policy, rbac bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check credentials, permissions and connections, and show what to fix",
		Long: "doctor makes every kind of call that migtop makes on both sides, once, and shows how to fix each failure. " +
			"It exits with code 1 if something is wrong. It requests one metric from CloudWatch, which costs $0.00001.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			if policy || rbac {
				return printLeast(out, policy, rbac)
			}
			return runDoctor(cmd, g, out)
		},
	}
	cmd.Flags().BoolVar(&policy, "iam-policy", false, "print the minimal IAM policy for migtop, and exit")
	cmd.Flags().BoolVar(&rbac, "rbac", false, "print the minimal RBAC manifest for migtop, and exit")
	return cmd
}

func printLeast(out io.Writer, policy, rbac bool) error {
	var err error
	if policy {
		_, err = fmt.Fprintln(out, policyOf())
	}
	if rbac && err == nil {
		_, err = fmt.Fprintln(out, strings.TrimSpace(rbacOf()))
	}
	return err
}

// policyOf is the least IAM policy, a statement for what migtop cannot do without
// and one for each thing that it can.
func policyOf() string {
	return awsaccess.FeaturePolicy(append(awspoll.Features(), convertFeature)...)
}

// rbacOf is the least RBAC manifest.
func rbacOf() string {
	var rules []sources.Rule
	for _, d := range sources.Registered() {
		rules = append(rules, d.Permissions.Rules...)
	}
	return sources.RBAC(rules...)
}

func runDoctor(cmd *cobra.Command, g *globals, out io.Writer) error {
	a, err := open(cmd.Context(), cmd, g, running)
	if err != nil {
		return err
	}
	defer a.close()
	ctx, cancel := context.WithTimeout(cmd.Context(), doctorTimeout)
	defer cancel()
	d := &doctor{out: out}
	cluster := startChecks(func(d *doctor) {
		d.title("Kubernetes")
		d.checkCluster(ctx, a)
	})
	for _, w := range a.systems.aws {
		d.title(w.title("AWS"))
		d.checkAWS(ctx, a, w)
	}
	const list = "list its account and region under accounts, or leave it out"
	for _, one := range sources.Registered() {
		for _, note := range a.unread(ctx, &one) {
			d.finding("failed", one.Title, "", &migration.Problem{What: note, Fix: list})
		}
	}
	d.add(<-cluster)
	d.checkPrices(ctx, a)
	if d.err != nil {
		return d.err
	}
	switch d.failures {
	case 0:
		return nil
	case 1:
		return errors.New("1 check failed")
	}
	return fmt.Errorf("%d checks failed", d.failures)
}

// doctor prints findings, one line each and what to do below.
type doctor struct {
	out      io.Writer
	failures int
	err      error // of the first write that failed
}

// startChecks runs checks in parallel with others, into a text of their own: one side that does
// not answer must not take the other's time.
func startChecks(run func(*doctor)) <-chan *doctor {
	done := make(chan *doctor, 1)
	go func() {
		d := &doctor{out: &bytes.Buffer{}}
		run(d)
		done <- d
	}()
	return done
}

// add prints what checks found that ran in parallel.
func (d *doctor) add(other *doctor) {
	d.printf("%s", other.out)
	d.failures += other.failures
}

func (d *doctor) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(d.out, format, args...); err != nil && d.err == nil {
		d.err = err
	}
}

func (d *doctor) title(name string) { d.printf("%s\n", name) }

// finding prints one check. What works with less is no failure.
func (d *doctor) finding(state, name, detail string, p *migration.Problem) {
	if p == nil {
		d.printf("  %-8s %-28s %s\n", state, name, detail)
		return
	}
	if state == "failed" {
		d.failures++
	}
	d.printf("  %-8s %-28s %s\n", state, name, p.What)
	if p.Fix != "" {
		d.printf("  %-8s %-28s -> %s\n", "", "", p.Fix)
	}
	for line := range strings.Lines(p.Snippet) {
		d.printf("      | %s\n", strings.TrimRight(line, "\n"))
	}
}

// checkAWS checks one account and region.
func (d *doctor) checkAWS(ctx context.Context, a *app, w awsTarget) {
	access, err := awsaccess.LoadConfig(ctx, w.options)
	if err != nil {
		d.finding("failed", "credentials and region", "", asProblem(err))
		return
	}
	defer access.Close()
	questions := d.questions(ctx, a, w)
	for _, f := range access.Check(ctx, clock.System(), questions...) {
		state := "ok"
		switch {
		case f.Problem != nil && f.Optional && f.Problem.Fault == migration.FaultDenied:
			state = "optional" // migtop works without it
		case f.Problem != nil:
			state = "failed"
		}
		d.finding(state, f.Name, f.Detail, f.Problem)
	}
}

// questions are what all sources ask in an account and region.
func (d *doctor) questions(ctx context.Context, a *app, w awsTarget) (out []awsaccess.Question) {
	names, t := attribution.New(a.config.Attribution), &target{aws: &w}
	for _, one := range sources.Registered() {
		if one.System != sources.AWS || !a.wants(ctx, &one, t) {
			continue
		}
		env := a.env(ctx, &one, t, nil)
		env.Clock, env.Names = clock.System(), names
		questions, err := awspoll.Questions(ctx, one.Name, env)
		if err != nil {
			d.finding("failed", one.Title, "", asProblem(err))
		}
		out = append(out, questions...)
	}
	return out
}

// checkCluster checks what sources ask the cluster.
func (d *doctor) checkCluster(ctx context.Context, a *app) {
	access, err := a.systems.cluster()
	var off *sources.Off
	if errors.As(err, &off) {
		d.finding("off", "kubeconfig", off.Why, nil)
		return
	}
	if err != nil {
		d.finding("failed", "kubeconfig", "", asProblem(err))
		return
	}
	defer access.Close()
	names := attribution.New(a.config.Attribution)
	for _, one := range sources.Registered() {
		if one.System != sources.Kubernetes || one.Check == nil {
			continue
		}
		env := a.env(ctx, &one, &target{}, names)
		env.Clock = clock.System()
		rows, err := one.Check(ctx, access, env)
		if err != nil {
			d.finding("failed", "kubeconfig", "", asProblem(err))
			continue
		}
		for _, h := range rows {
			detail := h.Note
			if detail == "" {
				detail = h.Latency.Round(time.Millisecond).String()
			}
			d.finding(h.State.String(), h.Source, detail, h.Problem)
		}
	}
}

// checkPrices looks for a price of every kind of node, and names what finds one that is missing.
func (d *doctor) checkPrices(ctx context.Context, a *app) {
	if !a.config.Move.Has(migration.Jobs) {
		return
	}
	hosts, err := within(ctx, nodesTimeout, a.hosts)
	if err != nil {
		return // the check of the cluster says why
	}
	d.title("Prices")
	missing := map[string]bool{}
	for i := range hosts {
		h := &hosts[i]
		if h.Kind != migration.HostEC2 || h.InstanceType == "" {
			continue
		}
		if _, err := a.pricer.Node(*h); err != nil && !missing[err.Error()] {
			missing[err.Error()] = true
			d.finding("optional", h.InstanceType, "", &migration.Problem{
				What: err.Error(), Err: err,
				Fix: "migtop prices refresh reads what AWS lists; or state the price in prices.overlay (docs/prices.md)",
			})
		}
	}
	if len(missing) == 0 {
		d.finding("ok", "price book", "it has a price of every kind of node", nil)
	}
}

func asProblem(err error) *migration.Problem {
	var p *migration.Problem
	if errors.As(err, &p) {
		return p
	}
	return &migration.Problem{What: err.Error(), Err: err}
}
