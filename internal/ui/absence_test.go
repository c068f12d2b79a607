package ui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

func (c *fakeControl) away(t *testing.T) bool {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.focus) > 0 && c.focus[len(c.focus)-1].Away
}

// Nothing is asked after a quarter of an hour out of focus; who comes back reads so,
// and the engine learns of both.
func TestAwayAfterLongBlur(t *testing.T) {
	d := newDriver(t, Options{}, 120, 40)
	d.send(snapshotMsg{newFixture()})
	if !d.m.view().ReportFocus {
		t.Fatal("the terminal is not asked to tell of its focus")
	}
	seconds := func(n int) {
		for range n {
			d.send(tickMsg{})
		}
	}
	seconds(2000)
	if d.control.away(t) {
		t.Fatal("away although the focus was never lost")
	}
	d.send(tea.BlurMsg{})
	seconds(int(awayAfter/time.Second) - 1)
	if d.control.away(t) {
		t.Fatal("away too early")
	}
	d.send(tea.FocusMsg{})
	d.mustNotShow("back after")
	d.send(tea.BlurMsg{})
	seconds(int(awayAfter / time.Second))
	if !d.control.away(t) {
		t.Fatal("not away after a long time out of focus")
	}
	d.mustShow("AWAY, polling paused")
	d.send(tea.FocusMsg{})
	if d.control.away(t) {
		t.Fatal("still away")
	}
	d.mustShow("back after 15 min: AWS was not polled in between")
	d.mustNotShow("AWAY")
}

// A key is as good as focus: some terminals tell of the one only.
func TestKeyEndsAbsence(t *testing.T) {
	d := newDriver(t, Options{}, 120, 40)
	d.send(snapshotMsg{newFixture()})
	d.send(tea.BlurMsg{})
	for range int(awayAfter / time.Second) {
		d.send(tickMsg{})
	}
	d.press("2")
	if d.control.away(t) {
		t.Fatal("still away")
	}
	d.mustShow("back after")
}

// The engine is informed before the shell gets the terminal, and again afterwards.
func TestSuspend(t *testing.T) {
	d := newDriver(t, Options{}, 120, 40)
	d.send(snapshotMsg{newFixture()})
	d.press("ctrl+z")
	if !d.control.away(t) {
		t.Fatal("the engine was not informed")
	}
	d.send(tea.ResumeMsg{})
	if d.control.away(t) {
		t.Fatal("still away")
	}
	d.mustNotShow("AWAY")
}
