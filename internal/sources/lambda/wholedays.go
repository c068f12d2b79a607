package lambda

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// daysDue reports whether whole days are still to be read.
func (g *group) daysDue() bool { return !g.days && len(g.old) > 0 }

// missingDays is the range of whole days before today to read: from the first day that the
// history lacks to the last. CloudWatch bills the metric and not the datapoint, so days
// between cost nothing. It is empty where the history has all days.
func (p *poll) missingDays() span {
	today := p.Now.Truncate(migration.DayLength)
	s := span{today, today, migration.DayLength}
	kept := func(day time.Time) bool { return p.Kept != nil && p.Kept(day) }
	for s.start = today.AddDate(0, 0, -p.Days); s.start.Before(s.end) && kept(s.start); {
		s.start = s.start.Add(s.period)
	}
	for s.start.Before(s.end) && kept(s.end.Add(-s.period)) {
		s.end = s.end.Add(-s.period)
	}
	return s
}

// daysFrom is the first of the whole days that are complete, and whether they are: no
// function may still wait for its attribution, since its days come then.
func (s *Source) daysFrom(now time.Time) (time.Time, bool) {
	if s.Days <= 0 || !s.covered {
		return time.Time{}, false
	}
	for _, g := range s.order {
		if g.daysDue() {
			return time.Time{}, false
		}
	}
	for _, fn := range s.fleet.functions {
		if fn.old && (!fn.attributed || s.waitsForTags(fn) || s.waitsForAliases(fn)) {
			return time.Time{}, false
		}
	}
	return now.Truncate(migration.DayLength).AddDate(0, 0, -s.Days), true
}
