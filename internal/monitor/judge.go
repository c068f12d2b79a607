package monitor

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// judge compares what a run costs on either side and says what follows. fixed is
// the tenant's monthly share of the platform.
func (b *builder) judge(t *migration.TenantView, fixed migration.Opt[migration.USD]) {
	t.Notices = notices(t, b.frame.now)
	evidence := t.Lambda.CostPerRun.Evidence.And(t.Jobs.CostPerRun.Evidence)
	t.Delta = migration.Figure[migration.Ratio]{Kind: migration.Billed, Evidence: evidence}
	t.BreakEven = migration.Figure[float64]{Kind: migration.Counted, Evidence: evidence}
	if t.Tenant == migration.Unattributed {
		t.Verdict.Reason = "what belongs to nobody is not judged"
		return
	}
	perLambda, perJob := whole(t.Lambda.CostPerRun), whole(t.Jobs.CostPerRun)
	lambda, ok1 := perLambda.Get()
	job, ok2 := perJob.Get()
	if ok1 && ok2 && lambda.Sign() > 0 {
		change := cost.Per(job.Sub(lambda), lambda.Decimal())
		t.Delta.Value = migration.Some(migration.Ratio(change.Float()))
	}
	if f, ok := fixed.Get(); ok && ok1 && ok2 {
		if perDay, pays := cost.BreakEven(lambda, job, f); pays {
			t.BreakEven.Value = migration.Some(perDay.InexactFloat64())
		}
	}
	t.Verdict = cost.Judge(cost.Case{
		LambdaRuns: t.Lambda.Runs.Or(0), JobRuns: t.Jobs.Runs.Or(0),
		Lambda: perLambda, Job: perJob,
		Fixed:         fixed,
		RunsPerDay:    b.runsPerDay(t),
		LongestLambda: t.Lambda.Duration.Max(), LongestJob: t.Jobs.Duration.Max(),
		TimedOut: t.Lambda.TimedOut.Or(0),
		Missing:  missing(t),
	})
}

// whole is a figure's value, unknown where it is only a lower bound: what leaves
// something out must not win a comparison.
func whole[T any](f migration.Figure[T]) migration.Opt[T] {
	if f.Evidence.LowerBound {
		return migration.None[T]()
	}
	return f.Value
}

// runsPerDay is the pace of both sides together.
func (b *builder) runsPerDay(t *migration.TenantView) migration.Opt[decimal.Decimal] {
	var sum migration.Opt[decimal.Decimal]
	for _, p := range migration.Platforms {
		runs, ok := t.Side(p).Runs.Get()
		span := b.frame.of(p).span()
		if !ok || span == 0 {
			continue
		}
		perDay := decimal.NewFromInt(runs).Mul(decimal.NewFromInt(int64(24*time.Hour))).DivRound(decimal.NewFromInt(int64(span)), cost.Places)
		sum = migration.Some(sum.Or(decimal.Decimal{}).Add(perDay))
	}
	return sum
}

// missing names the price without which a side's cost is unknown or too low.
func missing(t *migration.TenantView) string {
	for _, p := range migration.Platforms {
		if f := t.Side(p).Cost; f.Evidence.LowerBound || (t.Side(p).Runs.Or(0) > 0 && !f.Value.Known()) {
			return f.Evidence.Note
		}
	}
	return ""
}
