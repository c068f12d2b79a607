package export

import "strings"

// WrapperName is the file of the [Wrapper].
const WrapperName = "termination-wrapper.sh"

// script is the wrapper in three lines of POSIX shell. The command runs as a child, so
// that the shell can forward a signal to it: process 1 ignores signals without a handler.
// A signal interrupts wait, so wait is called again while the command lives. The command's
// standard input is empty, as for every container of a Job.
// The kernel's memory.peak (5.19) and cpu.stat cover this container only, since the
// container's cgroup is the root of its namespace. They are appended as lines of their own
// to the command's own message. Values that cannot be read or written are left out, and the
// exit code is the command's.
const script = `trap '[ "$!" ] || exit 143; kill -TERM "$!" 2>/dev/null' TERM INT; "$@" & p=$!; wait "$p"; c=$?; ` +
	`while kill -0 "$p" 2>/dev/null; do wait "$p"; c=$?; done
{ [ ! -s /dev/termination-log ] || echo; cd /sys/fs/cgroup && read -r m <memory.peak && echo "memory.peak $m"; ` +
	`cat cpu.stat; } 2>/dev/null >>/dev/termination-log
exit "$c"
`

// Wrapper is a shell script that runs a command and, when it has ended, writes the
// container's cgroup v2 memory.peak (bytes) and cpu.stat into the pod's termination
// message, one name and value a line, where migtop and kubectl read it after the pod
// is gone. It needs a shell and cat in the image.
const Wrapper = `#!/bin/sh
# Runs a command and leaves the true peak of its memory and its CPU time in the pod's
# termination message: termination-wrapper.sh COMMAND ARGUMENTS...
` + script

// wrapped is the command of a container that runs another in the wrapper.
func wrapped(command []string) list {
	out := list{"/bin/sh", "-c", block(script), "termination-wrapper"}
	for _, c := range command {
		out = append(out, literal(c))
	}
	return out
}

// literal is a text that Kubernetes' expansion gives back as it is: it takes $(NAME) for
// a variable and $$ for $. The script of the wrapper has neither.
// Source: k8s.io/kubernetes/third_party/forked/golang/expansion.
func literal(s string) string { return strings.ReplaceAll(s, "$", "$$") }

// command is the container's command, empty where it stays unchanged.
func (o *Options) command() list {
	switch {
	case len(o.Command) == 0:
		return nil
	case o.Wrap:
		return wrapped(o.Command)
	}
	var out list
	for _, c := range o.Command {
		out = append(out, literal(c))
	}
	return out
}

// wrapperHint is a comment on what the wrapper is for.
const wrapperHint = "For the true peak of memory and the CPU time of every run, run the command in " + WrapperName + "."

// texts are the strings of a list, for writers that have no blocks.
func (l list) texts() []string {
	out := make([]string, 0, len(l))
	for _, v := range l {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case block:
			out = append(out, strings.TrimSuffix(string(v), "\n"))
		}
	}
	return out
}
