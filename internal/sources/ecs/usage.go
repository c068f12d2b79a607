package ecs

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsmetrics"
)

// bucket is a time range that is booked.
type bucket struct {
	start int64 // Unix seconds
	span  time.Duration
}

// usage is how much of what a unit reserves was used in a bucket.
type usage struct {
	cpu, memory migration.Opt[float64] // mean, as a share
	peak        migration.Opt[float64] // of memory: the greatest share of one task
}

// metricsOf returns the metrics of a unit. A service has the metrics of AWS/ECS, in percent of its reservation. A family
// has only those of Container Insights, in CPU units and MiB, with its reservation.
// Source: Amazon ECS developer guide, "CloudWatch metrics" and "Container Insights
// metrics".
func metricsOf(u *unit) []awsmetrics.Metric {
	cluster := awsmetrics.Dimension{Name: "ClusterName", Value: u.cluster.name}
	if u.service {
		at := []awsmetrics.Dimension{cluster, {Name: "ServiceName", Value: u.name}}
		return []awsmetrics.Metric{
			{Namespace: "AWS/ECS", Name: "CPUUtilization", Dimensions: at, Stats: []string{"Average"}},
			{Namespace: "AWS/ECS", Name: "MemoryUtilization", Dimensions: at, Stats: []string{"Average", "Maximum"}},
		}
	}
	if !u.cluster.insights {
		return nil
	}
	at := []awsmetrics.Dimension{cluster, {Name: "TaskDefinitionFamily", Value: u.name}}
	var out []awsmetrics.Metric
	for _, name := range []string{"CpuUtilized", "CpuReserved", "MemoryUtilized", "MemoryReserved"} {
		out = append(out, awsmetrics.Metric{Namespace: "ECS/ContainerInsights", Name: name, Dimensions: at, Stats: []string{"Sum"}})
	}
	return out
}

// use reads the usage of a unit in a period.
func (u *unit) use(series []awsmetrics.Series, period int) usage {
	if u.service {
		percent := func(metric, stat int) migration.Opt[float64] {
			return migration.Map(series[metric].At(stat, period), func(v float64) float64 { return max(v, 0) / 100 })
		}
		return usage{percent(0, 0), percent(1, 0), percent(1, 1)}
	}
	share := func(used, reserved int) migration.Opt[float64] {
		a, ok1 := series[used].At(0, period).Get()
		b, ok2 := series[reserved].At(0, period).Get()
		if !ok1 || !ok2 || b <= 0 {
			return migration.None[float64]()
		}
		return migration.Some(max(a, 0) / b)
	}
	return usage{cpu: share(0, 1), memory: share(2, 3)}
}

// readUsage queries CloudWatch for the units that are due. It skips a unit without tasks in the last hour.
func (p *poll) readUsage(ctx context.Context) error {
	focus, room := p.Focus, p.Focus.Pace.Allow
	live := make(map[*unit]bool)
	since := p.End.Add(-time.Hour).Unix()
	for _, t := range p.tasks {
		if t.unit != nil && t.from > 0 && (t.to == 0 || t.to > since) {
			live[t.unit] = true
		}
	}
	var due []*unit
	units, _ := p.counted()
	var plan awsmetrics.PollRate
	for _, u := range units {
		metrics := metricsOf(u)
		if !live[u] || metrics == nil {
			continue
		}
		every := max(focus.Interval(u.key.Tenant), p.Settings.Cadence)
		plan.Add(metrics, every)
		if p.Due(u.asked, every) {
			due = append(due, u)
		}
	}
	p.Rate = migration.Some(plan.PerHour())
	if p.Held != "" {
		return nil
	}
	slices.SortStableFunc(due, func(a, b *unit) int {
		return cmp.Or(cmp.Compare(focus.Interval(a.key.Tenant), focus.Interval(b.key.Tenant)), a.asked.Compare(b.asked))
	})
	due = awsmetrics.Allowed(room, due, metricsOf)
	if len(due) == 0 {
		return nil
	}
	from := p.End
	for _, u := range due {
		known := p.boundary
		if !u.seen.IsZero() {
			known = u.seen.Add(-finalityLag)
		}
		if known.Before(from) {
			from = known
		}
	}
	if from.Before(p.boundary) {
		from = p.boundary
	}
	fresh := !slices.ContainsFunc(due, func(u *unit) bool { return !u.seen.IsZero() })
	if _, limited := room.Get(); fresh && p.History > 0 && !limited {
		past := awsmetrics.Span{Start: p.boundary.Add(-p.History.Truncate(pastPeriod)), End: p.boundary, Period: pastPeriod}
		if err := p.readSpan(ctx, due, past); err != nil {
			return err
		}
	}
	return p.readSpan(ctx, due, awsmetrics.Span{Start: from, End: p.End, Period: time.Minute})
}

// readSpan asks about one span. Trouble with CloudWatch leaves what tasks hold as
// it is: that is known without it.
func (p *poll) readSpan(ctx context.Context, due []*unit, span awsmetrics.Span) error {
	var metrics []awsmetrics.Metric
	at := make([]int, len(due)+1)
	for i, u := range due {
		metrics = append(metrics, metricsOf(u)...)
		at[i+1] = len(metrics)
	}
	all, err := p.Read(ctx, metrics, span)
	for i, u := range due {
		series := all[at[i]:at[i+1]]
		if slices.ContainsFunc(series, func(s awsmetrics.Series) bool { return !s.Complete }) {
			continue
		}
		for n := range span.Periods() {
			b := bucket{span.Start.Add(time.Duration(n) * span.Period).Unix(), span.Period}
			if use := u.use(series, n); use.cpu.Known() || use.memory.Known() {
				u.usage[b] = use
			}
		}
		if span.Period == time.Minute {
			u.asked, u.seen, u.changed = p.Now, span.End, span.Start
		}
	}
	if err == nil {
		return nil
	}
	if awsaccess.AccountWide(err) {
		return err
	}
	p.Row.Degrade(err)
	return nil
}
