package cutover

import (
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Facts are what a verdict needs in addition to the minutes: the moment, and what is known of a tenant at that moment.
type Facts struct {
	Now  time.Time
	Next migration.Opt[float64] // the share of the next step in the plan; unknown without one

	// Open is how long the oldest runs have run that keep a minute from being final.
	Open time.Duration

	Unread  [2]string // why a side's source does not answer, by side; "" where it does
	Missing []string  // permissions that are missing

	// P95 are the 95th percentiles of run time since the step, of Timed runs, by side.
	P95   [2]migration.Opt[migration.Bounds[time.Duration]]
	Timed [2]int64

	Cost CostFacts
	// Peak is the number of messages in the busiest quarter of an hour of a day like this one: a Saturday's peak is not a
	// weekday's. Unknown where no such day was seen.
	Peak migration.Opt[float64]
	// Frozen names the freeze window that the moment lies in, "" for none, and FrozenUntil is its end.
	Frozen      string
	FrozenUntil time.Time
	// Ready are the checks before the first share, see [ReadyFacts.Checks].
	Ready []Check
}

// CostFacts is what package cost says of the tenant.
type CostFacts struct {
	Decision migration.Decision
	Reason   string
	// PerThousand is the cost of 1,000 messages, by side, over Messages.
	PerThousand [2]migration.Opt[migration.USD]
	Messages    [2]int64
	// Objective is the most that 1,000 messages may cost on green; unknown where there is none.
	Objective migration.Opt[migration.USD]
	// Delta is the cost of a message on green over that on blue, minus 1.
	Delta migration.Opt[migration.Ratio]
}

// Stage is where a tenant stands.
type Stage = migration.CutoverStage

// The stages.
const (
	Before  = migration.StageBefore
	Between = migration.StageBetween
	AtEnd   = migration.StageAtEnd
)

// Word is a verdict.
type Word = migration.VerdictWord

// The words.
const (
	NoVerdict      = migration.VerdictNone
	Move           = migration.VerdictMove
	Stay           = migration.VerdictStay
	CannotStay     = migration.VerdictCannotStay
	Promote        = migration.VerdictPromote
	OnHold         = migration.VerdictHold
	RollBack       = migration.VerdictRollBack
	Moved          = migration.VerdictMoved
	MovedCostsMore = migration.VerdictMovedCostsMore
)

// Verdict is what to do with a tenant, in numbers; [Watch.Explain] has the sentences.
type Verdict struct {
	Stage Stage
	Word  Word
	Rule  Rule  // of a ROLL BACK
	Holds Holds // all reasons of a HOLD
	// Ready is set before the first share where no check fails.
	Ready bool
	// Share is intended, Next the share that PROMOTE allows.
	Share float64
	Next  migration.Opt[float64]
	// Since is when the evidence began, StepAt when the step did.
	Since, StepAt time.Time
	// Messages and Failures are compared, by side, since Since; Jobs are green's runs since then, final or not on blue.
	Messages, Failures [2]int64
	Jobs               int64
	Basis              Basis
	Divisor            float64 // of both counts
	// HarmE, HealthN and SlowerE are evidence as log10.
	HarmE, HealthN, SlowerE float64
	Slower                  bool // SLOWER
	// FinalTo is the end of the last minute that is final on both sides.
	FinalTo time.Time
	Latch   Latch // Rule 0 for none
}

// Evidence is a summary of the two answers that minutes give. E is the evidence of harm: if both sides fail at the same
// rate, the probability that it ever reaches a number is at most 1 over that number. N is the evidence of health: if green
// fails as much more than blue as the margin says, the same is true of it.
type Evidence struct{ E, N float64 }

// Evidence are the verdict's E and N.
func (v *Verdict) Evidence() Evidence {
	return Evidence{math.Pow(10, v.HarmE), math.Pow(10, v.HealthN)}
}

// The limits of what facts say.
const (
	p95Runs = 200
	// staleAfter is how old the last final minute may be, in minutes: 18 for CloudWatch, and what a source may be late.
	staleAfter = 45
	// A PROMOTE lapses without a run of green for lapseAfter minutes, or lapseGaps times the mean time between runs, and
	// at the latest after lapseAtMost.
	lapseAfter, lapseGaps, lapseAtMost = 15, 3, 24 * 60
	dayMinutes                         = 24 * 60
)

// Assess says what to do with the tenant. It counts what was added since the last time, and remembers when facts gave a
// reason to hold.
func (w *Watch) Assess(f *Facts) Verdict {
	w.advance(f.Now)
	s := &w.now
	v := Verdict{
		Share: s.share, Next: f.Next, Jobs: s.green.runs, Basis: s.basis, Divisor: s.divisor(),
		Messages: [2]int64{s.both[Blue].n, s.both[Green].n}, Failures: [2]int64{s.both[Blue].e, s.both[Green].e},
	}
	if s.bothAt > 0 {
		v.FinalTo = timeOf(s.bothAt + 1)
	}
	if s.share == 0 {
		w.assessBefore(f, &v)
		return v
	}
	v.Stage = Between
	if s.share == 1 {
		v.Stage = AtEnd
	}
	v.Since, v.StepAt = timeOf(s.since), timeOf(s.stepAt)
	v.HarmE, v.HealthN = s.harm.ln(v.Divisor)/math.Ln10, s.lnN()/math.Ln10
	var ln float64
	if ln, v.Slower = s.slower(); !math.IsInf(ln, 0) {
		v.SlowerE = ln / math.Ln10
	}
	v.Latch = s.latch.export()
	standing := w.holds(s) | w.standing(f, s)
	if standing&wrong != 0 {
		w.factsHeldAt = max(w.factsHeldAt, s.at)
	}
	v.Holds = standing | w.lacks(f, s)
	switch {
	case s.latch.rule != NoRule && s.overruled <= w.until:
		v.Word, v.Rule = RollBack, s.latch.rule
	case v.Holds != 0:
		v.Word = OnHold
	case v.Stage == Between:
		v.Word = Promote
	default:
		v.Word = Moved
		if d, ok := f.Cost.Delta.Get(); ok && d > 0 {
			v.Word = MovedCostsMore
		}
	}
	return v
}

// assessBefore answers whether the tenant should move, and whether it is ready.
func (w *Watch) assessBefore(f *Facts, v *Verdict) {
	v.Ready = true
	for i := range f.Ready {
		v.Ready = v.Ready && !f.Ready[i].stops()
	}
	switch f.Cost.Decision {
	case migration.Stay:
		v.Word = Stay
	case migration.WorthMoving:
		v.Word = Move
	case migration.CannotStay:
		v.Word = CannotStay
	}
	if v.Word == Move && (f.Unread[Blue] != "" || f.Unread[Green] != "") {
		v.Word = NoVerdict // no good word while a side is not read
	}
	if f.Unread[Blue] != "" {
		v.Holds |= 1 << HoldBlueUnread
	}
	if f.Unread[Green] != "" {
		v.Holds |= 1 << HoldGreenUnread
	}
}

// standing are the reasons that follow from the facts, and from the state of the latch.
func (w *Watch) standing(f *Facts, s *sums) Holds {
	var out Holds
	out.set(HoldOverruled, s.latch.rule != NoRule && s.overruled > w.until)
	out.set(HoldReturned, s.returnedAt > s.stepAt && s.green.lastRun < s.returnedAt)
	out.set(HoldBlueUnread, f.Unread[Blue] != "")
	out.set(HoldGreenUnread, f.Unread[Green] != "")
	stale := staleAfter + int32(f.Open/time.Minute)
	out.set(HoldStale, s.since+stale < w.until && s.bothAt+stale < w.until)
	out.set(HoldPermission, len(f.Missing) > 0)
	if f.Timed[Blue] >= p95Runs && f.Timed[Green] >= p95Runs {
		blue, ok1 := f.P95[Blue].Get()
		green, ok2 := f.P95[Green].Get()
		out.set(HoldP95, ok1 && ok2 && float64(green.Low) > w.limits.at(SlowerRatio)*float64(blue.High))
	}
	for signal := range SignalCount {
		exceeds, _ := w.objective(signal, f, s)
		out.set(HoldObjective, exceeds)
	}
	out.set(HoldFrozen, f.Frozen != "")
	out.set(HoldCostUnknown, costUnknown(f, s, Blue) || costUnknown(f, s, Green))
	return out
}

// costUnknown reports whether the cost of a side that has a share is not known. Where it has had no run since the step, that is
// what is wrong, and not the cost.
func costUnknown(f *Facts, s *sums, side Side) bool {
	if f.Cost.PerThousand[side].Known() {
		return false
	}
	if s.share < 1 {
		return s.both[side].sinceRuns > 0 || side == Green && s.green.runs > 0
	}
	return side == Green
}

// lacks are the reasons that time brings: what PROMOTE needs and does not have yet.
func (w *Watch) lacks(f *Facts, s *sums) Holds {
	var out Holds
	heldAt := max(s.heldAt, w.factsHeldAt)
	out.set(HoldRecent, heldAt > s.stepAt && s.at-heldAt < quietFor)
	out.set(HoldLapsed, s.green.runs > 0 && s.lapsed(w.until))
	last := f.Next.Or(0) >= 1 || s.share == 1
	out.set(NeedPeak, last && !w.peakSeen(f, s))
	if s.share == 1 {
		return out
	}
	out.set(NeedMinutes, float64(s.looks())*60 < w.limits.at(MinMinutes))
	out.set(NeedRuns, float64(s.green.runs) < w.limits.at(MinRuns))
	out.set(NeedEvidence, !w.healthy(s))
	return out
}

// healthy reports whether there is enough evidence of health: N, or no failure at all in enough messages. Of n messages
// without a failure, the failure rate is at most 3/n with a confidence of 95 % (the rule of three).
func (w *Watch) healthy(s *sums) bool {
	if s.basis == Unresolved {
		return false
	}
	g := &s.both[Green]
	return s.proven || g.e == 0 && float64(g.n) >= w.limits.zeroMessages(s.divisor())
}

// zeroMessages is how many messages without a failure are enough: of failures that come in clusters, more.
func (l *Limits) zeroMessages(divisor float64) float64 {
	return math.Ceil(3 * divisor / l.at(Tolerance))
}

// peakSeen reports whether the step has seen the peak of a day: a quarter of an hour that was nearly as busy, or a whole day
// where the peak is not known.
func (w *Watch) peakSeen(f *Facts, s *sums) bool {
	if peak, ok := f.Peak.Get(); ok && peak > 0 {
		return float64(s.peak.busiest) >= w.limits.at(PeakShare)*peak
	}
	return s.looks() >= dayMinutes
}

// lapsed reports whether green has had no run for too long at a minute.
func (s *sums) lapsed(now int32) bool {
	gap := float64(s.looks()) / float64(s.green.runs)
	return float64(now-s.green.lastRun) > min(max(lapseAfter, lapseGaps*gap), lapseAtMost)+staleAfter-quietFor
}

// export is the latch for others.
func (l *latch) export() Latch {
	if l.rule == NoRule {
		return Latch{}
	}
	return Latch{
		Rule: l.rule, At: timeOf(l.at), Since: timeOf(l.since), Runs: l.runs, Failures: l.failures, Value: l.value,
	}
}

// ExitCode is the verdict as the exit code of a command that gates a pipeline: 0 goes on, 10 waits, 20 goes back, 3 has no
// data.
func (v *Verdict) ExitCode() int {
	switch v.Word {
	case Promote, Moved, MovedCostsMore:
		return 0
	case RollBack:
		return 20
	case NoVerdict:
		return 3
	case Move, CannotStay:
		if v.Ready {
			return 0
		}
	}
	return 10
}
