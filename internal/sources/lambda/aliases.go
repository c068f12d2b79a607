package lambda

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// maxAliasLists is the number of functions whose aliases are listed in one poll; the Lambda
// API allows 15 calls a second for the whole account. maxVersions is the number of versions
// that are looked up in one poll, and maxOpenAliases the number of functions on an open page
// whose aliases are listed for display.
const (
	maxAliasLists  = 100
	maxVersions    = 100
	maxOpenAliases = 20
)

// alias is an alias of a function.
type alias struct {
	migration.Alias
	apart        bool       // it belongs to another tenant than the function
	late         bool       // its activity was published as the function's before
	pointed      []pointing // where it pointed since it is known, the oldest first
	gone         time.Time  // when it was missing; zero while it is there
	publishedKey migration.Key
	fed          migration.Opt[[]migration.EventSource]
	fedAt        time.Time // when that was asked; zero for never
}

// pointing is where an alias points since it was first seen to.
type pointing struct {
	since  time.Time
	routes []migration.Route
}

// waitsForAliases reports whether a function's aliases are still unknown. Its metrics are
// not read before, or activity would be published once as a whole and again in parts.
func (s *Source) waitsForAliases(fn *function) bool {
	return fn.aliasesDue.IsZero() && s.hasAliases(fn)
}

// hasAliases reports whether a rule looks at the function's aliases.
func (s *Source) hasAliases(fn *function) bool {
	return s.Aliases != nil && fn.account == "" && fn.found && !fn.gone && (fn.active || fn.old) && s.Aliases(fn.Name)
}

// listAliases reads the aliases of the functions that a rule with one matches, every
// hour. Without the permission functions stay whole, and it is asked for again after an
// hour; where it was only not to be had now, a function of which nothing is known waits.
func (p *poll) listAliases(ctx context.Context) (changed bool) {
	var due []*function
	ruled := false
	for _, fn := range p.fleet.functions {
		if !p.hasAliases(fn) {
			continue
		}
		if ruled = true; fn.attributed && !p.waitsForTags(fn) && !p.Now.Before(fn.aliasesDue) {
			due = append(due, fn)
		}
	}
	if !ruled { // what only a page would show is not missed elsewhere
		return false
	}
	slices.SortFunc(due, func(a, b *function) int {
		return cmp.Or(a.aliasesDue.Compare(b.aliasesDue), cmp.Compare(a.Name, b.Name))
	})
	if p.versionsDenied != nil && !p.Now.Before(p.versionsRetry) {
		p.versionsDenied = nil
	}
	if p.versionsDenied != nil {
		p.lambdaHealth.Degrade(p.versionsDenied)
	}
	return p.listAliasesOf(ctx, due, maxAliasLists)
}

// showAliases lists, for display only, the aliases of the functions of the tenant whose page
// is open, where no rule names them.
func (p *poll) showAliases(ctx context.Context, focus sources.Focus) (changed bool) {
	if !focus.Open {
		return false
	}
	var due []*function
	for _, g := range p.order {
		if g.key.Tenant != focus.Tenant || g.account != "" {
			continue
		}
		for _, fn := range g.active {
			if fn.found && !fn.gone && !p.hasAliases(fn) && !p.Now.Before(fn.aliasesDue) {
				due = append(due, fn)
			}
		}
	}
	return len(due) > 0 && p.listAliasesOf(ctx, due, maxOpenAliases)
}

