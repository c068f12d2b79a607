package ui

import (
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
	"github.com/migtop/migtop/internal/ui/plot"
)

// scope is whose costs are looked at.
func (s *whatIf) scope() string {
	if s.one {
		return s.tenant.String()
	}
	return "the fleet"
}

func (s *whatIf) draw(m *model, p canvas.Pane) {
	f := &m.frame
	if m.opts.Scenarios == nil {
		f.message(p, "What-if is not available", dim,
			[]paragraph{{glyph: ' ', look: text, text: "This screen needs the price book. migtop was started without it."}})
		return
	}
	left := min(max(p.W*32/100, 32), 50)
	s.drawAssumptions(f, p.Left(left))
	right := p.Right(left)
	v := s.view(f.data)
	if v == nil {
		in := f.panel(right, s.scope(), "", false)
		switch {
		case s.err != nil:
			in.Rune(0, 0, ink(bad), f.g.Failed)
			f.paragraph(in, 2, 0, ink(text), s.err.Error(), max(in.H, 1))
		case s.answer == nil:
			in.Text(0, 0, ink(dim), "calculating")
		default:
			f.paragraph(in, 0, 0, ink(text), "It is not in the last "+formatSpan(f.snap.Window.Span)+".", max(in.H, 1))
		}
		return
	}
	reason := canvas.Wrap(v.Verdict.Reason, right.W-4, 3)
	table := int(migration.NumPlacements) + 6 + len(reason)
	if right.H < 26 { // the plot is worth more than the rest of the sentence
		reason = []string{v.Verdict.Reason}
		table = int(migration.NumPlacements) + 6
	}
	if also := s.breakEvenNote(f, v, right.W-4); also != "" {
		reason = append(reason, also)
		table++
	}
	s.drawPlacements(f, right.Top(table), v, reason)
	rest := right.Below(table)
	list := 0
	if rest.H >= 20 {
		list = min(max(rest.H*45/100, 8), len(s.answer.Tenants)+3)
	}
	s.drawCurve(f, rest.Top(rest.H-list), v)
	if list > 0 {
		s.drawTenants(f, rest.Below(rest.H-list))
	}
}

// drawAssumptions lists the assumptions with their values, and the present state where
// that differs.
func (s *whatIf) drawAssumptions(f *frame, p canvas.Pane) {
	note := ""
	if s.changed {
		note = f.keys.key(ActReset) + " resets all"
	}
	room := p.H
	if s.answer != nil && p.H >= len(assumptions)+19 { // the fixed assumptions are below
		room = len(assumptions) + 13
		s.drawFixed(f, p.Below(room))
	}
	in := f.panel(p.Top(room), "Assumptions", note, true)
	if s.answer == nil {
		return
	}
	help := 0
	if in.H >= len(assumptions)+3 {
		help = 2
	}
	body := in.Top(in.H - help)
	headed := body.H >= len(assumptions)+9
	from, to := s.list.window(len(assumptions), body.H)
	y, group := 0, ""
	for i := from; i < to; i++ {
		k := &assumptions[i]
		if headed && k.group != group {
			group = k.group
			body.Text(0, y+1, ink(dim), group)
			y += 2
		}
		s.drawAssumption(f, p.Sub(1, y+1, p.W-2, 1), i)
		y++
	}
	if help > 0 {
		f.paragraph(in.Below(in.H-help), 0, 0, ink(dim), assumptions[s.list.cursor].help, help)
	}
}

// drawFixed lists what the answer rests on for all tenants.
func (s *whatIf) drawFixed(f *frame, p canvas.Pane) {
	in := f.panel(p, "Fixed assumptions", "", false)
	y := 0
	for _, n := range s.answer.Notes {
		if y >= in.H {
			return
		}
		in.Rune(0, y, ink(dim), f.g.Dot)
		y += f.paragraph(in, 2, y, ink(dim), n, min(in.H-y, 4))
	}
}

