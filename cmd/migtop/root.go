package main

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/simcloud"
	"github.com/migtop/migtop/internal/ui"
)

// globals are the flags that every command has.
type globals struct {
	file     string
	logLevel string

	demo   bool
	seed   uint64
	story  string
	speed  float64
	faults string
	pods   int

	sizing profile.Settings // of profiles, where the command has flags for them
	logs   logsFirst
}

// logsFirst says when a command that looks once reads Lambda's logs before.
type logsFirst uint8

const (
	logsNever  logsFirst = iota
	logsIfFree           // where nothing is billed, or where the configuration has them read unasked
	logsAsked            // the user said so
)

func newRoot() *cobra.Command {
	g := &globals{}
	root := &cobra.Command{
		Use:   "migtop",
		Short: "Watch a migration from AWS Lambda to Kubernetes Jobs, tenant by tenant",
		Long: "migtop shows, per tenant and live, the cost and the health of the same work on AWS Lambda and on Kubernetes Jobs " +
			"during a migration from one to the other. It never writes to AWS or to a cluster.",
		Example: "  migtop\n  migtop demo\n  migtop snapshot -o json\n  migtop doctor",
		Args:    noArgs,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return g.checkDemo(cmd)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runScreen(cmd, g)
		},
	}
	root.SetFlagErrorFunc(flagError)
	flags := root.PersistentFlags()
	flags.StringVar(&g.file, "config", "", "configuration file (default $XDG_CONFIG_HOME/migtop/config.yaml)")
	flags.StringVar(&g.logLevel, "log-level", "info", "level of the log file: debug, info, warn or error")
	for _, f := range config.Flags(sections()...) {
		if f.Kind == config.KindBool {
			flags.Bool(f.Name, false, f.Help)
		} else {
			flags.String(f.Name, "", f.Help)
		}
	}
	flags.BoolVar(&g.demo, "demo", false, "read a simulated migration instead of AWS and a cluster")
	flags.Uint64Var(&g.seed, "seed", simcloud.DefaultSeed, "seed of the simulated migration: the same seed gives the same migration")
	flags.StringVar(&g.story, "story", simcloud.StoryLambda,
		"the move of the demo: lambda (Lambda to Jobs), ecs (ECS to Jobs) or cutover (one step, and what can happen)")
	flags.Float64Var(&g.speed, "speed", defaultSpeed, "speed of the demo's clock, as a factor up to 3600; 0 stops it")
	flags.StringVar(&g.faults, "fault", "", "faults in the demo: "+strings.Join(simcloud.FaultNames(), ", "))
	flags.IntVar(&g.pods, "pods", 0, "number of pods in the demo's cluster (default: as many as the migration needs)")

	root.AddCommand(newDemo(g), newSnapshot(g), newDoctor(g), newConfig(g), newEstimate(g, clock.System()), newPrices(g, clock.System()),
		newProfiles(g), newEvidence(g), newConvert(g), newPlan(g, clock.System()), newVerdict(g), newGate(g), newInfo(g))
	root.AddCommand(newMatrix(g), newAlerts(g, clock.System()), newHistory(g, clock.System()), newRecord(g))
	completeFlags(root)
	ownFlags(root)
	return root
}

// checkDemo refuses flags of the demo without the demo, which would do nothing.
func (g *globals) checkDemo(cmd *cobra.Command) error {
	if !(g.speed >= 0 && g.speed <= 3600) { // also what is no number
		return usage(fmt.Errorf("--speed %v: want 0 to 3600", g.speed))
	}
	if g.pods < 0 || g.pods > 100_000 {
		return usage(fmt.Errorf("--pods %d: want 0 to 100000", g.pods))
	}
	if !slices.Contains(simcloud.Stories(), g.story) {
		return usage(fmt.Errorf("--story %q: want %s", g.story, strings.Join(simcloud.Stories(), ", ")))
	}
	if g.demo || cmd.Name() == "demo" {
		return nil
	}
	for _, name := range demoFlags {
		if cmd.Flags().Changed(name) {
			return usage(fmt.Errorf("--%s applies to the demo only: add --demo, or use migtop demo", name))
		}
	}
	return nil
}

// defaultSpeed lets a minute of the demo pass in three seconds: what moves is
// seen to move.
const defaultSpeed = 20

// load reads the configuration with the flags that the user gave.
func (g *globals) load(cmd *cobra.Command) (*config.Config, error) {
	given := map[string]string{}
	for _, f := range config.Flags(sections()...) {
		if !cmd.Flags().Changed(f.Name) {
			continue
		}
		values, err := f.Values(cmd.Flags().Lookup(f.Name).Value.String())
		if err != nil {
			return nil, usage(err)
		}
		maps.Copy(given, values)
	}
	options := config.Options{File: g.file, Flags: given, Keys: ui.DefaultKeys(), Check: checks, Sections: sections()}
	// The demo ignores the user's AWS and cluster settings, unless a file is named.
	options.NoFile = g.demo && g.file == ""
	if options.NoFile {
		options.Env = demoEnv
	}
	c, err := config.Load(options)
	if err != nil {
		return nil, usage(err)
	}
	if options.NoFile {
		configureDemo(c, g.story)
		g.ownScreen(c)
	}
	return c, nil
}

// ownScreen gives the demo the theme, the keys and the mouse of the user's own configuration. One that cannot be read
// changes nothing: the demo needs none.
func (g *globals) ownScreen(c *config.Config) {
	own, err := config.Load(config.Options{Keys: ui.DefaultKeys(), Check: checks, Sections: sections()})
	if err == nil {
		c.TakeScreen(own)
	}
}

// level reads --log-level.
func (g *globals) level() (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(g.logLevel)); err != nil {
		return 0, usage(fmt.Errorf("--log-level %q: want debug, info, warn or error", g.logLevel))
	}
	return level, nil
}
