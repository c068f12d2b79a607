package ui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
	"github.com/migtop/migtop/internal/ui/plot"
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
	help:   "the whole fleet: cost, routing, what needs attention",

	first: true,

	hints: []Action{ActOpen, ActTenants, ActUnit, ActWindow, ActPalette, ActHelp, ActPause, ActTheme, ActQuit},
}

// fleet is the first screen: what the move costs now on both sides, and the tenants
// that need attention.
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
		m.open(&tenantInfo)
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
	if n.notice < 0 {
		return "the verdict", t.Tenant.String() + ": " + verdictText(t) + ". " + verdictReason(m.frame.move(), t)
	}
	return "the notice", t.Tenant.String() + ": " + t.Notices[n.notice].Text
}

// table has no table: the tenants' is on their screen.
func (s *fleet) table(m *model) *savedTable {
	m.say(dim, "no table here: "+m.keys.key(ActTenants)+" shows the table of tenants")
	return nil
}

func (s *fleet) subject(*model) (of migration.Opt[migration.Tenant], ok bool) { return of, true }

func (s *fleet) draw(m *model, p canvas.Pane) {
	f := &m.frame
	p = p.Sub(1, 0, p.W-2, p.H)
	roomy := f.g.BigDigits && p.H >= 30 && p.W >= 100
	heroes := 4
	if roomy {
		heroes = 6
	}
	s.hero(f, p.Sub(0, 0, p.W, heroes), roomy)
	p = p.Below(heroes)

	foot := 0
	switch {
	case p.H >= 24:
		foot = min(max(len(f.snap.Totals.Nodes)+3, 6), 9)
	case p.H >= 14:
		foot = 1
	}
	needs := min(max(len(f.data.needs), 1)+2, max(p.H*4/10, 5), p.H-foot)
	s.needs(f, p.Top(needs))
	p = p.Below(needs)

	charts := p.Top(p.H - foot)
	switch {
	case charts.H < 4:
	case p.W >= 150:
		a, b := p.W*46/100, p.W*71/100
		s.costChart(f, charts.Left(a))
		s.routedChart(f, charts.Sub(a, 0, b-a, charts.H))
		topCosts(f, charts.Right(b))
	case p.W >= 100:
		split := p.W * 58 / 100
		s.costChart(f, charts.Left(split))
		s.routedChart(f, charts.Right(split))
	default:
		s.costChart(f, charts)
	}
	below := p.Below(p.H - foot)
	switch {
	case foot == 1:
		sourcesLine(f, below)
	case foot > 1:
		split := p.W * 58 / 100
		if p.W >= 150 {
			split = p.W * 46 / 100
		}
		if f.before().Caps.IdlePool || f.after().Caps.IdlePool {
			pool(f, below.Left(split))
			below = below.Right(split)
		}
		f.sourcesPanel(below)
	}
}

