package ui

import (
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// signalSign is the glyph, the looks and the word of a signal's state.
func signalSign(g *canvas.Glyphs, s migration.SignalState) (rune, canvas.Style, string) {
	switch s {
	case migration.SignalFine:
		return g.Check, ink(good), "fine"
	case migration.SignalHolds:
		return g.Hold, ink(warn), "holds"
	case migration.SignalRollsBack:
		return g.Failed, ink(bad).With(bold), "rolls back"
	case migration.SignalUnread:
		return '?', ink(warn), "unread"
	case migration.SignalNotYet:
	}
	return g.Dot, ink(dim), "not yet"
}

// checkSign is the same of a readiness check. What is unknown is not ready.
func checkSign(g *canvas.Glyphs, s migration.CheckState) (rune, canvas.Style, string) {
	switch s {
	case migration.CheckPassed:
		return g.Check, ink(good), "passed"
	case migration.CheckFailed:
		return g.Failed, ink(bad), "failed"
	case migration.CheckDoesNotApply:
		return g.Dot, ink(dim), "does not apply"
	case migration.CheckUnknown:
	}
	return '?', ink(warn), "unknown"
}

// signalOf finds a signal by its word, nil where there is none.
func signalOf(d *migration.CutoverDetail, name string) *migration.CutoverSignal {
	for i := range d.Signals {
		if d.Signals[i].Signal == name {
			return &d.Signals[i]
		}
	}
	return nil
}

// signalRole is the colour of a figure that a signal judges, otherwise where nothing is wrong with it.
func signalRole(d *migration.CutoverDetail, name string, otherwise canvas.Role) canvas.Role {
	s := signalOf(d, name)
	if s == nil || s.State != migration.SignalHolds && s.State != migration.SignalRollsBack {
		return otherwise
	}
	_, st, _ := signalSign(canvas.Unicode, s.State)
	return st.FG
}
