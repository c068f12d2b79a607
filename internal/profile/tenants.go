package profile

import (
	"iter"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// tenants are the learners of a workload. Most workloads have one tenant, for which a map
// would take more memory than the learner; there may be hundreds of thousands of workloads.
type tenants struct {
	only *learner // the first
	more map[migration.Tenant]*learner
}

// of is the learner of a tenant, nil where there is none.
func (t *tenants) of(tenant migration.Tenant) *learner {
	if t.only != nil && t.only.tenant == tenant {
		return t.only
	}
	return t.more[tenant]
}

func (t *tenants) add(l *learner) {
	if t.only == nil {
		t.only = l
		return
	}
	if t.more == nil {
		t.more = map[migration.Tenant]*learner{}
	}
	t.more[l.tenant] = l
}

func (t *tenants) len() int {
	if t.only == nil {
		return 0
	}
	return 1 + len(t.more)
}

// all goes through the learners in no order.
func (t *tenants) all() iter.Seq[*learner] {
	return func(yield func(*learner) bool) {
		if t.only == nil || !yield(t.only) {
			return
		}
		for _, l := range t.more {
			if !yield(l) {
				return
			}
		}
	}
}

// names are the tenants, sorted.
func (t *tenants) names() []migration.Tenant {
	names := make([]migration.Tenant, 0, t.len())
	for l := range t.all() {
		names = append(names, l.tenant)
	}
	slices.Sort(names)
	return names
}
