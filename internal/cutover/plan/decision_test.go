package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/cutover"
)

func TestDecisions(t *testing.T) {
	p := mustParse(t, `plan:
  zone: Europe/Zurich
  decisions:
    - {clear: acme, by: anna, why: "the deploy was rolled back", at: 2026-12-01T10:00}
    - {overrule: globex, by: ben, why: known and harmless, at: 2026-12-01T09:00:00Z, until: 2026-12-01T18:00}
`)
	at := func(hour int) time.Time { return time.Date(2026, 12, 1, hour, 0, 0, 0, time.UTC) }
	want := []Decision{
		{Tenant: "acme", Clear: true, By: "anna", Why: "the deploy was rolled back", At: at(9)},
		{Tenant: "globex", By: "ben", Why: "known and harmless", At: at(9), Until: at(17)},
	}
	if diff := cmp.Diff(want, p.Decisions, samePlan); diff != "" {
		t.Error(diff)
	}
	for i := range p.Decisions {
		if err := cutover.NewWatch().Override(p.Decisions[i].Override()); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(p, mustParse(t, p.YAML(nil)), samePlan); diff != "" {
		t.Errorf("written and read again: %s", diff)
	}
}

func TestDecisionsThatAreRefused(t *testing.T) {
	one := func(s string) string { return "plan:\n  decisions:\n    - {" + s + "}\n" }
	for _, test := range []struct{ text, place, want string }{
		{one("by: anna, why: x, at: 2026-12-01"), "c.yaml:3:7", "does not say what of: clear or overrule"},
		{one("clear: a, overrule: b, by: anna, why: x, at: 2026-12-01"), "c.yaml:3:7", "does not say what of"},
		{one("clear: a, why: x, at: 2026-12-01"), "c.yaml:3:7", "a decision without a name; by: anna"},
		{one("clear: a, by: anna, at: 2026-12-01"), "c.yaml:3:7", "a decision without a reason"},
		{one("clear: a, by: anna, why: x"), "c.yaml:3:7", "a decision without a time"},
		{one("overrule: a, by: anna, why: x, at: 2026-12-01"), "c.yaml:3:7", "a decision to overrule without an end; until:"},
		{one("overrule: a, by: b, why: x, at: 2026-12-01, until: 2026-12-01"), "c.yaml:3:7", "until is not after its at"},
		{one("clear: a, who: b"), "c.yaml:3:18", `unknown key "who"`},
		{one("clear: a, by: b, why: x, at: soon"), "c.yaml:3:37", "plan.decisions.at"},
		{
			"plan:\n  decisions:\n" + strings.Repeat("    - {clear: a, by: b, why: x, at: 2026-12-01}\n", 2), "c.yaml:4:7",
			`"a" again; each decision once; it is already at line 3`,
		},
	} {
		_, issues, err := parse(test.text)
		if err != nil || len(issues) != 1 {
			t.Errorf("%s: %v, %+v", test.text, err, issues)
			continue
		}
		i := issues[0]
		said := i.Path + ": " + i.Found + "; " + i.Want + "; " + i.Hint
		if !strings.Contains(said, test.want) || i.Origin.String() != test.place {
			t.Errorf("%s:\n%s: %s\nwant %s: %s", test.text, i.Origin, said, test.place, test.want)
		}
	}
}

func TestDecisionsThatCannotBe(t *testing.T) {
	p := mustParse(t, `plan:
  waves: [{at: 2026-12-10, tenants: [acme], owners: x}]
  decisions:
    - {clear: acme, by: anna, why: x, at: 2026-12-03}
    - {clear: acne, by: anna, why: x, at: 2026-12-01}
`)
	seen := &Seen{Candidates: []Candidate{{Tenant: "acme"}}, Complete: true}
	var got []string
	for _, f := range p.Check(time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC), seen) {
		if strings.HasPrefix(f.Path, "plan.decisions") {
			got = append(got, f.Place.String()+" "+f.Level.String()+": "+f.Text)
		}
	}
	want := []string{
		"c.yaml:4:7 error: the decision about acme is ahead, at 3 Dec 2026 00:00 UTC", `c.yaml:5:7 error: unknown tenant "acne"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Every number of package cutover can be set, and takes its own default as it is written there.
func TestEveryLimitCanBeSet(t *testing.T) {
	var defaults cutover.Limits
	for i, name := range cutover.LimitNames() {
		unit := Signal(name).Unit()
		if unit == 0 {
			t.Errorf("the plan knows no %s", name)
			continue
		}
		value := map[Unit]string{Percent: "50%", Time: "20m", Count: "7", Factor: "1.5", Switch: "true", Dollars: "0.40"}[unit]
		p := mustParse(t, "plan:\n  waves: [{at: 2026-12-01, tenants: [a], slos: {"+name+": "+value+"}}]\n")
		if name == string(Cost) {
			continue
		}
		var l cutover.Limits
		slo := p.Waves[0].SLOs[0]
		if err := l.Set(cutover.Setting{Name: name, Value: slo.Limit(), From: cutover.FromWave}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := l.Of(cutover.Limit(i)); got == defaults.Of(cutover.Limit(i)) || got.From != cutover.FromWave {
			t.Errorf("%s is %+v", name, got)
		}
	}
	for _, text := range []string{"promote.after: 10s", "failure_rate.margin: 1", "failure_rate.tolerance: 0%"} {
		_, issues, err := parse("plan:\n  slos: {" + text + "}\n")
		if err != nil || len(issues) != 1 || !strings.Contains(issues[0].Want, "a value from") || issues[0].Origin.Line != 2 {
			t.Errorf("%s: %v, %+v", text, err, issues)
		}
	}
}
