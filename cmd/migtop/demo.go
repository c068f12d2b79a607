package main

import "github.com/spf13/cobra"

func newDemo(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Watch a simulated migration",
		Long: "demo starts a simulated AWS account and a simulated cluster on this machine and reads them over the real protocols: " +
			"a SaaS company in the middle of its move, with a past. The same --seed tells the same story.",
		Example: "  migtop demo\n  migtop demo --seed 7 --speed 60\n  migtop demo --fault throttle,no-metrics",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			g.demo = true
			return runScreen(cmd, g)
		},
	}
}
