package cutover

import (
	"math"
	"math/bits"
)

// Hold is a reason not to take the next step now.
type Hold uint8

// The reasons, the most urgent first. Those up to HoldShare follow from the minutes alone.
const (
	HoldLoss        Hold = iota // messages are missing
	HoldDuplicates              // messages were processed twice
	HoldDead                    // dead letters or dropped events
	HoldDoubt                   // some evidence of harm
	HoldSlower                  // some evidence of slower runs
	HoldBothWorse               // both sides are worse than before the step
	HoldKilled                  // OOMKilled
	HoldDeadline                // ended by activeDeadlineSeconds
	HoldImages                  // images that cannot be pulled
	HoldWall                    // close to what ends a run
	HoldMemory                  // close to the memory limit
	HoldPending                 // Jobs wait for their start
	HoldDwell                   // messages wait
	HoldThrottled               // blue is throttled while green is idle
	HoldQueueUnread             // the queue's counts are not known
	HoldUnresolved              // failures cannot be compared
	HoldSilentGreen             // Jobs without log lines
	HoldSilentBlue              // invocations without log lines
	HoldNoControl               // only one side runs
	HoldShare                   // the share is not the intended one
	HoldOverruled               // a ROLL BACK that a person overruled
	HoldReturned                // the share is 0 again
	HoldBlueUnread              // blue's source does not answer
	HoldGreenUnread             // green's source does not answer
	HoldStale                   // no final minute for long
	HoldPermission              // a permission is missing
	HoldP95                     // green's p95 is over blue's
	HoldObjective               // a service level objective is not met
	HoldFrozen                  // a freeze window
	HoldCostUnknown             // the cost of a side is not known
	HoldRecent                  // a reason within the last ten final minutes
	HoldLapsed                  // no fresh runs
	NeedMinutes                 // the step is too young
	NeedRuns                    // too few Jobs
	NeedEvidence                // not enough evidence of health
	NeedPeak                    // no daily peak yet
	holdCount
)

var holdNames = [holdCount]string{
	"loss", "duplicates", "dead_letters", "doubt", "slower", "both_worse", "oom_killed", "deadline", "image_pull", "wall", "memory",
	"pending", "dwell", "throttled", "queue_unread", "unresolved", "no_green_logs", "no_blue_logs", "no_control", "share", "overruled",
	"returned", "blue_unread", "green_unread", "stale", "permission", "p95", "objective", "frozen", "cost_unknown", "recent", "lapsed",
	"need_minutes", "need_runs", "need_evidence", "need_peak",
}

func (h Hold) String() string { return holdNames[min(h, holdCount-1)] }

// MarshalText encodes the reason by name.
func (h Hold) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// Lacks reports whether the reason is something that time and traffic bring, and nothing that is wrong.
func (h Hold) Lacks() bool { return h >= NeedMinutes }

// Holds is a set of reasons.
type Holds int64

// set adds a reason where it applies.
func (h *Holds) set(r Hold, applies bool) {
	if applies {
		*h |= 1 << r
	}
}

// Has reports whether a reason is in the set.
func (h Holds) Has(r Hold) bool { return h&(1<<r) != 0 }

// First is the most urgent reason of a set that is not empty.
func (h Holds) First() Hold { return Hold(min(bits.TrailingZeros64(uint64(h)), int(holdCount)-1)) }

// All yields the reasons, the most urgent first.
func (h Holds) All(yield func(Hold) bool) {
	for h != 0 {
		r := h.First()
		if h &^= 1 << r; !yield(r) {
			return
		}
	}
}

// wrong are the reasons that something is wrong.
const wrong = Holds(1<<NeedMinutes - 1)

// cutOff is the share of its time limit from which a run counts as being cut off.
const cutOff = 0.98

// How long something that was seen counts, in minutes.
const (
	seenFor    = 60 // close to a limit
	pendingFor = 15
	quietFor   = 10 // minutes without a reason before PROMOTE
	silentFor  = 10 // minutes with runs and without a log line
)

