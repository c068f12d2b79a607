//go:build !unix

package jobs

import "os/exec"

// apart leaves a command as it is: there are no process groups. Its context ends the
// command alone.
func apart(*exec.Cmd) {}

func endAll(*exec.Cmd) {}
