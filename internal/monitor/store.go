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

// store keeps what happened in memory, in buckets that late data repairs in
// place: an Activity replaces the one of the same key, start and span. It is
// bounded: minutes older than keepFine are folded into quarters of an hour, and
// what is older than keepCoarse is dropped. It belongs to one goroutine.
type store struct {
	series map[migration.Key]*series
	nodes  map[nodeKey]migration.NodeTime

	// Thousands of buckets share a few evidences and hosts.
	evidences map[migration.Evidence]*migration.Evidence
	hosts     map[migration.Host]*migration.Host
	places    map[migration.Place]*migration.Place
}

type nodeKey struct {
	host  migration.Host
	start int64
	span  time.Duration
}

// series is the buckets of one key, sorted by start and without overlap.
type series struct {
	cells []cell
}

// cell is an Activity without its key, packed: there are hundreds for each key.
type cell struct {
	start int64 // Unix seconds
	span  int32 // seconds
	final bool

	evidence                                              *migration.Evidence
	runs, failures                                        int64
	attempts, throttled, timedOut, oomKilled, concurrency migration.Opt[int64]
	duration                                              *migration.Distribution[time.Duration]
	startUp                                               *migration.Distribution[time.Duration]
	peakMemory                                            *migration.Distribution[migration.Bytes]
	invoked                                               []invoked
	held                                                  []held
}

// invoked is a migration.Invoked with its place shared. There are several where
// a function changed its architecture or where functions were added up.
type invoked struct {
	place    *migration.Place
	known    *migration.Evidence // of billed
	requests int64
	billed   migration.MBMillis
}

// held is a migration.Held with its host shared.
type held struct {
	host                                    *migration.Host
	podSeconds, shortOfMinute, usageSeconds int64
	cpu                                     migration.MilliCPUSeconds
	memory                                  migration.KiBSeconds
	usedCPU                                 migration.Opt[migration.MilliCPUSeconds]
	usedMemory                              migration.Opt[migration.KiBSeconds]
}

func (h *held) unpack() migration.Held {
	return migration.Held{
		Host: *h.host, PodSeconds: h.podSeconds, ShortOfMinute: h.shortOfMinute, UsageSeconds: h.usageSeconds,
		CPU: h.cpu, Memory: h.memory, UsedCPU: h.usedCPU, UsedMemory: h.usedMemory,
	}
}

