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

// noteAway is why nothing is asked while nobody looks.
const noteAway = "nothing is asked while nobody looks at the terminal"

// Held reports whether nothing that costs money may be asked, and why.
func (f *Focus) Held() (why string, held bool) {
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