// holds are the reasons that follow from the minutes.
func (w *Watch) holds(s *sums) Holds {
	var out Holds
	l, f, g := &w.limits, &s.flow, &s.green
	within := func(at, minutes int32) bool { return at > 0 && s.at-at < minutes }
	beyond := f.tolerance(l)
	out.set(HoldLoss, f.counting && float64(f.residual) > beyond)
	out.set(HoldDuplicates, f.counting && float64(-f.residual) > beyond)
	out.set(HoldDead, float64(f.dead[Blue]+f.dead[Green]+f.dead[sharedDead]+g.dropped) > l.at(DeadAllowed))
	out.set(HoldKilled, float64(g.killed) > l.at(ReasonsAllowed))
	out.set(HoldDeadline, float64(g.timedOut) > l.at(ReasonsAllowed))
	out.set(HoldImages, within(s.last.imagesAt, pendingFor))
	out.set(HoldWall, within(s.last.wallAt, seenFor))
	out.set(HoldMemory, within(s.last.memoryAt, seenFor))
	out.set(HoldPending, within(s.last.pendingAt, pendingFor))
	out.set(HoldDwell, float64(f.oldest) > l.at(DwellLimit) || f.isRising())
	out.set(HoldThrottled, within(s.last.throttledAt, pendingFor) && float64(s.last.throttled) > l.at(ThrottlesAllowed))
	out.set(HoldQueueUnread, f.state == QueueDenied || f.state == QueueFailed)
	out.set(HoldUnresolved, s.basis == Unresolved)
	silent := func(p *silence) bool { return p.minutes >= silentFor && float64(p.runs) >= l.at(SilentRuns) }
	out.set(HoldSilentGreen, silent(&s.silence[Green]))
	out.set(HoldSilentBlue, silent(&s.silence[Blue]))
	if s.between() {
		out |= s.compared
	}
	return out
}

// comparedHolds are the reasons that follow from minutes of both sides. They change with such minutes only.
func (w *Watch) comparedHolds(s *sums) Holds {
	var out Holds
	g := &s.both[Green]
	out.set(HoldNoControl, s.looks() >= firstLook && (s.both[Blue].sinceRuns == 0) != (g.sinceRuns == 0))
	out.set(HoldShare, s.shareOff(w.limits.at(ShareOff)))
	if g.e > 0 && s.looks() >= firstLook && s.basis != Unresolved {
		out.set(HoldDoubt, s.reachesE(DoubtE))
	}
	if s.looks() >= firstLook && (rate(g.over95, g.timed) > tail95 || rate(g.over99, g.timed) > tail99) {
		ln, _ := s.slower()
		out.set(HoldSlower, ln >= math.Log(DoubtE))
	}
	out.set(HoldBothWorse, s.bothWorse())
	return out
}

// shareOff reports whether the observed share differs from the intended one by more than a limit, and by more than chance.
func (s *sums) shareOff(limit float64) bool {
	n := s.routed.green + s.routed.blue
	if n == 0 || s.routed.backlog > 0 {
		return false
	}
	off := math.Abs(s.routed.green/n - s.share)
	return off > max(limit, 3*math.Sqrt(s.share*(1-s.share)/n))
}

// minPast is the number of messages, or of run times, that a side's past must have to be a past.
const minPast = 100

// bothWorse reports whether both sides are worse since the evidence began than they were before: what hits both is not the
// move's fault, and no reason to go on. Green is compared with blue's past where it has none of its own.
func (s *sums) bothWorse() bool {
	return s.worse(Blue) && s.worse(Green)
}

// worse reports whether a side fails more than before, or more of its runs are long.
func (s *sums) worse(side Side) bool {
	past, now := &s.past[side], &s.both[side]
	if past.n < minPast {
		past = &s.past[Blue]
	}
	if past.n >= minPast && now.e > 0 {
		p0 := upperRate(float64(past.e), float64(past.n))
		if rate(now.e, now.n)-p0 >= 0.005 && exceeded(now.e, now.n, p0, s.dispersion()) >= math.Log(DoubtE) {
			return true
		}
	}
	return now.timed >= minPast && rate(now.over95, now.timed)-tail95 >= tail95 &&
		exceeded(now.over95, now.timed, tail95, 1) >= math.Log(DoubtE)
}
