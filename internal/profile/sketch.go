package profile

import (
	"cmp"
	"math"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// bucketWidth is the width of a sketch's buckets in ln: 1 %.
const bucketWidth = 0.01

// maxBuckets and maxBounds limit a sketch to (240 + 2 x 40) x 12 bytes plus its fields,
// which is under 4 KiB. Where there are more buckets the smallest are merged: the upper end
// decides the limit.
const (
	maxBuckets = 240
	maxBounds  = 40
)

// bucket counts runs whose peak lies in [exp(index w), exp((index+1) w)) bytes, and the
// seconds that they took.
type bucket struct {
	index   int32
	runs    uint32
	seconds float32
}

// sketch holds the peaks of runs. Exact peaks and bounds are separate. The order of runs
// does not matter.
type sketch struct {
	exact, over, under []bucket // sorted by index
	// The extremes of exact peaks, of the others, and the largest limit at which a run
	// was killed, in bytes. They are exact, not bucketed.
	smallest, largest, largestOver, killed float64

	runs int // all runs, bounds included
	// completed may have got to their end, kills were killed for memory, ended were evicted or stopped
	// for reasons that are not theirs.
	completed, kills, ended int
	seconds                 float64
}

// add counts one run that took some seconds. A peak that is no size is not counted.
func (s *sketch) add(peak migration.Bytes, bound migration.Bound, seconds float64) {
	if peak <= 0 {
		return
	}
	x := float64(peak)
	index := int32(math.Floor(math.Log(x) / bucketWidth))
	switch bound {
	case migration.Exact:
		s.exact = count(s.exact, index, seconds, maxBuckets)
		s.largest = max(s.largest, x)
		if s.smallest == 0 || x < s.smallest {
			s.smallest = x
		}
	case migration.AtMost:
		s.under = count(s.under, index, seconds, maxBounds)
	default:
		s.over = count(s.over, index, seconds, maxBounds)
		s.largestOver = max(s.largestOver, x)
	}
	s.runs++
	s.seconds += seconds
}

// kill counts a run that was killed for memory at a limit: its peak is the limit or
// more.
func (s *sketch) kill(limit migration.Bytes, seconds float64) {
	s.add(limit, migration.AtLeast, seconds)
	s.killed = max(s.killed, float64(limit))
	if limit > 0 {
		s.kills++
	}
}

// count adds a run to its bucket.
func count(in []bucket, index int32, seconds float64, most int) []bucket {
	i, found := slices.BinarySearchFunc(in, index, func(b bucket, at int32) int { return int(b.index - at) })
	if !found {
		in = slices.Insert(in, i, bucket{index: index})
	}
	in[i].runs++
	in[i].seconds += float32(seconds)
	if len(in) > most {
		in[1].runs += in[0].runs
		in[1].seconds += in[0].seconds
		in = slices.Delete(in, 0, 1)
	}
	return in
}

// join adds buckets to others; both are sorted.
func join(to, from []bucket, most int) []bucket {
	all := make([]bucket, 0, len(to)+len(from))
	for len(to) > 0 || len(from) > 0 {
		switch {
		case len(from) == 0 || len(to) > 0 && to[0].index < from[0].index:
			all, to = append(all, to[0]), to[1:]
		case len(to) == 0 || from[0].index < to[0].index:
			all, from = append(all, from[0]), from[1:]
		default:
			all = append(all, bucket{to[0].index, to[0].runs + from[0].runs, to[0].seconds + from[0].seconds})
			to, from = to[1:], from[1:]
		}
	}
	if extra := len(all) - most; extra > 0 {
		for _, b := range all[:extra] {
			all[extra].runs += b.runs
			all[extra].seconds += b.seconds
		}
		all = slices.Clone(all[extra:])
	}
	return all
}

// middle is the size in the middle of a bucket.
func middle(index int32) float64 { return math.Exp((float64(index) + 0.5) * bucketWidth) }

// appendPoints appends the sketch as points of weight 1 per run, sorted. Bounds are used as
// bounds. A run known to have taken at least L is spread over the exact peaks from L up, as
// Kaplan and Meier do with censored times. Without such peaks it took more than everything
// seen: 1.3 L after a kill, which is where a retry is tried, or 1.1 L after a sample. A run
// known to have taken at most U is spread over the exact peaks up to U, or is placed at U.
func (s *sketch) appendPoints(to []point) []point {
	first := len(to)
	for _, b := range s.exact {
		x := min(max(middle(b.index), s.smallest), s.largest)
		to = append(to, point{x: x, ln: math.Log(x), w: float64(b.runs), wt: float64(b.seconds)})
	}
	exact := to[first:]
	if n := len(exact); n > 0 {
		// What is called the largest is never a bucket less.
		exact[n-1].x, exact[n-1].ln = s.largest, math.Log(s.largest)
	}
	var beyond point
	beyond.x = max(1.1*s.largestOver, 1.3*s.killed)
	// From the smallest bound up: what a lower one gave to a peak counts when a
	// higher one is spread.
	for _, b := range s.over {
		from := search(exact, float64(b.index)*bucketWidth)
		if !spread(exact[from:], b) {
			beyond.w += float64(b.runs)
			beyond.wt += float64(b.seconds)
		}
	}
	for i := len(s.under) - 1; i >= 0; i-- {
		b := s.under[i]
		if !spread(exact[:search(exact, float64(b.index+1)*bucketWidth)], b) {
			x := middle(b.index)
			to = append(to, point{x: x, ln: math.Log(x), w: float64(b.runs), wt: float64(b.seconds)})
		}
	}
	if beyond.w > 0 {
		beyond.ln = math.Log(beyond.x)
		to = append(to, beyond)
	}
	sortPoints(to[first:])
	return to
}

func sortPoints(p []point) {
	slices.SortFunc(p, func(a, b point) int { return cmp.Compare(a.x, b.x) })
}

// search is the place of the first point at ln or above.
func search(p []point, ln float64) int {
	i, _ := slices.BinarySearchFunc(p, ln, func(p point, at float64) int {
		if p.ln < at {
			return -1
		}
		return 1
	})
	return i
}

// spread gives the runs of a bucket to points in proportion to their weight; it
// reports whether there were any.
func spread(over []point, b bucket) bool {
	var sum float64
	for i := range over {
		sum += over[i].w
	}
	if sum == 0 {
		return false
	}
	for i := range over {
		share := over[i].w / sum
		over[i].w += share * float64(b.runs)
		over[i].wt += share * float64(b.seconds)
	}
	return true
}

func (s *sketch) clone() sketch {
	c := *s
	c.exact, c.over, c.under = slices.Clone(s.exact), slices.Clone(s.over), slices.Clone(s.under)
	return c
}