func (s *whatIf) drawAssumption(f *frame, row canvas.Pane, i int) {
	const label, bars = 16, 6
	k := &assumptions[i]
	on := i == s.list.cursor
	name, value := ink(text), ink(strong)
	if on {
		row.Fill(selected)
		row.Rune(0, 0, ink(accent), f.g.Cursor)
	}
	if k.inert != nil && k.inert(&s.scenario) {
		name, value = ink(dim), ink(dim)
	}
	row.Fit(2, 0, label-3, name, k.label, f.g)
	x := label
	if on {
		row.Rune(x-1, 0, ink(accent), f.g.Less)
	}
	x++
	if k.value == nil {
		x = row.Fit(x, 0, min(row.W-x-2, canvas.Cells(s.scope())), ink(accent).With(bold), s.scope(), f.g)
		if on {
			row.Rune(x+1, 0, ink(accent), f.g.More)
		}
		return
	}
	f.buf = k.value(f.buf[:0], &s.scenario, s.answer)
	now := string(f.buf)
	if k.percent != nil && row.W-x >= bars+8 {
		plot.Bar(row, x, 0, bars, float64(k.percent(&s.scenario))/100, accent, track, f.theme, f.g)
		row.Text(x+bars+1, 0, value, now)
		x += bars + 6
	} else {
		shown := now
		if x+canvas.Cells(shown) > row.W { // the detail after a value is left out first
			shown, _, _ = strings.Cut(shown, "  ")
		}
		x = row.Text(x, 0, value, shown)
	}
	if on {
		row.Rune(x+1, 0, ink(accent), f.g.More)
	}
	f.buf = k.value(f.buf[:0], &s.answer.AsNow, s.answer)
	if string(f.buf) == now {
		return
	}
	row.Rune(1, 0, ink(accent), f.g.Changed)
	if was := "was " + string(f.buf); x+3+canvas.Cells(was) <= row.W-1 {
		row.TextRight(row.W-1, 0, ink(dim), was)
	}
}

// The columns of a placement's row: on the left always these, on the right as many as
// leave room for a bar of ten.
const placementName, placementMonth, placementChange = 13, 13, 10

var placementWidths = [...]int{12, 16, 14, 9}

func placementColumns(w int) (n, used int) {
	used = placementName + placementMonth + placementChange + 3
	for n < len(placementWidths) && used+placementWidths[n]+10 <= w {
		used += placementWidths[n]
		n++
	}
	return n, used
}

// breakEvenNote is from when the target pays where its row has no room for that, in w columns.
func (s *whatIf) breakEvenNote(f *frame, v *migration.TenantScenario, w int) string {
	on := &v.On[s.answer.Scenario.Target]
	length, ok1 := on.Duration.Get()
	busy, ok2 := on.Busy.Get()
	if n, _ := placementColumns(w); n == len(placementWidths) || !ok1 || !ok2 {
		return ""
	}
	b := appendLength(append(f.buf[:0], "break-even run time "...), length)
	b = append(appendPercent(append(b, ", break-even use "...), busy), " %"...)
	f.buf = b
	return string(b)
}

// drawPlacements are what a month costs in each place, and what the costs say.
func (s *whatIf) drawPlacements(f *frame, p canvas.Pane, v *migration.TenantScenario, reason []string) {
	note := "a month of 730 h"
	if s.asking {
		note = "calculating"
	}
	in := f.panel(p, s.scope(), note, false)
	type column struct {
		title string
		end   int
	}
	// From the left: name, month, change, a bar, and on the right what there is room
	// for.
	const name, month, change = placementName, placementMonth, placementChange
	n, used := placementColumns(in.W)
	var cols [len(placementWidths)]column
	for i, title := range [...]string{"PER RUN", "BREAK-EVEN/DAY", "MIN RUN TIME", "MIN USE"} {
		cols[i] = column{title, placementWidths[i]}
	}
	bars := max(in.W-used-2, 0)
	at := in.W
	for i := n - 1; i >= 0; i-- {
		w := cols[i].end
		cols[i].end = at
		at -= w
	}
	in.TextRight(name+month, 0, ink(dim), "A MONTH")
	in.TextRight(name+month+change+1, 0, ink(dim), "VS TODAY")
	for _, c := range cols[:n] {
		in.TextRight(c.end, 0, ink(dim), c.title)
	}
	top := 0.0
	for h := range v.On {
		m, _ := usdOf(v.On[h].Month.Value)
		top = max(top, m)
	}
	today, _ := usdOf(v.Today.Value)
	top = max(top, today)
	s.drawPlacement(f, in.Row(1), "today", &v.Today, v.Today, top, bars, text, none)
	for h := range migration.NumPlacements {
		l := &v.On[h]
		row := in.Row(2 + int(h))
		r, area := jobs, jobsArea
		if h == migration.OnLambda {
			r, area = lambda, lambdaArea
		}
		if h == s.scenario.Target {
			p.Sub(1, 3+int(h), p.W-2, 1).Fill(selected)
		}
		s.drawPlacement(f, row, h.String(), &v.Today, l.Month, top, bars, r, area)
		if !l.Month.Value.Known() {
			row.Fit(name+month+2, 0, row.W-name-month-2, ink(warn), l.Problem, f.g)
			continue
		}
		s.drawBreakEven(f, row, h, l, v, [4]int{cols[0].end, cols[1].end, cols[2].end, cols[3].end}, n)
	}
	y := int(migration.NumPlacements) + 2
	glyph, r, word := verdictSign(f.g, v.Verdict.Decision)
	x := in.Rune(0, y, ink(r).With(bold), glyph)
	x = in.Text(x+1, y, ink(r).With(bold), word)
	s.payback(f, in.Sub(x+3, y, in.W-x-3, 1), v)
	for i, l := range reason {
		in.Fit(0, y+1+i, in.W, ink(text), l, f.g)
	}
	if y+1+len(reason) < in.H {
		s.leftOut(f, in.Row(y+1+len(reason)), v)
	}
}

