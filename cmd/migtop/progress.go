package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// terminal is standard error where a person reads it, or nil: files and pipes get
// no word about what goes on.
func terminal(cmd *cobra.Command) io.Writer {
	out, isFile := cmd.ErrOrStderr().(*os.File)
	if !isFile || !term.IsTerminal(int(out.Fd())) {
		return nil
	}
	return out
}

// looking shows on a terminal what a snapshot waits for, and for how long, until the returned function is called, which
// clears the line.
func looking(cmd *cobra.Command, at string) (seen func()) {
	return reportProgress(cmd, lookingAt(at))
}

func lookingAt(at string) func(n int) string {
	return func(n int) string { return fmt.Sprintf("migtop: looking at %s: %d s", at, n) }
}

// reportProgress writes a line to a terminal once a second until the function that it returns is called, and
// wipes it then.
func reportProgress(cmd *cobra.Command, line func(n int) string) (done func()) {
	out := terminal(cmd)
	if out == nil {
		return func() {}
	}
	tick := time.NewTicker(time.Second)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		defer tick.Stop()
		writeProgress(out, line, tick.C, stop)
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// sides names what one look asks.
func (a *app) sides() string {
	if a.systems.demo {
		return "the simulated account and cluster"
	}
	return "AWS and the cluster"
}

// writeProgress writes a line at each tick, counted from 1, over the previous line, and clears it at the end.
func writeProgress(out io.Writer, line func(n int) string, ticks <-chan time.Time, stop <-chan struct{}) {
	longest := 0
	for n := 1; ; n++ {
		select {
		case <-stop:
			if longest > 0 {
				_, _ = fmt.Fprintf(out, "\r%s\r", strings.Repeat(" ", longest))
			}
			return
		case <-ticks:
			text := line(n)
			pad := strings.Repeat(" ", max(longest-ansi.StringWidth(text), 0))
			longest = max(longest, ansi.StringWidth(text))
			_, _ = io.WriteString(out, "\r"+text+pad)
		}
	}
}
