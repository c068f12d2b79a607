package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/columns"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// ActSources opens the Sources screen.
const ActSources Action = "sources"

var sourcesInfo = screenInfo{
	of:     func(m *model) screen { return &m.sources },
	title:  "Sources",
	name:   "sources",
	about:  "where the figures come from",
	action: ActSources,
	keys:   []string{"9"},
	help:   "where the figures come from, and what is missing",

	first:      true,
	standalone: true,
	plain:      true,

	hints: []Action{ActCopy, ActRefresh, ActSave, ActPalette, ActHelp, ActQuit},
}

// sources is where the figures come from: how old, how far final, at what cost,
// and what is missing.
type sources struct {
	screenDefaults

	list list
	// moved is set once the cursor was moved by hand. Until then it stays on
	// the first trouble.
	moved bool
}

func (s *sources) under(snap *migration.Snapshot) *migration.Health {
	if s.list.cursor >= len(snap.Sources) {
		return nil
	}
	return &snap.Sources[s.list.cursor]
}

// follow puts the cursor on the first reading that is in trouble, unless it is
// where a person wants it.
func (s *sources) follow(_, now *arranged) {
	snap := now.snap
	if !s.moved {
		s.list.cursor = max(slices.IndexFunc(snap.Sources, func(h migration.Health) bool {
			return h.State == migration.HealthFailed || h.State == migration.HealthDegraded
		}), 0)
	}
	s.list.clamp(len(snap.Sources))
}

func (s *sources) act(m *model, a Action) tea.Cmd {
	s.moved = true
	s.list.move(a, len(m.data.snap.Sources))
	return nil
}

func (s *sources) clipboard(m *model) (what, content string) {
	h := s.under(m.data.snap)
	switch {
	case h == nil:
		return "", ""
	case h.Problem == nil:
		return "the source's name", h.Source
	case h.Problem.Snippet != "":
		return "the snippet", h.Problem.Snippet
	}
	return "the problem", h.Problem.Error()
}

func (s *sources) table(m *model) *savedTable {
	snap := m.data.snap
	return &savedTable{"sources", func() [][]string { return sourcesTable(snap) }}
}

func (s *sources) draw(m *model, p canvas.Pane) {
	f := &m.frame
	p = p.Sub(1, 0, p.W-2, p.H)
	n := len(f.snap.Sources)
	foot := 7
	if p.H < 24 {
		foot = 4
	}
	height := min(n+4, max(p.H-foot-5, 5))
	s.drawTable(f, p.Top(height))
	room := p.H - height - foot
	detail := room
	if h := s.under(f.snap); h != nil { // no larger than what it says, so that nothing yawns
		detail = min(room, max(s.says(f, h, canvas.Pane{W: p.W - 4})+3, 9))
	}
	s.detail(f, p.Sub(0, height, p.W, detail))
	below := p.Sub(0, height+detail, p.W, foot)
	if p.W >= 100 {
		half := p.W / 2
		f.spend(below.Left(half))
		f.prices(below.Right(half))
		return
	}
	f.spendLines(below.Top(3))
	f.priceLine(below.Row(3))
}

