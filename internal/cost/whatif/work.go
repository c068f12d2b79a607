package whatif

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// work is one workload of a tenant, on both sides together.
type work struct {
	name        migration.Workload
	month       decimal.Decimal      // runs a month
	place       migration.RegionArch // of its function
	gbs         decimal.Decimal      // GB-seconds of a run that Lambda bills on demand
	covered     decimal.Decimal      // USD of a run's provisioned concurrency, which a Savings Plan covers
	uncovered   decimal.Decimal      // USD of a run's storage and logs, which no Savings Plan covers
	busy        decimal.Decimal      // seconds that a run takes
	memory      migration.Bytes      // of its function, 0 where unknown
	unavailable string               // why it cannot run on Lambda, or what is missing for that

	pod, task runShape // what a run requests as a Job, and as a task of ECS
	ecs       task     // what a run costs on ECS as it is
}

// runShape is what a run of a workload would request somewhere.
type runShape struct {
	cost.Shape                 // start-up included
	start      decimal.Decimal // seconds of it until the run begins
	times      decimal.Decimal // of the shape for one run
	problem    string          // why it is unknown
}

// task is what a run costs on ECS as its tasks run now.
type task struct {
	seen                   bool
	fargate, nodes, others decimal.Decimal // USD: a Savings Plan covers the first two; the third is Spot
	problem                string
}

// bill collects what a tenant costs.
type bill struct {
	view     *migration.TenantView
	works    []work
	runs     decimal.Decimal // a month
	on       [migration.NumPlacements]sums
	gbs      map[migration.RegionArch]decimal.Decimal // a month, where Lambda would bill it
	evidence migration.Provenance
	sharers  int64 // how many bills share the tenant's part of the platform; 0 and 1 for this alone
}

// sums are a tenant's month in one placement.
type sums struct {
	// compute is what a Savings Plan can take from, rest what it cannot.
	compute, rest decimal.Decimal
	nodes         decimal.Decimal // of compute, on ECS: what is on nodes and not on Fargate
	standing      decimal.Decimal // of compute, Lambda's provisioned concurrency
	busy          decimal.Decimal // seconds that are paid for
	plain         decimal.Decimal // compute and rest as if nothing were idle
	shortest      time.Duration   // what a run is billed at least
	least         decimal.Decimal // of several tenants with a gap: what is known
	start         decimal.Decimal // seconds, of all runs
	problem       string
	remedy        string // what to do about a price that is missing
	// partly says that some of it has no price: what is above is a lower bound.
	partly bool
}

// sides are what a tenant or a workload has on the platforms of the move; nil where a
// platform is no side of it.
type sides struct{ lambda, jobs, ecs *migration.Side }

func (q *question) sides(before, after *migration.Side) sides {
	var out sides
	for i, p := range q.move.Sides() {
		side := [...]*migration.Side{before, after}[i]
		switch p {
		case migration.Lambda:
			out.lambda = side
		case migration.Jobs:
			out.jobs = side
		case migration.ECS:
			out.ecs = side
		}
	}
	return out
}

// ran is how many runs a side has; 0 for no side.
func ran(s *migration.Side) int64 {
	if s == nil {
		return 0
	}
	return s.Runs.Or(0)
}

// meanOf is the mean run time of the first of some sides that has one.
func meanOf(of ...*migration.Side) (time.Duration, bool) {
	for _, s := range of {
		if s == nil {
			continue
		}
		if mean, ok := s.Duration.Mean().Get(); ok {
			return mean, true
		}
	}
	return 0, false
}

// read takes a tenant's work out of the Snapshot.
func (q *question) read(t *migration.TenantView) bill {
	b := bill{view: t, evidence: migration.Provenance{
		Source: "what-if", Method: migration.Estimated, Coverage: 1,
		Note: "calculated from the time and the memory of its runs",
	}}
	for _, side := range t.Sides() {
		if e := side.Activity; side.Runs.Or(0) > 0 {
			b.evidence.Coverage = min(b.evidence.Coverage, e.Coverage)
			b.evidence.Provisional = b.evidence.Provisional || e.Provisional
		}
	}
	for i := range t.Workloads {
		v := &t.Workloads[i]
		w := work{name: v.Workload}
		if w.month = q.monthly(&v.Before).Add(q.monthly(&v.After)); !w.month.IsPositive() {
			continue
		}
		s := q.sides(&v.Before, &v.After)
		w.pod = q.asJob(&w, v, s, t.Runs)
		if w.task = w.pod; q.ecs {
			w.task = q.asTask(&w, v, s, t.Runs)
		}
		if took, ok := meanOf(s.jobs, s.ecs, s.lambda); ok {
			w.busy = seconds(took)
		}
		q.onLambda(&w, v, s)
		q.onECS(&w, s)
		b.works = append(b.works, w)
		b.runs = b.runs.Add(w.month)
	}
	return b
}

