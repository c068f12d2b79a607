package assess

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// assessTenant compares what a run costs on either side and says what follows. fixed is
// the tenant's monthly share of the platform.
func (b *builder) assessTenant(t *migration.TenantView, fleet *migration.Totals, fixed migration.Opt[migration.USD]) {
	// All that ran in the last final hour ran on the side after the move: what ran before
	// that is past.
	left := t.Routed.Value == migration.Some[migration.Ratio](1)
	for _, c := range Apply(TenantFacts{TenantView: t, Left: left, At: b.frame.Now, History: b.history(t.Tenant)}) {
		first, ok := b.Noticed[c]
		if !ok {
			first = b.frame.Now
		}
		b.seen[c] = first
	}
	evidence := t.Before.CostPerRun.Evidence.And(t.After.CostPerRun.Evidence)
	t.Delta = migration.Figure[migration.Ratio]{Kind: migration.Billed, Evidence: evidence}
	t.BreakEven = migration.Figure[float64]{Kind: migration.Counted, Evidence: evidence}
	if t.Tenant == migration.Unattributed {
		t.Verdict.Reason = "unattributed work is not assessed"
		return
	}
	perLambda, perJob := whole(t.Before.CostPerRun), whole(t.After.CostPerRun)
	jobEvidence, estimated := t.After.CostPerRun.Evidence, false
	var reckoned time.Duration // a run's length where it is
	if t.After.Runs.Or(0) < cost.LeastRuns {
		var about migration.Provenance
		if perJob, reckoned, about = b.wouldCost(t, startUp(fleet)); perJob.Known() {
			estimated, jobEvidence = true, about
			t.Delta.Evidence = t.Before.CostPerRun.Evidence.And(about)
			t.BreakEven.Evidence = t.Delta.Evidence
		}
	}
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
	b.answer(t, runCosts{
		lambda: perLambda, job: perJob, lambdaEvidence: t.Before.CostPerRun.Evidence, jobEvidence: jobEvidence,
		reckoned: reckoned, fixed: fixed,
	}, fleet)
	c := cost.Case{
		Move:       migration.Move{Before: b.before().ID, After: b.after().ID},
		LambdaRuns: t.Before.Runs.Or(0), JobRuns: t.After.Runs.Or(0),
		LambdaUnknown: b.frame.Before.Empty(), JobsUnknown: b.frame.After.Empty(),
		Lambda: perLambda, Job: perJob, JobEstimated: estimated,
		Fixed:         fixed,
		RunsPerDay:    b.runsPerDay(t),
		LongestLambda: t.Before.Duration.Max(), LongestJob: t.After.Duration.Max(),
		TimedOut: t.Before.TimedOut.Or(0),
		Missing:  missing(t),
	}
	if left {
		c.LambdaRuns = 0
	}
	t.Verdict = cost.Judge(c)
}

// wouldCost estimates what a run of a tenant that has not moved yet would cost on the other
// side: what each of its workloads has, and its mean run time and what a run takes to start
// there, weighted by runs. A function has its memory and the CPU that Lambda gives with that;
// elsewhere runs have what they request. Jobs are on the kind of node that the pool has most
// of. Unknown where nothing is known to run on.
func (b *builder) wouldCost(t *migration.TenantView, start time.Duration) (perRun migration.Opt[migration.USD], length time.Duration,
	_ migration.Provenance,
) {
	none := migration.None[migration.USD]()
	if b.after().Caps.PerInvocation {
		return none, 0, migration.Provenance{} // what a function would need is not known
	}
	var total migration.USD
	var runs int64
	var took time.Duration
	evidence := migration.Provenance{
		Source: b.before().System, Method: migration.Estimated, Coverage: 1,
		Note: "no run of it was seen on " + b.after().Label + ": estimated from the requests and the mean run time on " + b.before().Label,
	}
	if b.before().Caps.Functions {
		evidence.Note = "no " + b.after().Run + " of it was seen: calculated from its functions' memory, CPU share and mean run time"
	}
	if start > 0 {
		evidence.Note += fmt.Sprintf(", and the fleet's median start-up of %s", start.Round(100*time.Millisecond))
	}
	for i := range t.Workloads {
		w := &t.Workloads[i]
		n := w.Before.Runs.Or(0)
		mean, known := w.Before.Duration.Mean().Get()
		shape, place, sized := b.shapeOf(t.Tenant, w)
		if n == 0 || !known || !sized {
			continue
		}
		host, found := b.hostAfter(place)
		if !found {
			return none, 0, migration.Provenance{}
		}
		shape.Duration = mean + start
		one, err := b.Cost.JobRun(host, shape)
		if err != nil {
			return none, 0, migration.Provenance{}
		}
		total = total.Add(one.Amount.Mul(decimal.NewFromInt(n)))
		runs += n
		took += time.Duration(n) * (mean + start)
		evidence = evidence.And(one.Evidence)
	}
	return cost.PerRun(migration.Some(total), runs), took / time.Duration(max(runs, 1)), evidence
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
	held := p.sum.Rest().Usage
	for i := range held {
		h := &held[i]
		seconds, cpu, memory = seconds+h.PodSeconds, cpu+int64(h.CPU), memory+int64(h.Memory)
		place = h.Host.Place
	}
	if seconds == 0 || cpu == 0 || memory == 0 {
		return cost.Shape{}, place, false
	}
	return cost.Shape{CPU: migration.CPU(cpu/seconds) * migration.Millicore, Memory: migration.Bytes(memory/seconds) * migration.KiB}, place,
		true
}

// hostAfter is what a run would be on after the move, that was before it in a place.
func (b *builder) hostAfter(place migration.RegionArch) (migration.Host, bool) {
	if b.after().ID == migration.ECS {
		return migration.Host{Kind: migration.HostECSFargate, Place: place, OS: migration.Linux}, place.Region != ""
	}
	return b.typicalNode()
}

// startUp is what half of the fleet's runs after the move take from being created to
// running: they hold their host meanwhile, which outweighs a run of seconds.
func startUp(fleet *migration.Totals) time.Duration {
	median, _ := fleet.After.StartUp.Quantile(0.5).Get()
	return median.High
}

// typicalNode is the kind of EC2 node with a price that stood there most, on demand
// before Spot.
func (b *builder) typicalNode() (host migration.Host, found bool) {
	var best cost.NodeBill
	for _, n := range b.bill.Nodes() {
		if !n.Hourly.Value.Known() {
			continue
		}
		better := n.NodeSeconds > best.NodeSeconds
		if n.Host.Spot != best.Host.Spot {
			better = !n.Host.Spot
		}
		if !found || better {
			best, found = n, true
		}
	}
	return best.Host, found
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
	sides := t.Sides()
	for i, of := range [...]timeseries.Range{b.frame.Before, b.frame.After} {
		runs, ok := sides[i].Runs.Get()
		span := of.Span()
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
	for _, side := range t.Sides() {
		if f := side.Cost; f.Evidence.LowerBound || (side.Runs.Or(0) > 0 && !f.Value.Known()) {
			return f.Evidence.Note
		}
	}
	return ""
}
