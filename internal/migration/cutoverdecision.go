package migration

import (
	"strconv"
	"time"
)

// overruleFor is how long a suggested decision overrules a ROLL BACK.
const overruleFor = 4 * time.Hour

// DecisionLines are the lines of the configuration that would clear or overrule the ROLL BACK of a tenant, as YAML of
// plan.decisions. The name and the reason are for the person to fill in; at is when the decision is made.
func DecisionLines(t Tenant, at time.Time) string {
	at = at.UTC().Truncate(time.Minute)
	name := strconv.Quote(string(t))
	line := func(kind, why string) string {
		return "    - {" + kind + ": " + name + ", by: NAME, why: " + strconv.Quote(why) + ",\n       at: " + at.Format(time.RFC3339)
	}
	return "plan:\n  decisions:\n" +
		line("clear", "WHAT WAS REPAIRED") + "}\n" +
		"    # or keep the share, and HOLD until a time:\n" +
		line("overrule", "WHY IT MAY STAY") + ", until: " + at.Add(overruleFor).Format(time.RFC3339) + "}\n"
}
