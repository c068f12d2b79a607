package lambda

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsmetrics"
)

// maxAliasLists bounds the functions whose aliases are listed in a poll; the Lambda API
// allows 15 calls a second for the whole account.
const maxAliasLists = 100

// The sentences that go with what was told apart by alias.
const (
	noteAlias     = "by alias, as CloudWatch tells it"
	noteAliasRest = "what ran under no alias that a rule names: the function less these; how its run times spread is not known"
	noteMemory    = "at the function's memory: a version behind the alias may have another"
)

// alias is an alias of a function that a rule gives to somebody else than the rest of
// the function.
type alias struct {
	name string
	key  migration.Key
}

// waitsForAliases reports whether it is not known yet which aliases a function has. It
// is not asked about before: what was told whole would be told again in parts.
func (s *Source) waitsForAliases(fn *function) bool {
	return fn.aliasesDue.IsZero() && s.hasAliases(fn)
}

// hasAliases reports whether a rule looks at the function's aliases.
func (s *Source) hasAliases(fn *function) bool {
	return s.Aliases != nil && fn.account == "" && fn.found && !fn.gone && (fn.active || fn.old) && s.Aliases(fn.Name)
}

// listAliases reads the aliases of the functions that a rule with one matches, every
// hour. An alias stays known once it was seen, since its minutes do. Without the
// permission functions stay whole, and it is asked for again after an hour.
func (p *poll) listAliases(ctx context.Context) {
	var due []*function
	for _, fn := range p.fleet.functions {
		if fn.attributed && !p.waitsForTags(fn) && p.hasAliases(fn) && !p.now.Before(fn.aliasesDue) {
			due = append(due, fn)
		}
	}
	if p.aliasesDenied != nil && p.now.Before(p.aliasesRetry) {
		p.lambdaHealth.Degrade(p.aliasesDenied)
		for _, fn := range due {
			fn.aliasesDue = p.aliasesRetry
		}
		return
	}
	p.aliasesDenied = nil
	slices.SortFunc(due, func(a, b *function) int { return cmp.Compare(a.Name, b.Name) })
	for i, fn := range due[:min(len(due), maxAliasLists)] {
		fn.aliasesDue = p.now.Add(everyFunctions - p.Settings.Cadence/2)
		problem := p.listAliasesOf(ctx, fn)
		if problem == nil {
			continue
		}
		p.lambdaHealth.Degrade(problem)
		if problem.Fault == migration.FaultDenied {
			p.aliasesDenied, p.aliasesRetry = problem, fn.aliasesDue
			for _, other := range due[i:] {
				other.aliasesDue = p.aliasesRetry
			}
			return
		}
		fn.aliasesDue = p.now.Add(everyRetry - p.Settings.Cadence/2)
		if awsaccess.Stops(problem) {
			return
		}
	}
}

// listAliasesOf reads the aliases of one function, and whose they are.
func (p *poll) listAliasesOf(ctx context.Context, fn *function) *migration.Problem {
	pages := lambdaapi.NewListAliasesPaginator(p.lambda, &lambdaapi.ListAliasesInput{FunctionName: aws.String(fn.Name)})
	for pages.HasMorePages() {
		began := p.Wall.Now()
		page, err := pages.NextPage(ctx)
		p.lambdaHealth.Called(p.Wall.Now().Sub(began), err != nil && !awsaccess.NotFound(err))
		switch {
		case awsaccess.NotFound(err):
			return nil
		case err != nil:
			return p.config.Explain("lambda:ListAliases", err)
		}
		for i := range page.Aliases {
			name := aws.ToString(page.Aliases[i].Name)
			who := p.Attribute(migration.Identity{Platform: migration.Lambda, Name: fn.Name, Alias: name, Tags: fn.tags})
			key := migration.Key{Platform: migration.Lambda, Tenant: who.Tenant, Workload: who.Workload}
			known := slices.ContainsFunc(fn.aliases, func(a alias) bool { return a.name == name })
			if name != "" && key != fn.Key && !known {
				fn.aliases = append(fn.aliases, alias{name, key})
			}
		}
	}
	return nil
}

