package awsmetrics

import (
	"context"
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// The time over which it is asked whether log lines arrive, and how long CloudWatch
// takes to count them.
const (
	arrivalWindow = time.Hour
	arrivalLag    = 5 * time.Minute
)

// IncomingLogEvents is the metric of how many lines arrive in a log group.
// Source: CloudWatch Logs user guide, "CloudWatch metrics for Logs".
func IncomingLogEvents(group string) Metric {
	return Metric{
		Namespace: "AWS/Logs", Name: "IncomingLogEvents", Stats: []string{"Sum"},
		Dimensions: []Dimension{{"LogGroupName", group}},
	}
}

// Arrived is how many lines arrived in a log group within a time; unknown where
// CloudWatch did not answer in full.
type Arrived struct {
	From, To time.Time
	Lines    migration.Opt[int64]
}

// LastCounted returns the last hour at now for which CloudWatch has counted log lines.
func LastCounted(now time.Time) (from, to time.Time) {
	to = now.Add(-arrivalLag).Truncate(migration.LogSpan)
	return to.Add(-arrivalWindow), to
}

// Arrived asks how many lines arrived in log groups in [LastCounted]. It is billed as a metric a log group. Minutes without a datapoint
// are minutes without a line. The answer has no series; for the error see Read.
func (r *Reader) Arrived(ctx context.Context, groups []string, now time.Time) ([]Arrived, Answer, error) {
	from, to := LastCounted(now)
	span := Span{Start: from, End: to, Period: migration.LogSpan}
	metrics := make([]Metric, len(groups))
	for i, g := range groups {
		metrics[i] = IncomingLogEvents(g)
	}
	answer, err := r.Read(ctx, metrics, span)
	out := make([]Arrived, len(groups))
	for i := range out {
		out[i].From, out[i].To = span.Start, span.End
		if s := &answer.Series[i]; s.Complete {
			var lines int64
			for n := range span.Periods() {
				lines += int64(math.Round(s.At(0, n).Or(0)))
			}
			out[i].Lines = migration.Some(lines)
		}
	}
	answer.Series = nil
	return out, answer, err
}
