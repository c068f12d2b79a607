package lambda

import (
	"context"
	"math"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/migtop/migtop/internal/migration"
)

// Embedded is a metric with a tenant dimension that functions shared by tenants
// publish, in the embedded metric format or by any other way. By it their
// activity is split over the tenants.
// Source: CloudWatch user guide, "Embedding metrics within logs".
type Embedded struct {
	Match                        func(function string) bool
	Namespace, Metric, Dimension string
	// Durations says that the metric sums run times in milliseconds; otherwise it counts
	// invocations. The remainder is unattributed.
	Durations bool
	// Tenant maps a value of the dimension to a tenant.
	Tenant func(value string) migration.Tenant
	// Weights share functions out in place of a metric, which is not asked for then.
	Weights []Weight
}

// published is a rule's metric in an account, "" for the source's own. Each account's metric
// splits the functions of that account.
type published struct {
	rule    *Embedded
	account string
}

// noteEmbedded goes with what was split.
const noteEmbedded = "split by the EMF metric"

// embeddedOf is the rule that a function falls under; nil for none.
func (s *Source) embeddedOf(function string) *Embedded {
	for i := range s.Embedded {
		if s.Embedded[i].Match(function) {
			return &s.Embedded[i]
		}
	}
	return nil
}

// listEmbedded finds out which values the dimensions have. Values stay known once
// they were seen. Not being permitted is said where functions are listed too.
func (p *poll) listEmbedded(ctx context.Context) {
	for i := range p.Embedded {
		rule := &p.Embedded[i]
		if len(rule.Weights) > 0 {
			continue
		}
		pages := cloudwatch.NewListMetricsPaginator(p.metrics, p.fleet.includeLinked(&cloudwatch.ListMetricsInput{
			Namespace: aws.String(rule.Namespace), MetricName: aws.String(rule.Metric),
			Dimensions: []cwtypes.DimensionFilter{{Name: aws.String(rule.Dimension)}},
		}))
		for pages.HasMorePages() {
			began := p.Wall.Now()
			page, err := pages.NextPage(ctx)
			p.Row.Called(p.Wall.Now().Sub(began), err != nil)
			if err != nil {
				p.Row.Degrade(p.Access.Explain("cloudwatch:ListMetrics", err))
				return
			}
			for n, m := range page.Metrics {
				if len(m.Dimensions) != 1 || aws.ToString(m.Dimensions[0].Name) != rule.Dimension {
					continue // of a finer set, which repeats the same
				}
				account, _ := p.fleet.ownerOf(page.OwningAccounts, n)
				at := published{rule, account}
				if value := aws.ToString(m.Dimensions[0].Value); !slices.Contains(p.values[at], value) {
					p.values[at] = append(p.values[at], value)
				}
			}
		}
		for at := range p.values {
			slices.Sort(p.values[at])
		}
	}
}

// askEmbedded adds the tenants' weights to a query of shared functions. Where the weights
// cannot be read, nothing is published: activity that was split once must not count again as
// a whole.
func (s *Source) askEmbedded(a *ask) *ask {
	if len(s.Embedded) == 0 {
		return a
	}
	for _, u := range a.units {
		rule := s.embeddedOf(u.fn.Name)
		if rule == nil || len(u.parts) > 0 {
			continue
		}
		if len(rule.Weights) > 0 {
			u.rule = rule
			continue
		}
		for _, value := range s.values[published{rule, u.fn.account}] {
			if value == "" {
				continue // no dimension has such a value
			}
			u.rule = rule
			u.parts = append(u.parts, &unit{ask: a, fn: u.fn, rule: rule, value: value, groups: weightMetrics[:]})
			a.missing++
		}
	}
	return a
}

// weightMetrics are the metrics read for a tenant's weight: one sum, in the place of the sum
// of invocations.
var weightMetrics = [...][]int{{invocationsSum}}

