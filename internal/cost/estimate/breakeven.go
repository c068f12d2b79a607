package estimate

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// BreakEvens compares Lambda with each platform for Jobs.
type BreakEvens struct {
	EKSFargate BreakEven `json:"eks_fargate"`
	ECSFargate BreakEven `json:"ecs_fargate"`
	Nodes      BreakEven `json:"nodes"`
}

// BreakEven is where a platform for Jobs begins to be cheaper than Lambda. Both sides have all
// that their months have: fixed costs, the cluster, Savings Plans, tiers and the free tier.
type BreakEven struct {
	// LambdaRun is what one run more costs on Lambda: all that a run brings with it, at the first tier's
	// rates, after the Savings Plan and beyond any free tier.
	LambdaRun migration.Opt[migration.USD] `json:"lambda_run_usd"`
	// JobRun is the platform's total without fixed costs over its runs.
	JobRun migration.Opt[migration.USD] `json:"job_run_usd"`
	// LambdaFixed and Fixed are what Lambda and the platform cost a month without any run.
	LambdaFixed migration.Opt[migration.USD] `json:"lambda_fixed_month_usd"`
	Fixed       migration.Opt[migration.USD] `json:"fixed_month_usd"`
	// LambdaMonth and JobMonth are the months that the verdict compares.
	LambdaMonth migration.Opt[migration.USD] `json:"lambda_month_usd"`
	JobMonth    migration.Opt[migration.USD] `json:"job_month_usd"`
	// Crossing says where the platform is cheaper: "at once" (from the first run on), "above" or "below"
	// RunsPerDay, "never", or "" where it is unknown.
	Crossing cost.Crossing `json:"crossing"`
	// RunsPerDay is the number of runs a day at which both months cost the same, the nearest to the shape's
	// own where there are several; 0 at once, unknown for never. Where the sides have other numbers of runs, they are
	// Lambda's, and those of Jobs are in proportion.
	RunsPerDay migration.Opt[decimal.Decimal] `json:"runs_per_day"`
	// RunsPerMonth is the same of a month.
	RunsPerMonth migration.Opt[decimal.Decimal] `json:"runs_per_month"`
	// Turns are all such numbers.
	Turns []Turn `json:"turns,omitempty"`
	// Memory is the memory in MB at which one run more of this duration would cost
	// what the Job does: that of a larger function costs more than the Job.
	Memory migration.Opt[decimal.Decimal] `json:"memory_mb"`
	// Duration is from how many seconds on one run more is cheaper as a Job, fixed
	// costs aside: where Fargate bills a minute, the time whose price on
	// Lambda equals that minute's. Unknown where it never is.
	Duration migration.Opt[decimal.Decimal] `json:"duration_seconds"`
	// Utilization is the share of an hour that the platform must be busy for to
	// cost what Lambda does for the busy time: $job-hour over $lambda-hour.
	// Above 1 it never does.
	Utilization migration.Opt[decimal.Decimal] `json:"utilization"`
	Verdict     migration.Verdict              `json:"verdict"`
}

// Turn is a number of runs at which both sides cost the same.
type Turn struct {
	RunsPerDay   decimal.Decimal `json:"runs_per_day"`
	RunsPerMonth decimal.Decimal `json:"runs_per_month"`
	// Above is the cheaper side above it: "lambda" or "jobs".
	Above string `json:"cheaper_above"`
}

func (w *work) breakEvens() {
	l := w.lambdaSide()
	m := &w.out.Months
	fargate, span := cost.FargateSeconds(w.Job.Duration), decimal.New(int64(w.Job.Duration), -9)
	w.out.BreakEven = &BreakEvens{
		EKSFargate: w.against(l, jobSide{"EKS Fargate", w.eks, m.EKSFargate, fargate, cost.FargateMinimum}),
		ECSFargate: w.against(l, jobSide{"ECS Fargate", w.ecs, m.ECSFargate, fargate, cost.FargateMinimum}),
		Nodes:      w.against(l, jobSide{"nodes", w.nodes, m.Nodes, span, 0}),
	}
}

// lambdaSide is what Lambda costs over the runs, and one run more over its length and memory.
type lambdaSide struct {
	cost.LambdaLine
	cost.Curve
	run, fixed migration.Opt[migration.USD]
}

func (w *work) lambdaSide() lambdaSide {
	var out lambdaSide
	month, line := w.p.LambdaRun(w.Region, &w.Lambda)
	out.LambdaLine, out.run = line, month.Total()
	if !w.lambda.Known() {
		return out
	}
	stated := w.fixedPart(onLambda).Total().Or(migration.USD{}) // known, as the month is
	idle := w.p.LambdaMonthOf(w.Region, &w.Lambda, decimal.Decimal{}, nil)
	fixed := migration.AddUSD(idle.Total(), migration.Some(stated))
	out.fixed = fixed
	if w.alone {
		out.Curve, _ = w.p.LambdaCurve(w.Region, &w.Lambda, stated)
		return out
	}
	// Of several shapes each pays the average rate of all of them.
	if f, ok := fixed.Get(); ok {
		out.Curve = cost.Straight(f, migration.Dollars(cost.Sum(w.lambda.Lines).Decimal()).Sub(f), w.Lambda.Runs)
	}
	return out
}

