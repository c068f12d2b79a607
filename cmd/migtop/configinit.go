package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/jobs"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/ui"
	"github.com/migtop/migtop/internal/yamldoc"
)

// discoverWithin bounds the one look at the cluster for the labels of Jobs.
const discoverWithin = 5 * time.Second

// question is one line of the form.
type question struct {
	key    string   // where the answer goes in the file, "" for nowhere
	ask    string   // without a question mark
	found  []string // what was discovered, the most likely first
	answer string   // the default, then what was answered; "" leaves the key out
}

// form is the order of the questions: those about AWS, about the cluster, about tenants.
type form struct {
	name, profile, region, kube, namespaces, label question
}

func newConfigInit(g *globals) *cobra.Command {
	var yes, force, printed bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a configuration file from a few questions",
		Long: "init looks for AWS profiles, kubeconfig contexts and the labels of Jobs, asks six questions with what it found as " +
			"the answers, and writes a configuration file with these settings alone. Global flags such as --profile and --context " +
			"are answers too. Without a terminal it needs --yes.",
		Example: "  migtop config init\n  migtop config init --yes --profile prod --context prod-1\n  migtop config init --print",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, isFile := cmd.InOrStdin().(*os.File)
			asks := !yes && isFile && term.IsTerminal(int(in.Fd()))
			if !yes && !asks {
				return usage(errors.New("standard input is not a terminal: use --yes to take what is discovered"))
			}
			path, err := filepath.Abs(g.configPath())
			if err != nil {
				return err
			}
			if _, err := os.Stat(path); err == nil && !force && !printed {
				return usage(fmt.Errorf("%s exists: use --force to replace it, or --print to see what would be written", path))
			}
			f := discover(cmd)
			if asks {
				err = f.fill(cmd, func(ctx context.Context) (string, error) { return readLine(ctx, in) })
				if err != nil {
					return err
				}
			}
			f.labels(cmd)
			if asks {
				if err := f.label.put(cmd.Context(), cmd.ErrOrStderr(), func(ctx context.Context) (string, error) {
					return readLine(ctx, in)
				}); err != nil {
					return err
				}
			}
			file := f.file(clock.System().Now())
			check := config.Options{Keys: ui.DefaultKeys(), Check: checks, Sections: sections()}
			if _, err := config.Parse(path, file, check); err != nil {
				return usage(err)
			}
			if printed {
				_, err := cmd.OutOrStdout().Write(file)
				return err
			}
			if err := writeNew(path, file, force); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s written. Next: migtop doctor\n", path)
			return err
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "ask nothing and take what is discovered")
	cmd.Flags().BoolVar(&force, "force", false, "replace a file that exists")
	cmd.Flags().BoolVar(&printed, "print", false, "print the file and write nothing")
	return cmd
}

