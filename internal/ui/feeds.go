package ui

import (
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// mostFeeds bounds the lines about what feeds a tenant's functions.
const mostFeeds = 4

// feeds are the lines about what feeds a tenant's functions, as far as it is known.
func feeds(v *migration.TenantView) []string {
	var out []string
	for i := range v.Workloads {
		for j := range v.Workloads[i].Functions {
			f := &v.Workloads[i].Functions[j]
			for _, one := range f.EventSources.Or(nil) {
				if len(out) == mostFeeds {
					return out
				}
				out = append(out, eventSourceLine(f.Name, &one))
			}
		}
	}
	return out
}

// eventSourceLine is a line about one event source mapping.
func eventSourceLine(function string, e *migration.EventSource) string {
	kind, name := "event source", e.ARN
	if parts := strings.SplitN(e.ARN, ":", 6); len(parts) == 6 { // arn:aws:sqs:region:account:name
		kind, name = parts[2], parts[5]
	}
	b := append([]byte(function), " is fed by "...)
	b = append(append(append(b, kind...), ' '), name...)
	if e.BatchSize > 0 {
		b = appendCount(append(b, ", batches of "...), int64(e.BatchSize))
	}
	if most, ok := e.MaxConcurrency.Get(); ok {
		b = append(appendCount(append(b, ", at most "...), int64(most)), " at once"...)
	}
	if e.Filtered {
		b = append(b, ", filtered"...)
	}
	if !e.Enabled {
		b = append(b, ", disabled"...)
	}
	return string(b)
}