// hoursOfRuns is a month of runs, as [cost.DaysPerMonth] has it.
var hoursOfRuns = cost.DaysPerMonth.Mul(decimal.New(24, 0))

// monthly is a side's runs of a month at the window's pace. The covered hours are the cost
// over the cost an hour.
func (q *question) monthly(s *migration.Side) decimal.Decimal {
	runs := decimal.NewFromInt(s.Runs.Or(0))
	if runs.IsZero() {
		return runs
	}
	all, ok1 := s.Cost.Value.Get()
	hour, ok2 := s.CostPerHour.Value.Get()
	if ok1 && ok2 && all.Sign() > 0 && hour.Sign() > 0 {
		return runs.Mul(hoursOfRuns).Mul(hour.Decimal()).DivRound(all.Decimal(), cost.Places)
	}
	covered := q.snap.Window.Span
	if c := s.Activity.Coverage; c > 0 && c < 1 {
		covered = time.Duration(float64(covered) * float64(c))
	}
	if covered <= 0 {
		return decimal.Decimal{}
	}
	return runs.Mul(hoursOfRuns).Mul(decimal.NewFromInt(int64(time.Hour))).DivRound(decimal.NewFromInt(int64(covered)), cost.Places)
}

func seconds(d time.Duration) decimal.Decimal { return decimal.New(int64(d), -9) }

// onLambda finds what a run takes on Lambda: what it was billed there, or, for work that does
// not run there, what its function's memory would be billed for its time elsewhere.
func (q *question) onLambda(w *work, v *migration.WorkloadView, s sides) {
	function := migration.Described(v.Functions)
	w.place = migration.RegionArch{Region: q.snap.Scope.Region, Arch: migration.X86}
	if function != nil {
		w.place, w.memory = function.Place, function.MemorySize
	}
	for _, other := range [...]*migration.Side{s.jobs, s.ecs} {
		if other == nil {
			continue
		}
		if longest, ok := other.Duration.Max().Get(); ok && longest > migration.LambdaWall {
			w.unavailable = fmt.Sprintf("%s takes up to %s, and Lambda ends every run at %s", w.name, migration.Brief(longest),
				migration.Brief(migration.LambdaWall))
			return
		}
	}
	if n := ran(s.lambda); n > 0 {
		q.invoked(w, s.lambda, decimal.NewFromInt(n))
		return
	}
	took, ok := meanOf(s.jobs, s.ecs)
	switch {
	case !ok:
		w.unavailable = fmt.Sprintf("how long a run of %s takes is unknown", w.name)
	case function != nil:
		w.toFunction(function.MemorySize, took)
	case w.pod.Memory == 0:
		w.unavailable = fmt.Sprintf("%s has no function any more, and what memory it would need is unknown", w.name)
	default:
		q.note("work whose function is gone would get one with the memory that its Job requests, or more where only that has the Job's CPU")
		memory := max(w.pod.Memory, migration.Bytes((w.pod.CPU.Milli()*cost.MBPerVCPU+999)/1000)*migration.MiB)
		if memory > migration.MostLambdaMemory {
			w.unavailable = fmt.Sprintf("%s requests more than a function can have: at most %d MB, and CPU in proportion", w.name,
				migration.MostLambdaMemory/migration.MiB)
			return
		}
		w.toFunction(memory, took)
	}
}

