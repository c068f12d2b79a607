package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// palette takes a command by its name and completes it.
type palette struct {
	line    editLine
	names   []string // of tenants, taken once
	matches []suggestion
	list    list
	err     error
}

// suggestion is a way to go on typing.
type suggestion struct {
	full, help string
}

// command is what the palette can do.
type command struct {
	name, help string
	args       func(*palette, *model) []suggestion
	run        func(m *model, arg string) (tea.Cmd, error)
}

func runAction(a Action) func(*model, string) (tea.Cmd, error) {
	return func(m *model, _ string) (tea.Cmd, error) { return m.dispatch(a), nil }
}

func words(pairs ...string) func(*palette, *model) []suggestion {
	return func(*palette, *model) []suggestion {
		var out []suggestion
		for i := 0; i+1 < len(pairs); i += 2 {
			out = append(out, suggestion{pairs[i], pairs[i+1]})
		}
		return out
	}
}

// plainWords are suggestions that explain themselves.
func plainWords(names []string) func(*palette, *model) []suggestion {
	return func(*palette, *model) []suggestion {
		var out []suggestion
		for _, name := range names {
			out = append(out, suggestion{name, ""})
		}
		return out
	}
}

func columnNames(_ *palette, m *model) []suggestion {
	out := []suggestion{{"need", "what needs attention first"}}
	for id := range numColumns {
		out = append(out, suggestion{id.name(m.frame.move()), id.help(m.frame.move())})
	}
	return out
}

// commands in the order in which they are offered.
func commands() []command {
	return append(screenCommands(), []command{
		{"filter", "show only matching rows", nil, func(m *model, arg string) (tea.Cmd, error) {
			f, err := parseFilter(arg, m.frame.move())
			if err != nil {
				return nil, err
			}
			m.query.filter = f
			m.open(&tenantsInfo)
			return m.refilter(false), nil
		}},
		{"sort", "sort the table by a column", columnNames, func(m *model, arg string) (tea.Cmd, error) {
			id, err := columnNamed(arg, m.frame.move())
			if err != nil {
				return nil, err
			}
			m.open(&tenantsInfo)
			return m.sortBy(id, false), nil
		}},
		{"columns", "choose the columns of the table", columnNames, func(m *model, arg string) (tea.Cmd, error) {
			if arg == "" {
				return m.dispatch(ActColumns), nil
			}
			set, err := parseColumns(arg, m.frame.move())
			if err != nil {
				return nil, err
			}
			m.tenants.columns = set
			m.open(&tenantsInfo)
			return nil, nil
		}},
		{
			"unit", "money per hour, day or month", words("hour", "", "day", "", "month", "730 h"),
			func(m *model, arg string) (tea.Cmd, error) {
				for u := range numUnits {
					if u.String() == arg {
						m.frame.unit = u
						return nil, nil
					}
				}
				return nil, fmt.Errorf("unknown unit %q: want hour, day or month", arg)
			},
		},
		{"window", "time range of the figures", plainWords(migration.WindowNames()), func(m *model, arg string) (tea.Cmd, error) {
			w, ok := migration.ParseWindow(arg)
			if !ok {
				return nil, fmt.Errorf("unknown window %q: want %s", arg, migration.WindowChoice())
			}
			return m.setWindow(w), nil
		}},
		{
			"theme", "colour theme", words("dark", "for dark terminals", "light", "for light terminals", "ansi16",
				"the terminal's own colours", "high-contrast", "7:1 on black", "mono", "no colours"),
			func(m *model, arg string) (tea.Cmd, error) {
				t, err := canvas.ThemeNamed(arg)
				if err != nil {
					return nil, err
				}
				if t == nil {
					return nil, fmt.Errorf("name a theme")
				}
				if m.env.Colourless() {
					return nil, fmt.Errorf("colours are off (NO_COLOR or TERM=dumb)")
				}
				m.setTheme(t)
				return nil, nil
			},
		},
		{"save", "this table as a CSV file", nil, runAction(ActSave)},
		{"copy", "what the cursor is on", nil, runAction(ActCopy)},
		{"pause", "pause or resume the screen", nil, runAction(ActPause)},
		{"refresh", "poll all sources now", nil, runAction(ActRefresh)},
		{"evidence", "read what Logs Insights finds in the logs; shows the cost first", nil, runAction(ActEvidence)},
		{"help", "what the keys do", nil, runAction(ActHelp)},
		{"quit", "end migtop", nil, runAction(ActQuit)},
	}...)
}

