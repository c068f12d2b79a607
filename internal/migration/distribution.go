package migration

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/DataDog/sketches-go/ddsketch"
	"github.com/DataDog/sketches-go/ddsketch/mapping"
	"github.com/DataDog/sketches-go/ddsketch/store"
)

// SketchError is the relative error of a quantile that was read from more than
// exactValues merged values.
const SketchError = 0.01

// exactValues is how many values a distribution keeps as they are before it
// changes to sketches: a Job that runs twice a day is never approximated, and a
// minute bucket of a few runs costs a few bytes instead of a sketch.
const exactValues = 32

// Bounds are a lower and an upper bound of a value that is not known exactly.
type Bounds[T ~int64] struct {
	Low  T `json:"low" wire:"low"`   // The lower bound.
	High T `json:"high" wire:"high"` // The upper bound. Equal to low where the value is known exactly.
}

// Tight reports whether the two ends differ by at most 10 % of the upper one,
// so that High may be printed alone without misleading anyone.
func (b Bounds[T]) Tight() bool { return float64(b.High-b.Low) <= 0.1*math.Abs(float64(b.High)) }

// Distribution is the distribution of a quantity, such as run times or memory peaks. It is an immutable value; the zero
// value is empty and unknown. It stores few values exactly, a period of CloudWatch statistics as received, and otherwise
// a pair of DDSketches that bound every quantile from both sides.
type Distribution[T ~int64] struct {
	count    int64
	weight   float64 // how much it counts when merged: count, but for shares by weight
	sum      float64
	min, max T
	values   []T        // sorted; all values, while there are few
	points   *Points[T] // one period as CloudWatch summarized it
	low      *ddsketch.DDSketch
	high     *ddsketch.DDSketch // the same sketch as low where values were exact
	packed   *packed            // both sketches in a tenth of the memory; see Pack
}

// Sample makes a distribution of measured values. Negative values, which no
// quantity here can have, are left out.
func Sample[T ~int64](values ...T) Distribution[T] {
	kept := make([]T, 0, len(values))
	for _, v := range values {
		if v >= 0 {
			kept = append(kept, v)
		}
	}
	if len(kept) == 0 {
		return Distribution[T]{}
	}
	slices.Sort(kept)
	d := Distribution[T]{count: int64(len(kept)), min: kept[0], max: kept[len(kept)-1], values: kept, weight: float64(len(kept))}
	for _, v := range kept {
		d.sum += float64(v)
	}
	if len(kept) > exactValues {
		return Merge(d)
	}
	return d
}

// Summarized returns the distribution of CloudWatch statistics of one period. Points without a count, or out of order,
// which valid statistics never are, give the empty distribution.
func Summarized[T ~int64](p Points[T]) Distribution[T] {
	if !p.Part.fits(p.Count) || p.P50 < 0 || p.P50 > p.P95 || p.P95 > p.P99 || p.P99 > p.Max {
		return Distribution[T]{}
	}
	if p.Count == 1 && p.Part == nil { // the one value is the maximum, whatever was interpolated
		return Sample(p.Max)
	}
	return SummarizedAt(&p)
}

// SummarizedAt is [Summarized] without a copy: it keeps p, which must not change afterwards.
func SummarizedAt[T ~int64](p *Points[T]) Distribution[T] {
	return Distribution[T]{count: p.Count, weight: p.weight(), sum: float64(p.Sum), max: p.Max, points: p}
}

// Points returns the statistics of the one period that the distribution was made from, nil if it was made from anything
// else.
func (d Distribution[T]) Points() *Points[T] { return d.points }

