package main

import (
	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
)

// configureDemo says what the simulated company would have written into its own
// configuration: what it is called, and that one of its tenants has two names.
func configureDemo(c *config.Config) {
	c.Name = "prod"
	c.Attribution.Tenants = []attribution.Names{{Name: "umbrella", Aliases: []string{"umbrella-corp"}}}
}

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
