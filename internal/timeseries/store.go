package timeseries

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// How long buckets are kept, and how coarse. CloudWatch can still change a minute 18
// minutes after it began (a timeout of 900 s and 3 minutes). Minutes are folded long after
// that.
const (
	// FineSpan is the length of a bucket of the last hours, CoarseSpan that of older ones.
	FineSpan   = time.Minute
	CoarseSpan = 15 * time.Minute
	// LongestSpan is the coarsest bucket that a source brings.
	LongestSpan = time.Hour
	// KeepFine is how long minutes are stored; less for a large fleet.
	KeepFine   = 4 * time.Hour
	keepCoarse = 49 * time.Hour
)

// A large fleet is stored for less time, and by the hour beyond keepQuarters: 5,000 functions that are active every
// minute would otherwise need a gigabyte.
const (
	// LargeFleet is the number of streams above which a fleet is large, as in sources/lambda.
	LargeFleet      = 1000
	hourSpan        = time.Hour
	keepFineLarge   = 75 * time.Minute
	keepQuarters    = 7 * time.Hour
	keepCoarseLarge = 26 * time.Hour
)

// Store keeps Activities and node time in memory, in buckets that late data repairs in
// place: an Activity replaces the one of the same key, start and span, but a provisional one
// never a final one. It is bounded: minutes older than KeepFine are folded into quarters of
// an hour, and what is older than keepCoarse is dropped; see also LargeFleet. One goroutine
// writes; while nothing is written, any number may read.
type Store struct {
	Series map[Stream]*Series
	nodes  map[nodeKey]migration.NodeTime
	packer *Packer
}

type nodeKey struct {
	host   migration.Host
	start  int64
	span   time.Duration
	system bool // the cluster's own nodes
}

// Stream names the activity of one key in one account and region.
type Stream struct {
	migration.Key
	Scope string // the account and region; "" for the only one
}

// Series are the Buckets of one Stream, sorted by start and without overlap.
type Series struct {
	Buckets []Bucket
}

// NewStore makes an empty Store.
func NewStore() *Store {
	return &Store{
		Series: map[Stream]*Series{},
		nodes:  map[nodeKey]migration.NodeTime{},
		packer: newPacker(nil),
	}
}

// Scratch is a Packer that shares what the store has and does not change the store.
func (s *Store) Scratch() *Packer { return newPacker(s.packer) }

// Upsert adds an Activity or replaces the one of the same time. It refuses one without a
// start or a span, with false.
func (s *Store) Upsert(a *migration.Activity) bool {
	if a.Span < time.Second || a.Start.IsZero() {
		return false
	}
	key := Stream{a.Key, a.Scope}
	sr := s.Series[key]
	if sr == nil {
		sr = &Series{}
		s.Series[key] = sr
	}
	sr.put(s.packer.Pack(a))
	return true
}

// CompareBuckets orders Buckets by their start.
func CompareBuckets(a, b Bucket) int { return int(a.Start - b.Start) }

// put inserts c in order, or in the place of the bucket of the same start. Most are the
// newest one or near it.
func (sr *Series) put(c Bucket) {
	i := len(sr.Buckets)
	for i > 0 && sr.Buckets[i-1].Start >= c.Start {
		if i--; len(sr.Buckets)-i > 64 { // far back: history in any order
			i, _ = slices.BinarySearchFunc(sr.Buckets, c, CompareBuckets)
			break
		}
	}
	if i < len(sr.Buckets) && sr.Buckets[i].Start == c.Start {
		old := &sr.Buckets[i]
		// A longer one was folded, see below; a final one does not give way to an
		// earlier look at the same bucket that comes after it.
		if old.Span < c.Span || old.Span == c.Span && (c.Final || !old.Final) {
			*old = c
		}
		return
	}
	if i > 0 {
		if prev := &sr.Buckets[i-1]; c.Start < prev.Start+int64(prev.Span) {
			return // inside a bucket that was folded: too late to repair it
		}
	}
	sr.Buckets = slices.Insert(sr.Buckets, i, c)
}

// UpsertNode adds node time or replaces that of the same host and time. Node time of zero seconds deletes it.
func (s *Store) UpsertNode(n migration.NodeTime) {
	key := nodeKey{n.Host, n.Start.Unix(), n.Span, n.System}
	if n.NodeSeconds == 0 {
		delete(s.nodes, key)
		return
	}
	s.nodes[key] = n
}

// Large reports whether there is too much to keep all of it finely.
func (s *Store) Large() bool { return len(s.Series) > LargeFleet }

// Keeps is how far back the store reaches.
func (s *Store) Keeps() time.Duration {
	if s.Large() {
		return keepCoarseLarge
	}
	return keepCoarse
}

