package ui

import "github.com/migtop/migtop/internal/migration"

// glyphs is a set of the characters that the screen is drawn with, so that
// terminals and fonts without the pretty ones get plain ones.
type glyphs struct {
	name string

	cursor, ellipsis, up, down, same, check, times, warnSign, infoSign, arrow, dot, separator rune
	ok, degraded, failed, off                                                                 rune
	less, more, plumb, cross, turned                                                          rune // of knobs, and of a curve

	h, v, topLeft, topRight, bottomLeft, bottomRight, tick rune   // of a panel
	full, empty, shade                                     rune   // of a bar; shade is the other side's fill without colours
	light, hatch                                           rune   // fills of idle nodes and of the platform without colours
	partial                                                []rune // eighths of a full block, from low
	bar, halfBar, thin                                     rune   // of a share: what is there, half of it, the rest without colours
	spinner                                                []rune
	estimated, notFinal                                    rune
	atMost, atLeast                                        string // before an upper bound, and before a figure that leaves something out
	to                                                     string // between what is and what is to be
	braille, big                                           bool
}

var unicodeGlyphs = &glyphs{
	name:   "unicode",
	cursor: '▸', ellipsis: '…', up: '▲', down: '▼', same: '=', check: '✓', times: '×', warnSign: '◆', infoSign: '●', arrow: '→', dot: '·', separator: '·',
	ok: '●', degraded: '◐', failed: '✖', off: '○',
	less: '◂', more: '▸', plumb: '┊', cross: '◆', turned: '•',
	h: '─', v: '│', topLeft: '╭', topRight: '╮', bottomLeft: '╰', bottomRight: '╯', tick: '┄',
	full: '█', empty: '━', shade: '▒', light: '░', hatch: '╱', bar: '━', halfBar: '╸', thin: '─',
	partial: []rune(" ▁▂▃▄▅▆▇█"),
	spinner: []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"),
	atMost:  "≤", atLeast: "≥", to: "→", estimated: '≈', notFinal: '~',
	braille: true, big: true,
}

var asciiGlyphs = &glyphs{
	name:   "ascii",
	cursor: '>', ellipsis: '.', up: '^', down: 'v', same: '=', check: 'y', times: 'x', warnSign: '!', infoSign: 'i', arrow: '>', dot: '.', separator: '|',
	ok: 'o', degraded: '%', failed: 'X', off: '-',
	less: '<', more: '>', plumb: ':', cross: 'X', turned: '*',
	h: '-', v: '|', topLeft: '+', topRight: '+', bottomLeft: '+', bottomRight: '+', tick: '.',
	full: '#', empty: '.', shade: ':', light: '.', hatch: '/', bar: '#', halfBar: '.', thin: '.',
	partial: []rune(" ..::==##"),
	spinner: []rune(`|/-\`),
	atMost:  "<=", atLeast: ">=", to: "->", estimated: '*', notFinal: '~', // no letter: $1.25e reads as an exponent
}

// health is the glyph, the word's role and the word of a source's state.
func (g *glyphs) health(s migration.HealthState) (rune, role, string) {
	switch s {
	case migration.HealthOK:
		return g.ok, good, "ok"
	case migration.HealthDegraded:
		return g.degraded, warn, "degraded"
	case migration.HealthFailed:
		return g.failed, bad, "failed"
	case migration.HealthOff:
		return g.off, dim, "off"
	}
	return g.spinner[0], dim, "starting"
}

// severity is the glyph, the role and the word of a notice.
func (g *glyphs) severity(s migration.Severity) (rune, role, string) {
	switch s {
	case migration.Critical:
		return g.failed, bad, "critical"
	case migration.Warning:
		return g.warnSign, warn, "warning"
	case migration.Info:
		return g.infoSign, accent, "info"
	}
	return ' ', dim, ""
}

// judged is the role of a figure with a severity, otherwise where it has none.
func judged(s migration.Severity, otherwise role) role {
	if s == 0 {
		return otherwise
	}
	_, r, _ := unicodeGlyphs.severity(s)
	return r
}

// verdict is the glyph, the role and the word of a cost verdict.
func (g *glyphs) verdict(w migration.Decision) (rune, role, string) {
	switch w {
	case migration.Stay:
		return g.same, lambda, "stay"
	case migration.WorthMoving:
		return g.arrow, jobs, "move"
	case migration.CannotStay:
		return g.failed, bad, "cannot stay"
	case migration.Moved:
		return g.check, good, "moved"
	}
	return g.dot, dim, "not enough data"
}

// run is the glyph and the role of a run's state.
func (g *glyphs) run(s migration.RunState) (rune, role) {
	switch s {
	case migration.RunPending, migration.RunSuspended:
		return g.off, warn
	case migration.RunRunning:
		return g.cursor, jobs
	case migration.RunSucceeded:
		return g.check, good
	case migration.RunStopped:
		return g.off, dim
	case migration.RunFailed:
		return g.failed, bad
	}
	return g.dot, dim
}
