package report_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

// movingFleet is a fleet with a wave, a tenant in no wave, one that has not begun, and one that is gone, with their changes in no
// order.
func movingFleet() (*migration.Snapshot, []migration.CutoverRecord) {
	beta := migration.TenantView{Tenant: "beta", Cutover: cutoverOfAcme(at), Verdict: migration.Verdict{
		Decision: migration.Stay,
		Reason:   "cheaper there",
	}}
	beta.Cutover.Word, beta.Cutover.Text, beta.Cutover.Detail.Wave = migration.VerdictPromote, "PROMOTE 20 to 50 %", ""
	beta.Cutover.Detail.Rule, beta.Cutover.Detail.RuleSince = "", time.Time{}
	s := &migration.Snapshot{
		At: at, Scope: migration.Scope{Name: "prod|eu", Region: "eu-west-1", Context: "eks/prod"},
		Tenants: []migration.TenantView{
			beta,
			{Tenant: "acme", Cutover: cutoverOfAcme(at)},
			{Tenant: "later", Cutover: migration.CutoverOf(migration.Verdict{})},
			{Tenant: migration.Unattributed},
		},
		Cutovers: []migration.CutoverWave{waveOfAcme(at)},
	}
	change := func(t migration.Tenant, ago time.Duration, from, to migration.VerdictWord, share float64,
		why string,
	) migration.CutoverRecord {
		return migration.CutoverRecord{
			Tenant: t, At: at.Add(-ago), From: from, Word: to, Text: to.String(), Stage: migration.StageBetween, Wave: "wave 2",
			Owners: []string{"platform"}, Share: migration.Some(migration.Ratio(share)), ShareFrom: "plan", StepAt: at.Add(-ago),
			Reason: why,
			Since:  at.Add(-ago), Before: migration.CutoverSide{Messages: 4000, Failures: 40}, After: migration.CutoverSide{
				Messages: 1000,
				Failures: 90,
			},
			Basis: "messages", HarmE: 2.5, HealthN: -1, Holds: []string{"doubt"},
		}
	}
	return s, []migration.CutoverRecord{
		change("acme", time.Hour, migration.VerdictHold, migration.VerdictRollBack, 0.2, "green fails <b>more</b>\nthan | blue"),
		change("gone", 30*time.Hour, migration.VerdictNone, migration.VerdictHold, 0.05, "not enough evidence"),
		change("acme", 26*time.Hour, migration.VerdictMove, migration.VerdictHold, 0.05, "not enough evidence"),
	}
}

func TestCutoverRecordGoldens(t *testing.T) {
	s, records := movingFleet()
	for _, f := range []report.Format{report.JSON, report.Markdown} {
		golden(t, "cutover."+string(f), written(t, func(w io.Writer) error {
			return report.WriteCutover(w, s, records,
				"the history cannot be read", f)
		}))
	}
}

// The document has every tenant that takes part once, in the order of the waves, its word as the snapshot has it, and its changes
// in the order of time under the names of a snapshot.
func TestCutoverRecordSaysWhoStoodWhereAndWhen(t *testing.T) {
	s, records := movingFleet()
	data := written(t, func(w io.Writer) error { return report.WriteCutover(w, s, records, "", report.JSON) })
	var doc struct {
		Schema  string `json:"schema"`
		At      time.Time
		Waves   []struct{ Name string }
		Tenants []struct {
			Tenant   string
			Verdict  string
			Text     string `json:"verdict_text"`
			Cost     string `json:"cost_verdict"`
			Cutover  map[string]any
			Timeline []struct {
				At      time.Time
				From    string
				Verdict string
				Share   *float64                 `json:"intended_ratio"`
				Reason  string                   `json:"verdict_reason"`
				Jobs    struct{ Messages int64 } `json:"jobs"`
				Harm    float64                  `json:"harm_log10"`
			}
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != report.CutoverSchema || !doc.At.Equal(at) || len(doc.Waves) != 1 || doc.Waves[0].Name != "wave 2" {
		t.Errorf("the document is %s of %s with waves %v", doc.Schema, doc.At, doc.Waves)
	}
	var order []string
	for _, v := range doc.Tenants {
		order = append(order, v.Tenant+" "+v.Verdict)
	}
	if got := strings.Join(order, ", "); got != "acme HOLD, beta PROMOTE, gone no verdict" {
		t.Fatalf("the tenants are %s", got)
	}
	acme := doc.Tenants[0]
	if len(acme.Timeline) != 2 || acme.Timeline[0].Verdict != "HOLD" {
		t.Fatalf("acme's changes are %+v", acme.Timeline)
	}
	last := acme.Timeline[1]
	if last.Verdict != "ROLL BACK" || last.From != "HOLD" || *last.Share != 0.2 || last.Jobs.Messages != 1000 || last.Harm != 2.5 {
		t.Errorf("acme's last change is %+v", last)
	}
	if doc.Tenants[1].Cost != "stay" || doc.Tenants[1].Text != "PROMOTE 20 to 50 %" || doc.Tenants[1].Cutover["stage"] != "between" {
		t.Errorf("beta is %+v", doc.Tenants[1])
	}
}

// What comes from elsewhere neither breaks a table nor formats anything.
func TestCutoverRecordIsPlainMarkdown(t *testing.T) {
	s, records := movingFleet()
	s.Tenants[1].Cutover.Reason = "a|b\n# heading [x](http://evil) `code` <script>\x1b[31m"
	got := string(written(t, func(w io.Writer) error { return report.WriteCutover(w, s, records, "", report.Markdown) }))
	for _, bad := range []string{"\n# heading", "[x](", "<script>", "<b>", "\x1b"} {
		if strings.Contains(got, bad) {
			t.Errorf("the record has %q:\n%s", bad, got)
		}
	}
	columns := 0
	for _, l := range strings.Split(got, "\n") {
		if !strings.HasPrefix(l, "|") {
			columns = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(l, `\|`, ""), "|")
		if columns > 0 && n != columns {
			t.Errorf("a row has %d bars and its head %d: %s", n, columns, l)
		}
		columns = n
	}
}

func TestCutoverRecordOfNothing(t *testing.T) {
	for _, f := range []report.Format{report.JSON, report.Markdown} {
		got := string(written(t, func(w io.Writer) error { return report.WriteCutover(w, &migration.Snapshot{At: at}, nil, "", f) }))
		if f == report.Markdown && !strings.Contains(got,
			"No tenant is in a wave or has a step.") || f == report.JSON && !json.Valid([]byte(got)) {
			t.Errorf("%s: %s", f, got)
		}
	}
}
