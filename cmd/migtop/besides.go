package main

import (
	"context"
	"strings"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/ecs"
	"github.com/migtop/migtop/internal/sources/lambda"
	"github.com/migtop/migtop/internal/sources/logs"
	"github.com/migtop/migtop/internal/sources/simcloud"
	"github.com/migtop/migtop/internal/sources/sqs"
)

// besides are the sources beside the two sides of the move, as far as the
// configuration wants them.
func (a *app) besides(learner *attribution.Learner) []sources.Source {
	var out []sources.Source
	if a.config.AWS.ECS.Read != config.ECSOff {
		for _, w := range a.systems.aws {
			out = append(out, a.ecs(w, learner))
		}
	}
	if len(a.queues()) > 0 {
		out = append(out, a.sqs(a.systems.aws[0], learner)) // a queue is in one account only
	}
	if a.config.JobLogs.Group != "" {
		out = append(out, a.arrival())
	}
	return out
}

// arrival counts the log lines of Jobs.
func (a *app) arrival() *sources.Late {
	return &sources.Late{
		Title: "log arrival", Rows: []string{"log arrival"},
		Open: func(ctx context.Context) (sources.Source, error) {
			access, err := awsaccess.LoadConfig(ctx, a.systems.aws[0].options)
			if err != nil {
				return nil, err
			}
			return logs.NewArrival(access, a.config.JobLogs.Group, a.clock)
		},
	}
}

// queues are those that the configuration names; the demo names its own.
func (a *app) queues() []config.Queue {
	if len(a.config.Queues) == 0 {
		return a.systems.queues
	}
	return a.config.Queues
}

// demoQueues are the queues of a simulated cloud as a configuration would name them.
func demoQueues(cloud *simcloud.Cloud) []config.Queue {
	var out []config.Queue
	for _, q := range cloud.Queues() {
		role, _ := migration.ParseQueueRole(q.Part)
		out = append(out, config.Queue{
			Name: attribution.MustParsePattern(q.Name), Role: role, Tenant: migration.Tenant(q.Tenant), Workload: migration.Workload(q.Workload),
		})
	}
	return out
}

// wanted makes the source's questions of the configuration's entries.
func wanted(entries []config.Queue, names *attribution.Attributor) (queues []sqs.Queue, patterns []sqs.Pattern) {
	for _, e := range entries {
		q := sqs.Queue{URL: e.URL, Role: e.Role}
		literal := true
		switch {
		case e.ARN != "":
			parts := strings.SplitN(e.ARN, ":", 6)
			q.Owner, q.Name = parts[4], parts[5]
		case e.URL != "":
			q.Name = e.URL[strings.LastIndexByte(e.URL, '/')+1:]
		default:
			q.Name, literal = e.Name.Literal()
		}
		if !literal {
			patterns = append(patterns, sqs.Pattern{Prefix: e.Name.Prefix(), Role: e.Role, Match: func(name string) (migration.Attribution, bool) {
				return names.Queue(e.Name, name, e.Tenant, e.Workload)
			}})
			continue
		}
		who, _ := names.Queue(e.Name, q.Name, e.Tenant, e.Workload)
		q.Tenant, q.Workload, q.Evidence = who.Tenant, who.Workload, who.Evidence
		queues = append(queues, q)
	}
	return queues, patterns
}

// sqs is the source of the queues, in the first account and region of the
// configuration, opened at its first poll.
func (a *app) sqs(w way, learner *attribution.Learner) *sources.Late {
	return &sources.Late{
		Title: "sqs", Scope: w.scope(), Rows: []string{"sqs"},
		Open: func(ctx context.Context) (sources.Source, error) {
			access, err := awsaccess.LoadConfig(ctx, w.options)
			if err != nil {
				return nil, err
			}
			queues, patterns := wanted(a.queues(), learner.Settled(ctx, patience))
			return sqs.New(access, sqs.Settings{
				Queues: queues, Patterns: patterns, Clock: a.clock, Cadence: a.config.Refresh.CloudWatch,
			})
		},
	}
}

// ecs is the source of what is left on ECS, opened at its first poll.
func (a *app) ecs(w way, learner *attribution.Learner) *sources.Late {
	return &sources.Late{
		Title: "ecs", Scope: w.scope(), Rows: []string{"ecs"},
		Open: func(ctx context.Context) (sources.Source, error) {
			access, err := awsaccess.LoadConfig(ctx, w.options)
			if err != nil {
				return nil, err
			}
			return ecs.New(access, ecs.Settings{
				Attribute: learner.Settled(ctx, patience).Attribute,
				Cluster:   a.config.AWS.ECS.Wants,
				Seek:      a.config.AWS.ECS.Read == config.ECSTenants,
				Clock:     a.clock,
				Cadence:   a.config.Refresh.CloudWatch,
			})
		},
	}
}

// embedded makes the source's rules of the configuration's, by the names that are
// known.
func embedded(rules []config.EMF, names *attribution.Attributor) []lambda.Embedded {
	out := make([]lambda.Embedded, len(rules))
	for i, r := range rules {
		out[i] = lambda.Embedded{
			Match: r.Function.Match, Namespace: r.Namespace, Metric: r.Metric, Dimension: r.Dimension, Durations: r.Durations, Tenant: names.Tenant,
		}
	}
	return out
}
