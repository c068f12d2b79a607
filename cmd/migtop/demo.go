package main

import (
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud"
	"github.com/migtop/migtop/internal/sources/joblogs"
	"github.com/migtop/migtop/internal/sources/sqs"
)

// configureDemo sets the configuration of the simulated company: its name, a tenant with two names, the waves, and what
// the cluster cannot report.
func configureDemo(c *config.Config, story string) {
	c.Name = "prod"
	switch story {
	case simcloud.StoryECS:
		configureECS(c)
		return
	case simcloud.StoryCutover:
		configureCutover(c)
		return
	}
	// One of its functions works for several tenants, and says so in its log.
	c.Evidence.Tenants = []config.LogTenants{{
		Function: attribution.MustParsePattern("LegacyCronRunner"), Pattern: "tenant={tenant}", Origin: "the demo",
	}}
	// Another one is called with one alias per tenant.
	c.Attribution.Rules = append(c.Attribution.Rules, attribution.Rule{
		Function: attribution.MustParsePattern("statements-prod"), Alias: attribution.MustParsePattern("{tenant}"), Workload: "statements",
		Origin: "the demo",
	})
	demoLogGroups(c)
	c.Attribution.Tenants = []attribution.Names{{Name: "umbrella", Aliases: []string{"umbrella-corp"}}}
	day := func(n int) time.Time { return time.Date(2026, time.November, n, 0, 0, 0, 0, time.UTC) }
	c.Plan = demoPlan(day)
	c.Prices.Platform = []cost.Stated{{Name: "NAT gateway", Item: "nat.hour", Quantity: decimal.NewFromInt(cost.HoursPerMonth)}}
}

