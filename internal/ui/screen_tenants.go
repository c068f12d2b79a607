package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// ActTenants opens the Tenants screen.
const ActTenants Action = "tenants"

var tenantsInfo = screenInfo{
	of:     func(m *model) screen { return &m.tenants },
	title:  "Tenants",
	name:   "tenants",
	about:  "all tenants side by side",
	action: ActTenants,
	keys:   []string{"2"},
	help:   "all tenants, both sides in columns",

	first:    true,
	filtered: true,

	hints: []Action{ActOpen, ActFilter, ActSort, ActReverse, ActColumns, ActUnit, ActWindow, ActSave, ActHelp, ActQuit},
}

// tenants is the table of all of them, both sides next to each other.
type tenants struct {
	screenDefaults

	list list
	// chosen is the tenant that the cursor is on. The cursor follows it when
	// rows are sorted again.
	chosen    migration.Tenant
	hasChosen bool
	// picked is set once a person has moved the cursor. Until then it stays on the
	// first row: while data comes in, the order changes a lot.
	picked  bool
	columns columnSet
	places  []columnSlot
}

// follow puts the cursor back on its tenant after the table changed.
func (s *tenants) follow(_, a *arranged) {
	if s.picked && s.hasChosen {
		if i := a.row(s.chosen); i >= 0 {
			s.list.cursor = i
			return
		}
	}
	s.list.clamp(len(a.rows))
	s.choose(a)
}

// choose takes the tenant under the cursor.
func (s *tenants) choose(a *arranged) {
	if s.list.cursor < len(a.rows) {
		s.chosen, s.hasChosen = a.snap.Tenants[a.rows[s.list.cursor]].Tenant, true
	}
}

// under is the tenant under the cursor, nil where there is none.
func (s *tenants) under(a *arranged) *migration.TenantView {
	if s.list.cursor >= len(a.rows) {
		return nil
	}
	return &a.snap.Tenants[a.rows[s.list.cursor]]
}

func (s *tenants) order(m *model) string {
	if m.query.sort == byNeed {
		return "by need"
	}
	return "by " + m.query.sort.name(m.frame.move())
}

func (s *tenants) act(m *model, a Action) tea.Cmd {
	switch a {
	case ActOpen:
		return m.goTo(&tenantInfo)
	case ActLeft:
		return m.sortBy(m.nextSort(-1), false)
	case ActRight:
		return m.sortBy(m.nextSort(1), false)
	}
	if s.list.move(a, len(m.data.rows)) {
		s.picked = true
		s.choose(m.data)
	}
	return nil
}

func (s *tenants) click(m *model, y int) {
	row := y - tenantRowsTop
	if row < 0 || row >= s.list.page {
		return
	}
	s.list.cursor = s.list.offset + row
	s.list.clamp(len(m.data.rows))
	s.picked = true
	s.choose(m.data)
}

func (s *tenants) clipboard(m *model) (what, content string) {
	if t := s.under(m.data); t != nil {
		return "the tenant's name", t.Tenant.String()
	}
	return "", ""
}

func (s *tenants) table(m *model) *savedTable {
	data := m.data
	return &savedTable{"tenants", func() [][]string { return tenantsTable(data) }}
}

func (s *tenants) focus(m *model) (f Focus) {
	from := min(s.list.offset, len(m.data.rows))
	for _, row := range m.data.rows[from:min(from+max(s.list.page, 1), len(m.data.rows))] {
		f.Visible = append(f.Visible, m.data.snap.Tenants[row].Tenant)
	}
	return f
}

func (s *tenants) subject(m *model) (of migration.Opt[migration.Tenant], ok bool) {
	if t := s.under(m.data); t != nil {
		return migration.Some(t.Tenant), true
	}
	return of, false
}

// tenantRowsTop is the line of the first row: below the summary, a gap and the head.
const tenantRowsTop = 4

func (s *tenants) draw(m *model, p canvas.Pane) {
	f := &m.frame
	f.summary(p.Row(0))
	detail := 0
	switch {
	case p.H >= 28:
		detail = 5
	case p.H >= 14:
		detail = 2
	}
	var room [2]migration.ServiceView
	services := room[:0]
	if p.H >= 14 {
		services = shownServices(services, f.snap.Totals.Services)
	}
	table := p.Sub(0, 2, p.W, p.H-2-detail-len(services))
	s.drawTable(f, table)
	for i := range services {
		f.service(p.Row(p.H-detail-len(services)+i), 3, &services[i])
	}
	if detail > 0 {
		s.detail(f, p.Below(p.H-detail))
	}
}

// shownServices are those of which anything is known to be there.
func shownServices(dst, all []migration.ServiceView) []migration.ServiceView {
	for i := range all {
		s := &all[i].Side
		if cost, known := s.CostPerHour.Value.Get(); known && cost.Sign() > 0 || s.Runs.Or(0) > 0 || s.Running.Or(0) > 0 {
			dst = append(dst, all[i])
		}
	}
	return dst
}

