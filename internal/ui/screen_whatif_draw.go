package ui

import (
	"strings"

	"github.com/migtop/migtop/internal/ui/canvas"
	"github.com/migtop/migtop/internal/ui/plot"
)

// scope is whose costs are looked at.
func (s *whatIf) scope() string {
	if s.one {
		return s.tenant.String()
	}
	return "the fleet"
}

func (s *whatIf) draw(m *model, p canvas.Pane) {
	f := &m.frame
	if m.opts.Scenarios == nil {
		f.message(p, "What-if is not available", dim,
			[]paragraph{{glyph: ' ', look: text, text: "This screen needs the price book. migtop was started without it."}})
		return
	}
	left := min(max(p.W*32/100, 32), 50)
	s.drawAssumptions(f, p.Left(left))
	right := p.Right(left)
	v := s.view(f.data)
	if v == nil {
		in := f.panel(right, s.scope(), "", false)
		switch {
		case s.err != nil:
			in.Rune(0, 0, ink(bad), f.g.Failed)
			f.paragraph(in, 2, 0, ink(text), s.err.Error(), max(in.H, 1))
		case s.answer == nil:
			in.Text(0, 0, ink(dim), "calculating")
		default:
			f.paragraph(in, 0, 0, ink(text), "It is not in the last "+formatSpan(f.snap.Window.Span)+".", max(in.H, 1))
		}
		return
	}
	reason := canvas.Wrap(v.Verdict.Reason, right.W-4, 3)
	if right.H < 26 { // the plot is worth more than the rest of the sentence
		reason = []string{v.Verdict.Reason}
	}
	if also := s.breakEvenNote(f, v, right.W-4); also != "" {
		reason = append(reason, also)
	}
	warning := s.warning(v, right.W-6)
	if right.H < 26 && len(warning) > 2 {
		warning = warning[:2]
	}
	table := len(s.answer.Shown) + 5 + len(reason) + len(warning)
	if s.leftOut() {
		table++
	}
	rest := right.H >= 34 && s.hasRest()
	if rest {
		table++
	}
	s.drawPlacements(f, right.Top(table), v, reason, warning, rest)
	below := right.Below(table)
	list := 0
	if below.H >= 20 {
		list = min(max(below.H*45/100, 8), len(s.answer.Tenants)+3)
	}
	s.drawCurve(f, below.Top(below.H-list), v)
	if list > 0 {
		s.drawTenants(f, below.Below(below.H-list))
	}
}

// drawAssumptions lists the assumptions with their values, and the present state where
// that differs.
func (s *whatIf) drawAssumptions(f *frame, p canvas.Pane) {
	note := ""
	if s.changed {
		note = f.keys.key(ActReset) + " resets all"
	}
	room := p.H
	if s.answer != nil && p.H >= len(assumptions)+19 { // the fixed assumptions are below
		room = len(assumptions) + 13
		s.drawFixed(f, p.Below(room))
	}
	in := f.panel(p.Top(room), "Assumptions", note, true)
	if s.answer == nil {
		return
	}
	help := 0
	if in.H >= len(assumptions)+3 {
		help = 2
	}
	body := in.Top(in.H - help)
	headed := body.H >= len(assumptions)+9
	from, to := s.list.window(len(assumptions), body.H)
	y, group := 0, ""
	for i := from; i < to; i++ {
		k := &assumptions[i]
		if headed && k.group != group {
			group = k.group
			title := group
			if group == afterGroup {
				title = strings.ToUpper(f.after().Label)
			}
			body.Text(0, y+1, ink(dim), title)
			y += 2
		}
		s.drawAssumption(f, p.Sub(1, y+1, p.W-2, 1), i)
		y++
	}
	if help > 0 {
		f.paragraph(in.Below(in.H-help), 0, 0, ink(dim), assumptions[s.list.cursor].help, help)
	}
}

// drawFixed lists what the answer rests on for all tenants.
func (s *whatIf) drawFixed(f *frame, p canvas.Pane) {
	in := f.panel(p, "Fixed assumptions", "", false)
	y := 0
	for _, n := range s.answer.Notes {
		if y >= in.H {
			return
		}
		in.Rune(0, y, ink(dim), f.g.Dot)
		y += f.paragraph(in, 2, y, ink(dim), n, min(in.H-y, 4))
	}
}

func (s *whatIf) drawAssumption(f *frame, row canvas.Pane, i int) {
	const label, bars = 16, 6
	k := &assumptions[i]
	on := i == s.list.cursor
	name, value := ink(text), ink(strong)
	if on {
		row.Fill(selected)
		row.Rune(0, 0, ink(accent), f.g.Cursor)
	}
	if k.inert != nil && k.inert(&s.scenario) {
		name, value = ink(dim), ink(dim)
	}
	row.Fit(2, 0, label-3, name, k.label, f.g)
	x := label
	if on {
		row.Rune(x-1, 0, ink(accent), f.g.Less)
	}
	x++
	if k.value == nil {
		x = row.Fit(x, 0, min(row.W-x-2, canvas.Cells(s.scope())), ink(accent).With(bold), s.scope(), f.g)
		if on {
			row.Rune(x+1, 0, ink(accent), f.g.More)
		}
		return
	}
	f.buf = k.value(f.buf[:0], &s.scenario, s.answer)
	now := string(f.buf)
	if k.percent != nil && row.W-x >= bars+8 {
		plot.Bar(row, x, 0, bars, float64(k.percent(&s.scenario))/100, accent, track, f.theme, f.g)
		row.Text(x+bars+1, 0, value, now)
		x += bars + 6
	} else {
		shown := now
		if x+canvas.Cells(shown) > row.W { // the detail after a value is left out first
			shown, _, _ = strings.Cut(shown, "  ")
		}
		x = row.Text(x, 0, value, shown)
	}
	if on {
		row.Rune(x+1, 0, ink(accent), f.g.More)
	}
	f.buf = k.value(f.buf[:0], &s.answer.AsNow, s.answer)
	if string(f.buf) == now {
		return
	}
	row.Rune(1, 0, ink(accent), f.g.Changed)
	if was := "was " + string(f.buf); x+3+canvas.Cells(was) <= row.W-1 {
		row.TextRight(row.W-1, 0, ink(dim), was)
	}
}
