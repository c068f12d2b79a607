package ui

import (
	"github.com/migtop/migtop/internal/migration"
)

// fleet is the first screen: what the move costs now on both sides, and who
// needs a person.
type fleet struct {
	list list
}

func (s *fleet) draw(f *frame, p pane) {
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
		dearest(f, charts.right(b))
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

// card is one of the figures at the top.
type card struct {
	title  string
	role   role
	figure string
	unit   string
	st     style
	note   []byte
}

func (s *fleet) hero(f *frame, p pane, roomy bool) {
	t := &f.snap.Totals
	routed, _ := t.Routed.Value.Get()
	overhead := migration.Figure[migration.USD]{Value: migration.AddUSD(t.Idle.Value, t.Platform.Value), Evidence: t.Idle.Evidence.And(t.Platform.Evidence)}
	cards := []card{
		f.moneyCard("LAMBDA", lambda, t.Lambda.CostPerHour, f.data.denied.cloudwatch),
		f.moneyCard("JOBS", jobs, t.Jobs.CostPerHour, f.data.denied.jobs),
		f.moneyCard("IDLE + PLATFORM", idle, overhead, f.data.denied.nodes),
		f.moneyCard("ALL TOGETHER", strong, t.Total, false),
	}
	share := card{title: "ROUTED TO JOBS", role: accent, unit: "%"}
	share.figure, share.st = opt(f, t.Routed.Value, ink(accent).with(bold), f.data.denied.cloudwatch, appendPercent)
	if !t.Routed.Value.Known() {
		share.unit = ""
	}
	width := p.w / 5
	if p.w < 100 {
		cards = append(cards[:2], cards[3])
		width = p.w / 4
	}
	for i, c := range cards {
		f.card(p.sub(i*width, 0, width, p.h), c, roomy)
	}
	last := p.right(len(cards) * width)
	f.card(last, share, roomy)
	y := 2
	if roomy {
		y = 4
	}
	if t.Routed.Value.Known() {
		bar(last, 0, y, max(min(last.w-1, 24), 0), float64(routed), jobs, lambda, f.st, f.g)
	}
	if roomy {
		f.summaryLine(p.sub(0, 5, p.w, 1))
		return
	}
	f.summaryLine(p.sub(0, 3, p.w, 1))
}

func (f *frame) moneyCard(title string, r role, fig migration.Figure[migration.USD], forbidden bool) card {
	c := card{title: title, role: r}
	v, ok := fig.Value.Get()
	if !ok {
		c.figure, c.st = unknown(forbidden)
		return c
	}
	c.st = ink(r).with(bold)
	f.buf = appendRound(append(f.buf[:0], '$'), v, f.unit.hours())
	c.figure, c.unit = string(f.buf), f.unit.short()
	if m := f.mark(fig.Evidence); m != ' ' {
		c.unit += string(m)
	}
	other, word := perMonth, " a month"
	if f.unit == perMonth {
		other, word = perHour, " an hour"
	}
	c.note = append(appendRound([]byte{'$'}, v, other.hours()), word...)
	return c
}

func (f *frame) card(p pane, c card, roomy bool) {
	if f.st.Patterned || f.g == asciiGlyphs {
		p.text(0, 0, ink(c.role).with(bold), c.title)
	} else {
		p.rune(0, 0, ink(c.role), '▌')
		p.text(1, 0, ink(dim), c.title)
	}
	if !roomy {
		x := p.text(0, 1, c.st, c.figure)
		p.text(x, 1, ink(dim), c.unit)
		p.bytes(0, 2, ink(dim), c.note)
		return
	}
	x := f.big(p, 0, 1, c.st, c.figure)
	p.text(x+1, 3, ink(dim), c.unit)
	p.bytes(0, 4, ink(dim), c.note)
}

// summaryLine is the fleet in a sentence.
func (f *frame) summaryLine(p pane) {
	t := &f.snap.Totals
	b := appendCount(f.buf[:0], int64(t.Tenants))
	b = append(b, " tenants"...)
	x := p.bytes(0, 0, ink(text), b)
	part := func(label, value string, st style) {
		if x+3+cells(label)+cells(value) > p.w {
			return
		}
		x = p.text(x, 0, ink(line), "  "+string(f.g.separator)+"  ")
		x = p.text(x, 0, ink(dim), label)
		x = p.text(x, 0, st, value)
	}
	double, st := opt(f, t.DoubleRun.Value, ink(text), false, func(b []byte, v migration.USD) []byte { return appendMoney(append(b, '$'), v, 1) })
	part("double run ", double, st)
	if t.DoubleRun.Value.Known() {
		x = p.text(x, 0, ink(dim), " in "+formatSpan(f.snap.Window.Span))
	}
	runs, st := opt(f, migration.Plus(t.Lambda.Runs, t.Jobs.Runs), ink(text), f.data.denied.cloudwatch && f.data.denied.jobs, appendCount)
	part("runs ", runs, st)
	failed, st := opt(f, migration.Plus(t.Lambda.Failures, t.Jobs.Failures), ink(text), f.data.denied.cloudwatch && f.data.denied.jobs, appendCount)
	part("failed ", failed, st)
	if c := f.snap.Cluster; c != nil {
		f.buf = appendCount(f.buf[:0], int64(c.Pods))
		part("pods ", string(f.buf), ink(text))
		if c.Pending > 0 {
			f.buf = appendCount(f.buf[:0], int64(c.Pending))
			part("pending ", string(f.buf), ink(warn))
		}
	}
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
	in := f.panel(p, "Cost per "+f.unit.String(), f.ages("cloudwatch"), false)
	f.legendLine(in)
	c := chart{
		layers:  []layer{{&t.Jobs.CostSeries, jobsArea, '#'}, {&t.Lambda.CostSeries, lambdaArea, ':'}},
		from:    f.snap.Window.From,
		to:      f.snap.Window.To,
		stacked: true, loc: f.loc, label: axisMoney(f.unit),
	}
	if f.g != asciiGlyphs {
		c.layers[0].glyph, c.layers[1].glyph = f.g.full, f.g.shade
	}
	c.draw(in.below(1), f.st, f.g, &f.scratch)
}

// legendLine says which colour is which side.
func (f *frame) legendLine(p pane) {
	square := func(i int) rune {
		switch {
		case f.g == asciiGlyphs:
			return [...]rune{'#', ':'}[i]
		case f.st.Patterned:
			return [...]rune{f.g.full, f.g.shade}[i]
		}
		return '■'
	}
	x := p.rune(gutter+1, 0, ink(lambdaArea), square(1))
	x = p.text(x+1, 0, ink(dim), "Lambda")
	x = p.rune(x+2, 0, ink(jobsArea), square(0))
	p.text(x+1, 0, ink(dim), "Jobs")
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
