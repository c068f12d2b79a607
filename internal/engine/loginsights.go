package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/migtop/migtop/internal/loginsights"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/spend"
)

// hear takes in what logs tell: the figures in place of those before, the runs on top.
func (s *state) hear(l *loginsights.Results) {
	s.logged = l
	s.sizing.take(s.sizing.unheard(l.Records))
	l.Records = nil
}

// runLogInsights keeps what logs tell up to date: what is kept at the start, and a reading
// every now and then where that is asked for.
func (m *Engine) runLogInsights(ctx context.Context) {
	e := m.opts.Logs
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
				m.logHealth(ctx, nil, fmt.Sprintf("%s to scan is more than evidence.max_scan allows unasked: run migtop evidence",
					loginsights.BytesText(q.Bytes)))
				m.gathering.Unlock()
			}
		}
		if !m.pause(ctx, e.Every) {
			return
		}
	}
}

// pause passes time; false where ctx ended.
func (m *Engine) pause(ctx context.Context, d time.Duration) bool {
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
func (m *Engine) ask(ctx context.Context, what func(*state)) {
	done := make(chan struct{})
	select {
	case m.control <- func(s *state) { what(s); close(done) }:
		<-done
	case <-ctx.Done():
	}
}

func (m *Engine) functions(ctx context.Context) (out []migration.Function) {
	m.ask(ctx, func(s *state) { out = s.functions })
	return out
}

func (m *Engine) reload(ctx context.Context) {
	e := m.opts.Logs
	l, err := loginsights.Load(ctx, e, m.functions(ctx), m.opts.Clock.Now())
	if err != nil {
		m.log.Warn("read what is kept of the logs", "error", err)
	}
	m.ask(ctx, func(s *state) { s.hear(l) })
	if err := e.Problem(); err != nil {
		m.logHealth(ctx, err, "")
	}
}

// logHealth puts the rows of the logs among the sources. The caller holds gathering.
func (m *Engine) logHealth(ctx context.Context, err error, note string) {
	rows := m.collectors.Health(m.opts.Clock.Now(), note, err)
	m.ask(ctx, func(s *state) {
		s.setHealth(pollResult{source: "logs", batch: migration.Batch{Health: rows}})
	})
}

// QuoteEvidence says what reading the logs that were not read yet would cost. It asks
// two metrics a log group, which the spend counts. Run must be running. Of several
// accounts and regions those that fail are in the quote with their Problem; the error is
// that none answers.
func (m *Engine) QuoteEvidence(ctx context.Context) (*loginsights.Quote, error) {
	if m.opts.Logs == nil {
		return nil, &migration.Problem{
			Fault: migration.FaultAbsent, What: "no logs are read here", Fix: "start migtop with access to AWS",
		}
	}
	m.gathering.Lock()
	defer m.gathering.Unlock()
	functions := m.functions(ctx)
	if len(functions) == 0 {
		return nil, &migration.Problem{
			Fault: migration.FaultAbsent, What: "the functions are not known yet",
			Fix: "wait for the first answer of Lambda, or see the Sources screen",
		}
	}
	q, err := m.collectors.Quote(ctx, functions, m.opts.Clock.Now().Add(-m.opts.Logs.Back))
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
func (m *Engine) count(ctx context.Context, region string, asked spend.Count) {
	m.ask(ctx, func(s *state) { s.spent.count(s.opts.Clock.Now(), region, asked) })
}

// ReadEvidence reads what was quoted, keeps it, and lets the Snapshots use it. tell,
// which may be nil, gets its progress. What was read before an error is kept.
func (m *Engine) ReadEvidence(ctx context.Context, q *loginsights.Quote, tell func(done, of int)) (loginsights.Reading, error) {
	m.gathering.Lock()
	defer m.gathering.Unlock()
	r, err := m.collectors.Read(ctx, q, tell)
	for _, part := range r.Parts {
		m.count(ctx, part.Region, spend.Count{Scanned: part.Scanned})
	}
	m.reload(ctx)
	m.logHealth(ctx, m.opts.Logs.Problem(), "")
	return r, err
}

// first reads what is missing of the logs for a state that polls only once, whose health
// tells how that went.
func (m *Engine) first(ctx context.Context, s *state) {
	if m.opts.Logs == nil || !m.opts.Logs.First || len(s.functions) == 0 {
		return
	}
	err := m.readFirst(ctx, s)
	rows := m.collectors.Health(m.opts.Clock.Now(), "", err)
	s.setHealth(pollResult{source: "logs", batch: migration.Batch{Health: rows}})
}

func (m *Engine) readFirst(ctx context.Context, s *state) error {
	e := m.opts.Logs
	q, err := m.collectors.Quote(ctx, s.functions, m.opts.Clock.Now().Add(-e.Back))
	for _, part := range q.Parts {
		s.spent.count(m.opts.Clock.Now(), part.Region, spend.Count{Low: part.AskedLow, High: part.AskedHigh})
	}
	if err != nil || q.Nothing() {
		return err
	}
	if migration.Bytes(q.Bytes) > e.MaxScan {
		return &migration.Problem{
			What: fmt.Sprintf("the logs were not read: %s to scan is more than evidence.max_scan allows", loginsights.BytesText(q.Bytes)),
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
	if s.opts.Logs == nil || s.opts.Logs.History == nil || len(s.functions) == 0 {
		return nil
	}
	l, err := loginsights.Load(ctx, s.opts.Logs, s.functions, s.opts.Clock.Now())
	s.hear(l)
	return err
}
