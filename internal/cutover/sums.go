package cutover

import "math"

// sums is what a watch knows of all minutes up to one. It is a value: a copy is a check point from which later minutes can
// be counted again.
type sums struct {
	at     int32   // the last minute counted
	step   int32   // the step that it is in, -1 before the first
	share  float64 // the intended share of that step
	stepAt int32   // the minute in which that step began
	since  int32   // the first minute of the evidence after the step, a new version, or a cleared latch

	versions  [2]uint64 // what runs; 0 where that is not known yet
	changedAt int32     // when one of them changed last, 0 for never

	// The evidence, of minutes in which both sides are final.
	harm        bets
	health      float64
	proven      bool     // N has reached its limit, and has not fallen far below it since
	both        [2]tally // since the evidence began
	past        [2]tally // before the step
	usual       usual    // blue's ordinary failure rate
	split       split    // how failures of a minute divide over the sides
	failMinutes int32    // minutes in which green failed
	basis       Basis    // the weakest of all minutes
	why         why      // it is Unresolved
	whySide     Side
	compared    Holds // reasons to hold that follow from them

	green   jobs
	recent  recent
	routed  routed
	flow    flow
	last    last
	silence [2]silence
	peak    peak

	latch      latch
	cleared    [ruleCount]int32 // no new latch of the rule before this minute
	overruled  int32            // the latch counts as HOLD until this minute
	override   int32            // index of the override that did so
	heldAt     int32            // the last minute with a reason to hold
	returnedAt int32            // when the share returned to 0, 0 for never
	bothAt     int32            // the last minute in which both sides are final
}

// tally counts the messages of one side.
type tally struct {
	minutes            int64   // with runs
	n, e               int64   // messages, and those that failed
	squares            float64 // the sum of the squared failures of each minute over its messages
	attempts, distinct int64   // of the same messages, where both are known
	timed              int64   // runs of known run time
	over95, over99     int64   // those over blue's percentiles
	sinceRuns          int64   // runs, whatever the basis
}

func (t *tally) add(o *tally) {
	t.minutes += o.minutes
	t.n += o.n
	t.e += o.e
	t.squares += o.squares
	t.attempts += o.attempts
	t.distinct += o.distinct
	t.timed += o.timed
	t.over95 += o.over95
	t.over99 += o.over99
	t.sinceRuns += o.sinceRuns
}

// jobs is what green did since the evidence began, whether or not blue is final.
type jobs struct {
	runs, failures, killed, timedOut, images, evicted, dropped int64
	lastRun                                                    int32 // minute of the last run, 0 for none
}

// recent are the last minutes with Jobs, newest first: enough for five Jobs.
type recent [5]struct{ runs, failures, blueRuns, blueFailures int32 }

// routed is the observed share since the step, after the messages that waited then.
type routed struct {
	backlog     int64 // messages that blue still had to process then
	green, blue float64
	zero        int32 // minutes without green, in a row
	zeroRuns    int64 // what blue did in them
}

// flow is the conservation of messages since the step.
type flow struct {
	state                      Reading
	counting                   bool // a depth to begin with is known
	depth0, inFlight0          int64
	moved                      int64 // sent, less deleted and dead letters, before the last known depth
	received                   int64 // deliveries, less deleted and dead letters
	sent, blue, green          int64
	residual, redelivered      int64
	lost, doubled              int32 // minutes in a row beyond the tolerance
	dead                       [3]int64
	deadMinutes                int32 // with dead letters of green
	oldest, oldestBefore       int32 // seconds, -1 where unknown; the greatest before the first step
	rising                     int32 // minutes in a row
	risenFrom                  int32 // seconds at their begin
	depth, blueDepth, lastRead int32
}

// last are the minutes in which something was seen last, 0 for never, with its value.
type last struct {
	wallAt, memoryAt, pendingAt, throttledAt, imagesAt int32
	wall, memory, concurrency                          float32
	pending, startUp                                   int32 // seconds; startUp is the longest of the last minute with one
	throttled                                          int64 // while green was idle, since the step
}

