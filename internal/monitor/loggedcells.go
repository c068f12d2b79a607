package monitor

import (
	"cmp"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// measured are the cells of a unit with what the logs say instead of estimates. Invocations
// that no report tells of keep their estimate, and a unit without any report keeps all of it.
func (b *builder) measured(u *unit) []bucket {
	if len(u.cells) == 0 {
		if u.own.Runs == 0 {
			return nil
		}
		// CloudWatch has nothing of it, and the log does.
		runs := max(u.own.Runs-u.early, 0)
		c := bucket{
			start: u.from, span: int32(u.to - u.from), final: true, have: knowsOutcomes,
			evidence: &namedByReports, runs: runs, failures: min(u.own.Failures, runs),
		}
		c.billReported(u.billed, runs, u.known(), &u.own)
		c.tell(&u.own, reported{of: runs})
		return []bucket{c}
	}
	if u.runs == 0 && u.late == 0 {
		return u.unreported()
	}
	out := slices.Clone(u.cells)
	runs, requests, failures, unbilled := u.counted.runs, u.counted.requests, u.counted.failures, u.counted.unbilled
	var split, splitFailures int64
	for _, s := range u.split {
		split += s.Runs
		splitFailures += s.Failures
	}
	billed := make(map[*migration.RegionArch]migration.MBMillis, len(u.billed))
	for place, amount := range u.billed {
		billed[place] = amount
	}
	known := u.known()
	if u.missing > 0 && !unbilled {
		known = knownOfMost
		billed[b.placeOf(u.cells)] += u.estimate()
	}
	split += u.lateSplit
	// What is left to this key, spread as CloudWatch counted it.
	left := share{total: max(runs-split, 0), of: runs}
	asked := share{total: max(requests-split, 0), of: requests}
	failed := share{total: max(failures-splitFailures, 0), of: failures}
	parts := make(map[*migration.RegionArch]*share, len(billed))
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
		if u.own.Unbilled > 0 {
			c.have |= costUnknown
		}
		switch {
		case u.own.Unbilled > 0 && u.own.Unbilled == u.own.Runs && (unbilled || u.missing == 0):
			c.invoked = besides // nothing of it has a bill
		case requests > 0:
			amounts := make(map[*migration.RegionArch]migration.MBMillis, len(parts))
			for place, p := range parts {
				amounts[place] = migration.MBMillis(p.take(here))
			}
			c.invoked = nil
			c.bill(amounts, asked.take(here), known)
			c.invoked = append(c.invoked, besides...)
			if unbilled && u.missing == 0 && u.onInstances == 0 {
				c.have &^= costUnknown
			}
		}
		if u.missing == 0 {
			c.have |= knowsOutcomes
		}
		if i == 0 {
			c.tell(&u.own, reported{of: asked.total, missing: min(u.missing, asked.total)})
		}
		if split > 0 && left.total == 0 && len(besides) == 0 {
			continue // all of it belongs to others
		}
		kept = append(kept, c)
	}
	return kept
}

// unreported are the cells of a unit of which no report tells: as CloudWatch has them, with
// how many invocations that is of.
func (u *unit) unreported() []bucket {
	out := slices.Clone(u.cells)
	if len(out) == 0 || u.missing == 0 {
		return out
	}
	m := *out[0].rest()
	m.reported = reported{of: u.counted.requests, missing: u.missing}
	out[0].keep(m)
	return out
}

// estimate is what invocations without a report were billed: what the estimate from Duration
// says of all, less what it says of those with one. Where the logs do not tell the latter it
// is a share by number.
func (u *unit) estimate() migration.MBMillis {
	all := u.counted.estimated
	without := u.missing + u.late
	if u.estimated > 0 && !u.counted.withInit {
		if left := all - u.estimated; left > 0 {
			return migration.MBMillis(float64(left) * float64(u.missing) / float64(without))
		}
	}
	return migration.MBMillis(float64(all) * float64(u.missing) / float64(u.counted.requests))
}

// known is how what was billed is known.
func (u *unit) known() *migration.Provenance {
	if u.atLeast {
		return knownAtLeast
	}
	return knownFromReports
}

// placeOf is where most of some cells was billed.
func (b *builder) placeOf(cells []bucket) *migration.RegionArch {
	for i := range cells {
		for _, in := range cells[i].invoked {
			return in.place
		}
	}
	return intern(b.store.places, migration.RegionArch{})
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
func (c *bucket) bill(billed map[*migration.RegionArch]migration.MBMillis, requests int64, known *migration.Provenance) {
	places := make([]*migration.RegionArch, 0, len(billed))
	for place := range billed {
		places = append(places, place)
	}
	slices.SortFunc(places, func(a, b *migration.RegionArch) int {
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

// billReported puts on a cell what reports say was billed. Runs on Lambda Managed Instances
// leave a hole in it, and of nothing else nothing is said.
func (c *bucket) billReported(billed map[*migration.RegionArch]migration.MBMillis, requests int64, known *migration.Provenance, runs *migration.LoggedRuns) {
	if runs.Unbilled > 0 {
		c.have |= costUnknown
	}
	if runs.Unbilled < runs.Runs || runs.Runs == 0 {
		c.bill(billed, requests, known)
	}
}

// tell puts what only logs know on a cell. Of outcomes a count that is not complete is told
// where there are any, and not that there are none.
func (c *bucket) tell(runs *migration.LoggedRuns, r reported) {
	m := *c.rest()
	m.reported = r
	m.peakMemory = runs.Peak.Distribution()
	starts := runs.Init
	if len(runs.Restore) > 0 {
		starts = slices.Clone(starts)
		starts.Merge(runs.Restore)
	}
	m.startUp = starts.Distribution()
	m.timedOut, m.oomKilled = outcomes(runs.TimedOut, r), outcomes(runs.OOMKilled, r)
	c.keep(m)
}

// outcomes is how many runs ended in one way.
func outcomes(n int64, r reported) migration.Opt[int64] {
	if n == 0 && (r.missing > 0 || r.of == 0) {
		return migration.None[int64]()
	}
	return migration.Some(n)
}

// splitCells are a tenant's part of a unit, spread over its cells as CloudWatch counted
// all runs, so that edges of windows cut both alike.
func (b *builder) splitCells(cells []bucket, u *unit, s *splitRuns) []bucket {
	var all int64
	for i := range cells {
		all += cells[i].runs
	}
	if all == 0 { // CloudWatch has nothing of it
		cells, all = []bucket{{start: u.from, span: int32(u.to - u.from), runs: 1}}, 1
	}
	runs := share{total: s.Runs, of: all}
	failures := share{total: s.Failures, of: all}
	parts := make(map[*migration.RegionArch]*share, len(s.billed))
	for place, amount := range s.billed {
		parts[place] = &share{total: int64(amount), of: all}
	}
	out := make([]bucket, 0, len(cells))
	for i := range cells {
		c := bucket{
			start: cells[i].start, span: cells[i].span, final: true, evidence: intern(b.store.evidences, namedByReports),
			runs: runs.take(cells[i].runs), failures: failures.take(cells[i].runs), have: knowsAttempts | knowsOutcomes,
		}
		amounts := make(map[*migration.RegionArch]migration.MBMillis, len(parts))
		for place, p := range parts {
			amounts[place] = migration.MBMillis(p.take(cells[i].runs))
		}
		c.billReported(amounts, c.runs, u.known(), &s.LoggedRuns)
		if i == 0 {
			c.tell(&s.LoggedRuns, reported{of: s.Runs})
			m := *c.rest()
			m.duration = s.Duration.Distribution()
			c.keep(m)
		}
		out = append(out, c)
	}
	return out
}
