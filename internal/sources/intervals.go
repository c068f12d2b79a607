package sources

import (
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// The rhythm in which what costs money is asked, at the usual pace.
const (
	EveryFocused = time.Minute      // the tenant whose page is open
	EveryVisible = 5 * time.Minute  // rows on screen
	EveryOther   = 15 * time.Minute // the rest
)

// Interval is how often to ask about a tenant, at the usual pace.
func (f *Focus) Interval(t migration.Tenant) time.Duration {
	switch {
	case f.Open && t == f.Tenant:
		return EveryFocused
	case len(f.Visible) == 0 || slices.Contains(f.Visible, t):
		return EveryVisible
	}
	return EveryOther
}

// The rhythm in which it is asked whether log lines arrive: they are counted by five
// minutes, and losing them is found out soon enough within the hour.
const (
	LogsFocused = migration.LogSpan
	LogsVisible = 4 * EveryVisible
	LogsOther   = 4 * EveryOther
)

// LogInterval is how often to ask whether a tenant's log lines arrive, at the usual
// pace.
func (f *Focus) LogInterval(t migration.Tenant) time.Duration {
	switch f.Interval(t) {
	case EveryFocused:
		return LogsFocused
	case EveryVisible:
		return LogsVisible
	}
	return LogsOther
}

// noteAway is why nothing is asked while nobody looks.
const noteAway = "no requests are sent while the terminal is out of focus"

// Paused reports whether nothing that costs money may be asked, and why.
func (f *Focus) Paused() (why string, held bool) {
	switch {
	case f.Pace.Hold:
		return f.Pace.Why, true
	case f.Away:
		return noteAway, true
	}
	return "", false
}

// Slowed is a time made longer by the pace.
func (p Pace) Slowed(d time.Duration) time.Duration {
	return time.Duration(float64(d) * p.Times()).Round(time.Second)
}
