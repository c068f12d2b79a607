package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Action is something that a key does, by the name that a configuration uses.
type Action string

// The actions. Those that open a screen are declared with their screens.
const (
	ActQuit     Action = "quit"
	ActHelp     Action = "help"
	ActPalette  Action = "palette"
	ActNext     Action = "next_screen"
	ActPrevious Action = "previous_screen"
	ActUp       Action = "up"
	ActDown     Action = "down"
	ActLeft     Action = "left"
	ActRight    Action = "right"
	ActPageUp   Action = "page_up"
	ActPageDown Action = "page_down"
	ActTop      Action = "top"
	ActBottom   Action = "bottom"
	ActOpen     Action = "open"
	ActBack     Action = "back"
	ActFilter   Action = "filter"
	ActSort     Action = "sort"
	ActReverse  Action = "reverse"
	ActColumns  Action = "columns"
	ActUnit     Action = "unit"
	ActWindow   Action = "window"
	ActPause    Action = "pause"
	ActRefresh  Action = "refresh"
	ActCopy     Action = "copy"
	ActSave     Action = "save_csv"
	ActExport   Action = "export"
	ActReset    Action = "reset_assumptions"
	ActMark     Action = "mark"
	ActEvidence Action = "evidence"
	ActAlerts   Action = "alerts"
	ActTheme    Action = "theme"
	ActRedraw   Action = "redraw"
	ActSuspend  Action = "suspend"
)

// binding is an action, what it is for, and its keys.
type binding struct {
	action Action
	group  string
	hint   string // two words, for the foot of the screen
	help   string
	keys   []string
}

// defaultBindings is the keymap as it is built in, in the order of the help.
func defaultBindings() []binding {
	var out []binding
	for _, s := range screens {
		out = append(out, binding{s.action, "screens", s.name, s.help, slices.Clone(s.keys)})
	}
	return append(out, []binding{
		{ActNext, "screens", "next", "next screen", []string{"tab"}},
		{ActPrevious, "screens", "previous", "previous screen", []string{"shift+tab"}},
		{ActUp, "moving", "up", "one row up", []string{"up", "k"}},
		{ActDown, "moving", "down", "one row down", []string{"down", "j"}},
		{ActLeft, "moving", "previous", "sort by the column to the left; previous tenant; lower the assumption", []string{"left", "h"}},
		{ActRight, "moving", "next", "sort by the column to the right; next tenant; raise the assumption", []string{"right", "l"}},
		{ActPageUp, "moving", "page up", "one page up", []string{"pgup", "ctrl+b", "ctrl+u"}},
		{ActPageDown, "moving", "page down", "one page down", []string{"pgdown", "ctrl+f", "ctrl+d", "space"}},
		{ActTop, "moving", "top", "first row", []string{"g", "home"}},
		{ActBottom, "moving", "bottom", "last row", []string{"G", "end"}},
		{ActOpen, "moving", "open", "open what the cursor is on", []string{"enter"}},
		{ActBack, "moving", "back", "close, clear the filter, or go to the previous screen", []string{"esc"}},
		{ActFilter, "table", "filter", "filter: text, !text, field:value; fields are listed below", []string{"/"}},
		{ActSort, "table", "sort", "sort by the next column; the order is kept below the first row", []string{"s"}},
		{ActReverse, "table", "reverse", "reverse the order", []string{"S"}},
		{ActColumns, "table", "columns", "choose the columns", []string{"c"}},
		{ActUnit, "table", "unit", "money per hour, per day, per month (730 h)", []string{"u"}},
		{ActWindow, "table", "window", "figures over the last 1 h, 6 h, 24 h", []string{"t"}},
		{ActSignals, "tenant", "signals", "all signals of the tenant's cutover, or only those that need attention", []string{"v"}},
		{ActMatrix, "tenant", "matrix", "decision matrix: platforms compared for each workload by weighted factors", []string{"m"}},
		{ActMark, "profiles", "mark", "mark the profile for export; without marks all are exported", []string{"x"}},
		{ActReset, "what-if", "reset", "reset all assumptions to the present state", []string{"0"}},
		{ActPalette, "everything", "command", "run a command by name, with completion", []string{":"}},
		{ActHelp, "everything", "help", "this help", []string{"?"}},
		{ActPause, "everything", "pause", "pause the screen; polling continues", []string{"p"}},
		{ActRefresh, "everything", "refresh", "poll all sources now, and sort again", []string{"r"}},
		{
			ActEvidence, "everything", "logs", "read memory, billed time and tenants with Logs Insights; shows the cost first",
			[]string{"L"},
		},
		{ActAlerts, "everything", "alerts", "alerts: what stands and since when, and what ended and when", []string{"!"}},
		{ActCopy, "everything", "copy", "copy the tenant, its verdict, the run, or the fix of a source", []string{"y"}},
		{
			ActExport, "everything", "export", "export profiles, the record of the cutover, or the scenario as a file for migtop estimate",
			[]string{"e"},
		},
		{ActSave, "everything", "save CSV", "save this table as a CSV file", []string{"ctrl+s"}},
		{ActTheme, "everything", "theme", "next theme", []string{"T"}},
		{ActRedraw, "everything", "redraw", "redraw the screen", []string{"ctrl+l"}},
		{ActSuspend, "everything", "suspend", "back to the shell; polling stops until fg", []string{"ctrl+z"}},
		{ActQuit, "everything", "quit", "quit", []string{"q", "ctrl+c"}},
	}...)
}

// DefaultKeys returns every action that can have a key, with its default keys.
func DefaultKeys() map[string][]string {
	keys := map[string][]string{}
	for _, b := range defaultBindings() {
		keys[string(b.action)] = b.keys
	}
	return keys
}

