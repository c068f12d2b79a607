package migration

import "time"

// The windows that figures can cover. Charts draw each in 60 to 96 steps.
const (
	HourWindow    = time.Hour
	QuarterWindow = 6 * time.Hour // a quarter of a day
	DayWindow     = 24 * time.Hour
)

// DefaultWindow is what figures cover unless somebody asks for another window.
const DefaultWindow = QuarterWindow

// WindowSpans returns the windows that figures can cover, shortest first.
func WindowSpans() []time.Duration { return []time.Duration{HourWindow, QuarterWindow, DayWindow} }
