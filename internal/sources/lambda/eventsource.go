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

// Event sources are read only for the tenant whose page is open, and seldom, since that takes
// one call for each function.
const (
	everyEventSources = 15 * time.Minute
	maxEventSources   = 20
)

// readEventSources reads the event sources of the functions of the tenant whose page is open,
// and reports whether anything changed. A missing permission is reported and affects nothing
// else.
func (p *poll) readEventSources(ctx context.Context, focus sources.Focus) (changed bool) {
	if !focus.Open || p.sourcesDenied {
		return false
	}
	asked := 0
	for _, one := range p.fedTo(focus.Tenant) {
		if asked == maxEventSources || (!one.at.IsZero() && p.Now.Sub(*one.at) < everyEventSources-p.Settings.Cadence/2) {
			continue
		}
		asked++
		found, err := p.readEventSourcesOf(ctx, one.name)
		if err != nil {
			p.sourcesDenied = awsaccess.HasFault(err, migration.FaultDenied)
			p.lambdaHealth.Degrade(err)
			return changed
		}
		*one.at, changed = p.Now, true
		if found != nil {
			*one.sources = migration.Some(found)
		}
	}
	return changed
}

// fed is what may be fed by something: a function, or one of its aliases.
type fed struct {
	name    string // "f", or "f:live"
	at      *time.Time
	sources *migration.Opt[[]migration.EventSource]
}

// fedTo are a tenant's functions, and the aliases of others that are its own.
func (p *poll) fedTo(tenant migration.Tenant) (out []fed) {
	for _, g := range p.order {
		for _, fn := range g.active {
			if !fn.found {
				continue
			}
			if g.key.Tenant == tenant {
				out = append(out, fed{fn.Name, &fn.fedAt, &fn.EventSources})
			}
			for _, a := range fn.aliases {
				if a.apart && a.gone.IsZero() && a.Key.Tenant == tenant {
					out = append(out, fed{fn.Name + ":" + a.Name, &a.fedAt, &a.fed})
				}
			}
		}
	}
	return out
}

// readEventSourcesOf reads those of one function or alias; nil where there is no such one.
func (p *poll) readEventSourcesOf(ctx context.Context, name string) ([]migration.EventSource, error) {
	found := []migration.EventSource{}
	pages := lambdaapi.NewListEventSourceMappingsPaginator(p.lambda, &lambdaapi.ListEventSourceMappingsInput{FunctionName: aws.String(name)})
	for pages.HasMorePages() {
		began := p.Wall.Now()
		page, err := pages.NextPage(ctx)
		p.lambdaHealth.Called(p.Wall.Now().Sub(began), err != nil && !awsaccess.NotFound(err))
		switch {
		case awsaccess.NotFound(err):
			return nil, nil
		case err != nil:
			return nil, p.Access.Explain("lambda:ListEventSourceMappings", err)
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
	return found, nil
}
