package ui

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// tenant is one tenant in full: both sides in two columns, charts, workloads and
// runs, and one run in detail.
type tenant struct {
	name    migration.Tenant
	has     bool
	list    list // runs
	runUID  string
	events  eventLog
	sheet   canvas // the whole page, of which a window is shown
	scroll  int
	visible int
	height  int
	runsAt  int // the row of the first run on the sheet
}

// show turns to another tenant.
func (s *tenant) show(name migration.Tenant) {
	if s.has && s.name == name {
		return
	}
	s.name, s.has = name, true
	s.list, s.scroll, s.runUID = list{}, 0, ""
}

// view is the tenant in the present snapshot, nil where it is not in it.
func (s *tenant) view(a *arranged) *migration.TenantView {
	if !s.has {
		return nil
	}
	return a.tenant(s.name)
}

// run is the run that is open, nil for none or one that is gone.
func (s *tenant) run(v *migration.TenantView) *migration.Run {
	if s.runUID == "" || v == nil {
		return nil
	}
	for i := range v.Runs {
		if v.Runs[i].UID == s.runUID {
			return &v.Runs[i]
		}
	}
	return nil
}

// move follows a key on the page: the runs' cursor, and the page under it.
func (s *tenant) move(a Action, n int) {
	page := max(s.visible-2, 1)
	switch a {
	case ActPageUp:
		s.scroll -= page
	case ActPageDown:
		s.scroll += page
	case ActTop:
		s.list.cursor, s.scroll = 0, 0
	case ActUp:
		if s.list.cursor == 0 || n == 0 {
			s.scroll--
			break
		}
		s.list.cursor--
		s.reveal()
	case ActDown:
		if n == 0 {
			s.scroll++
			break
		}
		if s.runsAt+s.list.cursor >= s.scroll+s.visible { // the runs are still below the screen: go there first
			s.scroll++
			break
		}
		s.list.cursor = min(s.list.cursor+1, n-1)
		s.reveal()
	case ActBottom:
		s.list.cursor = max(n-1, 0)
		s.scroll = s.height
	}
	s.scroll = max(min(s.scroll, s.height-s.visible), 0)
}

// reveal scrolls the page so that the run under the cursor is on screen.
func (s *tenant) reveal() {
	at := s.runsAt + s.list.cursor
	if at < s.scroll {
		s.scroll = at
	}
	if at+2 > s.scroll+s.visible {
		s.scroll = at + 2 - s.visible
	}
}

func (s *tenant) draw(f *frame, p pane) {
	v := s.view(f.data)
	if v == nil {
		f.message(p, "No tenant here", dim, []paragraph{
			{glyph: ' ', look: text, text: "It is not in the last " + formatSpan(f.snap.Window.Span) + ", or none has been chosen."},
			{glyph: ' ', look: text, text: f.keys.key(ActTenants) + " shows all tenants."},
		})
		return
	}
	if s.runUID != "" {
		s.drawRun(f, p, v)
		return
	}
	s.visible = p.h
	wide := p.w >= 110
	rows := figureRows(f, v)
	heads := wrap(v.Verdict.Reason, p.w-4, 3)
	notices := min(len(v.Notices), 4)
	titleH := 2 + len(heads) + notices
	figuresH := len(rows) + 4
	chartsH := 18
	if wide {
		chartsH = figuresH
	}
	services := shownServices(nil, v.Services)
	workloadsH := max(min(len(v.Workloads), 8), 1) + 3 + len(services) + len(f.feeds(v))
	runsH := max(len(v.Runs), 1) + 4
	queuesH := queuesHeight(v)
	logsH := logsHeight(v)
	height := titleH + figuresH + answersHeight + workloadsH + queuesH + logsH + runsH
	if !wide {
		height += chartsH + answersHeight
	}
	if height < p.h { // the rest of the screen belongs to the runs
		runsH += p.h - height
		height = p.h
	}
	s.height = height
	s.scroll = max(min(s.scroll, height-p.h), 0)
	s.sheet.reset(p.w, height)
	sheet := s.sheet.pane().sub(1, 0, p.w-2, height)
	s.title(f, sheet.top(titleH), v, heads, notices)
	rest := sheet.below(titleH)
	if wide {
		split := min(max(rest.w*50/100, 66), 88)
		figures(f, rest.sub(0, 0, split, figuresH), rows)
		charts(f, rest.sub(split, 0, rest.w-split, figuresH), v)
		rest = rest.below(figuresH)
		split = max(54, rest.w*36/100)
		answers(f, rest.sub(0, 0, split, answersHeight), v)
		breakEven(f, rest.sub(split, 0, rest.w-split, answersHeight), v)
		rest = rest.below(answersHeight)
	} else {
		figures(f, rest.top(figuresH), rows)
		charts(f, rest.sub(0, figuresH, rest.w, chartsH), v)
		rest = rest.below(figuresH + chartsH)
		answers(f, rest.top(answersHeight), v)
		breakEven(f, rest.sub(0, answersHeight, rest.w, answersHeight), v)
		rest = rest.below(2 * answersHeight)
	}
	workloads(f, rest.top(workloadsH), v, services)
	rest = rest.below(workloadsH)
	queues(f, rest.top(queuesH), v)
	rest = rest.below(queuesH)
	logs(f, rest.top(logsH), v)
	s.runsAt = height - runsH + 3
	s.runs(f, rest.sub(0, logsH, rest.w, runsH), v)
	p.blit(&s.sheet, s.scroll)
	if height > p.h { // there is more
		if s.scroll+p.h < height {
			p.rune(p.w-1, p.h-1, ink(accent), f.g.down)
		}
		if s.scroll > 0 {
			p.rune(p.w-1, 0, ink(accent), f.g.up)
		}
	}
}

