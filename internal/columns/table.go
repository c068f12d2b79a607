package columns

import (
	"fmt"
	"math"
	"strconv"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

type (
	tenantView = migration.TenantView
	sideView   = migration.Side
	figureUSD  = migration.Figure[migration.USD]
)

// table has every column in the order of CSV and of the screen. docs/snapshot.md lists it; run
// go test ./internal/columns -update after a change.
var table = []Column{
	{
		Name: "row", Title: "ROW",
		Help: "tenant, unattributed (work that could not be given to any), a platform that is no side of the move, " +
			"credit (the free tier's), idle (nodes that no run requested), platform (the cluster's own fee) or total",
		Value: func(r *Row, _ int) Cell { return same(r.Kind) },
	},
	{
		Name: "tenant", Title: "TENANT", Help: "name of the tenant; empty in the other rows", Foreign: true, Usual: true,
		Value: func(r *Row, _ int) Cell {
			if r.Kind == "tenant" {
				return same(string(r.Tenant.Tenant))
			}
			return Cell{short: "(" + r.Kind + ")"}
		},
		Screens: []Screen{{Name: "tenant", Help: "the tenant", Min: 12, Max: 30, Priority: 1, Left: true, Ascending: true}},
	},
	{
		Name: "routed_ratio", Title: "ROUTED", Help: "share of runs that ended on {after}", Right: true, Usual: true,
		Value: func(r *Row, _ int) Cell { return ratio(r.Routed) },
		Screens: []Screen{{
			Name: "routed", Help: "share of runs that end on {after}", Min: 6, Max: 17, Priority: 6, Left: true,
			Key: func(t *tenantView) (float64, bool) { return key(t.Routed.Value) },
		}},
	},
	{
		Name: "cost_per_hour_usd", Title: "$/H", Help: "cost of both sides, an hour", Right: true, Usual: true,
		Value: func(r *Row, _ int) Cell { return money(&r.PerHour) },
	},
	{
		Name: "cost_per_hour_usd", Title: "$/H", Long: true, Sided: true, Help: "cost an hour", Right: true, Usual: true,
		Value: perSide(func(s *sideView) Cell { return money(&s.CostPerHour) }),
		Screens: []Screen{
			{
				Name: "{before.id}", Title: "{BEFORE} $", Help: "cost on {before}", Side: 0, Min: 9, Max: 14, Priority: 2,
				Key: func(t *tenantView) (float64, bool) { return usdKey(t.Before.CostPerHour.Value) },
			},
			{
				Name: "{after.id}", Title: "{AFTER} $", Help: "cost on {after}", Side: 1, Min: 9, Max: 14, Priority: 3,
				Key: func(t *tenantView) (float64, bool) { return usdKey(t.After.CostPerHour.Value) },
			},
		},
	},
	{
		Name: "delta_ratio", Title: "DELTA", Help: "cost per run on {after} divided by that on {before}, minus 1", Right: true, Usual: true,
		Value: perTenant(func(t *tenantView) Cell { return provisional(signed(t.Delta.Value), t.Delta.Evidence) }),
		Screens: []Screen{{
			Name: "delta", Help: "cost of a run on {after} compared with {before}", Min: 7, Max: 7, Priority: 5, Ascending: true,
			Key: func(t *tenantView) (float64, bool) { return key(t.Delta.Value) },
		}},
	},
	{
		Name: "break_even_runs_per_day", Title: "BREAK-EVEN/DAY", Right: true, Usual: true,
		Help:  "runs per day from which runs on {after} are cheaper; empty if never or unknown",
		Value: perTenant(func(t *tenantView) Cell { return provisional(number(t.BreakEven.Value), t.BreakEven.Evidence) }),
		Screens: []Screen{{
			Name: "break-even", Title: "BREAK-EVEN/DAY", Narrow: "BREAK-EVEN", Min: 10, Max: 14, Priority: 10, Ascending: true,
			Help: "runs a day for {after} to cost less, a tick if reached",
			Key:  func(t *tenantView) (float64, bool) { return t.BreakEven.Value.Get() },
		}},
	},
	{
		Name: "failure_ratio", Title: "FAIL", Sided: true, Help: "failures over runs", Right: true, Usual: true,
		Value: perSide(func(s *sideView) Cell { return late(ratio(s.FailureRate), s) }),
		Screens: []Screen{{
			Name: "failed", Title: "FAIL%", Help: "share of runs that failed, {before} and {after}",
			Pair: true, Min: 11, Max: 11, Priority: 8,
			Key: func(t *tenantView) (float64, bool) {
				return key(migration.Larger(t.Before.FailureRate, t.After.FailureRate))
			},
		}},
	},
	{
		Name: "duration_p95_seconds", Title: "P95", Sided: true, Help: "95th percentile of run times", Right: true, Usual: true,
		Value: perSide(func(s *sideView) Cell { return late(high(s.Duration, 0.95), s) }),
		Screens: []Screen{{
			Name: "p95", Help: "95th percentile of the run time, {before} and {after}", Pair: true, Min: 13, Max: 15, Priority: 9,
			Key: larger(func(s *sideView) (float64, bool) {
				b, ok := s.Duration.Quantile(0.95).Get()
				return float64(b.High), ok
			}),
		}},
	},
	{
		Name: "wall_ratio", Title: "TIMEOUT", Sided: true, Right: true, UsualBefore: true,
		Help:  "longest run divided by its time limit",
		Value: perSide(func(s *sideView) Cell { return late(ratio(s.TimeoutRatio), s) }),
		Screens: []Screen{{
			Name: "timeout", Title: "TIMEOUT", Help: "longest run over its time limit", Min: 7, Max: 7, Priority: 7,
			Key: func(t *tenantView) (float64, bool) {
				return key(migration.Larger(t.Before.TimeoutRatio, t.After.TimeoutRatio))
			},
		}},
	},
	{
		Name: "verdict", Title: "VERDICT", Usual: true,
		Help: "what to do now: move, stay or cannot stay before the first step, PROMOTE, HOLD or ROLL BACK between steps, " +
			"moved after the last",
		Value: perTenant(func(t *tenantView) Cell { return same(t.Cutover.Text) }),
		Screens: []Screen{{
			Name: "verdict", Help: "what to do now", Min: 13, Max: 25, Priority: 4, Left: true,
			Key: func(t *tenantView) (float64, bool) { return float64(t.Cutover.Word.Urgency()), true },
		}},
	},
	{
		Name: "verdict_reason", Title: "REASON", Help: "why, in one sentence", Foreign: true,
		Value: perTenant(func(t *tenantView) Cell { return same(t.Cutover.Reason) }),
	},
	{
		Name: "cost_verdict", Title: "COST VERDICT", Help: "what the costs say: not enough data, stay, move, cannot stay or moved",
		Value: perTenant(func(t *tenantView) Cell { return same(t.Verdict.Decision.String()) }),
	},
	{
		Name: "cost_verdict_reason", Title: "COST REASON", Help: "why, in one sentence", Foreign: true,
		Value: perTenant(func(t *tenantView) Cell { return same(t.Verdict.Reason) }),
	},
	{
		Name: "wave", Title: "WAVE", Help: "wave of the plan; empty if the tenant is in none", Foreign: true,
		Value: perTenant(func(t *tenantView) Cell { return same(t.Cutover.Detail.Wave) }),
	},
	{
		Name: "step_ratio", Title: "STEP", Right: true,
		Help:  "share of {after} that the current step intends; empty before the first step",
		Value: perTenant(func(t *tenantView) Cell { return share(t.Cutover.Detail.Share) }),
		Screens: []Screen{{
			Name: "step", Help: "share of {after} that the current step intends", Min: 6, Max: 6, Priority: 22, Off: true,
			Key: func(t *tenantView) (float64, bool) { return key(t.Cutover.Detail.Share) },
		}},
	},
	{
		Name: "observed_ratio", Title: "OBSERVED", Right: true,
		Help:  "share of messages that {after} had since the step; empty before the first step",
		Value: perTenant(func(t *tenantView) Cell { return share(t.Cutover.Detail.Observed) }),
		Screens: []Screen{{
			Name: "observed", Help: "share of messages that {after} had since the step", Min: 8, Max: 8, Priority: 23, Off: true,
			Key: func(t *tenantView) (float64, bool) { return key(t.Cutover.Detail.Observed) },
		}},
	},
	{
		Name: "evidence", Title: "EVIDENCE", Right: true,
		Help:  "where the evidence stands between ROLL BACK at -1 and PROMOTE at 1; empty outside the steps",
		Value: perTenant(evidence),
		Screens: []Screen{{
			Name: "evidence", Help: "evidence between ROLL BACK and PROMOTE", Min: 9, Max: 21, Priority: 24, Off: true, Left: true,
			Ascending: true,
			Key:       func(t *tenantView) (float64, bool) { return t.Cutover.Detail.Bar, t.Cutover.Detail.Judged() },
		}},
	},
	{
		Name: "notices", Title: "NOTICES",
		Help:  "codes of the notices, worst first, separated by spaces; see [notices.md](notices.md)",
		Value: perTenant(notices),
	},
	{
		Name: "notices_since", Title: "SINCE",
		Help:  "time when the condition of each became true, in the same order; `-` if unknown",
		Value: perTenant(noticesSince),
	},
	{ // charts of a cost that has columns of its own
		Screens: []Screen{
			{
				Name: "{before.id}-chart", Title: "{BEFORE}", Help: "cost on {before} over the window", Side: 0,
				Min: 7, Max: 16, Priority: 12, Left: true,
				Key: func(t *tenantView) (float64, bool) { return usdKey(t.Before.Cost.Value) },
			},
			{
				Name: "{after.id}-chart", Title: "{AFTER}", Help: "cost on {after} over the window", Side: 1,
				Min: 7, Max: 16, Priority: 13, Left: true,
				Key: func(t *tenantView) (float64, bool) { return usdKey(t.After.Cost.Value) },
			},
		},
	},
	{
		Name: "cost_usd", Title: "$", Sided: true, Help: "cost of the window", Right: true,
		Value: perSide(func(s *sideView) Cell { return money(&s.Cost) }),
	},
	{
		Name: "cost_per_run_usd", Title: "$/RUN", Sided: true, Help: "cost of one run", Right: true,
		Value: perSide(func(s *sideView) Cell { return small(&s.CostPerRun) }),
		Screens: []Screen{{
			Name: "per-run", Help: "cost of a run, {before} and {after}", Pair: true, Min: 19, Max: 19, Priority: 15, Off: true,
			Key: func(t *tenantView) (float64, bool) { return usdKey(t.After.CostPerRun.Value) },
		}},
	},
	{
		Name: "cost_method", Title: "COST IS", Sided: true, Help: "how the cost is known: measured, derived or estimated", Right: true,
		Value: perSide(func(s *sideView) Cell {
			if !s.Cost.Value.Known() {
				return Cell{}
			}
			return same(s.Cost.Evidence.Method.String())
		}),
	},
	{
		Name: "cost_lower_bound", Title: "COST AT LEAST", Sided: true, Right: true,
		Help:  "a part of the cost is unknown and left out: true or false",
		Value: perSide(func(s *sideView) Cell { return truth(&s.Cost, s.Cost.Evidence.LowerBound) }),
	},
	{
		Name: "cost_provisional", Title: "COST MAY CHANGE", Sided: true, Right: true,
		Help:  "late data may still change the cost: true or false",
		Value: perSide(func(s *sideView) Cell { return truth(&s.Cost, s.Cost.Evidence.Provisional) }),
	},
	{
		Name: "runs", Title: "RUNS", Sided: true, Help: "runs that ended", Right: true,
		Value: perSide(func(s *sideView) Cell { return late(count(s.Runs), s) }),
		Screens: []Screen{{
			Name: "runs", Help: "runs that ended, {before} and {after}", Pair: true, Min: 13, Max: 15, Priority: 11,
			Key: func(t *tenantView) (float64, bool) { return countKey(migration.Plus(t.Before.Runs, t.After.Runs)) },
		}},
	},
	{
		Name: "failures", Title: "FAILURES", Sided: true, Help: "runs that ended badly", Right: true,
		Value: perSide(func(s *sideView) Cell { return late(count(s.Failures), s) }),
	},
	{
		Name: "throttled", Title: "THROTTLED", Sided: true, Help: "runs refused at a concurrency limit", Right: true,
		Value: perSide(func(s *sideView) Cell { return late(count(s.Throttled), s) }),
	},
	{
		Name: "timed_out", Title: "TIMED OUT", Sided: true, Help: "runs ended at their time limit", Right: true,
		Value: perSide(func(s *sideView) Cell { return late(count(s.TimedOut), s) }),
	},
	{
		Name: "oom_killed", Title: "OOMKILLED", Sided: true, Help: "attempts whose main container was killed because of memory",
		Right: true,
		Value: perSide(func(s *sideView) Cell { return late(count(s.OOMKilled), s) }),
	},
	{
		Name: "running", Title: "RUNNING", Sided: true, Help: "runs under way", Right: true,
		Value: perSide(func(s *sideView) Cell { return count(s.Running) }),
	},
	{
		Name: "pending", Title: "PENDING", Sided: true, Help: "runs that wait", Right: true,
		Value: perSide(func(s *sideView) Cell { return count(s.Pending) }),
	},
	{ // running and pending
		Screens: []Screen{{
			Name: "live", Title: "RUN/PEND", Help: "runs on {after} running and pending now", Min: 9, Max: 9, Priority: 14,
			Key: func(t *tenantView) (float64, bool) { return countKey(migration.Plus(t.After.Running, t.After.Pending)) },
		}},
	},
	{
		Name: "duration_p50_seconds", Title: "P50", Sided: true, Help: "median run time", Right: true,
		Value: perSide(func(s *sideView) Cell { return late(high(s.Duration, 0.5), s) }),
	},
	{
		Name: "duration_max_seconds", Title: "LONGEST", Sided: true, Help: "longest run", Right: true,
		Value: perSide(func(s *sideView) Cell { return late(span(s.Duration.Max()), s) }),
	},
	{
		Name: "start_up_p50_seconds", Title: "START", Sided: true, Help: "median start-up", Right: true,
		Value: perSide(func(s *sideView) Cell { return late(high(s.StartUp, 0.5), s) }),
	},
	{
		Name: "peak_memory_max_bytes", Title: "PEAK", Sided: true, Help: "peak memory of a main container", Right: true,
		Value: perSide(func(s *sideView) Cell { return late(memory(s.PeakMemory.Max()), s) }),
	},
	{
		Name: "memory_limit_bytes", Title: "LIMIT", Sided: true, Help: "memory limit of a run: that of its main container", Right: true,
		Value: perSide(func(s *sideView) Cell { return memory(s.MemoryLimit) }),
	},
	{
		Name: "monthly_saving_usd", Title: "SAVES/MO", Right: true,
		Help: "what is still to be saved per month: the runs that are on {before} now, on {after}, with their part of idle nodes and " +
			"platform; negative if they cost more; empty where a side was not read or has no price",
		Value: perTenant(func(t *tenantView) Cell { return money(&t.Economics.Saving) }),
		Screens: []Screen{{
			Name: "saving", Help: "what is still to be saved a month on {after}", Min: 11, Max: 12, Priority: 20, Off: true,
			Key: func(t *tenantView) (float64, bool) { return usdKey(t.Economics.Saving.Value) },
		}},
	},
	{
		Name: "month_end_usd", Title: "MONTH END", Right: true,
		Help:  "forecast cost of this calendar month, on the side where the plan puts the tenant",
		Value: perTenant(func(t *tenantView) Cell { return money(&t.Economics.MonthEnd) }),
		Screens: []Screen{{
			Name: "month-end", Min: 11, Max: 12, Priority: 19, Off: true,
			Key: func(t *tenantView) (float64, bool) { return usdKey(t.Economics.MonthEnd.Value) },
		}},
	},
	amount("month_end_stay_usd", "IF IT STAYS", "the same with all runs on {before} from now on",
		func(e *migration.Economics) *figureUSD { return &e.Stay }),
	amount("platform_share_per_hour_usd", "PLATFORM/H", "the tenant's share of the platform per hour; not in its cost",
		func(e *migration.Economics) *figureUSD { return &e.PlatformShare }),
	amount("idle_share_per_hour_usd", "IDLE/H", "the tenant's share of idle nodes per hour; not in its cost",
		func(e *migration.Economics) *figureUSD { return &e.IdleShare }),
	amount("marginal_per_hour_usd", "MARGINAL/H", "additional cost of the node pool per hour because the tenant's pods made it grow",
		func(e *migration.Economics) *figureUSD { return &e.Marginal }),
	amount("monthly_saved_usd", "SAVED/MO", "what has been saved per month already: the same of the runs that are on {after} now",
		func(e *migration.Economics) *figureUSD { return &e.Saved }),
	{
		Name: "gap", Title: "NOT COMPARED", Help: "why nothing is compared: what was not read, or has no price", Foreign: true,
		Value: perTenant(func(t *tenantView) Cell { return same(t.Economics.Gap) }),
	},
	{
		Name: "log_lines", Title: "LINES", Sided: true, Right: true, Value: logs(false),
		Help: "lines that arrived in its log groups in the last hour counted by CloudWatch, including those of others in shared groups",
	},
	{
		Name: "log_silent_runs", Title: "SILENT", Sided: true, Right: true, Value: logs(true),
		Help: "runs in that hour of workloads without any line",
	},
	{
		Name: "runs_per_day", Title: "RUNS/DAY", Help: "runs of both sides per day, at the rate of the window", Right: true,
		Value: perTenant(func(t *tenantView) Cell { return number(t.Economics.RunsPerDay) }),
	},
	{
		Name: "break_even_duration_seconds", Title: "EVEN FROM", Right: true,
		Help:  "duration from which one run is cheaper on {after}, without the platform's fixed share",
		Value: perTenant(func(t *tenantView) Cell { return span(t.Economics.Duration.Value) }),
	},
	{
		Name: "break_even_utilization_ratio", Title: "EVEN BUSY", Right: true,
		Help: "share of an hour that the resources of a run on {after} must be busy to cost the same as {before} for the busy time; " +
			"above 1 they never do",
		Value: perTenant(func(t *tenantView) Cell { return ratio(t.Economics.Utilization.Value) }),
	},
	{
		Name: "notice_severity", Title: "NEEDS", Help: "the highest severity among the notices: info, warning or critical; empty " +
			"without notices",
		Value: perTenant(func(t *tenantView) Cell {
			if len(t.Notices) == 0 {
				return Cell{}
			}
			return same(migration.Worst(t.Notices).String())
		}),
	},
	{
		Name: "duration_p95_low_seconds", Title: "P95 LOW", Sided: true, Help: "lower bound of the 95th percentile of run times",
		Right: true,
		Value: perSide(func(s *sideView) Cell { return late(low(s.Duration, 0.95), s) }),
	},
	{
		Name: "memory_ratio", Title: "MEMORY", Sided: true, Help: "peak memory divided by the limit", Right: true,
		Value: perSide(func(s *sideView) Cell { return late(ratio(MemoryShare(s)), s) }),
		Screens: []Screen{{
			Name: "memory", Title: "MEM%", Help: "peak memory over the limit, {before} and {after}",
			Pair: true, Min: 10, Max: 10, Priority: 16, Off: true,
			Key: larger(func(s *sideView) (float64, bool) { return key(MemoryShare(s)) }),
		}},
	},
	{
		Name: "start_up_p95_seconds", Title: "START95", Sided: true, Help: "95th percentile of start-ups", Right: true,
		Value: perSide(func(s *sideView) Cell { return late(high(s.StartUp, 0.95), s) }),
		Screens: []Screen{{
			Name: "start-up", Title: "START", Help: "95th percentile of the start-up, {before} and {after}",
			Pair: true, Min: 13, Max: 15, Priority: 17, Off: true,
			Key: func(t *tenantView) (float64, bool) {
				b, ok := t.After.StartUp.Quantile(0.95).Get()
				return float64(b.High), ok
			},
		}},
	},
	{ // throttled, timed_out and oom_killed
		Screens: []Screen{{
			Name: "killed", Title: "THR/TMO/OOM", Help: "throttled, timed out, OOMKilled", Min: 12, Max: 14, Priority: 18, Off: true,
			Key: func(t *tenantView) (float64, bool) {
				a := migration.Plus(t.Before.Throttled, migration.Plus(t.Before.TimedOut, t.After.TimedOut))
				return countKey(migration.Plus(a, t.After.OOMKilled))
			},
		}},
	},
}

// amount describes a column derived from the costs of a tenant.
func amount(name, title, help string, of func(*migration.Economics) *figureUSD) Column {
	return Column{
		Name: name, Title: title, Help: help, Right: true,
		Value: perTenant(func(t *tenantView) Cell { return money(of(&t.Economics)) }),
	}
}

// evidence is where the evidence of a tenant between its steps stands, from -1 to 1.
func evidence(t *tenantView) Cell {
	d := &t.Cutover.Detail
	if !d.Judged() {
		return Cell{}
	}
	return Cell{exact: Number(d.Bar), short: fmt.Sprintf("%+.2f", d.Bar)}
}

// share is a ratio that people set: 20%, 12.5%.
func share(v migration.Opt[migration.Ratio]) Cell {
	return known(v, func(r migration.Ratio) Cell {
		return Cell{exact: Number(r), short: strconv.FormatFloat(math.Round(1000*float64(r))/10, 'f', -1, 64) + "%"}
	})
}

// MemoryShare is the greatest memory seen over what a run may use; unknown without either.
func MemoryShare(s *migration.Side) migration.Opt[migration.Ratio] {
	peak, ok := s.PeakMemory.Max().Get()
	limit, limited := s.MemoryLimit.Get()
	if !ok || !limited || limit <= 0 {
		return migration.None[migration.Ratio]()
	}
	return migration.Some(migration.Ratio(float64(peak) / float64(limit)))
}

func key[R ~float64](o migration.Opt[R]) (float64, bool) {
	r, ok := o.Get()
	return float64(r), ok
}

func countKey[N text.Integer](o migration.Opt[N]) (float64, bool) {
	n, ok := o.Get()
	return float64(n), ok
}

func usdKey(o migration.Opt[migration.USD]) (float64, bool) {
	u, ok := o.Get()
	return u.Float(), ok
}

// larger orders by the larger of both sides.
func larger(of func(*sideView) (float64, bool)) func(*tenantView) (float64, bool) {
	return func(t *tenantView) (float64, bool) {
		a, known := of(&t.Before)
		b, too := of(&t.After)
		return max(a, b), known || too
	}
}
