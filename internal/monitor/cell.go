package monitor

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// bucket is an Activity without its key, packed: there are hundreds for each key,
// and thousands of keys. What only Jobs have stands apart.
type bucket struct {
	start int64 // Unix seconds
	span  int32 // seconds
	final bool
	have  known

	evidence               *migration.Provenance
	runs, failures         int64
	throttled, concurrency int64
	points                 *migration.Points[time.Duration] // as CloudWatch gives run times
	invoked                []invoked
	more                   *jobStats // nil where there is nothing of it
}

// known says which counts of a cell are known.
type known uint8

const (
	knowsAttempts known = 1 << iota // and they are as many as runs
	knowsThrottled
	knowsConcurrency
	costUnknown // of some of its runs; it stays, whatever is added
	// knowsOutcomes says that how each of its runs ended is known: what no count has did
	// not happen.
	knowsOutcomes
)

// jobStats is the part of a cell that CloudWatch's minutes do not have.
type jobStats struct {
	attempts, timedOut, oomKilled migration.Opt[int64]
	duration, startUp             migration.Distribution[time.Duration]
	peakMemory                    migration.Distribution[migration.Bytes]
	processor                     migration.ProcessorTime
	held                          []podUsage
	reported                      reported
}

// reported compares invocations with the report lines that tell of them, where logs were read.
type reported struct{ of, missing int64 }

func (r *reported) add(o reported) {
	r.of += o.of
	r.missing += o.missing
}

func (m *jobStats) empty() bool {
	return !m.attempts.Known() && !m.timedOut.Known() && !m.oomKilled.Known() && len(m.held) == 0 &&
		m.processor == (migration.ProcessorTime{}) && m.reported == (reported{}) && m.duration.Count() == 0 && m.startUp.Count() == 0 && m.peakMemory.Count() == 0
}

// nothing is what a cell without more has.
var nothing jobStats

func (c *bucket) rest() *jobStats {
	if c.more == nil {
		return &nothing
	}
	return c.more
}

func (c *bucket) optional(k known, n int64) migration.Opt[int64] {
	if c.have&k == 0 {
		return migration.None[int64]()
	}
	return migration.Some(n)
}

func (c *bucket) attempts() migration.Opt[int64] {
	if c.have&knowsAttempts != 0 {
		return migration.Some(c.runs)
	}
	return c.rest().attempts
}

// duration is how run times spread.
func (c *bucket) duration() migration.Distribution[time.Duration] {
	if c.points != nil {
		return migration.SummarizedAt(c.points)
	}
	return c.rest().duration
}

// longest is the longest run.
func (c *bucket) longest() migration.Opt[time.Duration] {
	if c.points != nil {
		return migration.Some(c.points.Max)
	}
	return c.rest().duration.Max()
}

func (c *bucket) held() []podUsage { return c.rest().held }

// invoked is a migration.Invoked with its place shared. There are several where
// a function changed its architecture or where functions were added up.
type invoked struct {
	place    *migration.RegionArch
	known    *migration.Provenance // of billed
	requests int64
	billed   migration.MBMillis
	beside   *lambdaExtras // nil for most functions
}

// lambdaExtras is what Lambda bills beside compute on demand and requests.
type lambdaExtras struct {
	onProvisioned, provisioned, ephemeral migration.MBMillis
	logs                                  migration.Bytes
}

func (in *invoked) unpack() migration.LambdaUsage {
	out := migration.LambdaUsage{Place: *in.place, Requests: in.requests, Billed: in.billed}
	if b := in.beside; b != nil {
		out.OnProvisioned, out.Provisioned, out.Ephemeral, out.Logs = b.onProvisioned, b.provisioned, b.ephemeral, b.logs
	}
	return out
}

// beside is what an Activity billed beside compute on demand and requests, nil for nothing.
func beside(in *migration.LambdaUsage) *lambdaExtras {
	b := lambdaExtras{in.OnProvisioned, in.Provisioned, in.Ephemeral, in.Logs}
	if b == (lambdaExtras{}) {
		return nil
	}
	return &b
}

// plus adds without changing what others share.
func (b *lambdaExtras) plus(o *lambdaExtras) *lambdaExtras {
	if b == nil || o == nil {
		return cmp.Or(b, o)
	}
	return &lambdaExtras{b.onProvisioned + o.onProvisioned, b.provisioned + o.provisioned, b.ephemeral + o.ephemeral, b.logs + o.logs}
}

