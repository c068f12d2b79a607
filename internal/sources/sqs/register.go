package sqs

import (
	"context"

	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func init() {
	awspoll.Register(awspoll.Descriptor{
		Descriptor: sources.Descriptor{
			Name: "sqs", Title: "queues", Order: 40,
			Permissions: sources.Permissions{Statement: "MigtopReadsQueuesOptional", Actions: Actions},
			Section:     configuration(),
			Wanted:      func(env *sources.Env) bool { return awsscope.AnyApplies(env.Target, entries(env)) },
			Unread: func(ctx context.Context, env *sources.Env) []string {
				return awsscope.Unread(ctx, env.Targets, entries(env))
			},
		},
		Open: func(ctx context.Context, access *awsaccess.Config, env *awspoll.Env) (sources.Source, error) {
			settings, err := settingsOf(ctx, env)
			if err != nil {
				return nil, err
			}
			return New(access, settings)
		},
		Questions: func(ctx context.Context, env *awspoll.Env) ([]awsaccess.Question, error) {
			settings, err := settingsOf(ctx, env)
			if err != nil {
				return nil, err
			}
			return Questions(settings.Queues, settings.Patterns), nil
		},
	})
}

// entries are those of the configuration.
func entries(env *sources.Env) []Entry {
	if c := sources.SettingsOf[*Config](env); c != nil {
		return c.Queues
	}
	return nil
}

// settingsOf are the queues of one account and region.
func settingsOf(ctx context.Context, env *awspoll.Env) (Settings, error) {
	here, err := awsscope.Matches(ctx, env.Target, entries(env.Env))
	if err != nil {
		return Settings{}, err
	}
	s := Settings{Timing: env.Timing, Notes: env.Notes}
	s.Queues, s.Patterns = wanted(here, env.Targets, env.Names)
	return s, nil
}