// silence counts runs since the last log line, and since the step all runs and those of minutes without a line.
type silence struct {
	known         bool
	runs, minutes int32
	all, without  int64
}

// peak is the busiest quarter of an hour since the step, in messages of both sides.
type peak struct {
	quarter int32
	runs    int64
	busiest int64
}

// latch is a [Latch].
type latch struct {
	rule           Rule
	at, since      int32
	runs, failures [2]int64
	value          float64
}

// newSums are the sums of no minute.
func newSums() sums {
	s := sums{step: -1, basis: ByMessage}
	s.flow.oldest, s.flow.oldestBefore = unknown, unknown
	return s
}

// between reports whether the tenant is between its steps: both sides have a share.
func (s *sums) between() bool { return s.share > 0 && s.share < 1 }

// begin starts the evidence anew. What was seen becomes the past.
func (s *sums) begin(at int32) {
	for side := range s.both {
		s.past[side].add(&s.both[side])
	}
	s.since = at
	s.harm, s.health, s.proven, s.both, s.split = bets{}, 0, false, [2]tally{}, split{}
	s.failMinutes, s.basis, s.why, s.compared = 0, ByMessage, whyNone, 0
	s.green, s.recent = jobs{lastRun: s.green.lastRun}, recent{}
	s.last = last{}
}

// enter begins a step.
func (s *sums) enter(index int32, step *Step) {
	at := minuteOf(step.At)
	s.begin(at)
	if s.share == 0 { // before the first share, green's work is a trial
		s.past[Green] = tally{}
	}
	s.step, s.stepAt, s.share = index, at, step.Share
	s.routed = routed{backlog: int64(max(s.flow.blueDepth, 0))}
	s.flow.restart()
	s.peak = peak{}
	for i := range s.silence {
		s.silence[i].all, s.silence[i].without = 0, 0
	}
	s.heldAt = 0
	if step.Share == 0 {
		s.release(at)
	}
}

// release ends the latch because the share is 0 again.
func (s *sums) release(at int32) {
	if s.latch.rule != NoRule {
		s.returnedAt = at
	}
	s.latch, s.overruled = latch{}, 0
}

// count adds a minute, which must be later than the last one.
func (w *Watch) count(s *sums, c *cell) {
	w.events(s, c.at)
	if s.at < s.since { // the first minute that counts: nothing is known of the time before it
		s.since = max(s.since, c.at)
	}
	s.at = c.at
	for _, side := range [...]Side{Blue, Green} {
		if c.have&haveSide(side) != 0 {
			s.version(c, side)
		}
	}
	if c.both() {
		s.bothAt = c.at
		s.compare(c, &w.limits, &w.intakes)
		s.compared = w.comparedHolds(s)
	}
	if c.have&haveGreen != 0 && s.share > 0 {
		s.countGreen(c)
	}
	for side := range s.silence {
		if c.have&haveSide(Side(side)) != 0 {
			s.silence[side].count(&c.side[side])
		}
	}
	if c.have&haveQueue != 0 {
		s.flow.count(c, &w.limits, s.share > 0)
		if s.routed.backlog > 0 {
			s.routed.backlog -= int64(c.queue.deletedBlue)
		}
	}
	s.limitsSeen(c, &w.limits)
	if s.share == 0 {
		return
	}
	if s.latch.rule == NoRule {
		w.latch(s)
	}
	if w.holds(s) != 0 {
		s.heldAt = s.at
	}
}

// events applies the steps and overrides up to a minute.
func (w *Watch) events(s *sums, upTo int32) {
	for {
		next := s.step + 1
		step := int(next) < len(w.steps) && w.stepMins[next] <= upTo
		over := int(s.override) < len(w.overrides) && minuteOf(w.overrides[s.override].At) <= upTo
		if step && over && minuteOf(w.overrides[s.override].At) < w.stepMins[next] {
			step = false
		}
		switch {
		case step:
			s.enter(next, &w.steps[next])
		case over:
			s.apply(&w.overrides[s.override])
			s.override++
		default:
			return
		}
	}
}