// demoPlan is the plan of the move from Lambda, with what has started by the beginning of the demo: on 20 November at 14:37.
func demoPlan(day func(int) time.Time) plan.Plan {
	at := func(n, hour, minute int) time.Time {
		return day(n).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	step := func(share plan.Share, planned time.Time, started ...time.Time) plan.Step {
		s := plan.Step{Share: share, At: planned}
		if len(started) > 0 {
			s.Started = started[0]
		}
		return s
	}
	return plan.Plan{
		Since:      day(12),
		OneOff:     migration.Some(migration.Dollars(decimal.NewFromInt(18_000))),
		Owners:     []string{"platform"},
		KeyTenants: []migration.Tenant{"acme", "westbrook"},
		Freezes:    plan.Freezes{{Name: "month end", From: at(29, 12, 0), To: day(32).Add(6 * time.Hour)}},
		Waves: []plan.Wave{
			{
				Name: "pilot", At: at(12, 14, 0), Tenants: plan.Members("acme", "umbrella", "brightwell", "eastvale"),
				Steps: []plan.Step{
					step(500, at(12, 14, 0), at(12, 14, 37)), step(2500, at(13, 14, 0), at(14, 14, 37)),
					step(5000, at(16, 14, 0), at(18, 18, 37)), step(plan.Whole, at(19, 18, 0), at(19, 18, 37)),
				},
			},
			{
				Name: "wave 2", At: at(17, 12, 0), Tenants: plan.Members("initech", "garnet", "kestrel", "larkspur", "meridian"),
				Steps: []plan.Step{
					step(500, at(17, 12, 0), at(17, 14, 37)), step(2500, at(18, 12, 0), at(19, 12, 37)),
					step(5000, at(19, 12, 0), at(20, 5, 37)), step(plan.Whole, day(21)),
				},
			},
			{
				Name: "wave 3", At: at(19, 12, 0), Tenants: plan.Members("dunmore", "halcyon", "fennick", "tidewater"),
				Steps: []plan.Step{
					step(500, at(19, 12, 0), at(19, 18, 37)), step(2500, at(20, 9, 0), at(20, 10, 37)),
					step(5000, day(22)), step(plan.Whole, day(24)),
				},
			},
			{
				Name: "wave 4", At: at(21, 12, 0), Tenants: plan.Members("calderon", "vantage", "ironbark"),
				Steps: []plan.Step{
					step(500, at(21, 12, 0)), step(2500, at(23, 12, 0)), step(5000, at(25, 12, 0)), step(plan.Whole, day(27)),
				},
			},
		},
	}
}

// configureECS is the configuration of the move from ECS to Jobs.
func configureECS(c *config.Config) {
	if c.Origin("move.before").Kind == config.FromDefault { // --move was not given
		c.Move = migration.Move{Before: migration.ECS, After: migration.Jobs}
	}
	demoLogGroups(c)
	c.LambdaLogs = config.LambdaLogsOff
	c.Attribution.Tenants = []attribution.Names{{Name: "umbrella", Aliases: []string{"umbrella-corp"}}}
	day := func(n int) time.Time { return time.Date(2026, time.November, n, 0, 0, 0, 0, time.UTC) }
	c.Plan = plan.Plan{
		Since:  day(12),
		OneOff: migration.Some(migration.Dollars(decimal.NewFromInt(9_000))),
		Waves: []plan.Wave{
			{Name: "pilot", At: day(19).Add(18 * time.Hour), Tenants: plan.Members("acme", "umbrella", "eastvale")},
			{Name: "wave 2", At: day(21), Tenants: plan.Members("initech", "garnet", "larkspur", "meridian")},
			{Name: "wave 3", At: day(24), Tenants: plan.Members("dunmore", "tidewater", "halcyon")},
			{Name: "wave 4", At: day(27), Tenants: plan.Members("vantage", "calderon")},
		},
	}
	c.Prices.Platform = []cost.Stated{{Name: "NAT gateway", Item: "nat.hour", Quantity: decimal.NewFromInt(cost.HoursPerMonth)}}
}

// cutoverWaves are the waves of the story of one step, with the steps to come.
var cutoverWaves = []struct {
	name    string
	tenants []migration.Tenant
	next    []plan.Share
}{
	{"events", []migration.Tenant{
		"healthy", "three-times", "slow-leak", "lost-messages", "duplicates", "late-timeouts", "poison", "oom-wave", "no-traffic", "bursts",
		"share-off",
	}, []plan.Share{7500, plan.Whole}},
	{"bookings", []migration.Tenant{"daily-peak"}, []plan.Share{plan.Whole}},
}

// configureCutover is the configuration of the story of one step: half of the messages go to Jobs since 12:07.
func configureCutover(c *config.Config) {
	demoLogGroups(c)
	for _, w := range cutoverWaves {
		for _, t := range w.tenants { // the two sides' names alone do not say where a tenant's ends
			c.Attribution.Tenants = append(c.Attribution.Tenants, attribution.Names{Name: string(t)})
		}
	}
	day := time.Date(2026, time.November, 20, 0, 0, 0, 0, time.UTC)
	began := day.Add(14*time.Hour + 37*time.Minute - simcloud.CutoverStep)
	c.Plan = plan.Plan{Since: day.Add(-8 * 24 * time.Hour), Owners: []string{"platform"}}
	for _, w := range cutoverWaves {
		wave := plan.Wave{
			Name: w.name, At: began, Tenants: plan.Members(w.tenants...), Steps: []plan.Step{{Share: 5000, At: began, Started: began}},
		}
		for i, share := range w.next {
			wave.Steps = append(wave.Steps, plan.Step{Share: share, At: day.Add(time.Duration(18+16*i) * time.Hour)})
		}
		c.Plan.Waves = append(c.Plan.Waves, wave)
	}
}

// demoLogGroups are where the lines of the demo's Jobs go.
func demoLogGroups(c *config.Config) {
	if s, ok := c.Section(joblogs.Name).(*joblogs.Config); ok {
		s.Jobs = attribution.MustParsePattern("/eks/demo/{tenant}")
	}
}

// demoQueues are the queues of a simulated cloud as a configuration would name them.
func demoQueues(cloud *simcloud.Cloud) []sqs.Entry {
	var out []sqs.Entry
	for _, q := range cloud.Queues() {
		role, _ := migration.ParseQueueRole(q.Part)
		out = append(out, sqs.Entry{
			Name: attribution.MustParsePattern(q.Name), Role: role, Tenant: migration.Tenant(q.Tenant),
			Workload: migration.Workload(q.Workload),
		})
	}
	return out
}

func newDemo(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Watch a simulated migration",
		Long: "demo starts a simulated AWS account and a simulated cluster on this machine and reads them over the real protocols: " +
			"a SaaS company in the middle of its move, with a history. The same --seed gives the same migration. --story ecs is the move from " +
			"ECS to Jobs, --story cutover one tenant for each thing that can happen between two steps.",
		Example: "  migtop demo\n  migtop demo --story ecs\n  migtop demo --story cutover --speed 60\n  migtop demo --seed 7\n" +
			"  migtop demo --fault throttle,no-metrics",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			g.demo = true
			return runScreen(cmd, g)
		},
	}
}
