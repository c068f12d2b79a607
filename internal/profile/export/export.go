package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

// Format is a way to write profiles.
type Format string

// The formats.
const (
	Job       Format = "job"
	CronJob   Format = "cronjob"
	Patch     Format = "patch"
	Kustomize Format = "kustomize"
	Helm      Format = "helm"
	Terraform Format = "terraform"
	KEDA      Format = "keda"
	JSON      Format = "json"
	CSV       Format = "csv"
	Markdown  Format = "markdown"
)

// FormatInfo is a format with what it is for.
type FormatInfo struct {
	Format Format
	// Title is what a list of formats shows: a few words, without a full stop.
	Title  string
	render func([]entry, *Options) []File
}

// Formats lists the formats in the order in which they are offered.
func Formats() []FormatInfo {
	return []FormatInfo{
		{Job, "Job manifests", jobs},
		{CronJob, "CronJob manifests", cronJobs},
		{Patch, "strategic merge patches of Jobs and CronJobs", patches},
		{Kustomize, "Kustomize components", components},
		{Helm, "Helm values", helmValues},
		{Terraform, "Terraform, kubernetes_job_v1", terraform},
		{KEDA, "KEDA ScaledJobs", scaledJobs},
		{JSON, "JSON", jsonFile},
		{CSV, "CSV", csvFile},
		{Markdown, "Markdown", markdown},
	}
}

// ParseFormat reads the name of a format. The error names those there are.
func ParseFormat(s string) (Format, error) {
	var names []string
	for _, f := range Formats() {
		if string(f.Format) == s {
			return f.Format, nil
		}
		names = append(names, string(f.Format))
	}
	return "", &migration.Problem{
		Fault: migration.FaultConfig,
		What:  fmt.Sprintf("unknown export format %q", s),
		Fix:   "use one of " + strings.Join(names, ", "),
	}
}

// Options say what profiles cannot know. The zero value is valid: what must be said
// and is not is then a placeholder with a comment.
type Options struct {
	// ByClass writes one file per class instead of one per workload and tenant, and the
	// mapping of tenants to classes. Profiles without a class keep their own file.
	ByClass bool
	// Namespace of the objects; empty leaves it to kubectl apply.
	Namespace string
	// Container is the name of the container to write. Patches change only a container
	// of that name. If empty, it is the container that the profile sizes, or "main"
	// where no pod was seen.
	Container string
	// Image of that container; empty is a placeholder.
	Image string
	// Command is what the container runs, word by word as the process is to get it: a
	// $ is written twice, so that Kubernetes expands nothing. Empty leaves it to the
	// image or to the manifest that is patched.
	Command []string
	// Wrap runs Command in the [Wrapper]. It needs a Command, since what an image
	// runs by itself cannot be seen from here.
	Wrap bool
	// Schedule of CronJobs, in cron's five fields or "@hourly". A CronJob without one
	// is suspended.
	Schedule string
	// QueueURL is the SQS queue that KEDA starts Jobs for, Region its region; empty
	// are placeholders.
	QueueURL, Region string
	// PatchParallelism writes parallelism into patches and components too. A Job
	// without completions takes it for a number of equal workers, so it is only
	// for Jobs that take their work from a queue.
	PatchParallelism bool
}

// File is one file of an export. Name is relative, with slashes, and goes no way up.
type File struct {
	Name string
	Data []byte
}

// Sized reports whether there is a profile to write: [Render] leaves out those for
// which there is not enough data.
func Sized(p *profile.Profile) bool {
	return p.Confidence != profile.NoConfidence && p.Base.MemoryLimit > 0
}

// Render writes profiles in a format. The main file comes first. It returns an error if
// there is nothing to write, if two profiles have the same workload and tenant, or if the
// options contradict each other.
func Render(profiles []profile.Profile, format Format, options Options) ([]File, error) {
	o := options
	if err := o.Check(); err != nil {
		return nil, err
	}
	entries, err := enter(profiles, &o)
	if err != nil {
		return nil, err
	}
	for _, f := range Formats() {
		if f.Format != format {
			continue
		}
		files := f.render(entries, &o)
		if o.ByClass {
			files = append(files, classMap(entries))
		}
		return append(files, File{WrapperName, []byte(Wrapper)}), nil
	}
	_, err = ParseFormat(string(format))
	return nil, err
}

