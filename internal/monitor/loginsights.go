package monitor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/spend"
)

// LogInsights says how evidence from logs is gathered. Accounts are required.
type LogInsights struct {
	// Accounts are the ways to the logs, one an account and region.
	Accounts []LogAccount
	// History is where what was read before is found; nil for nothing.
	History *history.Store
	// Shared says that a function works for several tenants, and that its log
	// tells for whom; Tenant says which tenant a log means by a name. nil: tenant
	// isolation mode alone, and names as they are.
	Shared func(*migration.Function) bool
	Tenant func(name string) migration.Tenant
	// Elsewhere says that a function's activity was split over tenants by other means
	// already: what its log says must not be counted on top. nil: none but
	// by alias.
	Elsewhere func(*migration.Function) bool
	// Every is the time between two readings that nobody asks for; 0 is none.
	// MaxScan is how much such a reading may scan.
	Every   time.Duration
	MaxScan migration.Bytes
	// Back is how far back a reading goes; 0 is a day.
	Back time.Duration
	// First makes a look that polls only once read what is missing before, where that
	// scans no more than MaxScan.
	First bool
}

func (e *LogInsights) withDefaults() *LogInsights {
	out := *e
	if out.Shared == nil {
		out.Shared = func(f *migration.Function) bool { return f.Logs.Isolated }
	}
	if out.Tenant == nil {
		out.Tenant = func(name string) migration.Tenant { return migration.Tenant(name) }
	}
	out.Elsewhere = func(f *migration.Function) bool {
		return f.Split() || (e.Elsewhere != nil && e.Elsewhere(f))
	}
	if out.Back <= 0 {
		out.Back = migration.DayWindow
	}
	return &out
}

// loggedKey tells functions apart: by the account and region and the name.
type loggedKey struct{ home, name string }

func keyOf(fn *migration.Function) loggedKey { return loggedKey{fn.AccountRegion(), fn.Name} }

// homes are the functions by the account and region that they are in.
func homes(functions []migration.Function) map[string][]migration.Function {
	out := make(map[string][]migration.Function)
	for i := range functions {
		if home := functions[i].AccountRegion(); home != "" {
			out[home] = append(out[home], functions[i])
		}
	}
	return out
}

// loadLogged reads what is kept of the logs.
func loadLogged(ctx context.Context, e *LogInsights, functions []migration.Function, now time.Time) (*logResults, error) {
	l := &logResults{functions: map[loggedKey]*loggedFunction{}, tenant: e.Tenant, shared: e.Shared}
	if e.History == nil {
		return l, nil
	}
	byHome := homes(functions)
	for _, home := range slices.Sorted(maps.Keys(byHome)) {
		if err := l.load(ctx, e, home, byHome[home], max(20, loggedForSizing/len(functions)), now); err != nil {
			return l, err
		}
	}
	return l, nil
}

// load reads what is kept of the logs of functions of one account and region: of each
// the newest single runs, at most so many.
func (l *logResults) load(ctx context.Context, e *LogInsights, home string, functions []migration.Function, newest int, now time.Time) error {
	from := now.Add(-keepLogged)
	covered, err := e.History.Covered(ctx, home, from, now.Add(time.Hour))
	if err != nil || len(covered) == 0 {
		return err
	}
	// Where nothing was written is known too.
	for i := range functions {
		if spans := covered[functions[i].Logs.Group]; len(spans) > 0 && !functions[i].Logs.Silent && !e.Elsewhere(&functions[i]) {
			f := &loggedFunction{group: functions[i].Logs.Group, slots: map[int64]map[string]*migration.LoggedRuns{}}
			for _, s := range spans {
				f.covered = append(f.covered, timeRange{from: s.From, to: s.To})
			}
			l.functions[keyOf(&functions[i])] = f
		}
	}
	err = e.History.Segments(ctx, home, from, now.Add(time.Hour), func(group string, one *migration.LogSegment) bool {
		if f := l.functions[loggedKey{home, one.Function}]; f != nil && f.group == group && one.Final {
			f.put(one)
		}
		return true
	})
	if err != nil {
		return err
	}
	records, err := loggedRecords(ctx, e, home, functions, newest)
	l.records = append(l.records, records...)
	return err
}

// Runs that profiles learn from are kept to this many, spread over the functions: as
// many are read, sorted and learnt from in a second.
const loggedForSizing = 200_000

