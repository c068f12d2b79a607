package assess

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Facts are what the rules are applied to.
type Facts struct {
	// TenantView is complete but for its notices and the severities of its figures.
	*migration.TenantView
	// Left says that nothing runs on Lambda any more, so that what was wrong there is past.
	Left bool
	// At is the time of the Snapshot.
	At time.Time
}

// finding is one place where a rule holds.
type finding struct {
	severity migration.Severity
	text     string                // one sentence with its numbers; "" makes no notice
	figures  []*migration.Severity // what it raises, beside the rule's own
}

// Apply judges a tenant: it sets its notices, worst first, and the severity of each figure
// that a rule is about.
func Apply(f Facts) {
	t := f.TenantView
	t.Notices = nil
	for i := range rules {
		r := &rules[i]
		for _, found := range r.judge(r, &f) {
			if r.of != nil {
				found.figures = append(found.figures, r.of(t))
			}
			for _, s := range found.figures {
				*s = max(*s, found.severity)
			}
			if found.text != "" {
				t.Notices = append(t.Notices, migration.Notice{Severity: found.severity, Code: r.code, Text: found.text})
			}
		}
	}
	slices.SortStableFunc(t.Notices, func(a, b migration.Notice) int { return cmp.Compare(b.Severity, a.Severity) })
}

// ApplyTotals gives each figure of the fleet the worst severity that it has at a tenant.
func ApplyTotals(t *migration.Totals, tenants []migration.TenantView) {
	for i := range tenants {
		t.Before.Severity = t.Before.Severity.Worse(tenants[i].Before.Severity)
		t.After.Severity = t.After.Severity.Worse(tenants[i].After.Severity)
	}
}
