package engine

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/loginsights"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// state is everything known so far. It belongs to one goroutine.
type state struct {
	opts Options

	store   *timeseries.Store
	window  time.Duration
	version uint64
	days    *days
	sizing  *sizing
	// forecasts are those of the last view, nil where the days were counted since.
	forecasts *assess.Forecasts

	functions []migration.Function // of all sources
	bySource  map[string][]migration.Function
	runs      []migration.Run
	cluster   *migration.Cluster
	health    []assess.SourceHealth // in the order of the sources
	runsOf    map[migration.Platform][]migration.Run
	// from is since when everything was seen of a platform, by all of its sources; zero:
	// unknown. listed is set where its runs were listed at least once.
	from         [migration.LastPlatform + 1]time.Time
	fromBySource [migration.LastPlatform + 1]map[string]time.Time
	listed       [migration.LastPlatform + 1]bool
	lastAged     time.Time

	spent  spending
	logged *loginsights.Results // nil: nobody reads logs
	queues timeseries.QueueStore
	// noticed is when conditions that the last Snapshot has were first seen, where the data
	// do not say when they began.
	noticed map[assess.Condition]time.Time
	// arrivals are the log lines that arrived lately.
	arrivals logArrivals
	spot     spotPrices
	cutovers cutovers
	recorder *recorder // nil: nobody keeps minutes
}

func newState(opts Options) *state {
	s := &state{
		opts: opts, store: timeseries.NewStore(), days: newDays(opts.Move.Sides()[0]), sizing: newSizing(),
		window: opts.Window, queues: timeseries.NewQueueStore(),
		bySource: map[string][]migration.Function{}, runsOf: map[migration.Platform][]migration.Run{},
	}
	if s.opts.Logger == nil {
		s.opts.Logger = slog.New(slog.DiscardHandler)
	}
	for _, src := range opts.Sources {
		if rows := starting(src); len(rows) > 0 {
			s.health = append(s.health, assess.SourceHealth{Source: src.Name(), Rows: rows})
		}
	}
	s.cutovers = newCutovers(&s.opts)
	s.spent = newSpending(opts)
	if opts.Minutes != nil {
		s.recorder = newRecorder()
	}
	s.sizing.keeps, s.days.keeps = opts.History != nil, opts.History != nil
	return s
}

// absorb takes one poll's result in.
func (s *state) absorb(a pollResult) {
	now := s.opts.Clock.Now()
	b := &a.batch
	for i := range b.Activities {
		a := &b.Activities[i]
		a.Scope = join(b.Scope, a.Scope) // behind it a linked account
		if !s.days.take(a) {
			s.recorder.mark(a, s.store.Upsert(a))
			s.cutovers.book.Touch(a)
		}
	}
	for _, n := range b.NodeTimes {
		s.store.UpsertNode(n)
	}
	if a.part {
		return
	}
	if b.Functions != nil {
		functions := slices.Clone(b.Functions) // the source may still read its own
		for i := range functions {
			functions[i].Scope = b.Scope
		}
		s.bySource[a.source] = functions
		s.functions = slices.Concat(sortedValues(s.bySource)...)
	}
	of := platformOf(b)
	if b.Runs != nil {
		s.runsOf[of] = b.Runs
		s.runs = slices.Concat(sortedValues(s.runsOf)...)
		s.listed[of] = true
	}
	if b.Cluster != nil {
		s.cluster, s.listed[migration.Jobs] = b.Cluster, true
	}
	if from, ok := b.CoverFrom.Get(); ok {
		if s.fromBySource[of] == nil {
			s.fromBySource[of] = map[string]time.Time{}
		}
		s.fromBySource[of][a.source] = from
		s.from[of] = slices.MaxFunc(slices.Collect(maps.Values(s.fromBySource[of])), time.Time.Compare)
	}
	s.absorbPayloads(migration.Origin{Source: a.source, Scope: b.Scope}, b.Payloads)
	s.setHealth(a)
	s.spent.take(now, a.source, s.regionOf(&a), b)
	if now.Sub(s.lastAged) >= timeseries.CoarseSpan {
		s.store.Age(now)
		s.queues.Age(now)
		s.lastAged = now
	}
}

// join puts the scope of a poll before the linked account that an activity names, either of
// which may be empty.
func join(scope, account string) string {
	switch {
	case account == "":
		return scope
	case scope == "":
		return account
	}
	return scope + " " + account
}

