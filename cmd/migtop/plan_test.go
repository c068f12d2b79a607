package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/cutover/plan"
)

// The demo has a plan without an error, and its document has what a program needs.
func TestPlanOfTheDemo(t *testing.T) {
	out, errs, code := execute(t, "plan", "--demo", "--seed", "1", "-o", "json")
	if code != exitOK {
		t.Fatalf("%d: %s", code, errs)
	}
	var doc struct {
		Schema   string
		Compared bool `json:"tenants_compared"`
		Pace     struct {
			Samples     int
			Early, Late float64
			Likely      float64 `json:"likely_factor"`
		}
		Waves []struct {
			Name  string
			Done  bool
			Steps []struct {
				Share   float64 `json:"share_ratio"`
				Started *string `json:"started_at"`
				Likely  *string `json:"likely_at"`
			}
			Tenants []struct {
				Tenant   string
				Intended *float64 `json:"intended_ratio"`
				Routed   *float64 `json:"routed_ratio"`
				Next     *float64 `json:"next_ratio"`
			}
		}
		Findings []struct{ Level string }
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != "migtop.plan/v1" || !doc.Compared || len(doc.Waves) != 4 || doc.Pace.Samples < 8 || doc.Pace.Likely <= 0 {
		t.Errorf("%+v", doc)
	}
	pilot, second := doc.Waves[0], doc.Waves[1]
	if !pilot.Done || second.Done || second.Steps[2].Started == nil || second.Steps[3].Likely == nil || second.Steps[3].Started != nil {
		t.Errorf("%+v", second)
	}
	if of := second.Tenants[0]; of.Intended == nil || *of.Intended != 0.5 || of.Next == nil || *of.Next != 1 || of.Routed == nil {
		t.Errorf("%+v", of)
	}
	for _, f := range doc.Findings {
		if f.Level == "error" {
			t.Errorf("the demo's plan has an error: %+v", doc.Findings)
		}
	}
	table, _, _ := execute(t, "plan", "--demo", "--seed", "1")
	for _, want := range []string{"pilot · done · owned by platform", "times as the spread", "  acme           100 %", "month end"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
}

// A suggestion is a configuration: pasted, it has no error in the same demo, and plans whom the plan lacked.
func TestPlanSuggestionCanBePasted(t *testing.T) {
	suggestion, errs, code := execute(t, "plan", "--demo", "--seed", "1", "--suggest")
	if code != exitOK || !strings.Contains(suggestion, `- "marlowe" # cannot stay`) || !strings.Contains(suggestion,
		`#   "yarrow": it costs less`) {
		t.Fatalf("%d: %s\n%s", code, errs, suggestion)
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	// The names by which the demo's functions and Jobs are one tenant.
	text := suggestion + "tenants:\n  - {name: umbrella, aliases: [umbrella-corp]}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := execute(t, "plan", "--demo", "--seed", "1", "--config", file, "--check")
	if code != exitOK || !strings.Contains(out, "0 errors") || strings.Contains(out, "cannot stay") {
		t.Errorf("%d: %s\n%s", code, errs, out)
	}
}

func TestPlanCheckEndsWithACode(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	past := write("past.yaml", "plan:\n  owners: anna\n  waves:\n    - {at: 2020-12-01, tenants: [acme]}\n")
	ahead := write("ahead.yaml", "plan:\n  owners: anna\n  waves:\n    - {at: 2099-12-01, tenants: [acme]}\n")
	broken := write("broken.yaml", "plan:\n  waves:\n    - {at: 2099-12-01, share: 120, tenants: [acme, acme]}\n")
	unknown := write("unknown.yaml", "plan:\n  owners: anna\n  waves:\n    - {at: 2099-12-01, tenants: [amce, umbrella-corp]}\n"+
		"tenants:\n  - {name: umbrella, aliases: [umbrella-corp]}\n")
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--offline", "--check", "--config", past}, exitUsage, "error: " + past +
			":4:7: plan.waves: the whole plan is in the past"},
		{[]string{"--offline", "--check", "-o", "json", "--config", past}, exitUsage, `"level": "error"`},
		{[]string{"--offline", "--config", past}, exitOK, "error: " + past + ":4:7"},
		{
			[]string{"--offline", "--check", "--config", ahead},
			exitOK,
			"1 wave of 1 tenant: 0 errors, 0 warnings; tenants were not compared",
		},
		{[]string{"--offline", "--check", "--config", broken}, exitUsage, broken +
			`:3:31: plan.waves.share: a share of 120 %; expected at most 100 %`},
		{[]string{"--demo", "--check", "--config", unknown}, exitUsage, unknown +
			`:4:34: plan.waves.tenants: unknown tenant "amce"; did you mean acme?`},
		{[]string{"--check", "--suggest"}, exitUsage, "--check and --suggest do not go together"},
		{[]string{"--offline", "--suggest"}, exitUsage, "not with --offline"},
		{[]string{"--offline", "--demo"}, exitUsage, "not with --demo"},
		{[]string{"--suggest", "-o", "json"}, exitUsage, "not with --output"},
		{[]string{"--wave-size", "3"}, exitUsage, "add --suggest"},
		{[]string{"--suggest", "--wave-size", "0"}, exitUsage, "want 1 or more"},
		{[]string{"-o", "csv"}, exitUsage, "use one of table, json, yaml"},
	} {
		out, errs, code := execute(t, append([]string{"plan"}, test.args...)...)
		if code != test.code || !strings.Contains(out+errs, test.want) {
			t.Errorf("%v: %d, want %d\n%s%s\nwant %s", test.args, code, test.code, out, errs, test.want)
		}
	}
}

// What docs/plan.md and docs/configuration.md say of signals and keys is what there is.
func TestDocumentationHasEveryKeyOfThePlan(t *testing.T) {
	data, err := os.ReadFile("../../docs/plan.md")
	if err != nil {
		t.Fatal(err)
	}
	all := append(plan.Signals(), plan.Keys()...)
	for _, word := range slices.Concat(all, []string{"share", "started_at", "one_off", "days", "from", "to"}) {
		if !strings.Contains(string(data), "`"+word+"`") {
			t.Errorf("docs/plan.md says nothing of %s", word)
		}
	}
}
