package assess

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// answer fills in what follows from a comparison, but for what needs whole days.
func (b *builder) answer(t *migration.TenantView, m *tenantMonth, c cost.Comparison, fleet *migration.Totals, p *platformMonth) {
	a := &t.Economics
	t.Verdict, a.Gap, t.Crossing = c.Verdict, c.Gap, c.BreakEven.Crossing.String()
	evidence := m.beforeEvidence.And(m.afterEvidence)
	t.Delta.Evidence, t.BreakEven.Evidence = evidence, evidence
	t.Delta.Value = migration.Map(c.Delta, func(d decimal.Decimal) migration.Ratio { return migration.Ratio(d.InexactFloat64()) })
	if c.BreakEven.Crossing != cost.NeverMove {
		t.BreakEven.Value = migration.Map(c.BreakEven.RunsPerDay, decimal.Decimal.InexactFloat64)
	}

	usd := func(v migration.Opt[migration.USD], kind migration.Kind, e migration.Provenance) migration.Figure[migration.USD] {
		return migration.Figure[migration.USD]{Value: v, Kind: kind, Evidence: e}
	}
	before, after := kindOf(b.before().ID), kindOf(b.after().ID)
	a.BeforeRun, a.AfterRun = usd(m.before.Run, before, m.beforeEvidence), usd(m.after.Run, after, m.afterEvidence)
	a.BeforeFixed = usd(m.before.Fixed, before, m.beforeEvidence)
	a.Fixed = usd(m.after.Fixed, migration.Billed, p.evidence)
	a.BeforeMonth, a.AfterMonth = usd(c.Before, before, m.beforeEvidence), usd(c.After, after, m.afterEvidence.And(p.evidence))
	a.RunsPerDay = migration.Map(b.runsPerDay(t), decimal.Decimal.InexactFloat64)
	evidence.Method = migration.Weaker(evidence.Method, migration.Derived)
	a.Saving, a.Saved = usd(c.Saving, migration.Billed, evidence), usd(c.Saved, migration.Billed, evidence)

	share := fleet.Platform
	share.Value = migration.Map(share.Value, func(u migration.USD) migration.USD {
		return cost.Per(u, decimal.NewFromInt(int64(max(fleet.Tenants, 1))))
	})
	a.PlatformShare = share
	a.IdleShare = b.idleShare(t.Tenant)
	a.Marginal = b.bill.Marginal(b.account(t.Tenant, migration.Jobs))
	a.Marginal.Value = cost.PerHour(a.Marginal.Value, b.frame.Of(migration.Jobs).Span())
	b.breakEvens(t, m, c.Gap != "")
}

// account is a tenant's sum over its workloads on a platform.
func (b *builder) account(tenant migration.Tenant, p migration.Platform) *cost.UsageLedger {
	var sum cost.UsageLedger
	if t := b.tenants[tenant]; t != nil {
		for _, part := range sortedValues(t.parts[p]) {
			sum.Add(part.account)
		}
	}
	return &sum
}

// idleShare is a tenant's part of idle nodes an hour.
func (b *builder) idleShare(tenant migration.Tenant) migration.Figure[migration.USD] {
	fig := b.bill.IdleShare(b.account(tenant, migration.Jobs))
	fig.Value = cost.PerHour(fig.Value, b.frame.Of(migration.Jobs).Span())
	return fig
}

// breakEvens are the break-evens of length, memory and utilization. A second of the Job
// is its cost over the time that a pod occupied its host.
func (b *builder) breakEvens(t *migration.TenantView, c *tenantMonth, gap bool) {
	a := &t.Economics
	evidence := c.beforeEvidence.And(c.afterEvidence)
	evidence.Method = migration.Weaker(evidence.Method, migration.Derived)
	a.Duration = migration.Figure[time.Duration]{Kind: migration.Counted, Evidence: evidence}
	a.Memory = migration.Figure[migration.Bytes]{Kind: migration.Counted, Evidence: evidence}
	a.Utilization = migration.Figure[migration.Ratio]{Kind: migration.Counted, Evidence: evidence}
	job, ok := c.after.Run.Get()
	mean, known := t.Before.Duration.Mean().Get()
	n := t.Before.Runs.Or(0)
	if gap || !ok || !known || n == 0 || !b.before().Caps.PerInvocation { // only Lambda's price is a line over length and memory
		return
	}
	line, ok := b.bill.LambdaLine(b.account(t.Tenant, migration.Lambda), n, decimal.New(int64(mean), -9).Mul(decimal.NewFromInt(n)))
	if !ok {
		return
	}
	occupied, least := decimal.New(int64(c.calculated), -9), time.Duration(0)
	start := occupied.Sub(decimal.New(int64(mean), -9)) // what a Job holds its host for in addition to the run
	if c.calculated == 0 {
		seconds, fargate := b.account(t.Tenant, b.after().ID).PodTime()
		occupied = decimal.NewFromInt(seconds).DivRound(decimal.NewFromInt(max(t.After.Runs.Or(0), 1)), cost.Places)
		start = occupied.Sub(decimal.New(int64(t.After.Duration.Mean().Or(mean)), -9))
		if up, ok := t.After.StartUp.Mean().Get(); ok { // of several pods each holds its own
			start = decimal.Min(start, decimal.New(int64(up), -9))
		}
		if fargate {
			least = time.Minute
			occupied = decimal.Max(occupied, decimal.New(60, 0))
		}
	}
	if !occupied.IsPositive() {
		return
	}
	perSecond := job.Decimal().DivRound(occupied, cost.Places)
	a.Duration.Value = migration.Map(line.Duration(perSecond, decimal.Max(start, decimal.Decimal{}), least),
		func(d decimal.Decimal) time.Duration {
			return time.Duration(d.Shift(9).IntPart())
		})
	a.Memory.Value = migration.Map(line.Memory(job), func(d decimal.Decimal) migration.Bytes {
		return migration.Bytes(d.Mul(decimal.NewFromInt(int64(migration.MiB))).IntPart())
	})
	a.Utilization.Value = migration.Map(line.Utilization(perSecond), func(d decimal.Decimal) migration.Ratio {
		return migration.Ratio(d.InexactFloat64())
	})
}
