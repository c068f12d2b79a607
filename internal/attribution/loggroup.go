package attribution

import "github.com/migtop/migtop/internal/migration"

// LogGroup resolves the tenant and workload of a log group matched by a configuration
// entry; false where the entry does not match. They are the entry's where it gives them,
// else what the pattern captures, mapped to known names. Nothing else in a log group's
// name is used. No tenant means all tenants, no workload all of the tenant's workloads.
func (a *Attributor) LogGroup(p Pattern, name string, tenant migration.Tenant, workload migration.Workload) (migration.Key, bool) {
	took, ok := p.match(name, a.tenants, a.workloads)
	if !p.IsZero() && !ok {
		return migration.Key{}, false
	}
	key := migration.Key{Platform: migration.Jobs, Tenant: tenant, Workload: workload}
	if tenant == "" && took.tenant != "" {
		key.Tenant = migration.Tenant(a.tenants.name(took.tenant))
	}
	if workload == "" && took.workload != "" {
		key.Workload = migration.Workload(took.workload)
	}
	key.Workload = migration.Workload(a.workloads.name(string(key.Workload)))
	return key, true
}
