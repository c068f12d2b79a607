package main

import (
	"fmt"
	"sync/atomic"

	"github.com/migtop/migtop/internal/text"
)

// progress is how much of a file of runs has been processed. The reader writes it, and the terminal line reads it.
type progress struct {
	name           string
	runs, done, of atomic.Int64
	recommends     atomic.Bool
}

// read notes how many runs were read.
func (p *progress) read(runs int) { p.runs.Store(int64(runs)) }

// replayed returns what notes how many of all runs were replayed.
func (p *progress) replayed(all int) func(int) {
	p.of.Store(int64(all))
	return func(done int) { p.done.Store(int64(done)) }
}

// recommending notes that all was read.
func (p *progress) recommending() { p.recommends.Store(true) }

// line is one line for a terminal, after so many seconds.
func (p *progress) line(seconds int) string {
	switch of := p.of.Load(); {
	case of > 0:
		done := p.done.Load()
		return fmt.Sprintf("migtop: replaying: %s of %s runs, %d %%, %d s", text.Grouped(done), text.Grouped(of), 100*done/of, seconds)
	case p.recommends.Load():
		return fmt.Sprintf("migtop: recommending from %s runs, %d s", text.Grouped(p.runs.Load()), seconds)
	}
	return fmt.Sprintf("migtop: reading %s: %s runs, %d s", text.Printable(p.name), text.Grouped(p.runs.Load()), seconds)
}
