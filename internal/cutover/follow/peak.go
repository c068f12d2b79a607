package follow

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// dayKind tells days apart whose peaks differ: a Saturday's peak is not a weekday's.
type dayKind uint8

const (
	weekday dayKind = iota
	saturday
	sunday
	dayKinds
)

func kindOf(day time.Weekday) dayKind {
	switch day {
	case time.Saturday:
		return saturday
	case time.Sunday:
		return sunday
	}
	return weekday
}

// dayPeak is the busiest quarter of an hour of the last whole day of a kind.
type dayPeak struct {
	Day  string `json:"day"` // as 2026-11-20, "" for none
	Runs int64  `json:"runs"`
}

const quarter = 15 * time.Minute

// peakEvery is the number of minutes between two looks at the last days.
const peakEvery = 60

// peaks brings a tenant's peaks up to date from the days that the stores have whole.
func (r *reading) peaks(t *tenant) {
	zone := r.book.plan.Zone.Location()
	now := r.Snapshot.At.In(zone)
	for back := 1; back <= 2; back++ {
		y, m, d := now.Date()
		from, to := time.Date(y, m, d-back, 0, 0, 0, 0, zone), time.Date(y, m, d-back+1, 0, 0, 0, 0, zone)
		p := &t.peaksOf[kindOf(from.Weekday())]
		if day := from.Format(time.DateOnly); p.Day < day && r.wholeDay(from, to) {
			p.Day, p.Runs = day, r.busiest(t.name, from, to)
			t.stale = true
		}
	}
}

// wholeDay reports whether the stores have all of a day on both sides, and none of it can change.
func (r *reading) wholeDay(from, to time.Time) bool {
	if from.Before(r.Snapshot.At.Add(-r.Store.Keeps())) {
		return false
	}
	for _, side := range r.book.sides {
		if seen := r.From[side.ID]; seen.IsZero() || seen.After(from) {
			return false
		}
	}
	return !r.book.move.Has(migration.Lambda) || r.allFinal >= minuteOf(to)
}

// busiest is the number of runs of both sides in the busiest quarter of an hour of a time. A bucket that is longer counts with a
// part of its runs: what it had in its busiest quarter is not known.
func (r *reading) busiest(name migration.Tenant, from, to time.Time) int64 {
	quarters := make([]float64, (to.Sub(from)+quarter-1)/quarter)
	for _, stream := range r.activity(name) {
		for i := range stream.Buckets {
			c := &stream.Buckets[i]
			at := time.Unix(c.Start, 0).Sub(from)
			if at < 0 || at >= to.Sub(from) {
				continue
			}
			span := max(time.Duration(c.Span)*time.Second, 1)
			parts := max(int(span/quarter), 1)
			for q := range parts {
				if j := int(at/quarter) + q; j < len(quarters) {
					quarters[j] += float64(c.Runs) / float64(parts)
				}
			}
		}
	}
	return int64(slices.Max(quarters))
}

// activity is what the store has of a tenant on both sides.
func (r *reading) activity(name migration.Tenant) []*timeseries.Series {
	if r.activityOf == nil {
		r.activityOf = map[migration.Tenant][]*timeseries.Series{}
		for key, series := range r.Store.Series {
			if r.book.move.Has(key.Platform) {
				r.activityOf[key.Tenant] = append(r.activityOf[key.Tenant], series)
			}
		}
	}
	return r.activityOf[name]
}

// peakOf is the peak of a day like the one of a moment, unknown where none was seen.
func (b *Book) peakOf(t *tenant, now time.Time) migration.Opt[float64] {
	p := t.peaksOf[kindOf(now.In(b.plan.Zone.Location()).Weekday())]
	if p.Day == "" || p.Runs == 0 {
		return migration.None[float64]()
	}
	return migration.Some(float64(p.Runs))
}
