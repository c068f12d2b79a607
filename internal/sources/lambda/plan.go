package lambda

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

const (
	// minutesOfPast is how much of the past the first poll asks for by the
	// minute, and minutesLarge of a large fleet, one of more functions with data
	// than largeFleet: from the next full period of what is before on, so that
	// 500 queries never exceed the datapoints of one page, which would be billed
	// twice.
	minutesOfPast = 3 * time.Hour
	minutesLarge  = time.Hour
	largeFleet    = 1000
	// longGap is the time without answers after which its middle is read as
	// coarsely as the past.
	longGap = 6 * time.Hour
)

// pastPeriods are how finely the past may be asked for. Period 300 reaches back
// 63 days and 3600 455 days.
var pastPeriods = [...]time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour}

// past says how much of the past a fleet of some size is asked for by the minute,
// and how finely what is before that. CloudWatch bills the metric and not the
// datapoint: so it is the finest period by which 500 queries about all of history
// fit into one page, and with that into one request.
func past(functions int, history time.Duration) (minutes, period time.Duration) {
	if functions > largeFleet { // the screen has room for a tenth of it, and memory for less
		return minutesLarge, time.Hour
	}
	for _, period = range pastPeriods {
		if maxQueries*int(history/period) <= maxDatapoints && history <= 63*24*time.Hour {
			break
		}
	}
	return minutesOfPast, period
}

// owned is a key in an account, "" for the source's own. Prices depend on the account, so
// activity is published by account.
type owned struct {
	key     migration.Key
	account string
}

// group is all functions of one key in one account. They are asked about together, since their
// minutes are added up into one Activity that replaces the one before.
type group struct {
	key     migration.Key
	account string      // "" for the source's own
	old     []*function // with data at the start: their past is asked for
	active  []*function // with data now
	last    time.Time   // last complete answer
	days    bool        // whole days were read
	offset  time.Duration
	spread  bool // offset has been drawn
}

// finalityLag is the longest of its functions'.
func (g *group) finalityLag() time.Duration {
	var longest time.Duration
	for _, fn := range g.active {
		longest = max(longest, fn.finalityLag())
	}
	return longest
}

// span is a time range in equal periods.
type span struct {
	start, end time.Time
	period     time.Duration
}

// at is when a period begins.
func (s span) at(period int) time.Time { return s.start.Add(time.Duration(period) * s.period) }

func (s span) periods() int { return int(s.end.Sub(s.start) / s.period) }

// pastDue reports whether past hours are still to be read. They are read for
// all functions of a key at once, since their hours are added up too.
func (g *group) pastDue() bool {
	return slices.ContainsFunc(g.old, func(fn *function) bool { return !fn.pastRead })
}

// regroup sorts the functions into groups by their keys.
func (s *Source) regroup() {
	for _, g := range s.groups {
		g.old, g.active = g.old[:0], g.active[:0]
	}
	for _, fn := range s.fleet.functions {
		if !fn.attributed || s.waitsForTags(fn) || s.waitsForAliases(fn) || (!fn.active && !fn.old) {
			continue
		}
		at := owned{fn.Key, fn.account}
		g := s.groups[at]
		if g == nil {
			g = &group{key: fn.Key, account: fn.account}
			s.groups[at] = g
		}
		if fn.active {
			g.active = append(g.active, fn)
		}
		if fn.old {
			g.old = append(g.old, fn)
		}
	}
	byName := func(a, b *function) int { return cmp.Compare(a.Name, b.Name) }
	s.order = s.order[:0]
	for key, g := range s.groups {
		if len(g.active) == 0 && len(g.old) == 0 {
			delete(s.groups, key)
			continue
		}
		slices.SortFunc(g.active, byName)
		slices.SortFunc(g.old, byName)
		s.order = append(s.order, g)
	}
	slices.SortFunc(s.order, func(a, b *group) int { return cmp.Or(compareKeys(a.key, b.key), cmp.Compare(a.account, b.account)) })
}

func compareKeys(a, b migration.Key) int {
	return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Workload, b.Workload))
}

// due are the questions of this poll.
func (p *poll) due(focus sources.Focus) []*ask {
	queries := 0
	p.plan = planned{known: true}
	for _, g := range p.order {
		n, _ := p.asks(g)
		queries += n
	}
	var asks []*ask
	days := p.missingDays()
	for _, g := range p.order {
		g.days = g.days || days.periods() == 0
		every := g.interval(focus)
		if queries, billed := p.asks(g); queries > 0 {
			p.plan.add(int64(queries), billed, max(every, p.Settings.Cadence))
		}
		if p.History > 0 && g.pastDue() {
			past := span{p.boundary.Add(-p.History.Truncate(p.period)), p.boundary, p.period}
			asks = append(asks, p.askEmbedded(newAsk(g, g.old, past, true)))
		}
		if g.daysDue() && p.Days > 0 {
			ask := p.askEmbedded(newAsk(g, g.old, days, true))
			ask.days = true
			asks = append(asks, ask)
		}
		if len(g.active) == 0 || !p.isDue(g, slowed(every, p.Focus.Pace.Times()), queries > maxQueries) {
			continue
		}
		for _, sp := range p.spans(g) {
			asks = append(asks, p.askEmbedded(newAsk(g, g.active, sp, false)))
		}
	}
	asks = p.allowed(asks, focus)
	// Minutes first, and alike windows together; then by name, so that the
	// same fleet asks the same questions.
	slices.SortFunc(asks, func(a, b *ask) int {
		return cmp.Or(
			cmp.Compare(a.span.period, b.span.period),
			b.span.end.Compare(a.span.end),
			a.span.start.Compare(b.span.start),
			compareKeys(a.group.key, b.group.key), cmp.Compare(a.group.account, b.group.account),
		)
	})
	return asks
}

