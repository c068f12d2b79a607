package ui

import (
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// healthSign is the glyph, the word's role and the word of a source's state.
func healthSign(g *canvas.Glyphs, s migration.HealthState) (rune, canvas.Role, string) {
	switch s {
	case migration.HealthOK:
		return g.OK, good, "ok"
	case migration.HealthDegraded:
		return g.Degraded, warn, "degraded"
	case migration.HealthFailed:
		return g.Failed, bad, "failed"
	case migration.HealthOff:
		return g.Off, dim, "off"
	}
	return g.Spinner[0], dim, "starting"
}

// severitySign is the glyph, the role and the word of a notice.
func severitySign(g *canvas.Glyphs, s migration.Severity) (rune, canvas.Role, string) {
	switch s {
	case migration.Critical:
		return g.Failed, bad, "critical"
	case migration.Warning:
		return g.Warning, warn, "warning"
	case migration.Info:
		return g.Info, accent, "info"
	}
	return ' ', dim, ""
}

// verdictSign is the glyph, the role and the word of a cost verdict.
func verdictSign(g *canvas.Glyphs, w migration.Decision) (rune, canvas.Role, string) {
	switch w {
	case migration.Stay:
		return g.Same, lambda, "stay"
	case migration.WorthMoving:
		return g.Arrow, jobs, "move"
	case migration.CannotStay:
		return g.Failed, bad, "cannot stay"
	case migration.Moved:
		return g.Check, good, "moved"
	}
	return g.Dot, dim, "not enough data"
}

// runSign is the glyph and the role of a run's state.
func runSign(g *canvas.Glyphs, s migration.RunState) (rune, canvas.Role) {
	switch s {
	case migration.RunPending, migration.RunSuspended:
		return g.Off, warn
	case migration.RunRunning:
		return g.Cursor, jobs
	case migration.RunSucceeded:
		return g.Check, good
	case migration.RunStopped:
		return g.Off, dim
	case migration.RunFailed:
		return g.Failed, bad
	}
	return g.Dot, dim
}

// changeSign is the arrow of a difference where less is better.
func changeSign(g *canvas.Glyphs, d migration.Ratio) (rune, canvas.Role) {
	switch {
	case d <= -0.005:
		return g.Down, good
	case d >= 0.005:
		return g.Up, bad
	}
	return g.Same, dim
}

// judged is the role of a figure with a severity, otherwise where it has none.
func judged(s migration.Severity, otherwise canvas.Role) canvas.Role {
	if s == 0 {
		return otherwise
	}
	_, r, _ := severitySign(canvas.Unicode, s)
	return r
}