// aliasMetrics are the same statistics as a function's, of one of its aliases.
func aliasMetrics(function, alias string) []awsmetrics.Metric {
	out := make([]awsmetrics.Metric, len(metrics))
	for i, stats := range metrics {
		out[i] = awsmetrics.Metric{
			Namespace: metricNamespace, Name: statistics[stats[0]].metric,
			Dimensions: []awsmetrics.Dimension{{Name: functionDimension, Value: function}, {Name: "Resource", Value: function + ":" + alias}},
		}
		for _, stat := range stats {
			out[i].Stats = append(out[i].Stats, statistics[stat].stat)
		}
	}
	return out
}

// readAliases reads what ran under aliases over the spans of questions about functions
// that have some. A question whose aliases cannot be read is not asked: what was told
// in parts must not be told whole on top.
func (p *poll) readAliases(ctx context.Context, asks []*ask) []*ask {
	reader := awsmetrics.Reader{Access: p.config, Health: &p.cloudwatchHealth, Wall: p.Wall}
	return slices.DeleteFunc(asks, func(a *ask) bool {
		var wanted []awsmetrics.Metric
		for _, u := range a.units {
			for _, alias := range u.fn.aliases {
				wanted = append(wanted, aliasMetrics(u.fn.Name, alias.name)...)
			}
		}
		if len(wanted) == 0 {
			return false
		}
		answer, err := reader.Read(ctx, wanted, awsmetrics.Span{Start: a.span.start, End: a.span.end, Period: a.span.period})
		p.askedLow += answer.AskedLow
		p.askedHigh += answer.AskedHigh
		p.messages = append(p.messages, answer.Messages...)
		if err != nil {
			p.cloudwatchHealth.Degrade(err)
			return true
		}
		if slices.ContainsFunc(answer.Series, func(s awsmetrics.Series) bool { return !s.Complete }) {
			return true
		}
		series := answer.Series
		for _, u := range a.units {
			for range u.fn.aliases {
				u.aliased = append(u.aliased, rowsOf(series[:len(metrics)], a.span.periods()))
				series = series[len(metrics):]
			}
		}
		return false
	})
}

// rowsOf puts the statistics of an alias into rows.
func rowsOf(series []awsmetrics.Series, periods int) []row {
	rows := make([]row, periods)
	for i, stats := range metrics {
		for j, stat := range stats {
			for at := range rows {
				if value, ok := series[i].At(j, at).Get(); ok {
					rows[at].values[stat], rows[at].have = value, rows[at].have|1<<stat
				}
			}
		}
	}
	return rows
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
		for i, rows := range u.aliased {
			part := &unit{fn: u.fn.plain(), rows: rows}
			for at := range rows {
				if rows[at].have == 0 {
					continue
				}
				whole := &u.rows[at]
				whole.take(&rows[at])
				whole.have &^= spread
			}
			key := p.partKey(u.fn.aliases[i].key, a.group.key)
			parts = append(parts, &ask{group: &group{key: key}, span: a.span, days: a.days, past: a.past, units: []*unit{part}, alias: true})
		}
	}
	return parts
}

// spread are the statistics that cannot be subtracted.
const spread = 1<<durationP50 | 1<<durationP95 | 1<<durationP99 | 1<<durationMax | 1<<concurrencyMax

// restAt reports whether something was taken out of a period for an alias.
func (u *unit) restAt(at int) bool {
	return slices.ContainsFunc(u.aliased, func(rows []row) bool { return rows[at].have != 0 })
}

// restAt reports whether it was of any of its functions.
func (a *ask) restAt(at int) bool {
	return slices.ContainsFunc(a.units, func(u *unit) bool { return u.restAt(at) })
}

// aliasQueries is what a question about a function asks of its aliases.
func (f *function) aliasQueries() (queries int, billed int64) {
	return len(f.aliases) * statisticCount, int64(len(f.aliases) * len(metrics))
}

// known says of an activity how it was told apart.
func (a *ask) known(out *migration.Activity, rest bool) {
	switch {
	case a.alias:
		out.Evidence.Note = noteAlias
		if out.Invoked != nil {
			out.Invoked.Known.Note += "; " + noteMemory
		}
	case rest:
		out.Evidence.Method, out.Evidence.Note = migration.Derived, noteAliasRest
	}
}