// service is a row of what runs on a platform that is no side of the migration.
func (f *frame) service(p canvas.Pane, x int, v *migration.ServiceView) {
	x = p.Text(x, 0, ink(dim), serviceName(v.Platform))
	part := func(label, value string, st canvas.Style) {
		if x+3+canvas.Cells(label)+canvas.Cells(value) > p.W-1 {
			return
		}
		x = p.Text(x+3, 0, ink(dim), label)
		x = p.Text(x, 0, st, value)
	}
	side := &v.Side
	money, st := opt(f, side.CostPerHour.Value, ink(idle).With(bold), false, func(b []byte, u migration.USD) []byte {
		b = f.amount(b, u, side.CostPerHour.Evidence, f.unit.hours(), appendMoney)
		return f.marked(append(b, f.unit.short()...), side.CostPerHour.Evidence)
	})
	part("", money, st)
	count := func(label string, n migration.Opt[int64]) {
		if n.Known() { // a service that only serves has no runs
			s, st := opt(f, n, ink(text), false, appendCount)
			part(label, s, st)
		}
	}
	count("runs ", side.Runs)
	count("failed ", side.Failures)
	count("running ", side.Running)
	if !side.Runs.Known() {
		part("", "not part of the move", ink(dim))
		return
	}
	p95, st := opt(f, side.Duration.Quantile(0.95), ink(text), false,
		func(b []byte, q migration.Bounds[time.Duration]) []byte { return appendBound(b, q, f.g) })
	part("p95 ", p95, st)
	part("", "not part of the move", ink(dim))
}

func serviceName(p migration.Platform) string {
	if p == migration.ECS {
		return "ECS tasks"
	}
	return p.Info().Label
}

// summary is what the rows cost, in one line above the table: the whole fleet, or
// with a filter no more than what is shown.
func (f *frame) summary(p canvas.Pane) {
	t := &f.snap.Totals
	filtered := len(f.data.query.filter.terms) > 0
	b := f.buf[:0]
	if filtered {
		b = append(appendCount(b, int64(f.data.shown)), " of "...)
	}
	b = append(appendCount(b, int64(f.data.named)), " tenants"...)
	if filtered && f.data.shown < len(f.data.rows) {
		b = append(append(b, " + "...), migration.Unattributed.String()...)
	}
	x := p.Bytes(2, 0, ink(strong), b)
	spare := 0 // for marks that are not there: what fits does not depend on them
	part := func(label, value, unit string, r canvas.Role) {
		spare += f.spareMark(value + unit)
		if x+3+canvas.Cells(label)+canvas.Cells(value)+canvas.Cells(unit) > p.W-1-spare {
			return
		}
		x = p.Text(x+3, 0, ink(dim), label)
		x = p.Text(x, 0, ink(r).With(bold), value)
		x = p.Text(x, 0, ink(dim), unit)
	}
	usd := func(label string, fig migration.Figure[migration.USD], forbidden bool, r canvas.Role) {
		v, ok := fig.Value.Get()
		if !ok {
			s, _ := unknown(forbidden)
			part(label, s, "", r)
			return
		}
		f.buf = f.amount(f.buf[:0], v, fig.Evidence, f.unit.hours(), appendMoney)
		part(label, string(f.buf), f.unit.short()+string(f.marked(nil, fig.Evidence)), r)
	}
	x = f.verdictCounts(p.Left(p.W-1), x, 0, &f.data.words, func(x int) int { return x + 3 })
	if gap := t.Forecast.Gap; gap != "" && x+12 < p.W { // it comes before all that needs less explanation
		x = p.Fit(x+3, 0, p.W-x-4, ink(warn), "not compared: "+gap, f.g)
	}
	d := &f.data.denied
	if filtered {
		l, j := f.data.sums[0], f.data.sums[1]
		usd(f.before().Label+" ", l, d.before, lambda)
		usd(f.after().Label+" ", j, d.after, jobs)
		if l.Value.Known() && j.Value.Known() {
			l = sumKnown(l, j)
		} else if j.Value.Known() {
			l = j
		}
		usd("both ", l, false, text)
		return
	}
	usd(f.before().Label+" ", t.Before.CostPerHour, d.before, lambda)
	usd(f.after().Label+" ", t.After.CostPerHour, d.after, jobs)
	usd("all ", f.total(), false, text)
	if double, after := f.doubleRun(); after != "" {
		part("extra for running both ", double, after, text)
	}
	if end, was := f.monthEnd(); end != "" {
		if x+3+canvas.Cells("month end ")+canvas.Cells(end)+canvas.Cells(was) > p.W-1-spare-f.spareMark(end) {
			was = ""
		}
		part("month end ", end, was, text)
	}
	if n := leftOut(t.Forecast.LeftOut, p.W-x-4-canvas.Cells("without ")); n != "" && t.Forecast.Gap == "" {
		part("without ", n, "", warn)
	}
	if r, ok := t.Routed.Value.Get(); ok {
		f.buf = append(appendPercent(f.buf[:0], r), " %"...)
		part("routed ", string(f.buf), "", accent)
	}
}

// detail is the verdict on the tenant under the cursor, in words.
func (s *tenants) detail(f *frame, p canvas.Pane) {
	t := s.under(f.data)
	if t == nil {
		return
	}
	if p.H > 2 {
		p.HLine(1, 0, p.W-2, ink(line), f.g.Horizontal)
		p = p.Below(1)
	}
	x := p.Text(2, 0, ink(strong), t.Tenant.String())
	x = f.verdict(p, x+2, 0, p.W, t) + 2
	limit := 1
	if p.H > 2 {
		limit = 2
	}
	y := max(f.paragraph(p.Left(p.W-1), x, 0, ink(text), verdictReason(f.move(), t), limit), 1)
	for _, n := range t.Notices {
		if y >= p.H || n.Severity < migration.Warning {
			break
		}
		glyph, r, _ := severitySign(f.g, n.Severity)
		p.Rune(2, y, ink(r), glyph)
		p.Fit(4, y, p.W-5, ink(text), n.Text, f.g)
		y++
	}
}