// Keymap says what every key does. Make one with [ParseKeymap].
type Keymap struct {
	bindings []binding
	byKey    map[string]Action
}

// ParseKeymap lays a configuration's keys over the built-in ones: action name to
// the keys that are to do it, all of them. An action with an empty list has no
// key. An unknown action, a key that is none, or one key for two actions is an
// error that names them.
func ParseKeymap(overrides map[string][]string) (*Keymap, error) {
	k := &Keymap{bindings: defaultBindings(), byKey: map[string]Action{}}
	names := make([]string, 0, len(overrides))
	for name := range overrides {
		names = append(names, name)
	}
	slices.Sort(names)
	overridden := map[Action]bool{}
	for _, name := range names {
		i := slices.IndexFunc(k.bindings, func(b binding) bool { return string(b.action) == name })
		if i < 0 {
			return nil, fmt.Errorf("keys: unknown action %q: want one of %s", name, strings.Join(actionNames(), ", "))
		}
		keys := make([]string, 0, len(overrides[name]))
		for _, raw := range overrides[name] {
			key, err := canonicalKey(raw)
			if err != nil {
				return nil, fmt.Errorf("keys: action %q: %w", name, err)
			}
			keys = append(keys, key)
		}
		k.bindings[i].keys = keys
		overridden[Action(name)] = true
	}
	for _, b := range k.bindings {
		for _, key := range b.keys {
			other, taken := k.byKey[key]
			if taken && other != b.action {
				first, second := other, b.action
				if overridden[first] && !overridden[second] { // say the configured one first
					first, second = second, first
				}
				return nil, fmt.Errorf("keys: %q is given to both %q and %q: give one of them another key", key, second, first)
			}
			k.byKey[key] = b.action
		}
	}
	if len(k.keys(ActQuit)) == 0 {
		return nil, fmt.Errorf("keys: action %q needs a key", ActQuit)
	}
	return k, nil
}

func actionNames() []string {
	var names []string
	for _, b := range defaultBindings() {
		names = append(names, string(b.action))
	}
	slices.SortFunc(names, cmp.Compare)
	return names
}

// keyNames are the keys that have a name instead of a character.
var keyNames = map[string]bool{
	"enter": true, "esc": true, "tab": true, "space": true, "backspace": true, "delete": true, "insert": true,
	"up": true, "down": true, "left": true, "right": true, "pgup": true, "pgdown": true, "home": true, "end": true,
	"f1": true, "f2": true, "f3": true, "f4": true, "f5": true, "f6": true, "f7": true, "f8": true, "f9": true,
	"f10": true, "f11": true, "f12": true,
}

var keyAliases = map[string]string{
	"escape": "esc", "return": "enter", "pageup": "pgup", "pagedown": "pgdown", "pgdn": "pgdown", "del": "delete", " ": "space",
}

// canonicalKey brings a key as people write it ("Ctrl+S", "escape", "G") into
// the form in which the terminal's keys arrive.
func canonicalKey(raw string) (string, error) {
	if utf8.RuneCountInString(raw) == 1 && raw != " " {
		if r, _ := utf8.DecodeRuneInString(raw); !unicode.IsPrint(r) {
			return "", fmt.Errorf("%q is not a key", raw)
		}
		return raw, nil
	}
	parts := strings.Split(raw, "+")
	if strings.HasSuffix(raw, "++") { // ctrl and the plus key
		parts = append(strings.Split(strings.TrimSuffix(raw, "++"), "+"), "+")
	}
	var ctrl, alt, shift bool
	for _, m := range parts[:len(parts)-1] {
		switch strings.ToLower(strings.TrimSpace(m)) {
		case "ctrl", "control":
			ctrl = true
		case "alt", "option":
			alt = true
		case "shift":
			shift = true
		default:
			return "", fmt.Errorf("%q is not a key: unknown modifier %q, want ctrl, alt or shift", raw, m)
		}
	}
	key := parts[len(parts)-1]
	if strings.TrimSpace(key) != "" {
		key = strings.TrimSpace(key)
	}
	lower := strings.ToLower(key)
	if name, ok := keyAliases[lower]; ok {
		lower = name
	}
	r, size := utf8.DecodeRuneInString(key)
	switch {
	case keyNames[lower]:
		key = lower
	case size == len(key) && size > 0 && unicode.IsPrint(r):
		switch {
		case shift && !ctrl && !alt: // shift and a letter arrive as the capital
			if upper := strings.ToUpper(key); upper != key || unicode.IsUpper(r) {
				return upper, nil
			}
			return "", fmt.Errorf("%q is not a key: write the character that shift gives", raw)
		case ctrl || alt:
			key = lower
		}
	default:
		return "", fmt.Errorf("%q is not a key: want a character, or one of enter, esc, tab, space, up, down, left, right, pgup, pgdown, "+
			"home, end, f1 to f12, with ctrl+, alt+ or shift+ before it", raw)
	}
	for _, m := range [...]struct {
		on   bool
		name string
	}{{shift, "shift+"}, {alt, "alt+"}, {ctrl, "ctrl+"}} {
		if m.on {
			key = m.name + key
		}
	}
	return key, nil
}

// action is what a key does, "" for nothing.
func (k *Keymap) action(key string) Action { return k.byKey[key] }

func (k *Keymap) keys(a Action) []string {
	for _, b := range k.bindings {
		if b.action == a {
			return b.keys
		}
	}
	return nil
}

// key is the first key of an action as hints show it, "" where it has none.
func (k *Keymap) key(a Action) string {
	if keys := k.keys(a); len(keys) > 0 {
		return keys[0]
	}
	return ""
}
