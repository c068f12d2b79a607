package ui

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// economicsHeight is how many rows the answers and the curve take, borders included.
func economicsHeight(v *migration.TenantView) int {
	height := 16
	if v.Economics.Gap != "" {
		height = 12
	}
	if standing(v) {
		height++
	}
	if v.Economics.Cutover.Known() {
		height++
	}
	return height
}

// standing reports whether Lambda costs something at no run.
func standing(v *migration.TenantView) bool {
	return v.Economics.BeforeFixed.Value.Or(migration.USD{}).Sign() > 0
}

// economics are what follows from a tenant's costs: from when Jobs pay, what moving
// saves, and where the month ends.
func economics(f *frame, p canvas.Pane, v *migration.TenantView) {
	in := f.panel(p, "Costs and savings", f.sideAges(), false)
	const label = 22
	end := min(label+15, in.W)
	y := 0
	row := func(name, value string, st canvas.Style, e migration.Provenance) {
		if y < in.H {
			in.Text(0, y, ink(dim), name)
			in.TextRight(end, y, st, value)
			if value != "-" && end+2 < in.W {
				in.Fit(end+2, y, in.W-end-2, ink(dim), methodWord(e), f.g)
			}
		}
		y++
	}
	a := &v.Economics
	usd := func(name string, fig *migration.Figure[migration.USD], r canvas.Role, write func([]byte, migration.USD, int64) []byte) {
		s, st := opt(f, fig.Value, ink(r), false, func(b []byte, u migration.USD) []byte {
			return f.marked(f.amount(b, u, fig.Evidence, 1, write), fig.Evidence)
		})
		row(name, s, st, fig.Evidence)
	}
	run := func(b []byte, u migration.USD, _ int64) []byte { return appendPerRun(b, u) }
	usd("cost per run, "+f.before().Label, &a.BeforeRun, lambda, run)
	usd("cost per run, "+f.after().Label, &a.AfterRun, jobs, run)
	if standing(v) {
		usd("fixed, "+f.before().Label, &a.BeforeFixed, text, perMonthly)
	}
	usd("platform and idle", &a.Fixed, text, perMonthly)
	pace, st := opt(f, a.RunsPerDay, ink(accent), false, appendPerDay)
	row("runs now", pace, st, migration.Provenance{Method: migration.Derived})
	if a.Gap != "" {
		if y+1 < in.H {
			f.paragraph(in, 0, y+1, ink(warn), "Not compared: "+a.Gap, in.H-y-1)
		}
		return
	}
	even, st := opt(f, v.BreakEven.Value, ink(strong), false, appendPerDay)
	switch v.Crossing {
	case crossesNever:
		even, st = "never", ink(lambda)
	case crossesAtOnce:
		even = "at once"
	case crossesBelow:
		even = "under " + even
	}
	row("break-even runs", even, st, v.BreakEven.Evidence)
	length, st := opt(f, a.Duration.Value, ink(text), false, appendLength)
	row("break-even run time", length, st, a.Duration.Evidence)
	memory, st := opt(f, a.Memory.Value, ink(text), false, appendBytes)
	row("break-even memory", memory, st, a.Memory.Evidence)
	busy, st := opt(f, a.Utilization.Value, ink(text), false, func(b []byte, r migration.Ratio) []byte {
		if r > 1 {
			return append(b, "never"...)
		}
		return append(appendPercent(b, r), " %"...)
	})
	row("break-even use", busy, st, a.Utilization.Evidence)
	usd("month, all on "+f.before().Label, &a.BeforeMonth, text, perMonthly)
	usd("month, all on "+f.after().Label, &a.AfterMonth, text, perMonthly)
	usd("still to be saved", &a.Saving, savingRole(a.Saving.Value), perMonthly)
	usd("saved so far", &a.Saved, savingRole(a.Saved.Value), perMonthly)
	usd("month end", &a.MonthEnd, strong, appendMoney)
	usd("  all on "+f.before().Label, &a.Stay, text, appendMoney)
	if a.Cutover.Known() {
		moves, st := opt(f, a.Cutover, ink(accent), false, f.clockTime)
		row("planned cutover", moves, st, migration.Provenance{})
	}
}

func perMonthly(b []byte, u migration.USD, n int64) []byte {
	return append(appendMoney(b, u, n), "/mo"...)
}

func appendPerDay(b []byte, runs float64) []byte { return append(appendRate(b, runs), "/day"...) }

func savingRole(o migration.Opt[migration.USD]) canvas.Role {
	switch u, ok := o.Get(); {
	case ok && u.Sign() < 0:
		return bad
	case ok && u.Sign() > 0:
		return good
	}
	return text
}

// appendLength writes from which length of a run on something holds.
func appendLength(b []byte, d time.Duration) []byte {
	if d <= 0 {
		return append(b, "any"...)
	}
	return appendDuration(b, d)
}

// methodWord says how a figure is known, "" where that is not known of it.
func methodWord(e migration.Provenance) string {
	if e.Method == 0 {
		return ""
	}
	return e.Method.String()
}

// breakEven is the curve of a tenant: a month on either side against its runs a day.
func breakEven(f *frame, p canvas.Pane, v *migration.TenantView) {
	in := f.panel(p, "Break-even", "dollars a month, by runs a day", false)
	a := &v.Economics
	c, ok := newCurve(a.BeforeRun.Value, a.AfterRun.Value, a.Fixed.Value, a.RunsPerDay, v.BreakEven.Value, f.before().Label,
		f.after().Label)
	c.Before.Fixed, _ = usdOf(a.BeforeFixed.Value)
	if a.Gap != "" {
		f.paragraph(in, 0, 0, ink(dim), "No curve: "+a.Gap, max(in.H, 1))
		return
	}
	if !ok {
		missing, e := "what a run costs on "+f.before().Label, a.BeforeRun.Evidence
		switch {
		case !a.BeforeRun.Value.Known():
		case !a.AfterRun.Value.Known():
			missing, e = "what a run costs on "+f.after().Label, a.AfterRun.Evidence
		default:
			missing, e = "what the platform costs", a.Fixed.Evidence
		}
		text := "No curve: " + missing + " is unknown."
		if e.Note != "" {
			text += " " + e.Note
		}
		f.paragraph(in, 0, 0, ink(dim), text, max(in.H, 1))
		return
	}
	c.Draw(in, f.g, &f.scratch)
}
