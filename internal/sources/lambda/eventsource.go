package lambda

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Event sources are read for the whole account, some pages at a time: before a first share and between steps it must be known of
// every tenant how its messages become runs. Until that is done, they are read of the functions of the tenant whose page is open.
const (
	everyEventSources = 15 * time.Minute // where a page is open
	everyMapping      = time.Hour
	maxEventSources   = 20
	pagesPerPoll      = 10 // of up to 100 mappings
)

// mappings is one reading of all event source mappings of the account.
type mappings struct {
	at      time.Time                          // when all of them were read; zero for never
	next    *string                            // where the next page begins, nil before the first
	found   map[string][]migration.EventSource // by function, or function and qualifier: "f:live"
	refused bool                               // they may not be listed
}

// readMappings reads some of the event source mappings of the account and reports whether the last page came. It begins
// with the second poll, since the first has enough to read.
func (p *poll) readMappings(ctx context.Context, focus sources.Focus) (changed bool) {
	m := &p.mappings
	every := everyMapping
	if focus.Open {
		every = everyEventSources
	}
	if m.refused || p.fleet.active.IsZero() || !p.polled || !m.at.IsZero() && p.Now.Sub(m.at) < every-p.Settings.Cadence/2 {
		p.polled = true
		return false
	}
	for range pagesPerPoll {
		page, err := p.mappingPage(ctx, &lambdaapi.ListEventSourceMappingsInput{Marker: m.next})
		switch {
		case awsaccess.HasFault(err, migration.FaultDenied):
			// It is said once a page is open, whose functions are asked about one by one then.
			m.refused, m.at, m.next = true, time.Time{}, nil
			return false
		case err != nil:
			p.lambdaHealth.Degrade(err)
			return false
		}
		if m.next == nil {
			m.found = map[string][]migration.EventSource{}
		}
		for i := range page.EventSourceMappings {
			one := &page.EventSourceMappings[i]
			if name := functionOf(aws.ToString(one.FunctionArn)); name != "" {
				m.found[name] = append(m.found[name], eventSourceOf(one))
			}
		}
		if m.next = page.NextMarker; aws.ToString(m.next) == "" {
			m.next, m.at = nil, p.Now
			p.spreadMappings()
			m.found = nil
			return true
		}
	}
	return false
}

// spreadMappings gives functions what feeds them, and aliases of other tenants what feeds those. What feeds another alias or
// a version feeds the function.
func (p *poll) spreadMappings() {
	apart := map[string]bool{}
	for _, g := range p.order {
		for _, fn := range g.active {
			for _, a := range fn.aliases {
				if a.apart && a.gone.IsZero() {
					name := fn.Name + ":" + a.Name
					apart[name] = true
					a.fed, a.fedAt = migration.Some(p.mappings.found[name]), p.Now
				}
			}
		}
	}
	whole := map[string][]migration.EventSource{}
	for name, list := range p.mappings.found {
		if !apart[name] {
			bare, _, _ := strings.Cut(name, ":")
			whole[bare] = append(whole[bare], list...)
		}
	}
	for _, g := range p.order {
		for _, fn := range g.active {
			list := whole[fn.Name]
			slices.SortFunc(list, func(a, b migration.EventSource) int { return cmp.Compare(a.ID, b.ID) })
			fn.EventSources, fn.fedAt = migration.Some(list), p.Now
		}
	}
}

// functionOf is the function of an ARN with its qualifier, "f" or "f:live"; "" where it is no ARN of a function.
func functionOf(arn string) string {
	_, name, _ := strings.Cut(arn, ":function:")
	return strings.TrimSuffix(name, ":$LATEST")
}

// readEventSources reads the event sources of the functions of the tenant whose page is open,
// and reports whether anything changed. A missing permission is reported and affects nothing
// else.
func (p *poll) readEventSources(ctx context.Context, focus sources.Focus) (changed bool) {
	if !focus.Open || p.sourcesDenied {
		return false
	}
	asked := 0
	for _, one := range p.fedTo(focus.Tenant) {
		fresh := !p.mappings.at.IsZero() || p.Now.Sub(*one.at) < everyEventSources-p.Settings.Cadence/2
		if asked == maxEventSources || !one.at.IsZero() && fresh {
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
	in := &lambdaapi.ListEventSourceMappingsInput{FunctionName: aws.String(name)}
	for {
		page, err := p.mappingPage(ctx, in)
		switch {
		case awsaccess.NotFound(err):
			return nil, nil
		case err != nil:
			return nil, err
		}
		for i := range page.EventSourceMappings {
			found = append(found, eventSourceOf(&page.EventSourceMappings[i]))
		}
		if in.Marker = page.NextMarker; aws.ToString(in.Marker) == "" {
			return found, nil
		}
	}
}

// mappingPage asks for one page of event source mappings.
func (p *poll) mappingPage(ctx context.Context, in *lambdaapi.ListEventSourceMappingsInput) (
	*lambdaapi.ListEventSourceMappingsOutput, error,
) {
	began := p.Wall.Now()
	page, err := p.lambda.ListEventSourceMappings(ctx, in)
	p.lambdaHealth.Called(p.Wall.Now().Sub(began), err != nil && !awsaccess.NotFound(err))
	if err != nil && !awsaccess.NotFound(err) {
		err = p.Access.Explain("lambda:ListEventSourceMappings", err)
	}
	return page, err
}

// eventSourceOf reads one event source mapping.
func eventSourceOf(m *lambdatypes.EventSourceMappingConfiguration) migration.EventSource {
	one := migration.EventSource{
		ID: aws.ToString(m.UUID), ARN: aws.ToString(m.EventSourceArn), BatchSize: aws.ToInt32(m.BatchSize),
		Enabled: aws.ToString(m.State) == "Enabled", Filtered: m.FilterCriteria != nil && len(m.FilterCriteria.Filters) > 0,
		PartialBatch: slices.Contains(m.FunctionResponseTypes, lambdatypes.FunctionResponseTypeReportBatchItemFailures),
	}
	if m.ScalingConfig != nil && m.ScalingConfig.MaximumConcurrency != nil {
		one.MaxConcurrency = migration.Some(*m.ScalingConfig.MaximumConcurrency)
	}
	if m.MaximumRetryAttempts != nil {
		one.Retries = migration.Some(*m.MaximumRetryAttempts)
	}
	return one
}
