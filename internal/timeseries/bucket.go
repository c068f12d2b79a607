package timeseries

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Bucket is an Activity without its key, packed: there are hundreds for each key, and
// thousands of keys. Fields that CloudWatch never fills are in More.
type Bucket struct {
	Start int64 // Unix seconds
	Span  int32 // seconds
	Final bool  // nothing can change it any more
	Have  Known // which of the counts are known

	Evidence               *migration.Provenance
	Runs, Failures         int64
	Throttled, Concurrency int64
	Points                 *migration.Points[time.Duration] // as CloudWatch gives run times
	Invoked                []Invoked                        // what Lambda bills; empty for other platforms
	More                   *JobStats                        // nil where there is nothing of it
}

// Known is a set of the things that are known of a Bucket.
type Known uint8

// What is known of a Bucket.
const (
	// KnowsAttempts: attempts are known and equal Runs.
	KnowsAttempts Known = 1 << iota
	// KnowsThrottled: Throttled is known.
	KnowsThrottled
	// KnowsConcurrency: Concurrency is known.
	KnowsConcurrency
	// CostUnknown: the cost of some of its runs is unknown. A sum keeps it.
	CostUnknown
	// KnowsOutcomes: how each of its runs ended is known, so that an outcome without a count
	// did not happen.
	KnowsOutcomes
)

// JobStats is the part of a Bucket that CloudWatch's metrics do not have: what the cluster
// or the logs say.
type JobStats struct {
	Attempts, TimedOut, OOMKilled migration.Opt[int64]
	Duration, StartUp             migration.Distribution[time.Duration]
	PeakMemory                    migration.Distribution[migration.Bytes]
	Processor                     migration.ProcessorTime
	Usage                         []PodUsage // by kind of host
	Reported                      Reported
}

// Reported counts invocations, and those without a report line in the logs; zero if no logs were read.
type Reported struct{ Of, Missing int64 }

func (r *Reported) add(o Reported) {
	r.Of += o.Of
	r.Missing += o.Missing
}

func (m *JobStats) empty() bool {
	return !m.Attempts.Known() && !m.TimedOut.Known() && !m.OOMKilled.Known() && len(m.Usage) == 0 &&
		m.Processor == (migration.ProcessorTime{}) && m.Reported == (Reported{}) && m.Duration.Count() == 0 && m.StartUp.Count() == 0 &&
		m.PeakMemory.Count() == 0
}

// nothing is the rest of a Bucket without More. Nobody writes to it.
var nothing JobStats

// Rest is More, or an empty one. The caller must not change it.
func (c *Bucket) Rest() *JobStats {
	if c.More == nil {
		return &nothing
	}
	return c.More
}

// Optional is the count n where k is known.
func (c *Bucket) Optional(k Known, n int64) migration.Opt[int64] {
	if c.Have&k == 0 {
		return migration.None[int64]()
	}
	return migration.Some(n)
}

func (c *Bucket) attempts() migration.Opt[int64] {
	if c.Have&KnowsAttempts != 0 {
		return migration.Some(c.Runs)
	}
	return c.Rest().Attempts
}

// Duration is the distribution of run times.
func (c *Bucket) Duration() migration.Distribution[time.Duration] {
	if c.Points != nil {
		return migration.SummarizedAt(c.Points)
	}
	return c.Rest().Duration
}

// Longest is the longest run.
func (c *Bucket) Longest() migration.Opt[time.Duration] {
	if c.Points != nil {
		return migration.Some(c.Points.Max)
	}
	return c.Rest().Duration.Max()
}

// Usage is what pods held and used, by kind of host.
func (c *Bucket) Usage() []PodUsage { return c.Rest().Usage }

// Invoked is a migration.LambdaUsage with its place shared. A Bucket has several where a
// function changed its architecture or where functions were added up.
type Invoked struct {
	Place    *migration.RegionArch
	Known    *migration.Provenance // of Billed
	Requests int64
	Billed   migration.MBMillis
	Logs     migration.Bytes
	Extras   *LambdaExtras // nil for most functions
}

// LambdaExtras are Lambda charges other than on-demand compute, requests and logs.
type LambdaExtras struct {
	OnProvisioned, Provisioned, Ephemeral migration.MBMillis
}

// Unpack is the usage as package cost prices it.
func (in *Invoked) Unpack() migration.LambdaUsage {
	out := migration.LambdaUsage{Place: *in.Place, Requests: in.Requests, Billed: in.Billed, Logs: in.Logs}
	if b := in.Extras; b != nil {
		out.OnProvisioned, out.Provisioned, out.Ephemeral = b.OnProvisioned, b.Provisioned, b.Ephemeral
	}
	return out
}

// extras are the other charges of a usage, nil for none.
func extras(in *migration.LambdaUsage) *LambdaExtras {
	b := LambdaExtras{in.OnProvisioned, in.Provisioned, in.Ephemeral}
	if b == (LambdaExtras{}) {
		return nil
	}
	return &b
}

// plus adds without changing what others share.
func (b *LambdaExtras) plus(o *LambdaExtras) *LambdaExtras {
	if b == nil || o == nil {
		return cmp.Or(b, o)
	}
	return &LambdaExtras{b.OnProvisioned + o.OnProvisioned, b.Provisioned + o.Provisioned, b.Ephemeral + o.Ephemeral}
}

