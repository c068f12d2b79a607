package awsaccess

import (
	"errors"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// HealthTracker keeps how one service does, over the life of a source. It belongs to one
// goroutine.
type HealthTracker struct {
	Source string // the name of its row
	Note   string // for the current poll

	success       time.Time // zero for never
	calls, errors int64
	latency       time.Duration
	state         migration.HealthState // of the current poll
	problem       *migration.Problem    // of the current poll, the worst
	asked         bool                  // something was asked in the current poll
}

// Begin starts a poll. What is not asked again keeps its trouble.
func (v *HealthTracker) Begin() { v.asked, v.Note = false, "" }

// Called counts one call that took so long.
func (v *HealthTracker) Called(latency time.Duration, failed bool) {
	if !v.asked {
		v.asked, v.state, v.problem = true, migration.HealthOK, nil
	}
	v.calls++
	v.latency = latency
	if failed {
		v.errors++
	}
}

// Fail records that nothing can be read.
func (v *HealthTracker) Fail(err error) { v.trouble(migration.HealthFailed, err) }

// Degrade records that less can be read.
func (v *HealthTracker) Degrade(err error) { v.trouble(migration.HealthDegraded, err) }

// Problem returns the worst problem of the current poll, or of the last poll that made a request; nil if there is none.
func (v *HealthTracker) Problem() *migration.Problem { return v.problem }

// Met reports whether that is a problem of one kind.
func (v *HealthTracker) Met(fault migration.Fault) bool {
	return v.problem != nil && v.problem.Fault == fault
}

// Reword says the present problem in other words, or with another advice.
func (v *HealthTracker) Reword(p *migration.Problem) { v.problem = p }

func (v *HealthTracker) trouble(state migration.HealthState, err error) {
	problem, ok := errors.AsType[*migration.Problem](err)
	if !ok {
		problem = &migration.Problem{What: err.Error(), Err: err}
	}
	if !v.asked || v.problem == nil || state > v.state {
		v.state, v.problem = max(state, migration.HealthDegraded), problem
	}
	v.asked = true
}

// Health is what there is to say after a poll at now.
func (v *HealthTracker) Health(now time.Time) migration.Health {
	if v.asked && v.state == migration.HealthOK {
		v.success = now
	}
	return migration.Health{
		Source: v.Source, State: v.state, Problem: v.problem, LastSuccess: v.success,
		Latency: v.latency, Calls: v.calls, Errors: v.errors, Note: v.Note,
	}
}
