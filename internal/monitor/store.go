package monitor

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// How long buckets are kept, and how coarse. CloudWatch can still change a
// minute 18 minutes after it began (a timeout of 900 s and 3 minutes), so that
// minutes are folded long after nothing can replace them any more.
const (
	fineSpan   = time.Minute
	coarseSpan = 15 * time.Minute
	keepFine   = 4 * time.Hour
	keepCoarse = 49 * time.Hour
)

// Of a large fleet, which has more than largeFleet streams, less is kept, and what
// is older than keepQuarters by the hour: 5,000 functions that are busy every
// minute would otherwise fill a gigabyte.
const (
	largeFleet      = 1000 // as in sources/lambda, which asks such a fleet for less
	hourSpan        = time.Hour
	keepFineLarge   = 75 * time.Minute
	keepQuarters    = 7 * time.Hour
	keepCoarseLarge = 26 * time.Hour
)

// store keeps what happened in memory, in buckets that late data repairs in
// place: an Activity replaces the one of the same key, start and span, but a
// provisional one never a final one. It is bounded: minutes older than keepFine are folded into quarters of an hour, and
// what is older than keepCoarse is dropped; see also largeFleet. It belongs to one
// goroutine.
type store struct {
	series map[stream]*series
	nodes  map[nodeKey]migration.NodeTime

	// Thousands of buckets share a few evidences and hosts.
	evidences map[migration.Provenance]*migration.Provenance
	hosts     map[migration.Host]*migration.Host
	places    map[migration.RegionArch]*migration.RegionArch
}

type nodeKey struct {
	host  migration.Host
	start int64
	span  time.Duration
	// system is set for the cluster's own nodes.
	system bool
}

// stream is what one key did in one account and region.
type stream struct {
	migration.Key
	scope string
}

// series is the buckets of one stream, sorted by start and without overlap.
type series struct {
	cells []bucket
}

func newStore() *store {
	return &store{
		series:    map[stream]*series{},
		nodes:     map[nodeKey]migration.NodeTime{},
		evidences: map[migration.Provenance]*migration.Provenance{},
		hosts:     map[migration.Host]*migration.Host{},
		places:    map[migration.RegionArch]*migration.RegionArch{},
	}
}

func intern[T comparable](m map[T]*T, v T) *T {
	if p, ok := m[v]; ok {
		return p
	}
	m[v] = &v
	return &v
}

// upsert takes an Activity in. One that cannot be placed (no span, no start) is
// refused with false.
func (s *store) upsert(a *migration.Activity) bool {
	if a.Span < time.Second || a.Start.IsZero() {
		return false
	}
	key := stream{a.Key, a.Scope}
	sr := s.series[key]
	if sr == nil {
		sr = &series{}
		s.series[key] = sr
	}
	sr.put(s.pack(a))
	return true
}

func compareCells(a, b bucket) int { return int(a.start - b.start) }

// put inserts c in order, or in the place of the cell of the same start. Most
// cells are the newest one or near it.
func (sr *series) put(c bucket) {
	i := len(sr.cells)
	for i > 0 && sr.cells[i-1].start >= c.start {
		if i--; len(sr.cells)-i > 64 { // far back: history in any order
			i, _ = slices.BinarySearchFunc(sr.cells, c, compareCells)
			break
		}
	}
	if i < len(sr.cells) && sr.cells[i].start == c.start {
		old := &sr.cells[i]
		// A longer one was folded, see below; a final one does not give way to an
		// earlier look at the same bucket that comes after it.
		if old.span < c.span || old.span == c.span && (c.final || !old.final) {
			*old = c
		}
		return
	}
	if i > 0 {
		if prev := &sr.cells[i-1]; c.start < prev.start+int64(prev.span) {
			return // inside a bucket that was folded: too late to repair it
		}
	}
	sr.cells = slices.Insert(sr.cells, i, c)
}

