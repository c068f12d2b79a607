package engine

import (
	"context"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// History keeps whole days, and single runs of Jobs on which profiles rest, beyond the life of
// a program and of the pods that their cluster keeps.
type History interface {
	// Days returns what was kept from a day on, in any order.
	Days(from time.Time) ([]migration.Day, error)
	// KeepDays keeps whole days; one that is there already is replaced.
	KeepDays(days []migration.Day) error
	// Runs returns the runs that were kept, in any order.
	Runs() ([]migration.RunRecord, error)
	// KeepRuns keeps runs; one that is there already is replaced.
	KeepRuns(runs []migration.RunRecord) error
}

// memory is what a state gets from a History, and unkept what it has for it.
type memory struct {
	days []migration.Day
	runs []migration.RunRecord
}

func (u *memory) empty() bool { return len(u.days) == 0 && len(u.runs) == 0 }

// remember reads what earlier runs of the program kept. What cannot be read is left out, which
// stops nothing.
func (o *Options) remember() (kept memory) {
	if o.History == nil {
		return memory{}
	}
	var err error
	if kept.days, err = o.History.Days(o.Clock.Now().AddDate(0, 0, -keepDays)); err != nil {
		o.Logger.Warn("recall days", "error", err)
	}
	if kept.runs, err = o.History.Runs(); err != nil {
		o.Logger.Warn("recall runs", "error", err)
	}
	return kept
}

// keep keeps what is new.
func (o *Options) keep(unkept memory) {
	if o.History == nil || unkept.empty() {
		return
	}
	if len(unkept.days) > 0 {
		if err := o.History.KeepDays(unkept.days); err != nil {
			o.Logger.Warn("keep days", "error", err)
		}
	}
	if len(unkept.runs) > 0 {
		if err := o.History.KeepRuns(unkept.runs); err != nil {
			o.Logger.Warn("keep runs", "error", err)
		}
	}
}

// recall takes in what earlier runs of the program kept, and what waited for it.
func (s *state) recall(kept memory) {
	s.days.recall(kept.days)
	s.sizing.recall(kept.runs)
}

// unkept hands out what is to be kept.
func (s *state) unkept() (unkept memory) {
	unkept.days, s.days.unkept = s.days.unkept, nil
	unkept.runs, s.sizing.unkept = s.sizing.unkept, nil
	return unkept
}

// keepHistory brings what was kept into the state, and from then on keeps what is new, until
// ctx ends. The state never waits for the disk.
func (m *Engine) keepHistory(ctx context.Context) {
	cutovers := m.opts.rememberCutovers()
	m.ask(ctx, func(s *state) { s.cutovers.recall(cutovers, &m.opts) })
	kept := m.opts.remember()
	m.ask(ctx, func(s *state) { s.recall(kept) })
	for m.pause(ctx, resize) {
		var unkept memory
		var states []migration.CutoverState
		var records []migration.CutoverRecord
		m.ask(ctx, func(s *state) {
			unkept = s.unkept()
			states, records = s.cutovers.take(&m.opts)
		})
		m.opts.keep(unkept)
		m.opts.keepCutovers(states, records)
	}
}
