package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

func planFixture() *plan.Overview {
	day := func(n int) time.Time { return time.Date(2026, 12, n, 9, 0, 0, 0, time.UTC) }
	p := plan.Plan{
		Owners: []string{"an\x1b[31mna"},
		SLOs:   []plan.SLO{{Signal: plan.LossPath}},
		Waves: []plan.Wave{
			{
				Name: "pilot\u202e", At: day(1), Tenants: plan.Members("ac\x1b]0;me"),
				Steps: []plan.Step{
					{Share: 50, Started: day(1)}, {Share: 2500, Started: day(3)}, {Share: plan.Whole, At: day(4)},
				},
			},
			{Name: "rest", At: day(8), Tenants: plan.Members("globex")},
		},
	}
	seen := &plan.Seen{Complete: true, Candidates: []plan.Candidate{{
		Tenant: "ac\x1b]0;me",
		Routed: migration.Some(migration.Ratio(0.24)),
	}}}
	return p.Overview(day(4), seen)
}

func TestPlanTable(t *testing.T) {
	var b bytes.Buffer
	if err := report.WritePlan(&b, planFixture(), report.Table); err != nil {
		t.Fatal(err)
	}
	want := `The plan on 4 Dec 2026 09:00; times are in UTC.
Pace: 2.0 times as long as planned, from one step; one says nothing of the spread.
The last step is planned for 11 Dec 09:00, and likely on 21 Dec 09:00.

pilot\u202e · at 25 % · owned by an\x1b[31mna
   STEP      PLANNED      STARTED  EARLY       LIKELY  LATE
  0.5 %  1 Dec 09:00  1 Dec 09:00      -            -     -
   25 %  2 Dec 09:00  3 Dec 09:00      -            -     -
  100 %  4 Dec 09:00            -      -  7 Dec 09:00     -
  TENANT       INTENDED        SINCE  ROUTED   NEXT
  ac\x1b]0;me      25 %  3 Dec 09:00    24 %  100 %

rest · owned by an\x1b[31mna
   STEP       PLANNED  STARTED  EARLY        LIKELY  LATE
    5 %   8 Dec 09:00        -      -  15 Dec 09:00     -
   25 %   9 Dec 09:00        -      -  17 Dec 09:00     -
   50 %  10 Dec 09:00        -      -  19 Dec 09:00     -
  100 %  11 Dec 09:00        -      -  21 Dec 09:00     -
  TENANT  INTENDED  SINCE  ROUTED  NEXT
  globex         -      -       -   5 %

Objectives: loss_path at most 0

error: plan.waves.tenants: unknown tenant "globex"; correct the name, or remove it; migtop snapshot lists the tenants
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	if err := report.WritePlanCheck(&b, planFixture()); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.HasPrefix(got, "error: plan.waves.tenants") || !strings.HasSuffix(got,
		"\n2 waves of 2 tenants: 1 error, 0 warnings\n") {
		t.Errorf("%q", got)
	}
}

// JSON and YAML are the same document.
func TestPlanDocument(t *testing.T) {
	var asJSON, asYAML bytes.Buffer
	for f, b := range map[report.Format]*bytes.Buffer{report.JSON: &asJSON, report.YAML: &asYAML} {
		if err := report.WritePlan(b, planFixture(), f); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(b.String(), "\x1b\u202e") {
			t.Errorf("%s has characters that a terminal acts on", f)
		}
	}
	var one, two any
	if err := json.Unmarshal(asJSON.Bytes(), &one); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(asYAML.Bytes(), &two); err != nil {
		t.Fatal(err)
	}
	alike, err := json.Marshal(two) // with numbers as JSON has them
	if err != nil {
		t.Fatal(err)
	}
	two = nil
	if err := json.Unmarshal(alike, &two); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(one, two); diff != "" {
		t.Error(diff)
	}
	if !strings.HasSuffix(asJSON.String(), "}\n") || strings.HasSuffix(asJSON.String(), "\n\n") {
		t.Errorf("%q ends in another way than one line feed", asJSON.String())
	}
}