// planned adds up what is asked an hour.
type planned struct {
	known     bool
	low, high float64
}

func (p *planned) add(queries, billed int64, every time.Duration) {
	times := float64(time.Hour) / float64(every)
	p.low += times * float64(billed)
	p.high += times * float64(queries)
}

// asks is what one question about a group's active functions asks, as they are now.
func (p *poll) asks(g *group) (queries int, billed int64) {
	for _, fn := range g.active {
		n, metrics := size(groupsOf(fn))
		queries, billed = queries+n, billed+metrics
		if len(fn.aliases) == 0 && len(p.Embedded) == 0 {
			continue
		}
		now := &ask{span: span{p.End.Add(-fn.finalityLag() - time.Minute), p.End, time.Minute}}
		now.units = []*unit{now.unitOf(fn, nil)}
		for u := range p.askEmbedded(now).every {
			n, metrics = size(u.groups)
			queries, billed = queries+n, billed+metrics
		}
	}
	return queries, billed
}

// queries is what the question asks in all, of aliases too.
func (a *ask) queries() int64 { return int64(a.missing) }

// slowed is a time made longer.
func slowed(d time.Duration, times float64) time.Duration { return time.Duration(float64(d) * times) }

// allowed are the questions that the budget has room for: who is looked at first,
// then who waited longest, and the past last. The rest stays due.
func (p *poll) allowed(asks []*ask, focus sources.Focus) []*ask {
	room, limited := p.Focus.Pace.Allow.Get()
	var all int64
	for _, a := range asks {
		all += a.queries()
	}
	if !limited || all <= room {
		return asks
	}
	slices.SortStableFunc(asks, func(a, b *ask) int {
		return cmp.Or(
			boolFirst(b.past, a.past),
			cmp.Compare(a.group.interval(focus), b.group.interval(focus)),
			a.group.last.Compare(b.group.last),
			compareKeys(a.group.key, b.group.key), cmp.Compare(a.group.account, b.group.account),
		)
	})
	left := room
	kept := slices.DeleteFunc(asks, func(a *ask) bool {
		if a.queries() > left {
			p.leftOut += len(a.units)
			return true
		}
		left -= a.queries()
		return false
	})
	return kept
}

// boolFirst orders what is true first.
func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// isDue reports whether a group's time has come. The second questions about a
// large fleet come early by a random part of their interval, so that from then on
// they are spread evenly over the polls.
func (p *poll) isDue(g *group, every time.Duration, large bool) bool {
	if g.last.IsZero() {
		return true
	}
	early := slowed(p.Settings.Cadence, p.Focus.Pace.Times()) / 2 // rather half a poll early than half a poll late
	if large && p.Rand != nil && !g.spread && every > sources.EveryFocused {
		g.spread = true
		g.offset = time.Duration(p.Rand.Int64N(int64(every)))
	}
	return p.Now.Sub(g.last) >= every-early-g.offset
}

// spans are the time ranges to read for a group: each reaches back over everything that was
// not final when it was last read.
func (p *poll) spans(g *group) []span {
	settle := g.finalityLag()
	from, seen := p.End.Add(-settle-time.Minute), p.End
	for _, fn := range g.active {
		known := p.boundary
		if !fn.seen.IsZero() {
			known = fn.seen.Add(-settle - time.Minute)
			seen = minTime(seen, fn.seen)
		} else {
			seen = p.boundary
		}
		from = minTime(from, known.Truncate(time.Minute))
	}
	if slices.ContainsFunc(g.active, p.weighs) { // dealt out from the beginning of a block on
		from = from.Truncate(p.period)
	}
	if from.Before(p.boundary) {
		from = p.boundary
	}
	hours := awspoll.Ceil(seen, p.period)
	minutes := awspoll.Ceil(p.Now.Add(-p.minutes), p.period)
	if p.End.Sub(seen) <= longGap || !hours.Before(minutes) {
		return []span{{from, p.End, time.Minute}}
	}
	out := []span{{hours, minutes, p.period}, {minutes, p.End, time.Minute}}
	if from.Before(hours) {
		out = append(out, span{from, hours, time.Minute})
	}
	return out
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
