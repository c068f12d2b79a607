package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

func TestPlanSaysHowTheMoveGoes(t *testing.T) {
	o := planFixture()
	o.Success = &migration.MoveSuccess{
		From: at, Steps: 14,
		ChangeFailure: migration.SuccessRatio{Ratio: migration.Some(migration.Ratio(0.25)), Failed: 3, N: 12, Open: 2},
		Restore:       migration.SuccessTime{N: 3, Open: 1},
		Weekly:        migration.SuccessRate{Rate: migration.Some(3.5), N: 14, Span: 28 * 24 * time.Hour},
		Lead: migration.SuccessLead{
			Median: migration.Some(36 * time.Hour), N: 9, Planned: migration.Some(24 * time.Hour), Factor: migration.Some(1.5), PlannedN: 6,
		},
	}
	var b bytes.Buffer
	if err := report.WritePlan(&b, o, report.Table); err != nil {
		t.Fatal(err)
	}
	want := `Success of the move, 14 steps of tenants since 21 Nov 2026:
  change failure rate  25 %: 3 of 12 ended steps ended in ROLL BACK or a smaller share; 2 not ended
  time to restore      too few to say: 3 ROLL BACKs, of at least 5; 1 not over
  steps a week         3.5: 14 in 28.0 days
  lead time of a step  36h00 from one step to the next: median of 9; 1.5 times the 24h00 planned, of 6
`
	if !strings.Contains(b.String(), want) {
		t.Errorf("%s", b.String())
	}
	b.Reset()
	if err := report.WritePlan(&b, o, report.JSON); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"success": {`, `"change_failure": {`, `"ratio": 0.25`, `"median_seconds": null`, `"steps_a_week": {`, `"factor": 1.5`,
	} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("no %s in %s", part, b.String())
		}
	}
}
