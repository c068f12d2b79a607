package cutover

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"time"
)

// The encoded form: a magic number with the version of the form, the fields in order, and a checksum. A reader refuses
// another version: the state is then made anew from the history.
const (
	codecMagic   = "mtw"
	codecVersion = 3
	// Bounds of what a reader accepts, far above what a watch can have.
	mostCells     = 4096
	mostSteps     = 4096
	mostOverrides = 4096
	mostText      = 1 << 16
)

// ErrState is wrapped by every error of [Decode]: the state cannot be used, and the watch must be made anew from the
// history.
var ErrState = errors.New("state of a cutover cannot be read")

// Encode returns the state of the watch, for [Decode].
func (w *Watch) Encode() []byte {
	c := coder{data: make([]byte, 0, 1024+64*len(w.cells)), writes: true}
	c.data = append(c.data, codecMagic...)
	c.data = append(c.data, codecVersion)
	c.watch(w)
	return seal(c.data)
}

// seal appends the checksum.
func seal(data []byte) []byte { return binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(data)) }

// Decode reads a state that [Watch.Encode] wrote. Limits and intakes belong to the configuration: the caller sets them
// again. Every error wraps [ErrState].
func Decode(data []byte) (*Watch, error) {
	head := len(codecMagic) + 1
	if len(data) < head+4 || string(data[:len(codecMagic)]) != codecMagic {
		return nil, fmt.Errorf("%w: it is none", ErrState)
	}
	if v := data[len(codecMagic)]; v != codecVersion {
		return nil, fmt.Errorf("%w: version %d, this migtop reads %d", ErrState, v, codecVersion)
	}
	body, sum := data[:len(data)-4], binary.BigEndian.Uint32(data[len(data)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, fmt.Errorf("%w: the checksum differs", ErrState)
	}
	c := coder{data: body[head:]}
	w := NewWatch()
	c.watch(w)
	if c.err == nil && len(c.data) > 0 {
		c.err = fmt.Errorf("%w: %d bytes too many", ErrState, len(c.data))
	}
	if c.err == nil {
		c.err = w.check()
	}
	if c.err != nil {
		return nil, c.err
	}
	w.setSteps(w.steps)
	w.dirty = true
	return w, nil
}

// check refuses a state that no watch can have.
func (w *Watch) check() error {
	bad := func(what string) error { return fmt.Errorf("%w: %s", ErrState, what) }
	if _, err := checkSteps(w.steps); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	for i := range w.overrides {
		if err := w.overrides[i].check(); err != nil {
			return fmt.Errorf("%w: %w", ErrState, err)
		}
	}
	last := w.base.at
	for i := range w.cells {
		if w.cells[i].at <= last {
			return bad("minutes out of order")
		}
		last = w.cells[i].at
	}
	b := &w.base
	switch {
	case b.step < -1 || int(b.step) >= len(w.steps):
		return bad("a step that is none")
	case b.override < 0 || int(b.override) > len(w.overrides):
		return bad("an override that is none")
	case b.latch.rule >= ruleCount, b.basis < ByMessage || b.basis > Unresolved, int(b.why) >= len(whySentences), b.whySide > Green:
		return bad("a word that is none")
	case !(b.share >= 0 && b.share <= 1):
		return bad("a share that is none")
	}
	numbers := []float64{
		b.health, b.latch.value, b.routed.green, b.routed.blue, b.split.green, b.split.all, b.split.squaredRatio,
		b.usual.minutes, b.usual.n, b.usual.e, b.usual.squares,
		b.both[Blue].squares, b.both[Green].squares, b.past[Blue].squares, b.past[Green].squares,
	}
	for i := range b.harm.parts {
		numbers = append(numbers, b.harm.parts[i].stakes[:]...)
	}
	for _, v := range numbers {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return bad("a number that is none")
		}
	}
	return nil
}

// coder reads or writes fields: each is named once, so that both do the same.
type coder struct {
	data   []byte
	writes bool
	err    error
}

func (c *coder) fail(what string) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: %s", ErrState, what)
	}
	c.data = nil
}

func (c *coder) int64(v *int64) {
	if c.writes {
		c.data = binary.AppendVarint(c.data, *v)
		return
	}
	n, size := binary.Varint(c.data)
	if size <= 0 {
		c.fail("it ends early")
		return
	}
	*v, c.data = n, c.data[size:]
}

func (c *coder) int32(vs ...*int32) {
	for _, v := range vs {
		n := int64(*v)
		c.int64(&n)
		if n < math.MinInt32 || n > math.MaxInt32 {
			c.fail("a number is too large")
			return
		}
		*v = int32(n)
	}
}

func (c *coder) int64s(vs ...*int64) {
	for _, v := range vs {
		c.int64(v)
	}
}

func (c *coder) byte(v *uint8) {
	n := int64(*v)
	c.int64(&n)
	if n < 0 || n > math.MaxUint8 {
		c.fail("a number is too large")
		return
	}
	*v = uint8(n)
}

func (c *coder) bool(v *bool) {
	var n uint8
	if *v {
		n = 1
	}
	c.byte(&n)
	*v = n != 0
}

func (c *coder) uint64(v *uint64) {
	if c.writes {
		c.data = binary.BigEndian.AppendUint64(c.data, *v)
		return
	}
	if len(c.data) < 8 {
		c.fail("it ends early")
		return
	}
	*v, c.data = binary.BigEndian.Uint64(c.data), c.data[8:]
}

func (c *coder) float64(vs ...*float64) {
	for _, v := range vs {
		n := math.Float64bits(*v)
		c.uint64(&n)
		*v = math.Float64frombits(n)
	}
}

// float32 takes four bytes, through the eight of a float64, which most cells have none of.
func (c *coder) float32(vs ...*float32) {
	for _, v := range vs {
		n := int64(math.Float32bits(*v))
		c.int64(&n)
		if n < 0 || n > math.MaxUint32 {
			c.fail("a number is too large")
			return
		}
		*v = math.Float32frombits(uint32(n))
	}
}

func (c *coder) text(v *string) {
	n := int64(len(*v))
	c.int64(&n)
	if c.writes {
		c.data = append(c.data, *v...)
		return
	}
	if n < 0 || n > mostText || n > int64(len(c.data)) {
		c.fail("a text is too long")
		return
	}
	*v, c.data = string(c.data[:n]), c.data[n:]
}

// time keeps nanoseconds since 1970, and the zero time as 0.
func (c *coder) time(v *time.Time) {
	var n int64
	if !v.IsZero() {
		n = v.UnixNano()
	}
	c.int64(&n)
	if !c.writes && n != 0 {
		*v = time.Unix(0, n).UTC()
	}
}

// length is the number of elements of a list.
func (c *coder) length(n, most int) int {
	v := int64(n)
	c.int64(&v)
	if v < 0 || v > int64(most) || (!c.writes && v > int64(len(c.data))) {
		c.fail("a list is too long")
		return 0
	}
	return int(v)
}
