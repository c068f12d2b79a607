package ui

import (
	"context"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// messages of the program's own.
type (
	snapshotMsg struct{ snap *migration.Snapshot }
	arrangedMsg struct{ data *arranged }
	tickMsg     struct{}
	spinMsg     struct{}
	eventsMsg   struct {
		uid    string
		events []migration.Event
		err    error
	}
	savedMsg struct {
		path string
		rows int
		what string // instead of so many rows
		err  error
	}
)

// status is a sentence at the foot of the screen, for a while.
type status struct {
	text string
	role canvas.Role
	left int // ticks, which are seconds of the one who reads, however fast a demo's time goes
}

// model is the one Bubble Tea model. Everything is changed in update and drawn
// in view.
type model struct {
	opts  Options
	env   canvas.Environment
	keys  *Keymap
	tasks *tasks

	width, height int
	themeChosen   bool
	graphemes     bool // the terminal moves on by grapheme clusters (mode 2027)
	focused       Focus
	focusSeq      int
	windowSeq     int
	windowAsked   time.Duration

	latest *migration.Snapshot // newest that came, also while paused
	data   *arranged           // what is shown
	query  query
	paused bool

	screen    *screenInfo            // the one that is open
	screens   map[*screenInfo]screen // the fields below are the same ones
	back      []*screenInfo
	fleet     fleet
	tenants   tenants
	tenant    tenant
	cutover   cutover
	profiles  profiles
	whatIf    whatIf
	matrixSeq int // counts questions of decision matrices
	sources   sources

	absence  absence
	notifier notifier
	dialog   dialog // on top of everything, nil for none
	reading  bool   // the logs are being read
	prompt   *prompt
	status   status
	spin     int
	spinning bool
	lastAge  uint64
	tabsAt   [][2]int // where each tab begins and ends

	frame frame
	grid  canvas.Canvas

	revision uint64 // grows with every visible change
	drawn    uint64
	cached   tea.View
}

func newModel(o Options, env canvas.Environment) (*model, error) {
	keys, err := ParseKeymap(o.Keys)
	if err != nil {
		return nil, err
	}
	theme, err := canvas.ThemeNamed(o.Theme)
	if err != nil {
		return nil, err
	}
	m := &model{opts: o, env: env, keys: keys, revision: 1}
	m.frame = frame{loc: o.Location, g: canvas.Unicode, keys: keys, memo: map[*migration.TenantView]rowMemo{}}
	if o.ASCII || env.Dumb || !env.UTF8 {
		m.frame.g = canvas.ASCII
	}
	m.frame.theme, m.themeChosen = canvas.DarkTheme, theme != nil
	switch {
	case env.Colourless(): // also against a configured theme: it is the person's wish now
		m.frame.theme, m.themeChosen = canvas.MonoTheme, true
	case theme != nil:
		m.frame.theme = theme
	}
	m.query = query{sort: byNeed}
	m.tenants.columns = defaultColumns()
	m.screens = make(map[*screenInfo]screen, len(screens))
	for _, s := range screens {
		m.screens[s] = s.of(m)
	}
	m.screen, err = firstScreen(o.Start)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (m *model) init() tea.Cmd {
	cmds := []tea.Cmd{m.startSpinner(), m.tick()}
	if !m.themeChosen {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

const spinEvery = 100 * time.Millisecond

// startSpinner starts the spinner, unless it runs already.
func (m *model) startSpinner() tea.Cmd {
	if m.spinning {
		return nil
	}
	m.spinning = true
	return m.tasks.after(spinEvery, spinMsg{})
}

func (m *model) tick() tea.Cmd { return m.tasks.after(time.Second, tickMsg{}) }

// touch records that something visible has changed.
func (m *model) touch() { m.revision++ }

func (m *model) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		m.touch()
		wasAway := m.absence
		m.absence = absence{}
		cmd := m.pressed(msg)
		if !m.absence.away { // the key may have been the one that suspends
			m.returned(wasAway)
		}
		return m.withFocus(cmd)
	case tea.PasteMsg:
		m.touch()
		return m.pasted(msg)
	case tea.MouseMsg:
		return m.withFocus(m.mouse(msg))
	case snapshotMsg:
		return m.arrived(msg.snap)
	case arrangedMsg:
		m.arranged(msg.data)
		var spin tea.Cmd
		if m.loading() {
			spin = m.startSpinner()
		}
		return m.withFocus(tea.Batch(spin, m.current().ask(m), m.askMatrix()))
	case tickMsg:
		m.ticked()
		return m.withFocus(m.tick())
	case spinMsg:
		if m.loading() || m.tenant.events.loading {
			m.spin++
			m.touch()
			return m.tasks.after(spinEvery, spinMsg{})
		}
		m.spinning = false
	case matrixMsg:
		m.matrixAnswered(msg)
	case whatIfMsg:
		m.whatIfAnswered(msg)
	case planMsg:
		m.planned(msg)
	case writtenMsg:
		m.written(msg)
	case eventsMsg:
		if msg.uid == m.tenant.runUID {
			m.tenant.events = eventLog{uid: msg.uid, events: msg.events, err: msg.err}
			m.touch()
		}
	case quoteMsg:
		m.quoted(msg)
	case evidenceMsg:
		m.evidenceRead(msg)
	case savedMsg:
		m.saved(msg)
	default:
		return m.terminalChanged(msg)
	}
	return nil
}

// terminalChanged follows what the terminal reports of itself: size, focus, colours.
func (m *model) terminalChanged(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.touch()
	case tea.PasteStartMsg:
		m.notifier.pasting = true
	case tea.PasteEndMsg:
		return m.notifier.pasted(m.opts.Notify)
	case tea.BlurMsg:
		m.absence.blurred = true
	case tea.FocusMsg:
		m.present()
		return m.withFocus(nil)
	case tea.ResumeMsg:
		m.present()
		m.touch()
		return m.withFocus(nil)
	case tea.BackgroundColorMsg:
		if !m.themeChosen && msg.Color != nil {
			m.frame.theme = canvas.LightTheme
			if canvas.IsDark(msg.Color) {
				m.frame.theme = canvas.DarkTheme
			}
			m.touch()
		}
	case tea.ColorProfileMsg:
		if !m.themeChosen && msg.Profile == colorprofile.ANSI {
			m.frame.theme, m.themeChosen = canvas.ANSI16Theme, true
			m.touch()
		}
	case tea.ModeReportMsg:
		m.modeReported(msg)
	}
	return nil
}

// saved reports a file that was saved, or why it was not.
func (m *model) saved(msg savedMsg) {
	switch {
	case msg.err != nil:
		m.say(bad, msg.err.Error())
	case msg.what != "":
		m.say(good, "saved to "+msg.path+" "+msg.what)
	default:
		m.say(good, fmt.Sprintf("saved %d rows to %s", msg.rows, msg.path))
	}
}

// modeReported learns how the terminal measures text. It must agree with Bubble Tea,
// which turns mode 2027 on where the terminal knows it.
func (m *model) modeReported(msg tea.ModeReportMsg) {
	if msg.Mode != ansi.ModeUnicodeCore {
		return
	}
	switch msg.Value {
	case ansi.ModeSet, ansi.ModeReset, ansi.ModePermanentlySet:
		m.graphemes = true
		m.touch()
	}
}

// arrived takes a snapshot. While the screen is paused, it only remembers it.
func (m *model) arrived(s *migration.Snapshot) tea.Cmd {
	m.latest = s
	notify := m.notifier.news(m.opts.Notify, s.Alerts.News)
	if m.paused {
		m.touch()
		return notify
	}
	return tea.Batch(notify, m.arrange(s, m.pinned()))
}

// pinned reports whether rows keep their order: while the cursor is on one that is not
// the first.
func (m *model) pinned() bool {
	if m.screen == &cutoverInfo {
		return m.data != nil && m.cutover.list.cursor > 0
	}
	return m.data != nil && m.tenants.list.cursor > 0
}

// arrange makes the command that filters and orders a snapshot.
func (m *model) arrange(s *migration.Snapshot, keepOrder bool) tea.Cmd {
	if s == nil {
		return nil
	}
	m.query.seq++
	q, before := m.query, m.data
	q.keepOrder = keepOrder
	return m.tasks.do(func(context.Context) tea.Msg { return arrangedMsg{arrange(s, q, before)} })
}

func (m *model) arranged(a *arranged) {
	if a == nil || m.data != nil && a.query.seq < m.data.query.seq {
		return
	}
	for _, s := range screens {
		m.screens[s].follow(m.data, a)
	}
	m.data = a
	clear(m.frame.memo)
	if m.windowAsked == a.snap.Window.Span {
		m.windowAsked = 0
	}
	m.touch()
}

func (m *model) ticked() {
	now := m.opts.Now()
	m.absent()
	if m.status.text != "" {
		if m.status.left--; m.status.left < 0 {
			m.status = status{}
			m.touch()
		}
	}
	if m.data == nil {
		return
	}
	if key := ageKey(m.data.snap, now); key != m.lastAge {
		m.lastAge = key
		m.touch()
	}
}

// say shows a sentence at the foot of the screen for some seconds.
func (m *model) say(r canvas.Role, text string) {
	m.status = status{text, r, 8}
	m.touch()
}

// loading reports whether nothing can be shown yet, and nothing has failed.
func (m *model) loading() bool {
	if m.data == nil {
		return true
	}
	s := m.data.snap
	if len(s.Tenants) > 0 {
		return false
	}
	return slices.ContainsFunc(s.Sources, func(h migration.Health) bool { return h.State == migration.HealthStarting })
}

// withFocus adds a command that sets the engine's focus, where that has changed.
func (m *model) withFocus(cmd tea.Cmd) tea.Cmd {
	if m.data == nil || m.opts.Control == nil {
		return cmd
	}
	f := m.current().focus(m)
	f.Away = m.absence.away
	if f.Away == m.focused.Away && f.Tenant == m.focused.Tenant && f.Open == m.focused.Open &&
		slices.Equal(f.Visible, m.focused.Visible) {
		return cmd
	}
	m.focused = f
	m.focusSeq++
	return tea.Batch(cmd, m.tasks.latest("focus", m.focusSeq, func() { m.opts.Control.SetFocus(f) }))
}
