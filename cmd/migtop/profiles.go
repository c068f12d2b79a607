package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/profile/export"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/runfile"
	"github.com/migtop/migtop/internal/text"
)

// profileFlags are the flags of profiles.
type profileFlags struct {
	from, format, mode, nodeMemory, nodeCPU, quota, on, nodeType string
	online, limitCPU, evidence                                   bool
	target, poll                                                 time.Duration
	classes                                                      int
	units                                                        string
	export                                                       exportFlags
}

func newProfiles(g *globals) *cobra.Command {
	var f profileFlags
	cmd := &cobra.Command{
		Use:   "profiles [--from FILE]",
		Short: "Recommend Job profiles, from the cluster or from a file of runs",
		Long: "profiles recommends requests, limits and deadlines of Jobs, per workload and tenant: from the cluster as it " +
			"is and from kept results of Lambda's logs, or with --from from a file of ended runs, without any cloud. " +
			"The file is CSV with the header workload,tenant,run_id,started_at,duration_s,peak_memory_bytes,cpu_seconds," +
			"requested_memory_bytes,status, JSON with the same names, or OpenMetrics; - is standard input. An empty field is unknown. With " +
			"--online it replays the file in time order and prints for each run what would have been requested before it, so that you can score " +
			"the recommendations on your own runs: docs/profiles.md. With --export it writes the profiles into a folder, in the format of the " +
			"tool that runs your Jobs, and shows the changes first: docs/export.md.",
		Example: "  migtop profiles\n  migtop profiles --from runs.csv\n  migtop profiles --from runs.csv --node-memory 61Gi -o json\n" +
			"  migtop profiles --from runs.csv --export kustomize --dir deploy/profiles --dry-run\n" +
			"  migtop profiles --from runs.csv --online > requests.csv",
		Args: noArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "file of runs, CSV, JSON or OpenMetrics, may be compressed with gzip; - is standard input")
	flags.StringVar(&f.units, "units", "", "units of the file's fields whose names have none, such as peak_memory=KiB,duration=ms")
	flags.BoolVar(&f.evidence, "evidence", false,
		"read memory from Lambda's logs first, if that scans no more than evidence.max_scan; AWS bills it")
	flags.BoolVar(&f.online, "online", false, "print for each run what would have been requested before it")
	flags.StringVar(&f.mode, "mode", "normal", "how often a run may be killed for memory: lean (2 %), normal (1 %) or careful (0.5 %)")
	flags.StringVar(&f.nodeMemory, "node-memory", "", "allocatable memory of the largest node, such as 61Gi: larger profiles are marked")
	flags.StringVar(&f.nodeCPU, "node-cpu", "", "allocatable CPU of the largest node, such as 15890m")
	flags.StringVar(&f.quota, "memory-quota", "", "memory limit of all pods of a workload together")
	flags.DurationVar(&f.target, "target", 0, "longest acceptable time of a run")
	flags.DurationVar(&f.poll, "poll", 0, "polling interval of finished Jobs (default 1m)")
	flags.BoolVar(&f.limitCPU, "cpu-limit", false, "limit CPU to twice the request in whole cores, as a guard against noisy neighbours")
	flags.IntVar(&f.classes, "classes", 0, "number of classes of profiles (default: as many as save money)")
	flags.StringVar(&f.on, "on", "", "price runs on nodes, eks-fargate or ecs-fargate, to show what a profile saves")
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
		going := &progress{name: f.from}
		done := reportProgress(cmd, going.line)
		defer func() { done() }()
		file, err := f.read(cmd, going.read)
		if err != nil {
			return err
		}
		if len(file.Notes) > 0 { // on a clean line
			done()
			for _, n := range file.Notes {
				notify(cmd, "%s", n)
			}
			done = reportProgress(cmd, going.line)
		}
		if f.online {
			return online(cmd.OutOrStdout(), file, settings, going.replayed(file.Len()))
		}
		return f.recommend(cmd, going, file, settings, format, &done)
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
	if f.from == "" && f.units != "" {
		return s, errors.New("--units says what a file has: say which one with --from")
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
func (f *profileFlags) formatted(cmd *cobra.Command) (report.Format, error) {
	if f.classes < 0 {
		return "", fmt.Errorf("--classes %d: want a number of classes, or 0 for as many as pay", f.classes)
	}
	if !f.online {
		return report.ParseFormat(f.format, report.ProfileFormats)
	}
	for _, flag := range []string{"classes", "on", "node-type", "export"} {
		if cmd.Flags().Changed(flag) {
			return "", fmt.Errorf("--online and --%s do not go together: a replay prints requests only", flag)
		}
	}
	if cmd.Flags().Changed("output") && f.format != string(report.CSV) {
		return "", fmt.Errorf("--output %q: --online prints csv", f.format)
	}
	return report.CSV, nil
}

// softMemory is from where on the garbage collector works harder, so that hundreds of thousands of
// profiles take less than a GB.
const softMemory = 800 << 20

// recommend prints a profile for each workload and tenant of the file. done takes the line of progress
// away, before anything else is printed.
func (f *profileFlags) recommend(cmd *cobra.Command, going *progress, file *runfile.File, s profile.Settings, format report.Format,
	done *func(),
) error {
	going.recommending()
	if debug.SetMemoryLimit(-1) == math.MaxInt64 { // GOMEMLIMIT is not set
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(softMemory))
	}
	book := profile.NewBook(s)
	book.LearnAll(file)
	loads := profile.MeasureLoads(file)
	*file = runfile.File{} // the rest needs its memory
	profiles, classes := book.Recommend(func(a *profile.Ask) {
		a.Load, a.UnderWay = loads(a.Workload, a.Tenant), migration.Some(0) // a file has ended runs only
	}, f.classes)
	missing := "not enough data: " + f.from + " has no run"
	if len(profiles) > 0 {
		missing = lacking(profiles, "give peak_memory_bytes, or a memory_limit_bytes with the status oom_killed")
	}
	(*done)()
	*done = func() {}
	return f.print(cmd, profiles, &classes, missing, format)
}

// live recommends from one look at the cluster and at what was kept of the logs.
func (f *profileFlags) live(cmd *cobra.Command, g *globals, format report.Format) error {
	a, err := open(cmd.Context(), cmd, g, frozen)
	if err != nil {
		return err
	}
	defer a.close()
	ctx, cancel := context.WithTimeout(cmd.Context(), a.lookWithin())
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

// lacking returns how many profiles lack data and what would help; "" if none does.
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
	return fmt.Sprintf("%d of %d profiles %s no data, since no run with known memory was seen: %s", n, len(profiles), have, help)
}

// moreData says how to get more data on memory.
func (a *app) moreData() string {
	help := "one look sees only what is kept; a screen that stays open samples pods as they run"
	if !a.readsLogs() {
		help += ", --evidence reads what Lambda's logs say"
	}
	return help + ", and Jobs that run in the wrapper of every export report it themselves"
}

// notify prints a message to standard error.
func notify(cmd *cobra.Command, format string, args ...any) {
	_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "migtop: "+text.Printable(fmt.Sprintf(format, args...)))
}

