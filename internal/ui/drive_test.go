package ui

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// fakeControl remembers what it was asked.
type fakeControl struct {
	mu      sync.Mutex
	windows []time.Duration
	focus   []Focus
	refresh int
	asked   []string // the runs whose events were asked for
	events  []migration.Event
	err     error
}

func (c *fakeControl) SetWindow(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.windows = append(c.windows, d)
}

func (c *fakeControl) SetFocus(f Focus) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.focus = append(c.focus, f)
}

func (c *fakeControl) Refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refresh++
}

func (c *fakeControl) Events(_ context.Context, r *migration.Run) ([]migration.Event, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, r.UID)
	return c.events, c.err
}

// driver drives the model with messages, as Bubble Tea would, and runs its
// commands at once, all but the ones that wait.
type driver struct {
	t       testing.TB
	m       *model
	control *fakeControl
	quit    bool
	clip    string
	now     time.Time
}

func newDriver(t testing.TB, o Options, w, h int) *driver {
	t.Helper()
	d := &driver{t: t, control: &fakeControl{}, now: at}
	o.Control = d.control
	o.Now = func() time.Time { return d.now }
	o.Location = time.UTC
	if o.Environ == nil {
		o.Environ = []string{"TERM=xterm-256color", "LANG=en_US.UTF-8"}
	}
	m, err := newModel(o.withDefaults(), canvas.NewEnvironment(o.Environ))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // whatever waits ends at once; whatever asks the fake answers
	m.tasks = newTasks(ctx)
	t.Cleanup(m.tasks.wait)
	d.m = m
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	return d
}

func (d *driver) send(msg tea.Msg) {
	d.t.Helper()
	d.run(d.m.update(msg))
}

func (d *driver) run(cmd tea.Cmd) {
	d.t.Helper()
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.run(c)
		}
	case tea.QuitMsg:
		d.quit = true
	default:
		if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice { // commands one after the other, likewise
			for i := range v.Len() {
				d.run(v.Index(i).Interface().(tea.Cmd))
			}
			return
		}
		if v := reflect.ValueOf(msg); v.Kind() == reflect.String { // the clipboard's message is Bubble Tea's own
			d.clip = v.String()
			return
		}
		d.send(msg)
	}
}

// press sends keys: names, or single characters.
func (d *driver) press(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.send(keyPress(k))
		d.m.view() // as the program does after each message
	}
}

// typed sends a text character by character.
func (d *driver) typed(s string) {
	d.t.Helper()
	for _, r := range s {
		d.press(string(r))
	}
}

var namedKeys = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft,
	"right": tea.KeyRight,
	"pgup":  tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace,
	"space": tea.KeySpace,
}

func keyPress(name string) tea.KeyPressMsg {
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: []rune(rest)[0], Mod: tea.ModCtrl}
	}
	if name == "shift+tab" {
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	}
	if code, ok := namedKeys[name]; ok {
		k := tea.KeyPressMsg{Code: code}
		if name == "space" {
			k.Text = " "
		}
		return k
	}
	r := []rune(name)[0]
	return tea.KeyPressMsg{Code: r, Text: name}
}

func (d *driver) screen() screenText {
	d.t.Helper()
	return parseScreen(d.t, d.m.view().Content)
}

func (d *driver) mustShow(texts ...string) {
	d.t.Helper()
	s := d.screen()
	for _, x := range texts {
		if !s.contains(x) {
			d.t.Errorf("the screen does not show %q:\n%s", x, strings.Join(s.rows, "\n"))
		}
	}
}

func (d *driver) mustNotShow(texts ...string) {
	d.t.Helper()
	s := d.screen()
	for _, x := range texts {
		if s.contains(x) {
			d.t.Errorf("the screen shows %q:\n%s", x, strings.Join(s.rows, "\n"))
		}
	}
}
