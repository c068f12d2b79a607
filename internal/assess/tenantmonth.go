package assess

import (
	"cmp"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// tenantMonth is a tenant's month on both sides, as a verdict compares it, and how its costs are known.
type tenantMonth struct {
	before, after                 cost.SideMonth
	terms                         cost.Terms
	beforeEvidence, afterEvidence migration.Provenance
	// calculated is how long a run on the side after the move is taken to hold its node, 0 where runs were seen.
	calculated time.Duration
}

// platformMonth is what belongs to all tenants' months alike.
type platformMonth struct {
	share    migration.Opt[migration.USD] // each tenant's part of the platform a month
	evidence migration.Provenance
	gap      string // why it is unknown
	start    time.Duration
	pool     cost.AssumedPool
	poolGap  string
}

// platformMonth reads it from the fleet's totals.
func (b *builder) platformMonth(t *migration.Totals) platformMonth {
	platform := t.Platform
	if b.absent(migration.Jobs.Info()) && b.onCluster() {
		platform = b.platformToCome(t)
	}
	p := platformMonth{evidence: platform.Evidence, start: startUp(t), pool: b.Cost.AssumePool(t.Nodes)}
	if t.Tenants > 0 {
		p.share = migration.Map(whole(platform), func(u migration.USD) migration.USD {
			return cost.Per(u.Mul(hoursPerMonth), decimal.NewFromInt(int64(t.Tenants)))
		})
	}
	if !p.share.Known() {
		p.gap = platformGap(t, platform.Evidence.Note)
	}
	if !p.pool.Seen {
		p.poolGap = b.poolGap(t)
	}
	return p
}

// platformGap says which part of the platform has no price.
func platformGap(t *migration.Totals, note string) string {
	for i := range t.PlatformParts {
		if f := &t.PlatformParts[i].PerHour; note == "" && (!f.Value.Known() || f.Evidence.LowerBound) {
			note = f.Evidence.Note
		}
	}
	if note == "" {
		return "what the platform costs is unknown"
	}
	return "what the platform costs is unknown: " + note
}

// platformToCome is what the platform will cost an hour where there is no cluster yet: the fee of Amazon EKS, or
// what the configuration says, and all that it states.
func (b *builder) platformToCome(t *migration.Totals) migration.Figure[migration.USD] {
	fee := migration.Figure[migration.USD]{Value: b.Platform.ClusterHour, Kind: migration.Billed, Evidence: migration.Provenance{
		Source: "configuration", Method: migration.Measured, Coverage: 1,
	}}
	if !fee.Value.Known() {
		priced, err := b.Cost.Cluster(b.region(), b.Platform.Support)
		if err != nil {
			fee.Evidence.Note = err.Error()
			return fee
		}
		fee = priced.Figure(migration.Billed, migration.Provenance{
			Source: "price book", Method: migration.Estimated, Coverage: 1, Note: "an EKS cluster, since there is none yet",
		})
	}
	parts := []migration.Figure[migration.USD]{fee}
	for i := range t.PlatformParts {
		if t.PlatformParts[i].Name != cost.PartControlPlane {
			parts = append(parts, t.PlatformParts[i].PerHour)
		}
	}
	sum := total(parts...)
	sum.Evidence.Source, sum.Evidence.Note = fee.Evidence.Source, fee.Evidence.Note
	return sum
}

// monthOfTenant is a tenant's month on both sides. left says that all of its runs have moved.
func (b *builder) monthOfTenant(t *migration.TenantView, p *platformMonth, left bool) tenantMonth {
	m := tenantMonth{
		beforeEvidence: t.Before.CostPerRun.Evidence, afterEvidence: t.After.CostPerRun.Evidence,
		terms: cost.Terms{RunsPerDay: b.runsPerDay(t), Moved: b.moved(t, left)},
	}
	m.before = b.sideMonth(t.Tenant, b.before(), &t.Before, p)
	m.after = b.sideMonth(t.Tenant, b.after(), &t.After, p)
	b.leaving(t, &m)
	if n := t.Before.Runs.Or(0); n == 0 && !m.before.Run.Known() {
		// What moved long ago is still compared with what it left.
		if m.before.Run = b.Days.runBefore(t.Tenant); m.before.Run.Known() {
			m.beforeEvidence = migration.Provenance{
				Source: b.before().System, Method: migration.Estimated, Coverage: 1,
				Note: "what a run cost on " + b.before().Label + " on the last day that it ran there",
			}
		}
	}
	if t.After.Runs.Or(0) < cost.LeastRuns && m.after.Gap == "" {
		b.calculate(t, p, &m)
	}
	return m
}

// sideMonth is what was seen of a tenant on one side.
func (b *builder) sideMonth(name migration.Tenant, info migration.PlatformInfo, s *migration.Side, p *platformMonth) cost.SideMonth {
	out := cost.SideMonth{
		Name: info.Label, Limit: info.Caps.HardTimeout, Gap: s.Gap, Fixed: migration.Some(migration.USD{}),
		Runs: s.Runs.Or(0), Longest: s.Duration.Max(), TimedOut: s.TimedOut.Or(0),
	}
	of := b.account(name, info.ID)
	amount := whole(s.Cost)
	switch {
	case info.Caps.PerInvocation:
		standing := b.bill.LambdaFixed(of)
		amount = migration.Map(amount, func(u migration.USD) migration.USD { return u.Sub(standing) })
		out.Fixed = migration.Some(b.inMonth(standing, info.ID))
	case info.Caps.IdlePool:
		// Idle nodes are taken as they stand: runs to come fill them first.
		idle := b.inMonth(b.bill.IdleShare(of).Value.Or(migration.USD{}), info.ID)
		out.Fixed = migration.Map(p.share, func(u migration.USD) migration.USD { return u.Add(idle) })
		out.Gap = cmp.Or(out.Gap, p.gap)
	}
	out.Run = cost.PerRun(amount, out.Runs)
	return out
}

// inMonth scales an amount of a platform's window to a month of 730 h.
func (b *builder) inMonth(amount migration.USD, p migration.Platform) migration.USD {
	return cost.PerHour(migration.Some(amount), b.frame.Of(p).Span()).Or(migration.USD{}).Mul(hoursPerMonth)
}

// leaving sets what leaving Lambda saves: its marginal price where a month reaches beyond the first tier or the free
// tier takes a part of it.
func (b *builder) leaving(t *migration.TenantView, m *tenantMonth) {
	n := t.Before.Runs.Or(0)
	perDay, ok := m.terms.RunsPerDay.Get()
	if n == 0 || !ok || !b.before().Caps.PerInvocation {
		return
	}
	of := b.account(t.Tenant, b.before().ID)
	saved, ok := b.bill.Leaving(of).Value.Get()
	if !ok {
		return
	}
	each := cost.Per(saved.Sub(b.bill.LambdaFixed(of)), decimal.NewFromInt(n))
	m.before.Leaving = migration.Some(m.before.Fixed.Or(migration.USD{}).Add(each.Mul(perDay).Mul(cost.DaysPerMonth)).Round(cost.Places))
}

// calculate sets what a run would cost on the side after the move where too few were seen there. What was seen
// counts where that cannot be calculated.
func (b *builder) calculate(t *migration.TenantView, p *platformMonth, m *tenantMonth) {
	run, length, evidence, gap := b.wouldCost(t, p)
	if !run.Known() {
		if t.After.Runs.Or(0) == 0 {
			m.after.Gap = gap
		}
		return
	}
	m.after.Run, m.after.Calculated, m.afterEvidence, m.calculated = run, true, evidence, length
	if b.after().Caps.IdlePool {
		m.after.Fixed = p.share // a run has its part of what is idle in it
	}
}

// moved is the share of a tenant's runs that are on the side after the move now: that of the last final hour, or else
// of the window.
func (b *builder) moved(t *migration.TenantView, left bool) decimal.Decimal {
	if left {
		return decimal.New(1, 0)
	}
	if share, ok := t.Routed.Value.Get(); ok {
		return decimal.NewFromFloat(float64(share))
	}
	before, after := decimal.NewFromInt(t.Before.Runs.Or(0)), decimal.NewFromInt(t.After.Runs.Or(0))
	if all := before.Add(after); all.IsPositive() {
		return after.DivRound(all, cost.Places)
	}
	return decimal.Decimal{}
}

// wouldCost estimates what a run of a tenant that has not moved yet would cost on the other side: what each of its
// workloads has, and its mean run time and what a run takes to start there, weighted by runs. A function has its memory
// and the CPU that Lambda gives with that; elsewhere runs have what they request. Jobs are on the kind of node that the
// pool has most of, filled as the pool is. gap says why it is unknown.
func (b *builder) wouldCost(t *migration.TenantView, p *platformMonth) (perRun migration.Opt[migration.USD], length time.Duration,
	evidence migration.Provenance, gap string,
) {
	fail := func(why string) (migration.Opt[migration.USD], time.Duration, migration.Provenance, string) {
		return migration.None[migration.USD](), 0, migration.Provenance{}, why
	}
	if b.after().Caps.PerInvocation {
		return fail("what a function would need is unknown: nothing ran on " + b.after().Label)
	}
	if b.after().Caps.IdlePool && p.poolGap != "" {
		return fail(p.poolGap)
	}
	var sum migration.USD
	var runs int64
	var took time.Duration
	evidence = b.assumed(p)
	for i := range t.Workloads {
		w := &t.Workloads[i]
		n := w.Before.Runs.Or(0)
		mean, known := w.Before.Duration.Mean().Get()
		shape, place, sized := b.shapeOf(t.Tenant, w)
		if n == 0 || !known || !sized {
			continue
		}
		shape.Duration = mean + p.start
		one, err := b.runAfter(shape, place, p)
		if err != nil {
			return fail(err.Error())
		}
		sum = sum.Add(one.Amount.Mul(decimal.NewFromInt(n)))
		runs += n
		took += time.Duration(n) * shape.Duration
		evidence = evidence.And(one.Evidence)
	}
	if runs == 0 {
		return fail("")
	}
	return cost.PerRun(migration.Some(sum), runs), took / time.Duration(runs), evidence, ""
}

// runAfter prices a run of a shape on the side after the move.
func (b *builder) runAfter(s cost.Shape, place migration.RegionArch, p *platformMonth) (cost.Priced, error) {
	if b.after().ID == migration.ECS {
		return b.Cost.JobRun(migration.Host{Kind: migration.HostECSFargate, Place: place, OS: migration.Linux}, s)
	}
	return b.Cost.RunOn(p.pool, cmp.Or(b.region(), place.Region), s)
}

// assumed names what a calculated run is assumed to be on.
func (b *builder) assumed(p *platformMonth) migration.Provenance {
	e := migration.Provenance{
		Source: b.before().System, Method: migration.Estimated, Coverage: 1,
		Note: "no run of it was seen on " + b.after().Label + ": estimated from the requests and the mean run time on " + b.before().Label,
	}
	if b.before().Caps.Functions {
		e.Note = "no " + b.after().Run + " of it was seen: calculated from its functions' memory, CPU share and mean run time"
	}
	if b.after().Caps.IdlePool {
		e.Note += ", on " + p.pool.Type + " nodes"
		if p.pool.Spot > 0 {
			e.Note += fmt.Sprintf(", %d %% of them Spot", p.pool.Spot)
		}
		if p.pool.Packed < 100 {
			e.Note += fmt.Sprintf(", %d %% requested", p.pool.Packed)
		}
		if !p.pool.Seen {
			e.Note += " (assumed: no node was seen)"
		}
	}
	if p.start > 0 {
		e.Note += fmt.Sprintf(", and the fleet's median start-up of %s", p.start.Round(100*time.Millisecond))
	}
	return e
}

// shapeOf is what a run of a workload has before the move, but for its length, and where;
// false where that is not known.
func (b *builder) shapeOf(tenant migration.Tenant, w *migration.WorkloadView) (cost.Shape, migration.RegionArch, bool) {
	if b.before().Caps.Functions {
		fn := migration.Described(w.Functions)
		if fn == nil {
			return cost.Shape{}, migration.RegionArch{}, false
		}
		return cost.Shape{CPU: cost.LambdaCPU(fn.MemorySize), Memory: fn.MemorySize}, fn.Place, true
	}
	p := b.tenants[tenant].parts[b.before().ID][w.Workload]
	if p == nil || p.sum == nil {
		return cost.Shape{}, migration.RegionArch{}, false
	}
	var seconds, cpu, memory int64
	var place migration.RegionArch
	usage := p.sum.Rest().Usage
	for i := range usage {
		h := &usage[i]
		seconds, cpu, memory = seconds+h.PodSeconds, cpu+int64(h.CPU), memory+int64(h.Memory)
		place = h.Host.Place
	}
	if seconds == 0 || cpu == 0 || memory == 0 {
		return cost.Shape{}, place, false
	}
	return cost.Shape{
		CPU: migration.CPU(cpu/seconds) * migration.Millicore, Memory: migration.Bytes(memory/seconds) * migration.KiB,
	}, place, true
}
