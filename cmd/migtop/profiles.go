package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/profile/export"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/runfile"
	"github.com/migtop/migtop/internal/statement"
)

// profileFlags are what the command line says of profiles.
type profileFlags struct {
	from, format, mode, nodeMemory, nodeCPU, quota, on, nodeType string
	online, limitCPU, evidence                                   bool
	target, poll                                                 time.Duration
	classes                                                      int
	export                                                       exportFlags
}

func newProfiles(g *globals) *cobra.Command {
	var f profileFlags
	cmd := &cobra.Command{
		Use:   "profiles [--from FILE]",
		Short: "Recommend Job profiles, from the cluster or from a file of runs",
		Long: "profiles recommends what Jobs should request, be limited to and be given time for, per workload and tenant: from one look at the cluster and at what " +
			"was kept of Lambda's logs, or with --from from a file of ended runs, without any cloud. " +
			"The file is CSV with the header workload,tenant,run_id,started_at,duration_s,peak_memory_bytes,cpu_seconds,requested_memory_bytes,status, or " +
			"OpenMetrics; - is standard input. What is empty is unknown. With --online it replays the file in time order and prints for each run " +
			"what would have been requested before it was seen, so that you can score it on runs of your own. docs/profiles.md tells the rest. " +
			"With --export it writes the profiles into a folder for the tool that you run Jobs with, and shows what would change first: docs/export.md.",
		Example: "  migtop profiles\n  migtop profiles --from runs.csv\n  migtop profiles --from runs.csv --node-memory 61Gi -o json\n  migtop profiles --from runs.csv --export kustomize --dir deploy/profiles --dry-run\n  migtop profiles --from runs.csv --online > requests.csv",
		Args:    cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "file of runs, CSV or OpenMetrics; - is standard input")
	flags.BoolVar(&f.evidence, "evidence", false, "read first what Lambda's logs say of memory, where that scans no more than evidence.max_scan; AWS bills it")
	flags.BoolVar(&f.online, "online", false, "print per run what would have been requested before it was seen")
	flags.StringVar(&f.mode, "mode", "normal", "how often a run may be killed for memory: lean (2 %), normal (1 %) or careful (0.5 %)")
	flags.StringVar(&f.nodeMemory, "node-memory", "", "memory that the largest node has to give, such as 61Gi: profiles beyond it are marked")
	flags.StringVar(&f.nodeCPU, "node-cpu", "", "CPU that the largest node has to give, such as 15890m")
	flags.StringVar(&f.quota, "memory-quota", "", "memory that all pods of a workload may hold together")
	flags.DurationVar(&f.target, "target", 0, "how long a run should take at most")
	flags.DurationVar(&f.poll, "poll", 0, "how often finished Jobs are looked at (default 1m)")
	flags.BoolVar(&f.limitCPU, "cpu-limit", false, "limit CPU to twice the request in whole cores, as a guard against noisy neighbours")
	flags.IntVar(&f.classes, "classes", 0, "how many classes to put profiles into (default: as many as pay)")
	flags.StringVar(&f.on, "on", "", "price runs on nodes, eks-fargate or ecs-fargate, to say what a profile saves")
	flags.StringVar(&f.nodeType, "node-type", "m6i.xlarge", "EC2 type of the nodes, for --on nodes")
	flags.StringVarP(&f.format, "output", "o", "table", "table, json, csv or markdown")
	f.export.add(flags)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		settings, err := f.settings()
		if err != nil {
			return usage(err)
		}
		format, err := f.formatted(cmd)
		if err != nil {
			return usage(err)
		}
		if err := f.export.check(cmd); err != nil {
			return usage(err)
		}
		if f.on != "" {
			if settings.Pricer, err = newRunPricer(cmd, g, &f); err != nil {
				return err
			}
		}
		if f.from == "" {
			g.sizing, g.logs = settings, logsIfFree
			if f.evidence {
				g.logs = logsAsked
			}
			return f.live(cmd, g, format)
		}
		file, err := f.read(cmd)
		if err != nil {
			return err
		}
		for _, n := range file.Notes {
			_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "migtop: "+n)
		}
		if f.online {
			return online(cmd.OutOrStdout(), f.from, file, settings)
		}
		return recommend(cmd, &f, file, settings, format)
	}
	return cmd
}

