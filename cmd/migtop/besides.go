package main

import (
	"context"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/ecs"
)

// besides are the sources beside the two sides of the move, as far as the
// configuration wants them.
func (a *app) besides(learner *attribution.Learner) []sources.Source {
	var out []sources.Source
	if a.config.AWS.ECS.Read != config.ECSOff {
		out = append(out, a.ecs(learner))
	}
	return out
}

// ecs is the source of what is left on ECS, opened at its first poll.
func (a *app) ecs(learner *attribution.Learner) *sources.Late {
	return &sources.Late{
		Title: "ecs", Rows: []string{"ecs"},
		Open: func(ctx context.Context) (sources.Source, error) {
			access, err := awsaccess.LoadConfig(ctx, a.systems.aws)
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
