package ui

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/ui/canvas"
)

// line is a line of text that is being typed.
type editLine struct {
	input textinput.Model
}

func newLine(value string) editLine {
	in := textinput.New()
	in.SetVirtualCursor(false)
	in.SetValue(value)
	in.CursorEnd()
	in.Focus()
	in.CharLimit = 200
	return editLine{in}
}

// update edits the line. What the widget would like to run, a blinking cursor,
// is left out: the screen has one animation and it is not this.
func (l *editLine) update(msg tea.Msg) { l.input, _ = l.input.Update(msg) }

func (l *editLine) value() string { return l.input.Value() }

// draw draws the line from column x on, with its cursor, in w columns.
func (l *editLine) draw(p canvas.Pane, x, y, w int) int {
	runes := []rune(l.value())
	at := l.input.Position()
	from := 0
	for from < at && canvas.Cells(string(runes[from:at])) > w-2 {
		from++
	}
	box := p.Sub(x, y, w, 1)
	n := 0
	for i := from; i <= len(runes); i++ {
		r := ' '
		if i < len(runes) {
			r = runes[i]
		}
		st := ink(strong)
		if i == at {
			st = ink(chipText).On(chip)
		}
		n = box.Rune(n, 0, st, r)
	}
	return x + min(n, w)
}

// prompt is where the filter is typed. It takes effect while it is typed.
type prompt struct {
	line   editLine
	before string
	err    error
}

func newPrompt(value string) *prompt { return &prompt{line: newLine(value), before: value} }

func (p *prompt) press(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "enter":
		if p.err == nil {
			m.prompt = nil
		}
		return nil
	case "esc":
		m.prompt = nil
		f, err := parseFilter(p.before, m.frame.move())
		if err != nil {
			return nil
		}
		m.query.filter = f
		return m.refilter(false)
	case "up", "down", "pgup", "pgdown":
		return m.dispatch(m.keys.action(k.String()))
	}
	p.line.update(k)
	return p.changed(m)
}

// changed applies what has been typed; what cannot be understood yet leaves the
// rows as they are and says why.
func (p *prompt) changed(m *model) tea.Cmd {
	f, err := parseFilter(p.line.value(), m.frame.move())
	if p.err = err; err != nil || f.source == m.query.filter.source {
		return nil
	}
	m.query.filter = f
	return m.refilter(false)
}

func (p *prompt) draw(m *model, at canvas.Pane) {
	f := &m.frame
	at.Fill(raised)
	x := at.Text(1, 0, ink(accent).With(bold), "/")
	room := max(at.W/2, 20)
	x = p.line.draw(at, x, 0, room) + 2
	switch {
	case p.err != nil:
		at.Fit(x, 0, at.W-x-1, ink(warn), p.err.Error(), f.g)
	default:
		at.Fit(x, 0, at.W-x-1, ink(dim), "text  !not  field:value  routed>50    enter applies, esc cancels", f.g)
	}
}
