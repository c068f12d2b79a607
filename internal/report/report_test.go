package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/text"
)

func TestGoldens(t *testing.T) {
	for name, opts := range map[string]report.Options{
		"table.txt":        {},
		"table-fields.txt": {Format: report.Table, Fields: []string{"tenant", "lambda_runs", "jobs_peak_memory_max_bytes", "notices"}},
		"snapshot.csv":     {Format: report.CSV},
		"snapshot.json":    {Format: report.JSON, Series: true},
		"snapshot.yaml":    {Format: report.YAML},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name)
			if name == "snapshot.csv" && !*update { // published columns keep their names and bytes; others may come
				opts.Fields = publishedFields(t, file)
			}
			got := write(t, full(), opts)
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("run with -update if it is meant\n%s", diff)
			}
		})
	}
}

// publishedFields are the names in the first line of a file of CSV.
func publishedFields(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(data), "\n")
	return strings.Split(head, ",")
}

func TestYAMLSaysWhatJSONSays(t *testing.T) {
	for name, s := range map[string]*migration.Snapshot{"full": full(), "empty": {}} {
		var fromJSON, fromYAML any
		if err := json.Unmarshal(write(t, s, report.Options{Format: report.JSON, Series: true}), &fromJSON); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(write(t, s, report.Options{Format: report.YAML, Series: true}), &fromYAML); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fromJSON, floats(fromYAML)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// floats makes all numbers float64, as encoding/json has them.
func floats(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = floats(v[k])
		}
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	case uint64:
		return float64(v)
	case int64:
		return float64(v)
	}
	return v
}

func TestAnyTextSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(
			rapid.String(),
			rapid.SampledFrom([]string{
				"yes", "No", "null", "~", "1e3", "0x1f", "- a", "a: b", "#x", "a #b", "*a", "&a", "!a", "%a", "@a", "`a",
				"a ", " a", "NaN", ".inf", "1_000", "2026-01-01", "---", "...", "a\tb", "\u0085", "\u2028", "\ufeff",
			}),
		).Filter(func(s string) bool { return s != "" }).Draw(t, "name")
		s := &migration.Snapshot{Tenants: []migration.TenantView{{Tenant: migration.Tenant(name)}}}
		for _, f := range []report.Format{report.JSON, report.YAML} {
			var b bytes.Buffer
			if err := report.Write(&b, s, report.Options{Format: f}); err != nil {
				t.Fatal(err)
			}
			var got struct{ Tenants []struct{ Tenant string } }
			decode := json.Unmarshal
			if f == report.YAML {
				decode = func(b []byte, v any) error { return yaml.Unmarshal(b, v) }
			}
			if err := decode(b.Bytes(), &got); err != nil {
				t.Fatalf("%s: %v\n%s", f, err, &b)
			}
			if got.Tenants[0].Tenant != name {
				t.Fatalf("%s: %q came back as %q\n%s", f, name, got.Tenants[0].Tenant, &b)
			}
		}
		var b bytes.Buffer
		if err := report.Write(&b, s, report.Options{Format: report.CSV}); err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		cell, want := records[1][1], text.PrintableLines(name)
		if strings.ContainsAny(cell[:1], "=+-@\t") || cell != want && cell != "'"+want {
			t.Fatalf("%q stands in CSV as %q", name, cell)
		}
		b.Reset()
		if err := report.Write(&b, s, report.Options{}); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "\n"); n != 5 || strings.ContainsAny(b.String(), "\x00\x1b\r\u009b\u202e\u200b") {
			t.Fatalf("the table of %q has %d lines:\n%q", name, n, &b)
		}
	})
}

