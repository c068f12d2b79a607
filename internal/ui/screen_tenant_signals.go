package ui

import (
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// rest says how many rows are left out, and which key shows them.
func (f *frame) rest(out []cutoverText, hidden int, what string, all bool) []cutoverText {
	key := f.keys.key(ActSignals)
	if hidden == 0 && !all || key == "" {
		return out
	}
	words := what + "; " + key + " shows all"
	if all {
		words = key + " shows only what needs attention"
	}
	return append(out, func(row canvas.Pane) { row.Fit(2, 0, row.W-2, ink(dim), words, f.g) })
}

// checkTexts are the checks before the first share.
func (f *frame) checkTexts(out []cutoverText, d *migration.CutoverDetail, all bool) []cutoverText {
	hidden := 0
	for i := range d.Checks {
		c := &d.Checks[i]
		if !all && (c.State == migration.CheckPassed || c.State == migration.CheckDoesNotApply) {
			hidden++
			continue
		}
		out = append(out, func(row canvas.Pane) {
			glyph, st, word := checkSign(f.g, c.State)
			row.Rune(0, 0, st, glyph)
			row.Fit(2, 0, 20, ink(strong), c.Name, f.g)
			x := row.Text(23, 0, st, word) + 2
			row.Fit(x, 0, row.W-x, ink(text), c.Detail, f.g)
		})
	}
	return f.rest(out, hidden, plural(hidden, "check has passed or does not apply", "checks have passed or do not apply"), all)
}

// signalTexts are the signals, each with how it stands, its thresholds and where they were set.
func (f *frame) signalTexts(out []cutoverText, d *migration.CutoverDetail, w int, all bool) []cutoverText {
	const name = 14
	wide := w >= 108
	value := w - 2 - name - 1
	if wide {
		value = (w - 2 - name - 1) * 56 / 100
		if len(d.Signals) > 0 && all {
			out = append(out, func(row canvas.Pane) {
				row.Text(2, 0, ink(dim), "SIGNAL")
				row.Text(2+name+1, 0, ink(dim), "NOW")
				row.Text(2+name+1+value+2, 0, ink(dim), "THRESHOLD AND WHERE IT WAS SET")
			})
		}
	}
	fine, notYet := 0, 0
	for i := range d.Signals {
		s := &d.Signals[i]
		if !all && s.State == migration.SignalFine {
			fine++
			continue
		}
		if !all && s.State == migration.SignalNotYet {
			notYet++
			continue
		}
		out = append(out, func(row canvas.Pane) {
			glyph, st, _ := signalSign(f.g, s.State)
			row.Rune(0, 0, st, glyph)
			look := ink(text)
			if s.State == migration.SignalNotYet {
				look = ink(dim)
			}
			row.Fit(2, 0, name, ink(strong), strings.ReplaceAll(s.Signal, "_", " "), f.g)
			row.Fit(2+name+1, 0, value, look, s.Value, f.g)
			if wide {
				row.Fit(2+name+1+value+2, 0, row.W-(2+name+1+value+2), ink(dim), thresholdWords(s, f.g), f.g)
			}
		})
		if !wide { // what does not fit into one line stands below
			lines := canvas.Wrap(s.Value, value, 3)
			for _, l := range lines[min(1, len(lines)):] {
				out = append(out, func(row canvas.Pane) { row.Fit(2+name+1, 0, value, ink(text), l, f.g) })
			}
			if len(lines) > 1 {
				first := lines[0]
				at := len(out) - len(lines)
				plain := out[at]
				out[at] = func(row canvas.Pane) {
					plain(row)
					row.HLine(2+name+1, 0, value, ink(none), ' ')
					row.Text(2+name+1, 0, ink(text), first)
				}
			}
			out = append(out, func(row canvas.Pane) { row.Fit(2+name+1, 0, value, ink(dim), thresholdWords(s, f.g), f.g) })
		}
	}
	words := plural(fine, "signal is", "signals are") + " fine"
	if notYet > 0 {
		words += ", " + plural(notYet, "has", "have") + " too little data or none"
	}
	return f.rest(out, fine+notYet, words, all)
}

// thresholdWords are a signal's thresholds and where they were set, those of the configuration first.
func thresholdWords(s *migration.CutoverSignal, g *canvas.Glyphs) string {
	var b strings.Builder
	add := func(t *migration.CutoverThreshold) {
		if b.Len() > 0 {
			b.WriteString(" " + string(g.Separator) + " ")
		}
		if name := strings.TrimPrefix(strings.TrimPrefix(t.Name, s.Signal), "."); name != "" {
			b.WriteString(strings.ReplaceAll(name, "_", " ") + " ")
		}
		b.WriteString(t.Value)
		if t.From != "default" && t.From != "" {
			b.WriteString(" by the " + t.From)
			if t.Place != "" {
				b.WriteString(", " + t.Place)
			}
		}
	}
	for _, def := range [...]bool{false, true} {
		for i := range s.Thresholds {
			if t := &s.Thresholds[i]; (t.From == "default" || t.From == "") == def {
				add(t)
			}
		}
	}
	if len(s.Thresholds) > 0 && !strings.Contains(b.String(), " by the ") {
		b.WriteString("  default")
	}
	return b.String()
}
