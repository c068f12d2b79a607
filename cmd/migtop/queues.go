package main

import (
	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud"
	"github.com/migtop/migtop/internal/sources/sqs"
)

// queues are those that the configuration names; the demo names its own.
func (a *app) queues() []config.Queue {
	if all := a.config.Queues; len(all) > 0 {
		return all
	}
	return a.systems.queues
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

// wanted makes the source's questions of the configuration's entries. A name that may be
// in several accounts is searched for like a pattern.
func wanted(entries []config.Queue, ts []awsscope.Target, names *attribution.Attributor) (queues []sqs.Queue, patterns []sqs.Pattern) {
	for _, e := range entries {
		at := e.Resource()
		q := sqs.Queue{Name: at.Name, URL: e.URL, Role: e.Role}
		literal := true
		switch {
		case e.ARN != "":
			q.Owner = at.Account
		case e.URL == "":
			q.Name, literal = e.Name.Literal()
			literal = literal && !awsscope.NeedsSearch(ts, e)
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