// summaryLine is the fleet in a sentence.
func (f *frame) summaryLine(p canvas.Pane) {
	t := &f.snap.Totals
	b := appendCount(f.buf[:0], int64(t.Tenants))
	b = append(b, " tenants"...)
	x := p.Bytes(0, 0, ink(text), b)
	spare := 0 // for marks that are not there: what fits does not depend on them
	part := func(label, value string, st canvas.Style) {
		spare += f.spareMark(value)
		if x+5+canvas.Cells(label)+canvas.Cells(value) > p.W-spare {
			return
		}
		x = p.Text(x, 0, ink(line), "  "+string(f.g.Separator)+"  ")
		x = p.Text(x, 0, ink(dim), label)
		x = p.Text(x, 0, st, value)
	}
	x = f.verdictCounts(p, x, 0, &f.data.allWords, func(x int) int { return p.Text(x, 0, ink(line), "  "+string(f.g.Separator)+"  ") })
	if gap := t.Forecast.Gap; gap != "" && x+8 < p.W { // it comes before all that needs less explanation
		x = p.Text(x, 0, ink(line), "  "+string(f.g.Separator)+"  ")
		x = p.Fit(x, 0, p.W-x, ink(warn), "not compared: "+gap, f.g)
	}
	if u, ok := t.Forecast.Saving.Value.Get(); ok {
		f.buf = append(f.amount(f.buf[:0], u, t.Forecast.Saving.Evidence, 1, appendShort), "/mo"...)
		f.buf = appendLeftOut(f.buf, t.Forecast.LeftOut)
		part("to be saved ", string(f.buf), ink(savingRole(t.Forecast.Saving.Value)))
	}
	back := f.paysBack()
	double, after := f.doubleRun()
	if end, was := f.monthEnd(); end != "" {
		// What follows is worth more than what the month would cost.
		behind := 5 + spare + f.spareMark(end) + f.spareMark(double) + canvas.Cells("extra for running both "+double+after)
		if back != "" {
			behind += 5 + canvas.Cells("payback "+back)
		}
		if x+5+canvas.Cells("month end ")+canvas.Cells(end+was)+behind > p.W {
			was = ""
		}
		part("month end ", end+was, ink(text))
	} else if why := t.Forecast.MonthEnd.Evidence.Note; why != "" && t.Forecast.Gap == "" {
		part("month end: ", why, ink(dim))
	}
	if back != "" {
		part("payback ", back, ink(good))
	}
	st := ink(text)
	if after == "" {
		st = ink(dim)
	}
	if day, ok := t.Forecast.DoubleRunPerDay.Value.Get(); ok && p.W >= 150 {
		f.buf = append(f.amount(append(f.buf[:0], ", now "...), day, t.Forecast.DoubleRunPerDay.Evidence, 1, appendRound), "/day"...)
		if now := string(f.buf); x+5+canvas.Cells("extra for running both "+double+after+now) <= p.W-spare-f.spareMark(double) {
			after += now
		}
	}
	part("extra for running both ", double+after, st)
	if n := leftOut(t.Forecast.LeftOut, p.W); n != "" && t.Forecast.Gap == "" {
		part("without ", n, ink(warn))
	}
	runs, st := opt(f, migration.Plus(t.Before.Runs, t.After.Runs), ink(text), f.data.denied.before && f.data.denied.after, appendCount)
	part("runs ", runs, st)
	failed, st := opt(f, migration.Plus(t.Before.Failures, t.After.Failures), ink(text), f.data.denied.before && f.data.denied.after,
		appendCount)
	part("failed ", failed, st)
	if c := f.snap.Cluster; c != nil {
		if c.Pending > 0 {
			f.buf = appendCount(f.buf[:0], int64(c.Pending))
			part("pending ", string(f.buf), ink(judged(t.After.Severity.Pending, text)))
		}
		f.buf = appendCount(f.buf[:0], int64(c.Pods))
		part("pods ", string(f.buf), ink(text))
	}
}

// doubleRun is what both sides together cost beyond Lambda alone, with a suffix; the
// suffix is empty where the cost is unknown. The cost is since the move began, where that
// is known, else of the window.
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

// monthEnd is the forecast cost of this calendar month, and of the same month with
// everything on Lambda; "" where it is unknown.
func (f *frame) monthEnd() (figure, was string) {
	o := &f.snap.Totals.Forecast
	v, ok := o.MonthEnd.Value.Get()
	if !ok {
		return "", ""
	}
	f.buf = f.marked(f.amount(f.buf[:0], v, o.MonthEnd.Evidence, 1, appendShort), o.MonthEnd.Evidence)
	f.buf = appendLeftOut(f.buf, o.MonthLeftOut)
	figure = string(f.buf)
	if stay, ok := o.Stay.Value.Get(); ok {
		b := append(append(append(f.buf[:0], " (all on "...), f.before().Label...), ' ')
		f.buf = append(f.amount(b, stay, o.Stay.Evidence, 1, appendShort), ')')
		was = string(f.buf)
	}
	return figure, was
}

// appendLeftOut says behind an amount how many tenants are not in it.
func appendLeftOut(b []byte, list []migration.LeftOut) []byte {
	n := 0
	for i := range list {
		n += list[i].Tenants
	}
	if n == 0 {
		return b
	}
	return append(appendCount(append(b, ", "...), int64(n)), " left out"...)
}

// leftOut counts the tenants that are in no sum of a comparison, with the reason of most of them if it fits
// into room cells; "" for none.
func leftOut(list []migration.LeftOut, room int) string {
	all, most := 0, 0
	for i := range list {
		all += list[i].Tenants
		if list[i].Tenants > list[most].Tenants {
			most = i
		}
	}
	if all == 0 {
		return ""
	}
	tenants := formatCount(int64(all)) + " tenants"
	if all == 1 {
		tenants = "1 tenant"
	}
	reason := ": " + list[most].Reason
	if rest := all - list[most].Tenants; rest > 0 {
		reason += ", and " + formatCount(int64(rest)) + " for other reasons"
	}
	if canvas.Cells(tenants+reason) > room {
		return tenants
	}
	return tenants + reason
}

// paysBack is the payback of the move, "" where that is unknown.
func (f *frame) paysBack() string {
	o := &f.snap.Totals.Forecast
	months, ok := o.Payback.Value.Get()
	switch {
	case !ok:
		return ""
	case months == 0:
		return "at once"
	case months < 0.1:
		return "within days"
	}
	return strconv.FormatFloat(months, 'f', 1, 64) + " months"
}

// unread names the sides of which nothing is known, "" for none.
func (f *frame) unread() string {
	lambda, jobs := f.snap.Totals.Before.Runs.Known(), f.snap.Totals.After.Runs.Known()
	switch {
	case !lambda && !jobs:
		return "either side"
	case !lambda:
		return f.before().Label
	case !jobs:
		return f.after().Label
	}
	return ""
}

