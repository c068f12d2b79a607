package assess

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// minuteSeconds is the length of the buckets that traffic is counted in.
const minuteSeconds = int64(timeseries.FineSpan / time.Second)

// traffic counts a workload's runs in each final minute that is kept. A platform that has seen none of it does not limit the
// time: what is routed there is nothing.
func (b *builder) traffic(before, after *part) migration.Traffic {
	var parts []*part
	var span timeseries.Range
	for i, p := range [...]*part{before, after} {
		if p == nil || !p.counted() {
			continue
		}
		own := b.frame.Watched([...]migration.Platform{b.before().ID, b.after().ID}[i])
		if span = own; len(parts) > 0 {
			span = b.frame.Watched(b.before().ID).Intersect(own)
		}
		parts = append(parts, p)
	}
	if span.Empty() {
		return migration.Traffic{}
	}
	if span.Unseen > 0 { // the first minute was seen in part
		span.From, span.Unseen = span.From.Add(timeseries.FineSpan), 0
	}
	if earliest := span.To.Add(-timeseries.KeepFine); span.From.Before(earliest) {
		span.From = earliest
	}
	from, to := span.From.Unix(), span.To.Unix()
	for _, p := range parts { // older buckets are longer than a minute, and what is before their end is not divided
		for _, sr := range p.streams {
			cells := sr.Within(timeseries.Range{From: span.From.Add(-timeseries.LongestSpan), To: span.To})
			for i := range cells {
				if end := cells[i].Start + int64(cells[i].Span); int64(cells[i].Span) > minuteSeconds {
					from = max(from, end)
				}
			}
		}
	}
	if from >= to {
		return migration.Traffic{}
	}
	counts := slices.Grow(b.counted[:0], int((to-from)/minuteSeconds))[:(to-from)/minuteSeconds]
	clear(counts)
	b.counted = counts
	for _, p := range parts {
		for _, sr := range p.streams {
			cells := sr.Within(timeseries.Range{From: time.Unix(from, 0), To: span.To})
			for i := range cells {
				if at := (cells[i].Start - from) / minuteSeconds; at < int64(len(counts)) {
					counts[at] += cells[i].Runs
				}
			}
		}
	}
	return trafficOf(counts, time.Unix(from, 0).UTC(), time.Unix(from, 0).UTC().Add(time.Duration(len(counts))*timeseries.FineSpan))
}

// counted reports whether anything of a part was ever seen.
func (p *part) counted() bool {
	return slices.ContainsFunc(p.streams, func(sr *timeseries.Series) bool { return sr != nil && len(sr.Buckets) > 0 })
}

// trafficOf is the traffic of the runs in each minute of a time. It sorts counts.
func trafficOf(counts []int64, from, to time.Time) migration.Traffic {
	out := migration.Traffic{From: from, To: to, Minutes: len(counts)}
	idle := 0
	for _, n := range counts {
		out.Runs += n
		if n == 0 {
			idle++
		}
	}
	if out.Minutes < migration.LeastTrafficMinutes || out.Runs < migration.LeastTrafficRuns {
		return out
	}
	minutes := float64(out.Minutes)
	mean := float64(out.Runs) / minutes
	squares := 0.0
	for _, n := range counts {
		squares += (float64(n) - mean) * (float64(n) - mean)
	}
	slices.Sort(counts)
	peak := counts[len(counts)-1]
	out.Peak, out.P95 = migration.Some(peak), migration.Some(counts[(95*len(counts)+99)/100-1])
	out.PeakToMean = migration.Some(float64(peak) / mean)
	out.Dispersion = migration.Some(squares / (minutes - 1) / mean)
	out.Idle = migration.Some(migration.Ratio(float64(idle) / minutes))
	return out
}
