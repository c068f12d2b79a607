package logs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsmetrics"
)

var _ sources.Source = (*Arrival)(nil)

const (
	everyArrival  = 15 * time.Minute
	arrivalWindow = time.Hour
	// arrivalLag is how long CloudWatch takes to count what arrived.
	arrivalLag = 5 * time.Minute
)

// Arrival counts the lines that arrive in the log group of the Jobs side: a move that
// loses its logs is found out while both sides still run. It asks one metric every
// 15 minutes.
type Arrival struct {
	access *awsaccess.Config
	group  string
	clock  clock.Clock
	vital  awsaccess.Vital
}

// NewArrival makes a source of one log group. It asks nothing yet.
func NewArrival(access *awsaccess.Config, group string, c clock.Clock) (*Arrival, error) {
	if access == nil || group == "" {
		return nil, errors.New("logs: a Config and a log group are required")
	}
	if c == nil {
		c = clock.System()
	}
	return &Arrival{access: access, group: group, clock: c, vital: awsaccess.Vital{Source: "log arrival"}}, nil
}

// Name is "log arrival".
func (a *Arrival) Name() string { return "log arrival" }

// Cadence is the time between polls.
func (a *Arrival) Cadence() time.Duration { return everyArrival }

// Close drops the connections that are kept open.
func (a *Arrival) Close() error {
	a.access.Close()
	return nil
}

// Poll asks how many lines arrived in the last hour that CloudWatch has counted.
func (a *Arrival) Poll(ctx context.Context, focus sources.Focus) (migration.Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	now := a.clock.Now().UTC()
	to := now.Add(-arrivalLag).Truncate(migration.LogSpan)
	span := awsmetrics.Span{Start: to.Add(-arrivalWindow), End: to, Period: migration.LogSpan}
	a.vital.Begin()
	if focus.Pace.Hold {
		return migration.Batch{Health: []migration.Health{a.health(now)}}, nil
	}
	reader := awsmetrics.Reader{Access: a.access, Health: &a.vital}
	answer, err := reader.Read(ctx, []awsmetrics.Metric{{
		Namespace: logsNamespace, Name: "IncomingLogEvents", Stats: []string{"Sum"},
		Dimensions: []awsmetrics.Dimension{{Name: "LogGroupName", Value: a.group}},
	}}, span)
	out := migration.Batch{AskedLow: answer.AskedLow, AskedHigh: answer.AskedHigh}
	if err != nil {
		a.vital.Fail(err)
		out.Health = []migration.Health{a.health(now)}
		return out, err
	}
	arrived := migration.LogArrival{Group: a.group, From: span.Start, To: span.End}
	for i := range span.Periods() {
		arrived.Lines += int64(answer.Series[0].At(0, i).Or(0))
	}
	a.vital.Note = fmt.Sprintf("%d lines arrived in %s from %s to %s UTC", arrived.Lines, a.group, arrived.From.Format("15:04"), arrived.To.Format("15:04"))
	out.JobLogs = migration.Some(arrived)
	out.Health = []migration.Health{a.health(now)}
	return out, nil
}

func (a *Arrival) health(now time.Time) migration.Health {
	h := a.vital.Health(now)
	h.Cadence = everyArrival
	return h
}
