package world

import (
	"testing"
	"time"
)

// BenchmarkLogSizes is a day of all functions' lines.
func BenchmarkLogSizes(b *testing.B) {
	w := New(Options{Seed: 1})
	for b.Loop() {
		for _, f := range w.Functions() {
			w.EachLogSize(f.Name, w.Epoch().Add(-24*time.Hour), w.Epoch(), func(LogSize) bool { return true })
		}
	}
}

// BenchmarkInvocations is the same of their runs, which it begins with.
func BenchmarkInvocations(b *testing.B) {
	w := New(Options{Seed: 1})
	for b.Loop() {
		for _, f := range w.Functions() {
			w.EachInvocation(f.Name, w.Epoch().Add(-24*time.Hour), w.Epoch(), func(Invocation) bool { return true })
		}
	}
}
