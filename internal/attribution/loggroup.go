package attribution

import "github.com/migtop/migtop/internal/migration"

// LogGroup says whose lines go to a log group that an entry of the configuration means,
// false where it is not meant. The tenant and the workload are the entry's where it
// gives them, else what the pattern takes, by the names that are known; nothing else in
// a log group's name tells. No tenant is everybody, no workload all of the tenant's.
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
