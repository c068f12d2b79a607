package ui

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// exporter is the dialog that writes profiles: which format, into which folder, and
// what that would change, before anything is written.
type exporter struct {
	formats  []ExportFormat
	list     list
	dir      *editLine
	typing   bool // keys go to the folder's name
	profiles []migration.Profile

	plan   *ExportPlan
	err    error
	scroll int
	busy   bool
	seq    int
}

// planMsg is what writing would do; writtenMsg says that it was done.
type (
	planMsg struct {
		seq  int
		plan *ExportPlan
		err  error
	}
	writtenMsg struct {
		seq   int
		dir   string
		files int
		err   error
	}
)

// openExport opens the dialog for what is marked, or for all profiles.
func (m *model) openExport() {
	if m.opts.Exports == nil || m.data == nil {
		m.say(dim, "export is not available")
		return
	}
	of := m.profiles.of(m.data)
	if len(of) == 0 {
		m.say(dim, "there is no profile to export yet")
		return
	}
	if withData(of) == 0 {
		m.say(dim, "none of these profiles has data: there is nothing to export yet")
		return
	}
	line := newLine("migtop-profiles")
	m.dialog = &exporter{formats: m.opts.Exports.Formats(), dir: &line, profiles: of}
}

// withData is how many profiles an export writes: of the others nothing is known.
func withData(of []migration.Profile) int {
	n := 0
	for i := range of {
		if of[i].Confidence != migration.NoConfidence {
			n++
		}
	}
	return n
}

func (d *exporter) press(m *model, k tea.KeyPressMsg) tea.Cmd {
	key := k.String()
	if d.plan != nil || d.err != nil {
		return d.pressPlan(m, key)
	}
	switch key {
	case "esc":
		m.dialog = nil
	case "tab":
		d.typing = !d.typing
	case "enter":
		return d.ask(m)
	default:
		if d.typing {
			d.dir.update(k)
			return nil
		}
		d.list.move(m.keys.action(key), len(d.formats))
	}
	return nil
}

// pressPlan takes keys while a plan is shown.
func (d *exporter) pressPlan(m *model, key string) tea.Cmd {
	switch key {
	case "esc":
		d.plan, d.err, d.scroll = nil, nil, 0
	case "w", "enter":
		return d.write(m, false)
	case "F":
		return d.write(m, true)
	default:
		switch m.keys.action(key) {
		case ActUp:
			d.scroll--
		case ActDown:
			d.scroll++
		case ActPageUp:
			d.scroll -= 10
		case ActPageDown:
			d.scroll += 10
		}
	}
	return nil
}

func (d *exporter) ask(m *model) tea.Cmd {
	dir := strings.TrimSpace(d.dir.value())
	if dir == "" || d.busy {
		return nil
	}
	d.seq++
	d.busy = true
	seq, format, exports, of := d.seq, d.formats[d.list.cursor].Name, m.opts.Exports, d.profiles
	return m.tasks.do(func(ctx context.Context) tea.Msg {
		plan, err := exports.Plan(ctx, of, format, dir)
		return planMsg{seq, plan, err}
	})
}

// write writes; what is there and differs needs force.
func (d *exporter) write(m *model, force bool) tea.Cmd {
	if d.plan == nil || d.busy {
		return nil
	}
	if d.plan.Blocked > 0 && !force {
		m.say(warn, "nothing was written: "+d.plan.blocked()+", F overwrites, esc goes back")
		return nil
	}
	d.seq++
	d.busy = true
	seq, plan := d.seq, d.plan
	return m.tasks.do(func(ctx context.Context) tea.Msg {
		return writtenMsg{seq, plan.Dir, len(plan.Files), plan.Write(ctx, force)}
	})
}

// blocked says how many existing files differ.
func (p *ExportPlan) blocked() string {
	if p.Blocked == 1 {
		return "1 file differs"
	}
	return fmt.Sprintf("%d files differ", p.Blocked)
}

