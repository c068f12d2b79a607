package joblogs

import (
	"context"

	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func init() {
	awspoll.Register(awspoll.Descriptor{
		Name: Name, Title: "log groups of Jobs", Order: 50,
		Statement: "MigtopReadsLogsOptional", Actions: Actions,
		Open: func(_ context.Context, access *awsaccess.Config, env awspoll.Env) (sources.Source, error) {
			settings := awspoll.SettingsOf[Settings](env)
			settings.Timing, settings.Notes = env.Timing, env.Notes
			return New(access, settings)
		},
		Questions: func(env awspoll.Env) []awsaccess.Question {
			return Questions(awspoll.SettingsOf[Settings](env).Patterns)
		},
	})
}
