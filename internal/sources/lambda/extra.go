package lambda

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/migtop/migtop/internal/migration"
)

// Lambda Insights is a layer, or an extension in an image, that publishes what
// AWS/Lambda does not have: how much memory and processor time each invocation used,
// and how long each INIT took.
// It publishes when an invocation ends, while AWS/Lambda books the moment it began:
// a period may have the one without the other.
// Source: CloudWatch user guide, "Metrics collected by Lambda Insights".
const (
	insightsNamespace = "LambdaInsights"
	insightsDimension = "function_name"
	insightsLayer     = ":layer:LambdaInsightsExtension"
)

// Statistics that only some functions have. Their numbers continue those of [statistics].
const (
	memoryP50 = statisticCount + iota
	memoryP95
	memoryP99
	memoryMax
	memorySum
	memoryCount
	initCount
	initSum
	initP50
	initP95
	initP99
	initMax
	cpuSum
	provisionedSum
	durationCount // of a version behind an alias
	allStatistics

	extraCount = allStatistics - statisticCount
)

var extraStatistics = [extraCount]statistic{
	memoryP50 - statisticCount:      {"used_memory_max", "p50"},
	memoryP95 - statisticCount:      {"used_memory_max", "p95"},
	memoryP99 - statisticCount:      {"used_memory_max", "p99"},
	memoryMax - statisticCount:      {"used_memory_max", "Maximum"},
	memorySum - statisticCount:      {"used_memory_max", "Sum"},
	memoryCount - statisticCount:    {"used_memory_max", "SampleCount"},
	initCount - statisticCount:      {"init_duration", "SampleCount"},
	initSum - statisticCount:        {"init_duration", "Sum"},
	initP50 - statisticCount:        {"init_duration", "p50"},
	initP95 - statisticCount:        {"init_duration", "p95"},
	initP99 - statisticCount:        {"init_duration", "p99"},
	initMax - statisticCount:        {"init_duration", "Maximum"},
	cpuSum - statisticCount:         {"cpu_total_time", "Sum"},
	provisionedSum - statisticCount: {"ProvisionedConcurrencyInvocations", "Sum"},
	durationCount - statisticCount:  {"Duration", "SampleCount"},
}

// insightsMetrics, processorMetrics and provisionedMetrics are grouped as [metrics] are.
// Of processor time the sum is all that is needed: as many invocations are in it as have
// published what memory they used.
var (
	insightsMetrics = [...][]int{
		{initCount, initSum, initP50, initP95, initP99, initMax},
		{memoryP50, memoryP95, memoryP99, memoryMax, memorySum, memoryCount},
	}
	processorMetrics   = [...][]int{{cpuSum}}
	provisionedMetrics = [...][]int{{provisionedSum}}
	logsMetrics        = [...][]int{{logsSum}}
)

// statisticOf is a statistic with where it is published.
func statisticOf(stat int) (s *statistic, namespace, dimension string) {
	switch {
	case stat == logsSum:
		return &statistics[stat], logsNamespace, logsDimension
	case stat < statisticCount:
		return &statistics[stat], metricNamespace, functionDimension
	case stat >= provisionedSum:
		return &extraStatistics[stat-statisticCount], metricNamespace, functionDimension
	}
	return &extraStatistics[stat-statisticCount], insightsNamespace, insightsDimension
}

// groupsOf are the metrics to read for a function: the largest group first, so that small
// ones fill a request to the last query.
func groupsOf(fn *function) [][]int {
	groups := metrics[:]
	if fn.insights {
		groups = slices.Concat(insightsMetrics[:], groups, processorMetrics[:])
	}
	if fn.provisioned > 0 {
		groups = append(slices.Clone(groups), provisionedMetrics[:]...)
	}
	return withLogs(fn, groups)
}

// size counts the queries and, as they are billed, the metrics of groups.
func size(groups [][]int) (queries int, billed int64) {
	for _, g := range groups {
		queries += len(g)
		billed += billedFor(len(g))
	}
	return queries, billed
}

// billedFor is how many metrics so many statistics of one are billed as.
func billedFor(statistics int) int64 { return int64((statistics + 4) / 5) }

// extra holds the additional statistics of one period of one function.
type extra struct {
	values [extraCount]float64
	have   uint16
}

// The bits of extra.have suffice, or this does not compile.
var _ [16 - extraCount]struct{}

func (e *extra) get(stat int) (float64, bool) {
	i := stat - statisticCount
	return e.values[i], e.have&(1<<i) != 0
}