// planned takes in what a command of the dialog brought; an older one is dropped.
func (m *model) planned(msg planMsg) {
	if d, ok := m.dialog.(*exporter); ok && d.seq == msg.seq {
		d.busy, d.plan, d.err, d.scroll = false, msg.plan, msg.err, 0
		m.touch()
	}
}

func (m *model) written(msg writtenMsg) {
	d, ok := m.dialog.(*exporter)
	if !ok || d.seq != msg.seq {
		return
	}
	d.busy = false
	if msg.err != nil {
		d.plan, d.err = nil, msg.err
	} else {
		m.dialog = nil
		m.say(good, fmt.Sprintf("wrote %d files to %s", msg.files, msg.dir))
	}
	m.touch()
}

func (d *exporter) draw(m *model, p canvas.Pane) {
	f := &m.frame
	if d.plan != nil || d.err != nil {
		d.drawPlan(f, p)
		return
	}
	what := fmt.Sprintf("%d profiles", len(d.profiles))
	switch n := withData(d.profiles); {
	case n < len(d.profiles):
		what = fmt.Sprintf("%d of %s, which have data", n, what)
	case n == 1:
		what = "1 profile"
	}
	in := f.box(p, 84, len(d.formats)+6, "Export "+what, "enter shows the changes, esc cancels")
	x := in.Text(0, 0, ink(dim), "folder ")
	if d.typing {
		d.dir.draw(in, x, 0, in.W-x)
	} else {
		x = in.Text(x, 0, ink(text), d.dir.value())
		in.Text(x+2, 0, ink(dim), "tab changes it")
	}
	in.HLine(0, 1, in.W, ink(line), f.g.Horizontal)
	body := in.Below(2)
	from, to := d.list.window(len(d.formats), body.H)
	for i := from; i < to; i++ {
		row := body.Row(i - from)
		if i == d.list.cursor {
			row.Fill(selected)
			row.Rune(0, 0, ink(accent), f.g.Cursor)
		}
		row.Fit(2, 0, 14, ink(strong), d.formats[i].Name, f.g)
		row.Fit(17, 0, row.W-17, ink(dim), d.formats[i].Help, f.g)
	}
}

// planLines are the plan as lines: files, and for those that differ what would change.
func (d *exporter) planLines() (lines []string, roles []canvas.Role) {
	add := func(r canvas.Role, s string) { lines, roles = append(lines, s), append(roles, r) }
	for i := range d.plan.Files {
		file := &d.plan.Files[i]
		r := map[string]canvas.Role{"new": good, "changed": warn}[file.State]
		if r == none {
			r = dim
		}
		add(r, fmt.Sprintf("%-8s %s", file.State, file.Name))
		if file.State != "changed" {
			continue
		}
		for _, l := range strings.Split(strings.TrimRight(file.Diff, "\n"), "\n") {
			switch {
			case strings.HasPrefix(l, "---"), strings.HasPrefix(l, "+++"):
				continue
			case strings.HasPrefix(l, "+"):
				add(good, "         "+l)
			case strings.HasPrefix(l, "-"):
				add(bad, "         "+l)
			default:
				add(dim, "         "+l)
			}
		}
	}
	return lines, roles
}

func (d *exporter) drawPlan(f *frame, p canvas.Pane) {
	if d.err != nil {
		in := f.box(p, 84, 8, "Export", "esc goes back")
		f.paragraph(in, 0, 0, ink(bad), d.err.Error(), 5)
		return
	}
	lines, roles := d.planLines()
	note := "w writes, esc goes back"
	if d.plan.Blocked > 0 {
		note = d.plan.blocked() + ": F overwrites, esc goes back"
	}
	in := f.box(p, 104, min(len(lines)+4, p.H-4), "Export to "+d.plan.Dir, note)
	d.scroll = max(min(d.scroll, len(lines)-in.H), 0)
	for i := d.scroll; i < len(lines) && i-d.scroll < in.H; i++ {
		in.Fit(0, i-d.scroll, in.W, ink(roles[i]), lines[i], f.g)
	}
	if d.scroll+in.H < len(lines) {
		in.Rune(in.W-1, in.H-1, ink(accent), f.g.Down)
	}
}
