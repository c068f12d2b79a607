package sources

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Lazy is a source that is opened when it is first polled, and again whenever
// that failed: credentials that expire and a kubeconfig that is not there yet are
// states of a running program, not reasons not to start it.
type Lazy struct {
	Title string // what Name returns
	// Rows are the names of the health rows that the source will have, which
	// say why it is not there.
	Rows []string
	// Scope is the account and region that it reads, "" where there is only one. Every
	// batch gets it.
	Scope string
	// Open makes the source. Its error, best a migration.Problem, is shown.
	Open func(ctx context.Context) (Source, error)
	// Retry is the time between two tries to open; 0 is 15 s.
	Retry time.Duration

	mu     sync.Mutex
	source Source
	errors int64
	closed bool
}

var _ Streamer = (*Lazy)(nil)

// Name returns the title, with the scope where there is one.
func (l *Lazy) Name() string {
	if l.Scope == "" {
		return l.Title
	}
	return l.Title + " " + l.Scope
}

// Off is the error of opening a source that is switched off: its rows say so, and nothing is wrong.
type Off struct{ Why string }

func (e *Off) Error() string { return e.Why }

// Poll opens the source if that is still to be done, and polls it.
func (l *Lazy) Poll(ctx context.Context, focus Focus) (migration.Batch, error) {
	src, err := l.open(ctx)
	if err != nil {
		return l.closedBatch(err)
	}
	batch, err := src.Poll(ctx, focus)
	batch.Scope = l.Scope
	return batch, err
}

// Stream opens the source if that is still to be done, and polls it part by part.
func (l *Lazy) Stream(ctx context.Context, focus Focus, deliver func(migration.Batch)) (migration.Batch, error) {
	src, err := l.open(ctx)
	if err != nil {
		return l.closedBatch(err)
	}
	batch, err := Stream(ctx, src, focus, func(part migration.Batch) {
		part.Scope = l.Scope
		deliver(part)
	})
	batch.Scope = l.Scope
	return batch, err
}

// Opened returns the source once it is open, else nil.
func (l *Lazy) Opened() Source {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.source
}

// open has one caller at a time, since polls do not overlap; the lock is for
// Close, Cadence and Opened.
func (l *Lazy) open(ctx context.Context) (Source, error) {
	if src := l.Opened(); src != nil {
		return src, nil
	}
	src, err := l.Open(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.errors++
		return nil, err
	}
	if l.closed {
		return nil, errors.Join(errors.New("it was closed meanwhile"), src.Close())
	}
	l.source = src
	return src, nil
}

// Follows reports whether the source is a [Follower], once it is open.
func (l *Lazy) Follows() bool {
	f, ok := l.Opened().(Follower)
	return ok && f.Follows()
}

// closedBatch is what a poll brings of a source that could not be opened.
func (l *Lazy) closedBatch(err error) (migration.Batch, error) {
	rows := l.failed(err)
	var off *Off
	if !errors.As(err, &off) {
		return migration.Batch{Scope: l.Scope, Health: rows}, err
	}
	for i := range rows {
		rows[i].State, rows[i].Problem, rows[i].Errors, rows[i].Note = migration.HealthOff, nil, 0, off.Why
	}
	return migration.Batch{Scope: l.Scope, Health: rows}, nil
}

func (l *Lazy) failed(err error) []migration.Health {
	var p *migration.Problem
	if !errors.As(err, &p) {
		p = &migration.Problem{What: err.Error(), Err: err}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := make([]migration.Health, len(l.Rows))
	for i, name := range l.Rows {
		rows[i] = migration.Health{Source: name, State: migration.HealthFailed, Problem: p, Errors: l.errors, Cadence: l.retry()}
	}
	return rows
}

// Starting are the rows of a source that was not heard of yet.
func (l *Lazy) Starting() []migration.Health {
	rows := make([]migration.Health, len(l.Rows))
	for i, name := range l.Rows {
		rows[i] = migration.Health{Source: name, Scope: l.Scope, State: migration.HealthStarting, Cadence: l.retry()}
	}
	return rows
}

func (l *Lazy) retry() time.Duration {
	if l.Retry > 0 {
		return l.Retry
	}
	return 15 * time.Second
}

// Cadence is the source's own, or the time between two tries to open it.
func (l *Lazy) Cadence() time.Duration {
	if src := l.Opened(); src != nil {
		return src.Cadence()
	}
	return l.retry()
}

// Close closes the source if it was opened. It is not opened again.
func (l *Lazy) Close() error {
	l.mu.Lock()
	l.closed = true
	src := l.source
	l.mu.Unlock()
	if src == nil {
		return nil
	}
	return src.Close()
}
