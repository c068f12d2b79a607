package migration

import (
	"strings"
	"testing"
	"time"
)

func TestDecisionLines(t *testing.T) {
	at := time.Date(2026, 3, 14, 11, 34, 42, 0, time.FixedZone("CET", 3600))
	got := DecisionLines(`ac"me`, at)
	want := `plan:
  decisions:
    - {clear: "ac\"me", by: NAME, why: "WHAT WAS REPAIRED",
       at: 2026-03-14T10:34:00Z}
    # or keep the share, and HOLD until a time:
    - {overrule: "ac\"me", by: NAME, why: "WHY IT MAY STAY",
       at: 2026-03-14T10:34:00Z, until: 2026-03-14T14:34:00Z}
`
	if got != want {
		t.Errorf("the lines are\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(got, "\t") {
		t.Error("YAML takes no tabs")
	}
}
