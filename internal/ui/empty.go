package ui

import (
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// problemGroup is a problem, and the readings that have it.
type problemGroup struct {
	glyph   rune
	sources []string
	problem *migration.Problem
}

// problems are what keeps sources from answering, each once. The side before the move is
// first: without it there is nothing to compare with.
func (f *frame) problems() []problemGroup {
	var found []problemGroup
	before := f.snap.Move.Infos()[0]
	for _, first := range [...]bool{true, false} {
	next:
		for i := range f.snap.Sources {
			h := &f.snap.Sources[i]
			if h.Problem == nil || h.State == migration.HealthOff ||
				first != (h.Source == before.Source || h.Source == before.DetailSource) {
				continue
			}
			for k := range found {
				if p := found[k].problem; p == h.Problem || p.What == h.Problem.What && p.Fix == h.Problem.Fix {
					found[k].sources = append(found[k].sources, h.Title())
					continue next
				}
			}
			glyph, _, _ := healthSign(f.g, h.State)
			found = append(found, problemGroup{glyph, []string{h.Title()}, h.Problem})
		}
	}
	return found
}

// drawNothing says why there is nothing, and what to do.
func (m *model) drawNothing(p canvas.Pane) {
	f := &m.frame
	keys := f.keys.key(ActSources) + " shows every source, " + f.keys.key(ActRefresh) + " tries again now, " + f.keys.key(ActQuit) +
		" quits."
	found := f.problems()
	if len(found) == 0 {
		f.message(p, "No tenant was active", dim, []paragraph{
			{glyph: ' ', text: "All sources answer, but nothing ran on either side in the last " + formatSpan(f.snap.Window.Span) + "."},
			{glyph: ' ', text: f.keys.key(ActWindow) +
				" selects a longer window. Tenants are identified by function names, tags and labels, as configured.", gap: true},
			{glyph: ' ', text: keys, gap: true},
		})
		return
	}
	var ps []paragraph
	for _, t := range found {
		ps = append(ps, paragraph{
			glyph: t.glyph, role: bad, look: text, text: strings.Join(t.sources, ", ") + ": " + t.problem.What,
			gap: true,
		})
		if t.problem.Fix != "" {
			ps = append(ps, paragraph{glyph: f.g.Arrow, role: accent, look: strong, text: t.problem.Fix, indent: 2})
		}
	}
	f.message(p, "Nothing to show yet", bad, append(ps, paragraph{glyph: ' ', look: dim, text: keys, gap: true}))
}

// paragraph is a text with a glyph before its first line.
type paragraph struct {
	glyph  rune
	role   canvas.Role // of the glyph
	look   canvas.Role // of the text
	text   string
	indent int
	gap    bool // a blank line before it, where there is room
}

// message is a calm panel in the middle of the screen. Where not all of it fits,
// blank lines go first, then what comes last but for the final paragraph, and how
// much that is is said.
func (f *frame) message(p canvas.Pane, title string, r canvas.Role, ps []paragraph) {
	w := min(p.W-4, 92)
	lines := make([][]string, len(ps))
	height, gaps := 0, 0
	for i, one := range ps {
		lines[i] = canvas.Wrap(one.text, w-8-one.indent, 6)
		height += len(lines[i])
		if one.gap && i > 0 {
			gaps++
		}
	}
	frame := 4
	if height+gaps+frame > p.H {
		frame = 2
	}
	if height+gaps+frame > p.H {
		gaps = 0
	}
	h := min(height+gaps+frame, p.H)
	in := f.panel(p.Sub((p.W-w)/2, max((p.H-h)/3, 0), w, h), title, "", r == bad)
	y := (frame - 2) / 2
	last := len(ps) - 1
	for i, one := range ps {
		left := in.H - y - len(lines[last])
		if i < last && (len(lines[i]) > left || len(lines[i]) == left && i < last-1) {
			hidden := 0
			for _, o := range ps[i:last] {
				if o.indent == 0 {
					hidden++
				}
			}
			in.Text(3, in.H-1-len(lines[last]), ink(warn), "and "+formatCount(int64(max(hidden, 1)))+" more problems")
			i, one, y = last, ps[last], in.H-len(lines[last])
		}
		if one.gap && i > 0 && gaps > 0 {
			y++
		}
		in.Rune(1+one.indent, y, ink(one.role), one.glyph)
		for _, l := range lines[i] {
			in.Text(3+one.indent, y, ink(one.look), l)
			y++
		}
		if i == last {
			return
		}
	}
}
