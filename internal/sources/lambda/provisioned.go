package lambda

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// maxProvisioned bounds the calls about provisioned concurrency in a poll.
const maxProvisioned = 50

// readProvisioned finds the functions that have provisioned concurrency, and how much.
// ListFunctions does not say: functions that published its metrics within two weeks are
// read one by one.
func (p *poll) readProvisioned(ctx context.Context) {
	var asked []*function
	pages := cloudwatch.NewListMetricsPaginator(p.metrics, &cloudwatch.ListMetricsInput{
		Namespace: aws.String(metricNamespace), MetricName: aws.String("ProvisionedConcurrentExecutions"),
		Dimensions: []cwtypes.DimensionFilter{{Name: aws.String(functionDimension)}},
	})
	for pages.HasMorePages() {
		began := p.Wall.Now()
		page, err := pages.NextPage(ctx)
		p.Row.Called(p.Wall.Now().Sub(began), err != nil)
		if err != nil {
			p.Row.Degrade(p.Access.Explain("cloudwatch:ListMetrics", err))
			return
		}
		for _, m := range page.Metrics {
			for _, d := range m.Dimensions {
				fn := p.fleet.functions[aws.ToString(d.Value)]
				if aws.ToString(d.Name) == functionDimension && fn != nil && fn.found && !slices.Contains(asked, fn) {
					asked = append(asked, fn)
				}
			}
		}
	}
	for _, fn := range p.fleet.functions { // what had some may have none now
		if fn.provisioned > 0 && !slices.Contains(asked, fn) {
			asked = append(asked, fn)
		}
	}
	slices.SortFunc(asked, func(a, b *function) int { return cmp.Compare(a.Name, b.Name) })
	for _, fn := range asked[:min(len(asked), maxProvisioned)] {
		if !p.readProvisionedOf(ctx, fn) {
			return
		}
	}
}

// readProvisionedOf asks about one function, and reports whether to go on.
func (p *poll) readProvisionedOf(ctx context.Context, fn *function) bool {
	var allocated int64
	pages := lambdaapi.NewListProvisionedConcurrencyConfigsPaginator(p.lambda,
		&lambdaapi.ListProvisionedConcurrencyConfigsInput{FunctionName: aws.String(fn.Name)})
	for pages.HasMorePages() {
		began := p.Wall.Now()
		page, err := pages.NextPage(ctx)
		p.lambdaHealth.Called(p.Wall.Now().Sub(began), err != nil && !awsaccess.NotFound(err))
		switch {
		case awsaccess.NotFound(err):
			return true
		case err != nil:
			problem := p.Access.Explain("lambda:ListProvisionedConcurrencyConfigs", err)
			p.lambdaHealth.Degrade(problem)
			return !awsaccess.Stops(problem)
		}
		for i := range page.ProvisionedConcurrencyConfigs {
			allocated += int64(aws.ToInt32(page.ProvisionedConcurrencyConfigs[i].AllocatedProvisionedConcurrentExecutions))
		}
	}
	if fn.provisioned == 0 && allocated > 0 {
		fn.provisionedSince = p.End
	}
	fn.provisioned = allocated
	return true
}
