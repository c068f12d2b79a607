package lambda

import (
	"math"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// Notes on figures that are split by alias.
const (
	noteAlias     = "by alias, as CloudWatch tells it"
	noteAliasRest = "what ran under no alias that a rule names: the function less these; how its run times spread is not known"
)

// pricedAt says as which version the runs of an alias are billed, the surest first.
type pricedAt uint8

const (
	atFunction pricedAt = iota // under no alias: as the function is set up
	atVersion                  // it is the only one, or all are set up alike
	atVersions                 // by CloudWatch's metrics of each version
	atFirst                    // as where the alias pointed when it was first seen, which is later
	byWeights                  // as the alias's weights share them out
	atGuess                    // how one is set up is not known
)

var pricedNotes = [...]string{
	atVersion:  "at the memory and architecture of the version that the alias points to",
	atVersions: "each version at its own memory and architecture, as CloudWatch counts it",
	atFirst:    "at the memory and architecture of the version that the alias pointed to when it was first seen",
	byWeights:  "each version at its own memory and architecture, by the alias's weights: CloudWatch does not count them apart",
	atGuess:    "at the function's memory: a version behind the alias may have another",
}

// versionMetrics are the metrics read for a version behind an alias, grouped as [metrics] are.
var versionMetrics = [...][]int{{durationSum, durationCount}}

// unitOf is a function's part of a query: its own metrics, those of aliases that belong to
// other tenants, and those of the versions behind such an alias where they are billed
// differently.
func (a *ask) unitOf(fn *function, groups [][]int) *unit {
	u := &unit{ask: a, fn: fn, groups: groups}
	for _, one := range fn.aliases {
		if !one.askedFrom(a.span) {
			continue
		}
		under := &unit{ask: a, fn: one.under(fn), alias: one, groups: metrics[:]}
		versions, alike := one.versions(a.span, fn)
		for i := range versions {
			if alike {
				under.fn.Function = as(under.fn.Function, versions[i].config)
				break
			}
			part := &unit{
				ask: a, fn: &function{Function: as(under.fn.Function, versions[i].config)}, alias: one, version: versions[i].name,
				groups: versionMetrics[:],
			}
			under.parts = append(under.parts, part)
		}
		u.parts = append(u.parts, under)
	}
	return u
}

// every walks over a question's units with their parts.
func (a *ask) every(yield func(*unit) bool) {
	for _, u := range a.units {
		if !u.every(yield) {
			return
		}
	}
}

func (u *unit) every(yield func(*unit) bool) bool {
	if !yield(u) {
		return false
	}
	for _, part := range u.parts {
		if !part.every(yield) {
			return false
		}
	}
	return true
}

// dimensions are the dimensions of a statistic's metric.
func (u *unit) dimensions(stat int) (s *statistic, namespace string, out []cwtypes.Dimension) {
	if u.value != "" {
		return &statistic{u.rule.Metric, "Sum"}, u.rule.Namespace, []cwtypes.Dimension{{Name: &u.rule.Dimension, Value: &u.value}}
	}
	s, namespace, name := statisticOf(stat)
	if stat == logsSum {
		return s, namespace, []cwtypes.Dimension{{Name: aws.String(name), Value: &u.fn.Logs.Group}}
	}
	out = []cwtypes.Dimension{{Name: aws.String(name), Value: &u.fn.Name}}
	if u.alias != nil {
		out = append(out, cwtypes.Dimension{Name: aws.String("Resource"), Value: aws.String(u.fn.Name + ":" + u.alias.Name)})
	}
	if u.version != "" {
		out = append(out, cwtypes.Dimension{Name: aws.String("ExecutedVersion"), Value: &u.version})
	}
	return s, namespace, out
}

// askedFrom reports whether the alias may have run in a time range.
func (a *alias) askedFrom(s span) bool {
	return a.apart && (a.gone.IsZero() || s.start.Before(a.gone))
}

// under is the function as invocations through the alias use it. Provisioned concurrency
// is not attributed to an alias.
func (a *alias) under(fn *function) *function {
	out := fn.plain()
	out.Timeout = a.timeout(fn.Timeout)
	return out
}

// timeout is the longest timeout of the versions behind the alias, at least the given
// time.
func (a *alias) timeout(least time.Duration) time.Duration {
	for _, to := range a.pointed {
		for i := range to.routes {
			if c, ok := to.routes[i].Config.Get(); ok {
				least = max(least, c.Timeout)
			}
		}
	}
	return least
}

// as is a function with the configuration of one of its versions. The timeout stays that
// of the slowest.
func as(fn migration.Function, c migration.VersionConfig) migration.Function {
	fn.MemorySize, fn.Ephemeral, fn.Place = c.MemorySize, c.Ephemeral, c.Place
	return fn
}

// version is a version behind an alias.
type version struct {
	name   string
	config migration.VersionConfig
	known  bool // its configuration is
}

// versionOf is the version of a route; the function's configuration where the version's is
// unknown.
func versionOf(r *migration.Route, fn *function) version {
	c, ok := r.Config.Get()
	if !ok {
		c = fn.config()
	}
	return version{r.Version, c, ok}
}

// versions are those that the alias pointed to in a time range, and whether all are billed
// the same.
func (a *alias) versions(s span, fn *function) (out []version, alike bool) {
	alike = true
	for i, to := range a.pointed {
		over := i+1 < len(a.pointed) && !a.pointed[i+1].since.After(s.start)
		if over || (i > 0 && !to.since.Before(s.end)) {
			continue
		}
		for j := range to.routes {
			v := versionOf(&to.routes[j], fn)
			if slices.ContainsFunc(out, func(o version) bool { return o.name == v.name }) {
				continue
			}
			alike = alike && (len(out) == 0 || billedAlike(out[0].config, v.config))
			out = append(out, v)
		}
	}
	return out, alike
}

func billedAlike(a, b migration.VersionConfig) bool {
	a.Timeout, b.Timeout = 0, 0
	return a == b
}

// at is where the alias pointed at a time; before it was known, where it pointed first.
func (a *alias) at(when time.Time) []migration.Route {
	for i := len(a.pointed) - 1; i > 0; i-- {
		if !a.pointed[i].since.After(when) {
			return a.pointed[i].routes
		}
	}
	return a.pointed[0].routes
}

// billedPart is what ran of a function as one of its versions.
type billedPart struct {
	fn       *function
	n        float64 // invocations
	duration float64 // milliseconds
}

// billed are the parts of a period's invocations under an alias by what they are billed
// as.
func (u *unit) billed(at int, n, duration float64) ([]billedPart, pricedAt) {
	begin, how := u.ask.span.at(at), atVersion
	routes := u.alias.at(begin)
	if len(u.parts) == 0 && begin.Before(u.alias.pointed[0].since) {
		how = atFirst
	}
	for i := range routes {
		if !routes[i].Config.Known() {
			how = atGuess
		}
	}
	if len(u.parts) == 0 {
		return []billedPart{{u.fn, n, duration}}, how
	}
	how = max(how, atVersions)
	var parts []billedPart
	for _, version := range u.parts {
		count, ran := version.counted(at)
		if count = min(count, n); count <= 0 {
			continue
		}
		ran = min(ran, duration)
		n, duration = n-count, duration-ran
		parts = append(parts, billedPart{version.fn, count, ran})
	}
	if n < 0.5 {
		return parts, how
	}
	for i := range routes {
		to := slices.IndexFunc(u.parts, func(p *unit) bool { return p.version == routes[i].Version })
		if weight := float64(routes[i].Weight); to >= 0 && weight > 0 {
			parts = append(parts, billedPart{u.parts[to].fn, n * weight, duration * weight})
		}
	}
	if len(routes) > 1 {
		how = max(how, byWeights)
	}
	return parts, how
}

// counted is what CloudWatch counted of a version.
func (u *unit) counted(at int) (n, duration float64) {
	if u.rows == nil || u.extras == nil || !u.rows[at].has(durationSum) {
		return 0, 0
	}
	n, _ = u.extras[at].get(durationCount)
	return math.Round(n), u.rows[at].values[durationSum]
}

// splitAliases takes what ran under aliases out of a question's functions: each is an
// answered question of its own, and the rest stays where it was. Never more is taken
// than there is, so that they add up to the function even where data came between.
func (p *poll) splitAliases(a *ask) []*ask {
	var parts []*ask
	for _, u := range a.units {
		if u.rows == nil {
			continue
		}
		for _, under := range u.parts {
			part := *under // published and released while the rest is still to come
			if part.rows == nil || part.alias == nil {
				continue
			}
			for at := range part.rows {
				if part.rows[at].have == 0 {
					continue
				}
				whole := &u.rows[at]
				part.rows[at].shareLogs(whole)
				whole.take(&part.rows[at])
				whole.have &^= spread
				if !under.alias.late && whole.empty() {
					whole.have = 0 // nothing is left, and nothing was published as a whole before
				}
			}
			one := under.alias
			key := p.partKey(one.Key, a.group)
			p.renamed = p.renamed || one.publishedKey != key
			one.publishedKey = key
			parts = append(parts, &ask{
				group: &group{key: key, account: a.group.account}, span: a.span, days: a.days, past: a.past,
				units: []*unit{&part}, alias: true,
			})
		}
	}
	return parts
}

// spread are the statistics that cannot be subtracted.
const spread = 1<<durationP50 | 1<<durationP95 | 1<<durationP99 | 1<<durationMax | 1<<concurrencyMax

// empty reports whether nothing is counted.
func (r *row) empty() bool {
	return r.count(invocationsSum) == 0 && r.count(errorsSum) == 0 && r.count(throttlesSum) == 0
}

// restAt reports whether something was taken out of a period for an alias.
func (u *unit) restAt(at int) bool {
	return u.alias == nil && slices.ContainsFunc(u.parts, func(part *unit) bool {
		return part.alias != nil && part.rows != nil && part.rows[at].have != 0
	})
}

// restAt reports whether it was of any of its functions.
func (a *ask) restAt(at int) bool {
	return slices.ContainsFunc(a.units, func(u *unit) bool { return u.restAt(at) })
}

// known adds how an activity was split to its provenance.
func (a *ask) known(out *migration.Activity, rest bool) {
	switch {
	case a.alias:
		out.Evidence.Note = noteAlias
	case rest:
		out.Evidence.Method, out.Evidence.Note = migration.Derived, noteAliasRest
	}
}

// interval is how often a group is asked about at the usual pace: as often as any of
// those is looked at who have a part in it.
func (g *group) interval(focus sources.Focus) time.Duration {
	every := focus.Interval(g.key.Tenant)
	for _, fn := range g.active {
		for _, one := range fn.aliases {
			if one.apart && one.gone.IsZero() {
				every = min(every, focus.Interval(one.Key.Tenant))
			}
		}
	}
	return every
}
