package awsapi

import (
	"iter"
	"maps"
	"slices"
	"time"
)

// Fixed is an [Account] that is written down: what there is and what it did, all
// of it known beforehand. It must not be changed while a server reads it.
type Fixed struct {
	Number string
	List   []Function // sorted by name
	Log    map[string][]Invocation
	// Lines are what is in the log groups.
	Lines map[string][]LogEvent
}

// ID is the account number.
func (f *Fixed) ID() string { return f.Number }

// Functions are all functions, at any time.
func (f *Fixed) Functions(time.Time) []Function { return f.List }

// Invocations yields what the log has of a function.
func (f *Fixed) Invocations(function string, from, to time.Time) iter.Seq[Invocation] {
	return func(yield func(Invocation) bool) {
		for _, i := range f.Log[function] {
			if !i.Start.Before(from) && i.Start.Before(to) && !yield(i) {
				return
			}
		}
	}
}

// LogGroups are the groups that have lines.
func (f *Fixed) LogGroups(time.Time) []string { return slices.Sorted(maps.Keys(f.Lines)) }

// LogEvents yields the lines of a group.
func (f *Fixed) LogEvents(group string, from, to time.Time) iter.Seq[LogEvent] {
	return func(yield func(LogEvent) bool) {
		for _, e := range f.Lines[group] {
			if !e.At.Before(from) && e.At.Before(to) && !yield(e) {
				return
			}
		}
	}
}
