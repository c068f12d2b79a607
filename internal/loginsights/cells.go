package loginsights

import (
	"cmp"
	"slices"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// measured returns the buckets of a unit with figures from the logs instead of estimates. Invocations without a report
// keep their estimate, and a unit without any report keeps all of it.
func (o *Overlay) measured(u *unit) []timeseries.Bucket {
	if len(u.cells) == 0 {
		if u.own.Runs == 0 {
			return nil
		}
		// CloudWatch has nothing of it, and the log does.
		runs := max(u.own.Runs-u.early, 0)
		c := timeseries.Bucket{
			Start: u.from, Span: int32(u.to - u.from), Final: true, Have: timeseries.KnowsOutcomes,
			Evidence: &namedByReports, Runs: runs, Failures: min(u.own.Failures, runs),
		}
		billReported(&c, u.billed, runs, u.known(), &u.own)
		tell(&c, &u.own, timeseries.Reported{Of: runs})
		return []timeseries.Bucket{c}
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
		billed[o.placeOf(u.cells)] += u.estimate()
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
		var others []timeseries.Invoked
		for _, in := range c.Invoked {
			here += in.Requests
			if in.Extras != nil || in.Logs > 0 {
				in.Requests, in.Billed = 0, 0
				others = append(others, in)
			}
		}
		if unbilled {
			here = c.Runs
		}
		c.Runs, c.Failures = left.take(c.Runs), failed.take(c.Failures)
		c.Have &^= timeseries.KnowsAttempts
		if u.own.Unbilled > 0 {
			c.Have |= timeseries.CostUnknown
		}
		switch {
		case u.own.Unbilled > 0 && u.own.Unbilled == u.own.Runs && (unbilled || u.missing == 0):
			c.Invoked = others // nothing of it has a bill
		case requests > 0:
			amounts := make(map[*migration.RegionArch]migration.MBMillis, len(parts))
			for place, p := range parts {
				amounts[place] = migration.MBMillis(p.take(here))
			}
			c.Invoked = nil
			bill(&c, amounts, asked.take(here), known)
			c.Invoked = append(c.Invoked, others...)
			if unbilled && u.missing == 0 && u.onInstances == 0 {
				c.Have &^= timeseries.CostUnknown
			}
		}
		if u.missing == 0 {
			c.Have |= timeseries.KnowsOutcomes
		}
		if i == 0 {
			tell(&c, &u.own, timeseries.Reported{Of: asked.total, Missing: min(u.missing, asked.total)})
		}
		if split > 0 && left.total == 0 && len(others) == 0 {
			continue // all of it belongs to others
		}
		kept = append(kept, c)
	}
	return kept
}

// unreported returns the buckets of a unit without reports: as CloudWatch has them, with the number of those invocations.
func (u *unit) unreported() []timeseries.Bucket {
	out := slices.Clone(u.cells)
	if len(out) == 0 || u.missing == 0 {
		return out
	}
	m := *out[0].Rest()
	m.Reported = timeseries.Reported{Of: u.counted.requests, Missing: u.missing}
	out[0].Keep(m)
	return out
}

// estimate returns the estimated billed memory-time of invocations without a report: the estimate of all from Duration,
// less the part of those with a report. If the logs do not give that part, it is a share by number.
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
func (o *Overlay) placeOf(cells []timeseries.Bucket) *migration.RegionArch {
	for i := range cells {
		for _, in := range cells[i].Invoked {
			return in.Place
		}
	}
	return o.packer.Place(migration.RegionArch{})
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
func bill(c *timeseries.Bucket, billed map[*migration.RegionArch]migration.MBMillis, requests int64, known *migration.Provenance) {
	places := make([]*migration.RegionArch, 0, len(billed))
	for place := range billed {
		places = append(places, place)
	}
	slices.SortFunc(places, func(a, b *migration.RegionArch) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Arch, b.Arch))
	})
	for i, place := range places {
		in := timeseries.Invoked{Place: place, Known: known, Billed: billed[place]}
		if i == 0 {
			in.Requests = requests // priced alike for both architectures
		}
		if in.Requests != 0 || in.Billed != 0 {
			c.Invoked = append(c.Invoked, in)
		}
	}
}

// billReported puts on a cell what reports say was billed. Runs on Lambda Managed Instances
// leave a hole in it, and of nothing else nothing is said.
func billReported(c *timeseries.Bucket, billed map[*migration.RegionArch]migration.MBMillis, requests int64, known *migration.Provenance,
	runs *migration.LoggedRuns,
) {
	if runs.Unbilled > 0 {
		c.Have |= timeseries.CostUnknown
	}
	if runs.Unbilled < runs.Runs || runs.Runs == 0 {
		bill(c, billed, requests, known)
	}
}

// tell puts what only logs know on a cell. Of outcomes a count that is not complete is reported
// where there are any, and not that there are none.
func tell(c *timeseries.Bucket, runs *migration.LoggedRuns, r timeseries.Reported) {
	m := *c.Rest()
	m.Reported = r
	m.PeakMemory = runs.Peak.Distribution()
	starts := runs.Init
	if len(runs.Restore) > 0 {
		starts = slices.Clone(starts)
		starts.Merge(runs.Restore)
	}
	m.StartUp = starts.Distribution()
	m.TimedOut, m.OOMKilled = outcomes(runs.TimedOut, r), outcomes(runs.OOMKilled, r)
	c.Keep(m)
}

// outcomes is how many runs ended in one way.
func outcomes(n int64, r timeseries.Reported) migration.Opt[int64] {
	if n == 0 && (r.Missing > 0 || r.Of == 0) {
		return migration.None[int64]()
	}
	return migration.Some(n)
}

// splitCells are a tenant's part of a unit, spread over its cells as CloudWatch counted
// all runs, so that edges of windows cut both alike.
func (o *Overlay) splitCells(cells []timeseries.Bucket, u *unit, s *splitRuns) []timeseries.Bucket {
	var all int64
	for i := range cells {
		all += cells[i].Runs
	}
	if all == 0 { // CloudWatch has nothing of it
		cells, all = []timeseries.Bucket{{Start: u.from, Span: int32(u.to - u.from), Runs: 1}}, 1
	}
	runs := share{total: s.Runs, of: all}
	failures := share{total: s.Failures, of: all}
	parts := make(map[*migration.RegionArch]*share, len(s.billed))
	for place, amount := range s.billed {
		parts[place] = &share{total: int64(amount), of: all}
	}
	out := make([]timeseries.Bucket, 0, len(cells))
	for i := range cells {
		c := timeseries.Bucket{
			Start: cells[i].Start, Span: cells[i].Span, Final: true, Evidence: o.packer.Evidence(namedByReports),
			Runs: runs.take(cells[i].Runs), Failures: failures.take(cells[i].Runs), Have: timeseries.KnowsAttempts | timeseries.KnowsOutcomes,
		}
		amounts := make(map[*migration.RegionArch]migration.MBMillis, len(parts))
		for place, p := range parts {
			amounts[place] = migration.MBMillis(p.take(cells[i].Runs))
		}
		billReported(&c, amounts, c.Runs, u.known(), &s.LoggedRuns)
		if i == 0 {
			tell(&c, &s.LoggedRuns, timeseries.Reported{Of: s.Runs})
			m := *c.Rest()
			m.Duration = s.Duration.Distribution()
			c.Keep(m)
		}
		out = append(out, c)
	}
	return out
}
