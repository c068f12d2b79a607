package simcloud

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// BenchmarkHistory reads two days of everything that migtop asks CloudWatch for.
func BenchmarkHistory(b *testing.B) {
	c := startCloud(b, Options{Seed: 1})
	names := functions(b, c)
	epoch := c.World().Epoch()
	from := epoch.Add(-48 * time.Hour).Truncate(time.Hour)
	for b.Loop() {
		readHistory(b, c, names, from, epoch.Truncate(5*time.Minute), 300)
	}
}

// readHistory asks for nine statistics of every function, as a source does.
func readHistory(tb testing.TB, c *Cloud, names []string, from, to time.Time, period int32) int {
	tb.Helper()
	client := cloudwatch.NewFromConfig(awsConfig(c))
	var queries []types.MetricDataQuery
	for i, name := range names {
		for j, ask := range [][2]string{
			{"Invocations", "Sum"},
			{"Errors", "Sum"},
			{"Throttles", "Sum"},
			{"ConcurrentExecutions", "Maximum"},
			{"Duration", "Sum"},
			{"Duration", "Maximum"},
			{"Duration", "p50"},
			{"Duration", "p95"},
			{"Duration", "p99"},
		} {
			queries = append(queries, types.MetricDataQuery{
				Id: aws.String(fmt.Sprintf("q%d_%d", i, j)),
				MetricStat: &types.MetricStat{
					Metric: &types.Metric{
						Namespace: aws.String("AWS/Lambda"), MetricName: aws.String(ask[0]),
						Dimensions: []types.Dimension{{Name: aws.String("FunctionName"), Value: aws.String(name)}},
					},
					Period: &period, Stat: aws.String(ask[1]),
				},
			})
		}
	}
	values := 0
	for len(queries) > 0 {
		n := min(len(queries), 495)
		pages := cloudwatch.NewGetMetricDataPaginator(client, &cloudwatch.GetMetricDataInput{
			StartTime: &from, EndTime: &to, MetricDataQueries: queries[:n],
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(tb.Context())
			if err != nil {
				tb.Fatal(err)
			}
			for _, r := range page.MetricDataResults {
				values += len(r.Values)
			}
		}
		queries = queries[n:]
	}
	return values
}

// BenchmarkStart is from nothing to a server that has answered both sides.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		c, err := Start(b.Context(), Options{Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		functions(b, c)
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