// jobSide is one platform for Jobs, whose run is billed for so many seconds, for least at the least.
type jobSide struct {
	name   string
	month  *cost.Month
	whole  *Month
	billed decimal.Decimal
	least  time.Duration
}

// against compares Lambda with one platform.
func (w *work) against(l lambdaSide, j jobSide) BreakEven {
	runs := w.Job.Runs.Or(0)
	out := BreakEven{
		LambdaRun: wired(l.run), LambdaFixed: wired(l.fixed), LambdaMonth: w.out.Months.Lambda.Total, JobMonth: j.whole.Total,
	}
	var each migration.USD
	own := fixedOf(j.month)
	if total, ok := j.month.Total().Get(); ok {
		running := total.Sub(own)
		each = cost.Per(running, decimal.NewFromInt(runs))
		out.JobRun = wired(migration.Some(each))
		if cluster, ok := j.whole.Cluster.Get(); ok {
			fixed := own.Add(cluster)
			out.Fixed = wired(migration.Some(fixed))
			if l.At != nil {
				w.solve(&out, l.Curve, cost.Straight(fixed, running, w.Lambda.Runs))
			}
		}
	}
	w.judge(&out, l, j)
	if !out.LambdaRun.Known() || !out.JobRun.Known() || !j.billed.IsPositive() {
		return out
	}
	perSecond := each.Decimal().DivRound(j.billed, cost.Places)
	out.Utilization = l.LambdaLine.Utilization(perSecond)
	out.Duration = l.LambdaLine.Duration(perSecond, decimal.Decimal{}, j.least)
	out.Memory = l.LambdaLine.Memory(cost.Per(each.Mul(decimal.NewFromInt(runs)), decimal.NewFromInt(w.Lambda.Runs)))
	return out
}

// runsPlaces is how many places a number of runs of a break-even has.
const runsPlaces = migration.WirePlaces

// solve finds where both sides cost the same.
func (w *work) solve(out *BreakEven, lambda, jobs cost.Curve) {
	turns, cheaper := cost.Turns(lambda, jobs)
	days := daysOf(w.MonthHours)
	own := decimal.NewFromInt(w.Lambda.Runs)
	moves := cheaper // at the shape's own number of runs
	below, above := -1, -1
	for i, t := range turns {
		side := KeyLambda
		if t.Moves {
			side = onJobs
		}
		out.Turns = append(out.Turns, Turn{
			RunsPerDay: t.Runs.DivRound(days, runsPlaces), RunsPerMonth: t.Runs.Round(runsPlaces), Above: side,
		})
		if t.Runs.LessThan(own) {
			below, moves = i, t.Moves
		} else if above < 0 {
			above = i
		}
	}
	// The break-even is the one that leads to where the platform is cheaper.
	pick := above
	if moves && below >= 0 || !moves && above < 0 {
		pick = below
	}
	switch {
	case len(turns) == 0 && cheaper:
		out.Crossing = cost.MoveAtOnce
		out.RunsPerDay, out.RunsPerMonth = migration.Some(decimal.Decimal{}), migration.Some(decimal.Decimal{})
	case pick < 0:
		out.Crossing = cost.NeverMove
	default:
		out.Crossing = cost.MoveBelow
		if turns[pick].Moves {
			out.Crossing = cost.MoveAbove
		}
		out.RunsPerDay, out.RunsPerMonth = migration.Some(out.Turns[pick].RunsPerDay), migration.Some(out.Turns[pick].RunsPerMonth)
	}
}

// judge compares the two months.
func (w *work) judge(out *BreakEven, l lambdaSide, j jobSide) {
	if w.lambda.Problem != "" {
		out.Verdict = migration.Verdict{Decision: migration.CannotStay, Reason: w.lambda.Problem}
		return
	}
	if j.month.Problem != "" {
		out.Verdict = migration.Verdict{Decision: migration.Stay, Reason: j.month.Problem}
		return
	}
	even := cost.BreakEvenPoint{Crossing: out.Crossing, RunsPerDay: out.RunsPerDay}
	before := cost.SideMonth{
		Name: "Lambda", Limit: migration.LambdaWall, Gap: w.out.Months.Lambda.Problem, Fixed: l.fixed, Run: l.run,
		Month: out.LambdaMonth, Calculated: true,
	}
	after := cost.SideMonth{Name: j.name, Gap: j.whole.Problem, Fixed: out.Fixed, Month: out.JobMonth, Calculated: true}
	if each, ok := out.JobRun.Get(); ok {
		// What Lambda does in one run may take more or fewer Jobs.
		jobs := each.Mul(decimal.NewFromInt(w.Job.Runs.Or(0)))
		after.Run = migration.Some(cost.Per(jobs, decimal.NewFromInt(w.Lambda.Runs)))
	}
	out.Verdict = cost.Compare(before, after, cost.Terms{
		RunsPerDay: migration.Some(decimal.NewFromInt(w.Lambda.Runs).DivRound(daysOf(w.MonthHours), cost.Places)), BreakEven: &even,
	}).Verdict
}

// wired is an amount with the digits that are right.
func wired(u migration.Opt[migration.USD]) migration.Opt[migration.USD] {
	return migration.Map(u, func(u migration.USD) migration.USD { return migration.Dollars(migration.RoundQuotient(u.Decimal())) })
}
