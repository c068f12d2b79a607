package ui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
)

// ActFleet opens the Fleet screen.
const ActFleet Action = "fleet"

var fleetInfo = screenInfo{
	of:     func(m *model) screen { return &m.fleet },
	title:  "Fleet",
	name:   "fleet",
	about:  "the whole fleet",
	action: ActFleet,
	keys:   []string{"1"},
	help:   "the whole fleet: cost, routing, what needs a person",

	first: true,

	hints: []Action{ActOpen, ActTenants, ActUnit, ActWindow, ActPalette, ActHelp, ActPause, ActTheme, ActQuit},
}

// fleet is the first screen: what the move costs now on both sides, and who
// needs a person.
type fleet struct {
	screenDefaults

	list list
}

// under is the notice under the cursor, nil where there is none.
func (s *fleet) under(a *arranged) *need {
	if s.list.cursor >= len(a.needs) {
		return nil
	}
	return &a.needs[s.list.cursor]
}

func (s *fleet) follow(_, now *arranged) { s.list.clamp(len(now.needs)) }

func (s *fleet) act(m *model, a Action) tea.Cmd {
	if n := s.under(m.data); a == ActOpen && n != nil {
		m.tenant.show(m.data.snap.Tenants[n.tenant].Tenant)
		m.open(tenantScreen)
		return nil
	}
	s.list.move(a, len(m.data.needs))
	return nil
}

func (s *fleet) clipboard(m *model) (what, content string) {
	n := s.under(m.data)
	if n == nil {
		return "", ""
	}
	t := &m.data.snap.Tenants[n.tenant]
	return "the notice", t.Tenant.String() + ": " + t.Notices[n.notice].Text
}

// saved has no table: the tenants' is on their screen.
func (s *fleet) saved(m *model) *savedTable {
	m.say(dim, "no table here: "+m.keys.key(ActTenants)+" shows the tenants'")
	return nil
}

func (s *fleet) subject(*model) (of migration.Opt[migration.Tenant], ok bool) { return of, true }

func (s *fleet) draw(m *model, p pane) {
	f := &m.frame
	p = p.sub(1, 0, p.w-2, p.h)
	roomy := f.g.big && p.h >= 30 && p.w >= 100
	heroes := 4
	if roomy {
		heroes = 6
	}
	s.hero(f, p.sub(0, 0, p.w, heroes), roomy)
	p = p.below(heroes)

	foot := 0
	switch {
	case p.h >= 24:
		foot = min(max(len(f.snap.Totals.Nodes)+3, 6), 9)
	case p.h >= 14:
		foot = 1
	}
	needs := min(max(len(f.data.needs), 1)+2, max(p.h*4/10, 5), p.h-foot)
	s.needs(f, p.top(needs))
	p = p.below(needs)

	charts := p.top(p.h - foot)
	switch {
	case charts.h < 4:
	case p.w >= 150:
		a, b := p.w*46/100, p.w*71/100
		s.costChart(f, charts.left(a))
		s.routedChart(f, charts.sub(a, 0, b-a, charts.h))
		topCosts(f, charts.right(b))
	case p.w >= 100:
		split := p.w * 58 / 100
		s.costChart(f, charts.left(split))
		s.routedChart(f, charts.right(split))
	default:
		s.costChart(f, charts)
	}
	below := p.below(p.h - foot)
	switch {
	case foot == 1:
		sourcesLine(f, below)
	case foot > 1:
		split := p.w * 58 / 100
		if p.w >= 150 {
			split = p.w * 46 / 100
		}
		pool(f, below.left(split))
		f.sourcesPanel(below.right(split))
	}
}