// title is who it is, what the costs say, and what a person should look at.
func (s *tenant) title(f *frame, p pane, v *migration.TenantView, reason []string, notices int) {
	x := p.text(1, 0, ink(strong), v.Tenant.String())
	glyph, r, word := f.g.verdict(v.Verdict.Word)
	x = p.rune(x+2, 0, ink(r).with(bold), glyph)
	x = p.text(x+1, 0, ink(r).with(bold), word)
	if share, ok := v.Routed.Value.Get(); ok {
		w := min(max(p.w/8, 8), 20)
		bar(p, x+3, 0, w, float64(share), jobs, lambda, f.st, f.g)
		f.buf = append(appendPercent(f.buf[:0], share), " % on Jobs"...)
		x = p.bytes(x+3+w+1, 0, ink(text), f.buf)
	}
	by := v.AttributedBy.Source
	if by != "" && x+cells(by)+20 < p.w {
		p.textRight(p.w-1, 0, ink(dim), "told by "+by+", "+v.AttributedBy.Method.String())
	}
	y := 1
	for _, l := range reason {
		p.text(1, y, ink(text), l)
		y++
	}
	for _, n := range v.Notices[:notices] {
		glyph, r, _ := f.g.severity(n.Severity)
		p.rune(1, y, ink(r), glyph)
		p.fit(3, y, p.w-4, ink(text), n.Text, f.g)
		y++
	}
}

// workloads are the kinds of work of a tenant, and below them what it has on platforms
// that are on neither side.
func workloads(f *frame, p pane, v *migration.TenantView, services []migration.ServiceView) {
	in := f.panel(p, "Workloads", formatCount(int64(len(v.Workloads))), false)
	for i := range services {
		f.service(in.row(in.h-len(services)+i), 0, &services[i])
	}
	in = in.top(in.h - len(services))
	fed := f.feeds(v)
	for i := range fed {
		in.fit(2, in.h-len(fed)+i, in.w-2, ink(dim), fed[i], f.g)
	}
	in = in.top(in.h - len(fed))
	type col struct {
		title string
		end   int
	}
	name := min(max(in.w/4, 14), 30)
	cols := []col{{"LAMBDA $", name + 12}, {"JOBS $", name + 24}, {"RUNS λ", name + 33}, {"RUNS k", name + 42}}
	if in.w >= 100 {
		cols = append(cols, col{"P95 λ", name + 51}, col{"P95 k", name + 60})
	}
	in.text(0, 0, ink(dim), "WORKLOAD")
	for _, c := range cols {
		in.textRight(c.end, 0, ink(dim), f.sides(c.title))
	}
	fn := cols[len(cols)-1].end + 3
	in.text(fn, 0, ink(dim), "FUNCTION")
	d := &f.data.denied
	for i := range v.Workloads {
		y := i + 1
		if y >= in.h {
			break
		}
		w := &v.Workloads[i]
		in.fit(0, y, name, ink(strong), string(w.Workload), f.g)
		put := func(k int, s string, st style) {
			if k < len(cols) {
				in.textRight(cols[k].end, y, st, s)
			}
		}
		rate := func(k int, fig *migration.Figure[migration.USD], side role, forbidden bool) {
			s, st := opt(f, fig.Value, ink(side), forbidden, func(b []byte, u migration.USD) []byte {
				return appendMoney(f.bound(b, fig.Evidence), u, f.unit.hours())
			})
			put(k, s, st)
			if fig.Value.Known() { // behind the figure, so that figures stand on each other
				in.rune(cols[k].end, y, ink(dim), f.mark(fig.Evidence))
			}
		}
		rate(0, &w.Lambda.CostPerHour, lambda, d.cloudwatch)
		rate(1, &w.Jobs.CostPerHour, jobs, d.jobs)
		s, st := opt(f, w.Lambda.Runs, ink(text), d.cloudwatch, appendCount)
		put(2, s, st)
		s, st = opt(f, w.Jobs.Runs, ink(text), d.jobs, appendCount)
		put(3, s, st)
		bound := func(b []byte, q migration.Bounds[time.Duration]) []byte { return appendBound(b, q, f.g) }
		s, st = opt(f, w.Lambda.Duration.Quantile(0.95), ink(text), d.cloudwatch, bound)
		put(4, s, st)
		s, st = opt(f, w.Jobs.Duration.Quantile(0.95), ink(text), d.jobs, bound)
		put(5, s, st)
		if len(w.Functions) > 0 {
			fun := &w.Functions[0]
			b := append(f.buf[:0], fun.Name...)
			if fun.Alias != "" {
				b = append(append(b, ':'), fun.Alias...)
			}
			if fun.Linked {
				b = append(append(append(b, "  in account "...), fun.Account()...), ", linked: its memory and timeout are not readable"...)
			} else {
				b = appendBytes(append(b, "  "...), fun.MemorySize)
				b = appendDuration(append(b, "  timeout "...), fun.Timeout)
			}
			if len(w.Functions) > 1 {
				b = append(appendCount(append(b, "  and "...), int64(len(w.Functions)-1)), " more"...)
			}
			f.buf = b
			in.fit(fn, y, in.w-fn, ink(dim), string(b), f.g)
		}
	}
}

// sides writes λ and k in the letters that the glyph set has.
func (f *frame) sides(s string) string {
	if f.g != asciiGlyphs {
		return s
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r == 'λ' {
			r = 'L'
		}
		b = append(b, string(r)...)
	}
	return string(b)
}
