package ui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
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
	m.grid.reset(w, h)
	f.bounded = false
	p := m.grid.pane()
	if w < minWidth || h < minHeight {
		m.tooSmall(p)
		return m.grid.String(f.st, m.graphemes)
	}
	f.now, f.data, f.snap = m.opts.Now(), m.data, nil
	if m.data != nil {
		f.snap = m.data.snap
	}
	f.header(p.row(0))
	m.tabsAt = f.tabBar(p.row(1), m.screen, m.state(w-f.tabsWidth()-2))
	p.hline(0, 2, w, ink(line), f.g.h)
	body := p.sub(0, bodyTop, w, h-bodyTop-1)
	standalone := m.info().standalone
	switch {
	case m.data == nil || m.loading() && !standalone:
		m.drawLoading(body)
	case len(m.data.snap.Tenants) == 0 && !standalone:
		m.drawNothing(body)
	default:
		m.current().draw(m, body)
	}
	m.foot(p.row(h - 1))
	if m.dialog != nil {
		m.dialog.draw(m, p)
	}
	return m.grid.String(f.st, m.graphemes)
}

// state is what the figures stand for, at the right of the tab bar, in at most
// room columns: what is least missed goes first.
func (m *model) state(room int) string {
	g := m.frame.g
	sep := "  " + string(g.separator) + "  "
	var parts [6]string // in the order of importance
	n := 0
	add := func(s string) { parts[n] = s; n++ }
	if m.absence.away {
		add("AWAY, nothing is asked")
	}
	if m.paused {
		if m.latest != nil && m.data != nil && m.latest != m.data.snap {
			add("PAUSED, newer data waits")
		} else {
			add("PAUSED")
		}
	}
	info := m.info()
	if info.filtered && m.query.filter.source != "" && m.prompt == nil {
		add("/" + m.query.filter.source)
	}
	if info.monthly {
		add(perMonth.long())
	} else {
		add(m.frame.unit.long())
	}
	if m.data != nil {
		span := "last " + formatSpan(m.data.snap.Window.Span)
		if m.windowAsked != 0 {
			span += " " + g.to + " " + formatSpan(m.windowAsked)
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
		case cells(s)+cells(sep)+cells(p) <= room:
			s += sep + p
		default:
			return s
		}
	}
	return s
}

// foot is a prompt, a sentence about what was just done, or what the keys do.
func (m *model) foot(p pane) {
	f := &m.frame
	switch {
	case m.prompt != nil:
		m.prompt.draw(m, p)
		return
	case m.status.text != "":
		p.fit(1, 0, p.w-2, ink(m.status.role), m.status.text, f.g)
		return
	}
	info := m.info()
	for _, k := range info.pairs {
		p = p.right(f.pairHint(p, k.one, k.other, k.does))
	}
	var legends []string
	if !info.plain {
		legends = f.g.legends(f.bounded)
	}
	f.hints(p, info.hints, legends)
}

func (m *model) tooSmall(p pane) {
	size := strconv.Itoa(m.width) + "x" + strconv.Itoa(m.height)
	y := max(m.height/2-1, 0)
	lines := [...]string{"migtop", "needs 60x15", "this is " + size}
	for i, l := range lines {
		p.text(max((m.width-cells(l))/2, 0), y+i, ink(text), l)
	}
}

// drawLoading says what is waited for before there is anything to show.
func (m *model) drawLoading(p pane) {
	f := &m.frame
	names := m.opts.Waiting
	var health []migration.Health
	if m.data != nil {
		health = m.data.snap.Sources
	}
	n := max(len(names), len(health), 1)
	w := min(64, p.w-4)
	for i := range health { // what is waited for is a sentence
		if health[i].Note != "" || health[i].Problem != nil {
			w = min(100, p.w-4)
		}
	}
	in := f.panel(p.sub((p.w-w)/2, max((p.h-n-4)/3, 0), w, n+4), "Reading both sides", "", true)
	spinner := f.g.spinner[m.spin%len(f.g.spinner)]
	if len(health) == 0 {
		if len(names) == 0 {
			in.rune(1, 1, ink(accent), spinner)
			in.text(3, 1, ink(text), "waiting for the first answer")
		}
		for i, name := range names {
			in.rune(1, 1+i, ink(accent), spinner)
			in.fit(3, 1+i, in.w-4, ink(text), name, f.g)
		}
		return
	}
	for i := range health {
		h := &health[i]
		glyph, r, word := f.g.health(h.State)
		if h.State == migration.HealthStarting {
			glyph, r, word = spinner, accent, "waiting for the first answer"
			if h.Note != "" {
				word = h.Note
			}
		}
		in.rune(1, 1+i, ink(r), glyph)
		in.text(3, 1+i, ink(text), h.Title())
		if h.Problem != nil {
			word = h.Problem.What
		}
		in.fit(16, 1+i, in.w-17, ink(dim), word, f.g)
	}
}
