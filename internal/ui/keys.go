package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// pressed passes a key to the open prompt or dialog, or runs its action.
func (m *model) pressed(k tea.KeyPressMsg) tea.Cmd {
	key := k.String()
	if key == "ctrl+c" { // whatever is open, this ends it
		return tea.Quit
	}
	m.status = status{}
	switch {
	case m.dialog != nil:
		return m.dialog.press(m, k)
	case m.prompt != nil:
		return m.prompt.press(m, k)
	}
	return m.dispatch(m.keys.action(key))
}

func (m *model) pasted(msg tea.PasteMsg) tea.Cmd {
	switch d := m.dialog.(type) {
	case *palette:
		d.line.update(msg)
		d.changed(m)
	case *help:
		d.line.update(msg)
	case nil:
		if m.prompt != nil {
			m.prompt.line.update(msg)
			return m.prompt.changed(m)
		}
	}
	return nil
}

// dispatch does an action: one of all screens here, one of the open screen there.
func (m *model) dispatch(a Action) tea.Cmd {
	switch a {
	case "":
	case ActQuit:
		return tea.Quit
	case ActHelp:
		m.dialog = newHelp()
	case ActPalette:
		m.dialog = newPalette(m)
	case ActAlerts:
		m.dialog = &alertList{}
	case ActColumns:
		m.dialog = &chooser{set: m.tenants.columns}
	case ActNext, ActPrevious:
		step := 1
		if a == ActPrevious {
			step = len(screens) - 1
		}
		return m.goTo(screens[(slices.Index(screens, m.screen)+step)%len(screens)])
	case ActBack:
		return m.goBack()
	case ActUnit:
		m.frame.unit = (m.frame.unit + 1) % numUnits
	case ActWindow:
		return m.nextWindow()
	case ActTheme:
		m.nextTheme()
	case ActPause:
		return m.pause()
	case ActRefresh:
		return m.refresh()
	case ActRedraw:
		return tea.ClearScreen
	case ActSuspend:
		return m.suspend()
	case ActFilter:
		if !m.screen.filtered {
			m.open(&tenantsInfo)
		}
		m.prompt = newPrompt(m.query.filter.source)
	case ActSort:
		return m.sortBy(m.nextSort(1), false)
	case ActReverse:
		return m.sortBy(m.query.sort, !m.query.turned)
	case ActCopy:
		return m.copy()
	case ActEvidence:
		return m.askEvidence()
	case ActSave:
		return m.save()
	case ActExport:
		return m.current().export(m)
	default:
		if s := screenOpenedBy(a); s != nil {
			return m.goTo(s)
		}
		return m.screenAction(a)
	}
	return nil
}

// screenAction passes an action to the open screen. Without data it does nothing.
func (m *model) screenAction(a Action) tea.Cmd {
	if m.data == nil {
		return nil
	}
	return m.current().act(m, a)
}

func (m *model) open(s *screenInfo) {
	if m.screen == s {
		return
	}
	m.back = append(m.back, m.screen)
	if len(m.back) > 16 {
		m.back = m.back[1:]
	}
	m.screen = s
}

// goBack closes one thing: a run, a filter, a screen.
func (m *model) goBack() tea.Cmd {
	switch {
	case m.current().leave():
	case m.screen.filtered && m.query.filter.source != "":
		m.query.filter = filter{}
		return m.refilter(false)
	case len(m.back) > 0:
		m.screen = m.back[len(m.back)-1]
		m.back = m.back[:len(m.back)-1]
		return m.current().ask(m)
	}
	return nil
}

// refilter filters and sorts the snapshot on screen again, after the query has changed.
func (m *model) refilter(keepOrder bool) tea.Cmd {
	if m.data == nil {
		return nil
	}
	return m.arrange(m.data.snap, keepOrder)
}

func (m *model) sortBy(id columnID, turned bool) tea.Cmd {
	m.query.sort, m.query.turned = id, turned
	return m.refilter(false)
}

// nextSort is the next of the columns on screen, with the order of need among
// them.
func (m *model) nextSort(step int) columnID {
	order := []columnID{byNeed}
	if m.screen == &cutoverInfo {
		order = m.cutover.sorts()
	} else {
		for _, c := range m.tenants.places {
			order = append(order, c.id)
		}
	}
	for i, id := range order {
		if id == m.query.sort {
			return order[(i+step+len(order))%len(order)]
		}
	}
	return byNeed
}

func (m *model) nextWindow() tea.Cmd {
	if m.data == nil {
		return nil
	}
	now := m.data.snap.Window.Span
	if m.windowAsked != 0 {
		now = m.windowAsked
	}
	windows := migration.WindowSpans()
	next := windows[0]
	for _, w := range windows {
		if w > now {
			next = w
			break
		}
	}
	return m.setWindow(next)
}

func (m *model) setWindow(d time.Duration) tea.Cmd {
	m.windowAsked = d
	if m.data != nil && m.data.snap.Window.Span == d {
		m.windowAsked = 0
	}
	m.windowSeq++
	return m.tasks.latest("window", m.windowSeq, func() { m.opts.Control.SetWindow(d) })
}

func (m *model) nextTheme() {
	if m.env.Colourless() {
		m.say(dim, "colours are off (NO_COLOR or TERM=dumb)")
		return
	}
	all := canvas.Themes()
	for i, t := range all {
		if t.Name == m.frame.theme.Name {
			m.setTheme(all[(i+1)%len(all)])
			return
		}
	}
}

func (m *model) setTheme(t *canvas.Theme) {
	m.frame.theme, m.themeChosen = t, true
	m.say(dim, "theme "+t.Name)
}

func (m *model) pause() tea.Cmd {
	m.paused = !m.paused
	if !m.paused && m.latest != nil && m.data != nil && m.latest != m.data.snap {
		return m.arrange(m.latest, m.pinned())
	}
	return nil
}

func (m *model) refresh() tea.Cmd {
	m.windowSeq++
	m.say(dim, "polling all sources")
	return tea.Batch(m.refilter(false), m.tasks.latest("refresh", m.windowSeq, m.opts.Control.Refresh))
}

// mouse follows the wheel and clicks on tabs and rows.
func (m *model) mouse(msg tea.MouseMsg) tea.Cmd {
	if m.dialog != nil || m.prompt != nil {
		return nil
	}
	at := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		m.touch()
		if at.Button == tea.MouseWheelUp {
			return m.screenAction(ActUp)
		}
		return m.screenAction(ActDown)
	case tea.MouseClickMsg:
		m.touch()
		if at.Y == 1 {
			for i, t := range m.tabsAt {
				if at.X >= t[0] && at.X < t[1] {
					return m.dispatch(screens[i].action)
				}
			}
		}
		if m.data != nil {
			m.current().click(m, at.Y-bodyTop)
		}
	}
	return nil
}