// Check finds what no tool would take, as [Render] does before anything else.
func (o *Options) Check() error {
	bad := func(what, fix string) error {
		return &migration.Problem{Fault: migration.FaultConfig, What: what, Fix: fix}
	}
	switch {
	case o.Container != "" && !isLabel(o.Container):
		return bad(fmt.Sprintf("container %q is no name of a container", o.Container), "use up to 63 lower-case letters, digits and hyphens")
	case o.Namespace != "" && !isLabel(o.Namespace):
		return bad(fmt.Sprintf("namespace %q is no name of a namespace", o.Namespace), "use up to 63 lower-case letters, digits and hyphens")
	case o.Wrap && len(o.Command) == 0:
		return bad("the wrapper has no command to run", "say what the container runs: an image's own entrypoint cannot be seen from here")
	case slices.ContainsFunc(o.Command, func(s string) bool { return !utf8.ValidString(s) || strings.ContainsRune(s, 0) }):
		return bad(fmt.Sprintf("the command %q has a word that no manifest can say", o.Command), "use UTF-8 without zero bytes")
	case o.Schedule != "" && !isSchedule(o.Schedule):
		return bad(fmt.Sprintf("schedule %q is none", o.Schedule),
			`use cron's five fields, "*/5 * * * *", or @hourly, @daily, @weekly, @monthly, @yearly`)
	case o.Image != strings.TrimSpace(o.Image):
		return bad(fmt.Sprintf("image %q has spaces around it", o.Image), "take them away")
	}
	return nil
}

// isSchedule takes what looks like cron's fields; the API server reads them closely.
func isSchedule(s string) bool {
	if strings.HasPrefix(s, "@") {
		return slices.Contains([]string{"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"}, s)
	}
	return len(strings.Fields(s)) == 5 && strings.Trim(s, "0123456789*/,-? ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#") == ""
}

// entry is one profile as it is written: of a workload and tenant, or of a class.
type entry struct {
	profile.Profile
	name    string            // of the object and of its files
	members []profile.Profile // of a class; one otherwise
	isClass bool
}

// enter sorts the profiles that are to be written and names them.
func enter(profiles []profile.Profile, o *Options) ([]entry, error) {
	sorted := make([]profile.Profile, 0, len(profiles))
	for i := range profiles {
		if Sized(&profiles[i]) {
			sorted = append(sorted, profiles[i])
		}
	}
	if len(sorted) == 0 {
		return nil, &migration.Problem{
			Fault: migration.FaultAbsent,
			What:  fmt.Sprintf("there is nothing to export: of %d profiles none has enough data", len(profiles)),
			Fix:   "wait for more runs, or read more history",
		}
	}
	slices.SortStableFunc(sorted, func(a, b profile.Profile) int {
		return cmp.Or(cmp.Compare(a.Workload, b.Workload), cmp.Compare(a.Tenant, b.Tenant))
	})
	for i := 1; i < len(sorted); i++ {
		if a, b := &sorted[i-1], &sorted[i]; a.Workload == b.Workload && a.Tenant == b.Tenant {
			return nil, fmt.Errorf("two profiles of workload %q and tenant %q: it is unclear which one to export; export them one by one",
				a.Workload, a.Tenant)
		}
	}
	entries := make([]entry, 0, len(sorted))
	if o.ByClass {
		entries = classes(sorted)
	} else {
		for _, p := range sorted {
			entries = append(entries, entry{Profile: p, members: []profile.Profile{p}})
		}
	}
	named(entries)
	return entries, nil
}

// containerName is the name of the container that the entry is written for.
func (e *entry) containerName(o *Options) string { return cmp.Or(o.Container, e.Container, "main") }

// attempt is which of the two profiles of an entry is written.
type attempt uint8

const (
	base attempt = iota
	retry
)

func (a attempt) String() string { return [...]string{"base", "retry"}[a] }

// pod is what the attempt's pod requests.
func (e *entry) pod(a attempt) *profile.Pod {
	if a == retry {
		return &e.Retry
	}
	return &e.Base
}

// object is the name of the attempt's object.
func (e *entry) object(a attempt) string {
	if a == retry {
		return e.name + retrySuffix
	}
	return e.name
}

// path is the attempt's file. Files of retries are in a folder of their own, which
// applying the other folder does not include.
func (e *entry) path(a attempt, ext string) string {
	if a == retry {
		return "retry/" + e.name + ext
	}
	return e.name + ext
}

// each makes a file of both attempts of every entry.
func each(entries []entry, ext string, write func(*entry, attempt) []byte) []File {
	var files []File
	for _, a := range []attempt{base, retry} {
		for i := range entries {
			e := &entries[i]
			files = append(files, File{e.path(a, ext), write(e, a)})
		}
	}
	return files
}

// seconds rounds up to whole ones, which is all that Kubernetes takes; unknown where
// there are none.
func seconds(d time.Duration) migration.Opt[int64] {
	if d <= 0 {
		return migration.None[int64]()
	}
	return migration.Some(int64((d + time.Second - 1) / time.Second))
}
