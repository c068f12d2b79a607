package ui

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// figureRow is one quantity of a tenant on both sides, with what each rests on.
type figureRow struct {
	label  string
	values [2]string
	styles [2]style
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
	if a.kind == 0 {
		return a.method.String()
	}
	return a.kind.String() + ", " + a.method.String()
}

// figureRows works out the side-by-side rows of a tenant.
func figureRows(f *frame, v *migration.TenantView) []figureRow {
	d := &f.data.denied
	forbidden := [2]bool{d.before, d.after}
	sides := v.Sides()
	rows := make([]figureRow, 0, 20)
	add := func(label string, each func(i int, s *migration.Side, r *figureRow)) *figureRow {
		rows = append(rows, figureRow{label: label})
		r := &rows[len(rows)-1]
		for i, s := range sides {
			each(i, s, r)
		}
		return r
	}
	colour := [2]role{lambda, jobs}
	usd := func(fig func(*migration.Side) *migration.Figure[migration.USD], times int64, write func([]byte, migration.USD, int64) []byte) func(int, *migration.Side, *figureRow) {
		return func(i int, s *migration.Side, r *figureRow) {
			x := fig(s)
			r.values[i], r.styles[i] = opt(f, x.Value, ink(colour[i]).with(bold), forbidden[i], func(b []byte, u migration.USD) []byte {
				return f.marked(f.amount(b, u, x.Evidence, times, write), x.Evidence)
			})
			r.proof[i] = proof{x.Kind, x.Evidence.Method, !x.Value.Known()}
		}
	}
	perRun := func(b []byte, u migration.USD, _ int64) []byte { return appendPerRun(b, u) }
	r := add("cost per "+f.unit.String(), usd(func(s *migration.Side) *migration.Figure[migration.USD] { return &s.CostPerHour }, f.unit.hours(), appendMoney))
	r.change = changeOf(v.Before.CostPerHour, v.After.CostPerHour)
	r = add("cost per run", usd(func(s *migration.Side) *migration.Figure[migration.USD] { return &s.CostPerRun }, 1, perRun))
	r.change = v.Delta.Value
	switch {
	case !r.change.Known():
		r.change = changeOf(v.Before.CostPerRun, v.After.CostPerRun)
	case f.mark(v.Delta.Evidence) != ' ':
		r.mark = f.mark(v.Delta.Evidence)
		if !v.After.CostPerRun.Value.Known() && v.Delta.Evidence.Method == migration.Estimated {
			r.known = "est., no Job yet" // reckoned from what Lambda's runs take
		}
	}
	add("cost in "+formatSpan(f.snap.Window.Span), usd(func(s *migration.Side) *migration.Figure[migration.USD] { return &s.Cost }, 1, appendMoney))

	// late marks what minutes that may still change were counted into.
	late := func(b []byte, s *migration.Side) []byte {
		if s.Activity.Provisional {
			b = appendGlyph(b, f.g.notFinal)
		}
		return b
	}
	counted := func(s *migration.Side) func([]byte, int64) []byte {
		return func(b []byte, n int64) []byte { return late(appendCount(b, n), s) }
	}
	type countOf func(*migration.Side) (migration.Opt[int64], role)
	count := func(of countOf) func(int, *migration.Side, *figureRow) {
		return func(i int, s *migration.Side, r *figureRow) {
			n, look := of(s)
			r.values[i], r.styles[i] = opt(f, n, ink(look), forbidden[i], counted(s))
			r.proof[i] = proof{migration.Counted, s.Activity.Method, !n.Known()}
		}
	}
	add("runs", count(func(s *migration.Side) (migration.Opt[int64], role) { return s.Runs, text }))
	add("failures", func(i int, s *migration.Side, r *figureRow) {
		count(func(s *migration.Side) (migration.Opt[int64], role) {
			return s.Failures, judged(s.Severity.FailureRate, text)
		})(i, s, r)
		if rate, ok := s.FailureRate.Get(); ok && s.Failures.Or(0) > 0 {
			f.buf = append(appendPercent(append(f.buf[:0], r.values[i]+"  "...), rate), " %"...)
			r.values[i] = string(f.buf)
		}
	})
	add("throttled", count(func(s *migration.Side) (migration.Opt[int64], role) {
		return s.Throttled, judged(s.Severity.Throttled, text)
	}))
	add("timed out", count(func(s *migration.Side) (migration.Opt[int64], role) {
		return s.TimedOut, judged(s.Severity.TimedOut, text)
	}))
	add("OOMKilled", count(func(s *migration.Side) (migration.Opt[int64], role) {
		return s.OOMKilled, judged(s.Severity.OOMKilled, text)
	}))

	quantile := func(of func(*migration.Side) *migration.Distribution[time.Duration], q float64) func(int, *migration.Side, *figureRow) {
		return func(i int, s *migration.Side, r *figureRow) {
			b := of(s).Quantile(q)
			r.values[i], r.styles[i] = opt(f, b, ink(text), forbidden[i], func(out []byte, v migration.Bounds[time.Duration]) []byte {
				return late(appendBound(out, v, f.g), s)
			})
			if v, ok := b.Get(); ok && !v.Tight() && v.Low > 0 {
				f.buf = append(appendDuration(f.buf[:0], v.Low), " - "...)
				r.values[i] = string(late(appendDuration(f.buf, v.High), s))
			}
			r.proof[i] = proof{migration.Used, s.Activity.Method, !b.Known()}
		}
	}
	run := func(s *migration.Side) *migration.Distribution[time.Duration] { return &s.Duration }
	add("run time p50", quantile(run, 0.5))
	add("         p95", quantile(run, 0.95))
	add("         p99", quantile(run, 0.99))
	add("         max", quantile(run, 1))
	add("start-up p95", quantile(func(s *migration.Side) *migration.Distribution[time.Duration] { return &s.StartUp }, 0.95))
	add("wall", func(i int, s *migration.Side, r *figureRow) {
		st := ink(judged(s.Severity.TimeoutRatio, text))
		r.values[i], r.styles[i] = opt(f, s.TimeoutRatio, st, i == 0 && d.config, func(b []byte, w migration.Ratio) []byte {
			return append(appendPercent(append(appendGlyph(b, levelGlyph(float64(w), f.g)), ' '), w), " %"...)
		})
		r.proof[i] = proof{0, migration.Weaker(s.Activity.Method, migration.Derived), !s.TimeoutRatio.Known()}
	})
	memoryForbidden := [2]bool{d.before, d.usage}
	add("peak memory", func(i int, s *migration.Side, r *figureRow) {
		r.values[i], r.styles[i] = opt(f, s.PeakMemory.Max(), ink(text), memoryForbidden[i], func(b []byte, v migration.Bytes) []byte { return late(appendBytes(b, v), s) })
		r.proof[i] = proof{migration.Used, s.Activity.Method, !s.PeakMemory.Max().Known()}
	})
	add("memory limit", func(i int, s *migration.Side, r *figureRow) {
		r.values[i], r.styles[i] = opt(f, s.MemoryLimit, ink(judged(s.Severity.PeakMemory, text)), i == 0 && d.config, appendBytes)
		r.proof[i] = proof{migration.Requested, migration.Measured, !s.MemoryLimit.Known()}
	})
	// What is there now was counted in the cluster, also where nothing has ended
	// in the window and the side has no evidence of activity.
	now := func(of countOf) func(int, *migration.Side, *figureRow) {
		return func(i int, s *migration.Side, r *figureRow) {
			standing := *s // of which nothing comes late
			standing.Activity.Provisional = false
			count(of)(i, &standing, r)
			if r.proof[i].method == 0 {
				r.proof[i].method = migration.Measured
			}
		}
	}
	add("now running", now(func(s *migration.Side) (migration.Opt[int64], role) {
		if s.Running.Or(0) > 0 {
			return s.Running, jobs
		}
		return s.Running, text
	}))
	add("    pending", now(func(s *migration.Side) (migration.Opt[int64], role) {
		return s.Pending, judged(s.Severity.Pending, text)
	}))
	return rows
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
func figures(f *frame, p pane, rows []figureRow) {
	in := f.panel(p, "Side by side", f.sideAges(), true)
	const label = 13
	lambdaEnd, jobsEnd, changeEnd := label+14, label+27, 0
	proofAt := jobsEnd + 3
	if in.w >= 62 {
		changeEnd = jobsEnd + 9
		proofAt = changeEnd + 2
	}
	in.textRight(lambdaEnd, 0, ink(lambda).with(bold), "LAMBDA")
	in.textRight(jobsEnd, 0, ink(jobs).with(bold), "JOBS")
	if changeEnd > 0 {
		in.textRight(changeEnd, 0, ink(dim), "CHANGE")
	}
	in.text(proofAt, 0, ink(dim), f.sides("KNOWN λ / k"))
	in.hline(0, 1, in.w, ink(line), f.g.h)
	for i := range rows {
		r := &rows[i]
		y := i + 2
		in.text(0, y, ink(dim), r.label)
		for k, end := range [...]int{lambdaEnd, jobsEnd} {
			in.textRight(end, y, r.styles[k], r.values[k])
		}
		if c, ok := r.change.Get(); ok && changeEnd > 0 {
			glyph, role := f.g.change(c)
			f.buf = append(appendGlyph(f.buf[:0], glyph), ' ')
			in.bytesRight(changeEnd, y, ink(role), appendChange(f.buf, c, f.g))
			if r.mark != 0 {
				in.rune(changeEnd, y, ink(dim), r.mark)
			}
		}
		known := r.known
		if known == "" {
			known = proofWords(r.proof, in.w-proofAt)
		}
		in.fit(proofAt, y, in.w-proofAt, ink(dim), known, f.g)
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
	if s := p[0].words() + " / " + p[1].words(); cells(s) <= w {
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
func charts(f *frame, p pane, v *migration.TenantView) {
	in := f.panel(p, "Last "+formatSpan(f.snap.Window.Span), f.ages("metrics"), false)
	l, j := &v.Before, &v.After
	type strip struct {
		title string
		c     chart
	}
	area := func(a, b *migration.Series, label func([]byte, float64) []byte) chart {
		c := chart{layers: []layer{{b, jobsArea, '#'}, {a, lambdaArea, ':'}}, stacked: true, label: label}
		if f.g != asciiGlyphs {
			c.layers[0].glyph, c.layers[1].glyph = f.g.full, f.g.shade
		}
		return c
	}
	lines := func(a, b *migration.Series, label func([]byte, float64) []byte, nice func(float64) float64) chart {
		return chart{layers: []layer{{a, lambda, 'L'}, {b, jobs, 'k'}}, greatest: true, label: label, nice: nice}
	}
	strips := [...]strip{
		{"cost per " + f.unit.String(), area(&l.CostSeries, &j.CostSeries, axisMoney(f.unit))},
		{"runs", area(&l.RunsSeries, &j.RunsSeries, axisCount)},
		{"longest run", lines(&l.DurationSeries, &j.DurationSeries, axisSeconds, niceSeconds)},
		{"peak memory", lines(&l.MemorySeries, &j.MemorySeries, axisBytes, niceBytes)},
	}
	cols, gap := 1, 0
	if in.w >= 84 {
		cols, gap = 2, 2
	}
	perCol := len(strips) / cols
	w := (in.w - gap*(cols-1)) / cols
	for i := range strips {
		col, row := i/perCol, i%perCol
		y0, y1 := row*in.h/perCol, (row+1)*in.h/perCol
		s := &strips[i]
		s.c.from, s.c.to, s.c.loc = f.snap.Window.From, f.snap.Window.To, f.loc
		s.c.noTimes = row < perCol-1
		area := in.sub(col*(w+gap), y0, w, y1-y0)
		area.text(gutter+1, 0, ink(strong), s.title)
		if i == 0 {
			x := area.text(gutter+1+cells(s.title)+2, 0, ink(lambda), "Lambda")
			area.text(x+1, 0, ink(jobs), "Jobs")
		}
		s.c.draw(area.below(1), f.st, f.g, &f.scratch)
	}
}
