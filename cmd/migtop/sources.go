package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/engine"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/joblogs"
	"github.com/migtop/migtop/internal/sources/jobs"
	"github.com/migtop/migtop/internal/sources/lambda"
)

// target is one place that sources read: an account and region of AWS, or the cluster.
type target struct {
	aws   *awsTarget // nil for the cluster
	scope string
	reach func(ctx context.Context) (sources.Access, error)
}

// targets are the places of a system.
func (a *app) targets(s sources.System) []*target {
	if s == sources.Kubernetes {
		return []*target{{reach: func(context.Context) (sources.Access, error) { return a.systems.cluster() }}}
	}
	out := make([]*target, len(a.systems.aws))
	for i := range a.systems.aws {
		w := &a.systems.aws[i]
		out[i] = &target{aws: w, scope: w.scope(), reach: func(ctx context.Context) (sources.Access, error) {
			return awsaccess.LoadConfig(ctx, w.options)
		}}
	}
	return out
}

// settings are those of sources whose parts of the configuration package config reads, since other parts of migtop or flags of
// the command line use them too. All others read their own section.
func (a *app) settings(ctx context.Context, d *sources.Descriptor, t *target, names *attribution.Attributor) any {
	switch d.Name {
	case "lambda":
		return lambdaSettings(ctx, a, t, names)
	case jobs.Name:
		return jobsSettings(a)
	}
	return a.config.Section(d.Name)
}

// env is what a source gets in a place. Without names, its settings lack what depends on them.
func (a *app) env(ctx context.Context, d *sources.Descriptor, t *target, names *attribution.Attributor) *sources.Env {
	e := &sources.Env{
		Clock: a.clock, Logger: a.log, Once: a.pace == frozen, Cadence: a.config.Refresh.CloudWatch,
		Settings: a.config.Section(d.Name), Move: a.config.Move, Names: names, Targets: targets(a.systems.aws),
	}
	if t.aws != nil {
		e.Target, e.Linked = t.aws.target(), t.aws.linked
	} else {
		e.Cadence = a.config.Refresh.Kubernetes
	}
	if names != nil {
		e.Settings = a.settings(ctx, d, t, names)
	}
	return e
}

// wants reports whether the configuration wants a source in a place.
func (a *app) wants(ctx context.Context, d *sources.Descriptor, t *target) bool {
	return d.Wanted == nil || d.Wanted(a.env(ctx, d, t, nil))
}

// wanted reports whether the configuration wants a source anywhere.
func (a *app) wanted(name string) bool {
	return slices.ContainsFunc(sources.Registered(), func(d sources.Descriptor) bool {
		return d.Name == name && slices.ContainsFunc(a.targets(d.System), func(t *target) bool {
			return a.wants(context.Background(), &d, t)
		})
	})
}

// unread are sentences on entries of a source's settings that nothing is read for.
func (a *app) unread(ctx context.Context, d *sources.Descriptor) []string {
	ts := a.targets(d.System)
	if d.Unread == nil || len(ts) == 0 {
		return nil
	}
	return d.Unread(ctx, a.env(ctx, d, ts[0], nil))
}

// naming returns how many sources bring names to learn from.
func (a *app) naming(ctx context.Context) (n int) {
	for _, d := range sources.Registered() {
		for _, t := range a.targets(d.System) {
			if d.Identities != nil && a.wants(ctx, &d, t) {
				n++
			}
		}
	}
	return n
}

// sourcesOf returns the registered sources in all places: those of a side of the move, or the others.
func (a *app) sourcesOf(ctx context.Context, side bool, learner *attribution.Learner) []sources.Source {
	var out []sources.Source
	for _, d := range sources.Registered() {
		for i, t := range a.targets(d.System) {
			if d.Open != nil && (d.Identities != nil) == side && a.wants(ctx, &d, t) {
				lazy := a.source(&d, t, i == 0, learner)
				if d.System == sources.Kubernetes {
					a.cluster = lazy
				}
				out = append(out, lazy)
			}
		}
	}
	return out
}

// source is a source in one place, opened at its first poll.
func (a *app) source(d *sources.Descriptor, t *target, first bool, learner *attribution.Learner) *sources.Lazy {
	var leave sync.Once
	open := func(ctx context.Context, access sources.Access) (sources.Source, error) {
		names := a.names(ctx, d, t, access, learner, &leave)
		env := a.env(ctx, d, t, names)
		if first {
			env.Notes = a.unread(ctx, d)
		}
		return d.Open(ctx, access, env)
	}
	return &sources.Lazy{
		Title: d.Name, Scope: t.scope, Rows: d.Rows,
		Open: func(ctx context.Context) (sources.Source, error) {
			access, err := t.reach(ctx)
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
	ctx context.Context, d *sources.Descriptor, t *target, access sources.Access, learner *attribution.Learner, leave *sync.Once,
) *attribution.Attributor {
	if d.Identities == nil {
		return learner.Settled(ctx, a.namesWithin())
	}
	// Names that cannot be listed now are learnt from the other side; the source itself
	// says what is wrong.
	ids, err := within(ctx, a.namesWithin(), func(ctx context.Context) ([]migration.Identity, error) {
		return d.Identities(ctx, access, a.env(ctx, d, t, attribution.New(a.config.Attribution)))
	})
	if err != nil {
		a.log.Warn("list work for its names", "source", d.Name, "error", err)
	}
	return a.join(ctx, learner, leave, ids)
}

// jobsSettings are what the configuration says of the cluster.
func jobsSettings(a *app) any {
	k := a.config.Kubernetes
	s := jobs.Settings{Namespaces: k.Namespaces, LabelSelector: k.Selector}
	if a.oneLook() {
		s.Patience = demoPatience
	}
	for _, l := range k.SpotLabels {
		s.SpotLabels = append(s.SpotLabels, jobs.SpotLabel(l))
	}
	return s
}

func lambdaSettings(ctx context.Context, a *app, t *target, names *attribution.Attributor) any {
	s := lambda.Settings{
		Linked:    a.linked(*t.aws),
		Tags:      a.config.Attribution.NeedTags(),
		Embedded:  embedded(a.config, names),
		Aliases:   a.config.Attribution.Aliased,
		Arrival:   a.config.LambdaLogs.Watch(a.wanted(joblogs.Name)),
		Ingestion: a.config.LogIngestion,
		Include:   a.config.AWS.Functions.Wants,
		Rand:      rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
		Days:      engine.Days,
		Kept:      a.keptDays(ctx),
	}
	if a.systems.demo {
		s.Timeout = demoPatience
	}
	return s
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
