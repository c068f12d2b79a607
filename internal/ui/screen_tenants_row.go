package ui

import (
	"math"
	"strconv"
	"time"

	"github.com/migtop/migtop/internal/columns"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
	"github.com/migtop/migtop/internal/ui/plot"
)

// rowDrawer draws tenants of one table.
type rowDrawer struct {
	f                        *frame
	lambdaPlaces, jobsPlaces int
}

func (r *rowDrawer) row(p canvas.Pane, t *migration.TenantView, places []columnSlot) {
	if worst := migration.Worst(t.Notices); worst >= migration.Warning {
		glyph, role, _ := severitySign(r.f.g, worst)
		p.Rune(1, 0, ink(role), glyph)
	}
	for _, c := range places {
		r.cell(p, t, c)
	}
}

func (r *rowDrawer) cell(p canvas.Pane, t *migration.TenantView, c columnSlot) {
	f, d := r.f, &r.f.data.denied
	end := c.x + c.w
	switch c.id {
	case colTenant:
		st := ink(strong)
		if t.Tenant == migration.Unattributed {
			st = ink(dim)
		}
		p.Fit(c.x, 0, c.w, st, t.Tenant.String(), f.g)
	case colRouted:
		r.routed(p, t, c)
	case colLambda:
		r.money(p, end, &t.Before, lambda, d.before, r.lambdaPlaces)
	case colJobs:
		r.money(p, end, &t.After, jobs, d.after, r.jobsPlaces)
	case colDelta:
		r.delta(p, t, end)
	case colBreakEven:
		r.breakEven(p, t, end)
	case colFailed:
		r.pair(p, c, t.Before.Present, t.After.Present, func(s *migration.Side, b []byte) ([]byte, bool, canvas.Role) {
			rate, ok := s.FailureRate.Get()
			return appendPercent(b, rate), ok, judged(s.Severity.FailureRate, text)
		}, t)
	case colP95:
		m := f.rowMemo(t)
		r.quantiles(p, c, m.lambdaP95, m.jobsP95)
	case colStartUp:
		m := f.rowMemo(t)
		r.quantiles(p, c, m.lambdaStart, m.jobsStart)
	case colWall:
		r.wall(p, t, end)
	case colEvidence:
		bar := migration.None[float64]()
		if t.Cutover.Detail.Judged() {
			bar = migration.Some(t.Cutover.Detail.Bar)
		}
		f.evidenceBar(p, cutoverSlot{stepBar, c.x, c.w - (c.w+1)%2}, bar, sideGap(f.move(), t) == "")
	case colVerdict:
		f.verdict(p, c.x, 0, c.w, t)
	case colLambdaSpark:
		plot.Sparkline(p, c.x, 0, c.w, &t.Before.CostSeries, f.snap.Window.From, f.snap.Window.To, f.rowMemo(t).top, lambdaArea, f.g,
			&f.scratch)
	case colJobsSpark:
		plot.Sparkline(p, c.x, 0, c.w, &t.After.CostSeries, f.snap.Window.From, f.snap.Window.To, f.rowMemo(t).top, jobsArea, f.g,
			&f.scratch)
	default:
		r.further(p, t, c)
	}
}

// further are the columns that are not on the first screen.
func (r *rowDrawer) further(p canvas.Pane, t *migration.TenantView, c columnSlot) {
	f := r.f
	switch c.id {
	case colRuns:
		r.pair(p, c, true, true, func(s *migration.Side, b []byte) ([]byte, bool, canvas.Role) {
			n, ok := s.Runs.Get()
			return appendCount(b, n), ok, text
		}, t)
	case colPerRun:
		r.pair(p, c, true, true, func(s *migration.Side, b []byte) ([]byte, bool, canvas.Role) {
			v, ok := s.CostPerRun.Value.Get()
			if !ok {
				return b, false, text
			}
			return appendPerRun(f.bound(b, s.CostPerRun.Evidence), v), true, text
		}, t)
	case colLive:
		x := r.count(p, c.x+c.w, t.After.Pending, judged(t.After.Severity.Pending, text))
		p.Rune(x-2, 0, ink(line), '/')
		r.count(p, x-3, t.After.Running, jobs)
	case colMemory:
		r.pair(p, c, true, true, func(s *migration.Side, b []byte) ([]byte, bool, canvas.Role) {
			share, ok := columns.MemoryShare(s).Get()
			return appendPercent(b, share), ok, judged(s.Severity.PeakMemory, text)
		}, t)
	case colMonthEnd:
		r.total(p, c, &t.Economics.MonthEnd, text)
	case colSaving:
		r.total(p, c, &t.Economics.Saving, savingRole(t.Economics.Saving.Value))
	case colKilled:
		l, j := &t.Before.Severity, &t.After.Severity
		x := r.count(p, c.x+c.w, t.After.OOMKilled, judged(j.OOMKilled, text))
		p.Rune(x-2, 0, ink(line), '/')
		x = r.count(p, x-3, migration.Plus(t.Before.TimedOut, t.After.TimedOut), judged(max(l.TimedOut, j.TimedOut), text))
		p.Rune(x-2, 0, ink(line), '/')
		r.count(p, x-3, t.Before.Throttled, judged(l.Throttled, text))
	default:
		r.plain(p, t, c)
	}
}

