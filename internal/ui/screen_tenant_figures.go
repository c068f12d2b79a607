package ui

import (
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
	"github.com/migtop/migtop/internal/ui/plot"
)

// figureRow is one quantity of a tenant on both sides, with what each rests on.
type figureRow struct {
	label  string
	values [2]string
	styles [2]canvas.Style
	change migration.Opt[migration.Ratio] // Jobs over Lambda, minus 1
	mark   rune                           // behind the change; 0 for none
	proof  [2]proof
	known  string // how it is known in one word for both, instead of proof
}

// proof is what a figure is and how it is known.
type proof struct {
	kind   migration.Kind
	method migration.Method
	none   bool
}

func (a proof) words() string {
	if a.none {
		return "-"
	}
	measured := a.method == migration.Measured && (a.kind == migration.Counted || a.kind == migration.Used)
	if a.kind == 0 || measured {
		return a.method.String()
	}
	return a.kind.String() + ", " + a.method.String()
}

// figureTable works out the side-by-side rows of a tenant.
type figureTable struct {
	f         *frame
	v         *migration.TenantView
	forbidden [2]bool // by side
	rows      []figureRow
}

// figureCell works out what a row says of one side, the one before the move or after it.
type figureCell func(side int, s *migration.Side, r *figureRow)

// figureRows are the rows of a tenant, both sides of each.
func figureRows(f *frame, v *migration.TenantView) []figureRow {
	d := &f.data.denied
	t := &figureTable{f: f, v: v, forbidden: [2]bool{d.before, d.after}, rows: make([]figureRow, 0, 20)}
	t.addCosts()
	t.addCounts()
	t.addTimes()
	t.addMemory()
	t.addLive()
	return t.rows
}

func (t *figureTable) add(label string, cell figureCell) *figureRow {
	t.rows = append(t.rows, figureRow{label: label})
	r := &t.rows[len(t.rows)-1]
	for i, s := range t.v.Sides() {
		cell(i, s, r)
	}
	return r
}

func (t *figureTable) addCosts() {
	f, v := t.f, t.v
	perRun := func(b []byte, u migration.USD, _ int64) []byte { return appendPerRun(b, u) }
	cost := func(s *migration.Side) *migration.Figure[migration.USD] { return &s.CostPerHour }
	r := t.add("cost per "+f.unit.String(), t.usd(cost, f.unit.hours(), appendMoney))
	r.change = changeOf(v.Before.CostPerHour, v.After.CostPerHour)
	cost = func(s *migration.Side) *migration.Figure[migration.USD] { return &s.CostPerRun }
	r = t.add("cost per run", t.usd(cost, 1, perRun))
	r.change = v.Delta.Value
	switch {
	case !r.change.Known():
		r.change = changeOf(v.Before.CostPerRun, v.After.CostPerRun)
	case f.mark(v.Delta.Evidence) != ' ':
		r.mark = f.mark(v.Delta.Evidence)
		if !v.After.CostPerRun.Value.Known() && v.Delta.Evidence.Method == migration.Estimated {
			r.known = "est., no " + f.after().Run + " yet" // calculated from what the runs before the move use
		}
	}
	cost = func(s *migration.Side) *migration.Figure[migration.USD] { return &s.Cost }
	t.add("cost in "+formatSpan(f.snap.Window.Span), t.usd(cost, 1, appendMoney))
	if v.Before.LogBytes.Known() || v.After.LogBytes.Known() {
		cost = func(s *migration.Side) *migration.Figure[migration.USD] { return &s.LogCost }
		t.add("  of it logs", t.usd(cost, 1, perRun))
	}
}

func (t *figureTable) usd(fig func(*migration.Side) *migration.Figure[migration.USD], times int64,
	write func([]byte, migration.USD, int64) []byte,
) figureCell {
	f := t.f
	colour := [2]canvas.Role{lambda, jobs}
	return func(i int, s *migration.Side, r *figureRow) {
		x := fig(s)
		r.values[i], r.styles[i] = opt(f, x.Value, ink(colour[i]).With(bold), t.forbidden[i], func(b []byte, u migration.USD) []byte {
			return f.marked(f.amount(b, u, x.Evidence, times, write), x.Evidence)
		})
		r.proof[i] = proof{x.Kind, x.Evidence.Method, !x.Value.Known()}
	}
}

