package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/gate"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

func answer(t *testing.T, q *gate.Question) *gate.Result {
	t.Helper()
	r, err := gate.Ask(full(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func verdicts(t *testing.T, r *gate.Result, f report.Format) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteVerdicts(&b, r, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The page of one tenant has every number, threshold and decision; the table a row each.
func TestVerdictsForPeople(t *testing.T) {
	for name, q := range map[string]*gate.Question{
		"verdict-page.txt":  {Tenant: "acme", Complete: true},
		"verdict-table.txt": {},
		"verdict-wave.txt":  {Wave: "wave 2", Share: migration.Some(migration.Ratio(0.2)), Complete: true},
	} {
		got, file := verdicts(t, answer(t, q), report.Table), "testdata/"+name
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
		if strings.ContainsAny(got, "\x1b\u202e") {
			t.Errorf("%s has what a terminal acts on", name)
		}
	}
}

// The keys of a tenant are those of the Snapshot, with the same values, and YAML is the same document.
func TestVerdictDocumentHasTheKeysOfTheSnapshot(t *testing.T) {
	r := answer(t, &gate.Question{Tenant: "acme"})
	text := verdicts(t, r, report.JSON)
	var got, snapshot, again map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.Write(&b, full(), report.Options{Format: report.JSON}); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b.Bytes(), &snapshot); err != nil {
		t.Fatal(err)
	}
	of := snapshot["tenants"].([]any)[0].(map[string]any)
	tenant := got["tenants"].([]any)[0].(map[string]any)
	for _, key := range []string{
		"tenant", "verdict", "verdict_text", "verdict_reason", "cutover", "cost_verdict", "cost_verdict_reason",
	} {
		if diff := cmp.Diff(of[key], tenant[key]); diff != "" || tenant[key] == nil {
			t.Errorf("%s: %s", key, diff)
		}
	}
	if cutover := tenant["cutover"].(map[string]any); cutover["lambda"] == nil || cutover["jobs"] == nil || cutover["signals"] == nil {
		t.Errorf("%v", cutover)
	}
	for _, key := range []string{"move", "window", "cutover_waves", "at"} {
		if diff := cmp.Diff(snapshot[key], got[key]); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	for key, want := range map[string]any{
		"schema": report.VerdictSchema, "gate": "hold", "exit_code": 10.0, "asked_ratio": nil, "complete": false,
	} {
		if got[key] != want {
			t.Errorf("%s is %v", key, got[key])
		}
	}
	if err := yaml.Unmarshal([]byte(verdicts(t, r, report.YAML)), &again); err != nil {
		t.Fatal(err)
	}
	one, _ := json.Marshal(got)
	two, _ := json.Marshal(again)
	if diff := cmp.Diff(string(one), string(two)); diff != "" {
		t.Error(diff)
	}
}
