package main

import (
	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/simcloud"
	"github.com/migtop/migtop/internal/sources/jobs"
)

// completeFlags gives every flag that takes one of a few values those values, so
// that a shell can offer them.
func completeFlags(root *cobra.Command) {
	themes := make([]string, len(config.Themes))
	for i, t := range config.Themes {
		themes[i] = string(t)
	}
	offer(root, "theme", themes...)
	offer(root, "move", moves()...)
	offer(root, "window", migration.WindowNames()...)
	offer(root, "log-level", "debug", "info", "warn", "error")
	offer(root, "fault", simcloud.FaultNames()...)
	complete(root, "context", func(cmd *cobra.Command) []string {
		path, _ := cmd.Flags().GetString("kubeconfig")
		return jobs.Contexts(path)
	})
	for _, cmd := range root.Commands() {
		if cmd.Name() == "profiles" {
			offer(cmd, "export", exportFormats()...)
			offer(cmd, "output", "table", "json", "csv", "markdown")
			offer(cmd, "mode", "lean", "normal", "careful")
			offer(cmd, "on", "nodes", "eks-fargate", "ecs-fargate")
		}
		if cmd.Name() == "plan" || cmd.Name() == "verdict" {
			offer(cmd, "output", "table", "json", "yaml")
		}
		if cmd.Name() == "verdict" {
			offer(cmd, "until", "promote", "decided")
		}
		if cmd.Name() != "snapshot" {
			continue
		}
		offer(cmd, "output", string(report.Table), string(report.JSON), string(report.YAML), string(report.CSV))
		offer(cmd, "fields", report.Fields()...)
	}
}

// moves are the pairs of platforms that --move can name.
func moves() []string {
	var out []string
	for _, before := range config.MovePlatforms() {
		for _, after := range config.MovePlatforms() {
			if before != after {
				out = append(out, before.String()+":"+after.String())
			}
		}
	}
	return out
}

func offer(cmd *cobra.Command, flag string, values ...string) {
	complete(cmd, flag, func(*cobra.Command) []string { return values })
}

// complete registers what a flag can be given. A flag that is not there would be a
// mistake of this file, which its test finds.
func complete(cmd *cobra.Command, flag string, values func(*cobra.Command) []string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return values(cmd), cobra.ShellCompDirectiveNoFileComp
	})
}
