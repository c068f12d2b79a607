package awsmetrics

import (
	"context"
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// The time over which it is asked whether log lines arrive, how much longer back minutes go, since questions may be an hour
// and a while apart, and how long CloudWatch takes to count lines.
const (
	arrivalWindow = time.Hour
	arrivalMargin = 15 * time.Minute
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
	Minutes  []int64 // of each minute up to To, from before From on; nil where Lines is unknown
}

// LastCounted returns the last hour at now for which CloudWatch has counted log lines.
func LastCounted(now time.Time) (from, to time.Time) {
	to = now.Add(-arrivalLag).Truncate(migration.LogSpan)
	return to.Add(-arrivalWindow), to
}

// Arrived asks how many lines arrived in log groups in [LastCounted], and in each minute. It is billed as a metric a log group,
// however many periods that is. Minutes without a datapoint are minutes without a line. The answer has no series; for the
// error see Read.
func (r *Reader) Arrived(ctx context.Context, groups []string, now time.Time) ([]Arrived, Answer, error) {
	from, to := LastCounted(now)
	span := Span{Start: from.Add(-arrivalMargin), End: to, Period: time.Minute}
	metrics := make([]Metric, len(groups))
	for i, g := range groups {
		metrics[i] = IncomingLogEvents(g)
	}
	answer, err := r.Read(ctx, metrics, span)
	out := make([]Arrived, len(groups))
	for i := range out {
		out[i].From, out[i].To = from, to
		if s := &answer.Series[i]; s.Complete {
			var lines int64
			minutes := make([]int64, span.Periods())
			for n := range minutes {
				minutes[n] = int64(math.Round(max(s.At(0, n).Or(0), 0)))
				if !span.Start.Add(time.Duration(n) * time.Minute).Before(from) {
					lines += minutes[n]
				}
			}
			out[i].Lines, out[i].Minutes = migration.Some(lines), minutes
		}
	}
	answer.Series = nil
	return out, answer, err
}
