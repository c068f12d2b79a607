package ui

import (
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// scope is whose costs are looked at.
func (s *whatIf) scope() string {
	if s.one {
		return s.tenant.String()
	}
	return "the fleet"
}

func (s *whatIf) draw(m *model, p pane) {
	f := &m.frame
	if m.opts.Scenarios == nil {
		f.message(p, "No what-if here", dim, []paragraph{{glyph: ' ', look: text, text: "This screen needs the price book, and was started without it."}})
		return
	}
	left := min(max(p.w*32/100, 32), 50)
	s.drawKnobs(f, p.left(left))
	right := p.right(left)
	v := s.prospect(f.data)
	if v == nil {
		in := f.panel(right, s.scope(), "", false)
		switch {
		case s.err != nil:
			in.rune(0, 0, ink(bad), f.g.failed)
			f.paragraph(in, 2, 0, ink(text), s.err.Error(), max(in.h, 1))
		case s.answer == nil:
			in.text(0, 0, ink(dim), "reckoning")
		default:
			f.paragraph(in, 0, 0, ink(text), "It is not in the last "+formatSpan(f.snap.Window.Span)+".", max(in.h, 1))
		}
		return
	}
	reason := wrap(v.Verdict.Reason, right.w-4, 3)
	table := int(migration.NumPlacements) + 6 + len(reason)
	if right.h < 26 { // the plot is worth more than the rest of the sentence
		reason = []string{v.Verdict.Reason}
		table = int(migration.NumPlacements) + 6
	}
	if also := s.also(f, v, right.w-4); also != "" {
		reason = append(reason, also)
		table++
	}
	s.homes(f, right.top(table), v, reason)
	rest := right.below(table)
	list := 0
	if rest.h >= 20 {
		list = min(max(rest.h*45/100, 8), len(s.answer.Tenants)+3)
	}
	s.plot(f, rest.top(rest.h-list), v)
	if list > 0 {
		s.tenants(f, rest.below(rest.h-list))
	}
}

// drawKnobs lists the knobs, what each stands at, and what there is where that is
// something else.
func (s *whatIf) drawKnobs(f *frame, p pane) {
	note := ""
	if s.turned {
		note = f.keys.key(ActReset) + " turns all back"
	}
	room := p.h
	if s.answer != nil && p.h >= len(knobs)+19 { // what was assumed stands below
		room = len(knobs) + 13
		s.assumed(f, p.below(room))
	}
	in := f.panel(p.top(room), "Knobs", note, true)
	if s.answer == nil {
		return
	}
	help := 0
	if in.h >= len(knobs)+3 {
		help = 2
	}
	body := in.top(in.h - help)
	headed := body.h >= len(knobs)+9
	from, to := s.list.window(len(knobs), body.h)
	y, group := 0, ""
	for i := from; i < to; i++ {
		k := &knobs[i]
		if headed && k.group != group {
			group = k.group
			body.text(0, y+1, ink(dim), group)
			y += 2
		}
		s.knob(f, p.sub(1, y+1, p.w-2, 1), i)
		y++
	}
	if help > 0 {
		f.paragraph(in.below(in.h-help), 0, 0, ink(dim), knobs[s.list.cursor].help, help)
	}
}

// assumed lists what the answer rests on for all tenants.
func (s *whatIf) assumed(f *frame, p pane) {
	in := f.panel(p, "Assumed", "", false)
	y := 0
	for _, n := range s.answer.Notes {
		if y >= in.h {
			return
		}
		in.rune(0, y, ink(dim), f.g.dot)
		y += f.paragraph(in, 2, y, ink(dim), n, min(in.h-y, 4))
	}
}

func (s *whatIf) knob(f *frame, row pane, i int) {
	const label, bars = 16, 6
	k := &knobs[i]
	on := i == s.list.cursor
	name, value := ink(text), ink(strong)
	if on {
		row.fill(selected)
		row.rune(0, 0, ink(accent), f.g.cursor)
	}
	if k.inert != nil && k.inert(&s.knobs) {
		name, value = ink(dim), ink(dim)
	}
	row.fit(2, 0, label-3, name, k.label, f.g)
	x := label
	if on {
		row.rune(x-1, 0, ink(accent), f.g.less)
	}
	x++
	if k.value == nil {
		x = row.fit(x, 0, min(row.w-x-2, cells(s.scope())), ink(accent).with(bold), s.scope(), f.g)
		if on {
			row.rune(x+1, 0, ink(accent), f.g.more)
		}
		return
	}
	f.buf = k.value(f.buf[:0], &s.knobs, s.answer)
	now := string(f.buf)
	if k.percent != nil && row.w-x >= bars+8 {
		bar(row, x, 0, bars, float64(k.percent(&s.knobs))/100, accent, track, f.st, f.g)
		row.text(x+bars+1, 0, value, now)
		x += bars + 6
	} else {
		shown := now
		if x+cells(shown) > row.w { // what stands behind a value is the first to go
			shown, _, _ = strings.Cut(shown, "  ")
		}
		x = row.text(x, 0, value, shown)
	}
	if on {
		row.rune(x+1, 0, ink(accent), f.g.more)
	}
	f.buf = k.value(f.buf[:0], &s.answer.AsNow, s.answer)
	if string(f.buf) == now {
		return
	}
	row.rune(1, 0, ink(accent), f.g.turned)
	if was := "was " + string(f.buf); x+3+cells(was) <= row.w-1 {
		row.textRight(row.w-1, 0, ink(dim), was)
	}
}

// The columns of a home's row: on the left always these, on the right what there is room
// for, beside a bar of ten.
const homeName, homeMonth, homeChange = 13, 13, 10

var homeWidths = [...]int{12, 15, 13, 9}

func homeColumns(w int) (n, used int) {
	used = homeName + homeMonth + homeChange + 3
	for n < len(homeWidths) && used+homeWidths[n]+10 <= w {
		used += homeWidths[n]
		n++
	}
	return n, used
}

// also is from when the target pays where its row has no room for that, in w columns.
func (s *whatIf) also(f *frame, v *migration.TenantScenario, w int) string {
	on := &v.On[s.answer.Scenario.Target]
	length, ok1 := on.Duration.Get()
	busy, ok2 := on.Busy.Get()
	if n, _ := homeColumns(w); n == len(homeWidths) || !ok1 || !ok2 {
		return ""
	}
	b := appendLength(append(f.buf[:0], "pays from a length of "...), length)
	b = append(appendPercent(append(b, ", if busy for "...), busy), " %"...)
	f.buf = b
	return string(b)
}

// homes are what a month costs in each place, and what the costs say.
func (s *whatIf) homes(f *frame, p pane, v *migration.TenantScenario, reason []string) {
	note := "a month of 730 h"
	if s.asking {
		note = "reckoning"
	}
	in := f.panel(p, s.scope(), note, false)
	type column struct {
		title string
		end   int
	}
	// From the left: name, month, change, a bar, and on the right what there is room
	// for.
	const name, month, change = homeName, homeMonth, homeChange
	n, used := homeColumns(in.w)
	var cols [len(homeWidths)]column
	for i, title := range [...]string{"A RUN", "PAYS FROM/DAY", "FROM LENGTH", "IF BUSY"} {
		cols[i] = column{title, homeWidths[i]}
	}
	bars := max(in.w-used-2, 0)
	at := in.w
	for i := n - 1; i >= 0; i-- {
		w := cols[i].end
		cols[i].end = at
		at -= w
	}
	in.textRight(name+month, 0, ink(dim), "A MONTH")
	in.textRight(name+month+change+1, 0, ink(dim), "VS TODAY")
	for _, c := range cols[:n] {
		in.textRight(c.end, 0, ink(dim), c.title)
	}
	top := 0.0
	for h := range v.On {
		m, _ := usdOf(v.On[h].Month.Value)
		top = max(top, m)
	}
	today, _ := usdOf(v.Today.Value)
	top = max(top, today)
	s.home(f, in.row(1), "today", &v.Today, v.Today, top, bars, text, none)
	for h := range migration.NumPlacements {
		l := &v.On[h]
		row := in.row(2 + int(h))
		r, area := jobs, jobsArea
		if h == migration.OnLambda {
			r, area = lambda, lambdaArea
		}
		if h == s.knobs.Target {
			p.sub(1, 3+int(h), p.w-2, 1).fill(selected)
		}
		s.home(f, row, h.String(), &v.Today, l.Month, top, bars, r, area)
		if !l.Month.Value.Known() {
			row.fit(name+month+2, 0, row.w-name-month-2, ink(warn), l.Problem, f.g)
			continue
		}
		s.figures(f, row, h, l, v, [4]int{cols[0].end, cols[1].end, cols[2].end, cols[3].end}, n)
	}
	y := int(migration.NumPlacements) + 2
	glyph, r, word := f.g.verdict(v.Verdict.Decision)
	x := in.rune(0, y, ink(r).with(bold), glyph)
	x = in.text(x+1, y, ink(r).with(bold), word)
	s.payback(f, in.sub(x+3, y, in.w-x-3, 1), v)
	for i, l := range reason {
		in.fit(0, y+1+i, in.w, ink(text), l, f.g)
	}
	if y+1+len(reason) < in.h {
		s.leftOut(f, in.row(y+1+len(reason)), v)
	}
}

// home is one row: its month, how that differs from today's, and a bar.
func (s *whatIf) home(f *frame, row pane, name string, today *migration.Figure[migration.USD], month migration.Figure[migration.USD], top float64, bars int, r, area role) {
	const nameW, monthW, changeW = homeName, homeMonth, homeChange
	row.text(0, 0, ink(r).with(bold), name)
	v, ok := month.Value.Get()
	if !ok {
		u, st := unknown(false)
		row.textRight(nameW+monthW, 0, st, u)
		return
	}
	f.buf = f.amount(f.buf[:0], v, month.Evidence, 1, appendMoney)
	row.bytesRight(nameW+monthW, 0, ink(r).with(bold), f.buf)
	row.rune(nameW+monthW, 0, ink(dim), f.mark(month.Evidence))
	if area == none {
		area = idle
	} else if c, ok := changeOf(*today, month).Get(); ok {
		glyph, role := f.g.change(c)
		f.buf = appendChange(append(appendGlyph(f.buf[:0], glyph), ' '), c, f.g)
		row.bytesRight(nameW+monthW+changeW+1, 0, ink(role), f.buf)
	}
	if m := v.Float(); top > 0 && m > 0 {
		n := max(int(m/top*float64(bars)+0.5), min(bars, 1))
		row.hline(nameW+monthW+changeW+3, 0, n, ink(area), f.g.bar)
	}
}

// figures are from when a home is cheaper than Lambda.
func (s *whatIf) figures(f *frame, row pane, h migration.Placement, l *migration.PlatformCost, v *migration.TenantScenario, ends [4]int, n int) {
	put := func(i int, st style, b []byte) {
		if i < n {
			row.bytesRight(ends[i], 0, st, b)
		}
	}
	if run, ok := l.Run.Value.Get(); ok {
		put(0, ink(text), appendPerRun(append(f.buf[:0], '$'), run))
	}
	if h == migration.OnLambda {
		return
	}
	even, ok := l.BreakEven.Get()
	switch pace, known := v.RunsPerDay.Get(); {
	case !ok && l.Run.Value.Known() && v.On[migration.OnLambda].Run.Value.Known():
		put(1, ink(lambda), append(f.buf[:0], "never"...))
	case !ok:
		put(1, ink(dim), append(f.buf[:0], '-'))
	case even == 0:
		put(1, ink(good), append(f.buf[:0], "any"...))
	case known && pace >= even:
		put(1, ink(good), appendGlyph(append(appendRate(f.buf[:0], even), ' '), f.g.check))
	default:
		put(1, ink(text), appendRate(f.buf[:0], even))
	}
	d, st := opt(f, l.Duration, ink(text), false, appendLength)
	put(2, st, []byte(d))
	b, st := opt(f, l.Busy, ink(text), false, func(b []byte, r migration.Ratio) []byte {
		if r > 1 { // no hour is long enough
			return append(b, "never"...)
		}
		return append(appendPercent(b, r), " %"...)
	})
	put(3, st, []byte(b))
}

// payback is what moving saves and when that has paid for it.
func (s *whatIf) payback(f *frame, p pane, v *migration.TenantScenario) {
	saving, ok := v.Saving.Value.Get()
	if !ok {
		return
	}
	b := append(append(append(f.buf[:0], "on "...), s.knobs.Target.String()...), " it "...)
	if saving.Sign() < 0 {
		b = append(dollars(append(b, "costs "...), migration.Dollars(saving.Decimal().Neg()), 1, appendMoney), "/mo more than Lambda"...)
	} else {
		b = append(dollars(append(b, "saves "...), saving, 1, appendMoney), "/mo"...)
	}
	if months, ok := v.Payback.Value.Get(); ok {
		switch {
		case months == 0:
			b = append(b, ", paid back at once"...)
		case months < 0.1:
			b = append(b, ", paid back in days"...)
		default:
			b = append(strconv.AppendFloat(append(b, ", paid back in "...), months, 'f', 1, 64), " months"...)
		}
	} else {
		b = append(b, ", never paid back"...)
	}
	f.buf = b
	p.fit(0, 0, p.w, ink(text), string(b), f.g)
}

// leftOut says why a month that is shown is not the whole of it.
func (s *whatIf) leftOut(f *frame, p pane, v *migration.TenantScenario) {
	for h := range migration.NumPlacements {
		l := &v.On[h]
		if l.Month.Value.Known() && l.Problem != "" {
			x := p.rune(0, 0, ink(warn), f.g.warnSign)
			x = p.text(x+1, 0, ink(dim), h.String()+": ")
			p.fit(x, 0, p.w-x, ink(dim), l.Problem, f.g)
			return
		}
	}
}

// plot is from how many runs a day the target is cheaper.
func (s *whatIf) plot(f *frame, p pane, v *migration.TenantScenario) {
	target := s.answer.Scenario.Target
	in := f.panel(p, "When it pays", "dollars a month, by runs a day", false)
	on := &v.On[target]
	c, ok := newCurve(v.On[migration.OnLambda].Run.Value, on.Run.Value, on.Fixed, v.RunsPerDay, on.BreakEven, target.String())
	if !ok {
		why := on.Problem
		if !v.On[migration.OnLambda].Run.Value.Known() {
			why = v.On[migration.OnLambda].Problem
		}
		if why == "" {
			why = v.Verdict.Reason
		}
		f.paragraph(in, 0, 0, ink(dim), why, max(in.h, 1))
		return
	}
	if base := s.of(s.base, f.data); base != nil && s.turned {
		from := s.base.Scenario.Target
		was, ok := newCurve(v.On[migration.OnLambda].Run.Value, base.On[from].Run.Value, base.On[from].Fixed, v.RunsPerDay, on.BreakEven, "")
		if ok && was.other != c.other {
			c.was, c.wasName = &was.other, from.String()+" as now"
		}
	}
	c.draw(f, in)
}
