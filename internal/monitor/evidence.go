package monitor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/spend"
)

// Evidence says how evidence from logs is gathered. Open is required.
type Evidence struct {
	// Open makes the Collector; it is asked once it is needed, and again after an
	// error.
	Open func(ctx context.Context) (*Collector, error)
	// History is where what was read before is found; nil for nothing.
	History *history.Store
	// Shared says that a function works for several tenants, and that its log
	// tells for whom; Tenant says which tenant a log means by a name. nil: tenant
	// isolation mode alone, and names as they are.
	Shared func(*migration.Function) bool
	Tenant func(name string) migration.Tenant
	// Elsewhere says that a function's activity was split over tenants by other means
	// already: what its log says must not be counted on top. nil: none.
	Elsewhere func(*migration.Function) bool
	// Every is the time between two readings that nobody asks for; 0 is none.
	// MaxScan is how much such a reading may scan.
	Every   time.Duration
	MaxScan migration.Bytes
	// Back is how far back a reading goes; 0 is a day.
	Back time.Duration
}

func (e *Evidence) withDefaults() *Evidence {
	out := *e
	if out.Shared == nil {
		out.Shared = func(f *migration.Function) bool { return f.Logs.Isolated }
	}
	if out.Tenant == nil {
		out.Tenant = func(name string) migration.Tenant { return migration.Tenant(name) }
	}
	if out.Elsewhere == nil {
		out.Elsewhere = func(*migration.Function) bool { return false }
	}
	if out.Back <= 0 {
		out.Back = DefaultWindow
	}
	return &out
}

// ScopeOf names the account and region of some functions, as the history tells them
// apart; "" where no function tells.
func ScopeOf(functions []migration.Function) string {
	for i := range functions {
		// arn:partition:lambda:region:account:function:name
		if parts := strings.SplitN(functions[i].ARN, ":", 6); len(parts) == 6 {
			return parts[4] + "/" + parts[3]
		}
	}
	return ""
}

// loadLogged reads what is kept of the logs.
func loadLogged(ctx context.Context, e *Evidence, functions []migration.Function, now time.Time) (*logged, error) {
	l := &logged{functions: map[string]*loggedFunction{}, tenant: e.Tenant, shared: e.Shared}
	scope := ScopeOf(functions)
	if e.History == nil || scope == "" {
		return l, nil
	}
	from := now.Add(-keepLogged)
	covered, err := e.History.Covered(ctx, scope, from, now.Add(time.Hour))
	if err != nil {
		return l, err
	}
	if len(covered) == 0 {
		return l, nil
	}
	// Where nothing was written is known too.
	for i := range functions {
		if spans := covered[functions[i].Logs.Group]; len(spans) > 0 && !functions[i].Logs.Silent && !e.Elsewhere(&functions[i]) {
			f := &loggedFunction{group: functions[i].Logs.Group, slots: map[int64]map[string]*migration.LoggedRuns{}}
			for _, s := range spans {
				f.covered = append(f.covered, stretch{from: s.From, to: s.To})
			}
			l.functions[functions[i].Name] = f
		}
	}
	err = e.History.Segments(ctx, scope, from, now.Add(time.Hour), func(group string, one *migration.LogSegment) bool {
		if f := l.functions[one.Function]; f != nil && f.group == group && one.Final {
			l.put(group, one)
		}
		return true
	})
	if err != nil {
		return l, err
	}
	l.records, err = loggedRecords(ctx, e, scope, functions)
	return l, err
}

// Runs that profiles learn from are kept to this many, spread over the functions: as
// many are read, sorted and learnt from in a second.
const loggedForSizing = 200_000

// loggedRecords are the single runs that logs told of, with their key.
func loggedRecords(ctx context.Context, e *Evidence, scope string, functions []migration.Function) ([]migration.RunRecord, error) {
	byName := make(map[string]*migration.Function, len(functions))
	for i := range functions {
		byName[functions[i].Name] = &functions[i]
	}
	runs, err := e.History.LoggedRuns(ctx, scope, max(20, loggedForSizing/len(functions)))
	if err != nil {
		return nil, err
	}
	out := make([]migration.RunRecord, 0, len(runs))
	for i := range runs {
		fn := byName[runs[i].Function]
		if fn == nil || e.Elsewhere(fn) {
			continue // it is gone
		}
		r := runs[i].Record
		r.Key = fn.Key
		if runs[i].Tenant != "" && e.Shared(fn) {
			r.Key.Tenant = e.Tenant(runs[i].Tenant)
		}
		out = append(out, r)
	}
	return out, nil
}

// hear takes in what logs tell: the figures in place of those before, the runs on top.
func (s *state) hear(l *logged) {
	s.logged = l
	s.sizing.learn(s.sizing.unheard(l.records))
	l.records = nil
}

// evidence keeps what logs tell up to date: what is kept at the start, and a reading
// every now and then where that is asked for.
func (m *Monitor) evidence(ctx context.Context) {
	e := m.opts.Evidence
	select {
	case <-m.known:
	case <-ctx.Done():
		return
	}
	m.reload(ctx)
	for e.Every > 0 {
		if q, err := m.QuoteEvidence(ctx); err == nil && !q.Nothing() {
			if migration.Bytes(q.Bytes) <= e.MaxScan {
				_, _ = m.ReadEvidence(ctx, q, nil) // its health row tells
			} else {
				m.logHealth(ctx, nil, fmt.Sprintf("%s to scan is more than evidence.max_scan allows unasked: run migtop evidence", bytesBrief(q.Bytes)))
			}
		}
		if !m.pause(ctx, e.Every) {
			return
		}
	}
}

