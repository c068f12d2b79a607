package migration

import (
	"fmt"
	"strconv"
	"time"
)

// overruleFor is how long a suggested decision overrules a ROLL BACK.
const overruleFor = 4 * time.Hour

// DecisionLines are the lines of the configuration that would clear or overrule the ROLL BACK of a tenant, as YAML under
// plan.decisions. The name and the reason are for the person to fill in; at is when the decision is made.
func DecisionLines(t Tenant, at time.Time) string {
	at = at.UTC().Truncate(time.Minute)
	line := func(kind, why string, until time.Time) string {
		s := fmt.Sprintf("    - {tenant: %s, kind: %s, by: NAME, why: %q, at: %s", strconv.Quote(string(t)), kind, why,
			at.Format(time.RFC3339))
		if !until.IsZero() {
			s += ", until: " + until.Format(time.RFC3339)
		}
		return s + "}\n"
	}
	return "plan:\n  decisions:\n" +
		line("clear", "WHAT WAS REPAIRED", time.Time{}) +
		"    # or keep the share, and HOLD until a time:\n" +
		line("overrule", "WHY IT MAY STAY", at.Add(overruleFor))
}
