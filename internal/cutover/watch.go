package cutover

import (
	"slices"
	"sort"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// How long minutes are kept so that a later copy repairs them. What comes later than that does not count.
const (
	// Repairable is how far back a minute of a tenant between its steps may be repaired.
	Repairable = 2 * time.Hour
	// repairableElse is the same for other tenants.
	repairableElse = 30 * time.Minute
	// settleAfter is when a minute of which one side is missing counts as it is. CloudWatch can change a minute for 18
	// minutes: a timeout of 900 s and 3 minutes.
	settleAfter = 30
)

// Watch is the state of one tenant. The zero value is not usable: see [NewWatch]. Its verdict is a function of the minutes,
// the steps, the overrides and the settings, whatever their order and repetition, as far as they are [Repairable]; Encode
// keeps it over a restart. It is for one goroutine at a time.
type Watch struct {
	limits    Limits
	intakes   [2]Intake
	steps     []Step
	stepMins  []int32 // the minutes in which they begin
	overrides []Override

	cells []cell // sorted, without the minutes that are in base
	base  sums   // all minutes that can no longer be repaired
	head  sums   // base and cells[:next]
	next  int
	now   sums // head and the rest: what is known at the moment
	dirty bool // a cell before next has changed, or what it is counted with
	fresh bool // nothing has changed since now was counted
	until int32

	factsHeldAt int32 // the last minute in which facts outside the minutes gave a reason to hold
}

// NewWatch makes the state of a tenant that nothing is known of.
func NewWatch() *Watch {
	w := &Watch{base: newSums()}
	w.head, w.now = w.base, w.base
	return w
}

// SetLimits sets the thresholds. They apply to all minutes that are still kept.
func (w *Watch) SetLimits(l Limits) {
	if w.limits != l {
		w.limits = l
		w.changed()
	}
}

// SetIntake says how messages become runs on a side.
func (w *Watch) SetIntake(s Side, in Intake) {
	if w.intakes[s] != in {
		w.intakes[s] = in
		w.changed()
	}
}

// changed has everything counted again that is still kept.
func (w *Watch) changed() { w.dirty, w.fresh = true, false }

// SetSteps sets all steps of the tenant so far, in any order. A step that lies before the minutes that are still kept cannot
// be distinguished any more: replay is set then, and the caller should start a new Watch from the history.
func (w *Watch) SetSteps(steps []Step) (replay bool, err error) {
	sorted, err := checkSteps(steps)
	if err != nil {
		return false, err
	}
	if slices.Equal(w.steps, sorted) {
		return false, nil
	}
	known := min(len(w.steps), len(sorted))
	first := 0
	for first < known && w.steps[first] == sorted[first] {
		first++
	}
	if int(w.base.step) >= first && w.base.step >= 0 || first < len(sorted) && w.base.at > 0 && minuteOf(sorted[first].At) <= w.base.at {
		replay = true
	}
	w.setSteps(sorted)
	w.base.step = min(w.base.step, int32(len(sorted)-1))
	w.changed()
	return replay, nil
}

// Steps are the steps so far, in order. The caller must not change them.
func (w *Watch) Steps() []Step { return w.steps }

// StepCount is the number of steps so far; a nil Watch has none.
func (w *Watch) StepCount() int {
	if w == nil {
		return 0
	}
	return len(w.steps)
}

// From is the first minute that a Watch takes: earlier ones can no longer be repaired. It is zero where every minute counts.
func (w *Watch) From() time.Time {
	if w.base.at == 0 {
		return time.Time{}
	}
	return timeOf(w.base.at + 1)
}

// Observed is the share of messages that green had since the step, after the messages that waited then; unknown before any.
func (w *Watch) Observed() migration.Opt[migration.Ratio] {
	r := &w.now.routed
	if n := r.green + r.blue; n > 0 && r.backlog <= 0 {
		return migration.Some(migration.Ratio(r.green / n))
	}
	return migration.None[migration.Ratio]()
}

// setSteps takes checked steps over.
func (w *Watch) setSteps(steps []Step) {
	w.steps, w.stepMins = steps, make([]int32, len(steps))
	for i := range steps {
		w.stepMins[i] = minuteOf(steps[i].At)
	}
}

// Override takes a person's decision over. The same decision counts once.
func (w *Watch) Override(o Override) error {
	if err := o.check(); err != nil {
		return err
	}
	o.At, o.Until = o.At.UTC(), o.Until.UTC()
	at, found := slices.BinarySearchFunc(w.overrides, o, compareOverrides)
	if found {
		return nil
	}
	if at < int(w.base.override) { // before what can be counted again
		at = int(w.base.override)
	}
	w.overrides = slices.Insert(w.overrides, at, o)
	w.changed()
	return nil
}

// Add takes a minute over, in any order and any number of times: a later copy replaces what it has of an earlier one. It
// reports whether the minute counts: one that is older than [Repairable], or has nothing final, does not.
func (w *Watch) Add(m *Minute) bool {
	at := minuteOf(m.Start)
	line95, line99 := w.lines(at)
	c := pack(m, line95, line99)
	if c.have == 0 || at == 0 || at <= w.base.at {
		return false
	}
	n := len(w.cells)
	if n == 0 || w.cells[n-1].at < at {
		w.cells = append(w.cells, c)
		w.fresh = false
		return true
	}
	i := n - 1 - int(w.cells[n-1].at-at) // where it is if no minute is missing
	if i < 0 || w.cells[i].at != at {
		i = sort.Search(n, func(i int) bool { return w.cells[i].at >= at })
	}
	if w.cells[i].at == at {
		if !w.cells[i].merge(&c) {
			return true
		}
	} else {
		w.cells = slices.Insert(w.cells, i, c)
		if i < w.next {
			w.next++
		}
	}
	w.fresh = false
	if i < w.next {
		w.dirty = true
	}
	return true
}

// lines are blue's percentiles that green's runs are compared with in a minute.
func (w *Watch) lines(at int32) (line95, line99 time.Duration) {
	for i := len(w.steps) - 1; i >= 0; i-- {
		if s := &w.steps[i]; w.stepMins[i] <= at {
			return s.Line95, s.Line99
		}
	}
	return 0, 0
}

// advance counts all minutes before a time.
func (w *Watch) advance(now time.Time) {
	before := minuteOf(now) // its own minute is not over
	if w.fresh && w.until == before {
		return
	}
	if w.dirty {
		w.head, w.next, w.dirty = w.base, 0, false
	}
	for w.next < len(w.cells) {
		c := &w.cells[w.next]
		if c.at >= before || !(c.both() || c.at < before-settleAfter) {
			break
		}
		w.count(&w.head, c)
		w.next++
	}
	w.fold(before)
	w.now = w.head
	for i := w.next; i < len(w.cells) && w.cells[i].at < before; i++ {
		w.count(&w.now, &w.cells[i])
	}
	w.events(&w.now, before)
	w.fresh, w.until = true, before
}

// fold moves minutes into base that can no longer be repaired.
func (w *Watch) fold(before int32) {
	keep := repairableElse
	if w.head.between() || w.head.latch.rule != NoRule {
		keep = Repairable
	}
	oldest := before - int32(keep/time.Minute)
	n := 0
	for n < w.next && w.cells[n].at < oldest {
		w.count(&w.base, &w.cells[n])
		n++
	}
	if n > 0 {
		w.cells = w.cells[n:]
		w.next -= n
	}
}

// Minutes returns how many minutes the watch keeps for repair, and the time that they span.
func (w *Watch) Minutes() (n int, span time.Duration) {
	if n = len(w.cells); n > 0 {
		span = time.Duration(w.cells[n-1].at-w.cells[0].at+1) * time.Minute
	}
	return n, span
}
