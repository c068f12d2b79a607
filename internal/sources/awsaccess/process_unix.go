//go:build unix

package awsaccess

import (
	"os/exec"
	"syscall"
)

// detach gives a command a session of its own: it has no terminal to write to or to ask
// on, and ends with everything that it started.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
