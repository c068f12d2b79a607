package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
)

// Scenarios answers what a fleet would cost otherwise. Its methods are called from
// commands, one at a time, and may take their time.
type Scenarios interface {
	// Ask computes the costs of a Snapshot's fleet under a scenario; nil is the present state.
	Ask(context.Context, *migration.Snapshot, *migration.Scenario) (*migration.WhatIf, error)
	// Document is a scenario as a file, of one tenant's work or of everybody's.
	Document(*migration.Snapshot, *migration.Scenario, migration.Opt[migration.Tenant]) ([]byte, error)
}

// ActWhatIf opens the What-if screen.
const ActWhatIf Action = "what_if"

var whatIfInfo = screenInfo{
	of:     func(m *model) screen { return &m.whatIf },
	title:  "What-if",
	name:   "what-if",
	about:  "cost under other assumptions",
	action: ActWhatIf,
	keys:   []string{"8"},
	help:   "cost under other assumptions: nodes, Spot, Fargate, Savings Plans, break-even",

	first:    true,
	monthly:  true,
	ofTenant: true,

	hints: []Action{ActReset, ActExport, ActSave, ActCopy, ActHelp, ActQuit},
	pairs: []keyPair{{ActDown, ActUp, "choose"}, {ActLeft, ActRight, "turn"}},
}

// whatIf is the screen of assumptions: the scenario, and the last answer.
type whatIf struct {
	screenDefaults

	list     list // assumptions
	tenant   migration.Tenant
	one      bool // of one tenant, not of the fleet
	scenario migration.Scenario
	changed  bool // the person changed the scenario; else it follows the fleet
	answer   *migration.WhatIf
	base     *migration.WhatIf   // the last answer for the present state
	asked    *migration.Snapshot // what the last question was of
	asking   bool
	err      error
	seq      int
}

// whatIfMsg is an answer. An older one than is shown is dropped.
type whatIfMsg struct {
	seq    int
	answer *migration.WhatIf
	err    error
}

// view is the answer for the selected tenant or the fleet, nil where there is none.
func (s *whatIf) view(a *arranged) *migration.TenantScenario { return s.of(s.answer, a) }

func (s *whatIf) of(w *migration.WhatIf, a *arranged) *migration.TenantScenario {
	if w == nil {
		return nil
	}
	if !s.one {
		return &w.Fleet
	}
	// The answer may be of the snapshot before: tenants are found by name.
	if i, ok := a.byName[s.tenant]; ok && i < len(w.Tenants) && w.Tenants[i].Tenant == s.tenant {
		return &w.Tenants[i]
	}
	for i := range w.Tenants {
		if w.Tenants[i].Tenant == s.tenant {
			return &w.Tenants[i]
		}
	}
	return nil
}

// askWhatIf asks again where the screen is open and something about it
// has changed.
func (m *model) askWhatIf(turned bool) tea.Cmd {
	s := &m.whatIf
	if m.opts.Scenarios == nil || m.data == nil || m.screen != &whatIfInfo || !turned && s.asked == m.data.snap {
		return nil
	}
	s.seq++
	s.asked, s.asking = m.data.snap, true
	snap, seq := s.asked, s.seq
	var knobs *migration.Scenario
	if s.changed {
		k := s.scenario
		knobs = &k
	}
	return m.tasks.newest("what-if", seq, func(ctx context.Context) tea.Msg {
		answer, err := m.opts.Scenarios.Ask(ctx, snap, knobs)
		return whatIfMsg{seq, answer, err}
	})
}

func (m *model) whatIfAnswered(msg whatIfMsg) {
	s := &m.whatIf
	if msg.seq != s.seq {
		return // a newer question is under way
	}
	s.asking, s.err = false, msg.err
	if msg.err == nil {
		s.answer = msg.answer
		if !s.changed {
			s.scenario, s.base = msg.answer.Scenario, msg.answer
		}
	}
	m.touch()
}

