package cutover

import (
	"hash/fnv"
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// unknown is a count of a cell that is not known.
const unknown = -1

// cell is a Minute, packed: a watch keeps those that late data may still repair.
type cell struct {
	at    int32 // minutes since 1970
	have  have
	state Reading
	side  [2]sideCell
	queue queueCell
}

// have is a set of the parts of a cell that are final.
type have uint8

const (
	haveBlue have = 1 << iota
	haveGreen
	haveQueue
)

// haveSide is the part of a side.
func haveSide(s Side) have { return haveBlue << s }

// both reports whether both sides are final.
func (c *cell) both() bool { return c.have&(haveBlue|haveGreen) == haveBlue|haveGreen }

// sideCell is a SideMinute. Counts are -1 where they are unknown.
type sideCell struct {
	runs, failures                                        int32
	messages, failed, empty, startUp                      int32 // startUp is the longest, in seconds
	timedOut, killed, images, evicted, throttled, dropped int32
	timed, over95, over99                                 int32 // runs of known run time, and those over the lines at least
	pendingP95, lines                                     int32 // pendingP95 in seconds
	timeoutRatio, memoryRatio, concurrency                float32
	version                                               uint64 // 0 where it was not read
}

// queueCell is a QueueMinute. Counts are -1 where they are unknown; oldest is in seconds.
type queueCell struct {
	sent, received, deletedBlue, deletedGreen int32
	depth, blueDepth, inFlight, oldest        int32
	deadBlue, deadGreen, deadShared           int32
}

// minuteOf is a time in minutes since 1970.
func minuteOf(t time.Time) int32 {
	m := t.Unix() / 60
	if t.Unix()%60 < 0 {
		m--
	}
	return int32(min(max(m, 0), math.MaxInt32))
}

// timeOf is the beginning of a minute.
func timeOf(minute int32) time.Time { return time.Unix(int64(minute)*60, 0).UTC() }

// count packs a count; a negative one is none.
func count(n int64) int32 { return int32(min(max(n, 0), math.MaxInt32)) }

// optional packs a count that may be unknown.
func optional(o migration.Opt[int64]) int32 {
	n, ok := o.Get()
	if !ok {
		return unknown
	}
	return count(n)
}

// seconds packs a duration that may be unknown.
func seconds(o migration.Opt[time.Duration]) int32 {
	return optional(migration.Map(o, func(d time.Duration) int64 { return int64(d / time.Second) }))
}

// share packs a ratio that may be unknown.
func share(o migration.Opt[migration.Ratio]) float32 {
	r, ok := o.Get()
	if !ok || !(r >= 0) {
		return unknown
	}
	return float32(min(r, 1e6))
}

// pack packs what is final of a minute. The lines are those of the step that the minute is in.
func pack(m *Minute, line95, line99 time.Duration) cell {
	c := cell{at: minuteOf(m.Start)}
	for _, s := range [...]Side{Blue, Green} {
		if p := m.side(s); p.Read && p.Final {
			c.have |= haveSide(s)
			c.side[s] = packSide(p, line95, line99)
		}
	}
	q := &m.Queue
	if q.State == NoQueue || !q.Final {
		return c
	}
	c.have |= haveQueue
	c.state = q.State
	switch q.State {
	case QueueRead:
		c.queue = queueCell{
			count(q.Sent), count(q.Received), count(q.DeletedBlue), count(q.DeletedGreen),
			optional(q.Depth), optional(q.BlueDepth), optional(q.InFlight), seconds(q.Oldest),
			count(q.DeadBlue), count(q.DeadGreen), count(q.DeadShared),
		}
	case QueueAsleep: // nothing moves, and nothing waits
	default:
		c.queue = queueCell{depth: unknown, blueDepth: unknown, inFlight: unknown, oldest: unknown}
	}
	return c
}

// packSide packs one side.
func packSide(p *SideMinute, line95, line99 time.Duration) sideCell {
	c := sideCell{
		runs: count(p.Runs), failures: count(min(p.Failures, p.Runs)),
		messages: optional(p.Messages), failed: optional(p.FailedMessages), empty: optional(p.Empty), startUp: seconds(p.StartUp.Max()),
		timedOut: optional(p.TimedOut), killed: optional(p.OOMKilled), images: optional(p.ImagePull), evicted: optional(p.Evicted),
		throttled: optional(p.Throttled), dropped: optional(p.Dropped),
		pendingP95: seconds(p.PendingP95), lines: optional(p.LogLines),
		timeoutRatio: share(p.TimeoutRatio), memoryRatio: share(p.MemoryRatio), concurrency: share(p.Concurrency),
	}
	if line95 > 0 {
		if above, ok := p.Duration.Above(line95).Get(); ok {
			c.timed, c.over95 = count(p.Duration.Count()), count(above.Low)
			if above, ok = p.Duration.Above(line99).Get(); ok && line99 > 0 {
				c.over99 = count(above.Low)
			}
		}
	}
	if p.Version != "" {
		h := fnv.New64a()
		_, _ = h.Write([]byte(p.Version))
		c.version = max(h.Sum64(), 1)
	}
	return c
}

// merge takes over what a later copy of the same minute has. What a copy could not read stays. It reports whether anything
// changed.
func (c *cell) merge(later *cell) (changed bool) {
	for _, s := range [...]Side{Blue, Green} {
		if later.have&haveSide(s) == 0 {
			continue
		}
		if later.side[s].version == 0 { // not read: no change
			later.side[s].version = c.side[s].version
		}
		if c.have&haveSide(s) == 0 || c.side[s] != later.side[s] {
			c.side[s], changed = later.side[s], true
		}
	}
	if later.have&haveQueue != 0 {
		readable := c.have&haveQueue != 0 && (c.state == QueueRead || c.state == QueueAsleep)
		lost := later.state == QueueDenied || later.state == QueueFailed
		if (!lost || !readable) && (c.have&haveQueue == 0 || c.queue != later.queue || c.state != later.state) {
			c.queue, c.state, changed = later.queue, later.state, true
		}
	}
	c.have |= later.have
	return changed
}

// Baseline is the line that green's run times are compared with: blue's own percentiles in the final minutes before a step,
// at their upper bounds where CloudWatch gives percentiles alone, and a standard error higher in rank: a line that few
// runs put too low would call healthy runs slow. It returns the step with the line; without
// enough runs there is none.
func (s Step) Baseline(before migration.Distribution[time.Duration]) Step {
	s.LineRuns = before.Count()
	s.Line95, s.Line99 = 0, 0
	if s.LineRuns < minBaseline {
		return s
	}
	line := func(tail float64) time.Duration {
		q := 1 - tail + math.Sqrt(tail*(1-tail)/float64(s.LineRuns))
		return before.Quantile(min(q, 1)).Or(migration.Bounds[time.Duration]{}).High
	}
	s.Line95, s.Line99 = line(tail95), line(tail99)
	return s
}
