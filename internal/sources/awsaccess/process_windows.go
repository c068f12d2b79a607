package awsaccess

import (
	"os/exec"
	"syscall"
)

// createNoWindow starts a console program without a console.
// Source: Win32 reference, process creation flags.
const createNoWindow = 0x08000000

// detach gives a command no console to write to or to ask on.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: createNoWindow | syscall.CREATE_NEW_PROCESS_GROUP}
}
