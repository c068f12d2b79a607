//go:build unix

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// startedEnv makes the test binary migtop itself.
const startedEnv = "MIGTOP_TEST_STARTED"

func init() {
	if os.Getenv(startedEnv) != "" {
		os.Exit(run(context.Background()))
	}
}

// A command that a profile gets its credentials from writes on no part of the screen, and
// its last line is in the log.
func TestCredentialProcessStaysOffTheScreen(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config")
	// Also by the terminal's own name, and where it is below a role.
	text := "[profile helper]\ncredential_process = sh -c 'echo noise-on-stderr >&2; echo noise-on-tty >/dev/tty; exit 3'\n" +
		"[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::222222222222:role/x\nsource_profile = helper\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = []string{
		startedEnv + "=1", "HOME=" + dir, "XDG_STATE_HOME=" + dir, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "AWS_CONFIG_FILE=" + file,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true", "KUBECONFIG=" + filepath.Join(dir, "none"),
	}
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 36, Cols: 120})
	if err != nil {
		t.Skip("no pseudo terminal here: ", err)
	}
	var mu sync.Mutex
	var seen bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		b := make([]byte, 4096)
		for {
			n, err := tty.Read(b)
			mu.Lock()
			seen.Write(b[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	shows := func() string {
		mu.Lock()
		defer mu.Unlock()
		return seen.String()
	}
	for deadline := time.Now().Add(time.Minute); !strings.Contains(shows(), "with exit code 3") && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	_, _ = tty.WriteString("q")
	<-read
	_ = cmd.Wait()
	_ = tty.Close()
	text = shows()
	if !strings.Contains(text, "with exit code 3") {
		t.Errorf("the screen does not say why:\n%q", text)
	}
	// What is drawn lies in a frame; what a child writes begins where the cursor is and
	// ends in a line break.
	for _, noise := range []string{"noise-on-stderr\r\n", "noise-on-tty"} {
		if strings.Contains(text, noise) {
			t.Errorf("the screen shows %q", noise)
		}
	}
	log, err := os.ReadFile(filepath.Join(dir, "migtop", "migtop.log"))
	if err != nil || !strings.Contains(string(log), `msg="credential_process wrote on standard error" profile=helper text=`) ||
		!strings.Contains(string(log), "noise-on-stderr") {
		t.Errorf("log: %v\n%s", err, log)
	}
}

// The screen ends with its terminal, also where no signal says so: the terminal is not the one that controls the
// process, as below make or sudo.
func TestTheScreenEndsWithItsTerminal(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "demo")
	cmd.Env = []string{startedEnv + "=1", "HOME=" + dir, "XDG_STATE_HOME=" + dir, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = terminal.Close()
	drawn := make([]byte, 1)
	if _, err := master.Read(drawn); err != nil {
		t.Fatal(err)
	}
	_ = master.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		_ = cmd.Process.Kill()
		t.Error("the screen goes on without a terminal")
	}
}