// sideCount is a number of runs of a side, and its role.
type sideCount func(*migration.Side) (migration.Opt[int64], canvas.Role)

func (t *figureTable) addCounts() {
	t.add("runs", t.count(func(s *migration.Side) (migration.Opt[int64], canvas.Role) { return s.Runs, text }))
	failures := t.count(func(s *migration.Side) (migration.Opt[int64], canvas.Role) {
		return s.Failures, judged(s.Severity.FailureRate, text)
	})
	t.add("failures", func(i int, s *migration.Side, r *figureRow) {
		failures(i, s, r)
		if rate, ok := s.FailureRate.Get(); ok && s.Failures.Or(0) > 0 {
			b := append(appendPercent(append(t.f.buf[:0], r.values[i]+"  "...), rate), " %"...)
			r.values[i] = string(b)
		}
	})
	t.add("throttled", t.count(func(s *migration.Side) (migration.Opt[int64], canvas.Role) {
		return s.Throttled, judged(s.Severity.Throttled, text)
	}))
	t.add("timed out", t.count(func(s *migration.Side) (migration.Opt[int64], canvas.Role) {
		return s.TimedOut, judged(s.Severity.TimedOut, text)
	}))
	t.add("OOMKilled", t.count(func(s *migration.Side) (migration.Opt[int64], canvas.Role) {
		return s.OOMKilled, judged(s.Severity.OOMKilled, text)
	}))
}

// count is a number of runs.
func (t *figureTable) count(of sideCount) figureCell {
	return func(i int, s *migration.Side, r *figureRow) {
		n, look := of(s)
		r.values[i], r.styles[i] = opt(t.f, n, ink(look), t.forbidden[i], func(b []byte, n int64) []byte {
			return t.late(appendCount(b, n), s)
		})
		r.proof[i] = proof{migration.Counted, s.Activity.Method, !n.Known()}
	}
}

// late marks a figure that includes minutes which may still change.
func (t *figureTable) late(b []byte, s *migration.Side) []byte {
	if s.Activity.Provisional {
		b = appendGlyph(b, t.f.g.NotFinal)
	}
	return b
}

func (t *figureTable) addTimes() {
	run := func(s *migration.Side) *migration.Distribution[time.Duration] { return &s.Duration }
	t.add("run time p50", t.quantile(run, 0.5))
	t.add("         p95", t.quantile(run, 0.95))
	t.add("         p99", t.quantile(run, 0.99))
	t.add("         max", t.quantile(run, 1))
	t.add("start-up p95", t.quantile(func(s *migration.Side) *migration.Distribution[time.Duration] { return &s.StartUp }, 0.95))
	t.add("timeout used", func(i int, s *migration.Side, r *figureRow) {
		st := ink(judged(s.Severity.TimeoutRatio, text))
		forbidden := i == 0 && t.f.data.denied.config
		r.values[i], r.styles[i] = opt(t.f, s.TimeoutRatio, st, forbidden, func(b []byte, w migration.Ratio) []byte {
			return append(appendPercent(append(appendGlyph(b, plot.LevelGlyph(float64(w), t.f.g)), ' '), w), " %"...)
		})
		r.proof[i] = proof{0, migration.Weaker(s.Activity.Method, migration.Derived), !s.TimeoutRatio.Known()}
	})
}

func (t *figureTable) quantile(of func(*migration.Side) *migration.Distribution[time.Duration], q float64) figureCell {
	f := t.f
	return func(i int, s *migration.Side, r *figureRow) {
		b := of(s).Quantile(q)
		write := func(out []byte, v migration.Bounds[time.Duration]) []byte { return t.late(appendBound(out, v, f.g), s) }
		r.values[i], r.styles[i] = opt(f, b, ink(text), t.forbidden[i], write)
		if v, ok := b.Get(); ok && !v.Tight() && v.Low > 0 {
			f.buf = append(appendDuration(f.buf[:0], v.Low), " - "...)
			r.values[i] = string(t.late(appendDuration(f.buf, v.High), s))
		}
		r.proof[i] = proof{migration.Used, s.Activity.Method, !b.Known()}
	}
}

