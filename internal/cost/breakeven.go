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
// billed by the second and not by the memory, provisioned concurrency grows with the
// memory and not with a run's length, and requests and logs grow with neither.
type LambdaLine struct {
	PerSecond     decimal.Decimal // USD: compute and ephemeral storage
	DurationFixed decimal.Decimal // USD a run, whatever its length: requests, logs, idle provisioned concurrency
	PerGB         decimal.Decimal // USD: compute and provisioned concurrency of one GB of memory over the run's length
	MemoryFixed   decimal.Decimal // USD a run, whatever the memory: requests, logs, ephemeral storage
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

// Duration solves
//
//	Fixed + d*PerSecond = job * max(least, d + start)
//
// for d, in seconds: from there on a run is cheaper as a Job. start is for how long a Job
// holds its host before its container runs; least is the time that
// the platform bills at least, 0 for none. Where a second of the Job is no cheaper, no
// run is long enough and the answer is unknown, but for one that is cheaper however long.
func (l LambdaLine) Duration(jobPerSecond, start decimal.Decimal, least time.Duration) migration.Opt[decimal.Decimal] {
	if !l.PerSecond.IsPositive() || jobPerSecond.GreaterThan(l.PerSecond) {
		return migration.None[decimal.Decimal]()
	}
	billed := decimal.New(int64(least), -9)
	d := billed.Mul(jobPerSecond).Sub(l.DurationFixed).DivRound(l.PerSecond, answerPlaces)
	if least > 0 && !d.Add(start).GreaterThan(billed) {
		return migration.Some(decimal.Max(d, decimal.Decimal{}))
	}
	ahead := start.Mul(jobPerSecond).Sub(l.DurationFixed) // what a run of no length costs more as a Job
	if !ahead.IsPositive() {
		return migration.Some(decimal.Decimal{})
	}
	if gains := l.PerSecond.Sub(jobPerSecond); gains.IsPositive() {
		return migration.Some(ahead.DivRound(gains, answerPlaces))
	}
	return migration.None[decimal.Decimal]()
}

// Memory solves job = MemoryFixed + GB*PerGB for the memory, in MB: a larger function of this
// length costs more than the Job.
func (l LambdaLine) Memory(job migration.USD) migration.Opt[decimal.Decimal] {
	if !l.PerGB.IsPositive() {
		return migration.None[decimal.Decimal]()
	}
	mb := job.Decimal().Sub(l.MemoryFixed).Mul(decimal.New(1024, 0)).DivRound(l.PerGB, answerPlaces)
	return migration.Some(decimal.Max(mb, decimal.Decimal{}))
}
