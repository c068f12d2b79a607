package whatif

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// WorkloadScenario is what one workload of a tenant costs on each placement.
type WorkloadScenario struct {
	Workload migration.Workload
	migration.TenantScenario
}

// Workloads are the costs of each workload of a Snapshot where it is and elsewhere, with the assumptions of the present.
type Workloads struct {
	Before migration.Placement   // the platform before the move, which the others are compared with
	Shown  []migration.Placement // what is compared, Before first
	Of     []WorkloadScenario    // by tenant in the order of the Snapshot, then in the order of its workloads
	Notes  []string              // assumptions for all of them
}

// Workloads prices each workload as [Engine.Ask] prices a tenant. The only workload of a tenant costs what the tenant does; of
// several, each carries an equal part of the tenant's share of the platform. The error is ctx's.
func (a *Engine) Workloads(ctx context.Context, snap *migration.Snapshot) (*Workloads, error) {
	split := *snap
	split.Tenants = nil
	var names []migration.Workload
	var parts []int64
	for i := range snap.Tenants {
		t := &snap.Tenants[i]
		if len(t.Workloads) == 1 {
			split.Tenants, names, parts = append(split.Tenants, *t), append(names, t.Workloads[0].Workload), append(parts, 1)
			continue
		}
		for k := range t.Workloads {
			split.Tenants, names = append(split.Tenants, alone(t, &t.Workloads[k])), append(names, t.Workloads[k].Workload)
			parts = append(parts, int64(len(t.Workloads)))
		}
	}
	q := a.question(&split)
	present, _ := q.asNow()
	q.present, q.scenario = present, &present
	q.prepare()
	bills := make([]bill, len(split.Tenants))
	for i := range bills {
		if i%askedOften == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		bills[i] = q.read(&split.Tenants[i])
		bills[i].sharers = parts[i]
	}
	q.pool(bills)
	for i := range bills {
		if i%askedOften == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		q.price(&bills[i])
	}
	q.commit(bills)
	out := &Workloads{Before: q.base, Shown: q.placements, Of: make([]WorkloadScenario, len(bills))}
	for i := range bills {
		out.Of[i] = WorkloadScenario{names[i], q.tenant(&bills[i], i)}
	}
	out.Notes = q.notes
	return out, nil
}

// alone is a workload of a tenant as a tenant of its own. What the Snapshot says of the tenant's month says nothing of it, but
// why the tenant is not compared holds for it too.
func alone(t *migration.TenantView, w *migration.WorkloadView) migration.TenantView {
	out := migration.TenantView{
		Tenant: t.Tenant, Before: w.Before, After: w.After, Workloads: []migration.WorkloadView{*w},
		Economics: migration.Economics{Gap: t.Economics.Gap},
	}
	out.Before.Gap, out.After.Gap = t.Before.Gap, t.After.Gap
	for i := range t.Runs {
		if t.Runs[i].Key.Workload == w.Workload {
			out.Runs = append(out.Runs, t.Runs[i])
		}
	}
	return out
}

// share is a bill's part of what its tenant pays of the platform.
func (b *bill) share(of migration.Opt[migration.USD]) migration.Opt[migration.USD] {
	if b.sharers <= 1 {
		return of
	}
	part := decimal.NewFromInt(b.sharers)
	return migration.Map(of, func(u migration.USD) migration.USD { return migration.Dollars(u.Decimal().DivRound(part, cost.Places)) })
}
