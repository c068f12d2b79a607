package migration

import "github.com/DataDog/sketches-go/ddsketch"

// packed is a pair of sketches as a list of their bins. A sketch is made for
// adding, and takes a kilobyte or two for the twenty bins that a quarter of an hour
// of one function has.
type packed struct {
	same              bool // both sketches are one
	zeroLow, zeroHigh float64
	bins              []bin
}

// bin is one bin of both sketches.
type bin struct {
	index     int32
	low, high float64
}

// Pack returns the same distribution in less memory. Reading and merging it takes
// longer; nothing else differs.
func (d Distribution[T]) Pack() Distribution[T] {
	if d.low == nil {
		return d
	}
	p := &packed{same: d.low == d.high, zeroLow: d.low.GetZeroCount(), zeroHigh: d.high.GetZeroCount()}
	// Both go by rising index.
	d.low.GetPositiveValueStore().ForEach(func(index int, count float64) bool {
		p.bins = append(p.bins, bin{index: int32(index), low: count})
		return false
	})
	if p.same {
		for i := range p.bins {
			p.bins[i].high = p.bins[i].low
		}
	} else {
		lows := p.bins
		p.bins = make([]bin, 0, 2*len(lows))
		d.high.GetPositiveValueStore().ForEach(func(index int, count float64) bool {
			for len(lows) > 0 && int(lows[0].index) < index {
				p.bins, lows = append(p.bins, lows[0]), lows[1:]
			}
			b := bin{index: int32(index), high: count}
			if len(lows) > 0 && int(lows[0].index) == index {
				b.low, lows = lows[0].low, lows[1:]
			}
			p.bins = append(p.bins, b)
			return false
		})
		p.bins = append(p.bins, lows...)
	}
	p.bins = append(make([]bin, 0, len(p.bins)), p.bins...) // no larger than it must be
	d.low, d.high, d.packed = nil, nil, p
	return d
}

// unpack is the opposite of Pack.
func (d Distribution[T]) unpack() Distribution[T] {
	if d.packed == nil {
		return d
	}
	d.low = newSketch()
	d.high = d.low
	if !d.packed.same {
		d.high = newSketch()
	}
	d.packed.addTo(d.low, d.high)
	d.packed = nil
	return d
}

func (p *packed) addTo(low, high *ddsketch.DDSketch) {
	add := func(s *ddsketch.DDSketch, zero float64, count func(bin) float64) {
		if zero > 0 {
			_ = s.AddWithCount(0, zero) // zero is within every sketch's range
		}
		bins := s.GetPositiveValueStore()
		for _, b := range p.bins {
			if n := count(b); n > 0 {
				bins.AddWithCount(int(b.index), n)
			}
		}
	}
	add(low, p.zeroLow, func(b bin) float64 { return b.low })
	if high != low {
		add(high, p.zeroHigh, func(b bin) float64 { return b.high })
	}
}

// Merger merges distributions one by one, with the same result as [Merge] of all of them, without holding all of them in
// one slice. The zero value is ready to use.
type Merger[T ~int64] struct{ held []Distribution[T] }

// mergedAtOnce is how many distributions a Merger holds before it adds them up.
const mergedAtOnce = 512

// Add adds one.
func (m *Merger[T]) Add(d Distribution[T]) {
	if d.weight == 0 {
		return
	}
	if len(m.held) == mergedAtOnce {
		m.held = append(m.held[:0], Merge(m.held...))
	}
	m.held = append(m.held, d)
}

// Distribution is the sum of what was added.
func (m *Merger[T]) Distribution() Distribution[T] { return Merge(m.held...) }
