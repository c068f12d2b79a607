package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// Whatever is listed can be reached by its key, its command, its tab, by next and previous,
// and as the first screen, and draws something of its own.
func TestEveryListedScreenIsReached(t *testing.T) {
	drawnBy := map[string]string{}
	for id, s := range screens {
		t.Run(s.name, func(t *testing.T) {
			open := func(o Options) *driver {
				o.Theme = "mono"
				d := newDriver(t, o, 180, 50)
				d.send(snapshotMsg{newFixture()})
				d.m.view()
				return d
			}
			at := func(d *driver, how string) {
				t.Helper()
				if d.m.screen != s {
					t.Errorf("%s opens screen %q", how, d.m.screen.name)
				}
			}
			d := open(Options{})
			d.press(s.keys[0])
			at(d, "its key")
			rows := d.screen().rows
			if !strings.Contains(rows[1], s.title) {
				t.Errorf("the tab bar has no %q: %s", s.title, rows[1])
			}
			body := strings.Join(rows[bodyTop:len(rows)-1], "\n")
			if other, taken := drawnBy[body]; taken {
				t.Errorf("it draws the same as %s", other)
			}
			drawnBy[body] = s.name

			d = open(Options{})
			d.press(":")
			d.typed(s.name)
			d.press("enter")
			at(d, "its command")

			for key, steps := range map[string]int{"tab": id, "shift+tab": (len(screens) - id) % len(screens)} {
				d = open(Options{})
				for range steps {
					d.press(key)
				}
				at(d, key)
			}
			if s.first {
				at(open(Options{Start: s.name}), "a start with it")
			} else if _, err := newModel(Options{Start: s.name}, canvas.Environment{}); err == nil {
				t.Error("the program starts with a screen that it should not start with")
			}
		})
	}
}

// What a screen says of itself is complete, its hints are actions that keys can do, and it
// stays whole where there are no tenants.
func TestListedScreensAreComplete(t *testing.T) {
	bindings := defaultBindings()
	names, actions := map[string]bool{}, map[Action]bool{}
	for id, s := range screens {
		if s.title == "" || s.name == "" || s.about == "" || s.help == "" || s.action == "" || len(s.keys) == 0 || len(s.hints) == 0 {
			t.Errorf("screen %d %q is not complete: %+v", id, s.name, *s)
		}
		if names[s.name] || actions[s.action] {
			t.Errorf("screen %q has the name or the action of another", s.name)
		}
		names[s.name], actions[s.action] = true, true
		hints := slices.Clone(s.hints)
		for _, p := range s.pairs {
			hints = append(hints, p.one, p.other)
		}
		for _, a := range hints {
			if !slices.ContainsFunc(bindings, func(b binding) bool { return b.action == a }) {
				t.Errorf("screen %q hints at an unknown action %q", s.name, a)
			}
		}
		d := newDriver(t, Options{Theme: "mono", SaveDir: t.TempDir()}, 120, 40)
		d.send(snapshotMsg{&migration.Snapshot{}})
		d.press(s.keys...)
		for _, b := range bindings { // none of them may fail on nothing
			if b.action != ActQuit && len(b.keys) > 0 && b.group != "screens" {
				d.m.screen, d.m.dialog, d.m.prompt = s, nil, nil
				d.press(b.keys[0])
			}
		}
	}
}

// A notice says since when it holds, and how that is known.
func TestNoticesSaySinceWhen(t *testing.T) {
	for basis, want := range map[migration.SinceBasis]string{
		migration.SinceData: "since 08:34", migration.SinceDataStart: "since 08:34 or earlier", migration.SinceFirstSeen: "seen since 08:34",
		0: "",
	} {
		s := newFixture()
		for i := range s.Tenants {
			for j := range s.Tenants[i].Notices {
				n := s.Tenants[i].Notices[j]
				n.SinceBasis = basis
				if basis != 0 {
					n.Since = migration.Some(at.Add(-2 * time.Hour))
				}
				s.Tenants[i].Notices = []migration.Notice{n}
			}
		}
		d := newDriver(t, Options{Theme: "mono"}, 120, 40)
		d.send(snapshotMsg{s})
		d.press("2", "3")
		if want == "" {
			d.mustNotShow("or earlier", "seen since", "since 08:34")
			continue
		}
		d.mustShow(want)
	}
}
