package simcloud

import (
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/simcloud/world"
)

// insightsTenants are those whose functions carry the layer of Lambda Insights:
// the two that look for a way past the wall.
var insightsTenants = []string{"calderon", "vantage"}

// insightsLayer is the ARN of the layer, of the account that publishes it.
const insightsLayer = "arn:aws:lambda:" + world.Region + ":580247275435:layer:LambdaInsightsExtension:55"

func hasInsights(function string) bool {
	tenant, _, _ := strings.Cut(function, "-")
	return slices.Contains(insightsTenants, tenant)
}

// insightsMetrics are the metrics of Lambda Insights that the story has.
var insightsMetrics = map[string]string{
	"used_memory_max": "Megabytes", "init_duration": "Milliseconds", "total_memory": "Megabytes", "cpu_total_time": "Milliseconds",
}

// insights yields what each invocation published when it ended.
func (a *account) insights(function *awsapi.Function, metric string, from, to time.Time, yield func(awsapi.Sample) bool) {
	a.world.EachInvocation(function.Name, from.Add(-function.Timeout), to, func(i world.Invocation) bool {
		at := i.Start.Add(i.Duration)
		if i.Throttled || at.Before(from) || !at.Before(to) {
			return true
		}
		value := float64(function.MemoryMB)
		switch metric {
		case "used_memory_max":
			value = float64(i.Peak) / (1 << 20)
		case "cpu_total_time":
			value = float64(i.CPU) / float64(time.Millisecond)
		case "init_duration":
			cold := a.world.ColdStart(function.Name, &i)
			if cold == 0 {
				return true
			}
			value = float64(cold) / float64(time.Millisecond)
		}
		return yield(awsapi.Sample{At: at, Value: value})
	})
}
