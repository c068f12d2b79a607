//go:build smoke

// Package smoke starts the real binary in a real terminal (tmux) and types.
package smoke

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// terminal is a tmux server of its own with one shell in it.
type terminal struct {
	t      *testing.T
	socket string
}

func newTerminal(t *testing.T, cols, rows int) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatalf("the smoke test needs tmux: install it (Debian: apt-get install tmux): %v", err)
	}
	term := &terminal{t, filepath.Join(t.TempDir(), "tmux")}
	term.tmux("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(cols), "-y", fmt.Sprint(rows),
		"env", "PS1=ready> ", "TERM=tmux-256color", "XDG_STATE_HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir(), "sh")
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", term.socket, "kill-server").Run() })
	term.waitFor("ready>")
	return term
}

func (term *terminal) tmux(args ...string) string {
	term.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "tmux", append([]string{"-S", term.socket}, args...)...).CombinedOutput()
	if err != nil {
		term.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (term *terminal) screen() string { return term.tmux("capture-pane", "-p") }

func (term *terminal) keys(keys ...string) { term.tmux(append([]string{"send-keys"}, keys...)...) }

func (term *terminal) waitFor(texts ...string) string {
	term.t.Helper()
	var screen string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		screen = term.screen()
		found := 0
		for _, text := range texts {
			if strings.Contains(screen, text) {
				found++
			}
		}
		if found == len(texts) {
			return screen
		}
	}
	term.t.Fatalf("no %q on the screen:\n%s", texts, screen)
	return ""
}

// binary builds migtop as users get it.
func binary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "migtop")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", path, "github.com/migtop/migtop/cmd/migtop")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("build: %v\n%s", err, out.String())
	}
	return path
}

func TestDemoAsAUserTypes(t *testing.T) {
	bin := binary(t)
	term := newTerminal(t, 120, 40)
	term.keys(bin+" demo --seed 1", "Enter")
	first := term.waitFor("demo", "Fleet", "Needs attention", "initech")
	if strings.Contains(first, "ready>") {
		t.Errorf("the shell's prompt is still on the screen:\n%s", first)
	}

	term.keys("2")                                     // Tenants
	term.waitFor("TENANT", "ROUTED", "globex", "acme") // both sides: acme has no Jobs, which may be there first
	term.keys("/")
	term.keys("acme", "Enter") // filter
	filtered := term.waitFor("acme")
	for deadline := time.Now().Add(5 * time.Second); strings.Contains(filtered, "globex"); filtered = term.screen() {
		if time.Now().After(deadline) {
			t.Fatalf("the filter leaves globex in:\n%s", filtered)
		}
		time.Sleep(50 * time.Millisecond)
	}
	term.keys("Enter") // drill
	term.waitFor("acme", "Side by side", "p95")
	term.keys("Escape")
	term.waitFor("TENANT", "ROUTED")
	term.keys("q")
	after := term.waitFor("ready>")
	if strings.Contains(after, "TENANT") {
		t.Errorf("the screen was not given back:\n%s", after)
	}
	term.keys("echo code=$?", "Enter")
	term.waitFor("code=0")
	// What is typed must be seen again: no raw mode, no hidden cursor left.
	if flag := strings.TrimSpace(term.tmux("display-message", "-p", "#{cursor_flag}#{alternate_on}#{mouse_any_flag}")); flag != "100" {
		t.Errorf("cursor, alternate screen, mouse = %s after quitting, want 100", flag)
	}
}

// An assumption is changed, the figures follow, and what e writes is read by migtop estimate.
func TestAScenarioGoesOnToAnEstimate(t *testing.T) {
	bin := binary(t)
	term := newTerminal(t, 150, 44)
	term.keys("cd "+t.TempDir(), "Enter", bin+" demo --seed 1", "Enter")
	term.waitFor("Needs attention", "month end")
	term.keys("8")
	term.waitFor("Break-even", "run on", "MIN RUN TIME")
	term.keys("Down", "Right") // from nodes to EKS Fargate
	term.waitFor("resets all", "was nodes", "tenants save $")
	term.keys("e")
	term.waitFor("saved to migtop-what-if-")
	term.keys("q")
	term.waitFor("ready>")
	term.keys("clear; "+bin+" estimate --file migtop-what-if-*.yaml -o csv | grep -c eks_fargate,total; echo code=$?", "Enter")
	term.waitFor("code=0") // some shape of it has a price
}

func TestTooSmallThenLarger(t *testing.T) {
	bin := binary(t)
	term := newTerminal(t, 20, 5)
	term.keys(bin+" demo", "Enter")
	term.waitFor("60x15")
	term.tmux("resize-window", "-x", "120", "-y", "40")
	term.waitFor("demo", "Fleet", "Needs attention")
	term.keys("q")
	term.waitFor("ready>")
}

func TestNotATerminal(t *testing.T) {
	cmd := exec.Command(binary(t), "demo")
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatal("a screen was drawn into a pipe")
	}
	if lines := strings.Count(string(out), "\n"); lines != 1 || !strings.Contains(string(out), "migtop snapshot") {
		t.Errorf("want one line that names migtop snapshot, got %q", out)
	}
}

// Whoever ends migtop from outside gets the terminal back as it was.
func TestTerminatedFromOutside(t *testing.T) {
	bin := binary(t)
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			term := newTerminal(t, 100, 30)
			pidFile := filepath.Join(t.TempDir(), "pid")
			term.keys("sh -c 'echo $$ >"+pidFile+"; exec "+bin+" demo'; echo code=$?", "Enter")
			term.waitFor("Needs attention")
			text, err := os.ReadFile(pidFile)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(pid, signal); err != nil {
				t.Fatal(err)
			}
			term.waitFor("code=0", "ready>")
			if flag := strings.TrimSpace(term.tmux("display-message", "-p", "#{cursor_flag}#{alternate_on}#{mouse_any_flag}")); flag != "100" {
				t.Errorf("cursor, alternate screen, mouse = %s, want 100", flag)
			}
		})
	}
}

// A terminal that takes nothing any more must not keep the program from ending.
func TestEndsThoughTheTerminalIsStopped(t *testing.T) {
	bin := binary(t)
	term := newTerminal(t, 180, 50)
	pidFile := filepath.Join(t.TempDir(), "pid")
	term.keys("sh -c 'echo $$ >"+pidFile+"; exec "+bin+" demo --speed 600'", "Enter")
	term.waitFor("Needs attention")
	pid := func(text string) int {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	server := pid(term.tmux("display-message", "-p", "#{pid}"))
	text, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(server, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(server, syscall.SIGCONT) }()
	time.Sleep(6 * time.Second) // the pseudo-terminal's buffer fills up
	program := pid(string(text))
	if err := syscall.Kill(program, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); syscall.Kill(program, 0) == nil; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			_ = syscall.Kill(program, syscall.SIGKILL)
			t.Fatal("it still runs 20 s after SIGTERM")
		}
	}
}