// drawPlacement is one row: its month, how that differs from today's, and a bar.
func (s *whatIf) drawPlacement(f *frame, row canvas.Pane, name string, today *migration.Figure[migration.USD],
	month migration.Figure[migration.USD], top float64, bars int, r, area canvas.Role,
) {
	const nameW, monthW, changeW = placementName, placementMonth, placementChange
	row.Text(0, 0, ink(r).With(bold), name)
	v, ok := month.Value.Get()
	if !ok {
		u, st := unknown(false)
		row.TextRight(nameW+monthW, 0, st, u)
		return
	}
	f.buf = f.amount(f.buf[:0], v, month.Evidence, 1, appendMoney)
	row.BytesRight(nameW+monthW, 0, ink(r).With(bold), f.buf)
	row.Rune(nameW+monthW, 0, ink(dim), f.mark(month.Evidence))
	if area == none {
		area = idle
	} else if c, ok := changeOf(*today, month).Get(); ok {
		glyph, role := changeSign(f.g, c)
		f.buf = appendChange(append(appendGlyph(f.buf[:0], glyph), ' '), c, f.g)
		row.BytesRight(nameW+monthW+changeW+1, 0, ink(role), f.buf)
	}
	if m := v.Float(); top > 0 && m > 0 {
		n := max(int(m/top*float64(bars)+0.5), min(bars, 1))
		row.HLine(nameW+monthW+changeW+3, 0, n, ink(area), f.g.Bar)
	}
}

// drawBreakEven draws from when a placement is cheaper than Lambda.
func (s *whatIf) drawBreakEven(f *frame, row canvas.Pane, h migration.Placement, l *migration.PlatformCost, v *migration.TenantScenario,
	ends [4]int, n int,
) {
	put := func(i int, st canvas.Style, b []byte) {
		if i < n {
			row.BytesRight(ends[i], 0, st, b)
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
		put(1, ink(good), appendGlyph(append(appendRate(f.buf[:0], even), ' '), f.g.Check))
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
func (s *whatIf) payback(f *frame, p canvas.Pane, v *migration.TenantScenario) {
	saving, ok := v.Saving.Value.Get()
	if !ok {
		return
	}
	b := append(append(append(f.buf[:0], "on "...), s.scenario.Target.String()...), " it "...)
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
	p.Fit(0, 0, p.W, ink(text), string(b), f.g)
}

// leftOut says why a month that is shown is not the whole of it.
func (s *whatIf) leftOut(f *frame, p canvas.Pane, v *migration.TenantScenario) {
	for h := range migration.NumPlacements {
		l := &v.On[h]
		if l.Month.Value.Known() && l.Problem != "" {
			x := p.Rune(0, 0, ink(warn), f.g.Warning)
			x = p.Text(x+1, 0, ink(dim), h.String()+": ")
			p.Fit(x, 0, p.W-x, ink(dim), l.Problem, f.g)
			return
		}
	}
}

// drawCurve is from how many runs a day the target is cheaper.
func (s *whatIf) drawCurve(f *frame, p canvas.Pane, v *migration.TenantScenario) {
	target := s.answer.Scenario.Target
	in := f.panel(p, "Break-even", "dollars a month, by runs a day", false)
	on := &v.On[target]
	c, ok := newCurve(v.On[migration.OnLambda].Run.Value, on.Run.Value, on.Fixed, v.RunsPerDay, on.BreakEven, migration.Lambda.Info().Label,
		target.String())
	if !ok {
		why := on.Problem
		if !v.On[migration.OnLambda].Run.Value.Known() {
			why = v.On[migration.OnLambda].Problem
		}
		if why == "" {
			why = v.Verdict.Reason
		}
		f.paragraph(in, 0, 0, ink(dim), why, max(in.H, 1))
		return
	}
	if base := s.of(s.base, f.data); base != nil && s.changed {
		from := s.base.Scenario.Target
		was, ok := newCurve(v.On[migration.OnLambda].Run.Value, base.On[from].Run.Value, base.On[from].Fixed, v.RunsPerDay,
			on.BreakEven, migration.Lambda.Info().Label, from.String()+" now")
		if ok && (was.After.Fixed != c.After.Fixed || was.After.PerRun != c.After.PerRun) {
			c.Now = &was.After
		}
	}
	c.Draw(in, f.g, &f.scratch)
}
