package migration

import (
	"context"
	"time"
)

// Past answers what was. The embedded history and a reader of Prometheus implement it alike; who asks never knows which.
type Past interface {
	// Totals adds up what each key did in a window. Keys without activity are left out. Buckets that begin in the window
	// count, whatever their length.
	Totals(ctx context.Context, w PastWindow) ([]PastTotal, error)
	// Series divides a window into at most so many cells, for one key, or for all keys of a platform together where the
	// key is nil. Cells are as long as one another, and never shorter than what is kept.
	Series(ctx context.Context, key *PastKey, w PastWindow, cells int) ([]PastCell, error)
	// Reach is what is kept.
	Reach(ctx context.Context) (Reach, error)
}

// PastWindow is a range of time: From inclusive, To exclusive.
type PastWindow struct{ From, To time.Time }

// PastKey is a key in one account and region, "" for the only one.
type PastKey struct {
	Key
	Scope string
}

// PastTotal is what one key did in a range of time.
type PastTotal struct {
	// Activity has the key, the range and the sums. What it used is to be priced where Cost is unknown. Its evidence is that
	// of all parts together, so that it is provisional or a lower bound where a part is.
	Activity Activity
	// Cost is what it cost, where the keeper keeps costs and not usage.
	Cost Opt[USD]
}

// PastCell is one cell of a series. A cell without totals and without a gap had no activity: it is 0.
type PastCell struct {
	Start time.Time
	Span  time.Duration
	// Totals has one element for a key, one per platform for all keys.
	Totals []PastTotal
	// Gap is set where no source was watched in the whole cell: what happened is unknown, and not 0.
	Gap bool
}

// Reach is what a history keeps.
type Reach struct {
	// Oldest is the start of the first bucket, Newest until when every source was read; zero for an empty history.
	Oldest, Newest time.Time
	// Tiers are the resolutions, the finest first. Empty ones are left out.
	Tiers []ReachTier
	// Gaps are the times between Oldest and Newest when a source was not watched, in order.
	Gaps []ReachGap
	// Bytes is what it takes on the disk, Cap what it may take; 0 where unknown.
	Bytes, Cap Bytes
}

// ReachTier is a range of time that is kept at one resolution.
type ReachTier struct {
	Step     time.Duration
	From, To time.Time
}

// ReachGap is a time when a source was not watched.
type ReachGap struct {
	Source   string
	From, To time.Time
}
