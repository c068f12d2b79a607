package migration

import (
	"math"
	"math/bits"
	"slices"
)

// exactCounts is the number of different values that Counts stores exactly. Above it, values are rounded to seven binary
// digits, which is closer than [SketchError].
const exactCounts = 64

// Counts are values with how often each was seen: what a Distribution is made of,
// in a form that can be kept on disk and added up. The zero value is empty.
type Counts[T ~int64] []Count[T]

// Count is a value that was seen so many times.
type Count[T ~int64] struct {
	Value T     `json:"v"`
	Times int64 `json:"n"`
}

// Add counts a value once more. Negative ones, which no quantity here can have, are
// left out.
func (c *Counts[T]) Add(v T) { c.add(v, 1) }

// Merge adds other counts.
func (c *Counts[T]) Merge(o Counts[T]) {
	for _, one := range o {
		c.add(one.Value, one.Times)
	}
}

func (c *Counts[T]) add(v T, times int64) {
	if v < 0 || times <= 0 {
		return
	}
	if len(*c) >= exactCounts {
		v = rounded(v)
	}
	at, found := slices.BinarySearchFunc(*c, v, func(one Count[T], v T) int { return int(min(max(one.Value-v, -1), 1)) })
	if found {
		(*c)[at].Times += times
		return
	}
	*c = slices.Insert(*c, at, Count[T]{v, times})
	if len(*c) == exactCounts {
		c.round()
	}
}

// round rounds all values, so that from then on there are few different ones.
func (c *Counts[T]) round() {
	out := (*c)[:0]
	for _, one := range *c {
		one.Value = rounded(one.Value)
		if n := len(out); n > 0 && out[n-1].Value == one.Value {
			out[n-1].Times += one.Times
			continue
		}
		out = append(out, one)
	}
	*c = out
}

// rounded is v to seven binary digits, to the nearest.
func rounded[T ~int64](v T) T {
	drop := bits.Len64(uint64(v)) - 7
	if drop <= 0 {
		return v
	}
	half := T(1) << (drop - 1)
	if v > math.MaxInt64-half {
		return v
	}
	return (v + half) >> drop << drop
}

// Total is how many values there are.
func (c Counts[T]) Total() (n int64) {
	for _, one := range c {
		n += one.Times
	}
	return n
}

// Distribution is how the values spread.
func (c Counts[T]) Distribution() Distribution[T] {
	total := c.Total()
	if total == 0 {
		return Distribution[T]{}
	}
	d := Distribution[T]{count: total, weight: float64(total), min: c[0].Value, max: c[len(c)-1].Value}
	for _, one := range c {
		d.sum += float64(one.Value) * float64(one.Times)
	}
	if total <= exactValues {
		for _, one := range c {
			for range one.Times {
				d.values = append(d.values, one.Value)
			}
		}
		return d
	}
	d.low = newSketch()
	d.high = d.low
	for _, one := range c {
		// Values and counts are not negative and far below the sketch's range,
		// which are its only reasons to refuse.
		_ = d.low.AddWithCount(float64(one.Value), float64(one.Times))
	}
	d.flush()
	return d
}
