package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/simcloud"
	"github.com/migtop/migtop/internal/sources/sqs"
)

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

// place is an account's number and a region, "" for any.
type place struct{ region, account string }

// has reports whether an account's number and region lie in it.
func (p place) has(q place) bool {
	return (p.region == "" || p.region == q.region) && (p.account == "" || p.account == q.account)
}

// regionInHost finds the region in the name of a host of AWS's.
var regionInHost = regexp.MustCompile(`(?:^|\.)([a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2})\.`)

// placeOfQueue is where an ARN or a URL says that a queue is. A name says nothing.
func placeOfQueue(q *config.Queue) place {
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

// meant reports whether an entry that names an account, or none, may mean this one.
func (w way) meant(account string) bool {
	return account == "" || w.account.Name == "" || w.account.Name == account
}

// queuesOf are the entries to read through a way, and whether each may be looked for in
// other ways too: then its name is no promise that it is in this one. The error says
// that nobody knows which account it is.
func (a *app) queuesOf(ctx context.Context, w way) (here []config.Queue, elsewhere bool, err error) {
	var at place
	for _, q := range a.queues() {
		if !w.meant(q.Account) {
			continue
		}
		where := placeOfQueue(&q)
		if where != (place{}) {
			if at == (place{}) {
				if at.region, at.account, err = placeOf(ctx, w); err != nil {
					return nil, false, err
				}
			}
			if !where.has(at) {
				continue
			}
		}
		here = append(here, q)
	}
	return here, len(a.systems.aws) > 1, nil
}

// unread says of which queues that are named by ARN or URL no account is read; nothing
// where it is not known of all accounts which they are.
func (a *app) unread(ctx context.Context) (notes []string) {
	var read []place
	for _, q := range a.queues() {
		where := placeOfQueue(&q)
		if where == (place{}) {
			continue
		}
		for i := len(read); i < len(a.systems.aws); i++ {
			region, account, err := placeOf(ctx, a.systems.aws[i])
			if err != nil {
				return nil
			}
			read = append(read, place{region, account})
		}
		found := false
		for i, w := range a.systems.aws {
			found = found || (w.meant(q.Account) && where.has(read[i]))
		}
		if !found {
			notes = append(notes, fmt.Sprintf("%s is in an account or region that is not read", q.ARN+q.URL))
		}
	}
	return notes
}

// wanted makes the source's questions of the configuration's entries. Where an entry may
// mean several accounts, a name is looked for like a pattern.
func wanted(entries []config.Queue, several bool, names *attribution.Attributor) (queues []sqs.Queue, patterns []sqs.Pattern) {
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
			if q.Name, literal = e.Name.Literal(); several {
				literal = false
			}
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
func (a *app) sqs(w way, first bool, learner *attribution.Learner) *sources.Late {
	return &sources.Late{
		Title: "sqs", Scope: w.scope(), Rows: []string{"sqs"},
		Open: func(ctx context.Context) (sources.Source, error) {
			access, err := awsaccess.LoadConfig(ctx, w.options)
			if err != nil {
				return nil, err
			}
			here, several, err := a.queuesOf(ctx, w)
			if err != nil {
				access.Close()
				return nil, err
			}
			settings := sqs.Settings{Clock: a.clock, Cadence: a.config.Refresh.CloudWatch}
			settings.Queues, settings.Patterns = wanted(here, several, learner.Settled(ctx, patience))
			if first {
				settings.Notes = a.unread(ctx)
			}
			return sqs.New(access, settings)
		},
	}
}
