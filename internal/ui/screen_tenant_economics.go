package ui

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// economicsHeight is how many rows the answers and the curve take, borders included.
const economicsHeight = 14

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
	usd("platform share", &a.Fixed, text, perMonthly)
	even, st := opt(f, v.BreakEven.Value, ink(strong), false, appendPerDay)
	if !v.BreakEven.Value.Known() && jobsCostMore(a) {
		even, st = "never", ink(lambda)
	}
	row("break-even runs", even, st, v.BreakEven.Evidence)
	pace, st := opt(f, a.RunsPerDay, ink(accent), false, appendPerDay)
	row("runs now", pace, st, migration.Provenance{Method: migration.Derived})
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
	usd("saving on "+f.after().Label, &a.Saving, savingRole(a.Saving.Value), perMonthly)
	usd("month end", &a.MonthEnd, strong, appendMoney)
	usd("  if it does not move", &a.Stay, text, appendMoney)
	moves, st := opt(f, a.Cutover, ink(accent), false, f.clockTime)
	row("planned cutover", moves, st, migration.Provenance{})
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

// jobsCostMore reports whether a run is known to cost no less on Jobs.
func jobsCostMore(a *migration.Economics) bool {
	l, ok1 := a.BeforeRun.Value.Get()
	j, ok2 := a.AfterRun.Value.Get()
	return ok1 && ok2 && l.Cmp(j) <= 0
}

// breakEven is the curve of a tenant: a month on either side against its runs a day.
func breakEven(f *frame, p canvas.Pane, v *migration.TenantView) {
	in := f.panel(p, "Break-even", "dollars a month, by runs a day", false)
	a := &v.Economics
	c, ok := newCurve(a.BeforeRun.Value, a.AfterRun.Value, a.Fixed.Value, a.RunsPerDay, v.BreakEven.Value, f.before().Label,
		f.after().Label)
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