// Merge adds distributions up. Of exact values the result stays exact or is a
// sketch of [SketchError]; of CloudWatch's points it encloses the true quantiles,
// since each point bounds a known share of its period's values from both sides.
func Merge[T ~int64](ds ...Distribution[T]) Distribution[T] {
	var out Distribution[T]
	first, parts, exact := true, 0, true
	var only Distribution[T]
	for _, d := range ds {
		if d.weight == 0 {
			continue
		}
		parts, only = parts+1, d
		out.count += d.count
		out.weight += d.weight
		out.sum += d.sum
		out.max = max(out.max, d.max)
		if first || d.min < out.min {
			out.min = d.min
		}
		first = false
		exact = exact && d.values != nil
	}
	if parts == 0 || (parts == 1 && (only.low != nil || only.points != nil || only.packed != nil)) {
		return only
	}
	if exact && out.count <= exactValues {
		for _, d := range ds {
			out.values = append(out.values, d.values...)
		}
		slices.Sort(out.values)
		return out
	}
	out.low = newSketch()
	out.high = out.low
	for _, d := range ds { // exact parts first would not matter: adding commutes
		if d.points != nil || d.low != d.high || (d.packed != nil && !d.packed.same) {
			out.high = newSketch()
			break
		}
	}
	for _, d := range ds {
		d.addTo(out.low, out.high)
	}
	out.flush()
	return out
}

// flush makes reading free of writes, so that many may read at once: the store
// keeps recent values unsorted and sorts them in place when it is first asked.
func (d Distribution[T]) flush() {
	d.at(d.low, 0)
	d.at(d.high, 0)
}

func newSketch() *ddsketch.DDSketch {
	m, err := mapping.NewLogarithmicMapping(SketchError)
	if err != nil {
		panic(err) // SketchError is a constant between 0 and 1
	}
	return ddsketch.NewDDSketch(m, store.NewBufferedPaginatedStore(), store.NewBufferedPaginatedStore())
}

// addTo adds d to a pair of sketches; they are the same one while all is exact.
func (d Distribution[T]) addTo(low, high *ddsketch.DDSketch) {
	add := func(s *ddsketch.DDSketch, v T, n float64) {
		// Values and counts are not negative and far below the sketch's
		// range, which are its only reasons to refuse.
		_ = s.AddWithCount(float64(max(v, 0)), n)
	}
	switch {
	case d.weight == 0:
	case d.points != nil:
		lows, highs := d.points.bounds()
		for i := range lows {
			add(low, lows[i].value, lows[i].n)
			add(high, highs[i].value, highs[i].n)
		}
	case d.values != nil:
		for _, v := range d.values {
			add(low, v, 1)
			if high != low {
				add(high, v, 1)
			}
		}
	case d.packed != nil:
		d.packed.addTo(low, high)
	default:
		// Same mapping on both sides, which is MergeWith's only reason to refuse.
		_ = low.MergeWith(d.low)
		if high != low {
			_ = high.MergeWith(d.high)
		}
	}
}

// Count is the number of values.
func (d Distribution[T]) Count() int64 { return d.count }

// Max is the greatest value, exact.
func (d Distribution[T]) Max() Opt[T] {
	if d.count == 0 {
		return None[T]()
	}
	return Some(d.max)
}

// Sum is the sum of all values.
func (d Distribution[T]) Sum() Opt[T] {
	if d.count == 0 {
		return None[T]()
	}
	return Some(T(math.Round(d.sum)))
}

// Mean is the arithmetic mean.
func (d Distribution[T]) Mean() Opt[T] {
	if d.count == 0 {
		return None[T]()
	}
	return Some(T(math.Round(d.sum / float64(d.count))))
}

// Quantile encloses the q-quantile, q from 0 to 1. Of exact values it is the
// nearest rank: the smallest value with at least a share q at or below it. Of what CloudWatch
// summarized it encloses that and what other rules make of it, which take a neighbour of
// that rank or a value between two: linear interpolation between closest ranks among them.
func (d Distribution[T]) Quantile(q float64) Opt[Bounds[T]] {
	if d.weight == 0 || math.IsNaN(q) {
		return None[Bounds[T]]()
	}
	q = min(max(q, 0), 1)
	switch {
	case d.points != nil:
		return Some(d.points.quantile(q))
	case d.values != nil:
		v := d.values[min(max(int(math.Ceil(q*float64(len(d.values))))-1, 0), len(d.values)-1)]
		return Some(Bounds[T]{v, v})
	}
	if q == 1 && d.low == d.high && (d.packed == nil || d.packed.same) {
		return Some(Bounds[T]{d.max, d.max})
	}
	d = d.unpack()
	if d.low == d.high {
		v := d.at(d.low, q*d.weight*(1-hair))
		if q*d.weight > d.weight-1 {
			return Some(Bounds[T]{min(v, d.max), d.max}) // above the last whole rank a sketch has no narrower bounds
		}
		return Some(Bounds[T]{v, v})
	}
	above, upTo := ranks(q, d.weight)
	low := T(float64(d.at(d.low, above)) / (1 + SketchError))
	high := d.max
	if upTo <= d.weight-1 {
		high = min(T(math.Ceil(float64(d.at(d.high, upTo*(1-hair)))/(1-SketchError))), d.max)
	}
	return Some(Bounds[T]{min(low, high), high})
}

