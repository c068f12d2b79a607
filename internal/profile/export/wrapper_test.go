package export

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// container is a place with the files that the wrapper reads and writes.
type container struct{ cgroup, log, script string }

func newContainer(t *testing.T, files map[string]string) container {
	t.Helper()
	c := container{cgroup: t.TempDir(), log: filepath.Join(t.TempDir(), "termination-log")}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(c.cgroup, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.script = strings.NewReplacer("/sys/fs/cgroup", c.cgroup, "/dev/termination-log", c.log).Replace(script)
	return c
}

func (c container) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", c.script, "termination-wrapper"}, args...)...)
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}

// What the kernel says of a container of cgroup v2.
var cgroup = map[string]string{
	"memory.peak": "440401920\n",
	"cpu.stat":    "usage_usec 4210000\nuser_usec 4000000\nsystem_usec 210000\nnr_periods 0\n",
}

func TestWrapperReportsAndKeepsTheExitCode(t *testing.T) {
	for _, code := range []string{"0", "1", "42", "137"} {
		c := newContainer(t, cgroup)
		cmd := c.command(t, "/bin/sh", "-c", `printf '%s' "$1"; exit `+code, "x", "an argument, 'quoted' and \"so on\" $HOME")
		var out bytes.Buffer
		cmd.Stdout = &out
		if got := exitCode(cmd.Run()); got != atoi(t, code) {
			t.Errorf("ended with %d, want %s", got, code)
		}
		if out.String() != "an argument, 'quoted' and \"so on\" $HOME" {
			t.Errorf("arguments became %q", out.String())
		}
		log, err := os.ReadFile(c.log)
		if want := "memory.peak 440401920\n" + cgroup["cpu.stat"]; err != nil || string(log) != want {
			t.Errorf("wrote %q, %v, want %q", log, err, want)
		}
	}
}

func atoi(t *testing.T, s string) (n int) {
	t.Helper()
	for _, r := range s {
		n = n*10 + int(r-'0')
	}
	return n
}

// On an old kernel, on cgroup v1, without a file to write to: the command counts.
func TestWrapperWithoutACgroup(t *testing.T) {
	for name, files := range map[string]map[string]string{"no peak": {"cpu.stat": cgroup["cpu.stat"]}, "nothing": {}} {
		c := newContainer(t, files)
		cmd := c.command(t, "/bin/sh", "-c", "exit 3")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if got := exitCode(cmd.Run()); got != 3 || stderr.Len() > 0 {
			t.Errorf("%s: ended with %d and %q", name, got, &stderr)
		}
		if log, err := os.ReadFile(c.log); err != nil || string(log) != files["cpu.stat"] {
			t.Errorf("%s: wrote %q, %v", name, log, err)
		}
	}
	c := newContainer(t, cgroup)
	c.script = strings.ReplaceAll(c.script, c.log, "/nowhere/at/all")
	var stderr bytes.Buffer
	cmd := c.command(t, "/bin/sh", "-c", "exit 4")
	cmd.Stderr = &stderr
	if got := exitCode(cmd.Run()); got != 4 || stderr.Len() > 0 {
		t.Errorf("without a termination log it ended with %d and %q", got, &stderr)
	}
	if got := exitCode(newContainer(t, cgroup).command(t, "/no/such/command").Run()); got != 127 {
		t.Errorf("without a command it ended with %d, want 127", got)
	}
}

// What the command has to say stands before the report, whether it ends its line or not.
func TestWrapperAddsToTheMessage(t *testing.T) {
	c := newContainer(t, cgroup)
	if got := exitCode(c.command(t, "/bin/sh", "-c", `printf 'no such order' >"$1"; exit 1`, "x", c.log).Run()); got != 1 {
		t.Errorf("ended with %d", got)
	}
	log, err := os.ReadFile(c.log)
	if want := "no such order\nmemory.peak 440401920\n" + cgroup["cpu.stat"]; err != nil || string(log) != want {
		t.Errorf("wrote %q, %v, want %q", log, err, want)
	}
}

// Kubernetes ends a pod by SIGTERM to process 1: the command gets it, may take its
// time, and its exit code and its report are there.
func TestWrapperHandsTheSignalOn(t *testing.T) {
	c := newContainer(t, cgroup)
	ready := filepath.Join(t.TempDir(), "ready")
	cmd := c.command(t, "/bin/sh", "-c", `trap 'sleep 0.2; exit 7' TERM; : >"$1"; while :; do sleep 0.01; done`, "x", ready)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(ready); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := exitCode(cmd.Wait()); got != 7 {
		t.Errorf("ended with %d, want 7", got)
	}
	if log, err := os.ReadFile(c.log); err != nil || !strings.HasPrefix(string(log), "memory.peak 440401920\n") {
		t.Errorf("wrote %q, %v", log, err)
	}
}

// A signal may come at any moment, also where the command has just begun and the shell
// has not gone on yet, or before there is a command.
func TestWrapperTakesASignalAtItsBegin(t *testing.T) {
	const begin = `"$@" & `
	after := newContainer(t, cgroup)
	ready := filepath.Join(t.TempDir(), "ready") // a command without its trap yet dies of the signal, whoever wraps it
	after.script = strings.Replace(after.script, begin, `"$@" & until [ -e '`+ready+`' ]; do sleep 0.01; done; kill -TERM $$; `, 1)
	cmd := after.command(t, "/bin/sh", "-c", `trap 'exit 7' TERM; : >"$1"; while :; do sleep 0.01; done`, "x", ready)
	if got := exitCode(cmd.Run()); got != 7 {
		t.Errorf("a signal right after the command began: ended with %d, want 7", got)
	}
	if log, err := os.ReadFile(after.log); err != nil || !strings.HasPrefix(string(log), "memory.peak 440401920\n") {
		t.Errorf("wrote %q, %v", log, err)
	}

	before := newContainer(t, cgroup)
	before.script = strings.Replace(before.script, begin, `kill -TERM $$; `+begin, 1)
	var out bytes.Buffer
	cmd = before.command(t, "/bin/sh", "-c", "echo began; sleep 60")
	cmd.Stdout = &out
	if got := exitCode(cmd.Run()); got != 143 || out.Len() > 0 {
		t.Errorf("a signal before the command: ended with %d and %q, want 143 and nothing", got, &out)
	}
}

// The kubelet puts variables in place of $(NAME), and takes at most 4096 bytes of a
// termination message.
func TestWrapperIsWhatKubernetesTakes(t *testing.T) {
	if strings.Contains(script, "$(") || strings.Contains(script, "$$") {
		t.Error("Kubernetes would put a variable into the script")
	}
	if n := strings.Count(script, "\n"); n != 3 {
		t.Errorf("%d lines", n)
	}
	if !strings.HasSuffix(Wrapper, script) || !strings.HasPrefix(Wrapper, "#!/bin/sh\n") {
		t.Errorf("%s", Wrapper)
	}
}
