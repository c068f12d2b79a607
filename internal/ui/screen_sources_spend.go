package ui

import (
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// spend is what migtop's own questions cost.
func (f *frame) spend(p canvas.Pane) {
	in := f.panel(p, "Cost of migtop's own API calls", "low to high", false)
	f.spendLines(in)
}

func (f *frame) spendLines(p canvas.Pane) {
	s := &f.snap.Spend
	between := func(low, high migration.Opt[migration.USD]) (string, canvas.Style) {
		l, ok := low.Get()
		if !ok {
			return unknown(false)
		}
		b := f.amount(f.buf[:0], l, migration.Provenance{LowerBound: s.LowerBound}, 1, appendRound)
		if h, ok := high.Get(); ok && h.Cmp(l) != 0 {
			b = dollars(append(b, " to "...), h, 1, appendRound)
		}
		f.buf = b
		return string(b), ink(text)
	}
	for i, l := range [...]struct {
		label     string
		low, high migration.Opt[migration.USD]
	}{
		{"an hour", s.PerHourLow, s.PerHourHigh},
		{"a month at this pace", s.PerMonthLow, s.PerMonthHigh},
		{"this month so far", s.ThisMonthLow, s.ThisMonthHigh},
		{"since start", s.SoFarLow, s.SoFarHigh},
	} {
		p.Text(0, i, ink(dim), l.label)
		v, st := between(l.low, l.high)
		x := p.Text(22, i, st, v)
		if limit, ok := s.BudgetMonth.Get(); ok && i == 2 {
			p.Text(x+1, i, ink(dim), "of $"+limit.String())
		}
	}
	if says, st := f.budget(); says != "" {
		label := "budget"
		if !s.BudgetHour.Known() && !s.BudgetDay.Known() && !s.BudgetMonth.Known() {
			label = "note"
		}
		p.Text(0, 4, ink(dim), label)
		p.Fit(22, 4, p.W-22, st, says, f.g)
		return
	}
	f.buf = appendCount(f.buf[:0], s.MetricsLow)
	if s.MetricsHigh != s.MetricsLow {
		f.buf = appendCount(append(f.buf, " to "...), s.MetricsHigh)
	}
	if s.ScannedBytes > 0 {
		f.buf = append(f.buf, ", and "...)
		f.buf = append(f.buf, megabytes(s.ScannedBytes)...)
		f.buf = append(f.buf, " of logs scanned"...)
	}
	p.Text(0, 4, ink(dim), "metrics requested")
	p.Bytes(22, 4, ink(text), f.buf)
}

// budget is what the configuration allows and what that does to the pace, "" where
// there is nothing to say.
func (f *frame) budget() (string, canvas.Style) {
	if note := f.snap.Spend.Note; note != "" {
		return note, ink(warn)
	}
	var says []string
	for _, l := range [...]struct {
		limit migration.Opt[migration.USD]
		per   string
	}{{f.snap.Spend.BudgetHour, "hour"}, {f.snap.Spend.BudgetDay, "day"}, {f.snap.Spend.BudgetMonth, "month"}} {
		if u, ok := l.limit.Get(); ok {
			says = append(says, "$"+u.String()+"/"+l.per)
		}
	}
	if len(says) == 0 {
		return "", ink(dim)
	}
	return strings.Join(says, ", ") + ": within", ink(text)
}

// priceLine is the price book in one row, for where there is no room for more.
func (f *frame) priceLine(p canvas.Pane) {
	pr := &f.snap.Prices
	p.Text(0, 0, ink(dim), "prices' age by cost")
	if pr.AsOf == "" { // no prices, no age
		none, st := unknown(false)
		p.Text(22, 0, st, none)
		return
	}
	x := p.Bytes(f.priceAge(p, 22, 0)+2, 0, ink(dim), append(append(f.buf[:0], "oldest "...), pr.AsOf...))
	x = p.Text(x+2, 0, ink(dim), pr.Certainty)
	if n := len(pr.Unknown); n > 0 {
		f.buf = append(appendCount(f.buf[:0], int64(n)), " have no price"...)
		p.Bytes(x+2, 0, ink(warn), f.buf)
	}
}

// priceAge writes the age of the prices that are paid, with a mark where they are old, and
// returns the column behind it.
func (f *frame) priceAge(p canvas.Pane, x, y int) int {
	pr := &f.snap.Prices
	st := ink(judged(pr.Severity, text))
	if pr.Severity > 0 {
		x = p.Rune(x, y, st, f.g.Warning) + 1
	}
	f.buf = append(appendCount(f.buf[:0], int64(pr.AgeDays)), " days"...)
	return p.Bytes(x, y, st, f.buf)
}

// prices says how old the price book is and what it does not know.
func (f *frame) prices(p canvas.Pane) {
	pr := &f.snap.Prices
	in := f.panel(p, "Prices", "", false)
	in.Text(0, 0, ink(dim), "age by cost")
	if pr.AsOf == "" {
		none, st := unknown(false)
		in.Text(21, 0, st, none)
	} else {
		in.Bytes(f.priceAge(in, 21, 0)+2, 0, ink(dim), append(append(f.buf[:0], "oldest "...), pr.AsOf...))
	}
	in.Text(0, 1, ink(dim), "least certain price")
	certainty, st := pr.Certainty, ink(text)
	if certainty == "" {
		certainty, st = unknown(false)
	}
	in.Text(21, 1, st, certainty)
	in.Text(0, 2, ink(dim), "no price for")
	if len(pr.Unknown) == 0 {
		in.Text(21, 2, ink(text), "none")
	} else {
		in.Fit(21, 2, in.W-21, ink(warn), strings.Join(pr.Unknown, ", "), f.g)
	}
	if len(pr.Unknown) > 0 || pr.Severity > 0 {
		in.Fit(21, 3, in.W-21, ink(dim), "run migtop prices refresh", f.g)
	}
}
