package lambda

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Identities lists the functions before a Source is created: names on both platforms explain
// each other. Through a monitoring account it includes functions of linked accounts that had
// data within two weeks. The error is a [migration.Problem]; the result may be partial then.
func Identities(ctx context.Context, c *awsaccess.Config, linked bool) ([]migration.Identity, error) {
	var out []migration.Identity
	known := make(map[string]bool)
	add := func(name string) {
		if name != "" && !known[name] {
			known[name] = true
			out = append(out, migration.Identity{Platform: migration.Lambda, Name: name})
		}
	}
	pages := lambdaapi.NewListFunctionsPaginator(lambdaOf(c), &lambdaapi.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err == nil && page.Functions == nil {
			err = notLambda()
		}
		if err != nil {
			return out, c.Explain("lambda:ListFunctions", err)
		}
		for i := range page.Functions {
			add(aws.ToString(page.Functions[i].FunctionName))
		}
	}
	if !linked {
		return out, nil
	}
	metrics := cloudwatch.NewListMetricsPaginator(cloudwatchOf(c), &cloudwatch.ListMetricsInput{
		Namespace: aws.String(metricNamespace), MetricName: aws.String(statistics[invocationsSum].metric),
		Dimensions: []cwtypes.DimensionFilter{{Name: aws.String(functionDimension)}}, IncludeLinkedAccounts: aws.Bool(true),
	})
	for metrics.HasMorePages() {
		page, err := metrics.NextPage(ctx)
		if err != nil {
			return out, c.Explain("cloudwatch:ListMetrics", err)
		}
		for _, m := range page.Metrics {
			if len(m.Dimensions) == 1 && aws.ToString(m.Dimensions[0].Name) == functionDimension {
				add(aws.ToString(m.Dimensions[0].Value))
			}
		}
	}
	return out, nil
}
