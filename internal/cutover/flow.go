package cutover

import "math"

// restart begins the conservation anew at the next known depth.
func (f *flow) restart() {
	*f = flow{
		state: f.state, oldest: f.oldest, risenFrom: f.oldest, oldestBefore: f.oldestBefore, depth: f.depth, blueDepth: f.blueDepth,
		lastRead: f.lastRead,
	}
}

// count adds a minute of the queues: sent = deleted + change in depth + dead letters + residual. A depth belongs to the
// beginning of its minute. A queue that could not be read breaks the count, which begins anew when it is read again.
func (f *flow) count(c *cell, l *Limits, moving bool) {
	q := &c.queue
	f.state = c.state
	if c.state != QueueRead && c.state != QueueAsleep {
		f.counting, f.lost, f.doubled, f.rising = false, 0, 0, 0
		return
	}
	f.lastRead = c.at
	f.depth, f.blueDepth = q.depth, q.blueDepth
	f.age(q.oldest, moving)
	if !moving {
		return
	}
	dead := int64(q.deadBlue) + int64(q.deadGreen) + int64(q.deadShared)
	f.dead[Blue] += int64(q.deadBlue)
	f.dead[Green] += int64(q.deadGreen)
	f.dead[sharedDead] += int64(q.deadShared)
	if q.deadGreen > 0 {
		f.deadMinutes++
	}
	if q.depth >= 0 {
		f.balance(int64(q.depth), int64(q.inFlight), l)
	}
	if !f.counting {
		return
	}
	deleted := int64(q.deletedBlue) + int64(q.deletedGreen)
	f.sent += int64(q.sent)
	f.blue += int64(q.deletedBlue)
	f.green += int64(q.deletedGreen)
	f.moved += int64(q.sent) - deleted - dead
	f.received += int64(q.received) - deleted - dead
}

// sharedDead is the index of dead letters that have no side.
const sharedDead = 2

// balance closes the count at a known depth.
func (f *flow) balance(depth, inFlight int64, l *Limits) {
	if !f.counting {
		f.counting, f.depth0, f.inFlight0 = true, depth, inFlight
		f.moved, f.received, f.sent, f.blue, f.green, f.residual, f.redelivered = 0, 0, 0, 0, 0, 0, 0
		return
	}
	f.residual = f.moved - (depth - f.depth0)
	if inFlight >= 0 && f.inFlight0 >= 0 {
		// A message that was received and is neither processed, nor dead, nor in flight was delivered again.
		f.redelivered = max(f.received-(inFlight-f.inFlight0), 0)
	}
	beyond := f.tolerance(l)
	switch {
	case float64(f.residual) > beyond:
		f.lost, f.doubled = f.lost+1, 0
	case float64(-f.residual) > beyond:
		f.lost, f.doubled = 0, f.doubled+1
	default:
		f.lost, f.doubled = 0, 0
	}
}

// tolerance is how many messages may be unaccounted for.
func (f *flow) tolerance(l *Limits) float64 {
	return max(l.at(LossCount), l.at(LossShare)*float64(f.sent))
}

// age follows the age of the oldest message.
func (f *flow) age(oldest int32, moving bool) {
	if oldest < 0 {
		f.rising = 0
		f.oldest = oldest
		return
	}
	if !moving {
		f.oldestBefore = max(f.oldestBefore, oldest)
	}
	switch {
	case f.oldest < 0 || oldest < f.oldest, oldest == 0:
		f.rising, f.risenFrom = 0, oldest
	default:
		f.rising++
	}
	f.oldest = oldest
}

// risingFor is how many minutes the oldest message must get older for its age to count as rising, and by how much.
const (
	risingFor = 10
	risingBy  = 60 // seconds
)

// isRising reports whether the age of the oldest message has been rising for [risingFor] minutes.
func (f *flow) isRising() bool { return f.rising >= risingFor && f.oldest-f.risenFrom >= risingBy }

// lossMinutes is how many final minutes in a row messages must be unaccounted for.
const lossMinutes = 15

// latch sets the latch where a rule to roll back holds.
func (w *Watch) latch(s *sums) {
	rule, value := w.rule(s)
	if rule == NoRule {
		return
	}
	s.latch = latch{rule: rule, at: s.at, since: s.since, value: value}
	for side := range s.both {
		s.latch.runs[side], s.latch.failures[side] = s.both[side].n, s.both[side].e
	}
	if rule == RuleFailures {
		p := s.harm.strongest(s.divisor())
		s.latch.runs, s.latch.failures, s.latch.since = p.n, p.e, s.since+p.number*freshAfter
	}
}

