package lambda

import (
	"errors"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// vital keeps how one of the two services does, over the life of a source.
type vital struct {
	source        string
	success       time.Time // zero for never
	calls, errors int64
	latency       time.Duration
	state         migration.HealthState // of the current poll
	problem       *migration.Problem    // of the current poll, the worst
	asked         bool                  // something was asked in the current poll
	note          string
}

// begin starts a poll. What is not asked again keeps its trouble.
func (v *vital) begin() { v.asked, v.note = false, "" }

// called counts one call.
func (v *vital) called(latency time.Duration, failed bool) {
	if !v.asked {
		v.asked, v.state, v.problem = true, migration.HealthOK, nil
	}
	v.calls++
	v.latency = latency
	if failed {
		v.errors++
	}
}

// fail records that nothing can be read.
func (v *vital) fail(err error) { v.trouble(migration.HealthFailed, err) }

// degrade records that less can be read.
func (v *vital) degrade(err error) { v.trouble(migration.HealthDegraded, err) }

func (v *vital) trouble(state migration.HealthState, err error) {
	problem, ok := errors.AsType[*migration.Problem](err)
	if !ok {
		problem = &migration.Problem{What: err.Error(), Err: err}
	}
	if !v.asked || v.problem == nil || state > v.state {
		v.state, v.problem = max(state, migration.HealthDegraded), problem
	}
	v.asked = true
}

// health is what there is to say after a poll at now.
func (v *vital) health(now time.Time) migration.Health {
	if v.asked && v.state == migration.HealthOK {
		v.success = now
	}
	return migration.Health{
		Source: v.source, State: v.state, Problem: v.problem, LastSuccess: v.success,
		Latency: v.latency, Calls: v.calls, Errors: v.errors, Note: v.note,
	}
}
