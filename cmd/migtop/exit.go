package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/migtop/migtop/internal/text"
)

// The exit codes; docs/exit-codes.md describes them.
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
	message := err.Error()
	for _, start := range []string{
		"unknown command", "unknown flag", "unknown shorthand", "flag needs", "invalid argument", "accepts ",
		"requires ",
	} {
		if strings.HasPrefix(message, start) {
			return true
		}
	}
	return false
}

// one wants one argument, and says which.
func one(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(fmt.Errorf("%s: want %s, got %d arguments", strings.TrimPrefix(cmd.CommandPath(), "migtop "), what, len(args)))
		}
		return nil
	}
}

// showHelp is what a command does that only holds others. Without it cobra would take a
// mistyped one for a call for help.
func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// flagError says what a flag expects. The messages of pflag are those of strconv.
func flagError(cmd *cobra.Command, err error) error {
	if unknown := unknownFlag(cmd, err); unknown != nil {
		return unknown
	}
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	want := map[string]string{
		"bool": "true or false", "int": "a whole number", "uint64": "a whole number from 0", "float64": "a number",
		"duration": "a time such as 90s",
	}[invalid.GetFlag().Value.Type()]
	if want == "" {
		return err
	}
	return usage(fmt.Errorf("--%s %q: want %s", invalid.GetFlag().Name, invalid.GetValue(), want))
}

// printError writes an error as one line a problem, without colours or boxes: it
// may end in a log or in a pipeline's output.
func printError(w io.Writer, _ fang.Styles, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	message := err.Error()
	if isUsage(err) && !strings.Contains(message, "(run: ") { // cobra's own, which says what is wrong and not what to do
		message += " (run: migtop --help)"
	}
	said := map[string]bool{} // two sources may fail for the same reason
	for line := range strings.Lines(message) {
		if line = strings.TrimSpace(line); line != "" && !said[line] {
			said[line] = true
			_, _ = fmt.Fprintln(w, "migtop: "+text.Printable(line))
		}
	}
}
