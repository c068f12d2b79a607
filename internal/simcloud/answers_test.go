package simcloud

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"
)

// Clouds that share answers say what they say alone: of another seed, another function, in the other order, and when data come
// late.
func TestSharedAnswersAreThoseOfEachCloud(t *testing.T) {
	shared := new(Answers)
	var hits int
	for _, o := range []Options{
		{Seed: 1},
		{Seed: 1},
		{Seed: 2},
		{Seed: 1, Faults: mustFaults(t, "late")},
		{Seed: 1, Story: StoryECS},
		{Seed: 1, Epoch: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)},
	} {
		alone := startCloud(t, o)
		o.Answers = shared
		first, second := startCloud(t, o), startCloud(t, o)
		names := functions(t, alone)
		for _, name := range names[:min(len(names), 2)] {
			for _, order := range []types.ScanBy{
				types.ScanByTimestampAscending, types.ScanByTimestampDescending, types.ScanByTimestampAscending,
			} {
				want := invocations(t, alone, name, order)
				for _, c := range []*Cloud{first, second} {
					if diff := cmp.Diff(want, invocations(t, c, name, order)); diff != "" {
						t.Fatalf("%+v, %s, %s (-alone +shared):\n%s", o, name, order, diff)
					}
				}
				if len(want) > 0 {
					hits++
				}
			}
		}
	}
	if hits == 0 {
		t.Error("nothing was compared")
	}
}

// invocations are those of the last hour of a function, by minute.
func invocations(t *testing.T, c *Cloud, function string, order types.ScanBy) []float64 {
	t.Helper()
	to := c.World().Epoch()
	from := to.Add(-time.Hour)
	out, err := cloudwatch.NewFromConfig(awsConfig(c)).GetMetricData(t.Context(), &cloudwatch.GetMetricDataInput{
		StartTime: &from, EndTime: &to, ScanBy: order,
		MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("q"), MetricStat: &types.MetricStat{
			Metric: &types.Metric{
				Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Invocations"),
				Dimensions: []types.Dimension{{Name: aws.String("FunctionName"), Value: &function}},
			},
			Period: aws.Int32(60), Stat: aws.String("Sum"),
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.MetricDataResults[0].Values
}

func mustFaults(t *testing.T, names string) Faults {
	t.Helper()
	f, err := ParseFaults(names)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
