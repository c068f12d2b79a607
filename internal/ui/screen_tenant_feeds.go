package ui

import (
	"math"
	"strconv"

	"github.com/migtop/migtop/internal/migration"
)

// mostFeeds bounds the lines about what a tenant's functions are called by and fed from.
const mostFeeds = 4

// feeds are the lines about the aliases of a tenant's functions and about what feeds
// them, as far as it is known.
func (f *frame) feeds(v *migration.TenantView) []string {
	var out []string
	each := func(line func(*migration.Function)) {
		for i := range v.Workloads {
			for j := range v.Workloads[i].Functions {
				line(&v.Workloads[i].Functions[j])
			}
		}
	}
	each(func(fn *migration.Function) {
		aliases := fn.Aliases.Or(nil)
		for i := range aliases {
			if aliases[i].Key.Tenant == v.Tenant && len(out) < mostFeeds {
				out = append(out, f.aliasLine(fn.Name, &aliases[i]))
			}
		}
	})
	each(func(fn *migration.Function) {
		name := fn.Name
		if fn.Alias != "" {
			name += ":" + fn.Alias
		}
		for _, one := range fn.EventSources.Or(nil) {
			if len(out) < mostFeeds {
				out = append(out, eventSourceLine(name, &one))
			}
		}
	})
	return out
}

// aliasLine says where an alias points: "thumbs:live → 42 90 %, 43 10 %", with what each
// version is given where that is known.
func (f *frame) aliasLine(function string, a *migration.Alias) string {
	b := append(append(append([]byte(function), ':'), a.Name...), ' ')
	b = append(append(b, string(f.g.Arrow)...), ' ')
	for i := range a.Routes {
		r := &a.Routes[i]
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, r.Version...)
		if len(a.Routes) > 1 {
			b = strconv.AppendFloat(append(b, ' '), math.Round(float64(r.Weight)*1000)/10, 'f', -1, 64) // as configured
			b = append(b, " %"...)
		}
		if c, ok := r.Config.Get(); ok {
			b = append(append(appendBytes(append(b, " ("...), c.MemorySize), ' '), c.Place.Arch...)
			b = append(b, ')')
		}
	}
	return string(b)
}

// eventSourceLine is a line about one event source mapping.
func eventSourceLine(function string, e *migration.EventSource) string {
	kind, name := "event source", e.ARN
	if service, resource := e.Origin(); service != "" {
		kind, name = service, resource
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
