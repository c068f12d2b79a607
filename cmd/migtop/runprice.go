package main

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

// runPricer prices runs of profiles on one kind of host.
type runPricer struct {
	pricer *cost.Pricer
	host   migration.Host
}

// newRunPricer reads --on, with the region of the configuration or the environment.
func newRunPricer(cmd *cobra.Command, g *globals, f *profileFlags) (*runPricer, error) {
	kinds := map[string]migration.HostKind{"nodes": migration.HostEC2, "eks-fargate": migration.HostFargate, "ecs-fargate": migration.HostECSFargate}
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
	p := &runPricer{
		pricer: cost.New(book, cost.Options{SplitWeight: c.Prices.SplitWeight}),
		host:   migration.Host{Kind: kind, Place: migration.Place{Region: region, Arch: migration.X86}},
	}
	if kind == migration.HostEC2 {
		p.host.InstanceType = f.nodeType
		i, ok := book.Instance(f.nodeType)
		if !ok {
			return nil, usage(fmt.Errorf("--node-type %q: no such type is in the price book (migtop prices list ec2.)", f.nodeType))
		}
		p.host.Place.Arch = i.Arch
	}
	if _, err := p.pricer.JobRun(p.host, cost.Shape{CPU: migration.Core / 4, Memory: 512 * migration.MiB, Duration: time.Minute}); err != nil {
		return nil, usage(fmt.Errorf("--on %s: %w", f.on, err))
	}
	return p, nil
}

// Quote prices one run, and looks for a cliff where it is on Fargate.
func (r *runPricer) Quote(pod profile.Pod, run time.Duration) profile.Quote {
	shape := cost.Shape{CPU: pod.CPURequest.Or(0), Memory: pod.MemoryRequest, Duration: run}
	price, err := r.pricer.JobRun(r.host, shape)
	if err != nil {
		return profile.Quote{Notes: []string{"What it costs is unknown: " + err.Error() + "."}}
	}
	q := profile.Quote{Cost: migration.Some(price.Amount)}
	if r.host.Kind.Fargate() {
		q.Notes = r.cliff(shape, price.Amount)
	}
	return q
}

// cliffShare is how much less memory is looked at for a cheaper size.
const cliffShare = 4

// cliff says which size Fargate gives, and whether a little less memory would fit one
// that is a tenth cheaper or more.
func (r *runPricer) cliff(s cost.Shape, costs migration.USD) []string {
	size := func(memory migration.Bytes) (cost.Size, error) {
		if r.host.Kind == migration.HostECSFargate {
			return r.pricer.ECSFargateSize(s.CPU, memory)
		}
		return r.pricer.EKSFargateSize(s.CPU, memory)
	}
	now, err := size(s.Memory)
	if err != nil {
		return nil
	}
	notes := []string{fmt.Sprintf("Fargate gives it %s.", now)}
	for less := 16 * migration.MiB; less <= s.Memory/cliffShare; less += 16 * migration.MiB {
		smaller, err := size(s.Memory - less)
		if err != nil || smaller == now {
			continue
		}
		lower := s
		lower.Memory -= less
		price, err := r.pricer.JobRun(r.host, lower)
		if err != nil || !costs.Decimal().IsPositive() {
			return notes
		}
		saved := decimal.New(1, 0).Sub(price.Amount.Decimal().Div(costs.Decimal()))
		if saved.LessThan(decimal.New(1, -1)) {
			return notes
		}
		return append(notes, fmt.Sprintf("It stands beyond a cliff: with %s less memory Fargate gives %s, which costs %s %% less.", profile.Size(less), smaller, saved.Mul(decimal.New(100, 0)).Round(0)))
	}
	return notes
}