// all reports whether every one of some statistics is there.
func (e *extra) all(stats []int) bool {
	return !slices.ContainsFunc(stats, func(stat int) bool { _, ok := e.get(stat); return !ok })
}

// memory is how the memory used of invocations that ended spreads; Insights writes it
// in megabytes of 1024 x 1024, as MemorySize is.
func (e *extra) memory() migration.Distribution[migration.Bytes] {
	count, _ := e.get(memoryCount)
	if count < 1 || !e.all(insightsMetrics[1]) {
		return migration.Distribution[migration.Bytes]{}
	}
	return summarized(int64(math.Round(count)), e, memorySum, memoryP50, memoryP95, memoryP99, memoryMax, func(v float64) migration.Bytes {
		return migration.Bytes(math.Round(max(v, 0) * float64(migration.MiB)))
	})
}

// init is how INIT spreads over the cold starts, and what it adds up to.
func (e *extra) init() migration.Distribution[time.Duration] {
	count, _ := e.get(initCount)
	if count < 1 || !e.all(insightsMetrics[0]) {
		return migration.Distribution[time.Duration]{}
	}
	return summarized(int64(math.Round(count)), e, initSum, initP50, initP95, initP99, initMax, func(v float64) time.Duration {
		return time.Duration(math.Round(max(v, 0) * float64(time.Millisecond)))
	})
}

// processor is the CPU time of a period and what ran in it. It is empty where the function
// has no Lambda Insights, or where a part of it is split by alias, since Insights does not
// separate aliases.
func (u *unit) processor(at int) (out migration.ProcessorTime) {
	if !u.saw || u.fn.MemorySize <= 0 || u.restAt(at) {
		return out
	}
	used, ok := u.extras[at].get(cpuSum)
	runs, known := u.extras[at].get(memoryCount)
	if ok && known {
		out.Runs, out.Used = int64(math.Round(runs)), time.Duration(math.Round(max(used, 0)*float64(time.Millisecond)))
	}
	if u.rows != nil && u.rows[at].has(durationSum) {
		r := &u.rows[at]
		out.Began, out.Ran = r.count(invocationsSum), r.millis(durationSum)
		out.Held = migration.MBMillis(math.Round(r.values[durationSum] * float64(u.fn.MemorySize/migration.MiB)))
	}
	return out
}

// summarized makes a distribution of CloudWatch's statistics, of which a percentile
// may lie a little above the true maximum.
func summarized[T ~int64](count int64, e *extra, sum, p50, p95, p99, most int, unit func(float64) T) migration.Distribution[T] {
	value := func(stat int) T { v, _ := e.get(stat); return unit(v) }
	longest := value(most)
	third := min(value(p99), longest)
	second := min(value(p95), third)
	return migration.Summarized(migration.Points[T]{
		Count: count, Sum: value(sum), P50: min(value(p50), second), P95: second, P99: third, Max: longest,
	})
}

// hasLayer reports whether a function carries the layer of Lambda Insights.
func hasLayer(c *lambdatypes.FunctionConfiguration) bool {
	return slices.ContainsFunc(c.Layers, func(l lambdatypes.Layer) bool { return strings.Contains(aws.ToString(l.Arn), insightsLayer) })
}

// listInsights finds the functions that publish Lambda Insights: container images have no
// layer. Where the metrics cannot be listed, the layer decides.
func (p *poll) listInsights(ctx context.Context) {
	published := make(map[string]bool)
	pages := cloudwatch.NewListMetricsPaginator(p.metrics, p.fleet.includeLinked(&cloudwatch.ListMetricsInput{
		Namespace: aws.String(insightsNamespace), MetricName: aws.String(extraStatistics[memoryMax-statisticCount].metric),
		Dimensions: []cwtypes.DimensionFilter{{Name: aws.String(insightsDimension)}}, RecentlyActive: cwtypes.RecentlyActivePt3h,
	}))
	for pages.HasMorePages() {
		began := p.Wall.Now()
		page, err := pages.NextPage(ctx)
		p.Row.Called(p.Wall.Now().Sub(began), err != nil)
		if err != nil {
			p.Row.Degrade(p.Access.Explain("cloudwatch:ListMetrics", err))
			return
		}
		for i, m := range page.Metrics {
			if len(m.Dimensions) == 1 && aws.ToString(m.Dimensions[0].Name) == insightsDimension {
				id, _ := p.fleet.idOf(page.OwningAccounts, i, aws.ToString(m.Dimensions[0].Value))
				published[id] = true
			}
		}
	}
	for id, fn := range p.fleet.functions {
		fn.insights = fn.layer || published[id]
	}
}