// Above bounds how many of the values are greater than limit; unknown where nothing is known.
func (d Distribution[T]) Above(limit T) Opt[Bounds[int64]] {
	if d.weight == 0 {
		return None[Bounds[int64]]()
	}
	var low, high float64
	switch {
	case d.points != nil:
		lows, highs := d.points.bounds()
		low, high = above(lows, limit), above(highs, limit)
	case d.values != nil:
		n := len(d.values)
		at, _ := slices.BinarySearch(d.values, limit+1)
		return Some(Bounds[int64]{int64(n - at), int64(n - at)})
	default:
		u := d.unpack()
		count := func(s *ddsketch.DDSketch, threshold float64) (sum float64) {
			s.ForEach(func(value, n float64) bool {
				if value > threshold {
					sum += n
				}
				return false
			})
			return sum
		}
		low = count(u.low, float64(limit)*(1+SketchError))
		high = count(u.high, float64(limit)*(1-SketchError))
	}
	least := min(int64(low*(1+hair)), d.count)
	return Some(Bounds[int64]{least, max(least, min(int64(math.Ceil(high*(1-hair))), d.count))})
}

// hair is the share by which a rank is missed on purpose, since ranks of a sketch are sums
// of floats.
const hair = 1e-9

// at returns the smallest value whose cumulative weight exceeds a rank.
func (d Distribution[T]) at(s *ddsketch.DDSketch, rank float64) T {
	n := s.GetCount()
	share := 0.0
	if n > 1 { // the library counts ranks from 0 to n-1
		share = min(max(rank/(n-1), 0), 1)
	}
	v, err := s.GetValueAtQuantile(share)
	if err != nil { // only an empty sketch refuses, and weight says it is not
		return d.max
	}
	return min(T(math.Round(v)), d.max)
}

// Summary is how the values of a distribution spread. A quantile is given as two bounds, since
// the percentiles of CloudWatch cannot be averaged.
type Summary[T ~int64] struct {
	Count int64          `json:"count" wire:"count"` // The number of values.
	Mean  Opt[T]         `json:"mean" wire:"mean"`   // The arithmetic mean.
	P50   Opt[Bounds[T]] `json:"p50" wire:"p50"`     // The median.
	P95   Opt[Bounds[T]] `json:"p95" wire:"p95"`     // The 95th percentile.
	P99   Opt[Bounds[T]] `json:"p99" wire:"p99"`     // The 99th percentile.
	Max   Opt[T]         `json:"max" wire:"max"`     // The largest value, exact.
}

// Summary returns what people read of the distribution.
func (d Distribution[T]) Summary() Summary[T] {
	return Summary[T]{d.count, d.Mean(), d.Quantile(0.5), d.Quantile(0.95), d.Quantile(0.99), d.Max()}
}

// Wire returns the summary for the document, nil where nothing is known.
func (d *Distribution[T]) Wire() any {
	if d.count == 0 {
		return (*Summary[T])(nil)
	}
	s := d.Summary()
	return &s
}

// MarshalJSON encodes the summary, or null where nothing is known.
func (d Distribution[T]) MarshalJSON() ([]byte, error) {
	if d.count == 0 {
		return []byte("null"), nil
	}
	return json.Marshal(d.Summary())
}
