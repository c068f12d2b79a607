package monitor

import (
	"cmp"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// fewMissing is how many runs may be a slot too early or too late, since INIT comes before
// a run and its report after it.
const fewMissing = 2

// measured are the cells of a unit with what the logs say instead of estimates.
func (b *builder) measured(cells []cell, u *unit) []cell {
	if len(cells) == 0 {
		if u.own.Runs == 0 {
			return nil
		}
		// CloudWatch has nothing of it, and the log does.
		c := cell{start: u.from, span: int32(u.to - u.from), final: true, evidence: &namedByReports, runs: u.own.Runs, failures: u.own.Failures}
		c.bill(u.billed, u.own.Runs, u.known())
		c.tell(&u.own)
		return []cell{c}
	}
	out := slices.Clone(cells)
	var runs, requests, failures int64
	// Nobody else knows what a linked account's runs were billed.
	unbilled := !slices.ContainsFunc(out, func(c cell) bool { return len(c.invoked) > 0 })
	var estimated migration.MBMillis
	for i := range out {
		runs += out[i].runs
		failures += out[i].failures
		for _, in := range out[i].invoked {
			requests += in.requests
			estimated += in.billed
		}
		if unbilled {
			requests += out[i].runs
		}
	}
	var split, splitFailures int64
	for _, s := range u.split {
		split += s.Runs
		splitFailures += s.Failures
	}
	billed := make(map[*migration.Place]migration.MBMillis, len(u.billed))
	for place, amount := range u.billed {
		billed[place] = amount
	}
	known, missing := u.known(), requests-u.runs
	lacking := missing > max(fewMissing, requests/50)
	if lacking && !unbilled {
		// For what no line tells, the estimate stays.
		known = knownOfMost
		place := b.placeOf(cells)
		billed[place] += migration.MBMillis(float64(estimated) * float64(missing) / float64(requests))
	}
	// What is left to this key, spread as CloudWatch counted it.
	left := share{total: max(runs-split, 0), of: runs}
	asked := share{total: max(requests-split, 0), of: requests}
	failed := share{total: max(failures-splitFailures, 0), of: failures}
	parts := make(map[*migration.Place]*share, len(billed))
	for place, amount := range billed {
		parts[place] = &share{total: int64(amount), of: requests}
	}
	kept := out[:0]
	for i := range out {
		c := out[i]
		var here int64
		var besides []invoked
		for _, in := range c.invoked {
			here += in.requests
			if in.beside != nil {
				in.requests, in.billed = 0, 0
				besides = append(besides, in)
			}
		}
		if unbilled {
			here = c.runs
		}
		c.runs, c.failures = left.take(c.runs), failed.take(c.failures)
		c.have &^= knowsAttempts
		if requests > 0 {
			amounts := make(map[*migration.Place]migration.MBMillis, len(parts))
			for place, p := range parts {
				amounts[place] = migration.MBMillis(p.take(here))
			}
			c.invoked = nil
			c.bill(amounts, asked.take(here), known)
			c.invoked = append(c.invoked, besides...)
			if unbilled && !lacking {
				c.have &^= costUnknown
			}
		}
		if i == 0 {
			c.tell(&u.own)
		}
		if split > 0 && left.total == 0 && len(besides) == 0 {
			continue // all of it belongs to others
		}
		kept = append(kept, c)
	}
	return kept
}

// known is how what was billed is known.
func (u *unit) known() *migration.Evidence {
	if u.atLeast {
		return knownAtLeast
	}
	return knownFromReports
}

// placeOf is where most of some cells was billed.
func (b *builder) placeOf(cells []cell) *migration.Place {
	for i := range cells {
		for _, in := range cells[i].invoked {
			return in.place
		}
	}
	return intern(b.store.places, migration.Place{})
}

// share hands a total out in proportion, without losing any of it.
type share struct{ total, of, seen, given int64 }

func (s *share) take(n int64) int64 {
	if s.of <= 0 {
		return 0
	}
	s.seen += n
	due := int64(float64(s.total) * float64(s.seen) / float64(s.of))
	if s.seen >= s.of {
		due = s.total
	}
	part := due - s.given
	s.given = due
	return part
}

// bill puts what Lambda bills on a cell, place by place.
func (c *cell) bill(billed map[*migration.Place]migration.MBMillis, requests int64, known *migration.Evidence) {
	places := make([]*migration.Place, 0, len(billed))
	for place := range billed {
		places = append(places, place)
	}
	slices.SortFunc(places, func(a, b *migration.Place) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Arch, b.Arch))
	})
	for i, place := range places {
		in := invoked{place: place, known: known, billed: billed[place]}
		if i == 0 {
			in.requests = requests // priced alike for both architectures
		}
		if in.requests != 0 || in.billed != 0 {
			c.invoked = append(c.invoked, in)
		}
	}
}

// tell puts what only logs know on a cell.
func (c *cell) tell(runs *migration.LoggedRuns) {
	m := *c.rest()
	m.peakMemory = runs.Peak.Distribution()
	starts := runs.Init
	if len(runs.Restore) > 0 {
		starts = slices.Clone(starts)
		starts.Merge(runs.Restore)
	}
	m.startUp = starts.Distribution()
	if runs.Runs > 0 {
		m.timedOut, m.oomKilled = migration.Some(runs.TimedOut), migration.Some(runs.OOMKilled)
	}
	c.keep(m)
}

// splitCells are a tenant's part of a unit, spread over its cells as CloudWatch counted
// all runs, so that edges of windows cut both alike.
func (b *builder) splitCells(cells []cell, u *unit, s *splitRuns) []cell {
	var all int64
	for i := range cells {
		all += cells[i].runs
	}
	if all == 0 { // CloudWatch has nothing of it
		cells, all = []cell{{start: u.from, span: int32(u.to - u.from), runs: 1}}, 1
	}
	runs := share{total: s.Runs, of: all}
	failures := share{total: s.Failures, of: all}
	parts := make(map[*migration.Place]*share, len(s.billed))
	for place, amount := range s.billed {
		parts[place] = &share{total: int64(amount), of: all}
	}
	out := make([]cell, 0, len(cells))
	for i := range cells {
		c := cell{
			start: cells[i].start, span: cells[i].span, final: true, evidence: intern(b.store.evidences, namedByReports),
			runs: runs.take(cells[i].runs), failures: failures.take(cells[i].runs), have: knowsAttempts,
		}
		amounts := make(map[*migration.Place]migration.MBMillis, len(parts))
		for place, p := range parts {
			amounts[place] = migration.MBMillis(p.take(cells[i].runs))
		}
		c.bill(amounts, c.runs, u.known())
		if i == 0 {
			c.tell(&s.LoggedRuns)
			m := *c.rest()
			m.duration = s.Duration.Distribution()
			c.keep(m)
		}
		out = append(out, c)
	}
	return out
}
