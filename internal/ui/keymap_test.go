package ui

import (
	"strings"
	"testing"
)

func TestDefaultKeymapHasNoConflict(t *testing.T) {
	k, err := ParseKeymap(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range k.bindings {
		if b.help == "" || b.hint == "" || b.group == "" {
			t.Errorf("action %s is not explained", b.action)
		}
		for _, key := range b.keys {
			if canonical, err := canonicalKey(key); err != nil || canonical != key {
				t.Errorf("built-in key %q of %s reads as %q, %v", key, b.action, canonical, err)
			}
		}
	}
}

func TestParseKeymap(t *testing.T) {
	for _, c := range []struct {
		name string
		keys map[string][]string
		err  []string // what the error must name; none is no error
	}{
		{"another key", map[string][]string{"pause": {"z"}}, nil},
		{"several, as people write them", map[string][]string{"refresh": {"F5", "Ctrl+R"}, "save_csv": {"shift+w"}}, nil},
		{"no key", map[string][]string{"theme": {}}, nil},
		{"swapped", map[string][]string{"up": {"j"}, "down": {"k"}}, nil},
		{"unknown action", map[string][]string{"explode": {"x"}}, []string{`unknown action "explode"`, "want one of", "pause"}},
		{"taken by a built-in", map[string][]string{"pause": {"q"}}, []string{`"q"`, `"pause"`, `"quit"`}},
		{"given twice", map[string][]string{"pause": {"z"}, "copy": {"z"}}, []string{`"z"`, `"pause"`, `"copy"`}},
		{"not a key", map[string][]string{"pause": {"hyper+z"}}, []string{"pause", "hyper"}},
		{"a word", map[string][]string{"pause": {"banana"}}, []string{"pause", "banana"}},
		{"empty", map[string][]string{"pause": {""}}, []string{"pause"}},
		{"no way out", map[string][]string{"quit": {}}, []string{`"quit" needs a key`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseKeymap(c.keys)
			if (err != nil) != (len(c.err) > 0) {
				t.Fatalf("error %v", err)
			}
			for _, want := range c.err {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error %q does not name %s", err, want)
				}
			}
		})
	}
}

func TestCanonicalKey(t *testing.T) {
	for raw, want := range map[string]string{
		"q": "q", "G": "G", "Escape": "esc", "Ctrl+S": "ctrl+s", "shift+g": "G", "SHIFT+TAB": "shift+tab", "PageDown": "pgdown",
		"alt+ctrl+x": "ctrl+alt+x", " ": "space", "+": "+", "ctrl++": "ctrl++", "ü": "ü", "return": "enter",
	} {
		got, err := canonicalKey(raw)
		if err != nil || got != want {
			t.Errorf("canonicalKey(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
}

func FuzzCanonicalKey(f *testing.F) {
	for _, s := range []string{"q", "ctrl+s", "shift++", "+++", "ctrl+", "\x00", "Ctrl+Shift+Alt+F1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := canonicalKey(s)
		if err != nil {
			return
		}
		again, err := canonicalKey(key)
		if err != nil || again != key {
			t.Errorf("%q reads as %q, which reads as %q, %v", s, key, again, err)
		}
	})
}

func TestRemappedKeysAreObeyedAndShown(t *testing.T) {
	d := newDriver(t, Options{Theme: "dark", Keys: map[string][]string{"tenants": {"F2"}, "up": {"E"}, "down": {"n"}}}, 120, 40)
	d.send(snapshotMsg{newFixture()})
	d.mustShow("f2 Tenants")
	d.press("2")
	d.mustShow("Needs attention") // 2 does nothing now
	d.press("n", "enter")
	d.mustShow("acme  ‖ HOLD")
	d.press("?")
	d.typed("row down")
	d.mustShow("n", "one row down")
	d.mustNotShow("down j")
}