// platformOf is whose Runs and CoverFrom a batch brings.
func platformOf(b *migration.Batch) migration.Platform {
	switch {
	case b.Platform != 0:
		return b.Platform
	case b.Cluster != nil || b.Runs != nil:
		return migration.Jobs
	}
	return migration.Lambda
}

// regionOf is where a poll asked, "" where that is not known.
func (s *state) regionOf(a *pollResult) string {
	for _, account := range s.opts.Scope.Accounts {
		if a.batch.Scope == account.Scope() && account.Region != "" {
			return account.Region
		}
	}
	if len(s.opts.Scope.Accounts) == 0 && s.opts.Scope.Region != "" {
		return s.opts.Scope.Region
	}
	// The region is the profile's.
	functions := s.bySource[a.source]
	if len(s.opts.Scope.Accounts) == 0 {
		functions = s.functions
	}
	for i := range functions {
		return functions[i].Place.Region
	}
	return ""
}

// setHealth replaces a source's rows. A poll that failed before it could report on each
// of its readings keeps the rows of the poll before, marked failed: the ages of old data
// go on counting, and none of them reads as ok.
func (s *state) setHealth(a pollResult) {
	rows := a.batch.Health
	if a.batch.Scope != "" {
		rows = slices.Clone(rows) // the poll's goroutine still reads its own
		for i := range rows {
			rows[i].Scope = a.batch.Scope
		}
	}
	i := slices.IndexFunc(s.health, func(h assess.SourceHealth) bool { return h.Source == a.source })
	if len(rows) == 0 && a.err != nil && !errors.Is(a.err, context.Canceled) {
		rows = failedRows(a)
		if i >= 0 && len(s.health[i].Rows) > 0 {
			rows = failed(s.health[i].Rows, a.err)
		}
	}
	switch {
	case i < 0:
		s.health = append(s.health, assess.SourceHealth{Source: a.source, Rows: rows})
	case len(rows) > 0:
		s.health[i].Rows = rows
	}
}

// failedRows is the one row of a source that failed before it had any.
func failedRows(a pollResult) []migration.Health {
	return failed([]migration.Health{{Source: a.source}}, a.err)
}

// failed is a copy of rows in which each says why its source could not be read.
func failed(rows []migration.Health, err error) []migration.Health {
	problem, ok := errors.AsType[*migration.Problem](err)
	if !ok {
		problem = &migration.Problem{What: err.Error(), Fix: "see the log for more; migtop tries again", Err: err}
	}
	rows = slices.Clone(rows)
	for i := range rows {
		rows[i].State, rows[i].Problem = migration.HealthFailed, problem
		rows[i].Errors++
	}
	return rows
}

// facts are what an assessment reads of the state.
func (s *state) facts(now time.Time) *assess.Facts {
	s.version++
	pricer, spot := s.spot.by(s.opts.Cost)
	f := &assess.Facts{
		Version: s.version, Now: now, Window: s.window,
		Cost: pricer, Spot: spot, Platform: s.opts.Platform, Plan: s.opts.Plan, Scope: s.opts.Scope, Move: s.opts.Move,
		Store: s.store, Queues: &s.queues, Logs: s.logged, Arrivals: s.arrivals.bySource,
		Functions: s.functions, BySource: s.bySource, Runs: s.runs, Cluster: s.cluster, Health: s.health,
		From: s.from, Listed: s.listed,
		Spend: s.spent.view(now),
	}
	for _, src := range s.opts.Sources {
		if !slices.ContainsFunc(s.health, func(h assess.SourceHealth) bool { return h.Source == src.Name() }) {
			f.Unheard = append(f.Unheard, src.Name())
		}
	}
	if s.days.count(f) {
		s.forecasts = nil
	}
	f.Days, f.Forecasts, f.Noticed = s.days.view, s.forecasts, s.noticed
	return f
}

// view assesses what is known. It does no I/O.
func (s *state) view(now time.Time) *migration.Snapshot {
	facts := s.facts(now)
	v := assess.Assess(facts)
	s.forecasts, s.noticed = v.Forecasts, v.Noticed
	s.sizing.size(v, s.opts.Sizing)
	s.judge(v, facts)
	s.recorder.said(v.Snapshot)
	return v.Snapshot
}

// sortedValues are a map's values in the order of its keys.
func sortedValues[K cmp.Ordered, V any](m map[K]V) []V {
	out := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}
