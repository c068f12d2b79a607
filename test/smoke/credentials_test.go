//go:build smoke

package smoke

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A kubeconfig's credential command that never answers: the screen says what is waited
// for, q ends the program at once, and with it the command and what that started.
func TestCredentialCommandThatNeverAnswers(t *testing.T) {
	bin := binary(t)
	dir := t.TempDir()
	fifo, command, config := filepath.Join(dir, "fifo"), filepath.Join(dir, "get-token"), filepath.Join(dir, "kubeconfig")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\ncat %s & echo $$ $! > %s/pids; wait\n", fifo, dir)
	kubeconfig := `{"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:9"}}],
		"contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
		"users": [{"name": "u", "user": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "` + command +
		`", "interactiveMode": "IfAvailable"}}}]}`
	if err := errors.Join(os.WriteFile(command, []byte(script), 0o700), os.WriteFile(config, []byte(kubeconfig), 0o600)); err != nil {
		t.Fatal(err)
	}
	term := newTerminal(t, 140, 40)
	term.keys("export KUBECONFIG="+config+" AWS_ENDPOINT_URL=http://127.0.0.1:9 AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true "+
		"AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=y; clear", "Enter")
	term.waitFor("ready>")
	term.keys(bin, "Enter")
	term.waitFor("waiting for the credential command get-token of user u, ")
	text, err := os.ReadFile(filepath.Join(dir, "pids"))
	if err != nil {
		t.Fatal(err)
	}
	term.keys("q")
	term.waitFor("ready>")
	for _, f := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); !ended(pid); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d is still there", pid)
			}
		}
	}
}

// ended reports whether a process is gone, or waits for its parent alone.
func ended(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && strings.Contains(string(stat), ") Z ") {
		return true
	}
	return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
