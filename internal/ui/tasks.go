package ui

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// tasks owns what commands run: they end with the program, and it waits for
// them.
type tasks struct {
	ctx context.Context

	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup

	asking sync.Mutex // one call of Control at a time
	asked  map[string]int
}

func newTasks(ctx context.Context) *tasks { return &tasks{ctx: ctx, asked: map[string]int{}} }

// do makes a command of a function.
func (t *tasks) do(f func(context.Context) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		t.mu.Lock()
		if t.closed {
			t.mu.Unlock()
			return nil
		}
		t.wg.Add(1)
		t.mu.Unlock()
		defer t.wg.Done()
		return f(t.ctx)
	}
}

// latest makes a command that calls f, unless one of the same kind with a higher
// number has been called already: commands may overtake each other.
func (t *tasks) latest(kind string, seq int, f func()) tea.Cmd {
	return t.do(func(context.Context) tea.Msg {
		t.asking.Lock()
		defer t.asking.Unlock()
		if t.asked[kind] <= seq {
			t.asked[kind] = seq
			f()
		}
		return nil
	})
}

// after makes a command that sends a message some time later.
func (t *tasks) after(d time.Duration, msg tea.Msg) tea.Cmd {
	return t.do(func(ctx context.Context) tea.Msg {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			return msg
		}
	})
}

// wait ends new commands and waits for those that run. Their context must have
// ended.
func (t *tasks) wait() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.wg.Wait()
}
