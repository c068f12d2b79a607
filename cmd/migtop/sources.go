package main

import (
	"context"
	"slices"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
	"github.com/migtop/migtop/internal/sources/ecs"
	"github.com/migtop/migtop/internal/sources/lambda"
)

// otherSources are the sources beside the two sides of the move, as far as the
// configuration wants them.
func (a *app) otherSources(learner *attribution.Learner) []sources.Source {
	var out []sources.Source
	if a.config.AWS.ECS.Read != config.ECSOff {
		for _, w := range a.systems.aws {
			out = append(out, a.ecs(w, learner))
		}
	}
	for i, w := range a.systems.aws {
		if slices.ContainsFunc(a.queues(), func(q config.Queue) bool { return w.target().Applies(q.Account) }) {
			out = append(out, a.sqs(w, i == 0, learner))
		}
		if slices.ContainsFunc(a.config.Sinks(), func(l config.JobLog) bool { return w.target().Applies(l.Account) }) {
			out = append(out, a.arrival(w, i == 0, learner))
		}
	}
	return out
}

// beside is a source beside the two sides in one account and region, opened at its first
// poll.
func beside(title string, w awsTarget, open func(context.Context, *awsaccess.Config) (sources.Source, error)) *sources.Lazy {
	return &sources.Lazy{
		Title: title, Scope: w.scope(), Rows: []string{title},
		Open: func(ctx context.Context) (sources.Source, error) {
			access, err := awsaccess.LoadConfig(ctx, w.options)
			if err != nil {
				return nil, err
			}
			src, err := open(ctx, access)
			if err != nil {
				access.Close()
				return nil, err
			}
			return src, nil
		},
	}
}

// ecs is the source of what is left on ECS, opened at its first poll.
func (a *app) ecs(w awsTarget, learner *attribution.Learner) *sources.Lazy {
	return beside("ecs", w, func(ctx context.Context, access *awsaccess.Config) (sources.Source, error) {
		return ecs.New(access, ecs.Settings{
			Attribute: learner.Settled(ctx, identityTimeout).Attribute,
			Cluster:   a.config.AWS.ECS.Wants,
			Seek:      a.config.AWS.ECS.Read == config.ECSTenants,
			Timing:    awspoll.Timing{Clock: a.clock, Cadence: a.config.Refresh.CloudWatch},
		})
	})
}

// embedded makes the source's rules of the configuration's, by the names that are
// known. Weights come last, and not to functions whose log names tenants: the better
// evidence decides.
func embedded(c *config.Config, names *attribution.Attributor) []lambda.Embedded {
	out := make([]lambda.Embedded, 0, len(c.EMF)+len(c.Weights))
	for _, r := range c.EMF {
		out = append(out, lambda.Embedded{
			Match: r.Function.Match, Namespace: r.Namespace, Metric: r.Metric, Dimension: r.Dimension, Durations: r.Durations, Tenant: names.Tenant,
		})
	}
	logged := func(function string) bool {
		return slices.ContainsFunc(c.Evidence.Tenants, func(l config.LogTenants) bool { return l.Function.Match(function) })
	}
	for _, r := range c.Weights {
		rule := lambda.Embedded{Match: func(function string) bool { return r.Function.Match(function) && !logged(function) }}
		for _, w := range r.Tenants {
			rule.Weights = append(rule.Weights, lambda.Weight{Tenant: names.Tenant(w.Tenant), Part: w.Part.InexactFloat64()})
		}
		out = append(out, rule)
	}
	return out
}
