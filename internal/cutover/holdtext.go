package cutover

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// hold is the sentence of one reason to hold.
func (w *Watch) hold(f *Facts, v *Verdict, r Hold) string {
	s := &w.now
	fl, g := &s.flow, &s.green
	since := " since " + clock(v.Since)
	switch r {
	case HoldLoss:
		return fmt.Sprintf("%s missing for %d of %d final minutes, over the tolerance of %.0f",
			text.PluralOf(fl.residual, "message is", "messages are"), min(fl.lost, lossMinutes), lossMinutes, fl.tolerance(&w.limits))
	case HoldDuplicates:
		return fmt.Sprintf("%s processed twice for %d final minutes, over the tolerance of %.0f",
			text.PluralOf(-fl.residual, "message was", "messages were"), fl.doubled, fl.tolerance(&w.limits))
	case HoldDead:
		return w.deadText() + " since the step"
	case HoldDoubt:
		return fmt.Sprintf("more failures on {after}, perhaps: %s, E %s of %.0f", rates(v.Messages, v.Failures), evidence(v.HarmE),
			s.harmLimit())
	case HoldSlower:
		b := &s.both[Green]
		return fmt.Sprintf("%s: %s of its runs are longer than the p95 of {before}, where 5 %% are expected, E %s of %d",
			map[bool]string{true: "{after} is slower", false: "{after} may be slower"}[v.Slower], text.Percent(rate(b.over95, b.timed)),
			evidence(v.SlowerE), HarmE)
	case HoldBothWorse:
		return "both sides are worse than before the step: " + rates(v.Messages, v.Failures) +
			", before " + text.Percent(rate(s.past[Blue].e, s.past[Blue].n)) + " on {before}"
	case HoldKilled:
		return text.PluralOf(g.killed, "attempt was", "attempts were") + " OOMKilled" + since + ": raise the memory limit first"
	case HoldDeadline:
		return text.PluralOf(g.timedOut, "{after.run} was", "{after.run}s were") + " ended by {after.limit}" + since
	case HoldImages:
		return "{after.run}s wait for an image that cannot be pulled"
	case HoldWall:
		if s.last.wall >= cutOff {
			return fmt.Sprintf("runs are being cut off: one took %s of its time limit at %s", text.Percent(float64(s.last.wall)),
				clock(timeOf(s.last.wallAt)))
		}
		return fmt.Sprintf("a run took %s of its time limit at %s", text.Percent(float64(s.last.wall)), clock(timeOf(s.last.wallAt)))
	case HoldMemory:
		return fmt.Sprintf("a run used %s of its memory limit at %s", text.Percent(float64(s.last.memory)), clock(timeOf(s.last.memoryAt)))
	case HoldPending:
		return fmt.Sprintf("{after.run}s wait for their start: p95 %s, budget %s", brief(float64(s.last.pending)),
			brief(w.limits.at(StartBudget)))
	case HoldDwell:
		if fl.isRising() {
			return fmt.Sprintf("the age of the oldest message has been rising for %d minutes, to %s", fl.rising, brief(float64(fl.oldest)))
		}
		return fmt.Sprintf("the oldest message waits %s, over %s", brief(float64(fl.oldest)), brief(w.limits.at(DwellLimit)))
	case HoldThrottled:
		return fmt.Sprintf("{before} was throttled %s while {after} was idle", text.PluralOf(s.last.throttled, "time", "times"))
	case HoldQueueUnread:
		return "the queue's counts are unknown: " + fl.state.String()
	case HoldUnresolved:
		return "failures of " + s.whySide.String() + " cannot be compared: " + s.why.String()
	case HoldSilentGreen, HoldSilentBlue:
		side := map[Hold]Side{HoldSilentGreen: Green, HoldSilentBlue: Blue}[r]
		p := &s.silence[side]
		return fmt.Sprintf("%s on %s in %d minutes without a log line", text.PluralOf(p.runs, "run", "runs"), side, p.minutes)
	case HoldNoControl:
		side := Blue
		if s.both[Green].sinceRuns == 0 {
			side = Green
		}
		return "no control: " + side.String() + " has had no run" + since
	case HoldShare:
		n := s.routed.green + s.routed.blue
		return fmt.Sprintf("%s of messages go to {after}, %s are intended", points(s.routed.green/max(n, 1)), points(s.share))
	}
	return w.standingText(f, v, r)
}

