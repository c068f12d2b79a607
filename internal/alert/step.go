package alert

import (
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Durations that alerts go by.
const (
	// DefaultFlapping is how soon after its end an alert that fires again counts as one that comes and goes.
	DefaultFlapping = 10 * time.Minute
	// LostFor is how long a source must have been lost before it is told: a poll that fails is repeated.
	LostFor = 2 * time.Minute
	// forgetAfter is how long an alert of which nothing is known is kept: as long as the history keeps runs.
	forgetAfter = 35 * 24 * time.Hour
)

// Rules decide what is told.
type Rules struct {
	// Flapping is how soon after its end an alert that fires again counts as one that comes and goes; 0 is DefaultFlapping.
	Flapping time.Duration
	// Wanted reports whether a condition is told; nil for all.
	Wanted func(*Condition) bool
}

func (r Rules) withDefaults() Rules {
	if r.Flapping <= 0 {
		r.Flapping = DefaultFlapping
	}
	if r.Wanted == nil {
		r.Wanted = func(*Condition) bool { return true }
	}
	return r
}

// Result is what a Snapshot changed.
type Result struct {
	Events []Event
	// Rows are the alerts that changed, to be stored.
	Rows []Row
}

// step is one Snapshot on its way into a State.
type step struct {
	Rules
	state   *State
	facts   *facts
	at      time.Time
	before  time.Time // the Snapshot before
	scope   migration.Scope
	result  Result
	changed map[string]bool
}

// Step takes in a Snapshot and returns the events that follow. A Snapshot that is not newer than the last one changes nothing.
func (s *State) Step(snap *migration.Snapshot, rules Rules) Result {
	if !snap.At.After(s.At) {
		return Result{}
	}
	if s.alerts == nil {
		s.alerts = map[string]*Alert{}
	}
	p := step{
		Rules: rules.withDefaults(), state: s, facts: factsOf(snap), at: snap.At, before: s.At, scope: snap.Scope,
		changed: map[string]bool{},
	}
	s.At = snap.At
	conditions := Conditions(snap)
	shown := make(map[string]bool, len(conditions))
	for _, c := range conditions {
		shown[c.Key] = true
		p.stands(c)
	}
	var gone []string
	for k := range s.alerts {
		if !shown[k] {
			gone = append(gone, k)
		}
	}
	slices.Sort(gone)
	for _, k := range gone {
		p.absent(s.alerts[k])
	}
	for _, k := range slices.Sorted(maps.Keys(p.changed)) {
		if a := s.alerts[k]; a != nil {
			p.result.Rows = append(p.result.Rows, a.row())
		} else {
			p.result.Rows = append(p.result.Rows, Row{Key: k})
		}
	}
	return p.result
}

func (p *step) change(a *Alert) { p.changed[a.Key] = true }

func (p *step) forget(a *Alert) {
	delete(p.state.alerts, a.Key)
	p.change(a)
}

// stands takes in a condition that the Snapshot shows.
func (p *step) stands(c *Condition) {
	a := p.state.alerts[c.Key]
	if a != nil && !a.Stands() && a.Resolved && p.at.Sub(a.Ended) >= p.Flapping {
		a = nil // that one is over
	}
	if a == nil {
		a = &Alert{Condition: *c, Seen: p.at}
		p.state.alerts[c.Key] = a
		p.change(a)
	}
	if w := p.facts.snap.Window.Span; a.Window != w {
		a.Window = w
		p.change(a)
	}
	if !a.Unknown.IsZero() {
		a.Unknown = time.Time{}
		p.change(a)
	}
	if !a.Stands() { // it came back soon
		a.Ended, a.EndedAfter = time.Time{}, time.Time{}
		a.Times++
		p.change(a)
		if a.Resolved {
			a.Resolved, a.Fired, a.Seen, a.Told = false, time.Time{}, p.at, 0
		}
	}
	if c.Kind != KindSource && p.facts.starting() {
		return // half of the data may look worse than all of it
	}
	if !a.Fired.IsZero() {
		p.worse(a, c)
		return
	}
	if c.Kind == KindSource && p.at.Sub(a.Seen) < LostFor {
		return
	}
	if !p.Wanted(c) {
		return
	}
	a.Condition = *c
	a.Fired, a.Told, a.Times = p.at, c.Severity, max(a.Times, 1)
	p.change(a)
	p.tell(a, Firing)
}

// worse says that an alert became worse than it was told, and remembers where it became better for long.
func (p *step) worse(a *Alert, c *Condition) {
	switch {
	case c.Severity > a.Told:
		was := a.Told
		fired := a.Since
		a.Condition = *c
		if !a.Since.Known() {
			a.Since = fired
		}
		a.Told, a.Lower = c.Severity, time.Time{}
		p.change(a)
		p.tell(a, Changed)
		p.result.Events[len(p.result.Events)-1].Was = was
	case c.Severity == a.Told:
		if !a.Lower.IsZero() {
			a.Lower = time.Time{}
			p.change(a)
		}
	case a.Lower.IsZero():
		a.Lower = p.at
		p.change(a)
	case p.at.Sub(a.Lower) >= p.Flapping:
		a.Told, a.Severity, a.Lower = c.Severity, c.Severity, time.Time{}
		p.change(a)
	}
}

// absent takes in that the Snapshot does not show an alert.
func (p *step) absent(a *Alert) {
	seen := p.before
	if !a.Unknown.IsZero() {
		seen = a.Unknown
	}
	if !a.Stands() {
		p.over(a)
		return
	}
	if !p.facts.ended(a, seen) {
		switch {
		case a.Unknown.IsZero():
			a.Unknown = seen
			p.change(a)
		case p.at.Sub(a.Unknown) >= forgetAfter:
			if !a.Fired.IsZero() {
				p.tell(a, Dropped)
			}
			p.forget(a)
		}
		return
	}
	if a.Fired.IsZero() { // it was never told
		p.forget(a)
		return
	}
	a.Ended, a.EndedAfter, a.Unknown, a.Lower = p.at, seen, time.Time{}, time.Time{}
	p.change(a)
	if a.Times > 1 {
		return // it comes and goes: wait whether it stays away
	}
	a.Resolved = true
	p.tell(a, Resolved)
}

// over forgets an alert that ended and stayed away. The end of one that came and went is told now.
func (p *step) over(a *Alert) {
	if p.at.Sub(a.Ended) < p.Flapping {
		return
	}
	switch {
	case a.Resolved:
	case p.facts.ended(a, a.Ended):
		p.tell(a, Resolved)
	case p.at.Sub(a.Ended) < forgetAfter:
		return // it may have come back unseen
	default:
		p.tell(a, Dropped)
	}
	p.forget(a)
}
