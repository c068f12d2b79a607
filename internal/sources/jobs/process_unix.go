//go:build unix

package jobs

import (
	"os/exec"
	"syscall"
)

// apart gives a command a process group of its own, so that what it starts can be
// ended with it, and has its context end the whole group in good order: by SIGTERM,
// and by force where [exec.Cmd.WaitDelay] has passed.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}

// endAll ends by force what is left of a command's group.
func endAll(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // none is left: that is what is wanted
	}
}
