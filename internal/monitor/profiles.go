package monitor

import (
	"cmp"
	"hash/maphash"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/profile/quote"
)

// freeStorage is the ephemeral storage that every function has, whether it needs it or
// not: it says nothing of a Job.
const freeStorage = 512 * migration.MiB

// resize is how often profiles are recommended anew while runs end.
const resize = time.Minute

// sizing recommends Job profiles from the runs that ended.
type sizing struct {
	book *profile.Recommender
	// heard are the runs of logs that were learnt from, by a hash of what they are: what
	// is kept of the logs is read whole each time, and each run counts once.
	heard map[uint64]struct{}
	// kept are the runs that an earlier run of the program kept, likewise: the cluster
	// tells of them again while their pods are there. While waiting, they are still read, and
	// waited is what ended meanwhile. unkept is what is to be kept, where anything is.
	kept           map[uint64]struct{}
	keeps, waiting bool
	waited, unkept []migration.RunRecord
	seed           maphash.Seed
	// fresh is set when runs were learnt from since the last recommendation.
	fresh bool
	at    time.Time

	profiles []migration.Profile
	classes  migration.ProfileClasses
}

func newSizing() *sizing {
	return &sizing{book: profile.NewBook(profile.Settings{}), heard: map[uint64]struct{}{}, kept: map[uint64]struct{}{}, seed: maphash.MakeSeed()}
}

// unheard are those of the records that come for the first time.
func (s *sizing) unheard(records []migration.RunRecord) []migration.RunRecord {
	return slices.DeleteFunc(records, func(r migration.RunRecord) bool {
		h := s.hash(&r)
		_, known := s.heard[h]
		s.heard[h] = struct{}{}
		return known
	})
}

// learn takes ended runs in, in the order in which they ended.
func (s *sizing) learn(records []migration.RunRecord) {
	if len(records) == 0 {
		return
	}
	end := func(r *migration.RunRecord) time.Time { return r.Started.Add(r.Duration) }
	slices.SortStableFunc(records, func(a, b migration.RunRecord) int {
		return cmp.Or(end(&a).Compare(end(&b)), cmp.Compare(a.ID, b.ID))
	})
	for i := range records {
		s.book.Observe(records[i])
	}
	s.fresh = true
}

// size brings the profiles up to date where that is due: thousands of them take a
// second, and one more run changes few.
func (b *builder) size(snap *migration.Snapshot) {
	s, now := b.sizing, b.frame.now
	if s.fresh && (s.at.IsZero() || now.Sub(s.at) >= resize || now.Before(s.at)) {
		s.fresh, s.at = false, now
		s.book.Configure(b.sizingSettings())
		s.profiles, s.classes = s.book.Recommend(func(ask *profile.Ask) { b.complete(ask) }, 0)
	}
	snap.Profiles, snap.Classes, snap.ProfileSaving = s.profiles, s.classes, savingOf(s.profiles)
}

// sizingSettings are what the cluster tells of where Jobs run: the node that it has most
// of, what the largest has to give, and what CPU weighs against memory there.
func (b *builder) sizingSettings() profile.Settings {
	s := b.opts.Sizing
	host, ok := b.typicalNode()
	if ok && s.Pricer == nil {
		s.Pricer = &quote.Runs{Pricer: b.opts.Cost, Host: host}
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
	if i, ok := b.opts.Cost.Book().Instance(h.InstanceType); ok {
		return migration.Some(i.Allocatable), migration.Some(i.AllocatableMemory)
	}
	if h.NodeCPU <= 0 || h.NodeMemory <= 0 {
		return migration.None[migration.CPU](), migration.None[migration.Bytes]()
	}
	return migration.Some(h.NodeCPU), migration.Some(h.NodeMemory)
}

// complete adds what is known of a workload beside its single runs: how often it runs,
// and what a run costs at present.
func (b *builder) complete(ask *profile.Ask) {
	t := b.tenants[ask.Tenant]
	if t == nil {
		return
	}
	ask.UnderWay = b.underWay(t.parts[migration.Jobs][ask.Workload])
	ask.Unpriced = b.unpriced(t.parts[migration.Jobs][ask.Workload])
	for _, p := range b.opts.Move.Sides() {
		part := t.parts[p][ask.Workload]
		if part == nil {
			continue
		}
		span := b.frame.of(p)
		if seconds := span.span().Seconds(); seconds > 0 {
			rate := float64(part.runsIn(span)) / seconds
			ask.Load.MeanRate = migration.Plus(ask.Load.MeanRate, migration.Some(rate))
		}
		for _, c := range part.within(span) {
			if c.span > 0 {
				ask.Load.PeakRate = migration.Larger(ask.Load.PeakRate, migration.Some(float64(c.runs)/float64(c.span)))
			}
			if c.have&knowsConcurrency != 0 {
				ask.Load.Concurrent = migration.Larger(ask.Load.Concurrent, migration.Some(int(c.concurrency)))
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
		for _, c := range lambda.within(b.frame.lambda) {
			ask.Load.Processor = ask.Load.Processor.Plus(c.rest().processor)
		}
	}
	if lambda := t.parts[migration.Lambda][ask.Workload]; lambda != nil && t.parts[migration.Jobs][ask.Workload] == nil {
		n := lambda.runsIn(b.frame.lambda)
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
	if b.opts.Sizing.Pricer != nil || jobs == nil || jobs.account.Empty() {
		return ""
	}
	bill := b.bill.Jobs(jobs.account)
	if bill.Value.Known() || b.bill.AtLeast(jobs.account).Known() {
		return ""
	}
	return cmp.Or(bill.Evidence.Note, "the price of its nodes is unknown")
}

// underWay is how many Jobs of a part go on or are about to; unknown before Jobs were seen.
func (b *builder) underWay(jobs *part) migration.Opt[int] {
	if !b.jobsSeen {
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
