package attribution

import (
	"context"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Learner brings together what several sources see before they are polled for
// the first time, since the names on one platform explain those on the other: a
// tenant that a Job's label names is looked for in function names. All sources
// get the same Attributor, which does not change any more.
type Learner struct {
	base  *Attributor
	known chan struct{} // closed when settled

	mu      sync.Mutex
	missing int
	ids     []migration.Identity
	settled *Attributor
}

// NewLearner makes a Learner that waits for so many sources.
func NewLearner(base *Attributor, sources int) *Learner {
	l := &Learner{base: base, known: make(chan struct{}), missing: sources}
	if sources <= 0 {
		l.resolveNames()
	}
	return l
}

// Join adds what one source sees, waits for the others but not longer than
// patience, and returns what was learnt from all that had come by then. One that
// comes later gets the same.
func (l *Learner) Join(ctx context.Context, ids []migration.Identity, patience time.Duration) *Attributor {
	l.mu.Lock()
	l.ids = append(l.ids, ids...)
	l.arrived()
	l.mu.Unlock()
	return l.Settled(ctx, patience)
}

// Settled waits for the others but not longer than patience, as Join does, and
// adds nothing: for a source that left and came back.
func (l *Learner) Settled(ctx context.Context, patience time.Duration) *Attributor {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-l.known:
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.resolveNames()
	return l.settled
}

// Leave says that a source has no data now, so that no other source waits for it.
func (l *Learner) Leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrived()
}

func (l *Learner) arrived() {
	if l.missing--; l.missing == 0 {
		l.resolveNames()
	}
}

func (l *Learner) resolveNames() {
	if l.settled == nil {
		l.settled = l.base.Learn(l.ids)
		close(l.known)
		l.ids = nil
	}
}
