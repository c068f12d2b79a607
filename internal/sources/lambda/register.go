package lambda

import (
	"context"

	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func init() {
	awspoll.Register(awspoll.Descriptor{
		Descriptor: sources.Descriptor{
			Name: "lambda", Title: "Lambda functions", Order: 10,
			Rows:        []string{"cloudwatch", "lambda"},
			Permissions: sources.Permissions{Statement: "MigtopReads", Actions: Actions},
		},
		Identities: Identities,
		Open: func(_ context.Context, access *awsaccess.Config, env *awspoll.Env) (sources.Source, error) {
			settings := sources.SettingsOf[Settings](env.Env)
			settings.Clock, settings.Cadence, settings.Attribute = env.Timing.Clock, env.Timing.Cadence, env.Names.Attribute
			return New(access, settings)
		},
		Questions: func(_ context.Context, env *awspoll.Env) ([]awsaccess.Question, error) {
			out := Questions(env.Clock.Now())
			if env.Linked {
				out = append(out, LinkedQuestion())
			}
			return out, nil
		},
	})
}