// summaryLine is the fleet in a sentence.
func (f *frame) summaryLine(p pane) {
	t := &f.snap.Totals
	b := appendCount(f.buf[:0], int64(t.Tenants))
	b = append(b, " tenants"...)
	x := p.bytes(0, 0, ink(text), b)
	part := func(label, value string, st style) {
		if x+5+cells(label)+cells(value) > p.w {
			return
		}
		x = p.text(x, 0, ink(line), "  "+string(f.g.separator)+"  ")
		x = p.text(x, 0, ink(dim), label)
		x = p.text(x, 0, st, value)
	}
	double, after := f.doubleRun()
	st := ink(text)
	if after == "" {
		st = ink(dim)
	}
	if day, ok := t.Forecast.DoubleRunPerDay.Value.Get(); ok && p.w >= 150 {
		f.buf = append(f.amount(append(f.buf[:0], ", now "...), day, t.Forecast.DoubleRunPerDay.Evidence, 1, appendRound), "/day"...)
		after += string(f.buf)
	}
	part("double run ", double+after, st)
	if end, was := f.monthEnd(); end != "" {
		if x+5+cells("month end ")+cells(end+was) > p.w {
			was = ""
		}
		part("month end ", end+was, ink(text))
	}
	if back := f.paysBack(); back != "" {
		part("pays back ", back, ink(good))
	}
	runs, st := opt(f, migration.Plus(t.Before.Runs, t.After.Runs), ink(text), f.data.denied.before && f.data.denied.after, appendCount)
	part("runs ", runs, st)
	failed, st := opt(f, migration.Plus(t.Before.Failures, t.After.Failures), ink(text), f.data.denied.before && f.data.denied.after, appendCount)
	part("failed ", failed, st)
	if c := f.snap.Cluster; c != nil {
		f.buf = appendCount(f.buf[:0], int64(c.Pods))
		part("pods ", string(f.buf), ink(text))
		if c.Pending > 0 {
			f.buf = appendCount(f.buf[:0], int64(c.Pending))
			part("pending ", string(f.buf), ink(judged(t.After.Severity.Pending, text)))
		}
	}
}

// doubleRun is what both sides together cost beyond Lambda alone, and what to say
// behind it; that is nothing where it is unknown. It is since the move began, where
// that is known, else of the window.
func (f *frame) doubleRun() (figure, after string) {
	double, after := &f.snap.Totals.Forecast.DoubleRunSoFar, " so far"
	if !double.Value.Known() {
		double, after = &f.snap.Totals.DoubleRun, " in "+formatSpan(f.snap.Window.Span)
	}
	v, ok := double.Value.Get()
	if !ok {
		return "-", ""
	}
	f.buf = f.marked(f.amount(f.buf[:0], v, double.Evidence, 1, appendMoney), double.Evidence)
	figure = string(f.buf)
	if v.Sign() < 0 {
		after = " (saves)" + after
	}
	return figure, after
}

// monthEnd is what this calendar month will have cost, and what with everything on
// Lambda; "" where it is unknown.
func (f *frame) monthEnd() (figure, was string) {
	o := &f.snap.Totals.Forecast
	v, ok := o.MonthEnd.Value.Get()
	if !ok {
		return "", ""
	}
	f.buf = f.marked(f.amount(f.buf[:0], v, o.MonthEnd.Evidence, 1, appendShort), o.MonthEnd.Evidence)
	figure = string(f.buf)
	if stay, ok := o.Stay.Value.Get(); ok {
		f.buf = append(f.amount(append(f.buf[:0], " (staying "...), stay, o.Stay.Evidence, 1, appendShort), ')')
		was = string(f.buf)
	}
	return figure, was
}

// paysBack is when the move is earned back, "" where that is unknown.
func (f *frame) paysBack() string {
	o := &f.snap.Totals.Forecast
	months, ok := o.Payback.Value.Get()
	switch {
	case !ok:
		return ""
	case months == 0:
		return "at once"
	case months < 0.1:
		return "in days"
	}
	return "in " + strconv.FormatFloat(months, 'f', 1, 64) + " months"
}

// unread names the sides of which nothing is known, "" for none.
func (f *frame) unread() string {
	lambda, jobs := f.snap.Totals.Before.Runs.Known(), f.snap.Totals.After.Runs.Known()
	switch {
	case !lambda && !jobs:
		return "either side"
	case !lambda:
		return "Lambda"
	case !jobs:
		return "Jobs"
	}
	return ""
}