// listAliasesOf lists the aliases of functions, so many in a poll.
func (p *poll) listAliasesOf(ctx context.Context, due []*function, most int) (changed bool) {
	if p.aliasesDenied != nil && p.Now.Before(p.aliasesRetry) {
		p.lambdaHealth.Degrade(p.aliasesDenied)
		for _, fn := range due {
			fn.aliasesDue = p.aliasesRetry
		}
		return false
	}
	p.aliasesDenied = nil
	for i, fn := range due[:min(len(due), most)] {
		listed, problem := p.readAliasesOf(ctx, fn)
		later := p.Now.Add(everyFunctions - p.Settings.Cadence/2)
		switch problem {
		case nil:
			changed = p.point(fn, listed) || changed
			fn.aliasesDue = later
			continue
		case errLater:
			return changed
		}
		p.lambdaHealth.Degrade(problem)
		switch {
		case problem.Fault == migration.FaultDenied:
			p.aliasesDenied, p.aliasesRetry = problem, later
			for _, other := range due[i:] {
				other.aliasesDue = later
			}
			return changed
		case !passes(problem) || !fn.aliasesDue.IsZero():
			fn.aliasesDue = p.Now.Add(everyRetry - p.Settings.Cadence/2)
		}
		if awsaccess.Stops(problem) {
			return changed
		}
	}
	return changed
}

// passes reports whether a problem is likely to be gone at the next poll.
func passes(problem *migration.Problem) bool {
	return awsaccess.AccountWide(problem) || awsaccess.HasFault(problem, migration.FaultThrottled, migration.FaultUnreachable)
}

// errLater ends what does not fit into this poll; the next poll continues.
var errLater = &migration.Problem{What: "the rest of the versions is looked up by the next poll"}

// readAliasesOf reads the aliases of one function, their owners, and the configuration of the
// versions behind aliases that belong to another tenant.
func (p *poll) readAliasesOf(ctx context.Context, fn *function) ([]migration.Alias, *migration.Problem) {
	out := []migration.Alias{}
	pages := lambdaapi.NewListAliasesPaginator(p.lambda, &lambdaapi.ListAliasesInput{FunctionName: aws.String(fn.Name)})
	for pages.HasMorePages() {
		began := p.Wall.Now()
		page, err := pages.NextPage(ctx)
		p.lambdaHealth.Called(p.Wall.Now().Sub(began), err != nil && !awsaccess.NotFound(err))
		switch {
		case awsaccess.NotFound(err):
			return nil, nil
		case err != nil:
			return nil, p.Access.Explain("lambda:ListAliases", err)
		}
		for i := range page.Aliases {
			if one, ok := p.aliasOf(fn, &page.Aliases[i]); ok {
				out = append(out, one)
			}
		}
	}
	for i := range out {
		if out[i].Key == fn.Key {
			continue
		}
		for j := range out[i].Routes {
			config, problem := p.configOf(ctx, fn, out[i].Routes[j].Version)
			if problem != nil {
				return nil, problem
			}
			out[i].Routes[j].Config = config
		}
	}
	return out, nil
}

// aliasOf is an alias from the Lambda API; false where it has no name.
func (p *poll) aliasOf(fn *function, c *lambdatypes.AliasConfiguration) (out migration.Alias, ok bool) {
	out.Name = aws.ToString(c.Name)
	who := p.Attribute(migration.Identity{Platform: migration.Lambda, Name: fn.Name, Alias: out.Name, Tags: fn.tags})
	out.Key = migration.Key{Platform: migration.Lambda, Tenant: who.Tenant, Workload: who.Workload}
	out.AttributedBy = who.Evidence
	rest := migration.Ratio(1)
	if c.RoutingConfig != nil {
		weights := c.RoutingConfig.AdditionalVersionWeights
		for _, version := range slices.Sorted(maps.Keys(weights)) {
			weight := migration.Ratio(weights[version])
			rest -= weight
			out.Routes = append(out.Routes, migration.Route{Version: version, Weight: weight})
		}
	}
	out.Routes = append(out.Routes, migration.Route{Version: aws.ToString(c.FunctionVersion), Weight: max(rounded(rest), 0)})
	slices.SortStableFunc(out.Routes, func(a, b migration.Route) int { return cmp.Compare(b.Weight, a.Weight) })
	return out, out.Name != ""
}

// rounded is a weight without what subtracting left in the digits that no weight has.
func rounded(r migration.Ratio) migration.Ratio {
	return migration.Ratio(math.Round(float64(r)*1e6) / 1e6)
}

