package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// dialog is drawn over the screen and takes the keys while it is open.
type dialog interface {
	press(*model, tea.KeyPressMsg) tea.Cmd
	draw(*model, canvas.Pane)
}

// box is a raised panel in the middle of the screen.
func (f *frame) box(p canvas.Pane, w, h int, title, note string) canvas.Pane {
	w, h = min(w, p.W-4), min(h, p.H-2)
	at := p.Sub((p.W-w)/2, max((p.H-h)/3, 1), w, h)
	at.Fill(raised)
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

// lines are the keymap as it is, and what the marks mean, with texts of at most w cells.
func (d *help) lines(m *model, w int) []helpLine {
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
		for _, l := range canvas.Wrap(text, w, 3) {
			out = append(out, helpLine{keys: keys, text: l})
			keys = ""
		}
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
		{"?", "not permitted: the Sources screen shows the rule that grants it"},
		{string(g.NotFinal), "not final yet: late data may change it"},
		{string(g.Estimated), "estimated: based on an assumption"},
		{g.AtLeast, "at least: a part of it is unknown and not counted"},
		{g.AtMost, "at most: only an upper bound is known"},
		{string(g.Failed) + " " + migration.VerdictRollBack.String(), "take the share back to 0 %: something is worse than before the " +
			"step"},
		{string(g.Hold) + " " + migration.VerdictHold.String(), "do not raise the share yet; the reason says what is wrong or missing"},
		{string(g.Check) + " " + migration.VerdictPromote.String(), "the tenant may take its next step"},
		{string(g.Cross), "where the evidence stands: ROLL BACK at the left end, PROMOTE at the right one"},
		{"e-BH", "tenants of a wave whose evidence stands after correction for how many there are"},
		{string(g.Down), "cheaper on " + m.frame.after().Label},
		{string(g.Up), "more expensive on " + m.frame.after().Label},
		{string(g.Check), "the tenant has as many runs a day as break-even needs"},
	} {
		add("marks", l.sign, l.text, "")
	}
	for _, l := range filterFields {
		values := m.frame.move().Fill(strings.Join(l.values, " "))
		if values == "number" {
			values = "a number, with : < or >"
		}
		if values == "" {
			values = "any text"
		}
		add("filter fields", l.name, values, "")
	}
	for id := range numColumns {
		add("columns", id.title(0, m.frame.move()), id.help(m.frame.move()), id.name(m.frame.move()))
	}
	return out
}

// helpText is the column in which the help's texts begin.
const helpText = 30

func (d *help) draw(m *model, p canvas.Pane) {
	f := &m.frame
	in := f.box(p, 96, p.H-4, "Help", "esc closes")
	x := in.Text(0, 0, ink(dim), "search ")
	d.line.draw(in, x, 0, in.W-x)
	in.HLine(0, 1, in.W, ink(line), f.g.Horizontal)
	body := in.Below(2)
	lines := d.lines(m, body.W-helpText)
	d.scroll = max(min(d.scroll, len(lines)-body.H), 0)
	if len(lines) == 0 {
		body.Text(0, 0, ink(dim), "no match")
	}
	for i, l := range lines[d.scroll:] {
		if i >= body.H {
			break
		}
		if l.heading != "" {
			body.Text(0, i, ink(strong), strings.ToUpper(l.heading))
			continue
		}
		body.Fit(2, i, helpText-4, ink(accent), l.keys, f.g)
		body.Fit(helpText, i, body.W-helpText, ink(text), l.text, f.g)
	}
	if d.scroll+body.H < len(lines) {
		in.Rune(in.W-1, in.H-1, ink(accent), f.g.Down)
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
		m.open(&tenantsInfo)
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

func (d *chooser) draw(m *model, p canvas.Pane) {
	f := &m.frame
	in := f.box(p, 86, int(numColumns)+4, "Columns", "space toggles, d resets, enter applies, esc cancels")
	body := in.Top(in.H - 1)
	from, to := d.list.window(int(numColumns), body.H)
	for i := from; i < to; i++ {
		row := body.Row(i - from)
		if i == d.list.cursor {
			row.Fill(selected)
		}
		mark, st := '[', ink(dim)
		row.Rune(0, 0, st, mark)
		if d.set[i] {
			row.Rune(1, 0, ink(good), f.g.Check)
			st = ink(strong)
		}
		row.Rune(2, 0, ink(dim), ']')
		row.Fit(4, 0, 15, st, columnID(i).title(0, f.move()), f.g)
		row.Fit(20, 0, row.W-20, ink(dim), columnID(i).help(f.move()), f.g)
	}
	in.Fit(0, in.H-1, in.W, ink(dim), "columns that do not fit are left out, least important first", f.g)
}