// loggedRecords are the single runs that logs told of, with their key.
func loggedRecords(ctx context.Context, e *LogInsights, home string, functions []migration.Function, newest int) ([]migration.RunRecord, error) {
	byName := make(map[string]*migration.Function, len(functions))
	for i := range functions {
		byName[functions[i].Name] = &functions[i]
	}
	runs, err := e.History.LoggedRuns(ctx, home, newest)
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
func (s *state) hear(l *logResults) {
	s.logged = l
	s.sizing.take(s.sizing.unheard(l.records))
	l.records = nil
}

// runLogInsights keeps what logs tell up to date: what is kept at the start, and a reading
// every now and then where that is asked for.
func (m *Monitor) runLogInsights(ctx context.Context) {
	e := m.opts.Evidence
	select {
	case <-m.known:
	case <-ctx.Done():
		return
	}
	m.gathering.Lock()
	m.reload(ctx)
	m.gathering.Unlock()
	for e.Every > 0 {
		if q, err := m.QuoteEvidence(ctx); err == nil && !q.Nothing() {
			if migration.Bytes(q.Bytes) <= e.MaxScan {
				_, _ = m.ReadEvidence(ctx, q, nil) // its health rows tell
			} else {
				m.gathering.Lock()
				m.logHealth(ctx, nil, fmt.Sprintf("%s to scan is more than evidence.max_scan allows unasked: run migtop evidence", bytesBrief(q.Bytes)))
				m.gathering.Unlock()
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
	if p := e.problem(); p != nil {
		m.logHealth(ctx, p, "")
	}
}

// logHealth puts the rows of the logs among the sources. With gathering held.
func (m *Monitor) logHealth(ctx context.Context, problem *migration.Problem, note string) {
	rows := m.collectors.Health(m.opts.Clock.Now())
	for i := range rows {
		if note != "" {
			rows[i].Note = note
		}
		if problem != nil && rows[i].Problem == nil {
			rows[i].State, rows[i].Problem = migration.HealthDegraded, problem
		}
	}
	m.ask(ctx, func(s *state) {
		s.setHealth(pollResult{source: "logs", batch: migration.Batch{Health: rows}})
	})
}

// QuoteEvidence says what reading the logs that were not read yet would cost. It asks
// two metrics a log group, which the spend counts. Run must be running. Of several
// accounts and regions those that fail are in the quote with their Problem; the error is
// that none answers.
func (m *Monitor) QuoteEvidence(ctx context.Context) (*Quote, error) {
	if m.opts.Evidence == nil {
		return nil, &migration.Problem{
			Fault: migration.FaultAbsent, What: "no logs are read here", Fix: "start migtop with access to AWS",
		}
	}
	m.gathering.Lock()
	defer m.gathering.Unlock()
	functions := m.functions(ctx)
	if len(functions) == 0 {
		return nil, &migration.Problem{
			Fault: migration.FaultAbsent, What: "the functions are not known yet", Fix: "wait for the first answer of Lambda, or see the Sources screen",
		}
	}
	q, err := m.collectors.Quote(ctx, functions, m.opts.Clock.Now().Add(-m.opts.Evidence.Back))
	failed := err != nil
	for _, part := range q.Parts {
		failed = failed || part.Problem != nil
		m.count(ctx, part.Region, spend.Count{Low: part.AskedLow, High: part.AskedHigh})
	}
	if failed {
		m.logHealth(ctx, nil, "")
	}
	if err != nil {
		return nil, err
	}
	return q, nil
}

// count counts what the gathering asked in a region.
func (m *Monitor) count(ctx context.Context, region string, asked spend.Count) {
	m.ask(ctx, func(s *state) { s.spent.count(s.opts.Clock.Now(), region, asked) })
}

// ReadEvidence reads what was quoted, keeps it, and lets the Snapshots use it. tell,
// which may be nil, is told how far it is. What was read before an error is kept.
func (m *Monitor) ReadEvidence(ctx context.Context, q *Quote, tell func(done, of int)) (Reading, error) {
	m.gathering.Lock()
	defer m.gathering.Unlock()
	r, err := m.collectors.Read(ctx, q, tell)
	for _, part := range r.Parts {
		m.count(ctx, part.Region, spend.Count{Scanned: part.Scanned})
	}
	m.reload(ctx)
	m.logHealth(ctx, m.opts.Evidence.problem(), "")
	return r, err
}

// problem is what keeps the history from being kept; nil for nothing.
func (e *LogInsights) problem() *migration.Problem {
	if e.History == nil {
		return nil
	}
	return e.History.Problem()
}

// first reads what is missing of the logs for a state that polls only once, whose health
// tells how that went.
func (m *Monitor) first(ctx context.Context, s *state) {
	if m.opts.Evidence == nil || !m.opts.Evidence.First || len(s.functions) == 0 {
		return
	}
	err := m.readFirst(ctx, s)
	rows := m.collectors.Health(m.opts.Clock.Now())
	for i := range rows {
		if err != nil && rows[i].Problem == nil {
			rows[i].State, rows[i].Problem = migration.HealthDegraded, problemOf(err)
		}
	}
	s.setHealth(pollResult{source: "logs", batch: migration.Batch{Health: rows}})
}

func (m *Monitor) readFirst(ctx context.Context, s *state) error {
	e := m.opts.Evidence
	q, err := m.collectors.Quote(ctx, s.functions, m.opts.Clock.Now().Add(-e.Back))
	for _, part := range q.Parts {
		s.spent.count(m.opts.Clock.Now(), part.Region, spend.Count{Low: part.AskedLow, High: part.AskedHigh})
	}
	if err != nil || q.Nothing() {
		return err
	}
	if migration.Bytes(q.Bytes) > e.MaxScan {
		return &migration.Problem{
			What: fmt.Sprintf("the logs were not read: %s to scan is more than evidence.max_scan allows", bytesBrief(q.Bytes)),
			Fix:  "run migtop evidence, which says what it costs and asks",
		}
	}
	r, err := m.collectors.Read(ctx, q, nil)
	for _, part := range r.Parts {
		s.spent.count(m.opts.Clock.Now(), part.Region, spend.Count{Scanned: part.Scanned})
	}
	return err
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