// podUsage is a migration.Held with its host shared.
type podUsage struct {
	host                                    *migration.Host
	podSeconds, shortOfMinute, usageSeconds int64
	cpu                                     migration.MilliCPUSeconds
	memory                                  migration.KiBSeconds
	usedCPU                                 migration.Opt[migration.MilliCPUSeconds]
	usedMemory                              migration.Opt[migration.KiBSeconds]
	addedNodeSeconds                        int64
}

func (h *podUsage) unpack() migration.ResourceUsage {
	return migration.ResourceUsage{
		Host: *h.host, PodSeconds: h.podSeconds, ShortOfMinute: h.shortOfMinute, UsageSeconds: h.usageSeconds,
		CPU: h.cpu, Memory: h.memory, UsedCPU: h.usedCPU, UsedMemory: h.usedMemory, AddedNodeSeconds: h.addedNodeSeconds,
	}
}

func (s *store) pack(a *migration.Activity) bucket {
	c := bucket{
		start: a.Start.Unix(), span: int32(a.Span / time.Second), final: a.Final,
		evidence: intern(s.evidences, a.Evidence), runs: a.Runs, failures: a.Failures,
	}
	c.know(knowsThrottled, a.Throttled, &c.throttled)
	c.know(knowsConcurrency, a.MaxConcurrency, &c.concurrency)
	m := jobStats{
		attempts: a.Attempts, timedOut: a.TimedOut, oomKilled: a.OOMKilled,
		duration: a.Duration, startUp: a.StartUp, peakMemory: a.PeakMemory, processor: a.Processor,
	}
	if a.Attempts == migration.Some(a.Runs) {
		c.have, m.attempts = c.have|knowsAttempts, migration.None[int64]()
	}
	if c.points = a.Duration.Points(); c.points != nil {
		m.duration = migration.Distribution[time.Duration]{}
	}
	if a.Platform == migration.Lambda && a.Runs > 0 && (a.Invoked == nil || a.Invoked.Known.LowerBound) {
		c.have |= costUnknown
	}
	if a.Invoked != nil {
		c.invoked = make([]invoked, 0, 1+len(a.Elsewhere))
		c.invoked = append(c.invoked, s.packInvoked(a.Invoked, c.evidence))
		for i := range a.Elsewhere {
			c.invoked = append(c.invoked, s.packInvoked(&a.Elsewhere[i], c.evidence))
		}
	}
	for i := range a.Usage {
		h := &a.Usage[i]
		m.held = append(m.held, podUsage{
			host:       intern(s.hosts, h.Host),
			podSeconds: h.PodSeconds, shortOfMinute: h.ShortOfMinute, usageSeconds: h.UsageSeconds,
			cpu: h.CPU, memory: h.Memory, usedCPU: h.UsedCPU, usedMemory: h.UsedMemory, addedNodeSeconds: h.AddedNodeSeconds,
		})
	}
	slices.SortFunc(m.held, func(a, b podUsage) int { return compareHosts(*a.host, *b.host) })
	c.keep(m)
	return c
}

// packInvoked packs what was billed in one place. It rests on the activity's evidence
// where it has none of its own.
func (s *store) packInvoked(in *migration.LambdaUsage, known *migration.Provenance) invoked {
	if in.Known != (migration.Provenance{}) {
		known = intern(s.evidences, in.Known)
	}
	return invoked{intern(s.places, in.Place), known, in.Requests, in.Billed, beside(in)}
}

func (c *bucket) know(k known, v migration.Opt[int64], into *int64) {
	if n, ok := v.Get(); ok {
		c.have |= k
		*into = n
	}
}

// keep takes the rest in, if there is any.
func (c *bucket) keep(m jobStats) {
	if !m.empty() {
		c.more = &m
	}
}

// sum adds cells up.
type sum struct {
	bucket                          // but for what follows
	last      *migration.Provenance // of the cell before
	more      jobStats
	attempts  migration.Opt[int64]
	throttled migration.Opt[int64]
	most      migration.Opt[int64]
	ended     int64 // runs of which it is known how they ended
	durations migration.Merger[time.Duration]
	startUps  migration.Merger[time.Duration]
	peaks     migration.Merger[migration.Bytes]
}

