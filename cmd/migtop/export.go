package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/migtop/migtop/internal/folder"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/profile/export"
	"github.com/migtop/migtop/internal/text"
)

// exportFlags are the flags of an export.
type exportFlags struct {
	format, dir   string
	force, dryRun bool
	options       export.Options
}

// exportOnly are the flags that say nothing without --export.
var exportOnly = []string{
	"dir", "force", "dry-run", "by-class", "job-namespace", "container", "image", "command", "wrap", "schedule", "queue-url", "queue-region",
	"patch-parallelism",
}

// add gives a command the flags of an export.
func (f *exportFlags) add(flags *pflag.FlagSet) {
	o := &f.options
	flags.StringVar(&f.format, "export", "", "write the profiles into --dir as "+strings.Join(exportFormats(), ", "))
	flags.StringVar(&f.dir, "dir", "", "folder that --export writes into")
	flags.BoolVar(&f.force, "force", false, "overwrite existing files that differ")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what --export would write, and write nothing")
	flags.BoolVar(&o.ByClass, "by-class", false, "export one file per class, with the mapping of tenants")
	flags.StringVar(&o.Namespace, "job-namespace", "", "namespace in manifests")
	flags.StringVar(&o.Container, "container", "", "name of the container (default: the one that was sized, else main)")
	flags.StringVar(&o.Image, "image", "", "image of that container (default: a placeholder)")
	flags.StringArrayVar(&o.Command, "command", nil, "command of that container, one word per flag")
	flags.BoolVar(&o.Wrap, "wrap", false, "run --command in the wrapper that reports the true peak of memory")
	flags.StringVar(&o.Schedule, "schedule", "", "schedule of CronJobs (default: they are suspended)")
	flags.StringVar(&o.QueueURL, "queue-url", "", "SQS queue of ScaledJobs")
	flags.StringVar(&o.Region, "queue-region", "", "region of that queue")
	flags.BoolVar(&o.PatchParallelism, "patch-parallelism", false,
		"write parallelism into patches too: for Jobs that take their work from a queue")
}

func exportFormats() []string {
	var names []string
	for _, f := range export.Formats() {
		names = append(names, string(f.Format))
	}
	return names
}

// check finds what was asked for in a wrong way, before anything is read.
func (f *exportFlags) check(cmd *cobra.Command) error {
	if f.format == "" {
		for _, name := range exportOnly {
			if cmd.Flags().Changed(name) {
				return fmt.Errorf("--%s needs an export: add --export FORMAT, or omit it", name)
			}
		}
		return nil
	}
	if _, err := export.ParseFormat(f.format); err != nil {
		return fmt.Errorf("--export: %w", err)
	}
	if f.dir == "" {
		return errors.New("--export needs --dir: say which folder to write into (-o prints)")
	}
	if cmd.Flags().Changed("output") {
		return errors.New("--export and --output do not go together: one writes files, the other prints")
	}
	if err := f.options.Check(); err != nil {
		return fmt.Errorf("--export: %w", err)
	}
	return nil
}

// write plans the files, shows new and changed ones, and writes them unless there is a conflict.
func (f *exportFlags) write(w io.Writer, profiles []profile.Profile) error {
	rendered, err := export.Render(profiles, export.Format(f.format), f.options)
	if err != nil {
		return err
	}
	files := make([]folder.File, len(rendered))
	for i, r := range rendered {
		files[i] = folder.File(r)
	}
	plan, err := folder.Make(f.dir, files)
	if err != nil {
		return err
	}
	var out strings.Builder
	for i := range plan.Changes {
		switch c := &plan.Changes[i]; c.State {
		case folder.New:
			fmt.Fprintf(&out, "new: %s\n", c.Name)
		case folder.Changed:
			out.WriteString(text.PrintableLines(c.Diff))
		}
	}
	blocked := len(plan.Changed()) > 0 && !f.force
	if !f.dryRun && !blocked {
		if err := plan.Write(f.force); err != nil {
			return err
		}
	}
	switch {
	case f.dryRun:
		fmt.Fprintf(&out, "%s: %s; nothing was written\n", text.Printable(f.dir), plan.Summary())
	case !blocked:
		fmt.Fprintf(&out, "%s: %s\n", text.Printable(f.dir), plan.Summary())
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return err
	}
	if blocked && !f.dryRun {
		return plan.Write(false) // its error names the files
	}
	return nil
}
