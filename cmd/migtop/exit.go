package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"charm.land/fang/v2"
)

// The exit codes; docs/exit-codes.md tells users.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
	exitNoData  = 3
	exitPartial = 4
	// exitInterrupted is what shells report of a program that Ctrl-C ended.
	exitInterrupted = 130
)

// exitError ends the program with a code of its own. Its error may be nil: then
// everything that there is to say was said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage marks an error as one of what the user typed.
func usage(err error) error { return &exitError{exitUsage, err} }

// exitCode is the code that an error ends the program with.
func exitCode(err error) int {
	var e *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &e):
		return e.code
	case isUsage(err):
		return exitUsage
	}
	return exitFailure
}

// isUsage recognizes cobra's own complaints, which have no type.
func isUsage(err error) bool {
	text := err.Error()
	for _, start := range []string{"unknown command", "unknown flag", "unknown shorthand", "flag needs", "invalid argument", "accepts ", "requires "} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// printError writes an error as one line a problem, without colours or boxes: it
// may end in a log or in a pipeline's output.
func printError(w io.Writer, _ fang.Styles, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	text := err.Error()
	if isUsage(err) { // cobra's own, which says what is wrong and not what to do
		text += " (run: migtop --help)"
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			_, _ = fmt.Fprintln(w, "migtop: "+line)
		}
	}
}