func newSum(start int64, span int32) *sum {
	return &sum{bucket: bucket{start: start, span: span, final: true}}
}

func (s *sum) add(c *bucket) {
	m := c.rest()
	s.attempts = migration.Plus(s.attempts, c.attempts())
	s.throttled = migration.Plus(s.throttled, c.optional(knowsThrottled, c.throttled))
	s.more.timedOut = migration.Plus(s.more.timedOut, m.timedOut)
	s.more.oomKilled = migration.Plus(s.more.oomKilled, m.oomKilled)
	s.more.reported.add(m.reported)
	if c.have&knowsOutcomes != 0 || m.timedOut.Known() {
		s.ended += c.runs
	}
	s.most = migration.Larger(s.most, c.optional(knowsConcurrency, c.concurrency))
	s.final = s.final && c.final
	s.have |= c.have & costUnknown
	switch {
	case s.last == nil:
		s.evidence = c.evidence
	case c.evidence != s.last: // most cells share theirs
		both := s.evidence.And(*c.evidence)
		s.evidence = &both
	}
	s.last = c.evidence
	s.runs += c.runs
	s.failures += c.failures
	s.durations.Add(c.duration())
	s.startUps.Add(m.startUp)
	s.peaks.Add(m.peakMemory)
	s.invoked = mergeInvoked(s.invoked, c.invoked)
	s.more.processor = s.more.processor.Plus(m.processor)
	s.more.held = mergeHeld(s.more.held, m.held)
}

// packed is the sum as a cell to keep.
func (s *sum) packed() bucket {
	c := s.total()
	if m := c.more; m != nil {
		m.duration, m.startUp, m.peakMemory = m.duration.Pack(), m.startUp.Pack(), m.peakMemory.Pack()
	}
	return c
}

// total is the sum as a cell.
func (s *sum) total() bucket {
	c := s.bucket
	c.know(knowsThrottled, s.throttled, &c.throttled)
	c.know(knowsConcurrency, s.most, &c.concurrency)
	m := s.more
	if s.ended < s.runs { // a count of some has no zero for all
		m.timedOut, m.oomKilled = positive(m.timedOut), positive(m.oomKilled)
	}
	if m.attempts = s.attempts; s.attempts == migration.Some(c.runs) {
		c.have, m.attempts = c.have|knowsAttempts, migration.None[int64]()
	}
	m.duration, m.startUp, m.peakMemory = s.durations.Distribution(), s.startUps.Distribution(), s.peaks.Distribution()
	if c.points = m.duration.Points(); c.points != nil {
		m.duration = migration.Distribution[time.Duration]{}
	}
	c.keep(m)
	return c
}

// positive is a count unless it is 0.
func positive(n migration.Opt[int64]) migration.Opt[int64] {
	if n == migration.Some[int64](0) {
		return migration.None[int64]()
	}
	return n
}

func mergeInvoked(into, more []invoked) []invoked {
	for _, m := range more {
		at := slices.IndexFunc(into, func(i invoked) bool { return i.place == m.place && i.known == m.known })
		if at < 0 {
			into = append(into, m)
			continue
		}
		into[at].requests += m.requests
		into[at].billed += m.billed
		into[at].beside = into[at].beside.plus(m.beside)
	}
	return into
}

// mergeHeld adds what pods held, kind of host by kind of host. There are a few
// kinds, so that looking along the slice is faster than a map.
func mergeHeld(into, more []podUsage) []podUsage {
	for i := range more {
		m := &more[i]
		at := slices.IndexFunc(into, func(h podUsage) bool { return h.host == m.host })
		if at < 0 {
			into = append(into, *m)
			continue
		}
		h := &into[at]
		h.podSeconds += m.podSeconds
		h.shortOfMinute += m.shortOfMinute
		h.usageSeconds += m.usageSeconds
		h.addedNodeSeconds += m.addedNodeSeconds
		h.cpu += m.cpu
		h.memory += m.memory
		h.usedCPU = migration.Plus(h.usedCPU, m.usedCPU)
		h.usedMemory = migration.Plus(h.usedMemory, m.usedMemory)
	}
	return into
}
