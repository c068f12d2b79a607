package export

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

var update = flag.Bool("update", false, "write the goldens anew")

func usd(s string) migration.USD { return migration.Dollars(decimal.RequireFromString(s)) }

// full is a profile of which everything is known.
func full() profile.Profile {
	pod := func(memory migration.Bytes) profile.Pod {
		return profile.Pod{CPURequest: migration.Some(500 * migration.Millicore), MemoryRequest: memory, MemoryLimit: memory}
	}
	return profile.Profile{
		Workload: "etl", Tenant: "acme", Class: "S", WhyClass: "Its peaks are below 400 MiB.",
		Base: pod(448 * migration.MiB), Retry: pod(640 * migration.MiB),
		AttemptDeadline: 5 * time.Minute, Deadline: 17 * time.Minute, BackoffLimit: 2, TTL: 10 * time.Minute,
		Parallelism: migration.Some[int32](12), EphemeralStorage: migration.Some(2 * migration.GiB),
		Confidence: profile.HighConfidence,
		Evidence:   migration.Provenance{Source: "kubernetes + cloudwatch", Method: migration.Measured, Coverage: 1},
		JobRuns:    212, LambdaRuns: 20,
		FailureRate: migration.Some[migration.Ratio](0.0084), Waste: migration.Some[migration.KiBSeconds](1_234_567),
		Saving: migration.Some(usd("412.3175")), ClassSaving: migration.Some(usd("398.5")),
		Why: []string{
			"Memory: 448 MiB is over all but 0.84 % of 212 runs, the greatest of which took 421 MiB.",
			"Over your last 212 runs this would have wasted 1.2 GiB h, max + 32 MiB 1.9.",
		},
	}
}

// mixed are profiles of every kind: full ones, half known ones, of names that are not
// Kubernetes' own, and one without enough data.
func mixed() []profile.Profile {
	globex := full()
	globex.Tenant, globex.Class, globex.WhyClass = "globex", "S", "A class of its own saves 1 %."
	globex.Base.MemoryRequest, globex.Base.MemoryLimit = 384*migration.MiB, 416*migration.MiB
	globex.Parallelism, globex.EphemeralStorage, globex.Saving = migration.None[int32](), migration.None[migration.Bytes](),
		migration.None[migration.USD]()
	globex.ClassSaving = globex.Saving
	globex.BackoffLimit, globex.Confidence = 0, profile.MediumConfidence
	globex.Why = []string{"Not idempotent: no attempt is repeated."}

	umbrella := full()
	umbrella.Workload, umbrella.Tenant, umbrella.Class = "etl", "Umbrella Corp. & Söhne", "L"
	umbrella.Base = profile.Pod{
		CPURequest: migration.Some(2 * migration.Core), CPULimit: migration.Some(4 * migration.Core),
		MemoryRequest: 6 * migration.GiB, MemoryLimit: 6 * migration.GiB,
	}
	umbrella.Retry = umbrella.Base
	umbrella.Retry.MemoryRequest, umbrella.Retry.MemoryLimit = 8*migration.GiB, 8*migration.GiB

	lambda := full()
	lambda.Workload, lambda.Tenant, lambda.Class, lambda.WhyClass = "thumbnails", migration.Unattributed, "", ""
	lambda.Base = profile.Pod{MemoryRequest: 256 * migration.MiB, MemoryLimit: 256 * migration.MiB}
	lambda.Retry = profile.Pod{MemoryRequest: 384 * migration.MiB, MemoryLimit: 384 * migration.MiB}
	lambda.JobRuns, lambda.LambdaRuns, lambda.Learning, lambda.Confidence = 0, 1, true, profile.LowConfidence
	lambda.Evidence = migration.Provenance{
		Source: "cloudwatch", Method: migration.Derived, Coverage: 0.5, Provisional: true, LowerBound: true,
		Note: "one memory size only: CPU is not known.",
	}
	lambda.AttemptDeadline, lambda.Deadline, lambda.TTL = 0, 0, 0
	lambda.Parallelism, lambda.EphemeralStorage, lambda.Saving = migration.None[int32](), migration.None[migration.Bytes](),
		migration.Some(usd("-1.5"))
	lambda.ClassSaving = migration.None[migration.USD]()
	lambda.Waste = migration.None[migration.KiBSeconds]()
	lambda.Why = nil

	none := profile.Profile{Workload: "import", Tenant: "acme", Why: []string{"Not enough data."}}
	return []profile.Profile{lambda, umbrella, full(), none, globex}
}

// allOptions sets every option.
func allOptions() Options {
	return Options{
		Namespace: "batch", Container: "worker", Image: "registry.example/etl@sha256:0a1b",
		Command: []string{"python", "-m", "etl", "--since=${DATE}"}, Wrap: true,
		Schedule: "*/5 * * * *", QueueURL: "https://sqs.eu-central-1.amazonaws.com/123456789012/etl", Region: "eu-central-1",
		PatchParallelism: true,
	}
}

