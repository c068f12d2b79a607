package migration

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The windows that figures can cover. Charts draw each in 60 to 96 steps.
const (
	HourWindow    = time.Hour
	QuarterWindow = 6 * time.Hour // a quarter of a day
	DayWindow     = 24 * time.Hour
)

// DefaultWindow is what figures cover unless another window is set.
const DefaultWindow = QuarterWindow

// WindowSpans returns the windows that figures can cover, shortest first.
func WindowSpans() []time.Duration { return []time.Duration{HourWindow, QuarterWindow, DayWindow} }

// WindowNames returns the windows as they are written: 1h, 6h, 24h.
func WindowNames() []string {
	var names []string
	for _, w := range WindowSpans() {
		names = append(names, fmt.Sprintf("%.0fh", w.Hours()))
	}
	return names
}

// WindowChoice is the windows in a sentence: "1h, 6h or 24h".
func WindowChoice() string {
	names := WindowNames()
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// ParseWindow reads a window as a duration: 6h, 360m.
func ParseWindow(s string) (time.Duration, bool) {
	d, err := time.ParseDuration(s)
	return d, err == nil && slices.Contains(WindowSpans(), d)
}
