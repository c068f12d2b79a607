// Package whatif calculates what a fleet would cost elsewhere: each tenant's work of a
// Snapshot on Lambda, on nodes, on EKS Fargate and on ECS Fargate, under a
// [migration.Scenario]. Package cost prices it.
//
// It is pure, as package cost is.
package whatif

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// Engine answers what-if questions by one pricer's prices. It is immutable and safe
// for concurrent use.
type Engine struct{ p *cost.Pricer }

// New makes an Engine.
func New(p *cost.Pricer) *Engine { return &Engine{p} }

// hoursPerMonth is [cost.HoursPerMonth].
var hoursPerMonth = decimal.New(cost.HoursPerMonth, 0)

var hundred = decimal.New(100, 0)

// askedOften is after how many tenants ctx is checked.
const askedOften = 256

// Ask calculates the fleet of a Snapshot under a scenario; nil is the present. The error is
// ctx's, or names the setting that is out of its range.
func (a *Engine) Ask(ctx context.Context, snap *migration.Snapshot, s *migration.Scenario) (*migration.WhatIf, error) {
	q := &question{Engine: a, snap: snap, region: regionOf(snap)}
	out := &migration.WhatIf{Version: snap.Version, Nodes: a.nodeChoices(q.region)}
	out.AsNow = q.asNow()
	out.Scenario = out.AsNow
	if s != nil {
		out.Scenario = *s
	}
	if err := check(&out.Scenario); err != nil {
		return nil, err
	}
	q.scenario = &out.Scenario
	q.prepare()

	bills := make([]bill, len(snap.Tenants))
	for i := range snap.Tenants {
		if i%askedOften == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		bills[i] = q.read(&snap.Tenants[i])
	}
	q.pool(bills)
	out.Tenants = make([]migration.TenantScenario, len(bills))
	for i := range bills {
		if i%askedOften == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		q.price(&bills[i])
	}
	q.commit(bills)
	for i := range bills {
		out.Tenants[i] = q.tenant(&bills[i])
		if bills[i].view.Tenant != migration.Unattributed {
			out.Words[out.Tenants[i].Verdict.Decision]++
		}
	}
	out.Fleet = q.fleet(bills)
	out.Order = bySaving(out.Tenants)
	out.Notes = q.notes
	return out, nil
}

func bySaving(ts []migration.TenantScenario) []int {
	order := make([]int, len(ts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		a, ok1 := ts[x].Saving.Value.Get()
		b, ok2 := ts[y].Saving.Value.Get()
		if ok1 != ok2 {
			if ok1 {
				return -1
			}
			return 1
		}
		return cmp.Or(b.Cmp(a), cmp.Compare(ts[x].Tenant, ts[y].Tenant))
	})
	return order
}

// question is one Ask under way.
type question struct {
	*Engine
	snap     *migration.Snapshot
	region   string // of the cluster
	scenario *migration.Scenario
	notes    []string

	lambda map[migration.RegionArch]*pool
	jobs   [migration.NumPlacements]rates
	// factor is what a dollar of on-demand compute costs under the commitment with the
	// whole fleet in that placement, and idle the unused part of the commitment a month.
	factor [migration.NumPlacements]decimal.Decimal
	idle   [migration.NumPlacements]decimal.Decimal
	// platform is the platform's month; parts how many share it.
	platform migration.Opt[migration.USD]
	parts    int64
}

func (q *question) note(texts ...string) {
	for _, text := range texts {
		if text != "" && !slices.Contains(q.notes, text) {
			q.notes = append(q.notes, text)
		}
	}
}

// regionOf is where the cluster is, or else what migtop looks at.
func regionOf(snap *migration.Snapshot) string {
	if c := snap.Cluster; c != nil && c.Region != "" {
		return c.Region
	}
	return snap.Scope.Region
}