// KeepsFine is how far back the store has minutes.
func (s *Store) KeepsFine() time.Duration {
	if s.Large() {
		return keepFineLarge
	}
	return KeepFine
}

// Edge returns a duration at whose multiples no bucket is divided, whatever its age.
func (s *Store) Edge() time.Duration {
	if s.Large() {
		return hourSpan
	}
	return CoarseSpan
}

// Age folds and drops what is old at the given time.
func (s *Store) Age(now time.Time) {
	keepF, keepC := KeepFine, s.Keeps()
	hours := int64(0)
	if s.Large() {
		keepF = keepFineLarge
		hours = now.Add(-keepQuarters).Truncate(hourSpan).Unix()
	}
	fine := now.Add(-keepF).Truncate(CoarseSpan).Unix()
	coarse := now.Add(-keepC).Unix()
	for key, sr := range s.Series {
		sr.age(fine, hours, coarse)
		if len(sr.Buckets) == 0 {
			delete(s.Series, key)
		}
	}
	for key, n := range s.nodes {
		switch {
		case key.start < coarse:
			delete(s.nodes, key)
		case key.start < fine && n.Span < CoarseSpan:
			delete(s.nodes, key)
			start := n.Start.Truncate(CoarseSpan)
			into := nodeKey{n.Host, start.Unix(), CoarseSpan, n.System}
			sum := s.nodes[into]
			s.nodes[into] = migration.NodeTime{
				Host: n.Host, Start: start, Span: CoarseSpan, System: n.System,
				NodeSeconds: sum.NodeSeconds + n.NodeSeconds, Nodes: max(sum.Nodes, n.Nodes),
				DaemonCPU: sum.DaemonCPU + n.DaemonCPU, DaemonMemory: sum.DaemonMemory + n.DaemonMemory,
			}
		}
	}
}

// age drops what is older than coarse, and folds what is older than hours or fine.
func (sr *Series) age(fine, hours, coarse int64) {
	old := 0
	for old < len(sr.Buckets) && sr.Buckets[old].Start < coarse {
		old++
	}
	before := func(limit int64) int {
		i, _ := slices.BinarySearchFunc(sr.Buckets, Bucket{Start: limit}, CompareBuckets)
		return max(i, old)
	}
	toHours, toFine := before(hours), before(fine)
	finer := func(span time.Duration) func(Bucket) bool {
		return func(c Bucket) bool { return time.Duration(c.Span)*time.Second < span }
	}
	if old == 0 && !slices.ContainsFunc(sr.Buckets[:toHours], finer(hourSpan)) &&
		!slices.ContainsFunc(sr.Buckets[toHours:toFine], finer(CoarseSpan)) {
		return
	}
	kept := fold(nil, sr.Buckets[old:toHours], hourSpan)
	kept = fold(kept, sr.Buckets[toHours:toFine], CoarseSpan)
	// Room for new buckets until the next ageing, and no more.
	list := make([]Bucket, 0, len(kept)+len(sr.Buckets)-toFine+int(CoarseSpan/FineSpan))
	sr.Buckets = append(append(list, kept...), sr.Buckets[toFine:]...)
}

// fold appends buckets to out. Those that lie in the same longer one become their sum.
func fold(out, list []Bucket, into time.Duration) []Bucket {
	step := int64(into / time.Second)
	for i := 0; i < len(list); {
		slot := list[i].Start - list[i].Start%step
		j := i + 1
		for j < len(list) && int64(list[j].Span) < step && list[j].Start < slot+step {
			j++
		}
		if int64(list[i].Span) >= step {
			out = append(out, list[i])
			i++
			continue
		}
		s := NewSum(slot, int32(step))
		for k := i; k < j; k++ {
			s.Add(&list[k])
		}
		out = append(out, s.packed())
		i = j
	}
	return out
}

// Within are the Buckets that begin in s; a nil Series has none. The edges of s must be
// multiples of [Store.Edge], or lie where only minutes are, so that no Bucket is cut.
func (sr *Series) Within(s Range) []Bucket {
	if sr == nil || s.Empty() {
		return nil
	}
	at := func(t time.Time) int {
		i, _ := slices.BinarySearchFunc(sr.Buckets, t.Unix(), func(c Bucket, start int64) int { return int(c.Start - start) })
		return i
	}
	return sr.Buckets[at(s.From):at(s.To)]
}

// RunsIn is how many runs ended in s.
func (sr *Series) RunsIn(s Range) (runs int64) {
	for _, c := range sr.Within(s) {
		runs += c.Runs
	}
	return runs
}
