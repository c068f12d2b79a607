package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/migtop/migtop/internal/migration"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// feed is a Feed of a channel.
type feed chan *migration.Snapshot

func (f feed) Snapshots() <-chan *migration.Snapshot { return f }

// terminal collects what is written, and lets a test wait for it.
type terminal struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (t *terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.Write(b)
}

func (t *terminal) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.String()
}

func (t *terminal) waitFor(tb testing.TB, text string) {
	tb.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !strings.Contains(t.String(), text) {
		if time.Now().After(deadline) {
			tb.Errorf("the terminal never showed %q", text)
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// restored reports whether the terminal was made to leave the alternate screen
// and to show its cursor, as the last word on each.
func (t *terminal) restored() bool {
	s := t.String()
	return strings.LastIndex(s, "\x1b[?1049l") > strings.LastIndex(s, "\x1b[?1049h") &&
		strings.LastIndex(s, "\x1b[?25h") > strings.LastIndex(s, "\x1b[?25l")
}

// sized has Bubble Tea draw without a real terminal.
func runOptions(out io.Writer, in io.Reader, c Control) (Options, feed) {
	f := make(feed, 1)
	return Options{
		Feed: f, Control: c, Now: func() time.Time { return at }, Location: time.UTC, Theme: "dark",
		Input: in, Output: out, Environ: []string{"TERM=xterm-256color", "LANG=C.UTF-8"}, initialSize: [2]int{120, 40},
	}, f
}

func TestRunDrawsAndQuits(t *testing.T) {
	in, keys := io.Pipe()
	out := &terminal{}
	o, f := runOptions(out, in, &fakeControl{})
	done := make(chan error, 1)
	go func() { done <- Run(t.Context(), o) }()
	out.waitFor(t, "waiting for the first answer")
	f <- newFixture()
	out.waitFor(t, "globex")
	if _, err := keys.Write([]byte("q")); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("quit with %v", err)
	}
	_ = keys.Close()
	if !out.restored() {
		t.Error("the terminal was left as the screen had it")
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	in, keys := io.Pipe()
	defer keys.Close()
	out := &terminal{}
	o, f := runOptions(out, in, &fakeControl{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, o) }()
	f <- newFixture()
	out.waitFor(t, "globex")
	cancel()
	if err := <-done; err != nil {
		t.Errorf("ended with %v", err)
	}
	if !out.restored() {
		t.Error("the terminal was left as the screen had it")
	}
}

// hanging is a control that answers only when it is cancelled.
type hanging struct{ fakeControl }

func (*hanging) Events(ctx context.Context, _ *migration.Run) ([]migration.Event, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestRunWaitsForWhatItStarted(t *testing.T) {
	in, keys := io.Pipe()
	out := &terminal{}
	o, f := runOptions(out, in, &hanging{})
	done := make(chan error, 1)
	go func() { done <- Run(t.Context(), o) }()
	f <- newFixture()
	out.waitFor(t, "globex")
	for _, k := range []string{"2", "\r", "\r"} {
		_, _ = keys.Write([]byte(k))
	}
	out.waitFor(t, "reading from")
	_, _ = keys.Write([]byte("q"))
	if err := <-done; err != nil {
		t.Errorf("quit with %v", err)
	}
	_ = keys.Close()
}

// broken is a control whose code fails.
type broken struct{ fakeControl }

func (*broken) Events(context.Context, *migration.Run) ([]migration.Event, error) {
	panic("the control is broken")
}

func TestAPanicInACommandRestoresTheTerminal(t *testing.T) {
	in, keys := io.Pipe()
	out := &terminal{}
	o, f := runOptions(out, in, &broken{})
	done := make(chan error, 1)
	go func() { done <- Run(t.Context(), o) }()
	f <- newFixture()
	out.waitFor(t, "globex")
	for _, k := range []string{"2", "\r", "\r"} {
		_, _ = keys.Write([]byte(k))
	}
	err := <-done
	_ = keys.Close()
	var p *migration.Problem
	if !errors.As(err, &p) || !strings.Contains(p.What, "the control is broken") {
		t.Errorf("ended with %v, want the panic as a problem", err)
	}
	if !out.restored() {
		t.Error("the terminal was left as the screen had it")
	}
}

func TestAPanicInTheModelRestoresTheTerminal(t *testing.T) {
	for name, poison := range map[string]func(*migration.Snapshot){
		"view":   func(s *migration.Snapshot) { s.Tenants[0].After.CostSeries = migration.NewSeries(at, -1, 3, "") },
		"nobody": func(*migration.Snapshot) {},
	} {
		t.Run(name, func(t *testing.T) {
			in, keys := io.Pipe()
			defer keys.Close()
			out := &terminal{}
			o, f := runOptions(out, in, &fakeControl{})
			calls := 0
			o.Now = func() time.Time {
				if calls++; name == "nobody" && calls > 2 {
					panic("the clock is broken")
				}
				return at
			}
			done := make(chan error, 1)
			go func() { done <- Run(t.Context(), o) }()
			s := newFixture()
			poison(s)
			f <- s
			if name == "view" { // an impossible series is no reason to fail
				out.waitFor(t, "globex")
				_, _ = keys.Write([]byte("2q"))
				if err := <-done; err != nil {
					t.Errorf("ended with %v", err)
				}
				return
			}
			if err := <-done; err == nil || !strings.Contains(err.Error(), "the clock is broken") {
				t.Errorf("ended with %v, want the panic", err)
			}
			if !out.restored() {
				t.Error("the terminal was left as the screen had it")
			}
		})
	}
}

func TestRunRefusesFiles(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	o, _ := runOptions(file, strings.NewReader(""), &fakeControl{})
	var p *migration.Problem
	if err := Run(t.Context(), o); !errors.As(err, &p) || !strings.Contains(p.Error(), "standard output is not a terminal") {
		t.Errorf("output to a file: %v", err)
	}
	o, _ = runOptions(&terminal{}, file, &fakeControl{})
	if err := Run(t.Context(), o); !errors.As(err, &p) || !strings.Contains(p.Error(), "standard input is not a terminal") {
		t.Errorf("input from a file: %v", err)
	}
}

func TestRunNamesBadOptions(t *testing.T) {
	for want, change := range map[string]func(*Options){
		`unknown theme "beige"`:    func(o *Options) { o.Theme = "beige" },
		`unknown screen "x"`:       func(o *Options) { o.Start = "x" },
		`unknown action "explode"`: func(o *Options) { o.Keys = map[string][]string{"explode": {"x"}} },
	} {
		o, _ := runOptions(&terminal{}, strings.NewReader(""), &fakeControl{})
		change(&o)
		if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
