package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/columns"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// ActCutover opens the Cutover screen.
const ActCutover Action = "cutover"

var cutoverInfo = screenInfo{
	of:     func(m *model) screen { return &m.cutover },
	title:  "Cutover",
	name:   "cutover",
	about:  "waves, steps and their evidence",
	action: ActCutover,
	keys:   []string{"4"},
	help:   "waves, the step of each tenant, its evidence, and what the next step needs",

	first:    true,
	filtered: true,
	stepped:  true,

	legend: func(g *canvas.Glyphs) []string {
		brief := string(g.Cross) + " evidence  - none"
		return []string{
			string(g.Failed) + " roll back  " + string(g.Hold) + " hold  " + string(g.Check) + " promote  " + brief,
			string(g.Cross) + " evidence  - none",
		}
	},

	hints: []Action{ActOpen, ActFilter, ActSort, ActReverse, ActExport, ActSave, ActHelp, ActCopy, ActPalette, ActQuit},
}

// cutover is the screen of the plan as it goes: waves, and below each its tenants.
type cutover struct {
	screenDefaults

	list list // of tenants; its offset and page are in lines
	// chosen is the tenant that the cursor is on, picked that a person has moved it there.
	chosen    migration.Tenant
	hasChosen bool
	picked    bool
	places    []cutoverSlot
	drawnFrom []int // the line of each row on screen, -1 for none
}

// under is the tenant under the cursor, nil where there is none.
func (s *cutover) under(a *arranged) *migration.TenantView {
	if s.list.cursor >= len(a.cutover.tenants) {
		return nil
	}
	return &a.snap.Tenants[a.cutover.lines[a.cutover.tenants[s.list.cursor]].tenant]
}

func (s *cutover) choose(a *arranged) {
	if t := s.under(a); t != nil {
		s.chosen, s.hasChosen = t.Tenant, true
	}
}

// find is the place of a tenant among those of the screen, -1 for none.
func (s *cutover) find(a *arranged, t migration.Tenant) int {
	row, ok := a.byName[t]
	if !ok {
		return -1
	}
	return slices.IndexFunc(a.cutover.tenants, func(line int) bool { return a.cutover.lines[line].tenant == row })
}

// follow puts the cursor back on its tenant after the table changed.
func (s *cutover) follow(_, a *arranged) {
	if s.picked && s.hasChosen {
		if i := s.find(a, s.chosen); i >= 0 {
			s.list.cursor = i
			return
		}
	}
	s.list.clamp(len(a.cutover.tenants))
	s.choose(a)
}

// enter puts the cursor on the tenant that was looked at.
func (s *cutover) enter(m *model) {
	if m.data == nil {
		return
	}
	var t migration.Tenant
	switch {
	case m.screen == &tenantInfo && m.tenant.has:
		t = m.tenant.name
	case m.screen == &tenantsInfo && m.tenants.picked:
		t = m.tenants.chosen
	default:
		return
	}
	if i := s.find(m.data, t); i >= 0 {
		s.list.cursor, s.picked = i, true
		s.choose(m.data)
	}
}

func (s *cutover) order(m *model) string {
	if m.query.sort == byNeed {
		return "by urgency"
	}
	return "by " + m.query.sort.name(m.frame.move())
}

func (s *cutover) act(m *model, a Action) tea.Cmd {
	switch a {
	case ActOpen:
		if t := s.under(m.data); t != nil {
			m.tenant.show(t.Tenant)
			m.open(&tenantInfo)
		}
		return nil
	case ActLeft:
		return m.sortBy(m.nextSort(-1), false)
	case ActRight:
		return m.sortBy(m.nextSort(1), false)
	}
	if s.list.move(a, len(m.data.cutover.tenants)) {
		s.picked = true
		s.choose(m.data)
	}
	return nil
}

func (s *cutover) click(m *model, y int) {
	y -= cutoverRowsTop
	if y < 0 || y >= len(s.drawnFrom) || s.drawnFrom[y] < 0 {
		return
	}
	if i, ok := slices.BinarySearch(m.data.cutover.tenants, s.drawnFrom[y]); ok {
		s.list.cursor, s.picked = i, true
		s.choose(m.data)
	}
}

func (s *cutover) clipboard(m *model) (what, content string) {
	if t := s.under(m.data); t != nil {
		return "the verdict", verdictForCopy(m.frame.move(), t)
	}
	return "", ""
}

// table is the tenants in the order of the screen, with every exported column.
func (s *cutover) table(m *model) *savedTable {
	data := m.data
	return &savedTable{"cutover", func() [][]string {
		fields := columns.Fields(data.snap.Move)
		out := [][]string{columns.Names(fields)}
		for _, line := range data.cutover.tenants {
			row := columns.Of(&data.snap.Tenants[data.cutover.lines[line].tenant], data.snap.Move)
			out = append(out, columns.Record(nil, fields, &row))
		}
		return out
	}}
}

func (s *cutover) focus(m *model) (f Focus) {
	for _, line := range s.drawnFrom {
		if line < 0 || line >= len(m.data.cutover.lines) {
			continue
		}
		if row := m.data.cutover.lines[line].tenant; row >= 0 {
			f.Visible = append(f.Visible, m.data.snap.Tenants[row].Tenant)
		}
	}
	return f
}

func (s *cutover) subject(m *model) (of migration.Opt[migration.Tenant], ok bool) {
	if t := s.under(m.data); t != nil {
		return migration.Some(t.Tenant), true
	}
	return of, false
}
