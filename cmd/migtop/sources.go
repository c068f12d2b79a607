package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/engine"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
	"github.com/migtop/migtop/internal/sources/ecs"
	"github.com/migtop/migtop/internal/sources/joblogs"
	"github.com/migtop/migtop/internal/sources/lambda"
	"github.com/migtop/migtop/internal/sources/sqs"
)

// section makes a source's settings of the parts of the configuration that package config
// reads. A source that registered a section of its own needs none.
type section struct {
	// wanted reports whether an account and region is read at all; nil for always.
	wanted func(a *app, w awsTarget) bool
	// settings are what Open gets.
	settings func(ctx context.Context, a *app, w awsTarget, names *attribution.Attributor) (any, error)
	// named is set where the settings name resources, which doctor asks for.
	named bool
	// unread are sentences on entries that no account and region is read for; nil for none.
	unread func(ctx context.Context, a *app) []string
}

var sections = map[string]section{
	"lambda": {settings: lambdaSettings},
	"ecs": {
		wanted: func(a *app, _ awsTarget) bool { return a.config.AWS.ECS.Read != config.ECSOff },
		settings: func(_ context.Context, a *app, _ awsTarget, _ *attribution.Attributor) (any, error) {
			side := a.config.Move.Has(migration.ECS)
			return ecs.Settings{Cluster: a.config.AWS.ECS.Wants, Seek: a.config.AWS.ECS.Read == config.ECSTenants && !side, Side: side}, nil
		},
	},
	"sqs": {
		wanted: func(a *app, w awsTarget) bool { return anyApplies(w, a.queues()) },
		settings: func(ctx context.Context, a *app, w awsTarget, names *attribution.Attributor) (any, error) {
			here, err := awsscope.Matches(ctx, w.target(), a.queues())
			if err != nil {
				return nil, err
			}
			var s sqs.Settings
			s.Queues, s.Patterns = wanted(here, targets(a.systems.aws), names)
			return s, nil
		},
		named: true,
		unread: func(ctx context.Context, a *app) []string {
			return awsscope.Unread(ctx, targets(a.systems.aws), a.queues())
		},
	},
	joblogs.Name: {
		wanted: func(a *app, w awsTarget) bool { return anyApplies(w, a.config.Sinks()) },
		settings: func(ctx context.Context, a *app, w awsTarget, names *attribution.Attributor) (any, error) {
			here, err := awsscope.Matches(ctx, w.target(), a.config.Sinks())
			if err != nil {
				return nil, err
			}
			var s joblogs.Settings
			s.Groups, s.Patterns = sinksToWatch(here, targets(a.systems.aws), names)
			return s, nil
		},
		named: true,
		unread: func(ctx context.Context, a *app) []string {
			return awsscope.Unread(ctx, targets(a.systems.aws), a.config.Sinks())
		},
	},
}

// anyApplies reports whether some entry may be in an account and region.
func anyApplies[E awsscope.Entry](w awsTarget, entries []E) bool {
	return slices.ContainsFunc(entries, func(e E) bool { return w.target().Applies(e.InAccount()) })
}

// ownSections are the sections of the configuration that sources read themselves.
func ownSections() map[string]config.SectionReader {
	out := map[string]config.SectionReader{}
	for _, d := range awspoll.Registered() {
		if d.Section != "" {
			out[d.Section] = d.ReadSection
		}
	}
	return out
}

// wants reports whether the configuration wants a source in an account and region.
func (a *app) wants(d *awspoll.Descriptor, w awsTarget) bool {
	if d.Section != "" {
		return a.config.Section(d.Section) != nil
	}
	s := sections[d.Name]
	return s.wanted == nil || s.wanted(a, w)
}

// settings are what the configuration says to a source, nil for nothing.
func (a *app) settings(ctx context.Context, d *awspoll.Descriptor, w awsTarget, names *attribution.Attributor) (any, error) {
	if d.Section != "" {
		return a.config.Section(d.Section), nil
	}
	if s := sections[d.Name]; s.settings != nil {
		return s.settings(ctx, a, w, names)
	}
	return nil, nil
}

