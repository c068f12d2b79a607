package sqs

import (
	"context"

	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func init() {
	awspoll.Register(awspoll.Descriptor{
		Name: "sqs", Title: "queues", Order: 40,
		Statement: "MigtopReadsQueuesOptional", Actions: Actions,
		Open: func(_ context.Context, access *awsaccess.Config, env awspoll.Env) (sources.Source, error) {
			settings := awspoll.SettingsOf[Settings](env)
			settings.Timing, settings.Notes = env.Timing, env.Notes
			return New(access, settings)
		},
		Questions: func(env awspoll.Env) []awsaccess.Question {
			settings := awspoll.SettingsOf[Settings](env)
			return Questions(settings.Queues, settings.Patterns)
		},
	})
}
