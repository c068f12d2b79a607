package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
	"github.com/migtop/migtop/internal/ui/plot"
)

// ActTenant opens the Tenant screen.
const ActTenant Action = "tenant"

var tenantInfo = screenInfo{
	of:     func(m *model) screen { return &m.tenant },
	title:  "Tenant",
	name:   "tenant",
	about:  "one tenant in full",
	action: ActTenant,
	keys:   []string{"3"},
	help:   "the tenant under the cursor, in full",

	ofTenant: true,

	hints: []Action{ActBack, ActOpen, ActRight, ActSignals, ActUnit, ActWindow, ActCopy, ActHelp, ActQuit},
}

// tenant is one tenant in full: both sides in two columns, charts, workloads and
// runs, and one run in detail.
type tenant struct {
	screenDefaults

	name    migration.Tenant
	has     bool
	list    list // runs
	runUID  string
	events  eventLog
	sheet   canvas.Canvas // the whole page, of which a window is shown
	scroll  int
	visible int
	height  int
	runsAt  int // the row of the first run on the sheet
	// signals turns the list of signals from what fits the screen to the other: all of them, or those that need attention.
	signals bool
}

// show opens another tenant.
func (s *tenant) show(name migration.Tenant) {
	if s.has && s.name == name {
		return
	}
	s.name, s.has = name, true
	s.list, s.scroll, s.runUID = list{}, 0, ""
}

// view is the tenant in the present snapshot, nil where it is not in it.
func (s *tenant) view(a *arranged) *migration.TenantView {
	if !s.has {
		return nil
	}
	return a.tenant(s.name)
}

// run is the run that is open, nil for none or one that is gone.
func (s *tenant) run(v *migration.TenantView) *migration.Run {
	if s.runUID == "" || v == nil {
		return nil
	}
	for i := range v.Runs {
		if v.Runs[i].UID == s.runUID {
			return &v.Runs[i]
		}
	}
	return nil
}

// move follows a key on the page: the runs' cursor, and the page under it.
func (s *tenant) move(a Action, n int) {
	page := max(s.visible-2, 1)
	switch a {
	case ActPageUp:
		s.scroll -= page
	case ActPageDown:
		s.scroll += page
	case ActTop:
		s.list.cursor, s.scroll = 0, 0
	case ActUp:
		if s.list.cursor == 0 || n == 0 {
			s.scroll--
			break
		}
		s.list.cursor--
		s.reveal()
	case ActDown:
		if n == 0 {
			s.scroll++
			break
		}
		if s.runsAt+s.list.cursor >= s.scroll+s.visible { // the runs are still below the screen: go there first
			s.scroll++
			break
		}
		s.list.cursor = min(s.list.cursor+1, n-1)
		s.reveal()
	case ActBottom:
		s.list.cursor = max(n-1, 0)
		s.scroll = s.height
	}
	s.scroll = max(min(s.scroll, s.height-s.visible), 0)
}

// reveal scrolls the page so that the run under the cursor is on screen.
func (s *tenant) reveal() {
	at := s.runsAt + s.list.cursor
	if at < s.scroll {
		s.scroll = at
	}
	if at+2 > s.scroll+s.visible {
		s.scroll = at + 2 - s.visible
	}
}

// enter shows the tenant that is chosen: under the table's cursor, or on the fleet
// screen the one that needs attention.
func (s *tenant) enter(m *model) {
	if m.data == nil {
		return
	}
	if n := m.fleet.under(m.data); m.screen == &fleetInfo && n != nil {
		s.show(m.data.snap.Tenants[n.tenant].Tenant)
	} else if t := m.cutover.under(m.data); m.screen == &cutoverInfo && t != nil {
		s.show(t.Tenant)
	} else if t := m.tenants.under(m.data); t != nil {
		s.show(t.Tenant)
	}
}

func (s *tenant) showTenant(m *model, name migration.Tenant) tea.Cmd {
	s.show(name)
	m.open(&tenantInfo)
	return nil
}

