package ui

import (
	"strconv"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// The columns of a placement's row: on the left always these, on the right as many, up to
// most, as leave room for a bar of ten.
const placementName, placementMonth, placementChange = 13, 13, 10

var placementWidths = [...]int{12, 16, 14, 9}

func placementColumns(w, most int) (n, used int) {
	used = placementName + placementMonth + placementChange + 3
	for n < most && used+placementWidths[n]+10 <= w {
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
	if n, _ := placementColumns(w, s.columns()); n == len(placementWidths) || !ok1 || !ok2 {
		return ""
	}
	b := appendLength(append(f.buf[:0], "break-even run time "...), length)
	b = append(appendPercent(append(b, ", break-even use "...), busy), " %"...)
	f.buf = b
	return string(b)
}

// columns is how many columns follow a placement's month: how long and how busy a run must be
// is compared with Lambda alone.
func (s *whatIf) columns() int {
	if s.answer.Before == migration.OnLambda {
		return len(placementWidths)
	}
	return 2
}

// leftOut reports whether the fleet's rows leave tenants out.
func (s *whatIf) leftOut() bool { return !s.one && len(s.answer.LeftOut) > 0 }

// hasRest reports whether the bill has more than the tenants' work.
func (s *whatIf) hasRest() bool {
	u, ok := s.answer.Rest.Value.Get()
	return !s.one && ok && u.Sign() > 0
}

// warning says why a month that is shown is not the whole of it, and what to do, in lines of w
// columns.
func (s *whatIf) warning(v *migration.TenantScenario, w int) []string {
	worst, of := (*migration.PlatformCost)(nil), migration.OnLambda
	for _, h := range s.answer.Shown {
		on := &v.On[h]
		if on.Problem != "" && (on.Month.Value.Known() || on.Remedy != "") && (worst == nil || h == s.answer.Scenario.Target) {
			worst, of = on, h
		}
	}
	if worst == nil {
		return nil
	}
	lines := []string{of.String() + ": " + worst.Problem}
	if worst.Remedy != "" {
		lines = append(lines, canvas.Wrap(worst.Remedy, w, 3)...)
	}
	return lines
}

// leftOutReason counts the tenants that are left out, with the first reason.
func (s *whatIf) leftOutReason() string {
	n, out := 0, s.answer.LeftOut
	for _, l := range out {
		n += l.Tenants
	}
	text := strconv.Itoa(n) + " tenants: " + out[0].Reason
	if n == 1 {
		text = "1 tenant: " + out[0].Reason
	}
	if more := len(out) - 1; more > 0 {
		text += "; and " + strconv.Itoa(more) + " more"
	}
	return text
}

// drawPlacements are what a month costs in each place, and what the costs say.
func (s *whatIf) drawPlacements(f *frame, p canvas.Pane, v *migration.TenantScenario, reason, warning []string, rest bool) {
	note := "a month at this pace"
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
	n, used := placementColumns(in.W, s.columns())
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
	y := 2
	for _, h := range s.answer.Shown {
		l := &v.On[h]
		row := in.Row(y)
		r, area := jobs, jobsArea
		if h == s.answer.Before {
			r, area = lambda, lambdaArea
		}
		if h == s.scenario.Target {
			p.Sub(1, y+1, p.W-2, 1).Fill(selected)
		}
		y++
		s.drawPlacement(f, row, h.String(), &v.Today, l.Month, top, bars, r, area)
		if !l.Month.Value.Known() {
			row.Fit(name+month+2, 0, row.W-name-month-2, ink(warn), l.Problem, f.g)
			continue
		}
		s.drawBreakEven(f, row, h, l, v, [4]int{cols[0].end, cols[1].end, cols[2].end, cols[3].end}, n)
	}
	if s.leftOut() {
		row := in.Row(y)
		s.drawPlacement(f, row, "left out", &v.Today, s.answer.LeftOutToday, 0, 0, dim, none)
		row.Fit(name+month+2, 0, row.W-name-month-2, ink(dim), s.leftOutReason(), f.g)
		y++
	}
	if rest {
		row := in.Row(y)
		s.drawPlacement(f, row, "other", &v.Today, s.answer.Rest, 0, 0, dim, none)
		row.Fit(name+month+2, 0, row.W-name-month-2, ink(dim), "services, unattributed work, unshared nodes and platform", f.g)
		y++
	}
	glyph, r, word := verdictSign(f.g, v.Verdict.Decision)
	x := in.Rune(0, y, ink(r).With(bold), glyph)
	x = in.Text(x+1, y, ink(r).With(bold), word)
	s.payback(f, in.Sub(x+3, y, in.W-x-3, 1), v)
	for i, l := range reason {
		in.Fit(0, y+1+i, in.W, ink(text), l, f.g)
	}
	y += 1 + len(reason)
	for i, l := range warning {
		if i == 0 {
			in.Rune(0, y, ink(warn), f.g.Warning)
		}
		in.Fit(2, y+i, in.W-2, ink(dim), l, f.g)
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
	} else if c, ok := leastChange(*today, month).Get(); ok {
		glyph, role := changeSign(f.g, c)
		f.buf = appendChange(append(appendGlyph(f.bound(f.buf[:0], month.Evidence), glyph), ' '), c, f.g)
		if month.Evidence.LowerBound && c < 0 {
			role = dim // it may be no less
		}
		row.BytesRight(nameW+monthW+changeW+1, 0, ink(role), f.buf)
	}
	if m := v.Float(); top > 0 && m > 0 {
		n := max(int(m/top*float64(bars)+0.5), min(bars, 1))
		row.HLine(nameW+monthW+changeW+3, 0, n, ink(area), f.g.Bar)
	}
}

// leastChange is the change of a month that may be a lower bound: then it is one too.
func leastChange(today, month migration.Figure[migration.USD]) migration.Opt[migration.Ratio] {
	month.Evidence.LowerBound = false
	return changeOf(today, month)
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
	if h == s.answer.Before {
		return
	}
	even, ok := l.BreakEven.Get()
	switch pace, known := v.RunsPerDay.Get(); {
	case l.Never:
		put(1, ink(lambda), append(f.buf[:0], "never"...))
	case !ok:
		put(1, ink(dim), append(f.buf[:0], '-'))
	case even == 0:
		put(1, ink(good), append(f.buf[:0], "any"...))
	case known && (pace > even) != l.Below:
		put(1, ink(good), appendGlyph(append(appendEven(f.buf[:0], l), ' '), f.g.Check))
	default:
		put(1, ink(text), appendEven(f.buf[:0], l))
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

// appendEven writes a break-even: from how many runs a day, or below how many.
func appendEven(b []byte, on *migration.PlatformCost) []byte {
	if on.Below {
		b = append(b, '<')
	}
	return appendRate(b, on.BreakEven.Or(0))
}

// payback is what moving saves from now on, what it has saved already, and when that has paid
// for it.
func (s *whatIf) payback(f *frame, p canvas.Pane, v *migration.TenantScenario) {
	saving, ok := v.Saving.Value.Get()
	if !ok {
		return
	}
	before := s.answer.Before.String()
	amount := func(b []byte, u migration.USD) []byte {
		return append(dollars(b, migration.Dollars(u.Decimal().Abs()), 1, appendMoney), "/mo"...)
	}
	b, verb, verbs := append(f.buf[:0], "on "...), "save ", "saves "
	b = append(append(b, s.scenario.Target.String()...), " it "...)
	cost := "costs "
	if n := s.answer.Movers; !s.one && n > 0 {
		b = append(strconv.AppendInt(f.buf[:0], int64(n), 10), " tenant "...)
		if n > 1 {
			b, verbs, cost = append(b[:len(b)-1], "s "...), verb, "cost "
		}
	}
	saved, _ := v.Saved.Value.Get()
	done := saved.Sign() > 0
	switch {
	case saving.Sign() < 0:
		b = append(append(amount(append(b, cost...), saving), " more than on "...), before...)
	case saving.Sign() == 0 && done:
		b, done = amount(append(b, verbs...), saved), false
		b = append(b, " already"...)
	default:
		if b = amount(append(b, verbs...), saving); done {
			b = append(b, " more"...)
		}
	}
	months, ok := v.Payback.Value.Get()
	switch {
	case !ok && saving.Add(saved).Sign() < 0:
		b = append(b, ", never paid back"...)
	case !ok:
	case months == 0:
		b = append(b, ", paid back at once"...)
	case months < 0.1:
		b = append(b, ", paid back in days"...)
	default:
		b = append(strconv.AppendFloat(append(b, ", paid back in "...), months, 'f', 1, 64), " months"...)
	}
	if done {
		b = append(amount(append(b, "; "...), saved), " saved already"...)
	}
	f.buf = b
	p.Fit(0, 0, p.W, ink(text), string(b), f.g)
}

// drawCurve is from how many runs a day the target is cheaper.
func (s *whatIf) drawCurve(f *frame, p canvas.Pane, v *migration.TenantScenario) {
	before, target := s.answer.Before, s.answer.Scenario.Target
	in := f.panel(p, "Break-even", "dollars a month, by runs a day", false)
	from, on := &v.On[before], &v.On[target]
	c, ok := newCurve(from.Run.Value, on.Run.Value, on.Fixed, v.RunsPerDay, on.BreakEven, before.String(), target.String())
	if !ok {
		why := on.Problem
		if !from.Run.Value.Known() {
			why = from.Problem
		}
		if why == "" {
			why = v.Verdict.Reason
		}
		f.paragraph(in, 0, 0, ink(dim), why, max(in.H, 1))
		return
	}
	c.Before.Fixed, _ = usdOf(from.Fixed)
	if base := s.of(s.base, f.data); base != nil && s.changed {
		now := s.base.Scenario.Target
		was, ok := newCurve(from.Run.Value, base.On[now].Run.Value, base.On[now].Fixed, v.RunsPerDay,
			on.BreakEven, before.String(), now.String()+" now")
		if ok && (was.After.Fixed != c.After.Fixed || was.After.PerRun != c.After.PerRun) {
			c.Now = &was.After
		}
	}
	c.Draw(in, f.g, &f.scratch)
}
