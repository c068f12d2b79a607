package main

import (
	"context"
	"regexp"
	"strings"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/sqs"
)

// queues are those that the configuration names; the demo names its own.
func (a *app) queues() []queue {
	all := a.config.Queues
	if len(all) == 0 {
		all = a.systems.queues
	}
	out := make([]queue, len(all))
	for i := range all {
		out[i] = queue{&all[i]}
	}
	return out
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

// queue is a queue as the configuration names it.
type queue struct{ *config.Queue }

func (q queue) in() string     { return q.Account }
func (q queue) String() string { return q.ARN + q.URL + q.Name.String() }

// regionInHost finds the region in the name of a host of AWS's.
var regionInHost = regexp.MustCompile(`(?:^|\.)([a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2})\.`)

// at is where an ARN or a URL says that a queue is. A name says nothing.
func (q queue) at() place {
	switch {
	case q.ARN != "":
		parts := strings.SplitN(q.ARN, ":", 6)
		return place{parts[3], parts[4]}
	case q.URL != "":
		parts := strings.SplitN(q.URL, "/", 5)
		at := place{account: parts[3]}
		if found := regionInHost.FindStringSubmatch(parts[2]); found != nil {
			at.region = found[1]
		}
		return at
	}
	return place{}
}

// wanted makes the source's questions of the configuration's entries. A name that may be
// in several accounts is looked for like a pattern.
func wanted(entries []queue, ways []awsTarget, names *attribution.Attributor) (queues []sqs.Queue, patterns []sqs.Pattern) {
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
			literal = literal && !sought(ways, e)
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

// sqs is the source of the queues of one account and region, opened at its first poll.
func (a *app) sqs(w awsTarget, first bool, learner *attribution.Learner) *sources.Lazy {
	return beside("sqs", w, func(ctx context.Context, access *awsaccess.Config) (sources.Source, error) {
		here, err := hereOf(ctx, w, a.queues())
		if err != nil {
			return nil, err
		}
		settings := sqs.Settings{Clock: a.clock, Cadence: a.config.Refresh.CloudWatch}
		settings.Queues, settings.Patterns = wanted(here, a.systems.aws, learner.Settled(ctx, identityTimeout))
		if first {
			settings.Notes = unreadOf(ctx, a.systems.aws, a.queues())
		}
		return sqs.New(access, settings)
	})
}