func (s *whatIf) act(m *model, a Action) tea.Cmd {
	switch a {
	case ActLeft, ActRight:
		by := 1
		if a == ActLeft {
			by = -1
		}
		return m.changeAssumption(by)
	case ActOpen:
		if s.list.cursor == 0 {
			d := newPalette(m)
			d.line = newLine("what-if ")
			d.changed(m)
			m.dialog = d
		}
	case ActReset:
		if s.answer != nil && s.changed {
			s.changed, s.scenario = false, s.answer.AsNow
			return m.askWhatIf(true)
		}
	default:
		s.list.move(a, len(assumptions))
	}
	return nil
}

// changeAssumption changes the assumption under the cursor.
func (m *model) changeAssumption(by int) tea.Cmd {
	s := &m.whatIf
	if s.list.cursor == 0 {
		s.next(m.data, by)
		return nil
	}
	if s.answer == nil {
		return nil
	}
	before := s.scenario
	assumptions[s.list.cursor].change(&s.scenario, s.answer, by)
	if alike(&s.scenario, &before) {
		return nil
	}
	s.changed = !alike(&s.scenario, &s.answer.AsNow)
	return m.askWhatIf(true)
}

// alike reports whether two scenarios suppose the same.
func alike(a, b *migration.Scenario) bool {
	if a.Commitment.Cmp(b.Commitment) != 0 || a.OneOff.Cmp(b.OneOff) != 0 {
		return false
	}
	x, y := *a, *b // amounts compare by value only
	x.Commitment, x.OneOff, y.Commitment, y.OneOff = migration.USD{}, migration.USD{}, migration.USD{}, migration.USD{}
	return x == y
}

// next walks from the fleet through the tenants and around.
func (s *whatIf) next(a *arranged, by int) {
	n := len(a.rows) + 1 // the fleet is before the first
	at := 0
	if s.one {
		at = a.row(s.tenant) + 1
	}
	at = (at + by + n) % n
	if s.one = at > 0; s.one {
		s.tenant = a.snap.Tenants[a.rows[at-1]].Tenant
	}
}

// enter looks at what the open screen looks at: a tenant from its page or its row, the
// fleet from the Fleet screen, or else what was looked at before.
func (s *whatIf) enter(m *model) {
	if m.data == nil {
		return
	}
	of, ok := m.current().subject(m)
	if !ok {
		return
	}
	name, one := of.Get()
	if s.one = one; one {
		s.tenant = name
	}
}

func (s *whatIf) ask(m *model) tea.Cmd { return m.askWhatIf(false) }

func (s *whatIf) showTenant(m *model, name migration.Tenant) tea.Cmd {
	cmd := m.goTo(&whatIfInfo)
	s.tenant, s.one = name, true
	return cmd
}

func (s *whatIf) export(m *model) tea.Cmd { return m.scenarioFile() }

func (s *whatIf) clipboard(m *model) (what, content string) {
	if w := s.view(m.data); w != nil {
		text := s.scope() + ": " + w.Verdict.Decision.String() + ". " + w.Verdict.Reason
		if fix := w.On[s.answer.Scenario.Target].Remedy; fix != "" {
			text += "\n" + fix
		}
		return "the verdict", text
	}
	return "", ""
}

func (s *whatIf) table(m *model) *savedTable {
	answer := s.answer
	if answer == nil {
		m.say(dim, "no result yet")
		return nil
	}
	return &savedTable{"what-if", func() [][]string { return whatIfTable(answer) }}
}

// scenarioFile writes the scenario to a new file.
func (m *model) scenarioFile() tea.Cmd {
	s := &m.whatIf
	if s.answer == nil || m.data == nil {
		m.say(dim, "no result yet")
		return nil
	}
	snap, scenario, name := m.data.snap, s.scenario, "what-if"
	tenant := migration.None[migration.Tenant]()
	if s.one {
		tenant = migration.Some(s.tenant)
		name += "-" + fileName(s.tenant.String())
	}
	base := m.fileBase(name)
	return m.tasks.do(func(context.Context) tea.Msg {
		data, err := m.opts.Scenarios.Document(snap, &scenario, tenant)
		if err != nil {
			return savedMsg{err: err}
		}
		path, err := writeNew(base, ".yaml", writing(data))
		return savedMsg{path: path, what: "the scenario: migtop estimate --file reads it", err: err}
	})
}