func (t *figureTable) addMemory() {
	d := &t.f.data.denied
	forbidden := [2]bool{d.before, d.usage}
	t.add("peak memory", func(i int, s *migration.Side, r *figureRow) {
		write := func(b []byte, v migration.Bytes) []byte { return t.late(appendBytes(b, v), s) }
		r.values[i], r.styles[i] = opt(t.f, s.PeakMemory.Max(), ink(text), forbidden[i], write)
		r.proof[i] = proof{migration.Used, s.Activity.Method, !s.PeakMemory.Max().Known()}
	})
	t.add("memory limit", func(i int, s *migration.Side, r *figureRow) {
		r.values[i], r.styles[i] = opt(t.f, s.MemoryLimit, ink(judged(s.Severity.PeakMemory, text)), i == 0 && d.config, appendBytes)
		r.proof[i] = proof{migration.Requested, migration.Measured, !s.MemoryLimit.Known()}
	})
}

// addLive adds what is there now. It was counted in the cluster, also where nothing has
// ended in the window and the side has no evidence of activity.
func (t *figureTable) addLive() {
	now := func(of sideCount) figureCell {
		count := t.count(of)
		return func(i int, s *migration.Side, r *figureRow) {
			final := *s // none of it comes late
			final.Activity.Provisional = false
			count(i, &final, r)
			if r.proof[i].method == 0 {
				r.proof[i].method = migration.Measured
			}
		}
	}
	t.add("now running", now(func(s *migration.Side) (migration.Opt[int64], canvas.Role) {
		if s.Running.Or(0) > 0 {
			return s.Running, jobs
		}
		return s.Running, text
	}))
	t.add("    pending", now(func(s *migration.Side) (migration.Opt[int64], canvas.Role) {
		return s.Pending, judged(s.Severity.Pending, text)
	}))
}

// changeOf compares two amounts; unknown where either is or leaves something out,
// or the first is 0.
func changeOf(before, after migration.Figure[migration.USD]) migration.Opt[migration.Ratio] {
	b, bk := usdOf(before.Value)
	a, ak := usdOf(after.Value)
	if !bk || !ak || b == 0 || before.Evidence.LowerBound || after.Evidence.LowerBound {
		return migration.None[migration.Ratio]()
	}
	return migration.Some(migration.Ratio(a/b - 1))
}

// figures draws the rows: both sides, the change, and how each is known.
func figures(f *frame, p canvas.Pane, rows []figureRow) {
	in := f.panel(p, "Side by side", f.sideAges(), true)
	const label = 13
	lambdaEnd, jobsEnd, changeEnd := label+14, label+27, 0
	proofAt := jobsEnd + 3
	if in.W >= 62 {
		changeEnd = jobsEnd + 9
		proofAt = changeEnd + 2
	}
	in.TextRight(lambdaEnd, 0, ink(lambda).With(bold), strings.ToUpper(f.before().Label))
	in.TextRight(jobsEnd, 0, ink(jobs).With(bold), strings.ToUpper(f.after().Label))
	if changeEnd > 0 {
		in.TextRight(changeEnd, 0, ink(dim), "CHANGE")
	}
	in.Text(proofAt, 0, ink(dim), "SOURCE "+f.before().Short+"/"+f.after().Short)
	in.HLine(0, 1, in.W, ink(line), f.g.Horizontal)
	for i := range rows {
		r := &rows[i]
		y := i + 2
		in.Text(0, y, ink(dim), r.label)
		for k, end := range [...]int{lambdaEnd, jobsEnd} {
			in.TextRight(end, y, r.styles[k], r.values[k])
		}
		if c, ok := r.change.Get(); ok && changeEnd > 0 {
			glyph, role := changeSign(f.g, c)
			f.buf = append(appendGlyph(f.buf[:0], glyph), ' ')
			in.BytesRight(changeEnd, y, ink(role), appendChange(f.buf, c, f.g))
			if r.mark != 0 {
				in.Rune(changeEnd, y, ink(dim), r.mark)
			}
		}
		known := r.known
		if known == "" {
			known = proofWords(r.proof, in.W-proofAt)
		}
		in.Fit(proofAt, y, in.W-proofAt, ink(dim), known, f.g)
	}
}