func TestUnknownIsNeverZero(t *testing.T) {
	s := &migration.Snapshot{Tenants: []migration.TenantView{{
		Tenant: "t", Before: migration.Side{Present: true},
		After: migration.Side{Present: true},
	}}}
	records, err := csv.NewReader(bytes.NewReader(write(t, s, report.Options{Format: report.CSV}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for j, name := range records[0] {
		switch cell := records[1][j]; name {
		case "row", "tenant", "verdict", "cost_verdict":
		default:
			if cell != "" {
				t.Errorf("%s is %q", name, cell)
			}
		}
	}
	table := string(write(t, s, report.Options{}))
	if strings.ContainsAny(strings.SplitN(table, "\n", 3)[1], "0123456789") {
		t.Errorf("numbers from nothing:\n%s", table)
	}
}

func TestNumbersThatJSONCannotSay(t *testing.T) {
	s := full()
	s.Tenants[0].BreakEven.Value = migration.Some(math.Inf(1))
	s.Tenants[0].Delta.Value = migration.Some(migration.Ratio(math.NaN()))
	s.Tenants[0].Delta.Evidence.Coverage = migration.Ratio(math.NaN())
	var got struct {
		Tenants []struct {
			BreakEven *float64 `json:"break_even_runs_per_day"`
			Delta     *float64 `json:"delta_ratio"`
		}
	}
	if err := json.Unmarshal(write(t, s, report.Options{Format: report.JSON}), &got); err != nil {
		t.Fatal(err)
	}
	if got.Tenants[0].BreakEven != nil || got.Tenants[0].Delta != nil {
		t.Errorf("%+v", got.Tenants[0])
	}
}

// The rows of CSV are the bill: tenants, unattributed cost, services, credit, idle and platform add up to the total.
func TestRowsAddUp(t *testing.T) {
	s := full()
	s.Tenants = s.Tenants[:1]
	s.Totals.Total.Value = usd("9.80333") // 4.21033 + 2.0012 + 2.0012 of ECS - 0.0094 of credit + 1.5 + 0.1
	out := write(t, s, report.Options{Format: report.CSV, Fields: []string{"row", "cost_per_hour_usd"}})
	records, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sum := decimal.Zero
	for _, r := range records[1 : len(records)-1] {
		sum = sum.Add(decimal.RequireFromString(r[1]))
	}
	last := records[len(records)-1]
	if last[0] != "total" || !sum.Equal(decimal.RequireFromString(last[1])) {
		t.Errorf("rows make %s, the total is %v", sum, last)
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		opts report.Options
		want string
	}{
		{report.Options{Format: "xml"}, `unknown output format "xml" (use one of table, json, yaml, csv)`},
		{
			report.Options{Format: report.JSON, Fields: []string{"tenant"}},
			"fields cannot be chosen in json, which is one document (use -o csv or -o table, or choose with jq)",
		},
		{report.Options{Format: report.CSV, Fields: []string{"tenant", "costs"}}, `unknown field "costs" (known are row, tenant, routed_ratio, `},
	} {
		if err := tt.opts.Check(); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("Check of %+v: %v", tt.opts, err)
		}
		var b bytes.Buffer
		err := report.Write(&b, full(), tt.opts)
		var p *migration.Problem
		if !errors.As(err, &p) || !strings.HasPrefix(err.Error(), tt.want) || b.Len() > 0 {
			t.Errorf("%+v: %v, %d bytes", tt.opts, err, b.Len())
		}
	}
	if f, err := report.ParseFormat("yaml", report.Formats); f != report.YAML || err != nil {
		t.Errorf("yaml: %s, %v", f, err)
	}
}

// failing writes n bytes and fails from then on.
type failing struct{ n int }

var errFull = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.n {
		return f.n, errFull
	}
	f.n -= len(p)
	return len(p), nil
}

func TestWriteErrorsAreReportedOnce(t *testing.T) {
	for _, f := range report.Formats {
		for _, n := range []int{0, 10_000} {
			if err := report.Write(&failing{n}, fleet(500), report.Options{Format: f}); !errors.Is(err, errFull) {
				t.Errorf("%s after %d bytes: %v", f, n, err)
			}
		}
	}
}

func TestOutcome(t *testing.T) {
	const ok, degraded, failed, off, starting = migration.HealthOK, migration.HealthDegraded, migration.HealthFailed, migration.HealthOff,
		migration.HealthStarting
	for _, tt := range []struct {
		states []migration.HealthState
		want   report.Outcome
	}{
		{[]migration.HealthState{ok, ok}, report.Complete},
		{[]migration.HealthState{ok, off}, report.Complete},
		{[]migration.HealthState{ok, degraded}, report.Partial},
		{[]migration.HealthState{ok, failed}, report.Partial},
		{[]migration.HealthState{degraded, starting}, report.Partial},
		{[]migration.HealthState{failed, failed}, report.Nothing},
		{[]migration.HealthState{failed, off}, report.Nothing},
		{[]migration.HealthState{starting}, report.Nothing},
		{nil, report.Nothing},
	} {
		s := &migration.Snapshot{}
		for _, state := range tt.states {
			s.Sources = append(s.Sources, migration.Health{State: state})
		}
		if got := report.OutcomeOf(s); got != tt.want {
			t.Errorf("%v: %d, want %d", tt.states, got, tt.want)
		}
	}
}

// A table makes the short texts only: rounding decimals for CSV as well would take most of its memory.
func TestTableMakesNoTextsOfCSV(t *testing.T) {
	const tenants, most = 200, 60 // each; 113 with the texts of CSV
	s := fleet(tenants)
	allocs := testing.AllocsPerRun(5, func() {
		if err := report.Write(io.Discard, s, report.Options{Format: report.Table}); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > most*tenants {
		t.Errorf("%.0f allocations for %d tenants, want at most %d each", allocs, tenants, most)
	}
}

// A fleet of 10,000 tenants with a Job each; the budget of snapshot -o json is
// 500 ms for everything.
func BenchmarkWrite(b *testing.B) {
	s := fleet(10_000)
	for _, f := range report.Formats {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := report.Write(io.Discard, s, report.Options{Format: f}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
