package migration

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// The kinds of stored distributions. A kind that was written is never given another meaning.
const (
	codeEmpty = iota
	codeValues
	codePoints
	codePointsPart
	codeBins
	codeBinsSame
)

// Limits of what is read: no distribution that [AppendDistribution] writes reaches them. A bin of the sketch with this index
// is beyond the largest int64.
const (
	largestBin   = 4096
	largestCount = 1 << 60
)

var errDistribution = errors.New("damaged distribution")

// AppendDistribution appends a distribution to b in its stored form, which [ReadDistribution] reads. Equal distributions have
// equal bytes; a sketch is written as [Distribution.Pack] packs it.
func AppendDistribution[T ~int64](b []byte, d Distribution[T]) []byte {
	d = d.Pack()
	switch {
	case d.weight == 0:
		return append(b, codeEmpty)
	case d.points != nil:
		return appendPoints(b, d.points)
	case d.values != nil:
		b = append(b, codeValues)
		b = binary.AppendUvarint(b, uint64(len(d.values)))
		last := T(0)
		for _, v := range d.values { // rising
			b = binary.AppendUvarint(b, uint64(v-last))
			last = v
		}
		return b
	}
	p := d.packed
	if p.same {
		b = append(b, codeBinsSame)
	} else {
		b = append(b, codeBins)
	}
	b = binary.AppendUvarint(b, uint64(d.count))
	b = AppendFloat(b, d.weight)
	b = AppendFloat(b, d.sum)
	b = binary.AppendVarint(b, int64(d.min))
	b = binary.AppendVarint(b, int64(d.max))
	b = AppendFloat(b, p.zeroLow)
	if !p.same {
		b = AppendFloat(b, p.zeroHigh)
	}
	b = binary.AppendUvarint(b, uint64(len(p.bins)))
	last := int32(-largestBin)
	for _, one := range p.bins {
		b = binary.AppendUvarint(b, uint64(one.index-last))
		b = AppendFloat(b, one.low)
		if !p.same {
			b = AppendFloat(b, one.high)
		}
		last = one.index
	}
	return b
}

func appendPoints[T ~int64](b []byte, p *Points[T]) []byte {
	if p.Part == nil {
		b = append(b, codePoints)
	} else {
		b = append(b, codePointsPart)
	}
	b = binary.AppendUvarint(b, uint64(p.Count))
	b = binary.AppendVarint(b, int64(p.Sum))
	b = binary.AppendUvarint(b, uint64(p.P50))
	b = binary.AppendUvarint(b, uint64(p.P95-p.P50))
	b = binary.AppendUvarint(b, uint64(p.P99-p.P95))
	b = binary.AppendUvarint(b, uint64(p.Max-p.P99))
	if p.Part != nil {
		b = binary.AppendUvarint(b, uint64(p.Part.Of))
		b = AppendFloat(b, p.Part.Share)
	}
	return b
}

// ReadDistribution reads what [AppendDistribution] wrote at the start of b, and returns the rest of b. Bytes that are no
// distribution are an error, and never one that fails later.
func ReadDistribution[T ~int64](b []byte) (Distribution[T], []byte, error) {
	r := PackedReader{Rest: b}
	d := readDistribution[T](&r)
	if r.Bad {
		return Distribution[T]{}, nil, errDistribution
	}
	return d, r.Rest, nil
}

func readDistribution[T ~int64](r *PackedReader) (d Distribution[T]) {
	kind := r.Byte()
	switch kind {
	case codeEmpty:
		return d
	case codeValues:
		n := r.Count(exactValues)
		if n == 0 {
			r.Bad = true
			return d
		}
		values := make([]T, n)
		last := T(0)
		for i := range values {
			last += T(r.Count(math.MaxInt64))
			values[i] = last
			r.Bad = r.Bad || last < 0
		}
		return Sample(values...)
	case codePoints, codePointsPart:
		p := &Points[T]{Count: int64(r.Count(largestCount)), Sum: T(r.Signed())}
		p.P50 = T(r.Count(math.MaxInt64))
		p.P95 = p.P50 + T(r.Count(math.MaxInt64))
		p.P99 = p.P95 + T(r.Count(math.MaxInt64))
		p.Max = p.P99 + T(r.Count(math.MaxInt64))
		if kind == codePointsPart {
			p.Part = &Part{Of: int64(r.Count(largestCount)), Share: r.Float()}
		}
		if r.Bad = r.Bad || !p.Part.fits(p.Count) || p.P95 < p.P50 || p.P99 < p.P95 || p.Max < p.P99; r.Bad {
			return d
		}
		return SummarizedAt(p)
	case codeBins, codeBinsSame:
		return readBins[T](r, kind == codeBinsSame)
	}
	r.Bad = true
	return d
}

func readBins[T ~int64](r *PackedReader, same bool) (d Distribution[T]) {
	d.count, d.weight, d.sum = int64(r.Count(largestCount)), r.Float(), r.Float()
	d.min, d.max = T(r.Signed()), T(r.Signed())
	p := &packed{same: same, zeroLow: r.Float()}
	p.zeroHigh = p.zeroLow
	if !same {
		p.zeroHigh = r.Float()
	}
	n := r.Count(2 * largestBin)
	low, high := p.zeroLow, p.zeroHigh
	p.bins = slices.Grow(p.bins, min(int(n), len(r.Rest)/2))
	index := int64(-largestBin)
	for range n {
		index += int64(r.Count(2 * largestBin))
		one := bin{index: int32(index), low: r.Float()}
		one.high = one.low
		if !same {
			one.high = r.Float()
		}
		if r.Bad = r.Bad || index > largestBin || len(p.bins) > 0 && p.bins[len(p.bins)-1].index >= one.index; r.Bad {
			return d
		}
		low, high = low+one.low, high+one.high
		p.bins = append(p.bins, one)
	}
	if r.Bad = r.Bad || d.weight <= 0 || low <= 0 || high <= 0 || d.max < 0; r.Bad {
		return d
	}
	d.packed = p
	return d
}
