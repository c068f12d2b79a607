package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/convert"
	"github.com/migtop/migtop/internal/folder"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/simcloud"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/lambda/definition"
)

// convertTimeout bounds the reading of one function.
const convertTimeout = time.Minute

// convertFlags are the flags of a conversion.
type convertFlags struct {
	convert.Options
	oidc, format, dir, from string
	force, dryRun, strict   bool
}

func newConvert(g *globals) *cobra.Command {
	var f convertFlags
	cmd := &cobra.Command{
		Use:   "convert FUNCTION",
		Short: "Turn a Lambda function into a Kubernetes Job",
		Long: "convert reads one Lambda function and prints the manifests of a Job that does its work, and on standard error a " +
			"report of what is converted, what is not, and what is left to do. The image is kept; the environment becomes a ConfigMap, without " +
			"values that look like secrets; the timeout becomes a deadline, memory and its share of CPU requests; an SQS trigger a KEDA " +
			"ScaledJob; and the execution role's trust policy is rewritten for the cluster's OIDC provider or for EKS Pod Identity. Nothing is " +
			"changed in AWS or in a cluster. FUNCTION is a name or an ARN, optionally with a version or an alias after a colon. " +
			"See docs/convert.md.",
		Example: "  migtop convert acme-thumbnails-prod --demo --pod-identity --namespace batch\n" +
			"  migtop convert acme-thumbnails-prod --oidc-provider https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE --dir deploy/thumbnails\n" +
			"  migtop convert acme-thumbnails-prod:live -o report",
		Args: one("the name of a Lambda function"),
		// The demo's functions are known without a request; in an account, each press of tab would send one to AWS.
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if !g.demo || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return simcloud.FunctionNames(g.seed), cobra.ShellCompDirectiveNoFileComp
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.oidc, "oidc-provider", "", "ARN or URL of the cluster's OIDC provider, for the role's trust policy")
	flags.BoolVar(&f.Identity.PodIdentity, "pod-identity", false, "rewrite the role's trust policy for EKS Pod Identity")
	flags.StringVar(&f.Namespace, "namespace", "", "namespace of the Job (default: the one in the configuration, else default)")
	flags.StringVar(&f.ServiceAccount, "service-account", "", "service account of the Job (default: the Job's name)")
	flags.StringVar(&f.Name, "name", "", "name of the Job (default: derived from the function's name)")
	flags.StringVar(&f.Image, "image", "", "image to run in place of the function's")
	flags.Var(&wordsFlag{words: &f.Command}, "command", "command of the container, its words separated by commas")
	flags.StringVar(&f.from, "from", "", "file of runs as for migtop profiles --from: the Job gets the profile that they recommend")
	flags.StringVarP(&f.format, "output", "o", "yaml", "yaml (manifests), json (everything) or report")
	flags.StringVar(&f.dir, "dir", "", "write manifests, trust policies and report into this folder")
	flags.BoolVar(&f.force, "force", false, "with --dir, overwrite existing files that differ")
	flags.BoolVar(&f.dryRun, "dry-run", false, "with --dir, print the differences and write nothing")
	flags.BoolVar(&f.strict, "strict", false, "exit with code 4 if a part of the function could not be read")
	offer(cmd, "output", "yaml", "json", "report")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(cmd); err != nil {
			return usage(err)
		}
		return runConvert(cmd, g, &f, args[0])
	}
	return cmd
}

// check reads the flags that cannot be taken as they are.
func (f *convertFlags) check(cmd *cobra.Command) error {
	switch f.format {
	case "yaml", "json", "report":
	default:
		return fmt.Errorf("--output %q: want yaml, json or report", f.format)
	}
	switch {
	case f.dir != "" && cmd.Flags().Changed("output"):
		return errors.New("--dir and --output do not go together: the folder gets manifests, trust policies and report")
	case f.dir == "" && (f.force || f.dryRun):
		return errors.New("--force and --dry-run need --dir: name the folder to write")
	case f.force && f.dryRun:
		return errors.New("--force and --dry-run do not go together")
	case f.oidc != "" && f.Identity.PodIdentity:
		return errors.New("--oidc-provider and --pod-identity do not go together: a service account gets its role in one way")
	case f.oidc != "":
		id, err := convert.ParseProvider(f.oidc)
		if err != nil {
			return fmt.Errorf("--oidc-provider: %w", err)
		}
		f.Identity = id
	}
	return nil
}

