package report

import (
	"bytes"
	"encoding/csv"
	"maps"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/profile/export"
)

// What migtop profiles -o csv prints has the columns and the cells of the exported file, but for those that name an export.
func TestProfilesHaveOneTable(t *testing.T) {
	one := profile.Profile{
		Workload: "etl", Tenant: "=acme", Class: "M", Base: profile.Pod{MemoryRequest: migration.GiB, MemoryLimit: migration.GiB},
		Confidence: migration.HighConfidence, FailureRate: migration.Some[migration.Ratio](0.0042), JobRuns: 7,
		Why: []string{"One.", "Two."},
	}
	var out bytes.Buffer
	if err := WriteProfiles(&out, []profile.Profile{one}, &profile.Classes{}, CSV); err != nil {
		t.Fatal(err)
	}
	files, err := export.Render([]profile.Profile{one}, export.CSV, export.Options{})
	if err != nil {
		t.Fatal(err)
	}
	read := func(data []byte) map[string]string {
		t.Helper()
		rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = rows[1][i]
		}
		return cells
	}
	printed, exported := read(out.Bytes()), read(files[0].Data)
	if exported["profile"] == "" || exported["members"] == "" || printed["tenant"] != "'=acme" {
		t.Errorf("exported %v, printed %v", exported, printed)
	}
	delete(exported, "profile")
	delete(exported, "members")
	if !maps.Equal(printed, exported) {
		t.Errorf("printed  %v\nexported %v", printed, exported)
	}
}

// The table writes neither what is unknown nor what is rare as none.
func TestProfilesTableDoesNotLieWithZeros(t *testing.T) {
	size := profile.Pod{MemoryRequest: migration.GiB, MemoryLimit: migration.GiB}
	profiles := []profile.Profile{
		{Workload: "unknown", Base: size, Retry: size, Saving: migration.Some(migration.USD{}), Learning: true},
		{
			Workload: "rare", Base: size, Retry: size, Saving: migration.Some(migration.USD{}), Confidence: migration.HighConfidence,
			FailureRate: migration.Some[migration.Ratio](0.00001),
		},
		{
			Workload: "new", Base: size, Retry: size, Confidence: migration.LowConfidence, Learning: true,
			FailureRate: migration.Some[migration.Ratio](0.01),
		},
		{Workload: "never", Base: size, Retry: size, Confidence: migration.HighConfidence, FailureRate: migration.Some[migration.Ratio](0)},
		{Workload: "unsaid", Base: size, Retry: size, Confidence: migration.LowConfidence},
		{
			Workload: "costlier", Base: size, Retry: size, Saving: migration.Some(migration.Dollars(decimal.RequireFromString("-87.854"))),
			Confidence: migration.HighConfidence, FailureRate: migration.Some[migration.Ratio](0),
		},
		{Workload: "seldom", Base: size, Retry: size, Confidence: migration.HighConfidence, FailureRate: migration.Some[migration.Ratio](0.0042)},
	}
	var out bytes.Buffer
	if err := WriteProfiles(&out, profiles, &profile.Classes{}, Table); err != nil {
		t.Fatal(err)
	}
	for workload, want := range map[string]string{
		"unknown": "- - - - - - 0 - - no data", "rare": "0 <0.01 % $0.00 high", "never": "0 0.00 % - high", "unsaid": "0 - - low",
		"costlier": "0 0.00 % -$87.85 high", "seldom": "0 0.42 % - high", "new": "0 1.00 % - learning",
	} {
		found := false
		for line := range strings.Lines(out.String()) {
			if words := strings.Join(strings.Fields(line), " "); strings.HasPrefix(words, workload+" (unattributed)") ||
				strings.HasPrefix(words, workload+" -") {
				found = found || strings.HasSuffix(words, want)
			}
		}
		if !found {
			t.Errorf("no line of %s ends with %q:\n%s", workload, want, out.String())
		}
	}
}
