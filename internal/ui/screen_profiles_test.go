package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// fillProfiles gives a Snapshot profiles: one that saves, one that fails, one that is
// learning, one without data, one that fits on no node.
func fillProfiles(s *migration.Snapshot) {
	size := func(request, limit migration.Bytes, cpu migration.CPU) migration.PodSize {
		return migration.PodSize{MemoryRequest: request, MemoryLimit: limit, CPURequest: migration.Some(cpu)}
	}
	now := func(memory migration.Bytes, cpu migration.CPU) migration.Given {
		r := migration.Resources{CPU: migration.Some(cpu), Memory: migration.Some(memory)}
		return migration.Given{Request: r, Limit: migration.Resources{Memory: migration.Some(memory)}, Deadline: migration.Some(2 * time.Hour)}
	}
	measured := migration.Provenance{
		Source: "kubernetes", Method: migration.Measured, Coverage: 1,
		Note: "the container's own memory.peak, from its termination message",
	}
	s.Profiles = []migration.Profile{
		{
			Workload: "geo-reindex", Tenant: "umbrella", Class: "L", WhyClass: "Alone it needs 3.1 GiB; L gives 3.25 GiB.",
			Base:            size(3328*migration.MiB, 3328*migration.MiB, 850*migration.Millicore),
			Retry:           size(4*migration.GiB, 4*migration.GiB, 850*migration.Millicore),
			AttemptDeadline: time.Hour, Deadline: 2*time.Hour + 2*time.Minute, BackoffLimit: 1, TTL: 20 * time.Minute,
			Parallelism:      migration.Some[int32](12),
			EphemeralStorage: migration.Some(10 * migration.GiB), Confidence: migration.HighConfidence, Evidence: measured, JobRuns: 762,
			LambdaRuns:  20,
			FailureRate: migration.Some[migration.Ratio](0.004), Waste: migration.Some[migration.KiBSeconds](312 << 20),
			Now:    now(8*migration.GiB, 2*migration.Core),
			Saving: migration.Some(usd("412.3")), RunCost: migration.Some(usd("0.0471")),
			Why: []string{
				"The largest peak of 762 Job runs is 3.07 GiB; 0.4 % are expected to need more than 3.25 GiB, which is retried with 4 GiB.",
				"Over its last 212 runs this would have wasted 1.2 GiB h, max + 32 MiB 1.9.",
			},
			PriceNotes: []string{"Fargate gives it 1 vCPU / 4 GB."},
		},
		{
			Workload: "thumbnails", Tenant: "globex", Class: "S", Base: size(768*migration.MiB, 768*migration.MiB, 250*migration.Millicore),
			Retry:    size(migration.GiB, migration.GiB, 250*migration.Millicore),
			Deadline: 4 * time.Minute, BackoffLimit: 2, TTL: 5 * time.Minute, Confidence: migration.MediumConfidence, Evidence: measured,
			JobRuns:     1824,
			FailureRate: migration.Some[migration.Ratio](0.009), Now: now(512*migration.MiB, 250*migration.Millicore),
			Saving: migration.Some(usd("-7.1")),
			Why:    []string{"113 runs were killed at 512 MiB."},
		},
		{
			Workload: "invoice-pdf", Tenant: "acme", Base: size(migration.GiB, migration.GiB, migration.Core), Deadline: 8 * time.Hour,
			TTL:        time.Hour,
			Confidence: migration.LowConfidence, FailureRate: migration.Some[migration.Ratio](0), Learning: true, JobRuns: 1,
			Now: now(migration.GiB, migration.Core), Why: []string{"Learning, 1 of 3 runs."},
		},
		{Workload: "csv-import", Tenant: "initech", JobRuns: 0, Why: []string{"There is not enough data."}},
		{
			Workload: "model-train", Tenant: "hooli", Base: size(200*migration.GiB, 200*migration.GiB, 4*migration.Core), Deadline: 3 * time.Hour,
			TTL:        time.Hour,
			Confidence: migration.HighConfidence, FailureRate: migration.Some[migration.Ratio](0), BeyondNode: true, JobRuns: 40,
			Why: []string{"The largest peak of 40 Job runs is 190 GiB."},
		},
	}
	s.Classes = migration.ProfileClasses{Classes: make([]migration.ProfileClass, 2), Extra: 0.031}
	s.ProfileSaving = migration.Some(usd("412.3"))
}

