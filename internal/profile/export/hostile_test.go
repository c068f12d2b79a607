package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

// strict reads manifests as the API server does with fieldValidation=Strict: unknown
// fields and keys that are there twice are errors.
var strict = func() runtime.Decoder {
	scheme := runtime.NewScheme()
	if err := batchv1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
}()

// failer is what testing.T and rapid.T have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

func decode[T runtime.Object](t failer, yaml []byte) T {
	t.Helper()
	for line := range strings.Lines(string(yaml)) {
		if strings.HasPrefix(line, "---") || strings.HasPrefix(line, "...") {
			t.Fatalf("a second document:\n%s", yaml)
		}
	}
	got, _, err := strict.Decode(yaml, nil, nil)
	if err != nil {
		t.Fatalf("%v:\n%s", err, yaml)
	}
	object, ok := got.(T)
	if !ok {
		t.Fatalf("a %T:\n%s", got, yaml)
	}
	return object
}

// nasty are texts that mean something to YAML, HCL, Helm, a shell, a spreadsheet,
// Markdown or a terminal.
var nasty = []string{
	"", " ", "a", "acme", "true", "null", "~", "0", "1e3", "0x1f", "1_000", ".inf", "2026-11-24", "a: b", "- a", "# a", "a #b", "key: |\n  x",
	"---\nkind: Secret\n", "...",
	"{{ .Values.x }}", "{a: b}", "[a]", "*a", "&a", "!!binary x", "'", `"`, `\`, `\"`, "a\nb: c\n", "a\r\nb", "\t", "\x00", "\x07\x1b[31mred",
	"\u0085", "\u00a0",
	"\u2028\u2029", "\ufeffbom", "\u202egnp.exe", "\U0001f4a9", "e\u0301", "\xff\xfe", "${var.secret}", "%{ if true }x%{ endif }", "$${x}",
	"$(rm -rf /)", "`id`",
	"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "| a | b |", "<script>alert(1)</script>", "[x](javascript:1)", "http://evil.example",
	"../../etc/passwd", "a/b", "a\\b",
	"con", "\"\n}\nresource \"x\" \"y\" {\n", "EOF\n", "<<EOT\n${x}\nEOT\n", strings.Repeat("very-long-name-", 40), strings.Repeat("ä", 3000),
}

func anyText() *rapid.Generator[string] {
	one := rapid.OneOf(rapid.SampledFrom(nasty), rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 20), func(b []byte) string { return string(b) }))
	return rapid.Map(rapid.SliceOfN(one, 1, 3), func(parts []string) string { return strings.Join(parts, "") })
}

// drawn is a profile of any kind with texts of any kind.
func drawn(t *rapid.T) profile.Profile {
	bytes := rapid.Map(rapid.Int64Range(1, 1<<45), func(n int64) migration.Bytes { return migration.Bytes(n) })
	cpu := rapid.Map(rapid.Int64Range(1, 1<<40), func(n int64) migration.CPU { return migration.CPU(n) })
	p := full()
	p.Workload, p.Tenant = migration.Workload(anyText().Draw(t, "workload")), migration.Tenant(anyText().Draw(t, "tenant"))
	p.Class, p.WhyClass = anyText().Draw(t, "class"), anyText().Draw(t, "why class")
	p.Why = rapid.SliceOfN(anyText(), 0, 3).Draw(t, "why")
	p.Evidence.Note, p.Evidence.Source = anyText().Draw(t, "note"), anyText().Draw(t, "source")
	p.Base.MemoryLimit = bytes.Draw(t, "memory")
	p.Base.MemoryRequest = p.Base.MemoryLimit
	p.Base.CPURequest = migration.Some(cpu.Draw(t, "cpu"))
	if rapid.Bool().Draw(t, "less known") {
		p.Parallelism, p.EphemeralStorage, p.Saving = migration.None[int32](), migration.None[migration.Bytes](), migration.None[migration.USD]()
		p.Base.CPURequest, p.Deadline, p.TTL = migration.None[migration.CPU](), 0, 0
	}
	return p
}

// bare is a profile of the same figures whose texts are all empty.
func bare(p profile.Profile) profile.Profile {
	p.Workload, p.Tenant, p.Class, p.WhyClass, p.Why, p.Evidence.Note, p.Evidence.Source = "w", "t", "", "", nil, "", ""
	return p
}

