package ui

import (
	"context"
	"reflect"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// Still draws one screen without a terminal: what a person sees of a Snapshot after pressing keys, as rows of
// characters without colours. Keys are single characters, or "enter", "esc", "down" and "up". Commands run at once,
// one after the other, with a context that has ended. The error is that of a setting.
func Still(o Options, s *migration.Snapshot, width, height int, keys ...string) ([]string, error) {
	o = o.withDefaults()
	m, err := newModel(o, canvas.NewEnvironment(o.Environ))
	if err != nil {
		return nil, err
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	m.tasks = newTasks(ended)
	defer m.tasks.wait()
	still{m}.send(tea.WindowSizeMsg{Width: width, Height: height})
	still{m}.send(snapshotMsg{s})
	for _, k := range keys {
		press := tea.KeyPressMsg{Text: k, Code: []rune(k)[0]}
		if code, named := map[string]rune{
			"enter": tea.KeyEnter, "esc": tea.KeyEscape, "down": tea.KeyDown, "up": tea.KeyUp,
		}[k]; named {
			press = tea.KeyPressMsg{Code: code}
		}
		still{m}.send(press)
		m.view()
	}
	rows := strings.Split(ansi.Strip(m.view().Content), "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return rows, nil
}

// still drives a model without a program.
type still struct{ m *model }

func (d still) send(msg tea.Msg) { d.run(d.m.update(msg)) }

func (d still) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil, tea.QuitMsg:
	case tea.BatchMsg:
		for _, c := range msg {
			d.run(c)
		}
	default:
		if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice { // a sequence, whose type is Bubble Tea's own
			for i := range v.Len() {
				if c, ok := v.Index(i).Interface().(tea.Cmd); ok {
					d.run(c)
				}
			}
			return
		}
		if reflect.ValueOf(msg).Kind() != reflect.String { // that is the clipboard's
			d.send(msg)
		}
	}
}