func render(t testing.TB, profiles []profile.Profile, f Format, o Options) []File {
	t.Helper()
	files, err := Render(profiles, f, o)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// data is the file of a name.
func data(t testing.TB, files []File, name string) []byte {
	t.Helper()
	var names []string
	for _, f := range files {
		if f.Name == name {
			return f.Data
		}
		names = append(names, f.Name)
	}
	t.Fatalf("no file %s among %q", name, names)
	return nil
}

// What people and tools read, byte by byte: every format, without options, with
// everything, and by classes.
func TestGoldens(t *testing.T) {
	byClass := Options{ByClass: true}
	for _, f := range Formats() {
		for _, tt := range []struct {
			name     string
			profiles []profile.Profile
			options  Options
		}{{"plain", mixed(), Options{}}, {"all", mixed()[1:3], allOptions()}, {"classes", mixed(), byClass}} {
			dir := filepath.Join("testdata", "golden", string(f.Format), tt.name)
			files := render(t, tt.profiles, f.Format, tt.options)
			if *update {
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
			}
			var names []string
			for _, file := range files {
				if file.Name == WrapperName && (f.Format != Job || tt.name != "plain") {
					continue // the same in all
				}
				path := filepath.Join(dir, filepath.FromSlash(file.Name)+".golden")
				names = append(names, path)
				if *update {
					if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, file.Data, 0o644)); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(file.Data)); diff != "" {
					t.Errorf("%s (run with -update to take it over):\n%s", path, diff)
				}
			}
			err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() && !slices.Contains(names, path) {
					t.Errorf("%s is not written any more", path)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// The order in which profiles come does not matter, and nothing depends on a map.
func TestTheSameBytesInAnyOrder(t *testing.T) {
	for _, f := range Formats() {
		for _, o := range []Options{{}, {ByClass: true}} {
			want := render(t, mixed(), f.Format, o)
			reversed := mixed()
			slices.Reverse(reversed)
			for range 5 {
				if diff := cmp.Diff(want, render(t, reversed, f.Format, o)); diff != "" {
					t.Errorf("%s:\n%s", f.Format, diff)
				}
			}
		}
	}
}

func TestTheWrapperGoesWithEveryExport(t *testing.T) {
	for _, f := range Formats() {
		if got := data(t, render(t, mixed(), f.Format, Options{}), WrapperName); string(got) != Wrapper {
			t.Errorf("%s: %s", f.Format, got)
		}
	}
}

func TestNothingUnknownIsWritten(t *testing.T) {
	p := mixed()[0]
	for _, f := range Formats() {
		for _, file := range render(t, []profile.Profile{p}, f.Format, Options{}) {
			text := string(file.Data)
			for _, word := range []string{
				"activeDeadlineSeconds", "active_deadline_seconds", "ttlSecondsAfterFinished:", "parallelism:",
				"ephemeral-storage", `cpu: "0"`, ": 0\n",
			} {
				if strings.Contains(text, word) {
					t.Errorf("%s, %s: %s of a profile that does not know it:\n%s", f.Format, file.Name, word, text)
				}
			}
		}
	}
}

func TestWhatCannotBeRendered(t *testing.T) {
	twice := []profile.Profile{full(), full()}
	for name, tt := range map[string]struct {
		profiles []profile.Profile
		format   Format
		options  Options
		want     string
	}{
		"nothing":      {nil, Job, Options{}, "nothing to export"},
		"no data":      {[]profile.Profile{{Workload: "a"}}, Job, Options{}, "of 1 profiles none has enough data"},
		"twice":        {twice, Job, Options{}, `two profiles of workload "etl" and tenant "acme"`},
		"format":       {mixed(), "pdf", Options{}, `unknown export format "pdf"`},
		"container":    {mixed(), Job, Options{Container: "My Container"}, `container "My Container"`},
		"namespace":    {mixed(), Job, Options{Namespace: "a/b"}, `namespace "a/b"`},
		"wrap":         {mixed(), Job, Options{Wrap: true}, "no command to run"},
		"schedule":     {mixed(), CronJob, Options{Schedule: "every day"}, `schedule "every day"`},
		"schedule @":   {mixed(), CronJob, Options{Schedule: "@sometimes"}, `schedule "@sometimes"`},
		"schedule eol": {mixed(), CronJob, Options{Schedule: "* * * * \n*"}, "is none"},
		"image":        {mixed(), Job, Options{Image: " a"}, "spaces"},
		"command":      {mixed(), Job, Options{Command: []string{"sh", "\xff"}}, "no manifest can say"},
		"command NUL":  {mixed(), Terraform, Options{Command: []string{"a\x00b"}}, "no manifest can say"},
	} {
		files, err := Render(tt.profiles, tt.format, tt.options)
		if err == nil || !strings.Contains(err.Error(), tt.want) || files != nil {
			t.Errorf("%s: %v, %d files, want an error with %q", name, err, len(files), tt.want)
		}
	}
}

func TestParseFormat(t *testing.T) {
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f.Format)); err != nil || got != f.Format || f.Title == "" {
			t.Errorf("%q: %q, %v", f.Format, got, err)
		}
	}
	if _, err := ParseFormat("yaml"); err == nil || !strings.Contains(err.Error(), "kustomize") {
		t.Errorf("an unknown format: %v", err)
	}
}