// standingText is the sentence of a reason that does not follow from the minutes alone.
func (w *Watch) standingText(f *Facts, v *Verdict, r Hold) string {
	s := &w.now
	switch r {
	case HoldOverruled:
		o := w.decision()
		return fmt.Sprintf("%s overruled by %s until %s: %s; it was %s", RollBack, o.Who, clock(o.Until), o.Why, w.rollBack(v))
	case HoldReturned:
		return fmt.Sprintf("{after} has had no run for %d minutes: the share is 0 again since %s", s.routed.zero,
			clock(timeOf(s.returnedAt)))
	case HoldBlueUnread:
		return "{before} is not read: " + f.Unread[Blue]
	case HoldGreenUnread:
		return "{after} is not read: " + f.Unread[Green]
	case HoldStale:
		if s.bothAt == 0 {
			return "no minute is final on both sides yet"
		}
		return "no minute after " + clock(v.FinalTo) + " is final on both sides"
	case HoldPermission:
		return "missing permissions: " + strings.Join(f.Missing, ", ")
	case HoldP95:
		blue, green := f.P95[Blue].Or(migration.Bounds[time.Duration]{}), f.P95[Green].Or(migration.Bounds[time.Duration]{})
		return fmt.Sprintf("p95 on {after} is %s, over %.2f times that on {before}, %s",
			migration.Brief(green.Low), w.limits.at(SlowerRatio),
			migration.Brief(blue.High))
	case HoldObjective:
		for signal := range SignalCount {
			if exceeds, what := w.objective(signal, f, s); exceeds {
				return what
			}
		}
	case HoldFrozen:
		return "frozen until " + clock(f.FrozenUntil) + ": " + f.Frozen
	case HoldCostUnknown:
		for _, side := range [...]Side{Blue, Green} {
			if !f.Cost.PerThousand[side].Known() {
				return "the cost on " + side.String() + " is unknown"
			}
		}
	case HoldRecent:
		at := max(s.heldAt, w.factsHeldAt)
		return fmt.Sprintf("a reason to hold stood until %s: PROMOTE needs %d final minutes without one", clock(timeOf(at)), quietFor)
	case HoldLapsed:
		return "no run on {after} since " + clock(timeOf(s.green.lastRun))
	}
	return w.lackText(f, r)
}

// decision is the override in force.
func (w *Watch) decision() Override {
	for i := int(w.now.override) - 1; i >= 0 && i < len(w.overrides); i-- {
		if w.overrides[i].Kind == Overruled {
			return w.overrides[i]
		}
	}
	return Override{}
}

// lackText is the sentence of what a PROMOTE lacks.
func (w *Watch) lackText(f *Facts, r Hold) string {
	s := &w.now
	switch r {
	case NeedMinutes:
		return fmt.Sprintf("%s of %s have passed", text.PluralOf(max(s.looks(), 0), "minute", "minutes"), brief(w.limits.at(MinMinutes)))
	case NeedRuns:
		return fmt.Sprintf("%s of %.0f {after.run}s have run%s", text.Grouped(s.green.runs), w.limits.at(MinRuns),
			w.wait(w.limits.at(MinRuns)-
				float64(s.green.runs), float64(s.green.runs)))
	case NeedEvidence:
		g := &s.both[Green]
		need, of := w.missing()
		return fmt.Sprintf("not enough evidence: N %s of %.0f, %s of %s failed%s", evidence(s.lnN()/math.Ln10), s.healthLimit(),
			text.Grouped(g.e), text.PluralOf(g.n, "{after.run}", "{after.run}s"), w.wait(need, of))
	case NeedPeak:
		if peak, ok := f.Peak.Get(); ok {
			return fmt.Sprintf("no daily peak seen: the busiest quarter of an hour had %s messages, such a day's has %.0f",
				text.Grouped(s.peak.busiest), peak)
		}
		return "no daily peak seen: a whole day is needed, since the peak is not known"
	}
	return r.String()
}

// deadText counts dead letters and dropped events.
func (w *Watch) deadText() string {
	fl := &w.now.flow
	var parts []string
	for i, of := range [...]string{"{before}", "{after}", "a queue that both sides share"} {
		if fl.dead[i] > 0 {
			parts = append(parts, text.PluralOf(fl.dead[i], "dead letter", "dead letters")+" of "+of)
		}
	}
	if n := w.now.green.dropped; n > 0 {
		parts = append(parts, text.PluralOf(n, "event or {after.run} was dropped uncounted",
			"events or {after.run}s were dropped uncounted"))
	}
	return strings.Join(parts, ", ")
}

// missing is how many messages of both sides the evidence of health lacks at the rates so far, and how many there were; 0
// where it does not grow.
func (w *Watch) missing() (need, of float64) {
	s := &w.now
	b, g := &s.both[Blue], &s.both[Green]
	n := float64(b.n + g.n)
	if b.n == 0 || g.n == 0 {
		return 0, n
	}
	margin := w.limits.at(Margin)
	share := float64(g.n) / n
	d := margin*share + 1 - share
	each := (share*math.Log(d/margin) + (1-share)*math.Log(d)) * float64(b.e+g.e) / n / s.healthDivisor()
	if each > 0 {
		need = (math.Log(s.healthLimit()) - s.lnN()) / each
	}
	if zero := (w.limits.zeroMessages(s.divisor()) - float64(g.n)) / share; g.e == 0 && (need == 0 || zero < need) {
		need = zero
	}
	return need, n
}

// wait is how long something takes at the rate so far: "; about 11 days at this rate, or with its cohort".
func (w *Watch) wait(need, of float64) string {
	minutes := float64(w.now.looks())
	if need <= 0 || of <= 0 || minutes <= 0 {
		return ""
	}
	d := need / (of / minutes)
	switch {
	case d > 100*dayMinutes:
		return "; more than 100 days at this rate, or promote with its cohort"
	case d > 2*dayMinutes:
		return fmt.Sprintf("; about %.0f days at this rate, or promote with its cohort", d/dayMinutes)
	case d > 120:
		s := fmt.Sprintf("; about %.0f hours at this rate", d/60)
		if d > dayMinutes {
			s += ", or promote with its cohort"
		}
		return s
	}
	return fmt.Sprintf("; about %.0f min at this rate", math.Ceil(d))
}

// brief writes a number of seconds.
func brief(seconds float64) string {
	return migration.Brief(time.Duration(seconds * float64(time.Second)))
}
