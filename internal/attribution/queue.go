package attribution

import (
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// Literal returns the one name that the pattern matches, false where it may match
// several.
func (p Pattern) Literal() (string, bool) {
	if p.re != nil || p.IsZero() {
		return "", false
	}
	var b strings.Builder
	for _, t := range p.tokens {
		if t.kind != literal {
			return "", false
		}
		b.WriteString(t.text)
	}
	return b.String(), true
}

// Prefix is what every name that the pattern matches begins with; it may be empty.
func (p Pattern) Prefix() string {
	if p.re != nil || len(p.tokens) == 0 || p.tokens[0].kind != literal {
		return ""
	}
	return p.tokens[0].text
}

// Queue resolves the tenant and workload of a queue matched by a configuration entry;
// false where the entry does not match. They are the entry's where it gives them, else
// what the pattern captures, else known names in the queue's name.
func (a *Attributor) Queue(p Pattern, name string, tenant migration.Tenant, workload migration.Workload) (migration.Attribution, bool) {
	took, ok := p.match(name, a.tenants, a.workloads)
	if !p.IsZero() && !ok {
		return migration.Attribution{}, false
	}
	out := migration.Attribution{Tenant: tenant, Workload: workload}
	switch {
	case tenant != "":
		out.Evidence = migration.Provenance{Source: "configuration", Method: migration.Measured, Coverage: 1}
	case took.tenant != "":
		out.Tenant = migration.Tenant(a.tenants.name(took.tenant))
		out.Evidence = migration.Provenance{Source: "queue name", Method: migration.Derived, Coverage: 1}
	default:
		if known, _, _ := a.tenants.find(name); known != "" {
			out.Tenant = migration.Tenant(known)
			out.Evidence = migration.Provenance{Source: "queue name", Method: migration.Derived, Coverage: 1, Note: "a known tenant's name in it"}
		} else {
			out.Evidence = unattributed
		}
	}
	if out.Workload == "" && took.workload != "" {
		out.Workload = migration.Workload(took.workload)
	}
	if out.Workload == "" {
		out.Workload = migration.Workload(a.workloadOf(&migration.Identity{Platform: migration.ECS, Name: name}, string(out.Tenant)))
	}
	out.Workload = migration.Workload(a.workloads.name(string(out.Workload)))
	return out, true
}

// Tenant is the tenant with this name or alias, or a new tenant of this name.
func (a *Attributor) Tenant(spelling string) migration.Tenant {
	return migration.Tenant(a.tenants.name(spelling))
}
