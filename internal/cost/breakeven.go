package cost

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// answerPlaces is how many places a quotient of an answer has.
const answerPlaces = 12

// LambdaLine is what one run costs on Lambda as two lines: over its length, and over its
// function's memory. What grows with the one need not grow with the other: storage is
// billed by the second and not by the memory, provisioned concurrency stands there
// however long a run takes but grows with the memory, and requests and logs are what
// they are.
type LambdaLine struct {
	PerSecond decimal.Decimal // USD: compute and ephemeral storage
	Fixed     decimal.Decimal // USD a run, however short: requests, logs, provisioned concurrency that stands there
	PerGB     decimal.Decimal // USD: compute and provisioned concurrency of one GB of memory over the run's length
	Beside    decimal.Decimal // USD a run, whatever the memory: requests, logs, ephemeral storage
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

// Memory solves job = Beside + GB*PerGB for the memory, in MB: a larger function of this
// length is dearer than the Job.
func (l LambdaLine) Memory(job migration.USD) migration.Opt[decimal.Decimal] {
	if !l.PerGB.IsPositive() {
		return migration.None[decimal.Decimal]()
	}
	mb := job.Decimal().Sub(l.Beside).Mul(decimal.New(1024, 0)).DivRound(l.PerGB, answerPlaces)
	return migration.Some(decimal.Max(mb, decimal.Decimal{}))
}
