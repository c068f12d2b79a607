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

	pod           cost.Shape      // what a run's pod holds, start-up included
	start         decimal.Decimal // seconds of it until the run begins
	pods          decimal.Decimal // of one run
	unschedulable string          // why what a run would hold is unknown
}

// bill collects what a tenant costs.
type bill struct {
	view     *migration.TenantView
	works    []work
	runs     decimal.Decimal // a month
	on       [migration.NumPlacements]sums
	gbs      map[migration.RegionArch]decimal.Decimal // a month, where Lambda would bill it
	evidence migration.Provenance
}

// sums are a tenant's month in one placement.
type sums struct {
	// compute is what a Savings Plan can take from, rest what it cannot.
	compute, rest decimal.Decimal
	standing      decimal.Decimal // of compute, Lambda's provisioned concurrency
	busy          decimal.Decimal // seconds that are paid for
	plain         decimal.Decimal // compute and rest as if nothing were idle
	least         time.Duration   // what a run is billed at least
	start         decimal.Decimal // seconds, of all runs
	problem       string
}

// read takes a tenant's work out of the Snapshot.
func (q *question) read(t *migration.TenantView) bill {
	b := bill{view: t, gbs: map[migration.RegionArch]decimal.Decimal{}, evidence: migration.Provenance{
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
		q.asJob(&w, v, t.Runs)
		q.onLambda(&w, v)
		b.works = append(b.works, w)
		b.runs = b.runs.Add(w.month)
	}
	return b
}

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
		return runs.Mul(hoursPerMonth).Mul(hour.Decimal()).DivRound(all.Decimal(), cost.Places)
	}
	covered := q.snap.Window.Span
	if c := s.Activity.Coverage; c > 0 && c < 1 {
		covered = time.Duration(float64(covered) * float64(c))
	}
	if covered <= 0 {
		return decimal.Decimal{}
	}
	return runs.Mul(hoursPerMonth).Mul(decimal.NewFromInt(int64(time.Hour))).DivRound(decimal.NewFromInt(int64(covered)), cost.Places)
}

func seconds(d time.Duration) decimal.Decimal { return decimal.New(int64(d), -9) }

// onLambda finds what a run takes on Lambda: what it was billed there, or, for work that has
// moved, what its function's memory would be billed for a Job's time.
func (q *question) onLambda(w *work, v *migration.WorkloadView) {
	function := migration.Described(v.Functions)
	w.place = migration.RegionArch{Region: q.snap.Scope.Region, Arch: migration.X86}
	if function != nil {
		w.place, w.memory = function.Place, function.MemorySize
	}
	if longest, ok := v.After.Duration.Max().Get(); ok && longest > migration.LambdaWall {
		w.unavailable = fmt.Sprintf("%s takes up to %s, and Lambda ends every run at %s", w.name, migration.Brief(longest),
			migration.Brief(migration.LambdaWall))
		return
	}
	mean, timed := v.Before.Duration.Mean().Get()
	if v.Before.Runs.Or(0) > 0 {
		pool := q.poolOf(w.place)
		switch {
		case pool.problem != "":
			w.unavailable = pool.problem
		case !v.Before.CostPerRun.Value.Known() || v.Before.CostPerRun.Evidence.LowerBound:
			w.unavailable = fmt.Sprintf("what a run of %s costs on Lambda is unknown", w.name)
		default:
			n, parts := decimal.NewFromInt(v.Before.Runs.Or(0)), &v.Before.Parts
			w.gbs = parts.OnDemand.GBSeconds().DivRound(n, cost.Places)
			w.covered, w.uncovered = cost.Per(parts.Provisioned, n).Decimal(), cost.Per(parts.Beside, n).Decimal()
			if w.covered.IsPositive() {
				q.note("provisioned concurrency stays as it is, on its architecture, for as many runs")
			}
		}
		if timed {
			w.busy = seconds(mean)
		}
		return
	}
	ran, ok := v.After.Duration.Mean().Get()
	switch {
	case !ok:
		w.unavailable = fmt.Sprintf("how long a run of %s takes is unknown", w.name)
	case function != nil:
		w.toFunction(function.MemorySize, ran)
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
		w.toFunction(memory, ran)
	}
}

// toFunction puts a Job's run into a function of some memory.
func (w *work) toFunction(memory migration.Bytes, ran time.Duration) {
	w.busy = seconds(ran)
	w.memory = memory
	w.gbs = decimal.NewFromInt(int64(memory)).Mul(w.busy).DivRound(decimal.NewFromInt(int64(migration.GiB)), cost.Places)
}

// asJob finds what a run holds as a Job: what its newest pods request, or, for work that
// never ran as a Job, its function's memory and the CPU that Lambda gives with it; for the
// run's time and a pod's start-up.
func (q *question) asJob(w *work, v *migration.WorkloadView, runs []migration.Run) {
	w.pods = decimal.New(1, 0)
	fleet := &q.snap.Totals.After.StartUp
	start, _ := fleet.Quantile(0.5).Get()
	if own, ok := v.After.StartUp.Quantile(0.5).Get(); ok {
		start = own
	}
	w.start = seconds(start.High)
	took, ran := v.After.Duration.Mean().Get()
	if !ran {
		var ok bool
		if took, ok = v.Before.Duration.Mean().Get(); !ok {
			w.unschedulable = fmt.Sprintf("how long a run of %s takes is unknown", w.name)
			return
		}
	}
	w.pod.Duration = took + start.High
	if w.busy.IsZero() {
		w.busy = seconds(took)
	}
	for i := range runs {
		r := &runs[i]
		cpu, ok1 := r.Request.CPU.Get()
		memory, ok2 := r.Request.Memory.Get()
		if ran && r.Key.Workload == w.name && ok1 && ok2 && memory > 0 { // without a request it says nothing
			w.pod.CPU, w.pod.Memory = cpu, memory
			w.pods = decimal.NewFromInt(int64(max(r.Parallel, 1)))
			return
		}
	}
	function := migration.Described(v.Functions)
	if function == nil {
		w.unschedulable = fmt.Sprintf("what a run of %s would request is unknown: no Job of it says so, and no function's memory", w.name)
		return
	}
	w.pod.Memory = function.MemorySize
	w.pod.CPU = cost.LambdaCPU(w.pod.Memory)
}
