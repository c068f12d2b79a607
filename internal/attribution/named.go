package attribution

import "github.com/migtop/migtop/internal/migration"

// Named is the tenant that is meant where something names one outright, as a line of
// a log does: the name that the aliases settle on, or the name itself.
func (a *Attributor) Named(name string) migration.Tenant {
	return migration.Tenant(a.tenants.name(name))
}
