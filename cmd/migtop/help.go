package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// ownFlags has the help of every command below the root show the command's own flags: the flags of all commands are as
// many again, and drown them. root's own help lists those.
func ownFlags(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
			shown := map[*pflag.Flag]bool{}
			cmd.InheritedFlags().VisitAll(func(f *pflag.Flag) {
				if !f.Hidden && !shownWith(cmd, f.Name) {
					shown[f], f.Hidden = true, true
				}
			})
			root.HelpFunc()(cmd, args)
			for f := range shown {
				f.Hidden = false
			}
			if len(shown) > 0 {
				_, _ = fmt.Fprint(cmd.OutOrStdout(), "  Flags of all commands, such as --config and --region: migtop --help\n\n")
			}
		})
	}
}

// demoFlags are the flags that apply to the simulated migration alone.
var demoFlags = []string{"seed", "story", "speed", "fault", "pods"}

// shownWith reports whether a flag of all commands is about what one command does.
func shownWith(cmd *cobra.Command, flag string) bool {
	of := map[string][]string{
		"demo":     append([]string{"window", "theme", "ascii", "mouse", "move"}, demoFlags...),
		"snapshot": {"window", "demo"},
		"plan":     {"demo"},
		"verdict":  {"demo"},
		"evidence": {"functions"},
		"convert":  {"namespace"},
		"prices":   {"prices", "region"},
		"estimate": {"prices", "region"},
	}[cmd.Name()]
	for _, name := range of {
		if name == flag {
			return true
		}
	}
	return false
}
