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

	computing sync.Mutex // one answer at a time
	wanted    map[string]int
}

func newTasks(ctx context.Context) *tasks {
	return &tasks{ctx: ctx, asked: map[string]int{}, wanted: map[string]int{}}
}

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

// newest makes a command that answers with f, whose context ends as soon as a newer
// one of the same kind is made. f is not called where that was before its turn.
func (t *tasks) newest(kind string, seq int, f func(context.Context) tea.Msg) tea.Cmd {
	t.mu.Lock()
	t.wanted[kind] = seq
	t.mu.Unlock()
	current := func() bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.wanted[kind] == seq
	}
	return t.do(func(ctx context.Context) tea.Msg {
		t.computing.Lock()
		defer t.computing.Unlock()
		if !current() {
			return nil
		}
		return f(superseded{ctx, current})
	})
}

// superseded is a context that also ends when a newer question replaces this one.
// Its Done is only that of the program: calculations check Err between two steps.
type superseded struct {
	context.Context
	current func() bool
}

// Err is context.Canceled once a newer question has been put.
func (s superseded) Err() error {
	if !s.current() {
		return context.Canceled
	}
	return s.Context.Err()
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
