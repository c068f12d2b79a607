package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a process started by this program. The system reuses process ids, so a process is identified by its pid and
// its start time.
type process struct {
	PID   int    `json:"pid"`
	Start string `json:"start"` // in the system's format; compared, not parsed
}

// alive reports whether the very process that was started still runs.
func (p process) alive() bool {
	if p.PID <= 0 || p.Start == "" {
		return false
	}
	start, running := startOf(p.PID)
	return running && start == p.Start
}

// startOf returns the start time of a process, and whether it runs: a zombie, which waits for its parent, does not.
func startOf(pid int) (start string, running bool) {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err == nil {
		return parseStat(string(stat))
	}
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		return "", false
	}
	// No /proc, as on macOS.
	out, err := exec.Command("ps", "-o", "stat=,lstart=", "-p", strconv.Itoa(pid)).Output()
	state, start, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	return strings.TrimSpace(start), err == nil && start != "" && !strings.HasPrefix(state, "Z")
}

// parseStat parses /proc/PID/stat. The name in it is in parentheses and may contain any character, including
// parentheses. The state follows it, and the start time is the 20th field from there (proc(5)).
func parseStat(stat string) (start string, running bool) {
	end := strings.LastIndexByte(stat, ')')
	if end < 0 {
		return "", false
	}
	fields := strings.Fields(stat[end+1:])
	if len(fields) < 20 {
		return "", false
	}
	return fields[19], fields[0] != "Z" && fields[0] != "X"
}

func (c *cluster) pidFile(component string) string { return c.in("pids", component+".json") }

func (c *cluster) process(component string) process {
	var p process
	b, err := os.ReadFile(c.pidFile(component))
	if err != nil || json.Unmarshal(b, &p) != nil {
		return process{}
	}
	return p
}

// launch starts a component unless it runs. It outlives this program: down, or
// the next up, finds it by its pid file.
func (c *cluster) launch(component string, args []string) error {
	if c.process(component).alive() {
		return nil
	}
	log, err := os.OpenFile(c.in("logs", component+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(filepath.Join(c.state.Bin, component), args...)
	cmd.Dir = c.run()
	cmd.Stdout, cmd.Stderr = log, log
	// A session of its own: the terminal's interrupt is not for it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", component, err)
	}
	start, _ := startOf(cmd.Process.Pid)
	b, err := json.Marshal(process{PID: cmd.Process.Pid, Start: start})
	if err == nil {
		err = writeFile(c.pidFile(component), b)
	}
	if err != nil { // unrecorded, it could never be stopped
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return fmt.Errorf("recording %s: %w", component, err)
	}
	return cmd.Process.Release()
}

// stop ends a component: asks first, and after ten seconds insists.
func (c *cluster) stop(component string) error {
	p := c.process(component)
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if !p.alive() {
			break
		}
		if err := syscall.Kill(p.PID, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stopping %s (pid %d): %w", component, p.PID, err)
		}
		for end := time.Now().Add(10 * time.Second); p.alive() && time.Now().Before(end); {
			time.Sleep(20 * time.Millisecond)
		}
	}
	if p.alive() {
		return fmt.Errorf("%s (pid %d) does not end", component, p.PID)
	}
	if err := os.Remove(c.pidFile(component)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// writeFile replaces a file at once: a reader sees the old or the new content.
func writeFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// lock takes the lock of a file and returns a function to release it. The kernel releases it too when this program ends
// in any way. waiting is called once if another process holds the lock.
func lock(ctx context.Context, path string, waiting func()) (release func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// Go opens files close-on-exec, so a component does not inherit the lock.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for said := false; ; {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		if !said {
			waiting()
			said = true
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
