package attribution

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// What it takes for a repeated structure of function names to be believed: that
// many tenants share a workload's name, and that many workloads are shared.
const (
	tenantsPerWorkload = 3
	sharedWorkloads    = 2
)

// The two structures that are looked for.
const (
	tenantFirst   = "{tenant}-{workload}"
	workloadFirst = "{workload}-{tenant}"
)

// Learn returns an Attributor that also knows the tenants and workloads of these
// identities, so that names can be read:
//
//   - Tenants that a rule, label, annotation or tag names, on either platform, are
//     searched for in the names of everything else.
//   - In function names that are still unattributed, a repeated structure shows the
//     tenants: "{tenant}-{workload}" or "{workload}-{tenant}", with or without a stage
//     at the end. At least 2 workloads must be shared by at least 3 tenants each, and
//     there must be more tenants than workloads.
//
// The result depends on the set of identities only, not on their order. Call it before
// the first poll and keep the result: an Attributor that changes while figures are kept
// would count work under two names.
func (a *Attributor) Learn(ids []migration.Identity) *Attributor {
	if a.discover != DiscoverNames {
		return a
	}
	tenants, workloads := map[string]bool{}, map[string]bool{}
	for _, id := range ids {
		got := a.Attribute(id)
		if got.Tenant == migration.Unattributed {
			continue
		}
		tenants[string(got.Tenant)] = true
		if w, _ := wellKnown(&id, WorkloadKeys[:]); w != "" {
			workloads[a.workloads.name(w)] = true
		}
	}
	learnt := a.knowing(tenants, workloads)

	var names []string
	for _, id := range ids {
		if id.Platform == migration.Lambda && learnt.Attribute(id).Tenant == migration.Unattributed {
			names = append(names, trimEndings(id.Name))
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	g, ok := findGrid(names)
	if !ok {
		return learnt
	}
	out := learnt.knowing(g.tenants, g.workloads)
	out.learnt = map[string]string{}
	for t := range g.tenants {
		out.learnt[t] = fmt.Sprintf("function names repeat as %s for %d tenants", g.form, len(g.tenants))
	}
	return out
}

// knowing returns a copy that knows more names.
func (a *Attributor) knowing(tenants, workloads map[string]bool) *Attributor {
	b := *a
	b.tenants = a.tenants.with(slices.Sorted(maps.Keys(tenants)))
	b.workloads = a.workloads.with(slices.Sorted(maps.Keys(workloads)))
	return &b
}

// grid is a set of names that are made of each tenant with each workload.
type grid struct {
	form               string
	tenants, workloads map[string]bool
}

// findGrid looks for the structure in both orders. Where both are there, the one
// with more tenants is meant; where they tie, nothing is.
func findGrid(names []string) (grid, bool) {
	first, okFirst := gridOf(names, tenantFirst, func(name string) (string, string, bool) {
		at := strings.IndexFunc(name, isSeparator)
		if at <= 0 || at == len(name)-1 {
			return "", "", false
		}
		return name[:at], name[at+1:], true
	})
	last, okLast := gridOf(names, workloadFirst, func(name string) (string, string, bool) {
		at := strings.LastIndexFunc(name, isSeparator)
		if at <= 0 || at == len(name)-1 {
			return "", "", false
		}
		return name[at+1:], name[:at], true
	})
	switch {
	case okFirst && okLast && len(first.tenants) == len(last.tenants):
		return grid{}, false
	case okFirst && (!okLast || len(first.tenants) > len(last.tenants)):
		return first, true
	case okLast:
		return last, true
	}
	return grid{}, false
}

func gridOf(names []string, form string, split func(string) (tenant, workload string, ok bool)) (grid, bool) {
	sharedBy := map[string]map[string]bool{} // workload -> tenants
	for _, n := range names {
		tenant, workload, ok := split(n)
		if !ok {
			continue
		}
		if sharedBy[workload] == nil {
			sharedBy[workload] = map[string]bool{}
		}
		sharedBy[workload][tenant] = true
	}
	g := grid{form: form, tenants: map[string]bool{}, workloads: map[string]bool{}}
	for workload, tenants := range sharedBy {
		if len(tenants) < tenantsPerWorkload {
			continue
		}
		g.workloads[workload] = true
		maps.Copy(g.tenants, tenants)
	}
	if len(g.workloads) < sharedWorkloads || len(g.tenants) <= len(g.workloads) {
		return grid{}, false
	}
	// Tenants whose names have several words, and those that share no more than one
	// workload, are recognized by the workload's name, the longest that fits.
	longest := slices.SortedFunc(maps.Keys(g.workloads), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	cut := strings.CutSuffix
	if form == workloadFirst {
		cut = strings.CutPrefix
	}
	for _, n := range names {
		for _, w := range longest {
			rest, ok := cut(n, w)
			if tenant := strings.TrimFunc(rest, isSeparator); ok && tenant != "" && tenant != rest {
				g.tenants[tenant] = true
				break
			}
		}
	}
	return g, true
}