func (s *tenant) act(m *model, a Action) tea.Cmd {
	v := s.view(m.data)
	if v == nil || s.runUID != "" {
		return nil
	}
	switch a {
	case ActLeft, ActRight:
		step := 1
		if a == ActLeft {
			step = -1
		}
		n := len(m.data.rows)
		if n == 0 {
			return nil
		}
		at := m.data.row(s.name)
		row := m.data.rows[(max(at, 0)+step+n)%n]
		s.show(m.data.snap.Tenants[row].Tenant)
		m.tenants.chosen, m.tenants.hasChosen, m.tenants.picked = s.name, true, true
		m.tenants.follow(m.data, m.data)
	case ActSignals:
		s.signals = !s.signals
	case ActMatrix:
		return m.openMatrix(v)
	case ActOpen:
		if s.list.cursor < len(v.Runs) {
			return m.openRun(&v.Runs[s.list.cursor])
		}
	default:
		s.move(a, len(v.Runs))
	}
	return nil
}

// leave closes the run that is open.
func (s *tenant) leave() bool {
	open := s.runUID != ""
	s.runUID = ""
	return open
}

func (s *tenant) clipboard(m *model) (what, content string) {
	v := s.view(m.data)
	if v == nil {
		return "", ""
	}
	if r := s.run(v); r != nil {
		return "the name of the " + r.Key.Platform.Info().Run, r.Namespace + "/" + r.Name
	}
	content = verdictForCopy(m.frame.move(), v)
	if v.Cutover.Detail.Rule != "" {
		content += "\n\n" + migration.DecisionLines(v.Tenant, m.opts.Now())
	}
	return "the verdict", content
}

func (s *tenant) table(m *model) *savedTable {
	v, now := s.view(m.data), m.opts.Now()
	if v == nil {
		return nil
	}
	return &savedTable{"runs-" + fileName(v.Tenant.String()), func() [][]string { return runsTable(v, now) }}
}

func (s *tenant) focus(*model) (f Focus) {
	if s.has {
		f = Focus{Tenant: s.name, Open: true, Visible: []migration.Tenant{s.name}}
	}
	return f
}

func (s *tenant) subject(m *model) (of migration.Opt[migration.Tenant], ok bool) {
	if s.view(m.data) == nil {
		return of, false
	}
	return migration.Some(s.name), true
}

func (s *tenant) draw(m *model, p canvas.Pane) {
	f := &m.frame
	s.events.spin = m.spin
	v := s.view(f.data)
	if v == nil {
		f.message(p, "No tenant selected", dim, []paragraph{
			{glyph: ' ', look: text, text: "It is not in the last " + formatSpan(f.snap.Window.Span) + ", or none is selected."},
			{glyph: ' ', look: text, text: f.keys.key(ActTenants) + " shows all tenants."},
		})
		return
	}
	if s.runUID != "" {
		s.drawRun(f, p, v)
		return
	}
	s.visible = p.H
	wide := p.W >= 110
	rows := figureRows(f, v)
	answers := f.answers(v, p.W-4, wide)
	notices := min(len(v.Notices), 4)
	titleH := titleHeight(answers, wide) + notices
	steps := f.cutoverTexts(v, p.W-6, (wide && p.H >= tallPage) != s.signals)
	stepsH := 0
	if len(steps) > 0 {
		stepsH = len(steps) + 2
	}
	figuresH := len(rows) + 4
	chartsH := 18
	if wide {
		chartsH = figuresH
	}
	services := shownServices(nil, v.Services)
	workloadsH := max(min(len(v.Workloads), 8), 1) + 3 + len(services) + len(f.feeds(v))
	runsH := max(len(v.Runs), 1) + 4
	queuesH := queuesHeight(v)
	logsH := logsHeight(v)
	economicsH := economicsHeight(v)
	height := titleH + stepsH + figuresH + economicsH + workloadsH + queuesH + logsH + runsH
	if !wide {
		height += chartsH + economicsH
	}
	if height < p.H { // the rest of the screen belongs to the runs
		runsH += p.H - height
		height = p.H
	}
	s.height = height
	s.scroll = max(min(s.scroll, height-p.H), 0)
	s.sheet.Reset(p.W, height)
	sheet := s.sheet.Pane().Sub(1, 0, p.W-2, height)
	s.title(f, sheet.Top(titleH), v, answers, notices, wide)
	rest := sheet.Below(titleH)
	if stepsH > 0 {
		in := f.panel(rest.Top(stepsH), stepQuestion(v.Cutover.Detail.Stage), f.sideAges(), true)
		for i, draw := range steps {
			draw(in.Row(i))
		}
		rest = rest.Below(stepsH)
	}
	if wide {
		split := min(max(rest.W*50/100, 68), 88)
		figures(f, rest.Sub(0, 0, split, figuresH), rows)
		charts(f, rest.Sub(split, 0, rest.W-split, figuresH), v)
		rest = rest.Below(figuresH)
		split = max(54, rest.W*36/100)
		economics(f, rest.Sub(0, 0, split, economicsH), v)
		breakEven(f, rest.Sub(split, 0, rest.W-split, economicsH), v)
		rest = rest.Below(economicsH)
	} else {
		figures(f, rest.Top(figuresH), rows)
		charts(f, rest.Sub(0, figuresH, rest.W, chartsH), v)
		rest = rest.Below(figuresH + chartsH)
		economics(f, rest.Top(economicsH), v)
		breakEven(f, rest.Sub(0, economicsH, rest.W, economicsH), v)
		rest = rest.Below(2 * economicsH)
	}
	workloads(f, rest.Top(workloadsH), v, services)
	rest = rest.Below(workloadsH)
	queues(f, rest.Top(queuesH), v)
	rest = rest.Below(queuesH)
	logs(f, rest.Top(logsH), v)
	s.runsAt = height - runsH + 3
	s.runs(f, rest.Sub(0, logsH, rest.W, runsH), v)
	p.Blit(&s.sheet, s.scroll)
	if height > p.H { // there is more
		if s.scroll+p.H < height {
			p.Rune(p.W-1, p.H-1, ink(accent), f.g.Down)
		}
		if s.scroll > 0 {
			p.Rune(p.W-1, 0, ink(accent), f.g.Up)
		}
	}
}

