package migration

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// Bytes is an amount of memory or storage in bytes.
type Bytes int64

// Binary multiples of a byte. AWS's "MB" and "GB" in Lambda and Fargate are
// these too (AWS states it for Fargate; Lambda's GB-second is MB/1024).
const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
)

// KiBCeil returns the amount in KiB, rounded up; it does not wrap near the greatest
// amount.
func (b Bytes) KiBCeil() int64 { return ceil(int64(b), int64(KiB)) }

// ceil divides, rounded towards the greater.
func ceil(a, by int64) int64 {
	n := a / by
	if a%by > 0 {
		n++
	}
	return n
}

// GiB returns the amount in GiB as an exact decimal.
func (b Bytes) GiB() decimal.Decimal {
	return decimal.NewFromInt(int64(b)).Div(decimal.NewFromInt(int64(GiB)))
}

// CPU is an amount of processor in nanocores: 1e9 is one vCPU of AWS, one core
// of Kubernetes. metrics.k8s.io measures in nanocores, requests are written in
// millicores.
type CPU int64

// Millicore and Core are the units that people write.
const (
	Millicore CPU = 1_000_000
	Core      CPU = 1_000_000_000
)

// Milli returns the amount in millicores, rounded up as Kubernetes does; it does not
// wrap near the greatest amount.
func (c CPU) Milli() int64 { return ceil(int64(c), int64(Millicore)) }

// Cores returns the amount in cores, for display.
func (c CPU) Cores() float64 { return float64(c) / float64(Core) }

// MilliCPUSeconds is processor held or used over time: one millicore for one
// second. Integer, so that the parts of a node add up to the node exactly.
type MilliCPUSeconds int64

// CoreHours returns the amount in core-hours as an exact fraction: the caller
// divides by [CoreHourUnit] last, so that nothing is rounded on the way.
func (m MilliCPUSeconds) CoreHours() (numerator, denominator decimal.Decimal) {
	return decimal.NewFromInt(int64(m)), CoreHourUnit
}

// CoreHourUnit is the number of millicore-seconds in a core-hour.
var CoreHourUnit = decimal.NewFromInt(1000 * 3600)

// KiBSeconds is memory held or used over time: one KiB for one second. An
// amount that is no whole number of KiB is rounded up to the next.
type KiBSeconds int64

// GiBHours returns the amount in GiB-hours as a fraction, see [MilliCPUSeconds.CoreHours].
func (k KiBSeconds) GiBHours() (numerator, denominator decimal.Decimal) {
	return decimal.NewFromInt(int64(k)), GiBHourUnit
}

// GiBHourUnit is the number of KiB-seconds in a GiB-hour.
var GiBHourUnit = decimal.NewFromInt(1024 * 1024 * 3600)

// MBMillis is Lambda's memory-time: one MB (1024 x 1024 bytes) configured for
// one billed millisecond. Integer, because that is what AWS bills in; the
// GB-second is this divided by 1,024,000.
type MBMillis int64

var mbMillisPerGBSecond = decimal.NewFromInt(1024 * 1000)

// GBSeconds returns the amount in GB-seconds. It is exact: 1/1,024,000 has a
// finite decimal expansion of 13 places.
func (m MBMillis) GBSeconds() decimal.Decimal {
	return decimal.NewFromInt(int64(m)).DivRound(mbMillisPerGBSecond, 13)
}

// Ratio is a share or a quotient without a unit; 1 is 100 %.
type Ratio float64

// Brief writes a time for a sentence, to the second below an hour and to the minute
// from there on: "41 s", "12m04", "15 min", "2h03".
func Brief(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < time.Hour:
		return fmt.Sprintf("%dm%02d", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%dh%02d", d/time.Hour, d%time.Hour/time.Minute)
}

// LambdaWall is the longest that one Lambda invocation can run.
// Source: AWS Lambda quotas, "Function timeout".
const LambdaWall = 900 * time.Second

// MostLambdaMemory is the memory of the largest Lambda function.
// Source: AWS Lambda quotas, "Function memory allocation".
const MostLambdaMemory = 10240 * MiB