// Whatever names and notes are, a manifest is one valid object, it says the names as they
// are, and nothing but names and annotations differs from that of harmless texts.
func TestHostileTextsInManifests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		hostile, plain := rendered(t, p, Job), rendered(t, bare(p), Job)
		job, want := decode[*batchv1.Job](t, hostile), decode[*batchv1.Job](t, plain)
		said := func(key string) string {
			if v, ok := job.Labels[key]; ok {
				return v
			}
			return job.Annotations[key]
		}
		if got := said("tenant"); got != cut(string(p.Tenant)) {
			t.Fatalf("tenant %q is said to be %q:\n%s", p.Tenant, got, hostile)
		}
		if got := said("workload"); got != cut(string(p.Workload)) {
			t.Fatalf("workload %q is said to be %q:\n%s", p.Workload, got, hostile)
		}
		if !dns.MatchString(job.Name) {
			t.Fatalf("name %q", job.Name)
		}
		job.ObjectMeta = want.ObjectMeta
		job.Spec.Template.Labels = want.Spec.Template.Labels
		if diff := cmp.Diff(want, job); diff != "" {
			t.Fatalf("texts changed more than texts:\n%s\n%s", diff, hostile)
		}
		cron := decode[*batchv1.CronJob](t, rendered(t, p, CronJob))
		cron.Spec.JobTemplate.Spec.Template.Labels = want.Spec.Template.Labels
		if diff := cmp.Diff(want.Spec, cron.Spec.JobTemplate.Spec); diff != "" {
			t.Fatalf("the CronJob's Job is another one:\n%s", diff)
		}
		decode[*batchv1.Job](t, rendered(t, p, Patch))
	})
}

// rendered is the first file of an export.
func rendered(t failer, p profile.Profile, f Format) []byte {
	t.Helper()
	files, err := Render([]profile.Profile{p}, f, Options{})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return files[0].Data
}

// What programs read has the names as they are, but for what is no UTF-8.
func TestHostileTextsInTables(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		var doc struct {
			Profiles []struct {
				Workload, Tenant, Class string
				Why                     []string
				Memory                  int64 `json:"memory_limit_bytes"`
			}
		}
		if err := json.Unmarshal(rendered(t, p, JSON), &doc); err != nil {
			t.Fatalf("%v", err)
		}
		if got := doc.Profiles[0]; got.Workload != valid(string(p.Workload)) || got.Tenant != valid(string(p.Tenant)) ||
			got.Memory != int64(p.Base.MemoryLimit) || len(got.Why) != len(p.Why) {
			t.Fatalf("%+v of %+v", got, p)
		}
		table := rendered(t, p, CSV)
		rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[0]) != len(rows[1]) {
			t.Fatalf("%v: %q", err, rows)
		}
		// A reader of CSV takes \r\n in a cell for \n.
		cell := func(s string) string { return strings.ReplaceAll(csvCell(s), "\r\n", "\n") }
		if rows[1][0] != cell(string(p.Workload)) || rows[1][1] != cell(string(p.Tenant)) {
			t.Fatalf("%q", rows[1])
		}
		for _, c := range rows[1] {
			if c != "" && strings.ContainsRune("=+@\t\r\n", rune(c[0])) {
				t.Fatalf("a formula: %q", c)
			}
		}
		doc2 := string(rendered(t, p, Markdown))
		plain := string(rendered(t, bare(p), Markdown))
		bars := func(s string) int { return strings.Count(strings.ReplaceAll(s, `\|`, ""), "|") }
		if bars(doc2) != bars(plain) || strings.ContainsAny(doc2, "\x00\x1b\u202e") || strings.Contains(doc2, "<script") {
			t.Fatalf("%s", doc2)
		}
	})
}

// Each file name can be a file anywhere, and is there once.
func TestHostileTextsInFileNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var profiles []profile.Profile
		seen := map[string]bool{}
		for range rapid.IntRange(1, 6).Draw(t, "profiles") {
			p := drawn(t)
			if key := fmt.Sprintf("%q %q", p.Workload, p.Tenant); !seen[key] {
				seen[key] = true
				profiles = append(profiles, p)
			}
		}
		for _, f := range Formats() {
			for _, o := range []Options{{}, {ByClass: true}} {
				files, err := Render(profiles, f.Format, o)
				if err != nil {
					t.Fatalf("%s: %v", f.Format, err)
				}
				names := map[string]bool{}
				for _, file := range files {
					if strings.Trim(file.Name, "abcdefghijklmnopqrstuvwxyz0123456789-./") != "" || strings.Contains(file.Name, "..") ||
						len(file.Name) > 120 || names[file.Name] {
						t.Fatalf("%s: file %q", f.Format, file.Name)
					}
					names[file.Name] = true
				}
			}
		}
	})
}