func (s *sources) drawTable(f *frame, p canvas.Pane) {
	in := f.panel(p, "Sources", "data age at "+string(f.clockTime(nil, f.now)), true)
	type col struct {
		title string
		end   int // right-aligned columns end here; 0 begins at at
		at    int
	}
	cols := []col{{"STATE", 0, 2}, {"SOURCE", 0, 13}, {"AGE", 34, 0}}
	if in.W >= 90 {
		cols = append(cols, col{"DATA TO", 43, 0}, col{"FINAL TO", 54, 0}, col{"EVERY", 63, 0}, col{"LATENCY", 73, 0},
			col{"CALLS", 82, 0}, col{"ERRORS", 91, 0}, col{"OBJECTS", 101, 0})
	} else {
		cols = append(cols, col{"FINAL TO", 45, 0}, col{"CALLS", 53, 0}, col{"ERRORS", 61, 0}, col{"OBJECTS", 70, 0})
	}
	// Names of accounts and regions take what the columns leave.
	wide := f.titles(14, 14+max(in.W-cols[len(cols)-1].end-1, 0)) - 14
	for i := range cols {
		if cols[i].end > 0 {
			cols[i].end += wide
		}
	}
	for _, c := range cols {
		if c.end > 0 {
			in.TextRight(c.end, 0, ink(dim), c.title)
			continue
		}
		in.Text(c.at, 0, ink(dim), c.title)
	}
	note := cols[len(cols)-1].end + 3
	if in.W > note+10 {
		in.Text(note, 0, ink(dim), "NOTE")
	}
	in.HLine(0, 1, in.W, ink(line), f.g.Horizontal)
	rows := in.Below(2)
	from, to := s.list.window(len(f.snap.Sources), rows.H)
	for i := from; i < to; i++ {
		h := &f.snap.Sources[i]
		row := rows.Row(i - from)
		if i == s.list.cursor {
			full := p.Sub(1, 3+i-from, p.W-2, 1)
			full.Fill(selected)
			full.Rune(0, 0, ink(accent), f.g.Cursor)
		}
		glyph, r, word := healthSign(f.g, h.State)
		row.Rune(0, 0, ink(r), glyph)
		row.Text(2, 0, ink(r), word)
		row.Fit(13, 0, 14+wide, ink(strong), h.Title(), f.g)
		for _, c := range cols[2:] {
			f.buf = s.figure(f, f.buf[:0], h, c.title)
			st := ink(text)
			if len(f.buf) == 1 && f.buf[0] == '-' {
				st = ink(dim)
			}
			if c.title == "ERRORS" && h.Errors > 0 {
				st = ink(warn)
			}
			row.BytesRight(c.end, 0, st, f.buf)
		}
		if row.W > note+10 {
			says := h.Note
			if h.Problem != nil {
				says = h.Problem.What
			}
			row.Fit(note, 0, row.W-note, ink(dim), says, f.g)
		}
	}
}

func (s *sources) figure(f *frame, b []byte, h *migration.Health, title string) []byte {
	switch title {
	case "AGE":
		if h.LastSuccess.IsZero() {
			return append(b, '-')
		}
		return appendAge(b, f.now.Sub(h.LastSuccess))
	case "DATA TO":
		return f.clockTime(b, h.DataTo)
	case "FINAL TO":
		return f.clockTime(b, h.FinalTo)
	case "EVERY":
		switch {
		case h.State == migration.HealthOff:
			return append(b, '-')
		case h.Cadence == 0:
			return append(b, "watch"...)
		}
		return appendDuration(b, h.Cadence)
	case "LATENCY":
		if h.Latency == 0 {
			return append(b, '-')
		}
		return appendDuration(b, h.Latency)
	case "CALLS":
		return appendCount(b, h.Calls)
	case "ERRORS":
		return appendCount(b, h.Errors)
	}
	return appendCount(b, int64(h.Objects))
}

// detail describes the source under the cursor: its problem, the fix, and its calls.
func (s *sources) detail(f *frame, p canvas.Pane) {
	h := s.under(f.snap)
	if h == nil || p.H < 3 {
		return
	}
	note := ""
	if h.Problem != nil && h.Problem.Snippet != "" {
		note = f.keys.key(ActCopy) + " copies the snippet"
	}
	in := f.panel(p, h.Title(), note, false)
	s.says(f, h, in)
}