// needs lists the tenants that need attention, worst first.
func (s *fleet) needs(f *frame, p canvas.Pane) {
	n := len(f.data.needs)
	title := "Needs attention"
	note := "none"
	if n > 0 {
		note = formatCount(int64(n)) + " of " + formatCount(int64(f.snap.Totals.Tenants)) + " tenants"
	}
	in := f.panel(p, title, note, n > 0)
	if n == 0 {
		// No problem was seen, which means little of a side that was not read.
		if unread := f.unread(); unread != "" {
			in.Text(0, 0, ink(dim), "No problem seen, but nothing is known of "+unread+".")
			return
		}
		in.Rune(0, 0, ink(good), f.g.Check)
		in.Text(2, 0, ink(text), "No problems on either side.")
		return
	}
	from, to := s.list.window(n, in.H)
	name, word := 12, 8
	for _, d := range f.data.needs[from:to] {
		t := &f.snap.Tenants[d.tenant]
		name = max(name, min(canvas.Cells(t.Tenant.String()), 20))
		_, _, label, _ := f.needWords(t, d)
		word = max(word, canvas.Cells(label))
	}
	for i := from; i < to; i++ {
		d := f.data.needs[i]
		t := &f.snap.Tenants[d.tenant]
		row := in.Row(i - from)
		if i == s.list.cursor {
			p.Sub(1, 1+i-from, p.W-2, 1).Fill(selected)
			p.Rune(1, 1+i-from, ink(accent), f.g.Cursor)
		}
		glyph, st, label, why := f.needWords(t, d)
		row.Rune(1, 0, st, glyph)
		x := 3
		if row.W >= 90 {
			row.Fit(3, 0, word, st, label, f.g)
			x = 3 + word + 1
		} else if d.notice < 0 { // a glyph alone is not enough for what to do
			why = label + ": " + why
		}
		x = row.Fit(x, 0, name, ink(strong), t.Tenant.String(), f.g) + 2
		row.Fit(x, 0, row.W-x, ink(text), why, f.g)
	}
}

func (s *fleet) costChart(f *frame, p canvas.Pane) {
	t := &f.snap.Totals
	in := f.panel(p, "Cost per "+f.unit.String(), f.nextWave(), false)
	c := plot.Chart{
		From: f.snap.Window.From, To: f.snap.Window.To,
		Stacked: true, Location: f.loc, Label: axisMoney(f.unit),
	}
	x := plot.Gutter + 1
	for _, l := range [...]struct {
		series       *migration.Series
		role         canvas.Role
		ascii, glyph rune
		name         string
	}{
		{&t.After.CostSeries, jobsArea, '#', f.g.Full, f.after().Label},
		{&t.Before.CostSeries, lambdaArea, ':', f.g.Shade, f.before().Label},
		{&t.IdleSeries, idleArea, '.', f.g.Light, "idle"},
		{&t.PlatformSeries, platformArea, '/', f.g.Hatch, "platform"},
	} {
		if l.series.Len() == 0 { // it was not computed
			continue
		}
		fill := l.glyph
		if f.g == canvas.ASCII {
			fill = l.ascii
		}
		c.Layers = append(c.Layers, plot.Layer{Series: l.series, Role: l.role, Glyph: fill})
		if !f.theme.Patterned && f.g != canvas.ASCII {
			fill = '■'
		}
		x = in.Rune(x, 0, ink(l.role), fill)
		x = in.Text(x+1, 0, ink(dim), l.name) + 2
	}
	if len(c.Layers) == 0 {
		in.Text(plot.Gutter+1, 1, ink(dim), "nothing measured yet")
		return
	}
	c.Marks = f.data.marks
	c.Draw(in.Below(1), f.theme, f.g, &f.scratch)
}

// nextWave is the next planned wave, or else the age of the costs.
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

func (s *fleet) routedChart(f *frame, p canvas.Pane) {
	t := &f.snap.Totals
	in := f.panel(p, "Routed to "+f.after().Label, "share of runs", false)
	if routed, ok := t.Routed.Value.Get(); ok {
		f.buf = append(appendPercent(f.buf[:0], routed), " % now"...)
		in.Bytes(plot.Gutter+1, 0, ink(dim), f.buf)
	}
	c := plot.Chart{
		Layers: []plot.Layer{{Series: &t.RoutedSeries, Role: jobsArea, Glyph: f.g.Full}},
		From:   f.snap.Window.From, To: f.snap.Window.To,
		Stacked: true, Top: 1, Location: f.loc, Label: axisPercent, Marks: f.data.marks,
	}
	c.Draw(in.Below(1), f.theme, f.g, &f.scratch)
}
