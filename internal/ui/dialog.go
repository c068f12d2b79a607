package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// dialog is drawn over the screen and takes the keys while it is open.
type dialog interface {
	press(*model, tea.KeyPressMsg) tea.Cmd
	draw(*model, pane)
}

// box is a raised panel in the middle of the screen.
func (f *frame) box(p pane, w, h int, title, note string) pane {
	w, h = min(w, p.w-4), min(h, p.h-2)
	at := p.sub((p.w-w)/2, max((p.h-h)/3, 1), w, h)
	at.fill(raised)
	return f.panel(at, title, note, true)
}

// help lists what all keys do, and is searched by typing.
type help struct {
	line   editLine
	scroll int
}

func newHelp() *help { return &help{line: newLine("")} }

func (d *help) press(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch key := k.String(); key {
	case "esc", "enter":
		m.dialog = nil
	case "up":
		d.scroll--
	case "down":
		d.scroll++
	case "pgup":
		d.scroll -= 10
	case "pgdown":
		d.scroll += 10
	default:
		if m.keys.action(key) == ActHelp && d.line.value() == "" {
			m.dialog = nil
			return nil
		}
		d.line.update(k)
		d.scroll = 0
	}
	return nil
}

// helpLine is a heading or a key with what it does.
type helpLine struct {
	heading, keys, text string
}

// lines are the keymap as it is, and what the marks mean.
func (d *help) lines(m *model) []helpLine {
	want := strings.ToLower(d.line.value())
	var out []helpLine
	group := ""
	add := func(g, keys, text, extra string) {
		if want != "" && !containsFold(keys+" "+text+" "+g+" "+extra, want) {
			return
		}
		if g != group {
			if group != "" {
				out = append(out, helpLine{})
			}
			group = g
			out = append(out, helpLine{heading: g})
		}
		out = append(out, helpLine{keys: keys, text: text})
	}
	for _, b := range m.keys.bindings {
		keys := strings.Join(b.keys, " ")
		if keys == "" {
			keys = "(none)"
		}
		add(b.group, keys, b.help, string(b.action))
	}
	g := m.frame.g
	for _, l := range [...]struct {
		sign string
		text string
	}{
		{"-", "not known, or nothing happened; never the same as 0"},
		{"?", "not permitted: the Sources screen has the rule that mends it"},
		{string(g.notFinal), "not final yet: late data may change it"},
		{string(g.estimated), "estimated: rests on an assumption"},
		{g.atLeast, "at least: something that belongs to it is unknown and left out"},
		{g.atMost, "at most: only an upper bound is known"},
		{string(g.down), "cheaper on Jobs"},
		{string(g.up), "dearer on Jobs"},
		{string(g.check), "at break-even: its runs a day reach it"},
	} {
		add("marks", l.sign, l.text, "")
	}
	for _, l := range filterFields {
		values := strings.Join(l.values, " ")
		if values == "number" {
			values = "a number, with : < or >"
		}
		if values == "" {
			values = "any text"
		}
		add("filter fields", l.name, values, "")
	}
	for id := range numColumns {
		add("columns", m.frame.sides(id.title(0, g)), tableColumns[id].Help, tableColumns[id].Name)
	}
	return out
}

func (d *help) draw(m *model, p pane) {
	f := &m.frame
	in := f.box(p, 96, p.h-4, "Help", "esc closes")
	x := in.text(0, 0, ink(dim), "search ")
	d.line.draw(in, x, 0, in.w-x)
	in.hline(0, 1, in.w, ink(line), f.g.h)
	body := in.below(2)
	lines := d.lines(m)
	d.scroll = max(min(d.scroll, len(lines)-body.h), 0)
	if len(lines) == 0 {
		body.text(0, 0, ink(dim), "nothing is called that")
	}
	for i, l := range lines[d.scroll:] {
		if i >= body.h {
			break
		}
		if l.heading != "" {
			body.text(0, i, ink(strong), strings.ToUpper(l.heading))
			continue
		}
		body.fit(2, i, 26, ink(accent), l.keys, f.g)
		body.fit(30, i, body.w-30, ink(text), l.text, f.g)
	}
	if d.scroll+body.h < len(lines) {
		in.rune(in.w-1, in.h-1, ink(accent), f.g.down)
	}
}

// chooser chooses the columns of the table.
type chooser struct {
	set  columnSet
	list list
}

func (d *chooser) press(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch key := k.String(); key {
	case "esc":
		m.dialog = nil
	case "enter":
		m.tenants.columns = d.set
		m.dialog = nil
		m.open(tenantsScreen)
	case "space", "x":
		if id := columnID(d.list.cursor); id != colTenant {
			d.set[id] = !d.set[id]
		}
	case "d":
		d.set = defaultColumns()
	default:
		d.list.move(m.keys.action(key), int(numColumns))
	}
	return nil
}

func (d *chooser) draw(m *model, p pane) {
	f := &m.frame
	in := f.box(p, 86, int(numColumns)+4, "Columns", "space turns, enter takes, d default, esc leaves")
	body := in.top(in.h - 1)
	from, to := d.list.window(int(numColumns), body.h)
	for i := from; i < to; i++ {
		row := body.row(i - from)
		if i == d.list.cursor {
			row.fill(selected)
		}
		mark, st := '[', ink(dim)
		row.rune(0, 0, st, mark)
		if d.set[i] {
			row.rune(1, 0, ink(good), f.g.check)
			st = ink(strong)
		}
		row.rune(2, 0, ink(dim), ']')
		row.fit(4, 0, 14, st, f.sides(columnID(i).title(0, f.g)), f.g)
		row.fit(19, 0, row.w-19, ink(dim), tableColumns[i].Help, f.g)
	}
	in.fit(0, in.h-1, in.w, ink(dim), "what does not fit the window is left out, the least important first", f.g)
}