// settings reads the flags.
func (f *profileFlags) settings() (profile.Settings, error) {
	var s profile.Settings
	var known bool
	if s.Mode, known = profile.ParseMode(f.mode); !known {
		return s, fmt.Errorf("--mode %q: want lean, normal or careful", f.mode)
	}
	if f.from == "" && f.online {
		return s, errors.New("--online replays a file: say which one with --from")
	}
	if f.from != "" && f.evidence {
		return s, errors.New("--evidence and --from do not go together: a file is all the evidence that there is")
	}
	if f.target < 0 || f.poll < 0 {
		return s, errors.New("--target and --poll: want a time such as 90s")
	}
	if f.target > 0 {
		s.Target = migration.Some(f.target)
	}
	s.Poll, s.LimitCPU = f.poll, f.limitCPU
	for _, q := range []struct {
		flag, text string
		to         *migration.Opt[migration.Bytes]
	}{{"node-memory", f.nodeMemory, &s.Node.Memory}, {"memory-quota", f.quota, &s.Quota}} {
		if q.text == "" {
			continue
		}
		v, err := memoryFlag(q.flag, q.text)
		if err != nil {
			return s, err
		}
		*q.to = migration.Some(v)
	}
	if f.nodeCPU != "" {
		v, err := cpuFlag("node-cpu", f.nodeCPU)
		if err != nil {
			return s, err
		}
		s.Node.CPU = migration.Some(v)
	}
	return s, nil
}

// formatted reads the flags that say what to print.
func (f *profileFlags) formatted(cmd *cobra.Command) (statement.Format, error) {
	if f.classes < 0 {
		return "", fmt.Errorf("--classes %d: want a number of classes, or 0 for as many as pay", f.classes)
	}
	if !f.online {
		return statement.ParseProfilesFormat(f.format)
	}
	for _, flag := range []string{"classes", "on", "node-type", "export"} {
		if cmd.Flags().Changed(flag) {
			return "", fmt.Errorf("--online and --%s do not go together: a replay prints requests only", flag)
		}
	}
	if cmd.Flags().Changed("output") && f.format != string(statement.CSV) {
		return "", fmt.Errorf("--output %q: --online prints csv", f.format)
	}
	return statement.CSV, nil
}

// recommend prints a profile for each workload and tenant of the file.
func recommend(cmd *cobra.Command, f *profileFlags, file *runfile.File, s profile.Settings, format statement.Format) error {
	trace, err := traceOf(f.from, file, false)
	if err != nil {
		return err
	}
	book := profile.NewBook(s)
	book.LearnAll(trace)
	loads := profile.MeasureLoads(trace)
	profiles, classes := book.Recommend(func(a *profile.Ask) {
		a.Load, a.UnderWay = loads(a.Workload, a.Tenant), migration.Some(0) // a file has ended runs only
	}, f.classes)
	missing := "not enough data: " + f.from + " has no run"
	if len(profiles) > 0 {
		missing = lacking(profiles, "give peak_memory_bytes, or a memory_limit_bytes with the status oom_killed")
	}
	return f.print(cmd, profiles, &classes, missing, format)
}

// live recommends from one look at the cluster and at what was kept of the logs.
func (f *profileFlags) live(cmd *cobra.Command, g *globals, format statement.Format) error {
	a, err := open(cmd.Context(), cmd, g, frozen)
	if err != nil {
		return err
	}
	defer a.close()
	ctx, cancel := context.WithTimeout(cmd.Context(), snapshotTimeout)
	defer cancel()
	seen := looking(cmd, a.sides())
	snap, failed := a.monitor.Once(ctx)
	seen()
	if cmd.Context().Err() != nil {
		return cmd.Context().Err()
	}
	if report.OutcomeOf(snap) == report.Nothing {
		return &exitError{exitNoData, errors.Join(failed, errors.New("no source answered: run migtop doctor"))}
	}
	tellProblems(cmd, snap)
	missing := "not enough data: no run has ended that can be seen"
	if len(snap.Profiles) > 0 {
		missing = lacking(snap.Profiles, a.moreData())
	}
	return f.print(cmd, snap.Profiles, &snap.Classes, missing, format)
}

