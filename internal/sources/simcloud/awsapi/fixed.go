package awsapi

import (
	"iter"
	"time"
)

// Fixed is an [Account] that is written down: what there is and what it did, all
// of it known beforehand. It must not be changed while a server reads it.
type Fixed struct {
	Number string
	List   []Function // sorted by name
	Log    map[string][]Invocation
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
