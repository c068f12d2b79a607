package lambda

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go/middleware"

	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Questions are every kind of question that a Source asks, to be asked once, at
// now. They cost one GetMetricData metric, $0.00001.
func Questions(now time.Time) []awsaccess.Question {
	return []awsaccess.Question{
		{Action: "cloudwatch:GetMetricData", Ask: func(ctx context.Context, c *awsaccess.Config) (string, middleware.Metadata, error) {
			return tryMetricData(ctx, c, now)
		}},
		{Action: "cloudwatch:ListMetrics", Ask: tryListMetrics},
		{Action: "lambda:ListFunctions", Ask: tryListFunctions},
	}
}

func tryMetricData(ctx context.Context, c *awsaccess.Config, now time.Time) (string, middleware.Metadata, error) {
	end := now.Truncate(time.Minute)
	out, err := cloudwatchOf(c).GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(end.Add(-5 * time.Minute)), EndTime: aws.Time(end),
		MetricDataQueries: []cwtypes.MetricDataQuery{{
			Id: aws.String("q0"),
			MetricStat: &cwtypes.MetricStat{
				Period: aws.Int32(60), Stat: aws.String("Sum"),
				Metric: &cwtypes.Metric{Namespace: aws.String(metricNamespace), MetricName: aws.String("Invocations")},
			},
		}},
	})
	if err != nil {
		return "", middleware.Metadata{}, err
	}
	if len(out.MetricDataResults) == 0 {
		return "", middleware.Metadata{}, notCloudWatch()
	}
	return "permitted", out.ResultMetadata, nil
}

func tryListMetrics(ctx context.Context, c *awsaccess.Config) (string, middleware.Metadata, error) {
	out, err := cloudwatchOf(c).ListMetrics(ctx, &cloudwatch.ListMetricsInput{
		Namespace: aws.String(metricNamespace), MetricName: aws.String("Invocations"), RecentlyActive: cwtypes.RecentlyActivePt3h,
		Dimensions: []cwtypes.DimensionFilter{{Name: aws.String(functionDimension)}},
	})
	if err != nil {
		return "", middleware.Metadata{}, err
	}
	return "permitted", out.ResultMetadata, nil
}

func tryListFunctions(ctx context.Context, c *awsaccess.Config) (string, middleware.Metadata, error) {
	out, err := lambdaOf(c).ListFunctions(ctx, &lambdaapi.ListFunctionsInput{MaxItems: aws.Int32(1)})
	if err != nil {
		return "", middleware.Metadata{}, err
	}
	if out.Functions == nil {
		return "", middleware.Metadata{}, notLambda()
	}
	return "permitted", out.ResultMetadata, nil
}