// weight is what was published for a tenant in a period.
func (u *unit) weight(at int) float64 {
	if u.rows == nil || !u.rows[at].has(invocationsSum) {
		return 0
	}
	return max(u.rows[at].values[invocationsSum], 0)
}

// split takes the tenants' parts out of a question's shared functions: each becomes
// an answered question of its own, and what is left stays where it was.
func (p *poll) split(a *ask) []*ask {
	parts := p.splitAliases(a)
	for _, u := range a.units {
		if u.rule == nil || u.rows == nil {
			continue
		}
		if len(u.rule.Weights) > 0 {
			parts = append(parts, p.weighed(a, u)...)
			continue
		}
		rest := slices.Clone(u.rows)
		for _, of := range u.parts {
			part := &unit{fn: u.fn.plain(), rows: make([]row, len(u.rows))}
			for at := range u.rows {
				if weight := of.weight(at); weight > 0 {
					part.rows[at] = u.rows[at].part(share(u, at, weight))
					rest[at].take(&part.rows[at])
				}
			}
			key := a.group.key
			key.Tenant = u.rule.Tenant(of.value)
			if key.Tenant == a.group.key.Tenant {
				continue // unattributed or the function's own: it stays in the remainder
			}
			parts = append(parts, &ask{
				group: &group{key: p.partKey(key, a.group), account: a.group.account}, span: a.span, days: a.days,
				past: a.past, units: []*unit{part}, rule: u.rule,
			})
		}
		u.rows = rest
	}
	return merged(parts)
}

// partKey is the key of a part: the tenant, with the workload of the group that it was split
// from, unless another function has that key already.
func (p *poll) partKey(key migration.Key, of *group) migration.Key {
	at, whole := owned{key, of.account}, owned{of.key, of.account}
	for p.groups[at] != nil || (p.owners[at] != owned{} && p.owners[at] != whole) {
		at.key.Workload += " (shared)"
	}
	p.owners[at] = whole
	return at.key
}

// merged puts parts of the same tenant together, so that one activity has all.
func merged(parts []*ask) []*ask {
	var out []*ask
	for _, part := range parts {
		at := slices.IndexFunc(out, func(o *ask) bool { return o.group.key == part.group.key })
		if at < 0 {
			out = append(out, part)
			continue
		}
		out[at].units = append(out[at].units, part.units...)
	}
	return out
}

// plain is the function as invocations use it. Provisioned concurrency is not attributed to
// a part.
func (f *function) plain() *function {
	return &function{Function: f.Function}
}

// share is the fraction of a period that a weight represents. Weights that sum to more than
// the whole are scaled down.
func share(u *unit, at int, weight float64) float64 {
	sum := 0.0
	for _, of := range u.parts {
		sum += of.weight(at)
	}
	whole := u.rows[at].values[invocationsSum]
	if u.rule.Durations {
		whole = u.rows[at].values[durationSum]
	}
	return weight / max(whole, sum)
}

// counted are the statistics of a row that add up.
var counted = [...]int{invocationsSum, errorsSum, throttlesSum, durationSum, logsSum}

// part is a fraction of a row, with rounded counts. The spread of run times is that of the
// whole, which bounds that of the part.
func (r *row) part(share float64) row {
	out := *r
	out.of = r.all()
	for _, stat := range counted {
		out.values[stat] = r.values[stat] * share
		if stat != durationSum {
			out.values[stat] = math.Round(out.values[stat])
		}
	}
	out.have &^= 1 << concurrencyMax
	return out
}

// all is the number of invocations behind a row's statistics.
func (r *row) all() float64 {
	if r.of > 0 {
		return r.of
	}
	return r.values[invocationsSum]
}

// take takes a part out of a row, never more than there is. What is left is a part too.
func (r *row) take(part *row) {
	r.of = r.all()
	for _, stat := range counted {
		part.values[stat] = min(part.values[stat], r.values[stat])
		r.values[stat] -= part.values[stat]
	}
}