// configOf is how a version of a function is set up: asked once, since a published
// version never changes. It is unknown where that may not be asked.
func (p *poll) configOf(ctx context.Context, fn *function, version string) (none migration.Opt[migration.VersionConfig],
	_ *migration.Problem,
) {
	if version == "$LATEST" {
		return migration.Some(fn.config()), nil
	}
	if known, ok := fn.versions[version]; ok {
		return migration.Some(known), nil
	}
	switch {
	case p.Now.Before(p.versionsRetry):
		return none, nil
	case p.lookedUp == maxVersions:
		return none, errLater
	}
	p.lookedUp++
	began := p.Wall.Now()
	c, err := p.lambda.GetFunctionConfiguration(ctx,
		&lambdaapi.GetFunctionConfigurationInput{FunctionName: aws.String(fn.Name), Qualifier: aws.String(version)})
	p.lambdaHealth.Called(p.Wall.Now().Sub(began), err != nil && !awsaccess.NotFound(err))
	if err != nil {
		return none, p.withoutConfig(err)
	}
	var described function
	p.describe(&described, configuration(c))
	if fn.versions == nil {
		fn.versions = make(map[string]migration.VersionConfig, 2)
	}
	fn.versions[version] = described.config()
	return migration.Some(fn.versions[version]), nil
}

// withoutConfig handles a version that could not be looked up. It is unknown, unless the
// problem is temporary: such a problem is returned.
func (p *poll) withoutConfig(err error) *migration.Problem {
	if awsaccess.NotFound(err) {
		return nil
	}
	problem := p.Access.Explain("lambda:GetFunctionConfiguration", err)
	if passes(problem) {
		return problem
	}
	p.lambdaHealth.Degrade(problem)
	if problem.Fault == migration.FaultDenied {
		p.versionsDenied, p.versionsRetry = problem, p.Now.Add(everyFunctions-p.Settings.Cadence/2)
	}
	return nil
}

// config is what of a function's configuration its versions may have otherwise.
func (f *function) config() migration.VersionConfig {
	return migration.VersionConfig{MemorySize: f.MemorySize, Timeout: f.Timeout, Ephemeral: f.Ephemeral, Place: f.Place}
}

// point updates the aliases of a function from a listing. An alias that is missing is gone,
// but its past activity stays split.
func (p *poll) point(fn *function, listed []migration.Alias) (changed bool) {
	for _, one := range fn.aliases {
		if one.gone.IsZero() && !slices.ContainsFunc(listed, func(a migration.Alias) bool { return a.Name == one.Name }) {
			one.gone, changed = p.Now, true
		}
	}
	for i := range listed {
		at := slices.IndexFunc(fn.aliases, func(a *alias) bool { return a.Name == listed[i].Name })
		if at < 0 {
			at = len(fn.aliases)
			fn.aliases = append(fn.aliases, &alias{late: !fn.seen.IsZero() || fn.pastRead})
		}
		one := fn.aliases[at]
		if !slices.Equal(one.Routes, listed[i].Routes) || one.Key != listed[i].Key || !one.gone.IsZero() {
			changed = true
		}
		if n := len(one.pointed); n == 0 || !slices.Equal(one.pointed[n-1].routes, listed[i].Routes) {
			one.pointed = append(one.pointed[max(0, n-maxPointed):], pointing{p.Now, listed[i].Routes})
		}
		one.Alias, one.apart, one.gone = listed[i], listed[i].Key != fn.Key, time.Time{}
	}
	fn.aliasesKnown = true
	return changed
}

// maxPointed is how many versions that an alias pointed to are kept: more than a query's
// time range contains.
const maxPointed = 30

// shown are the aliases of a function for display; unknown where they were not listed.
func (f *function) shown() migration.Opt[[]migration.Alias] {
	if !f.aliasesKnown {
		return migration.None[[]migration.Alias]()
	}
	out := []migration.Alias{}
	for _, one := range f.aliases {
		if !one.gone.IsZero() {
			continue
		}
		a := one.Alias
		if one.publishedKey != (migration.Key{}) {
			a.Key = one.publishedKey
		}
		a.EventSources = one.fed
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b migration.Alias) int { return cmp.Compare(a.Name, b.Name) })
	return migration.Some(out)
}
