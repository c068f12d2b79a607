package ecs

import (
	"context"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func init() {
	awspoll.Register(awspoll.Descriptor{
		Descriptor: sources.Descriptor{
			Name: "ecs", Title: "ECS services and tasks", Order: 20,
			Permissions: sources.Permissions{Statement: "MigtopReadsECSOptional", Actions: Actions},
			Section:     configuration(),
			Wanted: func(env *sources.Env) bool {
				c := sources.SettingsOf[*Config](env)
				return c != nil && c.Read != ReadNothing
			},
		},
		Open: func(_ context.Context, access *awsaccess.Config, env *awspoll.Env) (sources.Source, error) {
			c, side := sources.SettingsOf[*Config](env.Env), env.Move.Has(migration.ECS)
			return New(access, Settings{
				Timing: env.Timing, Attribute: env.Names.Attribute,
				Cluster: c.Wants, Seek: c.Read == ReadTenants && !side, Side: side,
			})
		},
		Questions: func(context.Context, *awspoll.Env) ([]awsaccess.Question, error) { return Questions(), nil },
	})
}
