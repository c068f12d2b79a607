package migration

import (
	"math"
	"time"
)

// Series is one quantity over time in equal steps, for charts and sparklines.
// A step without a value is a gap, drawn as one. Values are plain floats in the
// unit that Unit names: a chart is the one place where that is exact enough.
type Series struct {
	Start  time.Time
	Step   time.Duration
	Unit   string // "usd/h", "runs", "seconds", "bytes", "ratio"
	steps  int
	values []float32 // nil while all are gaps, which most series of a large fleet are
	// ProvisionalFrom is the index of the first step that late data may still
	// change; len where none can.
	ProvisionalFrom int
}

// NewSeries makes a series of n gaps.
func NewSeries(start time.Time, step time.Duration, n int, unit string) Series {
	return Series{Start: start, Step: step, Unit: unit, steps: n, ProvisionalFrom: n}
}

// Len is the number of steps.
func (s Series) Len() int { return s.steps }

// set writes one step within the series.
func (s *Series) set(i int, v float64) {
	if s.values == nil {
		s.values = gaps(s.steps)
	}
	s.values[i] = float32(v)
}

// gaps are n steps without a value.
func gaps(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(math.NaN())
	}
	return out
}

// At returns the value of step i and whether there is one.
func (s Series) At(i int) (float64, bool) {
	if i < 0 || i >= len(s.values) { // before the first value there are none
		return 0, false
	}
	v := float64(s.values[i])
	return v, !math.IsNaN(v)
}

// Add adds v to step i, which is then no longer a gap. It ignores steps outside the series. Use it only before the series
// is published.
func (s *Series) Add(i int, v float64) {
	if i < 0 || i >= s.steps {
		return
	}
	if old, ok := s.At(i); ok {
		v += old
	}
	s.set(i, v)
}

// Raise sets step i to v where v is greater or the step is a gap.
func (s *Series) Raise(i int, v float64) {
	if old, ok := s.At(i); i >= 0 && i < s.steps && (!ok || v > old) {
		s.set(i, v)
	}
}

// AddAll adds another series of the same steps to this one.
func (s *Series) AddAll(o Series) {
	for i := range o.values {
		if v, ok := o.At(i); ok {
			s.Add(i, v)
		}
	}
}

// RaiseAll raises this series to another one of the same steps where that is
// greater.
func (s *Series) RaiseAll(o Series) {
	for i := range o.values {
		if v, ok := o.At(i); ok {
			s.Raise(i, v)
		}
	}
}

// Index is the step that a moment falls into; it may lie outside the series.
func (s Series) Index(at time.Time) int {
	return int(math.Floor(float64(at.Sub(s.Start)) / float64(s.Step)))
}

// Max is the greatest value, unknown where all are gaps.
func (s Series) Max() Opt[float64] {
	var m Opt[float64]
	for i := range s.values {
		if v, ok := s.At(i); ok {
			m = Larger(m, Some(v))
		}
	}
	return m
}

// seriesWire is one quantity over time in equal steps.
type seriesWire struct {
	// The beginning of the first step.
	Start time.Time `wire:"start"`
	// The length of a step.
	Step time.Duration `wire:"step_seconds"`
	// The unit of the values: usd/h, runs, messages, seconds, bytes or ratio.
	Unit string `wire:"unit"`
	// The index of the first step that late data may still change. The number of steps where there is none.
	ProvisionalFrom int `wire:"provisional_from"`
	// One value per step. Null is a gap.
	Values []float32 `wire:"values"`
}

// Wire returns the series for the document, nil without steps.
func (s *Series) Wire() any {
	if s.steps == 0 {
		return (*seriesWire)(nil)
	}
	values := s.values
	if values == nil {
		values = gaps(s.steps)
	}
	return &seriesWire{s.Start, s.Step, s.Unit, s.ProvisionalFrom, values}
}
