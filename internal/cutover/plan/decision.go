package plan

import (
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Override is the decision as package cutover takes it.
func (d *Decision) Override() cutover.Override {
	kind := cutover.Overruled
	if d.Clear {
		kind = cutover.Cleared
	}
	return cutover.Override{Kind: kind, Who: d.By, Why: d.Why, At: d.At, Until: d.Until}
}

// decisions reads what people decided.
func (r *reader) decisions(f field) {
	const form = "a list of decisions, such as - {clear: acme, by: anna, why: bad deploy, at: 2026-12-01T10:00}"
	for _, n := range r.Items(f.value, f.path, form) {
		before := len(r.Issues)
		d := r.decision(n, f.path)
		if len(r.Issues) > before {
			continue
		}
		for i := range r.plan.Decisions {
			if o := r.plan.Decisions[i]; o.Override() == d.Override() && o.Tenant == d.Tenant {
				r.again(d.Place, f.path, string(d.Tenant), "each decision once", o.Place)
			}
		}
		if len(r.Issues) == before {
			r.plan.Decisions = append(r.plan.Decisions, d)
		}
	}
}

func (r *reader) decision(n yamldoc.Node, path string) Decision {
	d := Decision{Place: r.At(n)}
	kinds := 0
	tenant := func(f field) {
		s, _ := r.name(f.value, f.path)
		d.Tenant = migration.Tenant(s)
		kinds++
	}
	before := len(r.Issues)
	r.fields(n, path, map[string]func(field){
		"clear": func(f field) {
			tenant(f)
			d.Clear = true
		},
		"overrule": tenant,
		"by":       func(f field) { d.By, _ = r.name(f.value, f.path) },
		"why":      func(f field) { d.Why, _ = r.name(f.value, f.path) },
		"at":       func(f field) { d.At = r.time(f, r.plan.Zone, false) },
		"until":    func(f field) { d.Until = r.time(f, r.plan.Zone, true) },
	})
	if len(r.Issues) > before {
		return d
	}
	lacks := func(what, want string) { r.Add(d.Place, path, "a decision "+what, want, "") }
	switch {
	case kinds != 1:
		lacks("that does not say what of: clear or overrule", "clear: acme, or overrule: acme")
	case d.By == "":
		lacks("without a name", "by: anna")
	case d.Why == "":
		lacks("without a reason", "why: the deploy was rolled back")
	case d.At.IsZero():
		lacks("without a time", "at: 2026-12-01T10:00")
	case d.Until.IsZero() && !d.Clear:
		lacks("to overrule without an end", "until: 2026-12-01T18:00")
	case !d.Until.IsZero() && !d.Until.After(d.At):
		lacks("whose until is not after its at", "a later until")
	}
	return d
}

// decisionFields are a decision as it is written.
func (p *Plan) decisionFields(d *Decision) []string {
	kind := "overrule: "
	if d.Clear {
		kind = "clear: "
	}
	out := []string{
		kind + yamldoc.Quote(string(d.Tenant)), "by: " + yamldoc.Quote(d.By), "why: " + yamldoc.Quote(d.Why), "at: " + p.time(d.At),
	}
	if !d.Until.IsZero() {
		out = append(out, "until: "+p.time(d.Until))
	}
	return out
}

// decisions finds decisions that lie ahead, and those of tenants that no source knows.
func (c *checker) decisions() {
	for i := range c.Decisions {
		d := &c.Decisions[i]
		if d.At.After(c.now.Add(time.Minute)) {
			c.add(Error, d.Place, "plan.decisions.at", "write when it was decided", "the decision about %s is ahead, at %s", d.Tenant,
				c.Zone.text(d.At))
		}
		if c.seen != nil {
			c.exists(d.Tenant, d.Place, "plan.decisions")
		}
	}
}
