// Package sources is what the engine and the systems that it reads agree on.
// Each folder below it reads one real system and knows that system and the
// vocabulary of package migration, nothing else.
package sources

import (
	"context"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Source reads one system.
//
// Poll brings what is new. It has a deadline of its own, shorter than the
// cadence, in addition to the context's. Whatever went wrong is in the batch's Health,
// and what could be read is in the batch all the same; the error says that the
// poll failed as a whole and should be repeated later than usual. Polls of one
// source never overlap.
//
// Cadence is the time from the beginning of one poll to the next one's; a source
// may change it, for instance after it was throttled.
//
// Close ends everything that Poll started and waits for it.
type Source interface {
	Name() string
	Poll(ctx context.Context, focus Focus) (migration.Batch, error)
	Cadence() time.Duration
	Close() error
}

// Streamer is a source whose polls may bring more at once than should be in
// memory twice. Stream is Poll, but for activities that are handed over as soon
// as they are known: deliver is called from the goroutine of Stream, any number
// of times, with batches of nothing but activities, and returns when the receiver
// has them. Poll and Stream do not run at once either.
type Streamer interface {
	Source
	Stream(ctx context.Context, focus Focus, deliver func(migration.Batch)) (migration.Batch, error)
}

// Follower is a source that reads what others' polls ask for: where every source is polled once only, it is polled after them.
type Follower interface{ Follows() bool }

// Stream polls a source, part by part where it can do that.
func Stream(ctx context.Context, src Source, focus Focus, deliver func(migration.Batch)) (migration.Batch, error) {
	if s, ok := src.(Streamer); ok {
		return s.Stream(ctx, focus, deliver)
	}
	return src.Poll(ctx, focus)
}

// Focus is what somebody is looking at, so that a source may ask for the rest
// less often.
type Focus struct {
	Tenant  migration.Tenant   // whose page is open; only with Open
	Open    bool               // a tenant's page is open
	Visible []migration.Tenant // rows on screen; empty means unknown: all of them
	// Away is set while nobody looks and nobody has for long: what costs money is
	// not asked then.
	Away bool
	Pace Pace // what the budget allows
	// Spot are the kinds of Spot nodes that are known, whose prices are wanted; only InstanceType, Region and Zone are set.
	Spot []migration.SpotPrice
}

// Pace is how much slower than usual a source that costs money is to ask.
type Pace struct {
	Slower float64              // how many times longer between two polls; 0 is 1
	Hold   bool                 // nothing may be asked
	Allow  migration.Opt[int64] // metrics that this poll may ask for, by the high count
	Why    string               // "to stay within $25/month"; with Hold a sentence of its own
}

// Times is Slower, 1 where nobody set it.
func (p Pace) Times() float64 { return max(p.Slower, 1) }
