package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/migtop/migtop/internal/migration"
	wording "github.com/migtop/migtop/internal/text"
)

// Notify is how the terminal makes somebody look.
type Notify string

// The ways. The sequences are of iTerm2 and of urxvt; many terminals show one of them as a notification of the desktop.
const (
	NotifyOff    Notify = ""
	NotifyBell   Notify = "bell"
	NotifyOSC9   Notify = "osc9"
	NotifyOSC777 Notify = "osc777"
)

// mostNotified is how many characters a notification has.
const mostNotified = 200

// notifier says each new event once, through the program and never to the terminal itself.
type notifier struct {
	seen    int64 // the number of the newest event
	pasting bool  // a paste is under way: its end may take long, and nothing is written into it
	waiting []string
}

// news is the command that notifies of what is new, nil for nothing.
func (n *notifier) news(how Notify, all []migration.AlertNews) tea.Cmd {
	for i := range all {
		if all[i].Seq > n.seen {
			n.seen = all[i].Seq
			n.waiting = append(n.waiting, all[i].Text)
		}
	}
	return n.flush(how)
}

// pasted notifies of what came during a paste.
func (n *notifier) pasted(how Notify) tea.Cmd {
	n.pasting = false
	return n.flush(how)
}

func (n *notifier) flush(how Notify) tea.Cmd {
	if n.pasting || len(n.waiting) == 0 {
		return nil
	}
	// A control character in a text would end the sequence early.
	said := wording.Cut(wording.Printable(wording.OneLine(n.waiting[0])), mostNotified)
	if more := len(n.waiting) - 1; more > 0 {
		said += fmt.Sprintf(", and %d more", more)
	}
	n.waiting = nil
	if s := how.sequence(said); s != "" {
		return tea.Raw(s)
	}
	return nil
}

// sequence is what the terminal gets for a text of printable characters, "" for nothing.
func (how Notify) sequence(said string) string {
	switch how {
	case NotifyBell:
		return "\a"
	case NotifyOSC9:
		if said == "" || '0' <= said[0] && said[0] <= '9' { // ConEmu and Windows Terminal take a number for a command
			said = "alert: " + said
		}
		return ansi.Notify(said)
	case NotifyOSC777:
		return ansi.URxvtExt("notify", "migtop", strings.ReplaceAll(said, ";", ","))
	}
	return ""
}
