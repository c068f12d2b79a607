package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

func TestAgesGoOnWithoutNewData(t *testing.T) {
	d := started(t)
	d.mustShow("cloudwatch 42 s")
	d.now = at.Add(5 * time.Second)
	d.m.update(tickMsg{})
	d.mustShow("cloudwatch 47 s")
	d.now = at.Add(10 * time.Minute)
	d.m.update(tickMsg{})
	d.mustShow("cloudwatch 10 min", "metrics 19 min")
}

func TestATickThatChangesNothingDrawsNothing(t *testing.T) {
	d := started(t)
	d.m.update(tickMsg{})
	before := d.m.view()
	revision := d.m.revision
	d.now = d.now.Add(300 * time.Millisecond)
	d.m.update(tickMsg{})
	if d.m.revision != revision || d.m.view().Content != before.Content {
		t.Error("a tick within the same second drew the screen anew")
	}
}

// What the screen says stays as long for whoever reads it in a demo, whose time goes
// many times faster.
func TestMessagesStayForSecondsOfTheReader(t *testing.T) {
	d := started(t)
	d.m.say(good, "wrote 3 files")
	d.now = at.Add(time.Hour)
	for range 8 {
		d.m.update(tickMsg{})
		d.mustShow("wrote 3 files")
	}
	d.m.update(tickMsg{})
	if d.m.status.text != "" {
		t.Error("it stays for longer")
	}
}

func TestOutsideTextCannotReachTheTerminal(t *testing.T) {
	evil := "a\x1b[31mred\x1b]52;c;ZXZpbA==\x07\u202eback\x9b2J\nline\ttab\u0300"
	s := newFixture()
	s.Scope.Name, s.Scope.Context = evil, evil
	for i := range s.Tenants {
		v := &s.Tenants[i]
		v.Tenant += migration.Tenant(evil)
		v.Verdict.Reason = evil
		v.Notices = []migration.Notice{{Severity: migration.Critical, Text: evil}}
		for k := range v.Runs {
			v.Runs[k].Name, v.Runs[k].Message, v.Runs[k].Reason = evil, evil, evil
		}
	}
	for i := range s.Sources {
		s.Sources[i].Problem = &migration.Problem{What: evil, Fix: evil, Snippet: evil}
	}
	s.Waves = []migration.Wave{{Name: evil, At: at.Add(-time.Hour)}, {Name: evil, At: at.Add(time.Hour)}}
	s.Tenants[0].Economics.AfterRun = migration.Figure[migration.USD]{Evidence: migration.Provenance{Note: evil}}
	d := newDriver(t, Options{Theme: "dark", Scenarios: &fakeScenarios{note: evil}}, 120, 40)
	d.control.err = errors.New(evil)
	d.send(snapshotMsg{s})
	for _, key := range []string{"1", "2", "enter", "enter", "8", "left", "right", "right", "9", "?", "esc", ":"} {
		d.press(key)
		for _, r := range strings.Join(d.screen().rows, "") { // and the parser refuses all but SGR
			if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e {
				t.Fatalf("after %s the frame holds %q", key, r)
			}
		}
	}
}

func TestAnySizeIsDrawn(t *testing.T) {
	d := newDriver(t, Options{Theme: "dark", Scenarios: &fakeScenarios{}}, 120, 40)
	d.send(snapshotMsg{newFixture()})
	for _, keys := range [][]string{
		{"1"},
		{"2"},
		{"enter"},
		{"enter"},
		{"8"},
		{"left"},
		{"right", "right", "right"},
		{"end"},
		{"9"},
		{"?"},
		{"esc", ":"},
		{"esc", "c"},
		{"esc", "2", "/"},
	} {
		d.press(keys...)
		for _, size := range [][2]int{
			{0, 0},
			{1, 1},
			{2, 60},
			{300, 2},
			{59, 14},
			{60, 15},
			{61, 16},
			{77, 19},
			{99, 30},
			{100, 31},
			{110, 22},
			{150, 15},
			{151, 90},
			{400, 120},
			{120, 40},
		} {
			d.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			s := d.screen()
			if size[0] == 0 {
				continue
			}
			if len(s.rows) != size[1] {
				t.Fatalf("%v at %v: %d rows", keys, size, len(s.rows))
			}
			for y, r := range s.rows {
				if canvas.Cells(r) != size[0] {
					t.Fatalf("%v at %v: row %d is %d wide", keys, size, y, canvas.Cells(r))
				}
			}
		}
	}
}

func TestMouse(t *testing.T) {
	d := newDriver(t, Options{Theme: "dark", Mouse: true}, 120, 40)
	d.send(snapshotMsg{newFixture()})
	d.screen()
	d.send(tea.MouseClickMsg{X: 14, Y: 1, Button: tea.MouseLeft})
	d.mustShow("25 tenants")
	d.send(tea.MouseClickMsg{X: 10, Y: 9, Button: tea.MouseLeft})
	if got := d.m.tenants.under(d.m.data).Tenant; got != "wayne" {
		t.Errorf("the click chose %q, want wayne, the third row", got)
	}
	d.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if got := d.m.tenants.under(d.m.data).Tenant; got != "umbrella" {
		t.Errorf("the wheel moved to %q, want umbrella", got)
	}
}
