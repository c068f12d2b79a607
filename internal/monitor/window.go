package monitor

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// windows is which buckets count: for the figures of each side, for the share
// routed, and for charts.
//
// Lambda's figures end where CloudWatch can change nothing any more, and the
// Jobs' a minute ago; both are rates, so that ends which differ by minutes may
// stand side by side. The share routed counts the same stretch on both sides.
type windows struct {
	now    time.Time
	lambda timeRange
	jobs   timeRange
	// lambdaAll and jobsAll are all that the store has of either side, up to the same ends.
	lambdaAll, jobsAll timeRange

	routed timeRange // the last hour that is final on both sides
	both   timeRange // the whole window as far as both sides know it

	// from is where the window begins: the figures of either side, and the charts.
	chartFrom time.Time
	chartStep time.Duration
	chartLen  int
}

// timeRange is a half-open range of time; empty where to is not after from.
type timeRange struct {
	from, to time.Time
	// unseen is how much of the first minute lies before anything was seen.
	unseen time.Duration
}

// span is the time that was watched: what a rate is divided by.
func (s timeRange) span() time.Duration { return max(s.to.Sub(s.from)-s.unseen, 0) }

func (s timeRange) empty() bool { return s.span() == 0 }

func (s timeRange) intersect(t timeRange) timeRange {
	if t.from.After(s.from) {
		s.from, s.unseen = t.from, t.unseen
	}
	if t.to.Before(s.to) {
		s.to = t.to
	}
	return s
}

// chartSteps is how finely each window is drawn: 60 to 96 steps.
var chartSteps = map[time.Duration]time.Duration{
	migration.HourWindow:    time.Minute,
	migration.QuarterWindow: 5 * time.Minute,
	migration.DayWindow:     15 * time.Minute,
}

// newFrame lays the window out. finalTo is until when CloudWatch is final, zero
// where it never answered.
func newFrame(now time.Time, window time.Duration, finalTo time.Time, s *state) windows {
	f := windows{now: now, chartStep: chartSteps[window]}
	start := func(to time.Time) time.Time { return to.Add(-window).Truncate(s.store.edge()) }
	jobsTo := now.Add(-fineSpan).Truncate(fineSpan)
	common := now.Truncate(fineSpan)
	if s.jobsSeen {
		common = jobsTo
	}
	lambdaTo := finalTo.Truncate(fineSpan)
	if !finalTo.IsZero() && now.Sub(lambdaTo) <= longestLag {
		common = minTime(common, lambdaTo)
	}
	f.chartFrom = start(common)
	oldest := now.Add(-s.store.keeps()).Truncate(s.store.edge()).Add(s.store.edge())
	if !finalTo.IsZero() {
		f.lambdaAll = timeRange{from: oldest, to: lambdaTo}.since(s.lambdaFrom, now, s.store.edge())
		f.lambda = timeRange{from: minTime(f.chartFrom, start(lambdaTo)), to: lambdaTo}.since(s.lambdaFrom, now, s.store.edge())
	}
	if s.jobsSeen {
		f.jobsAll = timeRange{from: oldest, to: jobsTo}.since(s.jobsFrom, now, s.store.edge())
		f.jobs = timeRange{from: f.chartFrom, to: jobsTo}.since(s.jobsFrom, now, s.store.edge())
	}
	switch {
	case finalTo.IsZero():
		f.both = f.jobs
	case !s.jobsSeen:
		f.both = f.lambda
	default:
		f.both = f.lambda.intersect(f.jobs)
	}
	f.routed = f.both.intersect(timeRange{from: f.both.to.Add(-time.Hour), to: f.both.to})
	f.chartLen = int((now.Sub(f.chartFrom) + f.chartStep - 1) / f.chartStep)
	return f
}

// longestLag is how far CloudWatch may be behind and the window still begins at one time for
// both sides: a run of 15 minutes, and what its data take to arrive. Where it has not answered
// for longer, its figures are of a window that ends earlier.
const longestLag = 30 * time.Minute

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// since cuts off what was before everything was seen. The minute in which watching
// began counts for the part of it that was watched; where only coarse buckets are,
// the next whole one is the first.
func (s timeRange) since(seen, now time.Time, edge time.Duration) timeRange {
	if !seen.After(s.from) {
		return s
	}
	// History that a source brings has three hours of minutes, or one of a large
	// fleet, less what its border is rounded by.
	fineAge := 3*time.Hour - coarseSpan
	if edge == hourSpan {
		fineAge = keepFineLarge - coarseSpan
	}
	if now.Sub(seen) <= fineAge {
		s.from = seen.Truncate(fineSpan)
		s.unseen = seen.Sub(s.from)
		return s
	}
	s.from = seen.Truncate(edge)
	if s.from.Before(seen) {
		s.from = s.from.Add(edge)
	}
	return s
}

func (f *windows) of(p migration.Platform) timeRange {
	if p == migration.Lambda || p == migration.ECS { // both are read from CloudWatch
		return f.lambda
	}
	return f.jobs
}

// watchedTo is all that the store has of a platform.
func (f *windows) watchedTo(p migration.Platform) timeRange {
	if p == migration.Lambda || p == migration.ECS {
		return f.lambdaAll
	}
	return f.jobsAll
}

// coverage is the share of the window that a side's figures span.
func (f *windows) coverage(p migration.Platform, window time.Duration) migration.Ratio {
	return min(migration.Ratio(float64(f.of(p).span())/float64(window)), 1)
}

// within returns the cells that begin in a stretch; a nil series has none. Its edges are edges of
// coarse cells or lie where only minutes are, so that no cell is cut.
func (sr *series) within(s timeRange) []bucket {
	if sr == nil || s.empty() {
		return nil
	}
	at := func(t time.Time) int {
		i, _ := slices.BinarySearchFunc(sr.cells, t.Unix(), func(c bucket, start int64) int { return int(c.start - start) })
		return i
	}
	return sr.cells[at(s.from):at(s.to)]
}

func (sr *series) runsIn(s timeRange) (runs int64) {
	for _, c := range sr.within(s) {
		runs += c.runs
	}
	return runs
}
