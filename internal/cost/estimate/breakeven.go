package estimate

import (
	"cmp"
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

// BreakEven is where a platform for Jobs begins to be cheaper than Lambda.
type BreakEven struct {
	// LambdaRun is what one run more costs on Lambda: compute, requests and
	// ephemeral storage at the first tier's rates, beyond any free tier.
	LambdaRun migration.Opt[migration.USD] `json:"lambda_run_usd"`
	// JobRun is the platform's total over its runs.
	JobRun migration.Opt[migration.USD] `json:"job_run_usd"`
	// Fixed is what the platform costs a month without any run.
	Fixed migration.Opt[migration.USD] `json:"fixed_month_usd"`
	// RunsPerDay is Fixed / (30.4375 * (LambdaRun - JobRun)); unknown where a run
	// on Lambda costs no more: then Jobs never pay.
	RunsPerDay migration.Opt[decimal.Decimal] `json:"runs_per_day"`
	// Memory is the memory in MB at which a function of this duration would cost
	// what the Job does: a larger one costs more than the Job.
	Memory migration.Opt[decimal.Decimal] `json:"memory_mb"`
	// Duration is from how many seconds on one run is cheaper as a Job, the
	// fixed cost aside: where Fargate bills a minute, the time whose price on
	// Lambda equals that minute's. Unknown where it never is.
	Duration migration.Opt[decimal.Decimal] `json:"duration_seconds"`
	// Utilization is the share of an hour that the platform must be busy for to
	// cost what Lambda does for the busy time: $job-hour over $lambda-hour.
	// Above 1 it never does.
	Utilization migration.Opt[decimal.Decimal] `json:"utilization"`
	Verdict     migration.Verdict              `json:"verdict"`
}

func breakEvens(p *cost.Pricer, s *Shape, r *Result) *BreakEvens {
	lambda := lambdaRun(p, s)
	none := migration.Some(migration.USD{})
	fargate, span := cost.FargateSeconds(s.Job.Duration), decimal.New(int64(s.Job.Duration), -9)
	return &BreakEvens{
		EKSFargate: lambda.against(s, r.Platforms.EKSFargate, r.Cluster.Total, fargate, cost.FargateMinimum),
		ECSFargate: lambda.against(s, r.Platforms.ECSFargate, none, fargate, cost.FargateMinimum),
		Nodes:      lambda.against(s, r.Platforms.Nodes, r.Cluster.Total, span, 0),
	}
}

// lambdaSide is what one run more costs on Lambda, and what of it grows with time.
type lambdaSide struct {
	cost.LambdaLine
	run     migration.Opt[migration.USD]
	problem string
	// impossible says that problem is no price that is missing.
	impossible bool
}

func lambdaRun(p *cost.Pricer, s *Shape) lambdaSide {
	month, line := p.LambdaRun(s.Region, &s.Lambda)
	return lambdaSide{LambdaLine: line, run: month.Total(), problem: cmp.Or(month.Problem, month.Missing), impossible: month.Problem != ""}
}

// against compares with one platform whose run is billed for so many seconds, for
// least at the least.
func (l lambdaSide) against(s *Shape, job *Platform, fixed migration.Opt[migration.USD], billed decimal.Decimal,
	least time.Duration,
) BreakEven {
	runs := s.Job.Runs.Or(0)
	out := BreakEven{LambdaRun: l.run, JobRun: cost.PerRun(job.Total, runs), Fixed: fixed}
	missing := l.problem
	if missing == "" {
		missing = job.Problem
	}
	out.Verdict = cost.Judge(cost.Case{
		LambdaRuns: s.Lambda.Runs, JobRuns: runs, JobEstimated: true, Lambda: l.run, Job: out.JobRun, Fixed: fixed,
		RunsPerDay: migration.Some(decimal.NewFromInt(s.Lambda.Runs).DivRound(cost.DaysPerMonth, cost.Places)),
		// A shape is one run as good as many; its own length is its longest.
		LongestLambda: migration.Some(min(s.Lambda.Duration, migration.LambdaWall)), Missing: missing, Certain: true,
	})
	if l.impossible {
		out.Verdict = migration.Verdict{Decision: migration.CannotStay, Reason: l.problem}
	}
	lambda, ok1 := l.run.Get()
	each, ok2 := out.JobRun.Get()
	if !ok1 || !ok2 || !billed.IsPositive() {
		return out
	}
	if f, ok := fixed.Get(); ok {
		if n, pays := cost.BreakEven(lambda, each, f); pays {
			out.RunsPerDay = migration.Some(n)
		}
	}
	jobPerSecond := each.Decimal().DivRound(billed, cost.Places)
	out.Utilization = l.LambdaLine.Utilization(jobPerSecond)
	out.Duration = l.LambdaLine.Duration(jobPerSecond, decimal.Decimal{}, least)
	out.Memory = l.LambdaLine.Memory(each)
	return out
}
