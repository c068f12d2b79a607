package engine

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/cutover/follow"
	"github.com/migtop/migtop/internal/migration"
)

// CutoverHistory keeps the cutovers of tenants beyond the life of a program, so that a restart or a second instance changes no
// verdict.
type CutoverHistory interface {
	// CutoverStates returns what was kept of each tenant, in any order.
	CutoverStates() ([]migration.CutoverState, error)
	// KeepCutoverStates keeps the state of tenants; one that is there already is replaced.
	KeepCutoverStates(states []migration.CutoverState) error
	// CutoverRecords returns the record of all cutovers from a time on, in the order of time.
	CutoverRecords(from time.Time) ([]migration.CutoverRecord, error)
	// KeepCutoverRecords adds to the record. What is there already counts once.
	KeepCutoverRecords(records []migration.CutoverRecord) error
}

// mostStates bounds the tenants whose state is kept at once: a large fleet takes several minutes.
const mostStates = 1000

// keepRecords is how long records are kept in memory where there is no history.
const keepRecords = 400 * migration.DayLength

// cutovers judges the cutovers of all tenants.
type cutovers struct {
	book *follow.Book
	// records are those of this run of the program that a history may not have yet, in the order of time.
	records []migration.CutoverRecord
	unkept  int // the last of them
}

func newCutovers(o *Options) cutovers {
	settings := o.Cutover
	settings.Move = o.Move
	c := cutovers{book: follow.New(settings)}
	if o.CutoverHistory == nil {
		_ = c.book.Restore(nil) // nothing can be wrong with nothing
	}
	return c
}

// judge puts the verdicts into a view.
func (s *state) judge(v *assess.View, f *assess.Facts) {
	c := &s.cutovers
	c.book.Judge(&follow.Input{
		Snapshot: v.Snapshot, Unread: v.Unread, Store: f.Store, Queues: f.Queues, Arrivals: f.Arrivals, Functions: f.Functions,
		From: f.From, Unheard: len(f.Unheard) > 0,
	})
	rollBacksFirst(v.Snapshot.Tenants)
	added := c.book.Changes()
	if len(added) == 0 {
		return
	}
	c.unkept += len(added)
	old, _ := slices.BinarySearchFunc(c.records, v.Snapshot.At.Add(-keepRecords), func(r migration.CutoverRecord, t time.Time) int {
		return r.At.Compare(t)
	})
	c.records = slices.Concat(c.records[old:], added) // a new list: others read the one before
	c.unkept = min(c.unkept, len(c.records))
}

// rollBacksFirst moves tenants that should go back before all others: they need a person most. The order is otherwise that of
// the assessment.
func rollBacksFirst(tenants []migration.TenantView) {
	front := 0
	for i := range tenants {
		if tenants[i].Cutover.Word != migration.VerdictRollBack {
			continue
		}
		if i > front {
			t := tenants[i]
			copy(tenants[front+1:i+1], tenants[front:i])
			tenants[front] = t
		}
		front++
	}
}

// absorbQueues takes over what a poll brought of queues.
func (s *state) absorbQueues(from migration.Origin, p migration.QueuePoll) {
	s.queues.Absorb(from, p)
	s.cutovers.book.TouchQueues(s.queues.Queues, from, &p)
	s.recorder.queue(from, &p)
}

// rememberCutovers reads what earlier runs of the program kept. What cannot be read is left out.
func (o *Options) rememberCutovers() (states []migration.CutoverState) {
	if o.CutoverHistory == nil {
		return nil
	}
	states, err := o.CutoverHistory.CutoverStates()
	if err != nil {
		o.Logger.Warn("recall cutovers", "error", err)
	}
	return states
}

// recall takes over what was kept.
func (c *cutovers) recall(states []migration.CutoverState, o *Options) {
	if o.CutoverHistory == nil {
		return
	}
	if err := c.book.Restore(states); err != nil {
		o.Logger.Warn("recall cutovers: their verdicts begin anew", "error", err)
	}
}

// take hands out what is to be kept.
func (c *cutovers) take(o *Options) (states []migration.CutoverState, records []migration.CutoverRecord) {
	if o.CutoverHistory == nil {
		return nil, nil
	}
	records = slices.Clone(c.records[len(c.records)-c.unkept:])
	c.unkept = 0
	return c.book.States(mostStates), records
}

// keepCutovers keeps what is new.
func (o *Options) keepCutovers(states []migration.CutoverState, records []migration.CutoverRecord) {
	if o.CutoverHistory == nil {
		return
	}
	if len(records) > 0 {
		if err := o.CutoverHistory.KeepCutoverRecords(records); err != nil {
			o.Logger.Warn("keep the record of cutovers", "error", err)
		}
	}
	if len(states) > 0 {
		if err := o.CutoverHistory.KeepCutoverStates(states); err != nil {
			o.Logger.Warn("keep cutovers", "error", err)
		}
	}
}

// keepAll keeps all that is new at the end of a program.
func (o *Options) keepAll(s *state) {
	for {
		states, records := s.cutovers.take(o)
		o.keepCutovers(states, records)
		if len(states) < mostStates {
			return
		}
	}
}

// setRecords lets others read the record.
func (m *Engine) setRecords(st *state) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records = st.cutovers.records
}

// CutoverRecord is the record of all cutovers from a time on, in the order of time: of this run of the program, and of earlier
// ones where there is a history. The error is that of the history; what this run knows is returned all the same.
func (m *Engine) CutoverRecord(from time.Time) ([]migration.CutoverRecord, error) {
	m.mu.Lock()
	known := m.records
	m.mu.Unlock()
	var kept []migration.CutoverRecord
	var err error
	if h := m.opts.CutoverHistory; h != nil {
		kept, err = h.CutoverRecords(from)
	}
	return follow.Join(kept, known, from), err
}