// apply is a person's decision about the latch. Without a latch there is nothing to decide.
func (s *sums) apply(o *Override) {
	if s.latch.rule == NoRule {
		return
	}
	switch o.Kind {
	case Cleared:
		if !o.Until.IsZero() {
			s.cleared[s.latch.rule] = minuteOf(o.Until)
		}
		s.latch, s.overruled = latch{}, 0
		s.begin(max(minuteOf(o.At), s.at+1))
		s.flow.restart()
	case Overruled:
		s.overruled = minuteOf(o.Until)
	}
}

// version begins the evidence anew where what runs has changed. The latch stays.
func (s *sums) version(c *cell, side Side) {
	v := c.side[side].version
	if v == 0 || v == s.versions[side] {
		return
	}
	if s.versions[side] != 0 && s.share > 0 {
		s.changedAt = c.at
		s.begin(c.at)
	}
	s.versions[side] = v
}

// compare adds a minute of both sides to the evidence.
func (s *sums) compare(c *cell, limits *Limits, intakes *[2]Intake) {
	var n, e [2]int64
	resolved := true
	for _, side := range [...]Side{Blue, Green} {
		p := &c.side[side]
		m := p.resolve(intakes[side], intakes[1-side])
		t := &s.both[side]
		t.sinceRuns += int64(p.runs)
		t.timed += int64(p.timed)
		t.over95 += int64(p.over95)
		t.over99 += int64(p.over99)
		if p.runs == 0 && m.n == 0 {
			continue
		}
		if m.basis > s.basis {
			s.basis, s.why, s.whySide = m.basis, m.why, side
		}
		if m.basis == Unresolved {
			resolved = false
			continue
		}
		n[side], e[side] = m.n, m.e
		t.minutes++
		t.n += m.n
		t.e += m.e
		t.squares += float64(m.e*m.e) / float64(max(m.n, 1))
		t.attempts += m.attempts
		t.distinct += m.distinct
	}
	s.routed.count(s, c, n, resolved)
	s.peak.count(c.at, n[Blue]+n[Green])
	if !resolved {
		return
	}
	if !s.between() {
		s.usual.count(n[Blue], e[Blue])
		return
	}
	s.harm.bet(n, e, c.at-s.since)
	s.split.count(e)
	margin, divisor := limits.at(Margin), s.healthDivisor()
	most := minuteHealth * divisor
	if s.usual.burst(n, e, margin) {
		most = 0
	}
	s.health = min(s.health+health(n, e, margin, most), math.Log(mostHealth)*divisor)
	s.usual.count(n[Blue], e[Blue])
	switch lnN := s.lnN() - math.Log(s.healthLimit()); {
	case lnN >= 0:
		s.proven = true
	case lnN < -math.Log(lapseN):
		s.proven = false
	}
	if e[Green] > 0 {
		s.failMinutes++
	}
}

// dispersion is that of blue's failures a minute before the step.
func (s *sums) dispersion() float64 {
	p := &s.past[Blue]
	return dispersion(float64(p.minutes), float64(p.n), float64(p.e), p.squares)
}

// divisor is what both counts are divided by: the attempts of a message, or the clusters of failures. Retries are clusters
// too, so that the greater of the two is enough. Blue alone cannot tell a cluster from an outage of what both sides call;
// as soon as the sides show that they fail together, nothing is divided for it.
func (s *sums) divisor() float64 {
	d := s.dispersion()
	if d > 1 {
		if d = min(d, s.split.most()); d <= overdispersed {
			d = 1
		}
	}
	return max(d, s.attemptsPerMessage())
}

// healthDivisor is the same for the evidence of health. Bursts add nothing to it, so that the clusters of ordinary minutes
// are those that count.
func (s *sums) healthDivisor() float64 { return max(s.usual.dispersion(), s.attemptsPerMessage()) }

// attemptsPerMessage is the greater one of both sides where attempts are divided by it, and 1 elsewhere.
func (s *sums) attemptsPerMessage() float64 {
	d := 1.0
	if s.basis == Divided {
		for side := range s.both {
			if t := &s.both[side]; t.distinct > 0 {
				d = max(d, float64(t.attempts)/float64(t.distinct))
			}
		}
	}
	return d
}
