package simcloud

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"
)

// What a function wrote is the same in a request that asks about its invocations too, which is answered in one
// pass, in one that does not, and by the lines themselves.
func TestLogBytesAreTheSameInEveryRequest(t *testing.T) {
	c := startCloud(t, Options{Seed: 1})
	client := cloudwatch.NewFromConfig(awsConfig(c))
	epoch := c.World().Epoch()
	from, to := epoch.Add(-5*time.Hour).Truncate(time.Hour), epoch.Add(-time.Hour).Truncate(time.Hour)
	period := int32(300)
	query := func(id, namespace, metric, dimension, value string) types.MetricDataQuery {
		return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{
			Metric: &types.Metric{
				Namespace: &namespace, MetricName: &metric, Dimensions: []types.Dimension{{Name: &dimension, Value: &value}},
			},
			Period: &period, Stat: aws.String("Sum"),
		}}
	}
	ask := func(queries ...types.MetricDataQuery) map[string][]float64 {
		t.Helper()
		out := map[string][]float64{}
		pages := cloudwatch.NewGetMetricDataPaginator(client, &cloudwatch.GetMetricDataInput{
			StartTime: &from, EndTime: &to, MetricDataQueries: queries,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.MetricDataResults {
				out[*r.Id] = append(out[*r.Id], r.Values...)
			}
		}
		return out
	}
	total := 0.0
	for _, name := range functions(t, c)[:8] {
		calls := query("calls", "AWS/Lambda", "Invocations", "FunctionName", name)
		group := "/aws/lambda/" + name
		size, lines := query("bytes", "AWS/Logs", "IncomingBytes", "LogGroupName", group),
			query("lines", "AWS/Logs", "IncomingLogEvents", "LogGroupName", group)
		together, runs, logs := ask(calls, size, lines), ask(calls), ask(size, lines)
		want := map[string][]float64{"calls": runs["calls"], "bytes": logs["bytes"], "lines": logs["lines"]}
		if diff := cmp.Diff(want, together); diff != "" {
			t.Errorf("%s: asked together (-alone +together):\n%s", name, diff)
		}
		var written, counted float64
		for e := range newAccount(c.World()).LogEvents(group, from, to) {
			written += float64(len(e.Message))
		}
		for _, v := range logs["bytes"] {
			counted += v
		}
		total += counted
		if counted != written {
			t.Errorf("%s: %v bytes, its lines have %v", name, counted, written)
		}
	}
	if total == 0 {
		t.Error("no function wrote anything")
	}
}