func profilesStarted(t testing.TB, o Options, w, h int, keys ...string) *driver {
	t.Helper()
	o.Theme = "dark"
	d := newDriver(t, o, w, h)
	s := newFixture()
	fillProfiles(s)
	d.send(snapshotMsg{s})
	d.press(append([]string{"5"}, keys...)...)
	return d
}

func TestGoldenProfiles(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		w, h int
		keys []string
	}{
		{"profiles_80x24", Options{}, 80, 24, nil},
		{"profiles_120x40", Options{}, 120, 40, []string{"down", "x"}},
		{"profiles_180x50", Options{}, 180, 50, []string{"G"}},
		{"profiles_ascii", Options{ASCII: true}, 120, 40, nil},
		{"profiles_export", Options{Exports: &fakeExports{}}, 120, 40, []string{"e"}},
		{"profiles_plan", Options{Exports: &fakeExports{}}, 120, 40, []string{"e", "down", "enter"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := profilesStarted(t, c.o, c.w, c.h, c.keys...).screen()
			for y, row := range got.rows {
				if n := canvas.Cells(row); n != c.w {
					t.Errorf("row %d is %d cells wide, want %d", y, n, c.w)
				}
			}
			if c.o.ASCII {
				for y, row := range got.rows {
					if i := strings.IndexFunc(row, func(r rune) bool { return r > 0x7e }); i >= 0 {
						t.Errorf("row %d is not plain: %q", y, row[i:])
					}
				}
			}
			checkGolden(t, c.name, got)
		})
	}
}

// fakeExports plans two files, one of which is there and differs.
type fakeExports struct {
	err     error
	planned []migration.Profile
	format  string
	dir     string
	wrote   int
	forced  bool
}

func (e *fakeExports) Formats() []ExportFormat {
	return []ExportFormat{{"job", "Job manifests"}, {"helm", "Helm values"}}
}

func (e *fakeExports) Plan(_ context.Context, p []migration.Profile, format, dir string) (*ExportPlan, error) {
	e.planned, e.format, e.dir = p, format, dir
	if e.err != nil {
		return nil, e.err
	}
	return &ExportPlan{
		Dir: dir, Blocked: 1,
		Files: []ExportFile{
			{"a.yaml", "new", "--- /dev/null\n+++ b/a.yaml\n+x\n"},
			{"b.yaml", "changed", "--- a/b.yaml\n+++ b/b.yaml\n@@ -1 +1 @@\n-memory: 8Gi\n+memory: 3Gi\n"},
			{"c.yaml", "same", ""},
		},
		Write: func(_ context.Context, force bool) error {
			e.wrote++
			e.forced = force
			return nil
		},
	}, nil
}

// What saves most is on top, and the cursor stays on its profile whatever comes.
func TestProfilesFollowTheirRow(t *testing.T) {
	d := profilesStarted(t, Options{}, 120, 40)
	if got := d.m.profiles.under(d.m.data); got.Tenant != "umbrella" {
		t.Errorf("on top is %s", got.Tenant)
	}
	d.press("G")
	was := *d.m.profiles.under(d.m.data)
	s := newFixture()
	s.Version++
	fillProfiles(s)
	for i := range s.Profiles {
		if idOf(&s.Profiles[i]) == idOf(&was) {
			s.Profiles[i].Saving = migration.Some(usd("9999"))
		}
	}
	d.send(snapshotMsg{s})
	if got := d.m.profiles.under(d.m.data); idOf(got) != idOf(&was) || d.m.profiles.list.cursor != 0 {
		t.Errorf("the cursor is on %s in row %d, it was on %s", got.Tenant, d.m.profiles.list.cursor, was.Tenant)
	}
}

// An export is of what is marked, else of all; it shows what would change and overwrites
// only after a confirmation.
func TestExportAsksBeforeItOverwrites(t *testing.T) {
	e := &fakeExports{}
	d := profilesStarted(t, Options{Exports: e}, 120, 40, "x", "e")
	d.press("tab")
	for range len("migtop-profiles") {
		d.press("backspace")
	}
	d.press("o", "u", "t", "enter")
	if e.dir != "out" || e.format != "job" || len(e.planned) != 1 || e.planned[0].Tenant != "umbrella" {
		t.Errorf("planned %d profiles as %s into %s", len(e.planned), e.format, e.dir)
	}
	d.press("w", "enter")
	if e.wrote != 0 {
		t.Fatal("it overwrote without a confirmation")
	}
	if !strings.Contains(d.m.status.text, "nothing was written: 1 file differs") {
		t.Errorf("it says %q", d.m.status.text)
	}
	if text := strings.Join(d.screen().rows, "\n"); !strings.Contains(text, "memory: 3Gi") || !strings.Contains(text, "F overwrites") {
		t.Errorf("the screen does not say what would change:\n%s", text)
	}
	d.press("F")
	if e.wrote != 1 || !e.forced || d.m.dialog != nil {
		t.Errorf("wrote %d times, forced %t, dialog %v", e.wrote, e.forced, d.m.dialog)
	}
}