func newPalette(m *model) *palette {
	d := &palette{line: newLine("")}
	if m.data != nil {
		for i := range m.data.snap.Tenants {
			d.names = append(d.names, string(m.data.snap.Tenants[i].Tenant))
		}
	}
	d.changed(m)
	return d
}

func (d *palette) tenants(*model) []suggestion {
	out := make([]suggestion, 0, len(d.names))
	for _, n := range d.names {
		if n != "" {
			out = append(out, suggestion{n, ""})
		}
	}
	return out
}

// changed works out what fits what has been typed: beginnings first.
func (d *palette) changed(m *model) {
	d.err, d.list.cursor, d.matches = nil, 0, nil
	name, arg, spaced := strings.Cut(strings.TrimLeft(d.line.value(), " :"), " ")
	var from []suggestion
	prefix, want := "", strings.ToLower(name)
	if spaced {
		i := slices.IndexFunc(commands(), func(c command) bool { return c.name == name })
		if i < 0 || commands()[i].args == nil {
			return
		}
		from, prefix, want = commands()[i].args(d, m), name+" ", strings.ToLower(strings.TrimLeft(arg, " "))
	} else {
		for _, c := range commands() {
			from = append(from, suggestion{c.name, c.help})
		}
	}
	var inside []suggestion
	for _, s := range from {
		low := strings.ToLower(s.full)
		s.full = prefix + s.full
		switch {
		case strings.HasPrefix(low, want):
			d.matches = append(d.matches, s)
		case strings.Contains(low, want):
			inside = append(inside, s)
		}
	}
	d.matches = append(d.matches, inside...)
}

func (d *palette) press(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		m.dialog = nil
	case "up", "ctrl+p":
		d.list.move(ActUp, len(d.matches))
	case "down", "ctrl+n":
		d.list.move(ActDown, len(d.matches))
	case "tab":
		d.complete(m)
	case "enter":
		return d.enter(m)
	default:
		before := d.line.value()
		d.line.update(k)
		if d.line.value() != before {
			d.changed(m)
		}
	}
	return nil
}

// complete takes the suggestion under the cursor into the line.
func (d *palette) complete(m *model) {
	if d.list.cursor >= len(d.matches) {
		return
	}
	full := d.matches[d.list.cursor].full
	if i := slices.IndexFunc(commands(), func(c command) bool { return c.name == full }); i >= 0 && commands()[i].args != nil {
		full += " "
	}
	d.line = newLine(full)
	d.changed(m)
}

// enter runs the line. An incomplete name selects the suggestion
// under the cursor.
func (d *palette) enter(m *model) tea.Cmd {
	typed := strings.TrimSpace(strings.TrimLeft(d.line.value(), " :"))
	if len(d.matches) > 0 && (d.list.cursor > 0 || !d.exact(typed)) {
		typed = d.matches[d.list.cursor].full
	}
	name, arg, _ := strings.Cut(typed, " ")
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		m.dialog = nil
		cmd, err := c.run(m, strings.TrimSpace(arg))
		if err != nil {
			if m.dialog == nil {
				m.dialog = d
			}
			d.err = err
		}
		return cmd
	}
	d.err = fmt.Errorf("unknown command %q", name)
	return nil
}

// exact reports whether the line is one of the suggestions, or takes any text.
func (d *palette) exact(typed string) bool {
	return slices.ContainsFunc(d.matches, func(s suggestion) bool { return s.full == typed }) ||
		strings.HasPrefix(typed, "columns ") || strings.HasPrefix(typed, "filter ")
}

func (d *palette) draw(m *model, p canvas.Pane) {
	f := &m.frame
	in := f.box(p, 72, min(max(len(d.matches), 1), 14)+4, "Command", "tab completes")
	x := in.Text(0, 0, ink(accent).With(bold), ":")
	d.line.draw(in, x, 0, in.W-x)
	in.HLine(0, 1, in.W, ink(line), f.g.Horizontal)
	body := in.Below(2)
	if d.err != nil {
		f.paragraph(body, 0, 0, ink(warn), d.err.Error(), max(body.H, 1))
		return
	}
	from, to := d.list.window(len(d.matches), body.H)
	for i := from; i < to; i++ {
		row := body.Row(i - from)
		if i == d.list.cursor {
			row.Fill(selected)
		}
		x := row.Fit(0, 0, 28, ink(strong), d.matches[i].full, f.g)
		row.Fit(x+2, 0, row.W-x-2, ink(dim), d.matches[i].help, f.g)
	}
}
