package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile/quote"
)

// newRunPricer reads --on, with the region of the configuration or the environment.
func newRunPricer(cmd *cobra.Command, g *globals, f *profileFlags) (*quote.Runs, error) {
	kinds := map[string]migration.HostKind{
		"nodes": migration.HostEC2, "eks-fargate": migration.HostFargate,
		"ecs-fargate": migration.HostECSFargate,
	}
	kind, ok := kinds[f.on]
	if !ok {
		return nil, usage(fmt.Errorf("--on %q: want nodes, eks-fargate or ecs-fargate", f.on))
	}
	c, err := g.load(cmd)
	if err != nil {
		return nil, err
	}
	region := defaultRegion(c)
	if region == "" {
		return nil, usage(fmt.Errorf("--on %s: say in which --region, since prices differ", f.on))
	}
	book, err := openBook(warnTo(cmd.ErrOrStderr()), c, g.demo)
	if err != nil {
		return nil, err
	}
	p := &quote.Runs{
		Pricer: cost.New(book, cost.Options{SplitWeight: c.Prices.SplitWeight}),
		Host:   migration.Host{Kind: kind, OS: migration.Linux, Place: migration.RegionArch{Region: region, Arch: migration.X86}},
	}
	if kind == migration.HostEC2 {
		p.Host.InstanceType = f.nodeType
		i, ok := book.Instance(f.nodeType)
		if !ok {
			return nil, usage(fmt.Errorf("--node-type %q: no such type is in the price book (migtop prices list ec2.)", f.nodeType))
		}
		p.Host.Place.Arch = i.Arch
	}
	if _, err := p.Pricer.JobRun(p.Host, cost.Shape{CPU: migration.Core / 4, Memory: 512 * migration.MiB, Duration: time.Minute}); err != nil {
		return nil, usage(fmt.Errorf("--on %s: %w", f.on, err))
	}
	return p, nil
}
