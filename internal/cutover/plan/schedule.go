package plan

import "time"

// Dates are when something happens.
type Dates struct {
	// Planned is the plan's own date; zero if freezes leave none.
	Planned time.Time `wire:"planned_at"`
	// Started is when it happened; zero if it has not, or if that is not recorded.
	Started time.Time `wire:"started_at"`
	// Likely is when it will happen at the median pace so far, or as planned if there is none; zero if it has happened.
	Likely time.Time `wire:"likely_at"`
	// Early and Late are the same at the fast and the slow end of the pace; zero if there is no spread.
	Early time.Time `wire:"early_at"`
	Late  time.Time `wire:"late_at"`
}

// Schedule is when the steps of a plan happen.
type Schedule struct {
	Pace Pace
	// Steps are the dates of each wave's steps, in the order of the plan.
	Steps [][]Dates
	// End is when the last step of all happens.
	End Dates
}

// Schedule calculates the dates of a plan from now on: those of the plan, and those at the pace so far. No step is moved
// before its planned date, into a freeze, or to 100 % before every peak was seen at the step before.
//
// Of a wave that does not record where it stands, the steps that all of its tenants are seen to have taken have happened;
// seen may be nil.
func (p *Plan) Schedule(now time.Time, seen *Seen) Schedule {
	s := Schedule{Pace: p.Pace(now), Steps: make([][]Dates, len(p.Waves))}
	likely := p.project(now, seen, s.Pace.Likely.Or(1))
	var early, late [][]time.Time
	if f, ok := s.Pace.Early.Get(); ok {
		early = p.project(now, seen, f)
	}
	if f, ok := s.Pace.Late.Get(); ok {
		late = p.project(now, seen, f)
	}
	never := false
	for i := range p.Waves {
		w := &p.Waves[i]
		planned, starts := p.planned(w), p.starts(w)
		done, _, _ := p.stands(w, seen)
		for j := range planned {
			d := Dates{Planned: planned[j]}
			if j <= done {
				d.Started = starts[j]
			} else {
				d.Likely = likely[i][j]
				never = never || d.Likely.IsZero()
				if early != nil && late != nil {
					d.Early, d.Late = early[i][j], late[i][j]
				}
			}
			s.Steps[i] = append(s.Steps[i], d)
			s.End = Dates{
				Planned: later(s.End.Planned, d.Planned), Started: later(s.End.Started, d.Started), Likely: later(s.End.Likely, d.Likely),
				Early: later(s.End.Early, d.Early), Late: later(s.End.Late, d.Late),
			}
		}
	}
	switch {
	case never:
		s.End = Dates{Planned: s.End.Planned}
	case !s.End.Likely.IsZero():
		s.End.Started = time.Time{} // something is still to come
	}
	return s
}

// planned are the plan's own dates of the steps of a wave; zero from the first that freezes leave no moment for.
func (p *Plan) planned(w *Wave) []time.Time {
	steps := p.StepsOf(w)
	out := make([]time.Time, len(steps))
	out[0] = w.At
	for i := 1; i < len(steps); i++ {
		if !steps[i].At.IsZero() {
			out[i] = steps[i].At
			continue
		}
		if out[i-1].IsZero() {
			continue // after a date that there is none of
		}
		out[i], _ = p.after(out[i-1], span{length: p.every()}, 1, steps[i].Share)
	}
	return out
}

// span is the planned length from one step to the next, or from one wave to the next.
type span struct {
	length time.Duration
	// dated is a length between two dates, in time without freezes: whoever wrote the dates knew the freezes. Other lengths
	// go on in a freeze, and only their end waits for the end of the freeze.
	dated bool
}

// between is the span between two dates.
func (p *Plan) between(from, to time.Time) span { return span{p.Freezes.Open(from, to), true} }

// spanTo is the planned length from the step before to a step of a wave.
func (p *Plan) spanTo(steps []Step, planned []time.Time, step int) span {
	if steps[step].At.IsZero() {
		return span{length: p.every()}
	}
	return p.between(planned[step-1], planned[step])
}