// needs lists the tenants that need a person, worst first.
func (s *fleet) needs(f *frame, p pane) {
	n := len(f.data.needs)
	title := "Needs a person"
	note := "nobody"
	if n > 0 {
		note = formatCount(int64(n)) + " of " + formatCount(int64(f.snap.Totals.Tenants)) + " tenants"
	}
	in := f.panel(p, title, note, n > 0)
	if n == 0 {
		// Nothing bad was seen; that is good news only of what was looked at.
		if unread := f.unread(); unread != "" {
			in.text(0, 0, ink(dim), "Nobody, as far as was seen: nothing is known of "+unread+".")
			return
		}
		in.rune(0, 0, ink(good), f.g.check)
		in.text(2, 0, ink(text), "Every tenant is fine on both sides.")
		return
	}
	from, to := s.list.window(n, in.h)
	name := 12
	for _, d := range f.data.needs[from:to] {
		name = max(name, min(cells(f.snap.Tenants[d.tenant].Tenant.String()), 20))
	}
	for i := from; i < to; i++ {
		d := f.data.needs[i]
		t := &f.snap.Tenants[d.tenant]
		note := t.Notices[d.notice]
		row := in.row(i - from)
		if i == s.list.cursor {
			p.sub(1, 1+i-from, p.w-2, 1).fill(selected)
			p.rune(1, 1+i-from, ink(accent), f.g.cursor)
		}
		glyph, r, word := f.g.severity(note.Severity)
		row.rune(1, 0, ink(r), glyph)
		x := 3
		if row.w >= 90 {
			row.text(3, 0, ink(r), word)
			x = 12
		}
		x = row.fit(x, 0, name, ink(strong), t.Tenant.String(), f.g) + 2
		row.fit(x, 0, row.w-x, ink(text), note.Text, f.g)
	}
}

func (s *fleet) costChart(f *frame, p pane) {
	t := &f.snap.Totals
	in := f.panel(p, "Cost per "+f.unit.String(), f.nextWave(), false)
	c := chart{
		from: f.snap.Window.From, to: f.snap.Window.To,
		stacked: true, loc: f.loc, label: axisMoney(f.unit),
	}
	x := gutter + 1
	for _, l := range [...]struct {
		series       *migration.Series
		role         role
		ascii, glyph rune
		name         string
	}{
		{&t.After.CostSeries, jobsArea, '#', f.g.full, "Jobs"},
		{&t.Before.CostSeries, lambdaArea, ':', f.g.shade, "Lambda"},
		{&t.IdleSeries, idleArea, '.', f.g.light, "idle"},
		{&t.PlatformSeries, platformArea, '/', f.g.hatch, "platform"},
	} {
		if l.series.Len() == 0 { // nobody reckoned it
			continue
		}
		fill := l.glyph
		if f.g == asciiGlyphs {
			fill = l.ascii
		}
		c.layers = append(c.layers, layer{l.series, l.role, fill})
		if !f.st.Patterned && f.g != asciiGlyphs {
			fill = '■'
		}
		x = in.rune(x, 0, ink(l.role), fill)
		x = in.text(x+1, 0, ink(dim), l.name) + 2
	}
	if len(c.layers) == 0 {
		in.text(gutter+1, 1, ink(dim), "nothing measured yet")
		return
	}
	for _, w := range f.snap.Waves {
		c.marks = append(c.marks, mark{w.At, w.Name})
	}
	c.draw(in.below(1), f.st, f.g, &f.scratch)
}

// nextWave says when the plan moves whom next, or else how old the costs are.
func (f *frame) nextWave() string {
	for _, w := range f.snap.Waves {
		if !w.At.After(f.now) {
			continue
		}
		b := append(append(append(f.buf[:0], "next: "...), w.Name...), " in "...)
		b = append(appendCount(append(appendAge(b, w.At.Sub(f.now)), ", "...), int64(len(w.Tenants))), " tenants"...)
		f.buf = b
		return string(b)
	}
	return f.ages(f.snap.Move.Infos()[0].Source)
}

func (s *fleet) routedChart(f *frame, p pane) {
	t := &f.snap.Totals
	in := f.panel(p, "Routed to Jobs", "share of runs", false)
	if routed, ok := t.Routed.Value.Get(); ok {
		f.buf = append(appendPercent(f.buf[:0], routed), " % now"...)
		in.bytes(gutter+1, 0, ink(dim), f.buf)
	}
	c := chart{
		layers: []layer{{&t.RoutedSeries, jobsArea, f.g.full}},
		from:   f.snap.Window.From, to: f.snap.Window.To,
		stacked: true, top: 1, loc: f.loc, label: axisPercent,
	}
	c.draw(in.below(1), f.st, f.g, &f.scratch)
}