// sourcesOf returns the registered sources in all accounts and regions: those of a side of the move, or the others.
func (a *app) sourcesOf(side bool, learner *attribution.Learner) []sources.Source {
	var out []sources.Source
	for _, d := range awspoll.Registered() {
		for i, w := range a.systems.aws {
			if d.Open != nil && (d.Identities != nil) == side && a.wants(&d, w) {
				out = append(out, a.source(&d, w, i == 0, learner))
			}
		}
	}
	return out
}

// source is a source in one account and region, opened at its first poll.
func (a *app) source(d *awspoll.Descriptor, w awsTarget, first bool, learner *attribution.Learner) *sources.Lazy {
	var leave sync.Once
	open := func(ctx context.Context, access *awsaccess.Config) (sources.Source, error) {
		names := a.names(ctx, d, w, access, learner, &leave)
		settings, err := a.settings(ctx, d, w, names)
		if err != nil {
			return nil, err
		}
		env := awspoll.Env{
			Timing:    awspoll.Timing{Clock: a.clock, Cadence: a.config.Refresh.CloudWatch},
			Attribute: names.Attribute, Linked: w.linked, Settings: settings,
		}
		if unread := sections[d.Name].unread; first && unread != nil {
			env.Notes = unread(ctx, a)
		}
		return d.Open(ctx, access, env)
	}
	return &sources.Lazy{
		Title: d.Name, Scope: w.scope(), Rows: d.Rows,
		Open: func(ctx context.Context) (sources.Source, error) {
			access, err := awsaccess.LoadConfig(ctx, w.options)
			if err != nil {
				if d.Identities != nil {
					leave.Do(learner.Leave)
				}
				return nil, err
			}
			src, err := open(ctx, access)
			if err != nil {
				access.Close()
				return nil, err
			}
			return src, nil
		},
	}
}

// names are those that a source knows work by. A side of the move brings its own first.
func (a *app) names(
	ctx context.Context, d *awspoll.Descriptor, w awsTarget, access *awsaccess.Config, learner *attribution.Learner, leave *sync.Once,
) *attribution.Attributor {
	if d.Identities == nil {
		return learner.Settled(ctx, identityTimeout)
	}
	// Names that cannot be listed now are learnt from the other side; the source itself
	// says what is wrong.
	ids, err := within(ctx, identityTimeout, func(ctx context.Context) ([]migration.Identity, error) {
		return d.Identities(ctx, access, w.linked)
	})
	if err != nil {
		a.log.Warn("list functions for their names", "error", err)
	}
	return a.join(ctx, learner, leave, ids)
}

func lambdaSettings(ctx context.Context, a *app, w awsTarget, names *attribution.Attributor) (any, error) {
	s := lambda.Settings{
		Linked:   a.linked(w),
		Tags:     a.config.Attribution.NeedTags(),
		Embedded: embedded(a.config, names),
		Aliases:  a.config.Attribution.Aliased,
		Arrival:  a.config.WatchesLambda(),
		Include:  a.config.AWS.Functions.Wants,
		Rand:     rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
		Days:     engine.Days,
		Kept:     a.keptDays(ctx),
	}
	if a.systems.demo {
		s.Timeout = demoPatience
	}
	return s, nil
}

// embedded converts the rules of the configuration for the source, with the known names. Weights come last, and not for
// functions whose log names tenants, since the log is better evidence.
func embedded(c *config.Config, names *attribution.Attributor) []lambda.Embedded {
	out := make([]lambda.Embedded, 0, len(c.EMF)+len(c.Weights))
	for _, r := range c.EMF {
		out = append(out, lambda.Embedded{
			Match: r.Function.Match, Namespace: r.Namespace, Metric: r.Metric, Dimension: r.Dimension, Durations: r.Durations, Tenant: names.Tenant,
		})
	}
	logged := func(function string) bool {
		return slices.ContainsFunc(c.Evidence.Tenants, func(l config.LogTenants) bool { return l.Function.Match(function) })
	}
	for _, r := range c.Weights {
		rule := lambda.Embedded{Match: func(function string) bool { return r.Function.Match(function) && !logged(function) }}
		for _, w := range r.Tenants {
			rule.Weights = append(rule.Weights, lambda.Weight{Tenant: names.Tenant(w.Tenant), Part: w.Part.InexactFloat64()})
		}
		out = append(out, rule)
	}
	return out
}