// invoked finds what a run of n was billed on Lambda.
func (q *question) invoked(w *work, s *migration.Side, n decimal.Decimal) {
	pool, parts := q.poolOf(w.place), &s.Parts
	switch {
	case pool.problem != "":
		w.unavailable = pool.problem
	case !s.CostPerRun.Value.Known() || s.CostPerRun.Evidence.LowerBound:
		w.unavailable = fmt.Sprintf("what a run of %s costs on Lambda is unknown", w.name)
	default:
		w.gbs = parts.OnDemand.GBSeconds().DivRound(n, cost.Places)
		w.covered, w.uncovered = cost.Per(parts.Provisioned, n).Decimal(), cost.Per(parts.Uncovered, n).Decimal()
		if w.covered.IsPositive() {
			q.note("provisioned concurrency stays as it is, on its architecture, for as many runs")
		}
	}
	if mean, timed := meanOf(s); timed {
		w.busy = seconds(mean)
	}
}

// toFunction puts a run into a function of some memory.
func (w *work) toFunction(memory migration.Bytes, took time.Duration) {
	w.busy = seconds(took)
	w.memory = memory
	w.gbs = decimal.NewFromInt(int64(memory)).Mul(w.busy).DivRound(decimal.NewFromInt(int64(migration.GiB)), cost.Places)
}

// asJob finds what a run requests as a Job: what its newest pods request, or else its tasks on
// ECS, or, for work that never ran as either, its function's memory and the CPU that Lambda
// gives with it; for the run's time and a pod's start-up.
func (q *question) asJob(w *work, v *migration.WorkloadView, s sides, runs []migration.Run) runShape {
	return q.shapeOf(w, v, runs, [...]*migration.Side{s.jobs, s.ecs, s.lambda}, migration.Jobs, migration.ECS)
}

// asTask is the same for a task of ECS, which a Job's request says less of than another task's.
func (q *question) asTask(w *work, v *migration.WorkloadView, s sides, runs []migration.Run) runShape {
	return q.shapeOf(w, v, runs, [...]*migration.Side{s.ecs, s.jobs, s.lambda}, migration.ECS, migration.Jobs)
}

// shapeOf finds the shape of a run from sides and platforms in the order of what they say of it.
func (q *question) shapeOf(w *work, v *migration.WorkloadView, runs []migration.Run, of [3]*migration.Side,
	on ...migration.Platform,
) runShape {
	out := runShape{times: decimal.New(1, 0)}
	took, ok := meanOf(of[:]...)
	if !ok {
		out.problem = fmt.Sprintf("how long a run of %s takes is unknown", w.name)
		return out
	}
	start := q.startUp[on[0]]
	if of[0] != nil {
		if own, ok := of[0].StartUp.Quantile(0.5).Get(); ok {
			start = own.High
		}
	}
	out.start, out.Duration = seconds(start), took+start
	for i, p := range on {
		if of[i] == nil || !of[i].Duration.Mean().Known() {
			continue
		}
		for k := range runs {
			r := &runs[k]
			cpu, ok1 := r.Request.CPU.Get()
			memory, ok2 := r.Request.Memory.Get()
			if r.Key.Platform == p && r.Key.Workload == w.name && ok1 && ok2 && memory > 0 { // without a request it says nothing
				out.CPU, out.Memory = cpu, memory
				out.times = decimal.NewFromInt(int64(max(r.Parallel, 1)))
				return out
			}
		}
	}
	function := migration.Described(v.Functions)
	if function == nil {
		out.problem = fmt.Sprintf("what a run of %s would request is unknown: no run of it says so, and no function's memory", w.name)
		return out
	}
	out.Memory = function.MemorySize
	out.CPU = cost.LambdaCPU(out.Memory)
	return out
}

// onECS finds what a run costs on ECS, where it runs there.
func (q *question) onECS(w *work, s sides) {
	n := ran(s.ecs)
	if n == 0 {
		return
	}
	w.ecs.seen = true
	each, ok := s.ecs.CostPerRun.Value.Get()
	if !ok || s.ecs.CostPerRun.Evidence.LowerBound {
		w.ecs.problem = fmt.Sprintf("what a run of %s costs on ECS is unknown", w.name)
		if note := s.ecs.CostPerRun.Evidence.Note; note != "" {
			w.ecs.problem += ": " + note
		}
		return
	}
	of := decimal.NewFromInt(n)
	w.ecs.fargate, w.ecs.nodes = cost.Per(s.ecs.Parts.Fargate, of).Decimal(), cost.Per(s.ecs.Parts.Nodes, of).Decimal()
	w.ecs.others = each.Decimal().Sub(w.ecs.fargate).Sub(w.ecs.nodes)
}
