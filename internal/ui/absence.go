package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// absence is whether somebody can be looking. Questions cost money, and nobody needs
// answers that nobody sees.
type absence struct {
	blurred bool
	seconds int // since the focus was lost
	away    bool
	from    time.Time // of the machine, since when
}

// awayAfter is how long the terminal is out of focus before nothing is asked any more:
// long enough to look up something, too short for a meeting. Terminals that tell
// nothing of focus never lose it.
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

// present ends an absence and says what it meant, as returned does.
func (m *model) present() {
	a := m.absence
	m.absence = absence{}
	m.returned(a)
}

func (m *model) returned(a absence) {
	if gone := time.Since(a.from); a.away && gone >= time.Minute {
		m.say(accent, "back after "+formatSpan(gone.Round(time.Minute))+": nothing was asked of AWS meanwhile, asking now")
	}
}

// suspend hands the terminal back to the shell. The engine is told first: where there
// is no job control the process goes on.
func (m *model) suspend() tea.Cmd {
	m.absence = absence{away: true, from: time.Now()}
	return tea.Sequence(m.withFocus(nil), tea.Suspend)
}