// lacking says of how many profiles too little is known, and what would help; "" of none.
func lacking(profiles []profile.Profile, help string) string {
	n := 0
	for i := range profiles {
		if !export.Sized(&profiles[i]) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	have := "have"
	if n == 1 {
		have = "has"
	}
	return fmt.Sprintf("%d of %d profiles %s no data, since no run was seen whose memory is known: %s", n, len(profiles), have, help)
}

// moreData says how more comes to be known of memory.
func (a *app) moreData() string {
	help := "one look sees only what is kept; a screen that stays open samples pods as they run"
	if !a.readsLogs() {
		help += ", --evidence reads what Lambda's logs say"
	}
	return help + ", and Jobs that run in the wrapper of every export tell it themselves"
}

// tell says something beside the output.
func tell(cmd *cobra.Command, format string, args ...any) {
	_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "migtop: "+format+"\n", args...)
}

// print writes profiles, and says of which too little is known and which need a look.
func (f *profileFlags) print(cmd *cobra.Command, profiles []profile.Profile, classes *profile.Classes, missing string, format statement.Format) error {
	for i := range profiles {
		if p := &profiles[i]; p.BeyondNode {
			tell(cmd, "%s of %s: %s", p.Workload, p.Tenant, p.Why[0])
		}
	}
	// What people read says itself that there is nothing at all.
	read := f.export.format == "" && (format == statement.Table || format == statement.Markdown)
	if missing != "" && (len(profiles) > 0 || !read) {
		tell(cmd, "%s", missing)
	}
	if f.export.format != "" {
		return f.export.write(cmd.OutOrStdout(), profiles)
	}
	return statement.Profiles(cmd.OutOrStdout(), profiles, classes, format)
}

// read reads the file of runs.
func (f *profileFlags) read(cmd *cobra.Command) (*runfile.File, error) {
	if f.from == "-" {
		return runfile.Read("standard input", cmd.InOrStdin())
	}
	in, err := os.Open(f.from)
	if err != nil {
		return nil, usage(fmt.Errorf("--from: %w", err))
	}
	defer in.Close()
	return runfile.Read(f.from, in)
}

// online prints what would have been requested for each run, in the order of the file.
func online(w io.Writer, name string, file *runfile.File, s profile.Settings) error {
	trace, err := traceOf(name, file, true)
	if err != nil {
		return err
	}
	rows := make([][]string, len(trace))
	profile.Replay(s, trace, func(i int, p *profile.Profile) {
		rows[i] = []string{trace[i].ID, bytesText(p.Base.MemoryRequest), bytesText(p.Base.MemoryLimit), coresText(p.Base.CPURequest), secondsText(p.Deadline)}
	})
	out := bufio.NewWriter(w)
	c := csv.NewWriter(out)
	if err := c.WriteAll(slices.Insert(rows, 0, []string{"run_id", "memory_request_bytes", "memory_limit_bytes", "cpu_request", "deadline_s"})); err != nil {
		return err
	}
	return out.Flush()
}

// traceOf makes a trace of a file. A replay needs to know when each run started.
func traceOf(name string, file *runfile.File, timed bool) (profile.Pasts, error) {
	trace := make(profile.Pasts, len(file.Runs))
	for i := range file.Runs {
		r := &file.Runs[i]
		if timed && !r.HasStart {
			return nil, &runfile.Error{File: name, Line: r.Line, Text: "started_at: is empty: --online needs to know when each run started"}
		}
		_, ended := r.Ended()
		trace[i] = profile.Past{RunRecord: r.Record, Ended: ended}
	}
	return trace, nil
}

func bytesText(b migration.Bytes) string {
	if b <= 0 {
		return ""
	}
	return strconv.FormatInt(int64(b), 10)
}

// coresText writes cores as a decimal number; Kubernetes reads it too.
func coresText(c migration.Opt[migration.CPU]) string {
	v, ok := c.Get()
	if !ok {
		return ""
	}
	return strconv.FormatFloat(v.Cores(), 'f', -1, 64)
}

func secondsText(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return strconv.FormatInt(int64(d/time.Second), 10)
}