func newStore() *store {
	return &store{
		series:    map[migration.Key]*series{},
		nodes:     map[nodeKey]migration.NodeTime{},
		evidences: map[migration.Evidence]*migration.Evidence{},
		hosts:     map[migration.Host]*migration.Host{},
		places:    map[migration.Place]*migration.Place{},
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
	sr := s.series[a.Key]
	if sr == nil {
		sr = &series{}
		s.series[a.Key] = sr
	}
	sr.put(s.pack(a))
	return true
}

func (s *store) pack(a *migration.Activity) cell {
	c := cell{
		start: a.Start.Unix(), span: int32(a.Span / time.Second), final: a.Final,
		evidence: intern(s.evidences, a.Evidence),
		runs:     a.Runs, failures: a.Failures, attempts: a.Attempts,
		throttled: a.Throttled, timedOut: a.TimedOut, oomKilled: a.OOMKilled, concurrency: a.MaxConcurrency,
		duration: nonEmpty(a.Duration), startUp: nonEmpty(a.StartUp), peakMemory: nonEmpty(a.PeakMemory),
	}
	if a.Invoked != nil {
		known := c.evidence
		if a.Invoked.Known != (migration.Evidence{}) {
			known = intern(s.evidences, a.Invoked.Known)
		}
		c.invoked = []invoked{{intern(s.places, a.Invoked.Place), known, a.Invoked.Requests, a.Invoked.Billed}}
	}
	for i := range a.Held {
		h := &a.Held[i]
		c.held = append(c.held, held{
			host:       intern(s.hosts, h.Host),
			podSeconds: h.PodSeconds, shortOfMinute: h.ShortOfMinute, usageSeconds: h.UsageSeconds,
			cpu: h.CPU, memory: h.Memory, usedCPU: h.UsedCPU, usedMemory: h.UsedMemory,
		})
	}
	slices.SortFunc(c.held, func(a, b held) int { return compareHosts(*a.host, *b.host) })
	return c
}

func nonEmpty[T ~int64](d migration.Distribution[T]) *migration.Distribution[T] {
	if d.Count() == 0 {
		return nil
	}
	return &d
}

func compareCells(a, b cell) int { return int(a.start - b.start) }

// put inserts c in order, or in the place of the cell of the same start. Most
// cells are the newest one or near it.
func (sr *series) put(c cell) {
	i := len(sr.cells)
	for i > 0 && sr.cells[i-1].start >= c.start {
		if i--; len(sr.cells)-i > 64 { // far back: history in any order
			i, _ = slices.BinarySearchFunc(sr.cells, c, compareCells)
			break
		}
	}
	if i < len(sr.cells) && sr.cells[i].start == c.start {
		if sr.cells[i].span <= c.span { // else it was folded, see below
			sr.cells[i] = c
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

// upsertNode takes node time in; it replaces what was there.
func (s *store) upsertNode(n migration.NodeTime) {
	s.nodes[nodeKey{n.Host, n.Start.Unix(), n.Span}] = n
}

// age folds and drops what is old at the given time.
func (s *store) age(now time.Time) {
	fine := now.Add(-keepFine).Truncate(coarseSpan).Unix()
	coarse := now.Add(-keepCoarse).Unix()
	for key, sr := range s.series {
		sr.age(fine, coarse)
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
			into := nodeKey{n.Host, start.Unix(), coarseSpan}
			sum := s.nodes[into]
			s.nodes[into] = migration.NodeTime{
				Host: n.Host, Start: start, Span: coarseSpan,
				NodeSeconds: sum.NodeSeconds + n.NodeSeconds, Nodes: max(sum.Nodes, n.Nodes),
			}
		}
	}
}

func (sr *series) age(fine, coarse int64) {
	old := 0
	for old < len(sr.cells) && sr.cells[old].start < coarse {
		old++
	}
	end := old
	for end < len(sr.cells) && sr.cells[end].start < fine {
		end++
	}
	isFine := func(c cell) bool { return time.Duration(c.span)*time.Second < coarseSpan }
	if old == 0 && !slices.ContainsFunc(sr.cells[:end], isFine) {
		return
	}
	sr.cells = append(fold(sr.cells[old:end]), sr.cells[end:]...)
}

// fold merges runs of fine cells that lie in the same coarse one.
func fold(cells []cell) []cell {
	const step = int64(coarseSpan / time.Second)
	out := make([]cell, 0, len(cells))
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
		out = append(out, merge(cells[i:j], slot, int32(step)))
		i = j
	}
	return out
}

func merge(cells []cell, start int64, span int32) cell {
	out := cell{start: start, span: span, final: true, evidence: cells[0].evidence}
	last := out.evidence
	var durations, startUps []migration.Distribution[time.Duration]
	var peaks []migration.Distribution[migration.Bytes]
	for i := range cells {
		c := &cells[i]
		out.final = out.final && c.final
		if c.evidence != last { // most cells share theirs
			last = c.evidence
			both := out.evidence.And(*last)
			out.evidence = &both
		}
		out.runs += c.runs
		out.failures += c.failures
		out.attempts = migration.Plus(out.attempts, c.attempts)
		out.throttled = migration.Plus(out.throttled, c.throttled)
		out.timedOut = migration.Plus(out.timedOut, c.timedOut)
		out.oomKilled = migration.Plus(out.oomKilled, c.oomKilled)
		out.concurrency = migration.Larger(out.concurrency, c.concurrency)
		durations = appendKnown(durations, c.duration)
		startUps = appendKnown(startUps, c.startUp)
		peaks = appendKnown(peaks, c.peakMemory)
		out.invoked = mergeInvoked(out.invoked, c.invoked)
		out.held = mergeHeld(out.held, c.held)
	}
	out.duration = nonEmpty(migration.Merge(durations...))
	out.startUp = nonEmpty(migration.Merge(startUps...))
	out.peakMemory = nonEmpty(migration.Merge(peaks...))
	return out
}

func appendKnown[T ~int64](ds []migration.Distribution[T], d *migration.Distribution[T]) []migration.Distribution[T] {
	if d != nil {
		ds = append(ds, *d)
	}
	return ds
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
	}
	return into
}

// mergeHeld adds what pods held, kind of host by kind of host. There are a few
// kinds, so that looking along the slice is faster than a map.
func mergeHeld(into, more []held) []held {
	for i := range more {
		m := &more[i]
		at := slices.IndexFunc(into, func(h held) bool { return h.host == m.host })
		if at < 0 {
			into = append(into, *m)
			continue
		}
		h := &into[at]
		h.podSeconds += m.podSeconds
		h.shortOfMinute += m.shortOfMinute
		h.usageSeconds += m.usageSeconds
		h.cpu += m.cpu
		h.memory += m.memory
		h.usedCPU = migration.Plus(h.usedCPU, m.usedCPU)
		h.usedMemory = migration.Plus(h.usedMemory, m.usedMemory)
	}
	return into
}
