//go:build !unix

package jobs

import "os/exec"

// apart leaves a command unchanged: this system has no process groups. The context ends
// the command only.
func apart(*exec.Cmd) {}

func endAll(*exec.Cmd) {}
