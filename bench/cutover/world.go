package main

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/migration"
)

// The lengths of a watch, in minutes: blue alone, and both sides.
const (
	minutesBefore = 120
	minutesWatch  = 120
)

// retries says how retries of a failing message show.
type retries uint8

const (
	noRetries retries = iota
	collapsed         // three attempts, and the failed messages are counted
	divided           // three attempts, and the messages are counted
	attempts          // three attempts, and nothing else is counted
)

// tries is how often a failing message is tried.
const tries = 3

// scenario is one kind of watch.
type scenario struct {
	name    string
	rate    float64 // messages a minute, both sides
	share   float64 // of green
	errors  float64 // failure rate of blue
	ratio   float64 // green's failure rate over blue's
	cluster int64   // failures come in clusters of this size
	outages outages
	retries retries
	slow    float64 // green's run times over blue's; 0 where run times are not looked at
	spread  float64 // sigma of the logarithm of run times
}

// outages are times in which a system fails that a side calls, and messages with it.
type outages struct {
	share   float64  // of all minutes
	minutes int      // how long each takes; 0 for 1
	rate    float64  // share of messages that fail with it; 0 for 0.3
	on      affected // who calls that system
}

// affected are the sides that an outage hits.
type affected uint8

const (
	bothSides affected = iota
	blueAlone
	greenAlone
	eitherSide // one of both, by chance
)

// String is what a table calls them.
func (o outages) String() string {
	s := "outages on " + [...]string{"both sides", "blue alone", "green alone", "either side"}[o.on]
	if o.minutes > 1 {
		s += fmt.Sprintf(" for %d minutes, %g %% of all", o.minutes, 100*o.share)
	} else {
		s += fmt.Sprintf(" in %g %% of minutes", 100*o.share)
	}
	if o.rate > 0 {
		s += fmt.Sprintf(", of %g %% of messages", 100*o.rate)
	}
	return s
}

// hits reports whether a side is hit; by chance is the side that chance chose.
func (a affected) hits(side, chance cutover.Side) bool {
	switch a {
	case blueAlone:
		return side == cutover.Blue
	case greenAlone:
		return side == cutover.Green
	case eitherSide:
		return side == chance
	}
	return true
}

// medianRun is the median run time of blue.
const medianRun = 20 * time.Second

// minute is what happened on both sides, by side.
type minute struct {
	n, e  [2]int64
	times [2][]time.Duration
}

// world makes the minutes of one watch. The same scenario, seed and number give the same minutes.
type world struct {
	*scenario
	r *rand.Rand

	left int          // minutes of an outage that are still to come
	side cutover.Side // that it hits, where it hits one by chance
}

func newWorld(s *scenario, seed uint64, number int) *world {
	return &world{scenario: s, r: rand.New(rand.NewPCG(seed, uint64(number)))}
}

// outage reports whether the next minute lies in an outage.
func (w *world) outage() bool {
	o := &w.outages
	if o.share == 0 {
		return false
	}
	if w.left--; w.left >= 0 {
		return true
	}
	length := max(o.minutes, 1)
	if w.left = 0; w.r.Float64() >= o.share/(float64(length)*(1-o.share)+o.share) {
		return false
	}
	w.left = length - 1
	if o.on == eitherSide {
		w.side = cutover.Side(w.r.IntN(2))
	}
	return true
}

// next makes a minute; before the step, green has no share.
func (w *world) next(before bool) minute {
	var m minute
	n := w.poisson(w.rate)
	if !before {
		m.n[cutover.Green] = w.binomial(n, w.share)
	}
	m.n[cutover.Blue] = n - m.n[cutover.Green]
	outage := w.outage()
	for side := range m.n {
		p := w.errors
		if side == int(cutover.Green) {
			p *= w.ratio
		}
		switch {
		case outage && w.outages.on.hits(cutover.Side(side), w.side):
			m.e[side] = w.binomial(m.n[side], min(p+cmp.Or(w.outages.rate, 0.3), 1))
		case w.cluster > 1:
			m.e[side] = min(w.poisson(float64(m.n[side])*p/float64(w.cluster))*w.cluster, m.n[side])
		default:
			m.e[side] = w.binomial(m.n[side], p)
		}
		if w.slow > 0 {
			factor := [2]float64{1, w.slow}[side]
			for range m.n[side] {
				m.times[side] = append(m.times[side], time.Duration(float64(medianRun)*factor*math.Exp(w.spread*w.r.NormFloat64())))
			}
		}
	}
	return m
}

// packed is the minute as migtop gets it.
func (w *world) packed(m *minute, start time.Time) *cutover.Minute {
	side := func(s cutover.Side) cutover.SideMinute {
		out := cutover.SideMinute{Read: true, Final: true, Runs: m.n[s], Failures: m.e[s], Duration: migration.Sample(m.times[s]...)}
		if w.retries != noRetries {
			out.Runs, out.Failures = m.n[s]+(tries-1)*m.e[s], tries*m.e[s]
		}
		if w.retries == collapsed || w.retries == divided {
			out.Messages = migration.Some(m.n[s])
		}
		if w.retries == collapsed {
			out.FailedMessages = migration.Some(m.e[s])
		}
		return out
	}
	return &cutover.Minute{Start: start, Blue: side(cutover.Blue), Green: side(cutover.Green)}
}

// intake is how messages become runs on both sides.
func (w *world) intake() cutover.Intake {
	if w.retries == noRetries {
		return cutover.Intake{Batch: 1}
	}
	return cutover.Intake{Batch: 1, Retried: true}
}

// poisson draws how many events happen where mean are expected.
func (w *world) poisson(mean float64) (k int64) {
	for t := w.r.ExpFloat64(); t < mean; t += w.r.ExpFloat64() {
		k++
	}
	return k
}

// binomial draws how many of n events happen with a probability, from one to the next.
func (w *world) binomial(n int64, p float64) (k int64) {
	if p <= 0 {
		return 0
	}
	if p > 0.5 {
		return n - w.binomial(n, 1-p)
	}
	each := -math.Log1p(-p)
	for at := int64(w.r.ExpFloat64() / each); at < n; at += 1 + int64(w.r.ExpFloat64()/each) {
		k++
	}
	return k
}