func runConvert(cmd *cobra.Command, g *globals, f *convertFlags, function string) error {
	a, err := reached(cmd.Context(), cmd, g)
	if err != nil {
		return err
	}
	defer a.close()
	ctx, cancel := context.WithTimeout(cmd.Context(), convertTimeout)
	defer cancel()
	d, err := readFunction(ctx, a, function)
	if err != nil {
		return err
	}
	whose := attribution.New(a.config.Attribution).Attribute(migration.Identity{Platform: migration.Lambda, Name: d.Name, Tags: d.Tags})
	options := f.Options
	options.Tenant, options.Workload = whose.Tenant, whose.Workload
	if names := a.config.Kubernetes.Namespaces; options.Namespace == "" && len(names) == 1 {
		options.Namespace = names[0]
	}
	if f.from != "" {
		if options.Profile, err = f.profile(cmd, d, whose); err != nil {
			return err
		}
	}
	plan, err := convert.Convert(d, options)
	if err != nil {
		return usage(err)
	}
	if err := f.write(cmd, plan); err != nil {
		return err
	}
	if f.strict && len(d.Gaps) > 0 {
		return &exitError{code: exitPartial}
	}
	return nil
}

// reached opens the systems without an engine on them.
func reached(ctx context.Context, cmd *cobra.Command, g *globals) (*app, error) {
	level, err := g.level()
	if err != nil {
		return nil, err
	}
	a := &app{}
	if a.config, err = g.load(cmd); err != nil {
		return nil, err
	}
	logger, closeLog := openLog(level)
	a.log = logger
	a.closers = append(a.closers, closeLog)
	if a.systems, err = a.reach(ctx, g, frozen); err != nil {
		a.close()
		return nil, err
	}
	if err := signIn(cmd, a.systems.aws); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// readFunction reads the function in the first account and region that has it. Its error says why it was not found.
func readFunction(ctx context.Context, a *app, function string) (d *migration.Definition, err error) {
	for _, w := range a.systems.aws {
		var p *migration.Problem
		if d, err = readFunctionIn(ctx, w, function); !errors.As(err, &p) || p.Fault != migration.FaultAbsent {
			return d, err
		}
	}
	return d, err
}

func readFunctionIn(ctx context.Context, w awsTarget, function string) (*migration.Definition, error) {
	access, err := awsaccess.LoadConfig(ctx, w.options)
	if err != nil {
		return nil, &exitError{exitNoData, err}
	}
	defer access.Close()
	d, err := definition.Read(ctx, access, function)
	var p *migration.Problem
	switch {
	case err == nil:
		return d, nil
	case !errors.As(err, &p):
		return nil, err
	case p.Fault == migration.FaultConfig:
		return nil, usage(err)
	case p.Fault == migration.FaultAbsent:
		return nil, err
	case p.Fault == migration.FaultDenied:
		return nil, &exitError{exitNoData, fmt.Errorf("%s (migtop doctor --iam-policy prints what to allow, under %s)", p.What,
			convertFeature.Sid)}
	}
	return nil, &exitError{exitNoData, err}
}

// convertFeature has the actions that reading a full definition needs, in addition to the others.
var convertFeature = awsaccess.Feature{Sid: "MigtopConvertsFunctionsOptional", Actions: definition.Actions}

// profile is what the runs of a file recommend for the function's workload and
// tenant; nil where they are too few.
func (f *convertFlags) profile(cmd *cobra.Command, d *migration.Definition, whose migration.Attribution) (*profile.Profile, error) {
	flags := profileFlags{from: f.from}
	trace, err := flags.read(cmd, nil)
	if err != nil {
		return nil, err
	}
	book := profile.NewBook(profile.Settings{})
	book.LearnAll(trace)
	book.Recommend(nil, 0) // this finds the class of the tenant
	has := migration.Resources{Memory: migration.Some(d.Memory)}
	p := book.Profile(profile.Ask{
		Workload: whose.Workload, Tenant: whose.Tenant, Load: profile.MeasureLoads(trace)(whose.Workload, whose.Tenant),
		Now: migration.Given{Request: has, Limit: has, Deadline: migration.Some(d.Timeout)}, UnderWay: migration.Some(0),
	})
	if p.Base.MemoryLimit == 0 || p.Confidence == profile.NoConfidence {
		notify(cmd, "not enough data: %s has no run of workload %s, tenant %s; the Job gets what the function has", f.from, whose.Workload,
			whose.Tenant)
		return nil, nil //nolint:nilnil // no profile is an answer
	}
	return &p, nil
}

// write prints the plan or puts it into a folder.
func (f *convertFlags) write(cmd *cobra.Command, plan *convert.Conversion) error {
	out := cmd.OutOrStdout()
	if f.dir != "" {
		return f.writeFolder(cmd, plan)
	}
	switch f.format {
	case "json":
		_, err := io.WriteString(out, plan.JSON())
		return err
	case "report":
		_, err := io.WriteString(out, plan.Report())
		return err
	}
	if _, err := io.WriteString(out, plan.YAML()); err != nil {
		return err
	}
	_, err := io.WriteString(cmd.ErrOrStderr(), plan.Report())
	return err
}

// convertedInto returns the ARN of another function whose files are in a folder, or "". Versions of a function count as
// the same function.
func convertedInto(dir, arn string) string {
	b, err := os.ReadFile(filepath.Join(dir, convert.AccountFile))
	if err != nil {
		return "" // none is there, or writing will say why it cannot be read
	}
	m := functionAnnotation.FindSubmatch(b)
	if m == nil {
		return ""
	}
	unversioned := func(arn string) string { return functionVersion.ReplaceAllString(arn, "$1") }
	if other := string(m[1]); unversioned(other) != unversioned(arn) {
		return other
	}
	return ""
}

// functionVersion is a function in an ARN, and the number of a version of it.
var functionVersion = regexp.MustCompile(`(:function:[^:]+):[0-9]+$`)

// functionAnnotation is where a manifest says what it was made of.
var functionAnnotation = regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(convert.FunctionAnnotation) + `: "?(\S+?)"?$`)

// writeFolder shows what would change in the folder, and then writes it.
func (f *convertFlags) writeFolder(cmd *cobra.Command, plan *convert.Conversion) error {
	if other := convertedInto(f.dir, plan.ARN); other != "" {
		return usage(&migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("the folder %s has the files of another function, %s", f.dir, other),
			Fix: "use a separate --dir for each function",
		})
	}
	var files []folder.File
	for _, file := range plan.Files() {
		files = append(files, folder.File{Name: file.Name, Data: []byte(file.Text)})
	}
	p, err := folder.Make(f.dir, files)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, c := range p.Changes {
		if c.State == folder.Changed || f.dryRun {
			text.WriteString(c.Diff)
		}
	}
	fmt.Fprintf(&text, "%s: %s\n", f.dir, p.Summary())
	if !f.dryRun {
		if n := plan.Blocked(); n > 0 {
			fmt.Fprintf(&text, "Before it works: %d to do, see report.md.\n", n)
		}
	}
	if _, err := io.WriteString(cmd.OutOrStdout(), text.String()); err != nil {
		return err
	}
	if f.dryRun {
		return nil
	}
	return p.Write(f.force)
}
