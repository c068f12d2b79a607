package assess

import (
	"cmp"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/profile/quote"
	"github.com/migtop/migtop/internal/timeseries"
)

// freeStorage is the ephemeral storage that every function has, whether it needs it or
// not: it says nothing of a Job.
const freeStorage = 512 * migration.MiB

// Settings completes the settings of the profiles with what the cluster says of where Jobs
// run: the node that it has most of, what the largest has to give, and what CPU weighs
// against memory there.
func (v *View) Settings(s profile.Settings) profile.Settings {
	b := v.builder
	v.ownPrices = s.Pricer != nil
	host, ok := b.typicalNode()
	if ok && s.Pricer == nil {
		s.Pricer = &quote.Runs{Pricer: b.Cost, Host: host}
	}
	if s.Node.CPU.Known() || s.Node.Memory.Known() {
		return s
	}
	for _, n := range b.bill.Nodes() {
		cpu, memory := b.allocatable(n.Host)
		s.Node.CPU, s.Node.Memory = migration.Larger(s.Node.CPU, cpu), migration.Larger(s.Node.Memory, memory)
	}
	return s
}

// allocatable is what a node has to give to pods.
func (b *builder) allocatable(h migration.Host) (migration.Opt[migration.CPU], migration.Opt[migration.Bytes]) {
	if i, ok := b.Cost.Book().Instance(h.InstanceType); ok {
		return migration.Some(i.Allocatable), migration.Some(i.AllocatableMemory)
	}
	if h.NodeCPU <= 0 || h.NodeMemory <= 0 {
		return migration.None[migration.CPU](), migration.None[migration.Bytes]()
	}
	return migration.Some(h.NodeCPU), migration.Some(h.NodeMemory)
}

// Complete adds to a question for a profile what is known other than single runs: how often
// the workload runs, and what a run costs at present.
func (v *View) Complete(ask *profile.Ask) {
	b := v.builder
	t := b.tenants[ask.Tenant]
	if t == nil {
		return
	}
	ask.Gap = b.gap[ask.Tenant]
	ask.UnderWay = b.underWay(t.parts[migration.Jobs][ask.Workload])
	if !v.ownPrices {
		ask.Unpriced = b.unpriced(t.parts[migration.Jobs][ask.Workload])
	}
	for _, p := range b.Move.Sides() {
		part := t.parts[p][ask.Workload]
		if part == nil {
			continue
		}
		span := b.frame.Of(p)
		if seconds := span.Span().Seconds(); seconds > 0 {
			rate := float64(part.runsIn(span)) / seconds
			ask.Load.MeanRate = migration.Plus(ask.Load.MeanRate, migration.Some(rate))
		}
		for _, c := range part.within(span) {
			if c.Span > 0 {
				ask.Load.PeakRate = migration.Larger(ask.Load.PeakRate, migration.Some(float64(c.Runs)/float64(c.Span)))
			}
			if c.Have&timeseries.KnowsConcurrency != 0 {
				ask.Load.Concurrent = migration.Larger(ask.Load.Concurrent, migration.Some(int(c.Concurrency)))
			}
		}
	}
	if lambda := t.parts[migration.Lambda][ask.Workload]; lambda != nil {
		// Its function's storage is known to be enough: the profile, which adds a quarter
		// to what was used, comes to as much.
		if f := migration.Described(lambda.functions); f != nil && f.Ephemeral > freeStorage {
			ask.Load.Scratch = migration.Some(f.Ephemeral / 5 * 4)
		}
	}
	if lambda := t.parts[migration.Lambda][ask.Workload]; lambda != nil {
		for _, c := range lambda.within(b.frame.Of(migration.Lambda)) {
			ask.Load.Processor = ask.Load.Processor.Plus(c.Rest().Processor)
		}
	}
	if lambda := t.parts[migration.Lambda][ask.Workload]; lambda != nil && t.parts[migration.Jobs][ask.Workload] == nil {
		n := lambda.runsIn(b.frame.Of(migration.Lambda))
		ask.RunCost = cost.PerRun(b.bill.Lambda(lambda.account).Value, n)
		if f := migration.Described(lambda.functions); f != nil && !ask.Now.Deadline.Known() {
			ask.Now.Request.Memory, ask.Now.Limit.Memory = migration.Some(f.MemorySize), migration.Some(f.MemorySize)
			ask.Now.Request.CPU = migration.Some(cost.LambdaCPU(f.MemorySize))
			ask.Now.Deadline = migration.Some(f.Timeout)
		}
	}
}

// unpriced says why nothing that Jobs ran on has a price, such as Windows nodes in a pool of Linux
// ones that have; "" where some has, or none ran, or somebody else says what runs cost.
func (b *builder) unpriced(jobs *part) string {
	if jobs == nil || jobs.account.Empty() {
		return ""
	}
	bill := b.bill.Jobs(jobs.account)
	if bill.Value.Known() || b.bill.AtLeast(jobs.account).Known() {
		return ""
	}
	return cmp.Or(strings.Join(b.bill.Unpriced(jobs.account), "; "), "the price of its nodes is unknown")
}

// underWay is how many Jobs of a part go on or are about to; unknown before Jobs were seen.
func (b *builder) underWay(jobs *part) migration.Opt[int] {
	if !b.Listed[migration.Jobs] {
		return migration.None[int]()
	}
	n := 0
	if jobs != nil {
		for i := range jobs.runs {
			if s := jobs.runs[i].State; s == migration.RunRunning || s == migration.RunPending {
				n++
			}
		}
	}
	return migration.Some(n)
}

// savingOf is what all profiles save together a month; unknown where none is known.
func savingOf(profiles []migration.Profile) migration.Opt[migration.USD] {
	var sum migration.Opt[migration.USD]
	for i := range profiles {
		if u, ok := profiles[i].Saving.Get(); ok && u.Sign() > 0 {
			sum = migration.Some(sum.Or(migration.Dollars(decimal.Decimal{})).Add(u))
		}
	}
	return sum
}

// SetProfiles puts profiles on the Snapshot.
func (v *View) SetProfiles(profiles []migration.Profile, classes migration.ProfileClasses) {
	v.Snapshot.Profiles, v.Snapshot.Classes, v.Snapshot.ProfileSaving = profiles, classes, savingOf(profiles)
}
