package assess

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// TenantFacts are what the rules are applied to: the facts of one tenant.
type TenantFacts struct {
	// TenantView is complete but for its notices and the severities of its figures.
	*migration.TenantView
	// Left says that nothing runs before the move any more, so that what was wrong there is past.
	Left bool
	// At is the time of the Snapshot.
	At time.Time
	// History is for when conditions began; nil where that is not asked.
	History *History
}

// sides describe the platforms of the two sides.
func (f *TenantFacts) sides() (before, after migration.PlatformInfo) {
	infos := f.move().Infos()
	return infos[0], infos[1]
}

func (f *TenantFacts) move() migration.Move {
	if f.Before.Platform != 0 && f.After.Platform != 0 {
		return migration.Move{Before: f.Before.Platform, After: f.After.Platform}
	}
	return migration.DefaultMove
}

func (f *TenantFacts) before() migration.Platform {
	before, _ := f.sides()
	return before.ID
}

func (f *TenantFacts) after() migration.Platform {
	_, after := f.sides()
	return after.ID
}

// finding is one place where a rule holds.
type finding struct {
	severity migration.Severity
	text     string                // one sentence with its numbers; "" makes no notice
	figures  []*migration.Severity // what it raises, apart from the rule's own
	about    string                // which of several findings of the rule
	since    since                 // where the rule has no began
}

// Apply judges a tenant: it sets its notices, worst first, and the severity of each figure
// that a rule is about. It returns the conditions of which the data do not say when they
// began, so that the caller can keep when it first saw them.
func Apply(f TenantFacts) (seen []Condition) {
	t := f.TenantView
	t.Notices = nil
	move := f.move()
	infos := move.Infos()
	for i := range rules {
		r := &rules[i]
		if !r.applies(&infos) {
			continue
		}
		for _, found := range r.judge(r, &f) {
			if r.of != nil {
				found.figures = append(found.figures, r.of(t))
			}
			for _, s := range found.figures {
				*s = max(*s, found.severity)
			}
			if found.text == "" {
				continue
			}
			n := migration.Notice{
				Severity: found.severity, Code: move.Fill(r.code), Text: found.text, About: found.about, Figure: move.Fill(r.figure),
			}
			if r.began != nil && found.since.at.IsZero() {
				found.since = r.began(r, &f)
			}
			if found.since.at.IsZero() {
				c := Condition{t.Tenant, n.Code, found.about}
				seen = append(seen, c)
				found.since = f.firstSeen(c)
			}
			if !found.since.at.IsZero() {
				n.Since, n.SinceBasis = migration.Some(found.since.at), found.since.basis
			}
			t.Notices = append(t.Notices, n)
		}
	}
	slices.SortStableFunc(t.Notices, func(a, b migration.Notice) int { return cmp.Compare(b.Severity, a.Severity) })
	return seen
}

// firstSeen is when a condition was first seen: now, unless it was seen before. It is
// unknown where nobody keeps that.
func (f *TenantFacts) firstSeen(c Condition) since {
	if f.History == nil {
		return since{}
	}
	at, ok := f.History.Seen[c]
	if !ok {
		at = f.At
	}
	return since{at, migration.SinceFirstSeen}
}

// ApplyTotals gives each figure of the fleet the worst severity that it has at a tenant.
func ApplyTotals(t *migration.Totals, tenants []migration.TenantView) {
	for i := range tenants {
		t.Before.Severity = t.Before.Severity.Worse(tenants[i].Before.Severity)
		t.After.Severity = t.After.Severity.Worse(tenants[i].After.Severity)
	}
}

// ApplyPrices judges the age of the prices.
func ApplyPrices(p *migration.Prices) { p.Severity = stalePrices.at(float64(p.AgeDays)) }
