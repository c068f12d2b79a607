package main

import (
	"github.com/spf13/cobra"
)

func newConfig(g *globals) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Show or write the configuration", Args: noArgs, RunE: showHelp}
	var origin bool
	show := &cobra.Command{
		Use:   "show",
		Short: "Print the configuration in force as a configuration file",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.load(cmd)
			if err != nil {
				return err
			}
			return c.Write(cmd.OutOrStdout(), origin)
		},
	}
	show.Flags().BoolVar(&origin, "origin", false, "show where each value came from")
	cmd.AddCommand(show, newConfigInit(g))
	return cmd
}
