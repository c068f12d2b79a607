package world

import (
	"math"
	"time"
)

// slotsPerWeek: traffic is described by quarters of an hour over one week.
const (
	slotMinutes  = 15
	slotsPerWeek = 7 * 24 * 60 / slotMinutes
)

// shape is how a workload's traffic spreads over a week, in UTC.
type shape uint8

const (
	office  shape = iota // people at work: two humps a day, little at the weekend
	evening              // people at home
	flat                 // machines
	nightly              // a batch at 02:00, and a few repeats during the day
	hourly               // most of it in the first quarter of each hour
)

// weights holds one week per shape, normalized to a mean of 1.
type weights [hourly + 1][slotsPerWeek]float64

func newWeights() *weights {
	var w weights
	for s := range w {
		sum := 0.0
		for slot := range w[s] {
			w[s][slot] = rawWeight(shape(s), slot)
			sum += w[s][slot]
		}
		for slot := range w[s] {
			w[s][slot] *= slotsPerWeek / sum
		}
	}
	return &w
}

// rawWeight is the traffic of a slot before normalizing. Slot 0 is Monday 00:00.
func rawWeight(s shape, slot int) float64 {
	day := slot * slotMinutes / (24 * 60)
	hour := float64(slot*slotMinutes%(24*60)) / 60
	hump := func(at, width float64) float64 {
		d := math.Abs(hour - at)
		d = min(d, 24-d)
		return math.Exp(-d * d / (2 * width * width))
	}
	weekend := day >= 5
	switch s {
	case office:
		w := 0.25 + 1.1*hump(10.5, 2) + 1.2*hump(15, 2.4)
		if weekend {
			w = 0.22 + 0.3*hump(13, 4)
		}
		return w
	case evening:
		w := 0.45 + 0.5*hump(13, 3.5) + 1.0*hump(20, 2.5)
		if weekend {
			w *= 1.25
		}
		return w
	case nightly:
		w := 0.35
		if hour >= 2 && hour < 4 {
			w = 3.2
		}
		return w
	case hourly:
		w := 0.5
		if slot%(60/slotMinutes) == 0 {
			w = 2.5
		}
		return w
	}
	return 1
}

// at is the weight of a minute, counted from 1970.
func (w *weights) at(s shape, minute int64) float64 {
	const mondayOffset = 3 * 24 * 60 // 1970-01-01 was a Thursday
	return w[s][(minute+mondayOffset)%(7*24*60)/slotMinutes]
}

// step is a moment at which the routed share of a tenant changes.
type step struct {
	after time.Duration // since the epoch, negative for before it
	share float64
}

// plan is a cutover: what share of a tenant's runs goes to Jobs, since when.
// Before the first step it is 0.
type plan []step

func (p plan) at(sinceEpoch time.Duration) float64 {
	share := 0.0
	for _, s := range p {
		if sinceEpoch < s.after {
			break
		}
		share = s.share
	}
	return share
}

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// The waves of the cutover. What is after the epoch is what a patient or
// time-compressed viewer gets to see.
var (
	movedEarly = plan{{-9 * day, 0.25}, {-7 * day, 0.5}, {-5 * day, 1}}
	wave1      = plan{{-8 * day, 0.05}, {-6 * day, 0.25}, {-44 * hour, 0.5}, {-20 * hour, 1}}
	wave2      = plan{{-3 * day, 0.05}, {-26 * hour, 0.25}, {-9 * hour, 0.5}, {9 * hour, 1}}
	wave2Stuck = plan{{-3 * day, 0.05}, {-26 * hour, 0.25}, {-9 * hour, 0.5}}
	wave3      = plan{{-20 * hour, 0.05}, {-4 * hour, 0.25}, {14 * hour, 0.5}}
	wave3Slow  = plan{{-20 * hour, 0.05}}
	wave4      = plan{{20 * hour, 0.05}}
	notYet     = plan(nil)
)
