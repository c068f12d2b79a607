package timeseries

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Sum adds Buckets up. Make it with NewSum.
type Sum struct {
	Bucket                          // the sums that need only a field
	last      *migration.Provenance // of the bucket before
	more      JobStats
	attempts  migration.Opt[int64]
	throttled migration.Opt[int64]
	most      migration.Opt[int64]
	ended     int64 // runs whose outcome is known
	durations migration.Merger[time.Duration]
	startUps  migration.Merger[time.Duration]
	peaks     migration.Merger[migration.Bytes]
}

// NewSum is a sum over span seconds from a Unix time on.
func NewSum(start int64, span int32) *Sum {
	return &Sum{Bucket: Bucket{Start: start, Span: span, Final: true}}
}

// Empty reports whether nothing was added.
func (s *Sum) Empty() bool { return s.last == nil }

// Add adds one bucket.
func (s *Sum) Add(c *Bucket) {
	m := c.Rest()
	s.attempts = migration.Plus(s.attempts, c.attempts())
	s.throttled = migration.Plus(s.throttled, c.Optional(KnowsThrottled, c.Throttled))
	s.more.TimedOut = migration.Plus(s.more.TimedOut, m.TimedOut)
	s.more.OOMKilled = migration.Plus(s.more.OOMKilled, m.OOMKilled)
	s.more.Reported.add(m.Reported)
	if c.Have&KnowsOutcomes != 0 || m.TimedOut.Known() {
		s.ended += c.Runs
	}
	s.most = migration.Larger(s.most, c.Optional(KnowsConcurrency, c.Concurrency))
	s.Final = s.Final && c.Final
	s.Have |= c.Have & CostUnknown
	switch {
	case s.last == nil:
		s.Evidence = c.Evidence
	case c.Evidence != s.last: // most buckets share theirs
		both := s.Evidence.And(*c.Evidence)
		s.Evidence = &both
	}
	s.last = c.Evidence
	s.Runs += c.Runs
	s.Failures += c.Failures
	s.durations.Add(c.Duration())
	s.startUps.Add(m.StartUp)
	s.peaks.Add(m.PeakMemory)
	s.Invoked = mergeInvoked(s.Invoked, c.Invoked)
	s.more.Processor = s.more.Processor.Plus(m.Processor)
	s.more.Usage = mergeHeld(s.more.Usage, m.Usage)
}

// packed is the sum in little memory.
func (s *Sum) packed() Bucket {
	c := s.Total()
	if m := c.More; m != nil {
		m.Duration, m.StartUp, m.PeakMemory = m.Duration.Pack(), m.StartUp.Pack(), m.PeakMemory.Pack()
	}
	return c
}

// Total is the sum as a Bucket.
func (s *Sum) Total() Bucket {
	c := s.Bucket
	c.know(KnowsThrottled, s.throttled, &c.Throttled)
	c.know(KnowsConcurrency, s.most, &c.Concurrency)
	m := s.more
	if s.ended < s.Runs { // a count of some has no zero for all
		m.TimedOut, m.OOMKilled = positive(m.TimedOut), positive(m.OOMKilled)
	}
	if m.Attempts = s.attempts; s.attempts == migration.Some(c.Runs) {
		c.Have, m.Attempts = c.Have|KnowsAttempts, migration.None[int64]()
	}
	m.Duration, m.StartUp, m.PeakMemory = s.durations.Distribution(), s.startUps.Distribution(), s.peaks.Distribution()
	if c.Points = m.Duration.Points(); c.Points != nil {
		m.Duration = migration.Distribution[time.Duration]{}
	}
	c.Keep(m)
	return c
}

// positive is a count unless it is 0.
func positive(n migration.Opt[int64]) migration.Opt[int64] {
	if n == migration.Some[int64](0) {
		return migration.None[int64]()
	}
	return n
}

func mergeInvoked(into, more []Invoked) []Invoked {
	for _, m := range more {
		at := slices.IndexFunc(into, func(i Invoked) bool { return i.Place == m.Place && i.Known == m.Known })
		if at < 0 {
			into = append(into, m)
			continue
		}
		into[at].Requests += m.Requests
		into[at].Billed += m.Billed
		into[at].Logs += m.Logs
		into[at].Extras = into[at].Extras.plus(m.Extras)
	}
	return into
}

// mergeHeld adds what pods held, kind of host by kind of host. There are a few
// kinds, so that looking along the slice is faster than a map.
func mergeHeld(into, more []PodUsage) []PodUsage {
	for i := range more {
		m := &more[i]
		at := slices.IndexFunc(into, func(h PodUsage) bool { return h.Host == m.Host })
		if at < 0 {
			into = append(into, *m)
			continue
		}
		h := &into[at]
		h.PodSeconds += m.PodSeconds
		h.ShortOfMinute += m.ShortOfMinute
		h.UsageSeconds += m.UsageSeconds
		h.AddedNodeSeconds += m.AddedNodeSeconds
		h.CPU += m.CPU
		h.Memory += m.Memory
		h.UsedCPU = migration.Plus(h.UsedCPU, m.UsedCPU)
		h.UsedMemory = migration.Plus(h.UsedMemory, m.UsedMemory)
	}
	return into
}
