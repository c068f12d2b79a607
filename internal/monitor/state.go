package monitor

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/migration"
)

// state is everything known so far. It belongs to one goroutine.
type state struct {
	opts    Options
	store   *store
	window  time.Duration
	version uint64
	rates   *rates
	days    *days
	sizing  *sizing
	// told is what whole days and the plan say, kept until the days are counted again.
	told outlook

	functions []migration.Function // of all sources
	bySource  map[string][]migration.Function
	runs      []migration.Run
	cluster   *migration.Cluster
	health    []sourceHealth // in the order of the sources
	// Since when everything was seen on either side; zero: unknown.
	lambdaFrom, jobsFrom time.Time
	fromBySource         map[string]time.Time // of Lambda's sources
	jobsSeen             bool                 // the Kubernetes side answered at least once
	lastAged             time.Time

	spent  spending
	logged *logResults // nil: nobody reads logs
	queues queueStore
	// noticed is when conditions that the last Snapshot has were first seen, where the data
	// do not say when they began.
	noticed map[assess.Condition]time.Time
	// arrivals are the log lines that arrived lately.
	arrivals logArrivals
}

type sourceHealth struct {
	source string
	rows   []migration.Health
}

func newState(opts Options) *state {
	s := &state{
		opts: opts, store: newStore(), rates: newRates(opts.Cost), days: newDays(), sizing: newSizing(),
		window: opts.Window, queues: newQueueStore(),
		bySource: map[string][]migration.Function{}, fromBySource: map[string]time.Time{},
	}
	for _, src := range opts.Sources {
		if rows := starting(src); len(rows) > 0 {
			s.health = append(s.health, sourceHealth{src.Name(), rows})
		}
	}
	s.spent = newSpending(opts)
	s.sizing.keeps = opts.recorder() != nil
	if opts.Diary != nil {
		kept, err := opts.Diary.Days(opts.Clock.Now().AddDate(0, 0, -keepDays))
		if err != nil && opts.Logger != nil {
			opts.Logger.Warn("recall days", "error", err)
		}
		s.days.recall(kept)
	}
	return s
}

// absorb takes one poll's result in.
func (s *state) absorb(a pollResult) {
	now := s.opts.Clock.Now()
	b := &a.batch
	for i := range b.Activities {
		if a := &b.Activities[i]; !s.days.take(a) {
			s.store.upsert(a)
		}
	}
	for _, n := range b.NodeTimes {
		s.store.upsertNode(n)
	}
	s.sizing.take(b.Records)
	if a.part {
		return
	}
	if b.Functions != nil {
		s.bySource[a.source] = b.Functions
		s.functions = slices.Concat(sortedValues(s.bySource)...)
	}
	if b.Runs != nil {
		s.runs, s.jobsSeen = b.Runs, true
	}
	if b.Cluster != nil {
		s.cluster, s.jobsSeen = b.Cluster, true
	}
	if from, ok := b.DaysFrom.Get(); ok {
		s.days.recordCoverage(a.source, from, now, max(len(s.opts.Scope.Accounts), 1))
	}
	if from, ok := b.CoverFrom.Get(); ok {
		if b.Cluster != nil || b.Runs != nil {
			s.jobsFrom = from
		} else {
			s.fromBySource[a.source] = from
			s.lambdaFrom = slices.MaxFunc(slices.Collect(maps.Values(s.fromBySource)), time.Time.Compare)
		}
	}
	s.queues.take(a.source, b)
	s.arrivals.take(a.source, b)
	s.setHealth(a)
	s.spent.take(now, a.source, s.regionOf(&a), b)
	if now.Sub(s.lastAged) >= coarseSpan {
		s.store.age(now)
		s.queues.age(now)
		s.lastAged = now
	}
}

// regionOf is where a poll asked, "" where that is not known.
func (s *state) regionOf(a *pollResult) string {
	for i := range a.batch.Health {
		for _, account := range s.opts.Scope.Accounts {
			if scope := a.batch.Health[i].Scope; scope != "" && scope == account.Scope() && account.Region != "" {
				return account.Region
			}
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
	i := slices.IndexFunc(s.health, func(h sourceHealth) bool { return h.source == a.source })
	if len(rows) == 0 && a.err != nil && !errors.Is(a.err, context.Canceled) {
		rows = failedRows(a)
		if i >= 0 && len(s.health[i].rows) > 0 {
			rows = failed(s.health[i].rows, a.err)
		}
	}
	switch {
	case i < 0:
		s.health = append(s.health, sourceHealth{a.source, rows})
	case len(rows) > 0:
		s.health[i].rows = rows
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

// final is until when CloudWatch can change nothing any more, in any account and
// region that answers, and the scopes of those that do not: they would hold all
// figures back, which do without them instead and say so. Where nobody answers it is
// until when anybody did.
func (s *state) final() (to time.Time, silent []string) {
	var answering, all []time.Time
	for _, src := range s.health {
		for i := range src.rows {
			h := &src.rows[i]
			if h.Source != migration.Lambda.Info().Source {
				continue
			}
			if h.State == migration.HealthFailed {
				silent = append(silent, h.Scope)
			}
			if h.FinalTo.IsZero() {
				continue
			}
			all = append(all, h.FinalTo)
			if h.State != migration.HealthFailed {
				answering = append(answering, h.FinalTo)
			}
		}
	}
	switch {
	case len(answering) > 0:
		return slices.MinFunc(answering, time.Time.Compare), silent
	case len(all) > 0:
		return slices.MinFunc(all, time.Time.Compare), nil
	}
	return time.Time{}, nil
}
