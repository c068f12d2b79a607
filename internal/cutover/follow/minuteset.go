package follow

import (
	"math/bits"
	"time"
)

// ringMinutes is how many minutes a set can hold: more than the stores keep by the minute.
const ringMinutes = 320

// minuteSet is a set of minutes of the last hours. The zero value is empty.
type minuteSet struct {
	top  int32 // the greatest minute that the ring reaches
	bits [ringMinutes / 64]uint64
}

// add adds a minute. One that is too old for the ring is left out, one that is ahead of it moves the ring.
func (s *minuteSet) add(m int32) {
	switch {
	case m > s.top+ringMinutes || s.top == 0:
		*s = minuteSet{top: m}
	case m > s.top:
		for at := s.top + 1; at <= m; at++ {
			s.bits[at%ringMinutes/64] &^= 1 << (at % ringMinutes % 64)
		}
		s.top = m
	case m <= s.top-ringMinutes:
		return
	}
	s.bits[m%ringMinutes/64] |= 1 << (m % ringMinutes % 64)
}

// addRange adds the minutes from one to before another.
func (s *minuteSet) addRange(from, to int32) {
	for m := max(from, to-ringMinutes); m < to; m++ {
		s.add(m)
	}
}

// empty reports whether the set has no minute.
func (s *minuteSet) empty() bool { return s.bits == [ringMinutes / 64]uint64{} }

// take removes the minutes before one, and yields them in order.
func (s *minuteSet) take(before int32) func(yield func(int32) bool) {
	return func(yield func(int32) bool) {
		if s.empty() {
			return
		}
		for m := max(s.top-ringMinutes+1, 0); m < before && m <= s.top; {
			at := m % ringMinutes
			word := s.bits[at/64] >> (at % 64)
			if word == 0 {
				m += 64 - at%64 // ringMinutes is a multiple of 64
				continue
			}
			if m += int32(bits.TrailingZeros64(word)); m >= before || m > s.top {
				return
			}
			s.bits[m%ringMinutes/64] &^= 1 << (m % ringMinutes % 64)
			if !yield(m) {
				return
			}
			m++
		}
	}
}

// minuteOf is a time in minutes since 1970.
func minuteOf(t time.Time) int32 {
	if t.Unix() <= 0 {
		return 0
	}
	return int32(min(t.Unix()/60, 1<<31-1))
}

// timeOf is the beginning of a minute.
func timeOf(m int32) time.Time { return time.Unix(int64(m)*60, 0).UTC() }
