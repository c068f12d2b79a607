// Package whatif calculates what a fleet would cost elsewhere: each tenant's work of a
// Snapshot on the platform before the move, on nodes, on EKS Fargate, on ECS and on Lambda,
// under a [migration.Scenario]. Package cost prices it.
//
// It is pure, as package cost is.
package whatif

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// Engine answers what-if questions by one pricer's prices. It is safe for concurrent use.
type Engine struct {
	p *cost.Pricer

	mu         sync.Mutex
	nodes      map[string][]migration.NodeChoice // by region: the book has hundreds of types
	baselineOf *migration.Snapshot               // whose work is priced as it is
	baselines  [migration.NumPlacements][]decimal.Decimal
}

// New makes an Engine.
func New(p *cost.Pricer) *Engine { return &Engine{p: p, nodes: map[string][]migration.NodeChoice{}} }

// hoursPerMonth is [cost.HoursPerMonth].
var hoursPerMonth = decimal.New(cost.HoursPerMonth, 0)

var hundred = decimal.New(100, 0)

// askedOften is after how many tenants ctx is checked.
const askedOften = 256

// Ask calculates the fleet of a Snapshot under a scenario; nil is the present. The error is
// ctx's, or names the setting that is out of its range.
func (a *Engine) Ask(ctx context.Context, snap *migration.Snapshot, s *migration.Scenario) (*migration.WhatIf, error) {
	q := a.question(snap)
	out := &migration.WhatIf{Version: snap.Version, Nodes: a.nodeChoices(q.region), Before: q.base, Shown: q.placements}
	out.AsNow, out.Pool = q.asNow()
	q.present = out.AsNow
	out.Scenario = out.AsNow
	if s != nil {
		out.Scenario = *s
	}
	if err := q.check(&out.Scenario); err != nil {
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
	for _, h := range [...]migration.Placement{q.base, q.now} {
		if !q.unchanged(h) {
			q.baselines[h] = a.baseline(q, h, bills)
		}
	}
	for i := range bills {
		if i%askedOften == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out.Tenants[i] = q.tenant(&bills[i], i)
		if bills[i].view.Tenant != migration.Unattributed {
			out.Words[out.Tenants[i].Verdict.Decision]++
		}
	}
	q.fleet(bills, out)
	out.Rest = q.rest(out)
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
	p        *cost.Pricer // the Engine's, with the Spot prices of the Snapshot
	snap     *migration.Snapshot
	region   string // of the cluster
	move     migration.Move
	base     migration.Placement // before the move: what all is compared with
	now      migration.Placement // where the work goes after the move
	ecs      bool                // ECS is a side of the move
	scenario *migration.Scenario
	notes    []string
	present  migration.Scenario // the one of the present
	// baselines are those of the placements of which the scenario assumes something else.
	baselines [migration.NumPlacements][]decimal.Decimal
	// placements are what is compared, the base first.
	placements []migration.Placement

	lambda map[migration.RegionArch]*pool
	jobs   [migration.NumPlacements]rates
	// startUp is what half of the fleet's runs take to start on a platform.
	startUp [migration.LastPlatform + 1]time.Duration
	// factor is what a dollar of on-demand compute costs under the commitment with the
	// whole fleet in that placement, and idle the unused part of the commitment a month.
	factor [migration.NumPlacements]decimal.Decimal
	idle   [migration.NumPlacements]decimal.Decimal
	// platform is the platform's month; parts how many share it.
	platform migration.Opt[migration.USD]
	parts    int64
}

func (a *Engine) question(snap *migration.Snapshot) *question {
	q := &question{Engine: a, p: a.p.WithSpot(snap.Prices.Spot), snap: snap, region: regionOf(snap), move: snap.Move.OrDefault()}
	q.base, q.ecs = q.placementOf(q.move.Before), q.move.Has(migration.ECS)
	q.now = q.placementOf(q.move.After)
	q.placements = q.shown()
	return q
}

// placementOf is where the work of a platform of the move runs now. Jobs are on nodes unless
// the cluster has none of EC2.
func (q *question) placementOf(p migration.Platform) migration.Placement {
	switch p {
	case migration.Lambda:
		return migration.OnLambda
	case migration.ECS:
		return migration.OnECS
	}
	after := q.sides(&q.snap.Totals.Before, &q.snap.Totals.After).jobs
	if len(q.snap.Totals.Nodes) == 0 && after != nil && after.Parts.Fargate.Sign() > 0 {
		return migration.OnEKSFargate
	}
	return migration.OnNodes
}

// shown are the placements that are compared, the one before the move first and the one after
// it next.
func (q *question) shown() []migration.Placement {
	out := []migration.Placement{q.base}
	for _, h := range [...]migration.Placement{
		q.now, migration.OnNodes, migration.OnEKSFargate, migration.OnECSFargate, migration.OnECS, migration.OnLambda,
	} {
		if (h != migration.OnECS || q.ecs) && !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
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
	q.note("months are at the pace of the window: 30.4375 days of runs, and 730 h of what costs by the hour")
	if q.ecs {
		q.note("ECS is as its tasks run now; ECS Fargate is all of them on Fargate, on the architecture and with the Spot share of Jobs")
	}
	q.note("nodes are priced by each pod's dominant share of one, and what is idle of them is shared out with it")
	q.note("Lambda is priced without the free tier")
	q.lambda = map[migration.RegionArch]*pool{}
	q.jobs[migration.OnNodes] = q.jobRates(migration.HostEC2)
	q.jobs[migration.OnEKSFargate] = q.jobRates(migration.HostFargate)
	q.jobs[migration.OnECSFargate] = q.jobRates(migration.HostECSFargate)
	if q.ecs {
		q.jobs[migration.OnECS] = q.asNowOnECS()
	}
	fleet := q.sides(&q.snap.Totals.Before, &q.snap.Totals.After)
	for p, s := range map[migration.Platform]*migration.Side{migration.Jobs: fleet.jobs, migration.ECS: cmp.Or(fleet.ecs, fleet.jobs)} {
		if s != nil {
			median, _ := s.StartUp.Quantile(0.5).Get()
			q.startUp[p] = median.High
		}
	}
	q.parts = int64(max(q.snap.Totals.Tenants, 1))
	q.platform = q.platformMonth()
}

// fixed is a tenant's monthly share of the platform in a placement.
func (q *question) fixed(h migration.Placement) migration.Opt[migration.USD] {
	share, stated := q.scenario.Share.Get()
	switch {
	case h.Platform() != migration.Jobs, stated && share == 0:
		return migration.Some(migration.USD{}) // no cluster, or one that is there anyway
	case stated:
		return migration.Map(q.platform, func(u migration.USD) migration.USD { return u.Mul(percent(share)) })
	}
	return migration.Map(q.platform, func(u migration.USD) migration.USD { return cost.Per(u, decimal.NewFromInt(q.parts)) })
}

// commit spends the Savings Plan's hour on the fleet in each placement, and sets what a
// dollar of compute then costs there. With the whole fleet in one placement there is one
// kind of usage, but for ECS as it is.
func (q *question) commit(bills []bill) {
	s := q.scenario
	for h := range migration.NumPlacements {
		q.factor[h] = q.kept(h)
		if s.Plan == "" || s.Commitment.Sign() <= 0 {
			continue
		}
		var month, nodes decimal.Decimal
		for i := range bills {
			if at := &bills[i].on[h]; at.known() {
				month, nodes = month.Add(at.compute), nodes.Add(at.nodes)
			}
		}
		hour := migration.Dollars(month.DivRound(hoursPerMonth, cost.Places))
		usage := []cost.Usage{{OnDemand: hour, Discount: q.discount(h)}}
		if nodes.IsPositive() { // ECS has both
			on := migration.Dollars(nodes.DivRound(hoursPerMonth, cost.Places))
			usage[0].OnDemand = hour.Sub(on)
			usage = append(usage, cost.Usage{OnDemand: on, Discount: q.discount(migration.OnNodes)})
		}
		after := cost.Commit(s.Commitment, usage)
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
	case migration.OnEKSFargate, migration.OnECSFargate, migration.OnECS:
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