// plain draws a column as the text that its description has.
func (r *rowDrawer) plain(p canvas.Pane, t *migration.TenantView, c columnSlot) {
	screen := &tableColumns[c.id]
	row := columns.Of(t, r.f.snap.Move)
	draw := func(side, x, w int, right bool) {
		cell := screen.Column.Value(&row, side)
		short, st := cell.Short(), ink(text)
		if short == "" {
			short, st = unknown(false)
		}
		if right {
			x += max(w-canvas.Cells(short), 0)
		}
		p.Fit(x, 0, w, st, short, r.f.g)
	}
	if !screen.Pair {
		draw(screen.Side, c.x, c.w, screen.Right())
		return
	}
	half := (c.w - 1) / 2
	draw(0, c.x, c.w-half-1, true)
	p.Rune(c.x+c.w-half-1, 0, ink(line), '/')
	draw(1, c.x+c.w-half, half, true)
}

// total draws an amount of a month, to the cent.
func (r *rowDrawer) total(p canvas.Pane, c columnSlot, fig *migration.Figure[migration.USD], some canvas.Role) {
	f := r.f
	end := c.x + c.w - 1 // for the mark
	v, ok := fig.Value.Get()
	if !ok {
		s, st := unknown(false)
		p.TextRight(end-3, 0, st, s)
		return
	}
	f.buf = appendFixed(f.bound(f.buf[:0], fig.Evidence), v.Decimal(), 1, 2)
	p.BytesRight(end, 0, ink(some), f.buf)
	p.Rune(end, 0, ink(dim), f.mark(fig.Evidence))
}

// count draws a number that ends before column end, in a role of its own where
// it is not 0, and returns where it begins.
func (r *rowDrawer) count(p canvas.Pane, end int, o migration.Opt[int64], some canvas.Role) int {
	n, ok := o.Get()
	if !ok {
		p.Rune(end-1, 0, ink(dim), '-')
		return end - 1
	}
	st := ink(text)
	if n > 0 {
		st = ink(some)
	}
	r.f.buf = appendCount(r.f.buf[:0], n)
	p.BytesRight(end, 0, st, r.f.buf)
	return end - len(r.f.buf)
}

func (r *rowDrawer) routed(p canvas.Pane, t *migration.TenantView, c columnSlot) {
	f := r.f
	share, ok := t.Routed.Value.Get()
	end := c.x + c.w
	if !ok {
		s, st := unknown(f.data.denied.before)
		p.TextRight(end, 0, st, s)
		return
	}
	if w := c.w - 5; w >= 4 {
		plot.Bar(p, c.x, 0, w, float64(share), jobs, lambda, f.theme, f.g)
	}
	f.buf = appendWhole(f.buf[:0], share)
	p.BytesRight(end, 0, ink(text), f.buf)
}

// appendWhole writes a share in whole percent, without making a little into
// nothing or nearly all into all.
func appendWhole(b []byte, r migration.Ratio) []byte {
	p := int64(float64(r)*100 + 0.5)
	switch {
	case r > 0 && p == 0:
		p = 1
	case r < 1 && p == 100:
		p = 99
	}
	return append(strconv.AppendInt(b, p, 10), '%')
}

// money draws an hourly rate so that all rows of the column stand on the point.
func (r *rowDrawer) money(p canvas.Pane, end int, s *migration.Side, side canvas.Role, forbidden bool, places int) {
	f := r.f
	v, ok := s.CostPerHour.Value.Get()
	end-- // for the mark
	if !ok {
		u, st := unknown(forbidden)
		p.TextRight(end-places-1, 0, st, u)
		return
	}
	hours := f.unit.hours()
	limit := 0.5
	for range places {
		limit /= 10
	}
	e := s.CostPerHour.Evidence
	f.buf = f.bound(f.buf[:0], e)
	x := v.Float() * float64(hours)
	if v.Sign() == 0 && !e.LowerBound { // places would make it look measured finely
		p.TextRight(end-places-1, 0, ink(dim), "0")
		return
	}
	if x > 0 && x < limit && !e.LowerBound { // it is not nothing
		f.buf = append(f.buf, '<')
		f.buf = strconv.AppendFloat(f.buf, limit*2, 'f', places, 64)
	} else {
		f.buf = appendFixed(f.buf, v.Decimal(), hours, places)
	}
	p.BytesRight(end, 0, ink(side), f.buf)
	p.Rune(end, 0, ink(dim), f.mark(e))
}

