package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// absence is whether the person can see the screen. Calls cost money, so that polling
// pauses while nobody looks.
type absence struct {
	blurred bool
	seconds int // since the focus was lost
	away    bool
	from    time.Time // of the machine, since when
}

// awayAfter is how long the terminal is out of focus before polling pauses:
// long enough to look up something, too short for a meeting. Terminals that do not
// report focus never lose it.
const awayAfter = 15 * time.Minute

// absent counts a second without focus.
func (m *model) absent() {
	a := &m.absence
	if !a.blurred || a.away {
		return
	}
	if a.seconds++; time.Duration(a.seconds)*time.Second >= awayAfter {
		a.away, a.from = true, time.Now().Add(-awayAfter)
		m.touch()
	}
}

// present ends an absence and reports it.
func (m *model) present() {
	a := m.absence
	m.absence = absence{}
	m.returned(a)
}

func (m *model) returned(a absence) {
	if gone := time.Since(a.from); a.away && gone >= time.Minute {
		m.say(accent, "back after "+formatSpan(gone.Round(time.Minute))+": AWS was not polled in between, polling now")
	}
}

// suspend hands the terminal back to the shell. The engine pauses first: without
// job control the process goes on.
func (m *model) suspend() tea.Cmd {
	m.absence = absence{away: true, from: time.Now()}
	return tea.Sequence(m.withFocus(nil), tea.Suspend)
}
