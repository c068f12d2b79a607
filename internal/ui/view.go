package ui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// The least terminal that anything can be shown on.
const minWidth, minHeight = 60, 15

// bodyTop is the line on which a screen begins, below header and tab bar.
const bodyTop = 3

// view draws the screen, or returns what was drawn where nothing has changed.
func (m *model) view() tea.View {
	if m.drawn == m.revision {
		return m.cached
	}
	m.drawn = m.revision
	v := tea.NewView(m.draw())
	v.AltScreen = true
	v.ReportFocus = true
	v.WindowTitle = "migtop"
	if m.data != nil && m.data.snap.Scope.Name != "" {
		v.WindowTitle = "migtop " + m.data.snap.Scope.Name
	}
	if m.opts.Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	m.cached = v
	return v
}

func (m *model) draw() string {
	w, h := m.width, m.height
	if w <= 0 || h <= 0 {
		return ""
	}
	f := &m.frame
	m.grid.Reset(w, h)
	f.bounded = false
	p := m.grid.Pane()
	if w < minWidth || h < minHeight {
		m.tooSmall(p)
		return m.grid.String(f.theme, m.graphemes)
	}
	f.now, f.data, f.snap = m.opts.Now(), m.data, nil
	if m.data != nil {
		f.snap = m.data.snap
	}
	f.header(p.Row(0))
	m.tabsAt = f.tabBar(p.Row(1), m.screen, m.state(w-f.tabsWidth()-2))
	p.HLine(0, 2, w, ink(line), f.g.Horizontal)
	body := p.Sub(0, bodyTop, w, h-bodyTop-1)
	standalone := m.screen.standalone
	switch {
	case m.data == nil || m.loading() && !standalone:
		m.drawLoading(body)
	case len(m.data.snap.Tenants) == 0 && !standalone:
		m.drawNothing(body)
	default:
		m.current().draw(m, body)
	}
	m.foot(p.Row(h - 1))
	if m.dialog != nil {
		m.dialog.draw(m, p)
	}
	return m.grid.String(f.theme, m.graphemes)
}

// state is unit, window, filter and order of the figures, for the right of the tab bar, in
// at most room columns: the least important part is left out first.
func (m *model) state(room int) string {
	g := m.frame.g
	sep := "  " + string(g.Separator) + "  "
	var parts [6]string // in the order of importance
	n := 0
	add := func(s string) { parts[n] = s; n++ }
	if m.absence.away {
		add("AWAY, polling paused")
	}
	if m.paused {
		if m.latest != nil && m.data != nil && m.latest != m.data.snap {
			add("PAUSED, newer data available")
		} else {
			add("PAUSED")
		}
	}
	info := m.screen
	if info.filtered && m.query.filter.source != "" && m.prompt == nil {
		add("/" + m.query.filter.source)
	}
	switch {
	case info.stepped:
		add("since the step")
	case info.monthly:
		add(perMonth.long())
	default:
		add(m.frame.unit.long())
	}
	if m.data != nil && !info.stepped {
		span := "last " + formatSpan(m.data.snap.Window.Span)
		if m.windowAsked != 0 {
			span += " " + g.To + " " + formatSpan(m.windowAsked)
		}
		add(span)
	}
	if order := m.current().order(m); order != "" {
		add(order)
	}
	s := ""
	for i, p := range parts[:n] {
		switch {
		case i == 0:
			s = p
		case canvas.Cells(s)+canvas.Cells(sep)+canvas.Cells(p) <= room:
			s += sep + p
		default:
			return s
		}
	}
	return s
}

// foot is a prompt, a sentence about what was just done, or what the keys do.
func (m *model) foot(p canvas.Pane) {
	f := &m.frame
	switch {
	case m.prompt != nil:
		m.prompt.draw(m, p)
		return
	case m.status.text != "":
		p.Fit(1, 0, p.W-2, ink(m.status.role), m.status.text, f.g)
		return
	}
	info := m.screen
	for _, k := range info.pairs {
		p = p.Right(f.pairHint(p, k.one, k.other, k.does))
	}
	var legends []string
	switch {
	case info.legend != nil:
		legends = info.legend(f.g)
	case !info.plain:
		legends = legendsOf(f.g, f.bounded)
	}
	f.hints(p, info.hints, legends)
}

func (m *model) tooSmall(p canvas.Pane) {
	size := strconv.Itoa(m.width) + "x" + strconv.Itoa(m.height)
	y := max(m.height/2-1, 0)
	lines := [...]string{"migtop", "needs 60x15", "this is " + size}
	for i, l := range lines {
		p.Text(max((m.width-canvas.Cells(l))/2, 0), y+i, ink(text), l)
	}
}

// drawLoading shows the sources that have not answered yet, before there is any data.
func (m *model) drawLoading(p canvas.Pane) {
	f := &m.frame
	names := m.opts.Waiting
	var health []migration.Health
	if m.data != nil {
		health = m.data.snap.Sources
	}
	n := max(len(names), len(health), 1)
	w := min(64, p.W-4)
	for i := range health { // a note or a problem is a sentence
		if health[i].Note != "" || health[i].Problem != nil {
			w = min(100, p.W-4)
		}
	}
	in := f.panel(p.Sub((p.W-w)/2, max((p.H-n-4)/3, 0), w, n+4), "Reading both sides", "", true)
	spinner := f.g.Spinner[m.spin%len(f.g.Spinner)]
	if len(health) == 0 {
		if len(names) == 0 {
			in.Rune(1, 1, ink(accent), spinner)
			in.Text(3, 1, ink(text), "waiting for the first answer")
		}
		for i, name := range names {
			in.Rune(1, 1+i, ink(accent), spinner)
			in.Fit(3, 1+i, in.W-4, ink(text), name, f.g)
		}
		return
	}
	for i := range health {
		h := &health[i]
		glyph, r, word := healthSign(f.g, h.State)
		if h.State == migration.HealthStarting {
			glyph, r, word = spinner, accent, "waiting for the first answer"
			if h.Note != "" {
				word = h.Note
			}
		}
		in.Rune(1, 1+i, ink(r), glyph)
		in.Text(3, 1+i, ink(text), h.Title())
		if h.Problem != nil {
			word = h.Problem.What
		}
		in.Fit(16, 1+i, in.W-17, ink(dim), word, f.g)
	}
}
