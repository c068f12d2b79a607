package timeseries

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Windows are the time ranges of figures: for each side, for the share routed, and for charts.
//
// The figures of a platform end where data is final: for Lambda by CloudWatch's delay, for Jobs a minute ago. Both are
// rates, so that their ends may differ by minutes. The share routed covers the same time on both sides.
type Windows struct {
	Now time.Time // when the view is built
	// Before and After are the ranges of the two sides' figures.
	Before, After Range

	Routed Range // the last hour that is final on both sides
	Both   Range // the whole window as far as both sides know it

	// ChartFrom is where the window begins, for the figures of either side and the charts.
	// A chart has ChartLen steps of ChartStep.
	ChartFrom time.Time
	ChartStep time.Duration
	ChartLen  int

	// of are the ranges of figures, and watched all that the store has up to the same ends.
	of, watched [migration.LastPlatform + 1]Range
}

// Range is a half-open range of time; empty where to is not after from.
type Range struct {
	From, To time.Time
	// Unseen is how much of the first minute lies before anything was seen.
	Unseen time.Duration
}

// Span is the time that was watched: what a rate is divided by.
func (s Range) Span() time.Duration { return max(s.To.Sub(s.From)-s.Unseen, 0) }

// Empty reports whether nothing of it was watched.
func (s Range) Empty() bool { return s.Span() == 0 }

// Intersect is the part of s that is in t too.
func (s Range) Intersect(t Range) Range {
	if t.From.After(s.From) {
		s.From, s.Unseen = t.From, t.Unseen
	}
	if t.To.Before(s.To) {
		s.To = t.To
	}
	return s
}

// chartSteps is the step of the chart of each window: 60 to 96 steps.
var chartSteps = map[time.Duration]time.Duration{
	migration.HourWindow:    time.Minute,
	migration.QuarterWindow: 5 * time.Minute,
	migration.DayWindow:     15 * time.Minute,
}

// Seen is the data that the platforms have; it determines the Windows.
type Seen struct {
	Now      time.Time
	Window   time.Duration // one of migration.WindowSpans
	Move     migration.Move
	Readings [migration.LastPlatform + 1]Reading
}

// Reading is how far a platform was read.
type Reading struct {
	To   time.Time // until when nothing can change any more; zero where it never answered
	From time.Time // since when everything was seen; zero: unknown
}

// Windows are the time ranges that follow from what was seen.
func (s *Store) Windows(seen Seen) Windows {
	now := seen.Now
	f := Windows{Now: now, ChartStep: chartSteps[seen.Window]}
	start := func(to time.Time) time.Time { return to.Add(-seen.Window).Truncate(s.Edge()) }
	sides := seen.Move.Sides()
	common := now.Truncate(FineSpan)
	for _, p := range sides {
		to := seen.Readings[p].To.Truncate(FineSpan)
		if !seen.Readings[p].To.IsZero() && now.Sub(to) <= longestLag {
			common = minTime(common, to)
		}
	}
	f.ChartFrom = start(common)
	oldest := now.Add(-s.Keeps()).Truncate(s.Edge()).Add(s.Edge())
	for p, r := range seen.Readings {
		if to := r.To.Truncate(FineSpan); !r.To.IsZero() {
			f.watched[p] = Range{From: oldest, To: to}.since(r.From, now, s.Edge())
			f.of[p] = Range{From: minTime(f.ChartFrom, start(to)), To: to}.since(r.From, now, s.Edge())
		}
	}
	f.Before, f.After = f.of[sides[0]], f.of[sides[1]]
	switch {
	case f.Before.To.IsZero():
		f.Both = f.After
	case f.After.To.IsZero():
		f.Both = f.Before
	default:
		f.Both = f.Before.Intersect(f.After)
	}
	f.Routed = f.Both.Intersect(Range{From: f.Both.To.Add(-time.Hour), To: f.Both.To})
	f.ChartLen = int((now.Sub(f.ChartFrom) + f.ChartStep - 1) / f.ChartStep)
	return f
}

// longestLag is the longest delay of a source with which the window still begins at the same time for both sides: a run
// of 15 minutes, and the delivery of its data. With a longer delay, the figures cover a window that ends earlier.
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
func (s Range) since(seen, now time.Time, edge time.Duration) Range {
	if !seen.After(s.From) {
		return s
	}
	// History that a source brings has three hours of minutes, or one of a large
	// fleet, less what its border is rounded by.
	fineAge := 3*time.Hour - CoarseSpan
	if edge == hourSpan {
		fineAge = keepFineLarge - CoarseSpan
	}
	if now.Sub(seen) <= fineAge {
		s.From = seen.Truncate(FineSpan)
		s.Unseen = seen.Sub(s.From)
		return s
	}
	s.From = seen.Truncate(edge)
	if s.From.Before(seen) {
		s.From = s.From.Add(edge)
	}
	return s
}

// Of is the time range of the figures of a platform.
func (f *Windows) Of(p migration.Platform) Range { return f.of[p] }

// Watched is the time range of all that the store has of a platform.
func (f *Windows) Watched(p migration.Platform) Range { return f.watched[p] }

// Coverage is the share of the window that the figures of a platform span, 0 to 1.
func (f *Windows) Coverage(p migration.Platform, window time.Duration) migration.Ratio {
	return min(migration.Ratio(float64(f.Of(p).Span())/float64(window)), 1)
}
