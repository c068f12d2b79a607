package simcloud

import (
	"iter"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/simcloud/world"
)

var (
	_ awsapi.ECSAccount    = (*account)(nil)
	_ awsapi.MetricAccount = (*account)(nil)
)

// ECS are the clusters of the story, with the tasks of the last hours. All of it is in one
// cluster.
func (a *account) ECS(now time.Time) []awsapi.ECSCluster {
	var out []awsapi.ECSCluster
	if families := a.world.TaskFamilies(); len(families) > 0 {
		c := awsapi.ECSCluster{Name: world.TaskCluster, Tasks: a.tasks.at(a.world, now)}
		for _, f := range families {
			c.Definitions = append(c.Definitions, awsapi.ECSDefinition{Name: f.Name, CPU: f.CPU, Memory: f.MemoryMiB, Arch: f.Arch})
		}
		out = append(out, c)
	}
	for _, s := range a.world.Services() {
		c := awsapi.ECSCluster{
			Name:        s.Cluster,
			Services:    []awsapi.ECSService{{Name: s.Name, Definition: s.Definition, Desired: int32(s.Desired), Created: s.Created, Tags: s.Tags}},
			Definitions: []awsapi.ECSDefinition{{Name: s.Definition, CPU: s.CPU, Memory: s.MemoryMiB, Arch: s.Arch}},
		}
		for _, t := range a.world.ServiceTasks(&s, now.Add(-2*time.Hour), now) {
			task := awsapi.ECSTask{
				ID: t.ID, Service: s.Name, Definition: s.Definition, Capacity: "FARGATE", CPU: s.CPU, Memory: s.MemoryMiB, Arch: s.Arch,
				Created: t.Created, PullStart: t.PullStart, Started: t.Started, Ended: t.Ended,
				StopCode: t.StopCode, StoppedReason: t.StoppedReason, ExitCode: t.ExitCode, Tags: s.Tags,
			}
			if t.Spot {
				task.Capacity = "FARGATE_SPOT"
			}
			c.Tasks = append(c.Tasks, task)
		}
		at := slices.IndexFunc(out, func(o awsapi.ECSCluster) bool { return o.Name == c.Name })
		if at < 0 {
			out = append(out, c)
			continue
		}
		out[at].Services = append(out[at].Services, c.Services...)
		out[at].Definitions = append(out[at].Definitions, c.Definitions...)
		out[at].Tasks = append(slices.Clip(out[at].Tasks), c.Tasks...)
	}
	return out
}

// Metrics are the metrics of the account outside AWS/Lambda.
func (a *account) Metrics(time.Time) []awsapi.Metric {
	var out []awsapi.Metric
	for _, s := range a.world.Services() {
		for _, name := range []string{"CPUUtilization", "MemoryUtilization"} {
			out = append(out, awsapi.Metric{Namespace: "AWS/ECS", Name: name, Unit: "Percent", Dimensions: []awsapi.Dimension{
				{Name: "ClusterName", Value: s.Cluster}, {Name: "ServiceName", Value: s.Name},
			}})
		}
	}
	for _, q := range a.world.Queues() {
		for name, m := range queueMetrics {
			out = append(out, awsapi.Metric{
				Namespace: "AWS/SQS", Name: name, Unit: m.unit,
				Dimensions: []awsapi.Dimension{{Name: "QueueName", Value: q.Name}},
			})
		}
	}
	for i := range a.functions {
		if f := &a.functions[i]; hasInsights(f.Name) {
			for name, unit := range insightsMetrics {
				by := []awsapi.Dimension{{Name: "function_name", Value: f.Name}}
				byVersion := append(slices.Clone(by), awsapi.Dimension{Name: "version", Value: "$LATEST"}) // the same again
				for _, dimensions := range [][]awsapi.Dimension{by, byVersion} {
					out = append(out, awsapi.Metric{Namespace: "LambdaInsights", Name: name, Unit: unit, Dimensions: dimensions})
				}
			}
		}
	}
	return out
}

// Samples yields what was published about one of them.
func (a *account) Samples(m awsapi.Metric, from, to time.Time) iter.Seq[awsapi.Sample] {
	return func(yield func(awsapi.Sample) bool) {
		if m.Namespace == "AWS/SQS" {
			for _, q := range a.world.Queues() {
				if q.Name == dimension(m, "QueueName") {
					a.queueSamples(&q, m.Name, from, to, yield)
				}
			}
			return
		}
		if m.Namespace == "LambdaInsights" {
			for i := range a.functions {
				if f := &a.functions[i]; f.Name == dimension(m, "function_name") {
					a.insights(f, m.Name, from, to, yield)
				}
			}
			return
		}
		for _, s := range a.world.Services() {
			if s.Name == dimension(m, "ServiceName") {
				a.serviceUse(&s, m.Name, from, to, yield)
			}
		}
	}
}

func dimension(m awsapi.Metric, name string) string {
	for _, d := range m.Dimensions {
		if d.Name == name {
			return d.Value
		}
	}
	return ""
}

// serviceUse yields what each minute published of a service's use: of memory two
// values, since its tasks differ.
func (a *account) serviceUse(s *world.Service, metric string, from, to time.Time, yield func(awsapi.Sample) bool) {
	for at := firstMinute(from); at.Before(to); at = at.Add(time.Minute) {
		cpu, memory, most := a.world.ServiceUse(s, at)
		values := []float64{cpu}
		if metric == "MemoryUtilization" {
			values = []float64{2*memory - most, most}
		}
		for _, v := range values {
			if !yield(awsapi.Sample{At: at, Value: v}) {
				return
			}
		}
	}
}

// firstMinute is the first full minute since a moment.
func firstMinute(t time.Time) time.Time {
	if down := t.Truncate(time.Minute); down.Before(t) {
		return down.Add(time.Minute)
	}
	return t
}
