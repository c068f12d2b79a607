package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

// A snapshot has the profile fields of migtop profiles, with the same names and values, except values whose form in the
// snapshot is fixed.
func TestSnapshotHasTheFieldsOfProfiles(t *testing.T) {
	size := migration.PodSize{
		CPURequest: migration.Some(150 * migration.Millicore), MemoryRequest: 448 * migration.MiB,
		MemoryLimit: 448 * migration.MiB,
	}
	all := []migration.Profile{{
		Workload: "w", Tenant: "acme", Class: "S", WhyClass: "It fits.", Base: size, Retry: size, Confidence: migration.HighConfidence,
		Deadline: 90e9, FailureRate: migration.Some[migration.Ratio](0.01), Why: []string{"Because."},
	}}
	classes := migration.ProfileClasses{Classes: []migration.ProfileClass{{Name: "S", Base: size, Retry: migration.GiB, Members: 1}}}
	var written, seen bytes.Buffer
	if err := report.WriteProfiles(&written, all, &classes, report.JSON); err != nil {
		t.Fatal(err)
	}
	if err := report.Write(&seen, &migration.Snapshot{Profiles: all, Classes: classes}, report.Options{Format: report.JSON}); err != nil {
		t.Fatal(err)
	}
	var a, b struct {
		Profiles []map[string]any `json:"profiles"`
		Classes  []map[string]any `json:"classes"`
		Seen     []map[string]any `json:"profile_classes"`
	}
	if err := json.Unmarshal(written.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(seen.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]map[string]any{{a.Profiles[0], b.Profiles[0]}, {a.Classes[0], b.Seen[0]}} {
		for field, want := range pair[0] {
			got, there := pair[1][field]
			_, composed := want.(map[string]any)
			_, list := want.([]any)
			if !there || !composed && !list && got != want {
				t.Errorf("%s is %v in a snapshot (there %t), %v in profiles", field, got, there, want)
			}
		}
		for field := range pair[1] {
			if _, there := pair[0][field]; !there {
				t.Errorf("a snapshot has %s, profiles do not", field)
			}
		}
	}
}
