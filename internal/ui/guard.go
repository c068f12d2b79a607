package ui

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
)

// guard is the model as Bubble Tea sees it. A panic in it ends the program in
// good order, so that the terminal is restored and the trace goes to the log
// instead of over the person's shell.
type guard struct {
	model *model
	log   *slog.Logger

	mu  sync.Mutex
	err *migration.Problem
}

func (g *guard) Init() tea.Cmd { return g.wrap(g.model.init()) }

func (g *guard) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	defer func() {
		if r := recover(); r != nil {
			g.record(r)
			cmd = tea.Quit
		}
	}()
	if g.crash() != nil {
		return g, tea.Quit
	}
	return g, g.wrap(g.model.update(msg))
}

func (g *guard) View() (v tea.View) {
	defer func() {
		if r := recover(); r != nil {
			g.record(r) // the next message, a tick at the latest, quits
			v = tea.NewView("")
			v.AltScreen = true
		}
	}()
	if g.crash() != nil {
		return tea.View{AltScreen: true}
	}
	return g.model.view()
}

// wrap guards a command. Batches keep their own commands; the model guards those
// itself by making all of them with tasks.
func (g *guard) wrap(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				g.record(r)
				msg = tea.QuitMsg{}
			}
		}()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = g.wrap(batch[i])
			}
		}
		return msg
	}
}

func (g *guard) record(r any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return
	}
	g.log.Error("the screen failed", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	g.err = &migration.Problem{
		What: fmt.Sprintf("migtop's screen failed: %v", r),
		Fix:  "the log has the trace; please report it",
	}
}

// crash is the panic that ended the program, or nil.
func (g *guard) crash() *migration.Problem {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}