// tallPage is from how many rows on all signals are shown without being asked for.
const tallPage = 54

// titleHeight is how many rows the name and the answers take, with a blank one below.
func titleHeight(answers []answer, wide bool) int {
	h := 2
	for i := range answers {
		switch several := len(answers) > 1; {
		case several && !wide:
			h += len(answers[i].reason) + 1
		default:
			h += max(len(answers[i].reason), 1)
		}
	}
	return h
}

// title is who it is, what to do and why, and what a person should look at.
func (s *tenant) title(f *frame, p canvas.Pane, v *migration.TenantView, answers []answer, notices int, wide bool) {
	x := p.Text(1, 0, ink(strong), v.Tenant.String())
	x = f.verdict(p, x+2, 0, p.W, v)
	if share, ok := v.Routed.Value.Get(); ok {
		w := min(max(p.W/8, 8), 20)
		plot.Bar(p, x+3, 0, w, float64(share), jobs, lambda, f.theme, f.g)
		f.buf = append(appendPercent(f.buf[:0], share), " % on "+f.after().Label...)
		x = p.Bytes(x+3+w+1, 0, ink(text), f.buf)
	}
	by := "identified by " + v.AttributedBy.Source + ", " + v.AttributedBy.Method.String()
	if v.AttributedBy.Source != "" && x+canvas.Cells(by)+3 < p.W {
		p.TextRight(p.W-1, 0, ink(dim), by)
	}
	y := 1
	for i := range answers {
		y = f.answer(p, y, &answers[i], len(answers) > 1, wide)
	}
	for _, n := range v.Notices[:notices] {
		glyph, r, _ := severitySign(f.g, n.Severity)
		p.Rune(1, y, ink(r), glyph)
		room := p.W - 4
		if since := f.since(&n); since != "" {
			room -= canvas.Cells(since) + 2
			p.Text(3+room+2, y, ink(dim), since)
		}
		p.Fit(3, y, room, ink(text), n.Text, f.g)
		y++
	}
}

// since says when the condition of a notice became true, "" where that is unknown.
func (f *frame) since(n *migration.Notice) string {
	at, ok := n.Since.Get()
	if !ok {
		return ""
	}
	clock := string(f.clockTime(nil, at))
	switch n.SinceBasis {
	case migration.SinceDataStart:
		return "since " + clock + " or earlier"
	case migration.SinceFirstSeen:
		return "seen since " + clock
	}
	return "since " + clock
}
