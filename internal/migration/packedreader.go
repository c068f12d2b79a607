package migration

import (
	"encoding/binary"
	"math"
)

// AppendFloat appends a number that is not negative: a whole one in few bytes, since most counts are, any other in nine.
func AppendFloat(b []byte, f float64) []byte {
	if n := uint64(max(f, 0)); f >= 0 && f < 1<<53 && float64(n) == f {
		return binary.AppendUvarint(b, n<<1)
	}
	b = append(b, 1)
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
}

// PackedReader reads stored numbers and texts from Rest. Bad is set where there are none, and every later answer is zero then.
type PackedReader struct {
	Rest []byte
	Bad  bool
}

// Byte reads one byte.
func (r *PackedReader) Byte() byte {
	if len(r.Rest) == 0 {
		r.Bad = true
		return 0
	}
	c := r.Rest[0]
	r.Rest = r.Rest[1:]
	return c
}

// Count reads what [binary.AppendUvarint] wrote. A greater number than most is bad.
func (r *PackedReader) Count(most uint64) uint64 {
	v, n := binary.Uvarint(r.Rest)
	if n <= 0 || v > most {
		r.Bad, r.Rest = true, nil
		return 0
	}
	r.Rest = r.Rest[n:]
	return v
}

// Signed reads what [binary.AppendVarint] wrote.
func (r *PackedReader) Signed() int64 {
	v, n := binary.Varint(r.Rest)
	if n <= 0 {
		r.Bad, r.Rest = true, nil
		return 0
	}
	r.Rest = r.Rest[n:]
	return v
}

// Float reads what [AppendFloat] wrote.
func (r *PackedReader) Float() float64 {
	v := r.Count(math.MaxUint64)
	if v&1 == 0 {
		return float64(v >> 1)
	}
	if v != 1 || len(r.Rest) < 8 {
		r.Bad, r.Rest = true, nil
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(r.Rest))
	r.Rest = r.Rest[8:]
	if math.IsNaN(f) || f < 0 || f > largestCount*1e9 {
		r.Bad = true
		return 0
	}
	return f
}

// Text reads what [AppendText] wrote.
func (r *PackedReader) Text() string {
	n := r.Count(uint64(len(r.Rest)))
	if r.Bad || n > uint64(len(r.Rest)) {
		r.Bad, r.Rest = true, nil
		return ""
	}
	text := string(r.Rest[:n])
	r.Rest = r.Rest[n:]
	return text
}

// AppendText appends a text and its length.
func AppendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}