// says draws the detail and returns how many rows it takes, those for which the
// pane has no room included.
func (s *sources) says(f *frame, h *migration.Health, in canvas.Pane) int {
	glyph, r, word := healthSign(f.g, h.State)
	in.Rune(0, 0, ink(r), glyph)
	var y int
	if h.Problem == nil {
		says := word
		switch h.State {
		case migration.HealthOK:
			says = "all calls answered"
		case migration.HealthStarting:
			says = "no answer yet"
		case migration.HealthOff:
			says = "off, or not available"
		}
		in.Text(2, 0, ink(text), says)
		y = 1
	} else {
		y = f.paragraph(in, 2, 0, ink(text), h.Problem.What, 2)
		if !h.LastSuccess.IsZero() && h.State == migration.HealthFailed {
			f.buf = appendAge(append(f.buf[:0], "data shown is "...), f.now.Sub(h.LastSuccess))
			f.buf = append(f.buf, " old"...)
			if y < in.H {
				in.Bytes(2, y, ink(dim), f.buf)
			}
			y++
		}
		if h.Problem.Fix != "" {
			in.Rune(0, y, ink(accent), f.g.Arrow)
			y += f.paragraph(in, 2, y, ink(strong), h.Problem.Fix, 2)
		}
	}
	y += f.paragraph(in, 2, y, ink(dim), h.Note, 3)
	if h.Problem != nil && h.Problem.Snippet != "" {
		for _, l := range strings.Split(strings.TrimRight(h.Problem.Snippet, "\n"), "\n") {
			if y >= in.H {
				in.Rune(in.W-1, in.H-1, ink(dim), f.g.Ellipsis)
			} else {
				in.Fit(4, y, in.W-4, ink(dim), l, f.g)
			}
			y++
		}
	}
	if h.State == migration.HealthOff || h.State == migration.HealthStarting {
		return y
	}
	facts := f.healthFacts(h)
	if y+1+len(facts) <= in.H {
		y++ // apart from the words, where there is room
	}
	for _, l := range facts {
		if y < in.H {
			in.Text(2, y, ink(dim), l.label)
			in.Fit(16, y, in.W-16, l.st, l.value, f.g)
		}
		y++
	}
	return y
}

// healthFacts are the figures of a source in words.
func (f *frame) healthFacts(h *migration.Health) []labelled {
	asked := "on change (watch)"
	if h.Cadence > 0 {
		asked = "every " + longSpan(h.Cadence)
	}
	last := "none yet"
	if !h.LastSuccess.IsZero() {
		f.buf = append(appendAge(f.buf[:0], f.now.Sub(h.LastSuccess)), " ago"...)
		if h.Latency > 0 {
			f.buf = appendDuration(append(f.buf, ", in "...), h.Latency)
		}
		last = string(f.buf)
	}
	facts := []labelled{{"polled", asked, ink(text)}, {"last answer", last, ink(text)}}
	var reach []string
	if !h.DataTo.IsZero() {
		reach = append(reach, "data to "+string(f.clockTime(nil, h.DataTo)))
	}
	if !h.FinalTo.IsZero() {
		reach = append(reach, "final to "+string(f.clockTime(nil, h.FinalTo)))
	}
	if len(reach) > 0 {
		facts = append(facts, labelled{"covers", strings.Join(reach, ", "), ink(text)})
	}
	calls, failed := callsOf(h)
	st := ink(text)
	if failed {
		st = ink(warn)
	}
	return append(facts, labelled{"calls", calls, st})
}

// callsOf says how many calls a source made, and whether any failed. A source that could not
// be opened made none, and failed all the same.
func callsOf(h *migration.Health) (words string, failed bool) {
	switch {
	case h.Errors == 0:
		return formatCount(h.Calls) + ", none failed", false
	case h.Calls == 0 && h.Errors == 1:
		return "none: 1 attempt to connect failed", true
	case h.Calls == 0:
		return "none: " + formatCount(h.Errors) + " attempts to connect failed", true
	}
	return formatCount(h.Calls) + ", of which " + formatCount(h.Errors) + " failed", true
}

// longSpan writes a cadence in words: 15 s, 1 min, 1 h.
func longSpan(d time.Duration) string {
	if d < time.Minute || d%time.Minute != 0 {
		return formatCount(int64(d.Round(time.Second)/time.Second)) + " s"
	}
	return formatSpan(d)
}

func sourcesTable(s *migration.Snapshot) [][]string {
	out := [][]string{{
		"source", "state", "last_success", "data_to", "final_to", "cadence_seconds", "latency_seconds", "calls",
		"errors", "objects", "problem", "fix",
	}}
	for i := range s.Sources {
		h := &s.Sources[i]
		what, fix := "", ""
		if h.Problem != nil {
			what, fix = h.Problem.What, h.Problem.Fix
		}
		out = append(out, []string{
			h.Source, h.State.String(), columns.Time(h.LastSuccess), columns.Time(h.DataTo), columns.Time(h.FinalTo),
			columns.Seconds(h.Cadence), columns.Seconds(h.Latency),
			strconv.FormatInt(h.Calls, 10), strconv.FormatInt(h.Errors, 10), strconv.Itoa(h.Objects), columns.Text(what), columns.Text(fix),
		})
	}
	return out
}