// after is the moment at which a share may follow on one that began at a time, if a span takes a factor of what is planned:
// outside freezes, and all of the work not before each peak was seen, or a day if the plan has no peaks. It is zero and
// false if the freezes leave none.
func (p *Plan) after(begun time.Time, s span, factor float64, share Share) (time.Time, bool) {
	t := begun.Add(times(s.length, factor))
	if s.dated {
		var ok bool
		if t, ok = p.Freezes.Advance(begun, times(s.length, factor)); !ok {
			return time.Time{}, false
		}
	}
	return p.Freezes.Free(later(t, p.ready(begun, share)))
}

// ready is from when on a share may follow on one that began at a time.
func (p *Plan) ready(begun time.Time, share Share) time.Time {
	switch {
	case share < Whole:
		return begun
	case len(p.Peaks) == 0:
		return begun.Add(DefaultEvery)
	}
	return p.peaksSeen(begun)
}

// peaksSeen is when one of each peak is over that began at a time or later.
func (p *Plan) peaksSeen(from time.Time) time.Time {
	var out time.Time
	for i := range p.Peaks {
		if _, to, ok := p.Peaks[i].after(p.Peaks[i].Zone, from); ok {
			out = later(out, to)
		}
	}
	return out
}

// longest bounds what a factor makes of a length.
const longest = 100 * 366 * 24 * time.Hour

// times is a length times a factor.
func times(d time.Duration, f float64) time.Duration {
	if scaled := float64(d) * f; scaled < float64(longest) {
		return time.Duration(scaled).Truncate(time.Minute)
	}
	return longest
}

// project are the dates of all steps if lengths are a factor of the planned ones; those that have happened as they are.
func (p *Plan) project(now time.Time, seen *Seen, factor float64) [][]time.Time {
	out := make([][]time.Time, len(p.Waves))
	var begun, planned time.Time // of the wave before
	for i := range p.Waves {
		w := &p.Waves[i]
		out[i] = p.projectWave(w, seen, now, factor, begun, planned)
		begun, planned = out[i][0], w.At
	}
	return out
}

// projectWave are the dates of one wave. begun is when the wave before began or will begin, and planned its planned date.
func (p *Plan) projectWave(w *Wave, seen *Seen, now time.Time, factor float64, begun, planned time.Time) []time.Time {
	steps, dates, starts := p.StepsOf(w), p.planned(w), p.starts(w)
	done, since, recorded := p.stands(w, seen)
	out := make([]time.Time, len(steps))
	prev := since
	for j := range steps {
		if j <= done {
			out[j] = starts[j]
			continue
		}
		t, ok := now, !dates[j].IsZero()
		switch {
		case !ok: // never
		case j == 0 && recorded: // rolled back, or seen below its first step
		case j == 0 && begun.IsZero():
			t = w.At
		case j == 0:
			t, ok = p.after(begun, p.between(planned, w.At), factor, 0)
		case prev.IsZero(): // nobody wrote since when
		default:
			t, ok = p.after(prev, p.spanTo(steps, dates, j), factor, steps[j].Share)
		}
		if ok {
			t, ok = p.Freezes.Free(later(later(t, dates[j]), now))
		}
		if !ok {
			return out
		}
		out[j], prev = t, t
	}
	return out
}

// stands is [Plan.position], and where that is not recorded what is seen: the last step that every tenant of the wave has
// taken, without since when.
func (p *Plan) stands(w *Wave, seen *Seen) (step int, since time.Time, ok bool) {
	if step, since, ok = p.position(w); ok || seen == nil {
		return step, since, ok
	}
	share := 1.0
	for _, t := range w.names() {
		c := seen.find(t)
		if c == nil {
			return -1, time.Time{}, false
		}
		routed, known := c.Routed.Get()
		if !known || routed <= 0 {
			return -1, time.Time{}, false
		}
		share = min(share, float64(routed))
	}
	step = -1
	for i, s := range p.StepsOf(w) {
		if float64(s.Share.Ratio()) <= share {
			step = i
		}
	}
	return step, time.Time{}, true
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
