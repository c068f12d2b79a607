package main

import (
	"context"
	"slices"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/ecs"
	"github.com/migtop/migtop/internal/sources/lambda"
)

// besides are the sources beside the two sides of the move, as far as the
// configuration wants them.
func (a *app) besides(learner *attribution.Learner) []sources.Source {
	var out []sources.Source
	if a.config.AWS.ECS.Read != config.ECSOff {
		for _, w := range a.systems.aws {
			out = append(out, a.ecs(w, learner))
		}
	}
	for i, w := range a.systems.aws {
		if slices.ContainsFunc(a.queues(), func(q queue) bool { return w.meant(q.in()) }) {
			out = append(out, a.sqs(w, i == 0, learner))
		}
		if slices.ContainsFunc(a.sinks(), func(l sink) bool { return w.meant(l.in()) }) {
			out = append(out, a.arrival(w, i == 0, learner))
		}
	}
	return out
}

// ecs is the source of what is left on ECS, opened at its first poll.
func (a *app) ecs(w way, learner *attribution.Learner) *sources.Late {
	return &sources.Late{
		Title: "ecs", Scope: w.scope(), Rows: []string{"ecs"},
		Open: func(ctx context.Context) (sources.Source, error) {
			access, err := awsaccess.LoadConfig(ctx, w.options)
			if err != nil {
				return nil, err
			}
			return ecs.New(access, ecs.Settings{
				Attribute: learner.Settled(ctx, patience).Attribute,
				Cluster:   a.config.AWS.ECS.Wants,
				Seek:      a.config.AWS.ECS.Read == config.ECSTenants,
				Clock:     a.clock,
				Cadence:   a.config.Refresh.CloudWatch,
			})
		},
	}
}

// embedded makes the source's rules of the configuration's, by the names that are
// known.
func embedded(rules []config.EMF, names *attribution.Attributor) []lambda.Embedded {
	out := make([]lambda.Embedded, len(rules))
	for i, r := range rules {
		out[i] = lambda.Embedded{
			Match: r.Function.Match, Namespace: r.Namespace, Metric: r.Metric, Dimension: r.Dimension, Durations: r.Durations, Tenant: names.Tenant,
		}
	}
	return out
}
