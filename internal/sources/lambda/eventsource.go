package lambda

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// What feeds a function is asked only of the tenant whose page is open, and seldom:
// it is a call for each function.
const (
	everyEventSources = 15 * time.Minute
	maxEventSources   = 20
)

// readEventSources asks what feeds the functions of the tenant whose page is open,
// and reports whether there is anything to tell. Not being permitted is said, and
// nothing else is missing then.
func (p *poll) readEventSources(ctx context.Context, focus sources.Focus) (changed bool) {
	if !focus.Open || p.sourcesDenied {
		return false
	}
	asked := 0
	for _, g := range p.order {
		if g.key.Tenant != focus.Tenant {
			continue
		}
		for _, fn := range g.active {
			if !fn.found || asked == maxEventSources || (!fn.fedAt.IsZero() && p.now.Sub(fn.fedAt) < everyEventSources-p.Settings.Cadence/2) {
				continue
			}
			asked++
			if err := p.readEventSourcesOf(ctx, fn); err != nil {
				p.sourcesDenied = awsaccess.HasFault(err, migration.FaultDenied)
				p.lambdaHealth.Degrade(err)
				return changed
			}
			changed = true
		}
	}
	return changed
}

func (p *poll) readEventSourcesOf(ctx context.Context, fn *function) error {
	found := []migration.EventSource{}
	pages := lambdaapi.NewListEventSourceMappingsPaginator(p.lambda, &lambdaapi.ListEventSourceMappingsInput{FunctionName: aws.String(fn.Name)})
	for pages.HasMorePages() {
		began := p.Wall.Now()
		page, err := pages.NextPage(ctx)
		p.lambdaHealth.Called(p.Wall.Now().Sub(began), err != nil && !awsaccess.NotFound(err))
		switch {
		case awsaccess.NotFound(err):
			fn.fedAt = p.now
			return nil
		case err != nil:
			return p.config.Explain("lambda:ListEventSourceMappings", err)
		}
		for i := range page.EventSourceMappings {
			m := &page.EventSourceMappings[i]
			one := migration.EventSource{
				ID: aws.ToString(m.UUID), ARN: aws.ToString(m.EventSourceArn), BatchSize: aws.ToInt32(m.BatchSize),
				Enabled: aws.ToString(m.State) == "Enabled", Filtered: m.FilterCriteria != nil && len(m.FilterCriteria.Filters) > 0,
			}
			if m.ScalingConfig != nil && m.ScalingConfig.MaximumConcurrency != nil {
				one.MaxConcurrency = migration.Some(*m.ScalingConfig.MaximumConcurrency)
			}
			found = append(found, one)
		}
	}
	fn.EventSources, fn.fedAt = migration.Some(found), p.now
	return nil
}