// print writes profiles, and reports which lack data and which need attention.
func (f *profileFlags) print(cmd *cobra.Command, profiles []profile.Profile, classes *profile.Classes, missing string,
	format report.Format,
) error {
	for i := range profiles {
		if p := &profiles[i]; p.BeyondNode {
			notify(cmd, "%s of %s: %s", p.Workload, p.Tenant, p.Why[0])
		}
	}
	// What people read says itself that there is nothing at all.
	read := f.export.format == "" && (format == report.Table || format == report.Markdown)
	if missing != "" && (len(profiles) > 0 || !read) {
		notify(cmd, "%s", missing)
	}
	if f.export.format != "" {
		return f.export.write(cmd.OutOrStdout(), profiles)
	}
	return report.WriteProfiles(cmd.OutOrStdout(), profiles, classes, format)
}

// read reads the file of runs. An error in its content is a usage error.
func (f *profileFlags) read(cmd *cobra.Command, each func(runs int)) (*runfile.File, error) {
	units, err := runfile.ParseUnits(f.units)
	if err != nil {
		return nil, usage(fmt.Errorf("--units: %w", err))
	}
	options := runfile.Options{Units: units, Read: each}
	name, in := "standard input", cmd.InOrStdin()
	if f.from != "-" {
		opened, err := os.Open(f.from)
		if err != nil {
			return nil, usage(fmt.Errorf("--from: %w", err))
		}
		defer opened.Close()
		if info, err := opened.Stat(); err == nil && info.IsDir() {
			return nil, usage(fmt.Errorf("--from: %s is a directory: name a file of runs", f.from))
		}
		name, in = f.from, opened
	}
	file, err := runfile.Read(name, in, options)
	var wrong *runfile.Error
	if errors.As(err, &wrong) {
		return nil, usage(err)
	}
	return file, err
}

// replayed is what would have been requested for a run; 0 is nothing.
type replayed struct {
	request, limit migration.Bytes
	cpu            migration.Opt[migration.CPU]
	deadline       time.Duration
}

// online prints what would have been requested for each run, in the order of the file.
func online(w io.Writer, file *runfile.File, s profile.Settings, each func(done int)) error {
	for i := range file.Len() {
		if !file.HasStart(i) {
			return usage(file.ErrorAt(i, "started_at: is empty: --online needs to know when each run started"))
		}
	}
	all := make([]replayed, file.Len())
	done := 0
	profile.Replay(s, file, func(i int, p *profile.Profile) {
		all[i] = replayed{p.Base.MemoryRequest, p.Base.MemoryLimit, p.Base.CPURequest, p.Deadline}
		done++
		each(done)
	})
	out := bufio.NewWriter(w)
	c := csv.NewWriter(out)
	row := []string{"run_id", "memory_request_bytes", "memory_limit_bytes", "cpu_request", "deadline_s"}
	if err := c.Write(row); err != nil {
		return err
	}
	for i := range all {
		r := &all[i]
		row[0], row[1], row[2] = text.Printable(file.ID(i)), bytesText(r.request), bytesText(r.limit)
		row[3], row[4] = coresText(r.cpu), secondsText(r.deadline)
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	return out.Flush()
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