// PodUsage is a migration.ResourceUsage with its host shared.
type PodUsage struct {
	Host                                    *migration.Host
	PodSeconds, ShortOfMinute, UsageSeconds int64
	CPU                                     migration.MilliCPUSeconds
	Memory                                  migration.KiBSeconds
	UsedCPU                                 migration.Opt[migration.MilliCPUSeconds]
	UsedMemory                              migration.Opt[migration.KiBSeconds]
	AddedNodeSeconds                        int64
}

// Unpack is the usage as package cost prices it.
func (h *PodUsage) Unpack() migration.ResourceUsage {
	return migration.ResourceUsage{
		Host: *h.Host, PodSeconds: h.PodSeconds, ShortOfMinute: h.ShortOfMinute, UsageSeconds: h.UsageSeconds,
		CPU: h.CPU, Memory: h.Memory, UsedCPU: h.UsedCPU, UsedMemory: h.UsedMemory, AddedNodeSeconds: h.AddedNodeSeconds,
	}
}

// Packer packs Activities. Thousands of buckets share a few provenances, hosts and places: each is stored once.
type Packer struct {
	below     *Packer // looked into first and never changed; nil: none
	evidences map[migration.Provenance]*migration.Provenance
	hosts     map[migration.Host]*migration.Host
	places    map[migration.RegionArch]*migration.RegionArch
}

func newPacker(below *Packer) *Packer {
	return &Packer{
		below:     below,
		evidences: map[migration.Provenance]*migration.Provenance{},
		hosts:     map[migration.Host]*migration.Host{},
		places:    map[migration.RegionArch]*migration.RegionArch{},
	}
}

// Evidence is the shared copy of a provenance.
func (p *Packer) Evidence(v migration.Provenance) *migration.Provenance {
	if p.below != nil {
		if shared, ok := p.below.evidences[v]; ok {
			return shared
		}
	}
	return intern(p.evidences, v)
}

// Place is the shared copy of a region and architecture.
func (p *Packer) Place(v migration.RegionArch) *migration.RegionArch {
	if p.below != nil {
		if shared, ok := p.below.places[v]; ok {
			return shared
		}
	}
	return intern(p.places, v)
}

// Host is the shared copy of a kind of host.
func (p *Packer) Host(v migration.Host) *migration.Host {
	if p.below != nil {
		if shared, ok := p.below.hosts[v]; ok {
			return shared
		}
	}
	return intern(p.hosts, v)
}

func intern[T comparable](m map[T]*T, v T) *T {
	if p, ok := m[v]; ok {
		return p
	}
	m[v] = &v
	return &v
}

// Pack packs an Activity.
func (p *Packer) Pack(a *migration.Activity) Bucket {
	c := Bucket{
		Start: a.Start.Unix(), Span: int32(a.Span / time.Second), Final: a.Final,
		Evidence: p.Evidence(a.Evidence), Runs: a.Runs, Failures: a.Failures,
	}
	c.know(KnowsThrottled, a.Throttled, &c.Throttled)
	c.know(KnowsConcurrency, a.MaxConcurrency, &c.Concurrency)
	m := JobStats{
		Attempts: a.Attempts, TimedOut: a.TimedOut, OOMKilled: a.OOMKilled,
		Duration: a.Duration, StartUp: a.StartUp, PeakMemory: a.PeakMemory, Processor: a.Processor,
	}
	if a.Attempts == migration.Some(a.Runs) {
		c.Have, m.Attempts = c.Have|KnowsAttempts, migration.None[int64]()
	}
	if c.Points = a.Duration.Points(); c.Points != nil {
		m.Duration = migration.Distribution[time.Duration]{}
	}
	if a.Platform == migration.Lambda && a.Runs > 0 && (a.Invoked == nil || a.Invoked.Known.LowerBound) {
		c.Have |= CostUnknown
	}
	if a.Invoked != nil {
		c.Invoked = make([]Invoked, 0, 1+len(a.Elsewhere))
		c.Invoked = append(c.Invoked, p.packInvoked(a.Invoked, c.Evidence))
		for i := range a.Elsewhere {
			c.Invoked = append(c.Invoked, p.packInvoked(&a.Elsewhere[i], c.Evidence))
		}
	}
	for i := range a.Usage {
		h := &a.Usage[i]
		m.Usage = append(m.Usage, PodUsage{
			Host:       p.Host(h.Host),
			PodSeconds: h.PodSeconds, ShortOfMinute: h.ShortOfMinute, UsageSeconds: h.UsageSeconds,
			CPU: h.CPU, Memory: h.Memory, UsedCPU: h.UsedCPU, UsedMemory: h.UsedMemory, AddedNodeSeconds: h.AddedNodeSeconds,
		})
	}
	slices.SortFunc(m.Usage, func(a, b PodUsage) int { return compareHosts(*a.Host, *b.Host) })
	c.Keep(m)
	return c
}

// packInvoked packs what was billed in one place. The default provenance is that of the activity.
func (p *Packer) packInvoked(in *migration.LambdaUsage, known *migration.Provenance) Invoked {
	if in.Known != (migration.Provenance{}) {
		known = p.Evidence(in.Known)
	}
	return Invoked{p.Place(in.Place), known, in.Requests, in.Billed, in.Logs, extras(in)}
}

func (c *Bucket) know(k Known, v migration.Opt[int64], into *int64) {
	if n, ok := v.Get(); ok {
		c.Have |= k
		*into = n
	}
}

// Keep sets More, unless m is empty.
func (c *Bucket) Keep(m JobStats) {
	if !m.empty() {
		c.More = &m
	}
}
