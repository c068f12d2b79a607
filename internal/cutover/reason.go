package cutover

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/text"
)

// Text is the verdict in the words of a column: "PROMOTE 20 to 50 %", "move (ready)".
func (v *Verdict) Text() string {
	switch v.Word {
	case Promote:
		next, ok := v.Next.Get()
		if !ok {
			return v.Word.String()
		}
		return fmt.Sprintf("%s %s to %s", v.Word, strings.TrimSuffix(points(v.Share), " %"), points(next))
	case Move, CannotStay:
		if v.Ready {
			return v.Word.String() + " (ready)"
		}
		return v.Word.String() + " (not ready)"
	}
	return v.Word.String()
}

// points writes a share with at most one decimal.
func points(share float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", share*100), ".0") + " %"
}

// Reason is why the verdict is what it is: one sentence with its numbers, the messages behind it and since when.
func (w *Watch) Reason(f *Facts, v *Verdict) string {
	switch {
	case v.Stage == Before:
		return w.reasonBefore(f, v)
	case v.Word == RollBack:
		return w.rollBack(v) + w.behind(v)
	case v.Word == OnHold:
		return w.hold(f, v, v.Holds.First()) + w.behind(v)
	case v.Word == Promote:
		return w.promote(v) + w.behind(v)
	}
	s := "all messages go to {after}, and nothing is wrong"
	if d, ok := f.Cost.Delta.Get(); ok && d > 0 {
		s = "all messages go to {after}, and each costs " + text.Percent(d) + " more"
	}
	return s + w.behind(v)
}

// behind says on how many messages a verdict rests, and since when.
func (w *Watch) behind(v *Verdict) string {
	if v.Stage == AtEnd {
		return fmt.Sprintf("; %s since %s", text.PluralOf(v.Jobs, "{after.run}", "{after.run}s"), clock(v.Since))
	}
	unit := map[Basis]string{ByBatch: "batches", ByAttempt: "attempts", Divided: "attempts"}[v.Basis]
	if unit == "" {
		unit = "messages"
	}
	s := fmt.Sprintf("; %s on {after} and %s on {before}, %s, since %s", text.Grouped(v.Messages[Green]), text.Grouped(v.Messages[Blue]),
		unit, clock(v.Since))
	if w.now.changedAt > 0 && w.now.changedAt == w.now.since {
		s += ", when a new version began"
	}
	return s
}

// clock writes a time of a sentence; the caller's zone is UTC throughout.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") + " UTC" }

// evidence writes a likelihood ratio that is given as log10: "312", "4.1e+08".
func evidence(log10 float64) string {
	switch v := math.Pow(10, log10); {
	case v >= 1e6:
		return fmt.Sprintf("%.1e", v)
	case v >= 10:
		return fmt.Sprintf("%.0f", v)
	default:
		return fmt.Sprintf("%.2g", v)
	}
}

// rates compares both failure rates.
func rates(n, e [2]int64) string {
	return fmt.Sprintf("%s fail on {after}, %s on {before}", text.Percent(rate(e[Green], n[Green])), text.Percent(rate(e[Blue], n[Blue])))
}

// rollBack is the sentence of the latch.
func (w *Watch) rollBack(v *Verdict) string {
	l := &v.Latch
	var s string
	switch l.Rule {
	case RuleFailures:
		s = fmt.Sprintf("more failures on {after}: %s (%s and %s), E %s", rates(l.Runs, l.Failures), text.Grouped(l.Failures[Green]),
			text.Grouped(l.Failures[Blue]), evidence(l.Value))
		if v.Basis == ByAttempt {
			s += ", attempt based"
		}
		if v.Divisor > 1 {
			s += fmt.Sprintf(", counts divided by %.1f since failures come in clusters", v.Divisor)
		}
	case RuleLoss:
		s = fmt.Sprintf("%s missing for %d final minutes", text.PluralOf(int64(l.Value), "message is", "messages are"), lossMinutes)
	case RuleDeadLetters:
		s = text.PluralOf(int64(l.Value), "dead letter comes", "dead letters come") + " from {after}, none from {before}"
	case RuleAllFail:
		s = fmt.Sprintf("%s of the last {after.run}s failed, nine in ten or more", text.Grouped(int64(l.Value)))
	case RuleDwell:
		s = "the oldest message waited " + brief(l.Value) + " and longer each minute, which it did not on {before} alone"
	case RuleSlower:
		s = "{after} is slower than {before} was, E " + evidence(l.Value)
	}
	return fmt.Sprintf("%s at %s", s, clock(l.At))
}

// promote is the sentence of a PROMOTE.
func (w *Watch) promote(v *Verdict) string {
	if limit := w.now.healthLimit(); w.now.proven {
		if v.HealthN < math.Log10(limit) {
			return fmt.Sprintf("{after} is no worse: %s, N has reached %.0f and is %s", rates(v.Messages, v.Failures), limit,
				evidence(v.HealthN))
		}
		return fmt.Sprintf("{after} is no worse: %s, N %s of %.0f", rates(v.Messages, v.Failures), evidence(v.HealthN), limit)
	}
	return fmt.Sprintf("no failure on {after}, and %s messages show that under %s do",
		text.Grouped(int64(w.limits.zeroMessages(v.Divisor))),
		text.Percent(w.limits.at(Tolerance)))
}

// reasonBefore answers whether the tenant should move.
func (w *Watch) reasonBefore(f *Facts, v *Verdict) string {
	for _, s := range [...]Side{Blue, Green} {
		if f.Unread[s] != "" && v.Word == NoVerdict {
			return s.String() + " is not read: " + f.Unread[s]
		}
	}
	reason := f.Cost.Reason
	if v.Word != Move && v.Word != CannotStay || v.Ready {
		return reason
	}
	for i := range f.Ready {
		if c := &f.Ready[i]; c.stops() {
			not := fmt.Sprintf("not ready: %s: %s", c.Name, c.Detail)
			if reason == "" {
				return not
			}
			return reason + "; " + not
		}
	}
	return reason
}
