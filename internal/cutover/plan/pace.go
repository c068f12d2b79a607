package plan

import (
	"math"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Pace is how long steps took so far, as a factor of their planned length. A planned date says nothing of delay; this is
// the record of the move itself.
type Pace struct {
	// Samples is the number of steps and of gaps between waves whose length is known, with those that are open.
	Samples int `wire:"samples"`
	// Open is how many of them are not over, and already longer than usual.
	Open int `wire:"open"`
	// Likely is the median of the factors; unknown without a sample.
	Likely migration.Opt[float64] `wire:"likely_factor"`
	// Early and Late are the 10th and the 90th percentile, of fewer than five samples the smallest and the largest;
	// unknown for fewer than two.
	Early migration.Opt[float64] `wire:"early_factor"`
	Late  migration.Opt[float64] `wire:"late_factor"`
}

// fewSamples is from how many samples on percentiles are used and not the extremes.
const fewSamples = 5

// position is the last step of a wave that its intended share covers, -1 for none, and since when that share is intended.
// recorded is false if the plan does not say where the wave stands.
func (p *Plan) position(w *Wave) (step int, since time.Time, recorded bool) {
	stand, ok := p.Intended(w, nil)
	if !ok {
		return -1, time.Time{}, false
	}
	step = -1
	for i, s := range p.StepsOf(w) {
		if s.Share <= stand.Share {
			step = i
		}
	}
	return step, stand.Since, true
}

// factor is how much longer something takes or took than its span, 0 if that says nothing.
func (p *Plan) factor(from, to time.Time, s span, share Share) float64 {
	if s.dated {
		if s.length <= 0 || !to.After(from) {
			return 0
		}
		return float64(p.Freezes.Open(from, to)) / float64(s.length)
	}
	expected, ok := p.after(from, s, 1, share)
	if !ok || !expected.After(from) || !to.After(from) {
		return 0
	}
	return float64(to.Sub(from)) / float64(expected.Sub(from))
}

// Pace compares what was planned with what happened. It takes the lengths of steps, and the gaps between the beginnings of
// waves; the time that a freeze takes is nobody's delay. What is under way counts once it is longer than the median of what
// is over: leaving it out would make a move look faster the longer it stands still.
func (p *Plan) Pace(now time.Time) Pace {
	var over, open []float64
	add := func(to *[]float64, f float64) {
		if f > 0 {
			*to = append(*to, f)
		}
	}
	var before *Wave
	for i := range p.Waves {
		w := &p.Waves[i]
		steps, planned, starts := p.StepsOf(w), p.planned(w), p.starts(w)
		last := -1
		for j, t := range starts {
			if t.IsZero() || planned[j].IsZero() {
				continue
			}
			if last >= 0 {
				s := p.spanTo(steps, planned, j)
				if j > last+1 { // the steps between are not recorded
					s = p.between(planned[last], planned[j])
				}
				add(&over, p.factor(starts[last], t, s, steps[j].Share))
			}
			last = j
		}
		if at, since, ok := p.position(w); ok && at >= 0 && at+1 < len(planned) && !planned[at+1].IsZero() && !since.IsZero() {
			add(&open, p.factor(since, now, p.spanTo(steps, planned, at+1), steps[at+1].Share))
		}
		if before != nil {
			if begun := p.starts(before)[0]; !begun.IsZero() {
				gap := p.between(before.At, w.At)
				if starts[0].IsZero() {
					add(&open, p.factor(begun, now, gap, 0))
				} else {
					add(&over, p.factor(begun, starts[0], gap, 0))
				}
			}
		}
		before = w
	}
	usual := 1.0
	if len(over) > 0 {
		slices.Sort(over)
		usual = max(quantile(over, 0.5), 1)
	}
	pace := Pace{}
	for _, f := range open {
		if f > usual {
			over, pace.Open = append(over, f), pace.Open+1
		}
	}
	slices.Sort(over)
	pace.Samples = len(over)
	if len(over) > 0 {
		pace.Likely = migration.Some(quantile(over, 0.5))
	}
	if len(over) > 1 {
		low, high := 0.1, 0.9
		if len(over) < fewSamples {
			low, high = 0, 1
		}
		pace.Early, pace.Late = migration.Some(quantile(over, low)), migration.Some(quantile(over, high))
	}
	return pace
}

// quantile is between the two nearest of sorted values, in proportion, to three places.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(sorted)-1)
	return math.Round(1000*(sorted[low]+(sorted[high]-sorted[low])*(at-float64(low)))) / 1000
}