// rule is the first rule to roll back that holds, with its number.
func (w *Watch) rule(s *sums) (Rule, float64) {
	may := func(r Rule) bool { return s.cleared[r] <= s.at }
	if may(RuleFailures) && s.between() && w.harmful(s) {
		return RuleFailures, s.lnE() / math.Ln10
	}
	if f := &s.flow; may(RuleLoss) && f.lost >= lossMinutes {
		return RuleLoss, float64(f.residual)
	}
	if may(RuleDeadLetters) && s.deadOfGreen() {
		return RuleDeadLetters, float64(s.flow.dead[Green])
	}
	if may(RuleAllFail) {
		if failed, runs := s.allFail(); runs > 0 {
			return RuleAllFail, float64(failed)
		}
	}
	if f := &s.flow; may(RuleDwell) && float64(f.oldest) > w.limits.at(DwellLimit) && f.isRising() &&
		f.oldestBefore >= 0 && float64(f.oldestBefore) <= w.limits.at(DwellLimit) {
		return RuleDwell, float64(f.oldest)
	}
	if may(RuleSlower) && w.limits.at(SlowerRollsBack) > 0 {
		if ln, found := s.slower(); found {
			return RuleSlower, ln / math.Ln10
		}
	}
	return NoRule, 0
}

// lnE is the logarithm of the evidence of harm.
func (s *sums) lnE() float64 { return s.harm.ln(s.divisor()) }

// reachesE reports whether the evidence of harm reaches a number.
func (s *sums) reachesE(limit float64) bool { return s.harm.reaches(math.Log(limit), s.divisor()) }

// lnN is the logarithm of the evidence of health.
func (s *sums) lnN() float64 { return s.health / s.healthDivisor() }

// looks is the number of minutes in which both sides are final since the evidence began.
func (s *sums) looks() int32 { return s.at - s.since + 1 }

// harmLimit is the evidence that rolls back.
func (s *sums) harmLimit() float64 {
	if s.basis == ByAttempt {
		return AttemptE
	}
	return HarmE
}

// healthLimit is the evidence that promotes.
func (s *sums) healthLimit() float64 {
	if s.basis == ByAttempt {
		return HealthE * AttemptE / HarmE
	}
	return HealthE
}

// harmful reports whether green fails more than blue: evidence, excess where it comes from, and failures in two minutes.
func (w *Watch) harmful(s *sums) bool {
	if s.looks() < firstLook || s.failMinutes < 2 || s.basis == Unresolved {
		return false
	}
	if !s.reachesE(s.harmLimit()) {
		return false
	}
	p := s.harm.strongest(s.divisor())
	return rate(p.e[Green], p.n[Green])-rate(p.e[Blue], p.n[Blue]) >= w.limits.at(ExcessRate)
}

// deadOfGreen reports whether dead letters come from green alone since the step. That they all come from green by chance
// must be less likely than 1 in 100: one message that nobody can process has no side.
func (s *sums) deadOfGreen() bool {
	f := &s.flow
	if f.dead[Green] < 2 || f.deadMinutes < 2 || f.dead[Blue] > 0 || f.dead[sharedDead] > 0 {
		return false
	}
	return float64(f.dead[Green])*math.Log(min(s.share, 0.999)) <= math.Log(1.0/HarmE) || s.share == 1
}

// allFail returns the last Jobs, at least five, if nine of ten of them failed and so many fail by chance in at most 1 of 100
// cases at blue's rate in the same minutes, at the upper bound of that rate; none otherwise. Where blue had no run in any of
// the minutes that are kept, it is no control.
func (s *sums) allFail() (failed, runs int64) {
	var blueRuns, blueFailures int64
	for i := range s.recent {
		r := &s.recent[i]
		runs += int64(r.runs)
		failed += int64(r.failures)
		blueRuns += int64(r.blueRuns)
		blueFailures += int64(r.blueFailures)
		if runs < 5 || failed*10 < runs*9 || blueFailures*2 >= max(blueRuns, 1) {
			continue
		}
		alone := blueRuns == 0 && (i == len(s.recent)-1 || s.recent[i+1].runs == 0 || s.share == 1)
		if alone || lnTail(failed, runs, upperRate(float64(blueFailures), float64(blueRuns))) <= -math.Log(HarmE) {
			return failed, runs
		}
	}
	return 0, 0
}

// lnTail is an upper bound of the logarithm of the probability that k or more of n fail where each fails with the probability
// p, for k above np: Chernoff's.
func lnTail(k, n int64, p float64) float64 {
	x := float64(k) / float64(n)
	if x <= p {
		return 0
	}
	ln := x * math.Log(x/p)
	if x < 1 {
		ln += (1 - x) * math.Log((1-x)/(1-p))
	}
	return -float64(n) * ln
}

// slower returns the logarithm of the evidence that green is slower than blue was, and whether it is: SLOWER. Both of
// blue's tails are watched.
func (s *sums) slower() (ln float64, found bool) {
	g := &s.both[Green]
	ln95, ln99 := exceeded(g.over95, g.timed, tail95, 1), exceeded(g.over99, g.timed, tail99, 1)
	found = s.looks() >= firstLook && (ln95 >= math.Log(HarmE) && rate(g.over95, g.timed)-tail95 >= tail95 ||
		ln99 >= math.Log(HarmE) && rate(g.over99, g.timed)-tail99 >= tail95)
	return max(ln95, ln99), found
}
