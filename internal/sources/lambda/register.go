package lambda

import (
	"context"

	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func init() {
	awspoll.Register(awspoll.Descriptor{
		Name: "lambda", Title: "Lambda functions", Order: 10,
		Rows:      []string{"cloudwatch", "lambda"},
		Statement: "MigtopReads", Actions: Actions,
		Identities: Identities,
		Open: func(_ context.Context, access *awsaccess.Config, env awspoll.Env) (sources.Source, error) {
			settings := awspoll.SettingsOf[Settings](env)
			settings.Clock, settings.Cadence, settings.Attribute = env.Timing.Clock, env.Timing.Cadence, env.Attribute
			return New(access, settings)
		},
		Questions: func(env awspoll.Env) []awsaccess.Question {
			out := Questions(env.Timing.Clock.Now())
			if env.Linked {
				out = append(out, LinkedQuestion())
			}
			return out
		},
	})
}