// proofWords says how both sides are known, as fully as there is room for.
func proofWords(p [2]proof, w int) string {
	if p[0] == p[1] {
		if w >= 21 {
			return p[0].words()
		}
		if p[0].none {
			return "-"
		}
		return p[0].method.String()
	}
	if s := p[0].words() + " / " + p[1].words(); canvas.Cells(s) <= w {
		return s
	}
	return p[0].short() + " / " + p[1].short()
}

func (a proof) short() string {
	if a.none {
		return "-"
	}
	switch a.method {
	case migration.Measured:
		return "meas."
	case migration.Derived:
		return "deriv."
	case migration.Estimated:
		return "est."
	}
	return "unknown" // not "?", which is: not permitted
}

// charts are cost, runs, run time and memory over the window, both sides each.
func charts(f *frame, p canvas.Pane, v *migration.TenantView) {
	in := f.panel(p, "Last "+formatSpan(f.snap.Window.Span), f.ages("metrics"), false)
	l, j := &v.Before, &v.After
	type strip struct {
		title string
		c     plot.Chart
	}
	area := func(a, b *migration.Series, label func([]byte, float64) []byte) plot.Chart {
		c := plot.Chart{
			Layers:  []plot.Layer{{Series: b, Role: jobsArea, Glyph: '#'}, {Series: a, Role: lambdaArea, Glyph: ':'}},
			Stacked: true, Label: label,
		}
		if f.g != canvas.ASCII {
			c.Layers[0].Glyph, c.Layers[1].Glyph = f.g.Full, f.g.Shade
		}
		return c
	}
	lines := func(a, b *migration.Series, label func([]byte, float64) []byte, nice func(float64) float64) plot.Chart {
		return plot.Chart{
			Layers:   []plot.Layer{{Series: a, Role: lambda, Glyph: 'L'}, {Series: b, Role: jobs, Glyph: 'K'}},
			Greatest: true, Label: label, Round: nice,
		}
	}
	strips := [...]strip{
		{"cost per " + f.unit.String(), area(&l.CostSeries, &j.CostSeries, axisMoney(f.unit))},
		{"runs", area(&l.RunsSeries, &j.RunsSeries, axisCount)},
		{"longest run", lines(&l.DurationSeries, &j.DurationSeries, axisSeconds, plot.RoundSeconds)},
		{"peak memory", lines(&l.MemorySeries, &j.MemorySeries, axisBytes, plot.RoundBytes)},
	}
	marks := tenantMarks(&v.Cutover.Detail)
	cols, gap := 1, 0
	if in.W >= 84 {
		cols, gap = 2, 2
	}
	perCol := len(strips) / cols
	w := (in.W - gap*(cols-1)) / cols
	for i := range strips {
		col, row := i/perCol, i%perCol
		y0, y1 := row*in.H/perCol, (row+1)*in.H/perCol
		s := &strips[i]
		s.c.From, s.c.To, s.c.Location = f.snap.Window.From, f.snap.Window.To, f.loc
		s.c.NoTimes, s.c.Marks = row < perCol-1, marks
		area := in.Sub(col*(w+gap), y0, w, y1-y0)
		area.Text(plot.Gutter+1, 0, ink(strong), s.title)
		if i == 0 {
			x := area.Text(plot.Gutter+1+canvas.Cells(s.title)+2, 0, ink(lambda), f.before().Label)
			area.Text(x+1, 0, ink(jobs), f.after().Label)
		}
		s.c.Draw(area.Below(1), f.theme, f.g, &f.scratch)
	}
}
