package cost

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// answerPlaces is how many places a quotient of an answer has.
const answerPlaces = 12

// LambdaLine is what one run costs on Lambda as a line over its length: what each second
// costs and what a run costs however short it is.
type LambdaLine struct {
	PerSecond decimal.Decimal // USD: compute and ephemeral storage
	PerGB     decimal.Decimal // USD: compute of one GB of memory over the run's length
	Fixed     decimal.Decimal // USD: requests
}

// Utilization is the share of an hour that a platform must be busy for to cost what
// Lambda does for the busy time: $job-hour over $lambda-hour. Above 1 it never does.
// Unknown where time on Lambda is free.
func (l LambdaLine) Utilization(jobPerSecond decimal.Decimal) migration.Opt[decimal.Decimal] {
	if !l.PerSecond.IsPositive() {
		return migration.None[decimal.Decimal]()
	}
	return migration.Some(jobPerSecond.DivRound(l.PerSecond, answerPlaces))
}

// Duration solves least*job = Fixed + d*PerSecond for d, in seconds. From there on the
// Job is cheaper, if a second of it is; where a second of the Job is dearer, no run is
// long enough and the answer is unknown (a request's price aside, which is less than
// 10 ms of compute). least is the time that the platform bills at the least, 0 for none.
func (l LambdaLine) Duration(jobPerSecond decimal.Decimal, least time.Duration) migration.Opt[decimal.Decimal] {
	if !l.PerSecond.IsPositive() || jobPerSecond.GreaterThan(l.PerSecond) {
		return migration.None[decimal.Decimal]()
	}
	d := decimal.New(int64(least), -9).Mul(jobPerSecond).Sub(l.Fixed).DivRound(l.PerSecond, answerPlaces)
	return migration.Some(decimal.Max(d, decimal.Decimal{}))
}

// Memory is the memory in MB at which a function of this length would cost what the Job
// does: a larger one is dearer than the Job.
func (l LambdaLine) Memory(job migration.USD) migration.Opt[decimal.Decimal] {
	if !l.PerGB.IsPositive() {
		return migration.None[decimal.Decimal]()
	}
	mb := job.Decimal().Sub(l.Fixed).Mul(decimal.New(1024, 0)).DivRound(l.PerGB, answerPlaces)
	return migration.Some(decimal.Max(mb, decimal.Decimal{}))
}