// upsertNode takes node time in; it replaces what was there. No time at all says that what
// was told before does not hold.
func (s *store) upsertNode(n migration.NodeTime) {
	key := nodeKey{n.Host, n.Start.Unix(), n.Span, n.System}
	if n.NodeSeconds == 0 {
		delete(s.nodes, key)
		return
	}
	s.nodes[key] = n
}

// large reports whether there is too much to keep all of it finely.
func (s *store) large() bool { return len(s.series) > largeFleet }

// keeps is how far back the store reaches.
func (s *store) keeps() time.Duration {
	if s.large() {
		return keepCoarseLarge
	}
	return keepCoarse
}

// edge is a length of time at whose multiples no cell is cut, whatever its age.
func (s *store) edge() time.Duration {
	if s.large() {
		return hourSpan
	}
	return coarseSpan
}

// age folds and drops what is old at the given time.
func (s *store) age(now time.Time) {
	keepF, keepC := keepFine, s.keeps()
	hours := int64(0)
	if s.large() {
		keepF = keepFineLarge
		hours = now.Add(-keepQuarters).Truncate(hourSpan).Unix()
	}
	fine := now.Add(-keepF).Truncate(coarseSpan).Unix()
	coarse := now.Add(-keepC).Unix()
	for key, sr := range s.series {
		sr.age(fine, hours, coarse)
		if len(sr.cells) == 0 {
			delete(s.series, key)
		}
	}
	for key, n := range s.nodes {
		switch {
		case key.start < coarse:
			delete(s.nodes, key)
		case key.start < fine && n.Span < coarseSpan:
			delete(s.nodes, key)
			start := n.Start.Truncate(coarseSpan)
			into := nodeKey{n.Host, start.Unix(), coarseSpan, n.System}
			sum := s.nodes[into]
			s.nodes[into] = migration.NodeTime{
				Host: n.Host, Start: start, Span: coarseSpan, System: n.System,
				NodeSeconds: sum.NodeSeconds + n.NodeSeconds, Nodes: max(sum.Nodes, n.Nodes),
				DaemonCPU: sum.DaemonCPU + n.DaemonCPU, DaemonMemory: sum.DaemonMemory + n.DaemonMemory,
			}
		}
	}
}

// age drops what is older than coarse, and folds what is older than hours or fine.
func (sr *series) age(fine, hours, coarse int64) {
	old := 0
	for old < len(sr.cells) && sr.cells[old].start < coarse {
		old++
	}
	before := func(limit int64) int {
		i, _ := slices.BinarySearchFunc(sr.cells, bucket{start: limit}, compareCells)
		return max(i, old)
	}
	toHours, toFine := before(hours), before(fine)
	finer := func(span time.Duration) func(bucket) bool {
		return func(c bucket) bool { return time.Duration(c.span)*time.Second < span }
	}
	if old == 0 && !slices.ContainsFunc(sr.cells[:toHours], finer(hourSpan)) &&
		!slices.ContainsFunc(sr.cells[toHours:toFine], finer(coarseSpan)) {
		return
	}
	kept := fold(nil, sr.cells[old:toHours], hourSpan)
	kept = fold(kept, sr.cells[toHours:toFine], coarseSpan)
	// Room for what comes until it is aged again, and no more.
	cells := make([]bucket, 0, len(kept)+len(sr.cells)-toFine+int(coarseSpan/fineSpan))
	sr.cells = append(append(cells, kept...), sr.cells[toFine:]...)
}

// fold appends cells to out, runs of fine ones that lie in the same coarse one as
// their sum.
func fold(out, cells []bucket, into time.Duration) []bucket {
	step := int64(into / time.Second)
	for i := 0; i < len(cells); {
		slot := cells[i].start - cells[i].start%step
		j := i + 1
		for j < len(cells) && int64(cells[j].span) < step && cells[j].start < slot+step {
			j++
		}
		if int64(cells[i].span) >= step {
			out = append(out, cells[i])
			i++
			continue
		}
		s := newSum(slot, int32(step))
		for k := i; k < j; k++ {
			s.add(&cells[k])
		}
		out = append(out, s.packed())
		i = j
	}
	return out
}