// discover asks this machine's own files. Flags that were given come first.
func discover(cmd *cobra.Command) *form {
	given := func(flag string) string {
		v, _ := cmd.Flags().GetString(flag)
		return v
	}
	f := &form{
		name: question{key: "name", ask: "Name of this scope in the header"},
		profile: question{
			key: "aws.profile", ask: "AWS profile", found: awsaccess.Profiles(), answer: cmp.Or(given("profile"), os.Getenv("AWS_PROFILE")),
		},
		region: question{
			key: "aws.region", ask: "Region", answer: cmp.Or(given("region"), os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")),
		},
		kube: question{
			key: "kubernetes.context", ask: "Kubeconfig context", found: jobs.Contexts(given("kubeconfig")), answer: given("context"),
		},
		namespaces: question{
			key: "kubernetes.namespaces", ask: "Namespaces, separated by commas (empty for all)", answer: given("namespace"),
		},
	}
	if f.profile.answer == "" && len(f.profile.found) == 1 {
		f.profile.answer = f.profile.found[0]
	}
	if f.kube.answer == "" && len(f.kube.found) == 1 {
		f.kube.answer = f.kube.found[0]
	}
	return f
}

// fill asks all questions but that of the label, which needs the cluster.
func (f *form) fill(cmd *cobra.Command, read func(context.Context) (string, error)) error {
	for _, q := range []*question{&f.name, &f.profile, &f.region, &f.kube, &f.namespaces} {
		if err := q.put(cmd.Context(), cmd.ErrOrStderr(), read); err != nil {
			return err
		}
	}
	return nil
}

// put asks a question: an empty answer takes the default, "-" leaves it open, a number is one of what was found.
func (q *question) put(ctx context.Context, out io.Writer, read func(context.Context) (string, error)) error {
	if q.key == "" {
		return nil
	}
	for i, found := range q.found {
		_, _ = fmt.Fprintf(out, "  %d  %s\n", i+1, text.Printable(found))
	}
	hint := ""
	if q.answer != "" {
		hint = " [" + text.Printable(q.answer) + "]"
	}
	_, _ = fmt.Fprintf(out, "%s%s: ", q.ask, hint)
	line, err := read(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(out)
		return err
	}
	switch line = strings.TrimSpace(line); line {
	case "":
	case "-":
		q.answer = ""
	default:
		q.answer = line
		for i, found := range q.found {
			if line == fmt.Sprint(i+1) {
				q.answer = found
			}
		}
	}
	return nil
}

// labels looks at the Jobs of the cluster for the label that names their tenant. A cluster that does not answer, and one
// whose Jobs have a label that migtop knows, leaves nothing to ask.
func (f *form) labels(cmd *cobra.Command) {
	kubeconfig, _ := cmd.Flags().GetString("kubeconfig")
	connection, err := jobs.Connect(kubeconfig, f.kube.answer)
	if err != nil {
		return
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(cmd.Context(), discoverWithin)
	defer cancel()
	ids, err := jobs.Identities(ctx, jobs.Options{
		Connection: connection, Namespaces: split(f.namespaces.answer), Once: true, Clock: clock.System(),
	})
	if err != nil {
		why := text.Printable(text.OneLine(err.Error()))
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "migtop: the labels of Jobs could not be read: %s\n", why)
		return
	}
	f.label = labelQuestion(ids)
}

// labelQuestion offers the labels that divide Jobs: those with several values, the one on most Jobs first.
func labelQuestion(ids []migration.Identity) question {
	on, values := map[string]int{}, map[string]map[string]bool{}
	for i := range ids {
		for key, value := range ids[i].Labels {
			if slices.Contains(attribution.TenantKeys[:], key) {
				return question{} // migtop finds it by itself
			}
			if strings.HasPrefix(key, "batch.kubernetes.io/") || slices.Contains([]string{"job-name", "controller-uid"}, key) {
				continue
			}
			if on[key]++; values[key] == nil {
				values[key] = map[string]bool{}
			}
			values[key][value] = true
		}
	}
	q := question{key: "label", ask: "Label of Jobs that names the tenant (empty for none)"}
	for _, key := range slices.Sorted(maps.Keys(on)) {
		if n := len(values[key]); n > 1 && n < on[key] {
			q.found = append(q.found, key)
		}
	}
	if len(q.found) == 0 {
		return question{}
	}
	slices.SortStableFunc(q.found, func(a, b string) int { return cmp.Compare(on[b], on[a]) })
	return q
}

func split(list string) []string {
	var out []string
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one != "" {
			out = append(out, one)
		}
	}
	return out
}

// file is the configuration with the answers.
func (f *form) file(now time.Time) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Written by migtop config init on %s. migtop config show prints all settings.\n", now.Format(time.DateOnly))
	section := ""
	for _, q := range []*question{&f.name, &f.profile, &f.region, &f.kube, &f.namespaces} {
		if q.answer == "" {
			continue
		}
		value := yamldoc.Quote(q.answer)
		if q == &f.namespaces {
			quoted := split(q.answer)
			for i := range quoted {
				quoted[i] = yamldoc.Quote(quoted[i])
			}
			value = "[" + strings.Join(quoted, ", ") + "]"
		}
		of, key, nested := strings.Cut(q.key, ".")
		if !nested {
			fmt.Fprintf(&b, "%s: %s\n", of, value)
			continue
		}
		if section != of {
			fmt.Fprintf(&b, "%s:\n", of)
			section = of
		}
		fmt.Fprintf(&b, "  %s: %s\n", key, value)
	}
	if f.label.answer != "" {
		fmt.Fprintf(&b, "rules:\n  - label: {%s: \"{tenant}\"}\n", yamldoc.Quote(f.label.answer))
	}
	return b.Bytes()
}

// writeNew writes a file that only its owner can read, whole or not at all.
func writeNew(path string, data []byte, force bool) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of the configuration: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".config-*")
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(data)
	if err = errors.Join(err, temporary.Close()); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	if !force { // another program may have written one meanwhile
		if err := os.Link(temporary.Name(), path); errors.Is(err, fs.ErrExist) {
			return usage(fmt.Errorf("%s exists now: use --force to replace it", path))
		} else if err == nil {
			return nil
		}
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}
