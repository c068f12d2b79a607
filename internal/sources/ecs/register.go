package ecs

import (
	"context"

	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func init() {
	awspoll.Register(awspoll.Descriptor{
		Name: "ecs", Title: "ECS services and tasks", Order: 20,
		Statement: "MigtopReadsECSOptional", Actions: Actions,
		Open: func(_ context.Context, access *awsaccess.Config, env awspoll.Env) (sources.Source, error) {
			settings := awspoll.SettingsOf[Settings](env)
			settings.Timing, settings.Attribute = env.Timing, env.Attribute
			return New(access, settings)
		},
		Questions: func(awspoll.Env) []awsaccess.Question { return Questions() },
	})
}
