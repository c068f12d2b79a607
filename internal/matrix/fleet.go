package matrix

import (
	"context"
	"fmt"
	"strings"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/whatif"
	"github.com/migtop/migtop/internal/migration"
)

// Maker makes matrices by one pricer's prices. It is safe for concurrent use.
type Maker struct {
	pricer   *cost.Pricer
	costs    *whatif.Engine
	settings *Settings
}

// New makes a Maker. Nil settings are the defaults.
func New(p *cost.Pricer, s *Settings) *Maker {
	if s == nil {
		s = &Settings{}
	}
	return &Maker{p, whatif.New(p), s}
}

// Which chooses workloads: all of them, those of a tenant, or one.
type Which struct {
	Tenant   migration.Opt[migration.Tenant]
	Workload migration.Opt[migration.Workload]
}

func (w *Which) has(t migration.Tenant, name migration.Workload) bool {
	tenant, ok1 := w.Tenant.Get()
	workload, ok2 := w.Workload.Get()
	return (!ok1 || tenant == t) && (!ok2 || workload == name)
}

// ParseWhich reads TENANT or TENANT/WORKLOAD as one that a Snapshot has; a tenant's own name may hold a slash. The error names
// what there is not.
func ParseWhich(snap *migration.Snapshot, s string) (Which, error) {
	for i := range snap.Tenants {
		if t := snap.Tenants[i].Tenant; t != migration.Unattributed && string(t) == s {
			return Which{Tenant: migration.Some(t)}, nil
		}
	}
	var lacking error
	for i := range snap.Tenants {
		t := &snap.Tenants[i]
		name, ok := strings.CutPrefix(s, string(t.Tenant)+"/")
		if !ok || t.Tenant == migration.Unattributed {
			continue
		}
		var has []string
		for k := range t.Workloads {
			w := t.Workloads[k].Workload
			if string(w) == name {
				return Which{Tenant: migration.Some(t.Tenant), Workload: migration.Some(w)}, nil
			}
			has = append(has, string(w))
		}
		if lacking == nil {
			lacking = fmt.Errorf("tenant %q has no workload %q: it has %s", t.Tenant, name, strings.Join(has, ", "))
		}
	}
	if lacking != nil {
		return Which{}, lacking
	}
	return Which{}, fmt.Errorf("no tenant %q is seen: migtop snapshot lists them", s)
}

// Fleet are the matrices of the workloads of a Snapshot that are chosen, in its order. Work that belongs to no tenant has none.
// The error is ctx's.
func (m *Maker) Fleet(ctx context.Context, snap *migration.Snapshot, of Which) ([]*migration.Matrix, error) {
	costs, err := m.costs.Workloads(ctx, snap)
	if err != nil {
		return nil, err
	}
	var out []*migration.Matrix
	at := 0
	for i := range snap.Tenants {
		t := &snap.Tenants[i]
		for k := range t.Workloads {
			w := &t.Workloads[k]
			one := &costs.Of[at]
			at++
			if t.Tenant == migration.Unattributed || !of.has(t.Tenant, w.Workload) {
				continue
			}
			out = append(out, Of(&Input{snap, t, w, one, costs.Before, m.pricer, m.settings}))
		}
	}
	return out, nil
}

// Tenant are the matrices of one tenant's workloads.
func (m *Maker) Tenant(ctx context.Context, snap *migration.Snapshot, t migration.Tenant) ([]*migration.Matrix, error) {
	return m.Fleet(ctx, snap, Which{Tenant: migration.Some(t)})
}