func TestExportErrorsAreShown(t *testing.T) {
	e := &fakeExports{err: errors.New("there is not enough data for any of them")}
	d := profilesStarted(t, Options{Exports: e}, 120, 40, "e", "enter")
	if text := strings.Join(d.screen().rows, "\n"); !strings.Contains(text, "not enough data for any") {
		t.Errorf("the error is not shown:\n%s", text)
	}
	d.press("esc", "esc")
	if d.m.dialog != nil {
		t.Error("the dialog does not close")
	}
	d = profilesStarted(t, Options{}, 120, 40, "e")
	if d.m.dialog != nil || d.m.status.text == "" {
		t.Error("without exports nothing is said")
	}
}

// A Snapshot without profiles says what would bring some.
func TestNoProfilesYet(t *testing.T) {
	d := newDriver(t, Options{Theme: "dark"}, 120, 40)
	d.send(snapshotMsg{newFixture()})
	d.press("5", "down", "enter", "x", "e")
	if text := strings.Join(d.screen().rows, "\n"); !strings.Contains(text, "no run has ended") {
		t.Errorf("the screen says:\n%s", text)
	}
}

// The longest sizes leave a gap before and after them, and what nobody knows saves an
// unknown sum, not none.
func TestProfilesKeepTheirColumnsApart(t *testing.T) {
	for _, w := range []int{80, 120, 160} {
		d := newDriver(t, Options{Theme: "dark"}, w, 45)
		s := newFixture()
		fillProfiles(s)
		p := &s.Profiles[2]
		p.Base.MemoryRequest, p.Base.MemoryLimit = 992*migration.MiB, 992*migration.MiB
		p.Now.Request.Memory = migration.Some(768 * migration.MiB)
		s.Profiles[3].Saving = migration.Some(usd("0"))
		d.send(snapshotMsg{s})
		d.press("5")
		text := strings.Join(d.screen().rows, "\n")
		if !strings.Contains(text, " learning 768 MiB→992 MiB ") {
			t.Errorf("%d columns: the memory is not set apart:\n%s", w, text)
		}
		if strings.Contains(text, "$0 ") {
			t.Errorf("%d columns: a profile without data saves $0:\n%s", w, text)
		}
	}
}

// The filter is of profiles too: by names, class and how sure, and by what is asked of
// their tenant; an export is of what it lets through.
func TestFilterOfProfiles(t *testing.T) {
	e := &fakeExports{}
	d := profilesStarted(t, Options{Exports: e}, 120, 40)
	shown := func(filter string) string {
		t.Helper()
		f, err := parseFilter(filter, migration.DefaultMove)
		if err != nil {
			t.Fatal(err)
		}
		d.m.query.filter = f
		d.send(snapshotMsg{d.m.data.snap})
		var names []string
		for _, i := range d.m.data.profiles {
			names = append(names, d.m.data.snap.Profiles[i].Tenant.String())
		}
		return strings.Join(names, " ")
	}
	for filter, want := range map[string]string{
		"umbr": "umbrella", "geo": "umbrella", "!geo learning": "acme", `"no data"`: "initech", "workload:thumb": "globex", "tenant:oo": "hooli",
		"needs:critical tenant:globex": "globex",
	} {
		if got := shown(filter); got != want {
			t.Errorf("%s shows %q, want %q", filter, got, want)
		}
	}
	if got := shown("zzz"); got != "" {
		t.Errorf("zzz shows %q", got)
	}
	d.mustShow("None of 5 profiles matches /zzz")
	shown("")
	d.press("/", "u", "m", "b", "r", "enter")
	d.mustShow("1 of 5", "/umbr")
	if d.m.screen != &profilesInfo {
		t.Fatal("the filter left the screen")
	}
	d.press("e", "enter")
	if len(e.planned) != 1 {
		t.Errorf("%d profiles are exported, one is shown", len(e.planned))
	}
	d.press("esc", "esc", "esc")
	if d.m.query.filter.source != "" || len(d.m.data.profiles) != 5 {
		t.Errorf("esc leaves the filter %q", d.m.query.filter.source)
	}
}
