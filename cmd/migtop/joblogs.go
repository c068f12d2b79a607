package main

import (
	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/joblogs"
)

// sinksToWatch makes the source's questions of the configuration's entries. A name that may
// be in several accounts is searched for like a pattern.
func sinksToWatch(
	entries []config.JobLog, ts []awsscope.Target, names *attribution.Attributor,
) (groups []joblogs.Group, patterns []joblogs.Pattern) {
	for _, e := range entries {
		name, literal := e.Group.Literal()
		if e.ARN != "" {
			name, literal = e.Resource().Name, true
		}
		several := awsscope.NeedsSearch(ts, e)
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
