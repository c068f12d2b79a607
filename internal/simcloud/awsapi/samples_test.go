package awsapi

import (
	"iter"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"
)

// gauge is an account with one metric of SQS under one dimension set, written at
// moments before noon.
type gauge struct {
	*Fixed
	samples []Sample
}

func (g *gauge) Metrics(time.Time) []Metric {
	return []Metric{{Namespace: "AWS/SQS", Name: "Visible", Unit: "Count", Dimensions: []Dimension{{"QueueName", "q"}, {"Account", "a"}}}}
}

func (g *gauge) Samples(_ Metric, from, to time.Time) iter.Seq[Sample] {
	return func(yield func(Sample) bool) {
		for _, s := range g.samples {
			if !s.At.Before(from) && s.At.Before(to) && !yield(s) {
				return
			}
		}
	}
}

// Metrics of other namespaces follow the rules of all: the dimension set is met
// exactly, minutes without data are absent, and what is younger than the latency
// is not there yet.
func TestOtherNamespaces(t *testing.T) {
	at := func(before time.Duration, value float64) Sample { return Sample{At: noon.Add(-before), Value: value} }
	b := newBench(t, &gauge{one(), []Sample{
		at(10*time.Minute, 4), at(9*time.Minute+30*time.Second, 8), at(7*time.Minute, 2),
		at(time.Minute, 100),
	}})
	query := func(id, stat string, dimensions ...string) cwtypes.MetricDataQuery {
		q := cwtypes.MetricDataQuery{Id: aws.String(id), MetricStat: &cwtypes.MetricStat{
			Period: aws.Int32(60), Stat: aws.String(stat),
			Metric: &cwtypes.Metric{Namespace: aws.String("AWS/SQS"), MetricName: aws.String("Visible")},
		}}
		for i := 0; i < len(dimensions); i += 2 {
			q.MetricStat.Metric.Dimensions = append(q.MetricStat.Metric.Dimensions,
				cwtypes.Dimension{Name: aws.String(dimensions[i]), Value: aws.String(dimensions[i+1])})
		}
		return q
	}
	out, err := b.cloudwatch().GetMetricData(t.Context(), input(noon.Add(-11*time.Minute), noon,
		query("max", "Maximum", "Account", "a", "QueueName", "q"), query("sum", "Sum", "QueueName", "q", "Account", "a"),
		query("p50", "p50", "QueueName", "q", "Account", "a"),
		query("fewer", "Sum", "QueueName", "q"), query("other", "Sum", "QueueName", "r", "Account", "a")))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, r := range out.MetricDataResults {
		got[*r.Id] = points(r)
	}
	want := map[string][]string{
		"max": {"11:53:00=2", "11:50:00=8"}, "sum": {"11:53:00=2", "11:50:00=12"}, "p50": {"11:53:00=2", "11:50:00=4"},
		"fewer": {}, "other": {},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("datapoints (-want +got):\n%s", diff)
	}
	if billed := b.Billed(); billed.Low != 3 || billed.High != 5 {
		t.Errorf("billed %+v", billed)
	}
	listed, err := b.cloudwatch().ListMetrics(t.Context(),
		&cloudwatch.ListMetricsInput{Namespace: aws.String("AWS/SQS"), Dimensions: []cwtypes.DimensionFilter{{Name: aws.String("QueueName")}}})
	if err != nil || len(listed.Metrics) != 1 || len(listed.Metrics[0].Dimensions) != 2 {
		t.Errorf("listed %+v, %v", listed, err)
	}
	b.clock.set(noon.Add(4 * time.Hour))
	listed, err = b.cloudwatch().ListMetrics(t.Context(),
		&cloudwatch.ListMetricsInput{Namespace: aws.String("AWS/SQS"), RecentlyActive: cwtypes.RecentlyActivePt3h})
	if err != nil || len(listed.Metrics) != 0 {
		t.Errorf("four hours later %+v, %v is active", listed, err)
	}
}
