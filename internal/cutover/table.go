package cutover

import (
	"fmt"
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// State is how a signal stands.
type State = migration.SignalState

// The states.
const (
	NotYet    = migration.SignalNotYet
	Unread    = migration.SignalUnread
	Fine      = migration.SignalFine
	Holding   = migration.SignalHolds
	RollsBack = migration.SignalRollsBack
)

// Row is one signal as it stands, with its thresholds and where they were set.
type Row struct {
	Signal     Signal
	State      State
	Value      string // a phrase with its numbers
	Thresholds []NamedThreshold
}

// NamedThreshold is a threshold with its limit.
type NamedThreshold struct {
	Limit Limit
	Threshold
}

// holdsOf and rulesOf are the reasons that belong to a signal.
var (
	holdsOf = [SignalCount]Holds{
		Share:        1<<HoldShare | 1<<HoldNoControl | 1<<HoldReturned | 1<<NeedPeak,
		Conservation: 1<<HoldLoss | 1<<HoldDuplicates | 1<<HoldQueueUnread,
		Failures:     1<<HoldDoubt | 1<<HoldBothWorse | 1<<HoldUnresolved,
		Reasons:      1<<HoldKilled | 1<<HoldDeadline | 1<<HoldImages,
		Wall:         1 << HoldWall,
		Duration:     1<<HoldSlower | 1<<HoldP95,
		StartUp:      1 << HoldPending,
		Dwell:        1 << HoldDwell,
		Capacity:     1 << HoldThrottled,
		LossPath:     1 << HoldDead,
		LogLines:     1<<HoldSilentGreen | 1<<HoldSilentBlue,
		Cost:         1 << HoldCostUnknown,
		MemoryFit:    1 << HoldMemory,
	}
	ruleSignals = [ruleCount]Signal{
		RuleFailures: Failures, RuleLoss: Conservation, RuleDeadLetters: LossPath, RuleAllFail: Failures, RuleDwell: Dwell,
		RuleSlower: Duration,
	}
)

// Signals is the whole table: every signal, its state and its thresholds.
func (w *Watch) Signals(f *Facts, v *Verdict) []Row {
	rows := make([]Row, 0, SignalCount)
	for s := range SignalCount {
		row := Row{Signal: s}
		row.Value, row.State = w.value(s, f, v)
		if row.State == Fine && v.Stage != Before && v.Holds&holdsOf[s]&wrong != 0 {
			row.State = Holding
		}
		if exceeds, what := w.objective(s, f, &w.now); exceeds && v.Stage != Before {
			row.State, row.Value = Holding, row.Value+"; "+what
		}
		if v.Latch.Rule != NoRule && ruleSignals[v.Latch.Rule] == s {
			row.State = RollsBack
		}
		for l := range limitCount {
			if limitInfos[l].signal == s {
				row.Thresholds = append(row.Thresholds, NamedThreshold{l, w.limits.Of(l)})
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// value is a signal's phrase, and Fine, NotYet or Unread.
func (w *Watch) value(signal Signal, f *Facts, v *Verdict) (string, State) {
	s := &w.now
	fl, g := &s.flow, &s.green
	switch signal {
	case Share:
		n := s.routed.green + s.routed.blue
		switch {
		case s.routed.backlog > 0:
			waiting := text.PluralOf(s.routed.backlog, "message", "messages")
			return fmt.Sprintf("%s of before the step are still to be processed", waiting), NotYet
		case n == 0:
			return "nothing ran", NotYet
		}
		return fmt.Sprintf("%s observed, %s intended", points(s.routed.green/n), points(s.share)), Fine
	case Conservation:
		return fl.value()
	case Failures:
		if v.Messages[Blue]+v.Messages[Green] == 0 {
			return "nothing ran on both sides", NotYet
		}
		return fmt.Sprintf("%s (by %s); E %s of %.0f, N %s of %.0f", rates(v.Messages, v.Failures), v.Basis,
			evidence(v.HarmE), s.harmLimit(), evidence(v.HealthN), s.healthLimit()), Fine
	case Reasons:
		if g.runs == 0 {
			return "no {after.run} ran", NotYet
		}
		return fmt.Sprintf("of %s failures: %d OOMKilled, %d over their deadline, %d evicted", text.Grouped(g.failures), g.killed,
			g.timedOut, g.evicted), Fine
	case Wall:
		return seen(s.last.wallAt, s.at, s.last.wall, g.runs, "longest run over %s of its time limit at %s")
	case MemoryFit:
		return seen(s.last.memoryAt, s.at, s.last.memory, g.runs, "peak at %s of the memory limit at %s")
	case Duration:
		return w.duration(f, v)
	case StartUp:
		if s.last.pendingAt > 0 && s.at-s.last.pendingAt < pendingFor {
			return "p95 of waiting {after.run}s " + brief(float64(s.last.pending)), Fine
		}
		return fmt.Sprintf("longest start-up %s, within the budget", brief(float64(s.last.startUp))), fine(g.runs > 0)
	case Dwell:
		if fl.oldest < 0 {
			return queueState(fl.state), unreadOr(fl.state, NotYet)
		}
		return fmt.Sprintf("oldest message %s, rising for %d min", brief(float64(fl.oldest)), fl.rising), Fine
	case Capacity:
		return fmt.Sprintf("%s throttled while {after} was idle; concurrency on {before} at %s of its limit",
			text.PluralOf(s.last.throttled, "request", "requests"), text.Percent(float64(s.last.concurrency))), fine(s.bothAt > 0)
	case LossPath:
		if d := w.deadText(); d != "" {
			return d, Fine
		}
		return "no dead letters, nothing dropped", unreadOr(fl.state, Fine)
	case LogLines:
		b, j := &s.silence[Blue], &s.silence[Green]
		if !b.known && !j.known {
			return "log lines are not read", NotYet
		}
		return fmt.Sprintf("runs since the last line: %d on {before}, %d on {after}", b.runs, j.runs), Fine
	}
	return w.cost(f)
}

// fine is Fine where something is known.
func fine(known bool) State {
	if known {
		return Fine
	}
	return NotYet
}

// unreadOr is Unread where the queue could not be read, and the other state elsewhere.
func unreadOr(r Reading, other State) State {
	if r == QueueDenied || r == QueueFailed {
		return Unread
	}
	return other
}

// queueState is a phrase for a queue without numbers.
func queueState(r Reading) string {
	if r == NoQueue {
		return "no queue is configured"
	}
	return "queue: " + r.String()
}

// seen is the phrase of a ratio that was over its limit.
func seen(at, now int32, value float32, runs int64, format string) (string, State) {
	if at > 0 && now-at < seenFor {
		return fmt.Sprintf(format, text.Percent(float64(value)), clock(timeOf(at))), Fine
	}
	if runs == 0 {
		return "no {after.run} ran", NotYet
	}
	return "within the limit", Fine
}

// value is the phrase of the conservation.
func (f *flow) value() (string, State) {
	if !f.counting {
		return queueState(f.state), unreadOr(f.state, NotYet)
	}
	return fmt.Sprintf("%s sent = %s on {before} + %s on {after} + %s in queues + %d dead letters + %d unaccounted for; %s",
		text.Grouped(f.sent), text.Grouped(f.blue), text.Grouped(f.green), text.Grouped(int64(f.depth)-f.depth0),
		f.dead[Blue]+f.dead[Green]+f.dead[sharedDead], f.residual, text.PluralOf(f.redelivered, "redelivery", "redeliveries")), Fine
}

// duration is the phrase of run time.
func (w *Watch) duration(f *Facts, v *Verdict) (string, State) {
	b := &w.now.both[Green]
	var s string
	if b.timed > 0 && w.lined() {
		s = fmt.Sprintf("%s of %s runs longer than the p95 of {before} was, %s than its p99; E %s of %d",
			text.Percent(rate(b.over95, b.timed)),
			text.Grouped(b.timed), text.Percent(rate(b.over99, b.timed)), evidence(v.SlowerE), HarmE)
	}
	blue, ok1 := f.P95[Blue].Get()
	green, ok2 := f.P95[Green].Get()
	if ok1 && ok2 {
		if s != "" {
			s += "; "
		}
		s += fmt.Sprintf("p95 %s on {after}, %s on {before}", migration.Brief(green.High), migration.Brief(blue.High))
	}
	if s == "" {
		return fmt.Sprintf("fewer than %d run times on {before} before the step", minBaseline), NotYet
	}
	return s, Fine
}

// lined reports whether blue's own run times are known from before the step.
func (w *Watch) lined() bool {
	i := int(w.now.step)
	return i >= 0 && i < len(w.steps) && w.steps[i].Line95 > 0
}

// cost is the phrase of the cost of 1,000 messages.
func (w *Watch) cost(f *Facts) (string, State) {
	blue, ok1 := f.Cost.PerThousand[Blue].Get()
	green, ok2 := f.Cost.PerThousand[Green].Get()
	if !ok1 || !ok2 {
		return "unknown on a side", Unread
	}
	s := fmt.Sprintf("$%s for 1,000 messages on {before}, $%s on {after}", blue.Fixed(4), green.Fixed(4))
	if least := w.limits.at(CostMessages); float64(f.Cost.Messages[Blue]) < least || float64(f.Cost.Messages[Green]) < least {
		return fmt.Sprintf("%s; compared after %.0f messages on both sides", s, least), NotYet
	}
	return s, Fine
}

// Explanation is a verdict in sentences.
type Explanation struct {
	Text    string   // the word as a column shows it
	Reason  string   // why, in one sentence
	Others  []string // the other reasons of a HOLD, the most urgent first
	Next    []string // what PROMOTE lacks
	Signals []Row
	// Decisions are what people decided about latches, oldest first.
	Decisions []Override
}

// Explain puts a verdict of [Watch.Assess] into sentences. The facts must be those of that verdict.
func (w *Watch) Explain(f *Facts, v *Verdict) Explanation {
	e := Explanation{Text: v.Text(), Reason: w.Reason(f, v), Signals: w.Signals(f, v), Decisions: w.overrides}
	first := true
	for r := range v.Holds.All {
		switch sentence := w.hold(f, v, r); {
		case r.Lacks():
			e.Next = append(e.Next, sentence)
		case first && v.Word == OnHold: // in the reason already
		default:
			e.Others = append(e.Others, sentence)
		}
		first = false
	}
	return e
}

// Bar is where the evidence stands between ROLL BACK and PROMOTE: -1 at the evidence that rolls back, 1 at that which
// promotes, 0 where there is none.
func (v *Verdict) Bar() float64 {
	more := 0.0
	if v.Basis == ByAttempt {
		more = math.Log10(AttemptE) - math.Log10(HarmE)
	}
	harm, health := min(max(v.HarmE, 0)/(math.Log10(HarmE)+more), 1), min(max(v.HealthN, 0)/(math.Log10(HealthE)+more), 1)
	if v.Latch.Rule != NoRule {
		harm, health = 1, 0
	}
	return health - harm
}

// Age is how long the evidence has been collected at a time.
func (v *Verdict) Age(now time.Time) time.Duration {
	if v.Since.IsZero() {
		return 0
	}
	return max(now.Sub(v.Since), 0)
}