// bytesBrief writes an amount of bytes for a sentence.
func bytesBrief(n int64) string {
	switch {
	case n >= int64(migration.GiB):
		return fmt.Sprintf("%.1f GB", float64(n)/float64(migration.GiB))
	case n >= int64(migration.MiB):
		return fmt.Sprintf("%.1f MB", float64(n)/float64(migration.MiB))
	}
	return fmt.Sprintf("%.1f kB", float64(n)/float64(migration.KiB))
}

// pause passes time; false where ctx ended.
func (m *Monitor) pause(ctx context.Context, d time.Duration) bool {
	timer, stop := m.opts.Clock.After(d)
	defer stop()
	select {
	case <-timer:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// ask lets the goroutine that owns the state do something, and waits for it.
func (m *Monitor) ask(ctx context.Context, what func(*state)) {
	done := make(chan struct{})
	select {
	case m.control <- func(s *state) { what(s); close(done) }:
		<-done
	case <-ctx.Done():
	}
}

func (m *Monitor) functions(ctx context.Context) (out []migration.Function) {
	m.ask(ctx, func(s *state) { out = s.functions })
	return out
}

func (m *Monitor) reload(ctx context.Context) {
	e := m.opts.Evidence
	l, err := loadLogged(ctx, e, m.functions(ctx), m.opts.Clock.Now())
	if err != nil {
		m.log.Warn("read what is kept of the logs", "error", err)
	}
	m.ask(ctx, func(s *state) { s.hear(l) })
	if e.History != nil && e.History.Problem() != nil {
		m.logHealth(ctx, e.History.Problem(), "")
	}
}

// logHealth puts the row of the logs among the sources.
func (m *Monitor) logHealth(ctx context.Context, problem *migration.Problem, note string) {
	now := m.opts.Clock.Now()
	row := migration.Health{Source: "logs", State: migration.HealthOK, Note: note}
	if c := m.opened(); c != nil {
		row = c.Reader.Health(now)
		if note != "" {
			row.Note = note
		}
	}
	if problem != nil && row.Problem == nil {
		row.State, row.Problem = migration.HealthDegraded, problem
	}
	m.ask(ctx, func(s *state) {
		s.setHealth(arrival{source: "logs", batch: migration.Batch{Health: []migration.Health{row}}})
	})
}

func (m *Monitor) opened() *Collector {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.collector
}

// collect is the Collector, opened if it has to be.
func (m *Monitor) collect(ctx context.Context) (*Collector, error) {
	if m.opts.Evidence == nil {
		return nil, &migration.Problem{
			Fault: migration.FaultAbsent, What: "no logs are read here", Fix: "start migtop with access to AWS",
		}
	}
	if c := m.opened(); c != nil {
		return c, nil
	}
	c, err := m.opts.Evidence.Open(ctx)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.collector = c
	return c, nil
}

// QuoteEvidence says what reading the logs that were not read yet would cost. It asks
// two metrics a log group, which the spend counts. Run must be running.
func (m *Monitor) QuoteEvidence(ctx context.Context) (*Quote, error) {
	c, err := m.collect(ctx)
	if err != nil {
		return nil, err
	}
	m.gathering.Lock()
	defer m.gathering.Unlock()
	functions := m.functions(ctx)
	if len(functions) == 0 {
		return nil, &migration.Problem{
			Fault: migration.FaultAbsent, What: "the functions are not known yet", Fix: "wait for the first answer of Lambda, or see the Sources screen",
		}
	}
	c.Scope = ScopeOf(functions)
	q, err := c.Quote(ctx, functions, m.opts.Clock.Now().Add(-m.opts.Evidence.Back))
	if q != nil {
		m.ask(ctx, func(s *state) { s.spent.count(s.opts.Clock.Now(), spend.Count{Low: q.AskedLow, High: q.AskedHigh}) })
	}
	if err != nil {
		m.logHealth(ctx, nil, "")
		return nil, err
	}
	return q, nil
}

// ReadEvidence reads what was quoted, keeps it, and lets the Snapshots use it. tell,
// which may be nil, is told how far it is. What was read before an error is kept.
func (m *Monitor) ReadEvidence(ctx context.Context, q *Quote, tell func(done, of int)) (Reading, error) {
	c, err := m.collect(ctx)
	if err != nil {
		return Reading{}, err
	}
	m.gathering.Lock()
	defer m.gathering.Unlock()
	r, err := c.Read(ctx, q, tell)
	m.ask(ctx, func(s *state) { s.spent.count(s.opts.Clock.Now(), spend.Count{Scanned: r.Scanned}) })
	m.reload(ctx)
	note := fmt.Sprintf("%d runs read, %s scanned", r.Runs, bytesBrief(r.Scanned))
	if lost := r.Unread.Lost(); lost > 0 {
		note += fmt.Sprintf(", %d lines not understood", lost)
	}
	m.logHealth(ctx, c.History.Problem(), note)
	return r, err
}

// once brings what is kept of the logs into a state that polls only once.
func (s *state) once(ctx context.Context) error {
	if s.opts.Evidence == nil || s.opts.Evidence.History == nil || len(s.functions) == 0 {
		return nil
	}
	l, err := loadLogged(ctx, s.opts.Evidence, s.functions, s.opts.Clock.Now())
	s.hear(l)
	return err
}
