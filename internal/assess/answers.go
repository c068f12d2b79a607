package assess

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// runCosts are what a verdict compared.
type runCosts struct {
	lambda, job                 migration.Opt[migration.USD]
	lambdaEvidence, jobEvidence migration.Provenance
	// reckoned is how long a run on Jobs is taken to hold its node where none was seen.
	reckoned time.Duration
	fixed    migration.Opt[migration.USD]
}

// answer fills in what follows from the costs of a run, but for what needs whole days.
func (b *builder) answer(t *migration.TenantView, c runCosts, fleet *migration.Totals) {
	a := &t.Economics
	if !c.lambda.Known() && t.Before.Runs.Or(0) == 0 {
		// What moved long ago is still compared with what it left.
		if c.lambda = b.Days.runBefore(t.Tenant); c.lambda.Known() {
			c.lambdaEvidence = migration.Provenance{
				Source: b.before().System, Method: migration.Estimated, Coverage: 1,
				Note: "what a run cost on " + b.before().Label + " on the last day that it ran there",
			}
			b.lateBreakEven(t, c)
		}
	}
	a.BeforeRun = migration.Figure[migration.USD]{Value: c.lambda, Kind: kindOf(b.before().ID), Evidence: c.lambdaEvidence}
	a.AfterRun = migration.Figure[migration.USD]{Value: c.job, Kind: kindOf(b.after().ID), Evidence: c.jobEvidence}
	a.Fixed = migration.Figure[migration.USD]{Value: c.fixed, Kind: migration.Billed, Evidence: fleet.Platform.Evidence}
	a.RunsPerDay = migration.Map(b.runsPerDay(t), decimal.Decimal.InexactFloat64)

	share := fleet.Platform
	share.Value = migration.Map(share.Value, func(u migration.USD) migration.USD {
		return cost.Per(u, decimal.NewFromInt(int64(max(fleet.Tenants, 1))))
	})
	a.PlatformShare = share
	a.IdleShare = b.idleShare(t.Tenant)
	a.Marginal = b.bill.Marginal(b.account(t.Tenant, migration.Jobs))
	a.Marginal.Value = cost.PerHour(a.Marginal.Value, b.frame.Of(migration.Jobs).Span())
	b.breakEvens(t, c)
	a.Saving = b.saving(t, c)
}

// lateBreakEven is the break-even of a tenant that has left Lambda.
func (b *builder) lateBreakEven(t *migration.TenantView, c runCosts) {
	lambda, ok1 := c.lambda.Get()
	job, ok2 := c.job.Get()
	fixed, ok3 := c.fixed.Get()
	if !ok1 || !ok2 || !ok3 || t.BreakEven.Value.Known() {
		return
	}
	t.BreakEven.Evidence = c.lambdaEvidence.And(c.jobEvidence)
	if perDay, pays := cost.BreakEven(lambda, job, fixed); pays {
		t.BreakEven.Value = migration.Some(perDay.InexactFloat64())
	}
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
// is its cost over the time that a pod held its host.
func (b *builder) breakEvens(t *migration.TenantView, c runCosts) {
	a := &t.Economics
	evidence := c.lambdaEvidence.And(c.jobEvidence)
	evidence.Method = migration.Weaker(evidence.Method, migration.Derived)
	a.Duration = migration.Figure[time.Duration]{Kind: migration.Counted, Evidence: evidence}
	a.Memory = migration.Figure[migration.Bytes]{Kind: migration.Counted, Evidence: evidence}
	a.Utilization = migration.Figure[migration.Ratio]{Kind: migration.Counted, Evidence: evidence}
	job, ok := c.job.Get()
	mean, known := t.Before.Duration.Mean().Get()
	n := t.Before.Runs.Or(0)
	if !ok || !known || n == 0 || !b.before().Caps.PerInvocation { // only Lambda's price is a line over length and memory
		return
	}
	line, ok := b.bill.LambdaLine(b.account(t.Tenant, migration.Lambda), n, decimal.New(int64(mean), -9).Mul(decimal.NewFromInt(n)))
	if !ok {
		return
	}
	held, least := decimal.New(int64(c.reckoned), -9), time.Duration(0)
	start := held.Sub(decimal.New(int64(mean), -9)) // what a Job holds its host for beside the run
	if c.reckoned == 0 {
		seconds, fargate := b.account(t.Tenant, b.after().ID).PodTime()
		held = decimal.NewFromInt(seconds).DivRound(decimal.NewFromInt(max(t.After.Runs.Or(0), 1)), cost.Places)
		start = held.Sub(decimal.New(int64(t.After.Duration.Mean().Or(mean)), -9))
		if up, ok := t.After.StartUp.Mean().Get(); ok { // of several pods each holds its own
			start = decimal.Min(start, decimal.New(int64(up), -9))
		}
		if fargate {
			least = time.Minute
			held = decimal.Max(held, decimal.New(60, 0))
		}
	}
	if !held.IsPositive() {
		return
	}
	perSecond := job.Decimal().DivRound(held, cost.Places)
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

// saving is what a month costs less with all runs on the side after the move than with all
// of them before it: Lambda's at the marginal price, since that is what leaving saves.
func (b *builder) saving(t *migration.TenantView, c runCosts) migration.Figure[migration.USD] {
	fig := migration.Figure[migration.USD]{Kind: migration.Billed, Evidence: c.lambdaEvidence.And(c.jobEvidence)}
	fig.Evidence.Method = migration.Weaker(fig.Evidence.Method, migration.Derived)
	var lambda migration.Opt[migration.USD]
	if n := t.Before.Runs.Or(0); n > 0 {
		leaving := whole(t.Before.Cost)
		if b.before().Caps.PerInvocation {
			leaving = b.bill.Leaving(b.account(t.Tenant, b.before().ID)).Value
		}
		lambda = cost.PerRun(leaving, n)
	} else {
		lambda = c.lambda
	}
	l, ok1 := lambda.Get()
	j, ok2 := c.job.Get()
	perDay, ok3 := b.runsPerDay(t).Get()
	if ok1 && ok2 && ok3 {
		fig.Value = migration.Some(l.Sub(j).Mul(perDay).Mul(cost.DaysPerMonth).Round(cost.Places))
	}
	return fig
}
