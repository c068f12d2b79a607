package main

import (
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/migtop/migtop/internal/migration"
)

// progress is how far a file of runs was worked through. It is written by whoever works and read by
// whoever tells a terminal.
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
		return fmt.Sprintf("migtop: replaying: %s of %s runs, %d %%, %d s", grouped(done), grouped(of), 100*done/of, seconds)
	case p.recommends.Load():
		return fmt.Sprintf("migtop: recommending from %s runs, %d s", grouped(p.runs.Load()), seconds)
	}
	return fmt.Sprintf("migtop: reading %s: %s runs, %d s", migration.Printable(p.name), grouped(p.runs.Load()), seconds)
}

// grouped writes a number with commas between thousands.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
