package timeseries

import (
	"bytes"
	"cmp"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// NewPacker makes a Packer that shares nothing yet.
func NewPacker() *Packer { return newPacker(nil) }

// Find is the bucket of a stream that begins at a Unix time; false where there is none, or it was folded.
func (s *Store) Find(stream Stream, start int64) (Bucket, bool) {
	sr := s.Series[stream]
	if sr == nil {
		return Bucket{}, false
	}
	list := sr.Within(Range{From: time.Unix(start, 0), To: time.Unix(start+1, 0)})
	if len(list) == 0 {
		return Bucket{}, false
	}
	return list[0], true
}

// Packed is the sum in little memory: the bucket that is kept of what was added.
func (s *Sum) Packed() Bucket { return s.packed() }

// Fold adds up buckets, which rise by start and do not overlap, that lie in the same longer one. Those that are as long are
// left as they are.
func Fold(list []Bucket, into time.Duration) []Bucket { return fold(nil, list, into) }

// Better reports whether b is to be kept in place of a, which begins at the same time: several migtops, and late data, tell of
// the same time more than once, and it counts once. A final one is better than a provisional one, a whole one than a lower
// bound, and then the one that counts more. Between two that count the same the choice has no meaning and is the same in any
// order.
func Better(a, b *Bucket) bool {
	order := cmp.Or(
		cmp.Compare(a.Span, b.Span), compareFalseFirst(a.Final, b.Final), compareFalseFirst(a.whole(), b.whole()),
		cmp.Compare(a.Runs, b.Runs), cmp.Compare(a.weight(), b.weight()), cmp.Compare(a.Failures, b.Failures),
	)
	if order == 0 {
		order = bytes.Compare(AppendBuckets(nil, []Bucket{*a}), AppendBuckets(nil, []Bucket{*b}))
	}
	return order < 0
}

func compareFalseFirst(a, b bool) int { return -compareTrueFirst(a, b) }

// whole reports whether a bucket has all that happened.
func (c *Bucket) whole() bool { return c.Evidence == nil || !c.Evidence.LowerBound }

// weight is how much was seen of work that has not ended.
func (c *Bucket) weight() int64 {
	n := int64(0)
	for i := range c.Usage() {
		n += c.Usage()[i].PodSeconds
	}
	for i := range c.Invoked {
		n += c.Invoked[i].Requests
	}
	return n
}

// Activity is a bucket as sources bring it.
func (c *Bucket) Activity(of Stream) migration.Activity {
	m := c.Rest()
	a := migration.Activity{
		Key: of.Key, Scope: of.Scope, Start: time.Unix(c.Start, 0).UTC(), Span: time.Duration(c.Span) * time.Second,
		Final: c.Final, Evidence: *c.Evidence, Runs: c.Runs, Failures: c.Failures, Attempts: c.attempts(),
		Throttled: c.Optional(KnowsThrottled, c.Throttled), MaxConcurrency: c.Optional(KnowsConcurrency, c.Concurrency),
		TimedOut: m.TimedOut, OOMKilled: m.OOMKilled, Duration: c.Duration(), StartUp: m.StartUp, PeakMemory: m.PeakMemory,
		Processor: m.Processor,
	}
	for i := range c.Invoked {
		in := c.Invoked[i].Unpack()
		if c.Invoked[i].Known != c.Evidence {
			in.Known = *c.Invoked[i].Known
		}
		if i == 0 {
			a.Invoked = &in
		} else {
			a.Elsewhere = append(a.Elsewhere, in)
		}
	}
	for i := range m.Usage {
		a.Usage = append(a.Usage, m.Usage[i].Unpack())
	}
	return a
}
