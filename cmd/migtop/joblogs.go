package main

import (
	"context"
	"strings"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/joblogs"
)

// sink is a log group of Jobs' lines as the configuration names it.
type sink struct{ *config.JobLog }

func (l sink) in() string     { return l.Account }
func (l sink) String() string { return l.ARN + l.Group.String() }

func (l sink) at() place {
	if l.ARN == "" {
		return place{}
	}
	parts := strings.SplitN(l.ARN, ":", 6)
	return place{parts[3], parts[4]}
}

// sinks are where the configuration says that the lines of Jobs go.
func (a *app) sinks() []sink {
	all := a.config.Sinks()
	out := make([]sink, len(all))
	for i := range all {
		out[i] = sink{&all[i]}
	}
	return out
}

// sinksToWatch makes the source's questions of the configuration's entries. A name that may be
// in several accounts is looked for like a pattern.
func sinksToWatch(entries []sink, ways []awsTarget, names *attribution.Attributor) (groups []joblogs.Group, patterns []joblogs.Pattern) {
	for _, e := range entries {
		name, literal := e.Group.Literal()
		if e.ARN != "" {
			name, literal = strings.TrimSuffix(strings.SplitN(e.ARN, ":", 7)[6], ":*"), true
		}
		several := sought(ways, e)
		literal = literal && !several
		if literal {
			key, _ := names.LogGroup(attribution.Pattern{}, name, e.Tenant, e.Workload)
			groups = append(groups, joblogs.Group{Name: name, Of: key})
			continue
		}
		patterns = append(patterns, joblogs.Pattern{
			Text: e.Group.String(), Prefix: e.Group.Prefix(), Sought: several,
			Match: func(name string) (migration.Key, bool) {
				return names.LogGroup(e.Group, name, e.Tenant, e.Workload)
			},
		})
	}
	return groups, patterns
}

// arrival is the source of the lines of Jobs that arrive in one account and region,
// opened at its first poll.
func (a *app) arrival(w awsTarget, first bool, learner *attribution.Learner) *sources.Lazy {
	return beside(joblogs.Name, w, func(ctx context.Context, access *awsaccess.Config) (sources.Source, error) {
		here, err := hereOf(ctx, w, a.sinks())
		if err != nil {
			return nil, err
		}
		settings := joblogs.Settings{Clock: a.clock, Cadence: a.config.Refresh.CloudWatch}
		settings.Groups, settings.Patterns = sinksToWatch(here, a.systems.aws, learner.Settled(ctx, identityTimeout))
		if first {
			settings.Notes = unreadOf(ctx, a.systems.aws, a.sinks())
		}
		return joblogs.New(access, settings)
	})
}