// prepare reads the prices that hold for every tenant.
func (q *question) prepare() {
	q.note("months are of 730 h at the pace of the window")
	q.note("nodes are priced by each pod's dominant share of one, and what is idle of them is shared out with it")
	q.note("Lambda is priced without the free tier")
	q.lambda = map[migration.RegionArch]*pool{}
	q.jobs[migration.OnNodes] = q.jobRates(migration.HostEC2)
	q.jobs[migration.OnEKSFargate] = q.jobRates(migration.HostFargate)
	q.jobs[migration.OnECSFargate] = q.jobRates(migration.HostECSFargate)
	q.platform = migration.Map(q.snap.Totals.Platform.Value, func(u migration.USD) migration.USD { return u.Mul(hoursPerMonth) })
	q.parts = int64(max(q.snap.Totals.Tenants, 1))
}

// fixed is a tenant's monthly share of the platform in a placement; the fleet's with
// whole.
func (q *question) fixed(h migration.Placement, whole bool) migration.Opt[migration.USD] {
	if h == migration.OnLambda || h == migration.OnECSFargate {
		return migration.Some(migration.USD{}) // no cluster
	}
	share, stated := q.scenario.Share.Get()
	switch {
	case stated && share == 0:
		return migration.Some(migration.USD{})
	case whole:
		return q.platform
	case stated:
		return migration.Map(q.platform, func(u migration.USD) migration.USD { return u.Mul(percent(share)) })
	}
	return migration.Map(q.platform, func(u migration.USD) migration.USD { return cost.Per(u, decimal.NewFromInt(q.parts)) })
}

// commit spends the Savings Plan's hour on the fleet in each placement, and sets what a
// dollar of compute then costs there. With the whole fleet in one placement there is one
// kind of usage.
func (q *question) commit(bills []bill) {
	s := q.scenario
	for h := range migration.NumPlacements {
		q.factor[h] = q.kept(h)
		if s.Plan == "" || s.Commitment.Sign() <= 0 {
			continue
		}
		var month decimal.Decimal
		for i := range bills {
			if at := &bills[i].on[h]; at.problem == "" {
				month = month.Add(at.compute)
			}
		}
		hour := migration.Dollars(month.DivRound(hoursPerMonth, cost.Places))
		after := cost.Commit(s.Commitment, []cost.Usage{{OnDemand: hour, Discount: q.discount(h)}})
		if hour.Sign() > 0 {
			q.factor[h] = after.Total.Decimal().DivRound(hour.Decimal(), cost.Places)
		} else {
			q.idle[h] = after.Total.Decimal().Mul(hoursPerMonth)
		}
	}
}

// kept is what a dollar of compute costs in a placement before the scenario's plan: on
// Lambda, without a plan, what the configured coverage leaves of it.
func (q *question) kept(h migration.Placement) decimal.Decimal {
	keep := decimal.New(1, 0)
	if h != migration.OnLambda || q.scenario.Plan != "" {
		return keep
	}
	keep, rates, err := q.p.Kept(q.region)
	switch {
	case err != nil:
		q.note(err.Error())
	case len(rates) > 0:
		q.note("Lambda's compute is covered as the configuration says, until a plan is chosen here")
	}
	return keep
}

// discount is what the plan takes off compute in a placement.
func (q *question) discount(h migration.Placement) decimal.Decimal {
	switch h {
	case migration.OnNodes:
		return percent(q.scenario.NodeDiscount)
	case migration.OnEKSFargate, migration.OnECSFargate:
		return percent(q.scenario.FargateDiscount)
	}
	r, err := q.p.Rate("savings_plan.compute.lambda."+q.scenario.Plan, q.region)
	if err != nil {
		q.note(fmt.Sprintf("the plan's discount on Lambda is unknown and counted as none: %v", err))
		return decimal.Decimal{}
	}
	q.note(r.Note())
	return r.Value
}

func percent(n int) decimal.Decimal { return decimal.New(int64(n), -2) }
