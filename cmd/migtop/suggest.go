package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// noArgs is [cobra.NoArgs] with the names that a mistyped command may have meant.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasAvailableSubCommands() {
		return usage(fmt.Errorf("%s takes no arguments, got %q (run: %s --help)", cmd.CommandPath(), args[0], cmd.CommandPath()))
	}
	meant := didYouMean(suggestions(cmd, args[0]))
	return usage(fmt.Errorf("unknown command %q for %q%s (run: %s --help)", args[0], cmd.CommandPath(), meant, cmd.CommandPath()))
}

// unknownFlag names the flags that a mistyped one may have meant; nil where err is about something else.
func unknownFlag(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) {
		return nil
	}
	name := missing.GetSpecifiedName()
	if missing.GetSpecifiedShortnames() != "" {
		return usage(fmt.Errorf("unknown flag -%s (run: %s --help)", name, cmd.CommandPath()))
	}
	// The distance between two words is cobra's: it knows it for commands alone.
	flags := &cobra.Command{SuggestionsMinimumDistance: 2}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			flags.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
		}
	})
	names := suggestions(flags, name)
	for i := range names {
		names[i] = "--" + names[i]
	}
	return usage(fmt.Errorf("unknown flag --%s%s (run: %s --help)", name, didYouMean(names), cmd.CommandPath()))
}

// mostSuggestions is how many names a person can be asked about.
const mostSuggestions = 3

func suggestions(cmd *cobra.Command, typed string) []string {
	if cmd.SuggestionsMinimumDistance <= 0 {
		cmd.SuggestionsMinimumDistance = 2
	}
	names := cmd.SuggestionsFor(typed)
	return names[:min(len(names), mostSuggestions)]
}

// didYouMean asks about names, "" for none.
func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}