func (r *rowDrawer) delta(p canvas.Pane, t *migration.TenantView, end int) {
	f := r.f
	d, ok := t.Delta.Value.Get()
	end--
	if !ok {
		s, st := unknown(false)
		p.TextRight(end-2, 0, st, s)
		return
	}
	glyph, role := changeSign(f.g, d)
	f.buf = append(appendGlyph(f.buf[:0], glyph), ' ')
	f.buf = appendChange(f.buf, d, f.g)
	p.BytesRight(end, 0, ink(role), f.buf)
	p.Rune(end, 0, ink(dim), f.mark(t.Delta.Evidence))
}

func (r *rowDrawer) breakEven(p canvas.Pane, t *migration.TenantView, end int) {
	f := r.f
	at, ok := t.BreakEven.Value.Get()
	end -= 2 // for the tick
	if !ok {
		if t.Crossing == crossesNever {
			p.TextRight(end, 0, ink(dim), "never")
			return
		}
		s, st := unknown(false)
		p.TextRight(end, 0, st, s)
		return
	}
	f.buf = appendRate(f.buf[:0], at)
	p.BytesRight(end, 0, ink(text), f.buf)
	if pays(t, f.snap.Window.Span) {
		p.Rune(end+1, 0, ink(good), f.g.Check)
	}
}

// Where Jobs are cheaper, in the words of [migration.TenantView.Crossing].
const (
	crossesAtOnce = "at once"
	crossesAbove  = "above"
	crossesBelow  = "below"
	crossesNever  = "never"
)

// pays reports whether a tenant's runs a day are on the side of its break-even on which Jobs are cheaper.
func pays(t *migration.TenantView, span time.Duration) bool {
	at, ok1 := t.BreakEven.Value.Get()
	pace, ok2 := runsPerDay(t, span)
	switch t.Crossing {
	case crossesAtOnce:
		return true
	case crossesAbove:
		return ok1 && ok2 && pace > at
	case crossesBelow:
		return ok1 && ok2 && pace < at
	}
	return false
}

func (r *rowDrawer) wall(p canvas.Pane, t *migration.TenantView, end int) {
	f := r.f
	share, ok := migration.Larger(t.Before.TimeoutRatio, t.After.TimeoutRatio).Get()
	if !ok {
		s, st := unknown(f.data.denied.config)
		p.TextRight(end, 0, st, s)
		return
	}
	role := judged(max(t.Before.Severity.TimeoutRatio, t.After.Severity.TimeoutRatio), dim)
	f.buf = appendWhole(f.buf[:0], share)
	p.BytesRight(end, 0, ink(role), f.buf)
	p.Rune(end-5, 0, ink(role), plot.LevelGlyph(float64(share), f.g))
}

// pair draws a figure of both sides next to each other, a slash between them.
func (r *rowDrawer) pair(p canvas.Pane, c columnSlot, lambdaPresent, jobsPresent bool,
	figure func(*migration.Side, []byte) ([]byte, bool, canvas.Role), t *migration.TenantView,
) {
	f := r.f
	half := (c.w - 1) / 2
	mid := c.x + c.w - half - 1
	p.Rune(mid, 0, ink(line), '/')
	for i, s := range [...]*migration.Side{&t.Before, &t.After} {
		end := mid
		forbidden := f.data.denied.before
		if i == 1 {
			end, forbidden = c.x+c.w, f.data.denied.after
		}
		if i == 0 {
			end--
		}
		b, ok, role := figure(s, f.buf[:0])
		if !ok || (i == 0 && !lambdaPresent) || (i == 1 && !jobsPresent) {
			u, st := unknown(forbidden)
			p.TextRight(end, 0, st, u)
			continue
		}
		f.buf = b
		st := ink(role)
		p.BytesRight(end, 0, st, b)
	}
}

func (r *rowDrawer) quantiles(p canvas.Pane, c columnSlot, l, j migration.Opt[migration.Bounds[time.Duration]]) {
	f := r.f
	half := (c.w - 1) / 2
	mid := c.x + c.w - half - 1
	p.Rune(mid, 0, ink(line), '/')
	for i, o := range [...]migration.Opt[migration.Bounds[time.Duration]]{l, j} {
		end := mid - 1
		forbidden := f.data.denied.before
		if i == 1 {
			end, forbidden = c.x+c.w, f.data.denied.after
		}
		v, ok := o.Get()
		if !ok {
			u, st := unknown(forbidden)
			p.TextRight(end, 0, st, u)
			continue
		}
		f.buf = appendBound(f.buf[:0], v, f.g)
		p.BytesRight(end, 0, ink(text), f.buf)
	}
}

// appendPerRun writes what one run costs, which may be far below a cent.
func appendPerRun(b []byte, v migration.USD) []byte {
	f := math.Abs(v.Float())
	switch {
	case v.Sign() == 0:
		return append(b, '0')
	case f >= 1:
		return appendFixed(b, v.Decimal(), 1, 2)
	case f >= 0.0001:
		return appendFixed(b, v.Decimal(), 1, 5)
	case f >= 0.0000001:
		return appendFixed(b, v.Decimal(), 1, 8)
	case v.Sign() < 0:
		return append(b, ">-0.0000001"...)
	}
	return append(b, "<0.0000001"...)
}