func TestClassIsTheEnvelope(t *testing.T) {
	a, b := mixed()[2], mixed()[4]
	c := envelope("S", []profile.Profile{a, b})
	if c.Base.MemoryRequest != 448*migration.MiB || c.Base.MemoryLimit != 448*migration.MiB || c.BackoffLimit != 0 ||
		c.Confidence != profile.MediumConfidence {
		t.Errorf("%+v", c)
	}
	if c.Parallelism.Known() || c.EphemeralStorage.Known() || c.Saving.Known() || c.Waste.Known() {
		t.Errorf("what one member does not know: %+v", c)
	}
	if c.JobRuns != 424 || c.Workload != "" || c.Tenant != "" {
		t.Errorf("%+v", c)
	}
	b.ClassSaving = migration.Some(usd("-100"))
	if c := envelope("S", []profile.Profile{a, b}); c.Saving.Or(usd("0")).Cmp(usd("298.5")) != 0 {
		t.Errorf("it saves %v, not what its members save with it", c.Saving)
	}
	b.Base.CPURequest = migration.None[migration.CPU]()
	if c := envelope("S", []profile.Profile{b, a}); c.Base.CPURequest != a.Base.CPURequest {
		t.Errorf("the request that is known is lost: %+v", c.Base)
	}
	b.Deadline = 0
	if c := envelope("S", []profile.Profile{a, b}); c.Deadline != 0 {
		t.Errorf("one of no known deadline is given %v", c.Deadline)
	}
	files := render(t, mixed(), Job, Options{ByClass: true})
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	want := []string{
		"class-s.job.yaml", "class-l.job.yaml", "thumbnails.job.yaml", "retry/class-s.job.yaml", "retry/class-l.job.yaml",
		"retry/thumbnails.job.yaml",
		"classes.csv", WrapperName,
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

// What cannot run is said where it is written, for a class too.
func TestWarnings(t *testing.T) {
	p := full()
	p.BeyondNode, p.MissesTarget, p.EndUnknown = true, true, true
	for _, f := range Formats() {
		if f.Format == JSON || f.Format == CSV {
			continue // a field, and the reasons
		}
		for _, o := range []Options{{}, {ByClass: true}} {
			text := string(render(t, []profile.Profile{p}, f.Format, o)[0].Data)
			for _, want := range []string{"no node is large enough", "meets the target time", "the deadline is a guess"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: no word of %q:\n%s", f.Format, want, text)
				}
			}
		}
	}
}

// A saving of nothing is neither less nor more.
func TestWhatAMonthCosts(t *testing.T) {
	for saving, want := range map[string]string{
		"412.32": "A month costs 412.32 USD less than now.", "-7.1": "A month costs 7.10 USD more than now.",
		"0": "A month costs the same as now.", "-0.001": "A month costs the same as now.",
	} {
		p := profile.Profile{
			Workload: "w", Tenant: "t", Confidence: profile.HighConfidence,
			Base: profile.Pod{MemoryRequest: migration.GiB, MemoryLimit: migration.GiB}, Saving: migration.Some(usd(saving)),
		}
		p.Retry = p.Base
		files, err := Render([]profile.Profile{p}, Markdown, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(files[0].Data); !strings.Contains(got, want) {
			t.Errorf("saving %s: want %q in\n%s", saving, want, got)
		}
	}
}

func TestQuantities(t *testing.T) {
	for b, want := range map[migration.Bytes]string{
		1: "1", 1023: "1023", migration.KiB: "1Ki", 1536 * migration.KiB: "1536Ki", migration.GiB: "1Gi", 1280 * migration.MiB: "1280Mi",
		math.MaxInt64: "9223372036854775807",
	} {
		if got := byteQuantity(b); got != want {
			t.Errorf("%d bytes are %s, want %s", b, got, want)
		}
	}
	for c, want := range map[migration.CPU]string{
		1: "1m", 50 * migration.Millicore: "50m", migration.Core: "1",
		1500 * migration.Millicore: "1500m",
	} {
		if got := cpuQuantity(c); got != want {
			t.Errorf("%d nanocores are %s, want %s", c, got, want)
		}
	}
}

func TestCSVIsHarmless(t *testing.T) {
	p := full()
	p.Tenant = "=HYPERLINK(\"http://x\")"
	for _, o := range []Options{{}, {ByClass: true}} {
		files := render(t, []profile.Profile{p}, CSV, o)
		for _, f := range files {
			if bytes.Contains(f.Data, []byte(`,"=`)) || bytes.Contains(f.Data, []byte("\n\"=")) {
				t.Errorf("%s: %s", f.Name, f.Data)
			}
		}
	}
}
