package joblogs

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
			Name: Name, Title: "log groups of Jobs", Order: 50,
			Permissions: sources.Permissions{Statement: "MigtopReadsLogsOptional", Actions: Actions},
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
			return Questions(settings.Patterns), nil
		},
	})
}

// entries are those of the configuration.
func entries(env *sources.Env) []Entry {
	if c := sources.SettingsOf[*Config](env); c != nil {
		return c.All()
	}
	return nil
}

// settingsOf are the log groups of one account and region.
func settingsOf(ctx context.Context, env *awspoll.Env) (Settings, error) {
	here, err := awsscope.Matches(ctx, env.Target, entries(env.Env))
	if err != nil {
		return Settings{}, err
	}
	s := Settings{Timing: env.Timing, Notes: env.Notes}
	s.Groups, s.Patterns = watched(here, env.Targets, env.Names)
	return s, nil
}
