package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// How long a source has to end what it does: a poll once its context has ended, and
// closing. Sources keep to their contexts; one that cannot must hold up neither the
// others nor the end of the program.
const (
	pollGrace  = 2 * time.Second
	closeGrace = 3 * time.Second
)

// starter is a source that names its rows before its first poll has ended.
type starter interface{ Starting() []migration.Health }

// starting are the rows of a source that nothing was heard of, nil where it names none.
func starting(src sources.Source) []migration.Health {
	if s, ok := src.(starter); ok {
		return s.Starting()
	}
	return nil
}

// stuck are the rows of a source whose poll did not end.
func stuck(src sources.Source) []migration.Health {
	rows := starting(src)
	if len(rows) == 0 {
		rows = []migration.Health{{Source: src.Name()}}
	}
	p := &migration.Problem{
		Fault: migration.FaultUnreachable, What: src.Name() + " did not answer in time",
		Fix: "run migtop doctor, which asks each question for itself",
	}
	for i := range rows {
		rows[i].State, rows[i].Problem = migration.HealthFailed, p
	}
	return rows
}

// once polls every source one time, side by side. Where ctx ends, those that have not
// answered soon after are left behind: they have a row that says so, and ended is
// false for them.
func (m *Engine) once(ctx context.Context, st *state, grace time.Duration) (results []pollResult, ended []bool) {
	type answer struct {
		of int
		pollResult
	}
	srcs, pace := m.opts.Sources, m.pace // a source left behind may read it when the next pace is set
	answers := make(chan answer, len(srcs))
	var mu sync.Mutex // for st and over, while polls run
	over := false
	for i, src := range srcs {
		go func() {
			batch, err := sources.Stream(ctx, src, sources.Focus{Pace: pace}, func(part migration.Batch) {
				mu.Lock()
				defer mu.Unlock()
				if !over {
					st.absorb(pollResult{source: src.Name(), batch: part, part: true})
				}
			})
			answers <- answer{i, pollResult{source: src.Name(), batch: batch, err: err}}
		}()
	}
	results, ended = make([]pollResult, len(srcs)), make([]bool, len(srcs))
	done := ctx.Done()
	var late <-chan time.Time
	for left := len(srcs); left > 0; {
		select {
		case a := <-answers:
			results[a.of], ended[a.of] = a.pollResult, true
			left--
		case <-done:
			done = nil
			var stop func()
			late, stop = clock.System().After(grace)
			defer stop()
		case <-late:
			left = 0
		}
	}
	mu.Lock()
	defer mu.Unlock()
	over = true
	for i, src := range srcs {
		if !ended[i] {
			rows := stuck(src)
			results[i] = pollResult{
				source: src.Name(), batch: migration.Batch{Scope: rows[0].Scope, Health: rows},
				err: fmt.Errorf("%s did not answer in time", src.Name()),
			}
			m.log.Warn("a poll did not end with its context", "source", src.Name())
		}
	}
	return results, ended
}

// closeSources closes those sources whose polls have ended, side by side, and waits
// for that for as long as grace.
func (m *Engine) closeSources(ended []bool, grace time.Duration) []error {
	type closed struct {
		of  int
		err error
	}
	answers := make(chan closed, len(m.opts.Sources))
	var open []int
	for i, src := range m.opts.Sources {
		if ended[i] {
			open = append(open, i)
			go func() { answers <- closed{i, src.Close()} }()
		}
	}
	errs := make([]error, len(m.opts.Sources))
	late, stop := clock.System().After(grace)
	defer stop()
	for len(open) > 0 {
		select {
		case c := <-answers:
			open = slices.DeleteFunc(open, func(i int) bool { return i == c.of })
			if c.err != nil {
				errs[c.of] = fmt.Errorf("close %s: %w", m.opts.Sources[c.of].Name(), c.err)
			}
		case <-late:
			for _, i := range open {
				m.log.Warn("a source did not close", "source", m.opts.Sources[i].Name())
			}
			return errs
		}
	}
	return errs
}

// polls are the goroutines that poll the sources, one each.
type polls struct{ done []chan struct{} }

func (p *polls) start(poll func()) {
	done := make(chan struct{})
	p.done = append(p.done, done)
	go func() {
		defer close(done)
		poll()
	}()
}

// wait waits for all of them for as long as grace, and says which have ended.
func (p *polls) wait(grace time.Duration) []bool {
	late, stop := clock.System().After(grace)
	defer stop()
	ended := make([]bool, len(p.done))
	over := false
	for i, done := range p.done {
		if over {
			select {
			case <-done:
				ended[i] = true
			default:
			}
			continue
		}
		select {
		case <-done:
			ended[i] = true
		case <-late:
			over = true
		}
	}
	return ended
}
