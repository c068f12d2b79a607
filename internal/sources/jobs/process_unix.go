//go:build unix

package jobs

import (
	"os/exec"
	"syscall"
)

// ownGroup gives a command its own process group, so that its child processes end with it.
// The context ends the whole group by SIGTERM, and by SIGKILL after
// [exec.Cmd.WaitDelay].
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}

// endAll ends by force what is left of a command's group.
func endAll(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // none is left: that is what is wanted
	}
}
