package awspoll

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// maxSlowdown is how many times longer than usual the time between two polls gets
// while a service throttles: with half the way back at every poll that succeeds,
// it is over after two.
const maxSlowdown = 4

// Throttle is the time between two polls of a source that costs money: longer where the
// budget is tight, and twice as long with every poll that was throttled, up to four
// times. Only Every has to be set. Polls change it, one at a time; it may be read
// from anywhere meanwhile.
type Throttle struct {
	Every time.Duration // between polls that nothing slows

	budget   atomic.Int64 // how many times longer for the budget, in thousandths; 0 is 1
	throttle atomic.Int64 // how many times longer for throttling; 0 is 1
}

// Cadence is the time between two polls now.
func (t *Throttle) Cadence() time.Duration {
	return t.Usual() * time.Duration(max(t.throttle.Load(), 1))
}

// Usual is the time between two polls that nothing but the budget slows.
func (t *Throttle) Usual() time.Duration {
	return (t.Every * time.Duration(max(t.budget.Load(), 1000)) / 1000).Round(time.Second)
}

// Keep takes in what the budget allows.
func (t *Throttle) Keep(p sources.Pace) { t.budget.Store(int64(p.Times() * 1000)) }

// Throttled takes in whether the service throttled the poll that ends.
func (t *Throttle) Throttled(is bool) {
	if is {
		t.throttle.Store(min(max(t.throttle.Load(), 1)*2, maxSlowdown))
	} else {
		t.throttle.Store(max(t.throttle.Load()/2, 1))
	}
}

// Ended takes in how a poll ended, nil for well, and says so in the row. It returns the
// poll's error; where the service throttled there is none, since the row and the cadence
// say it all.
func (t *Throttle) Ended(err error, row *awsaccess.HealthTracker) error {
	var p *migration.Problem
	throttled := row.Met(migration.FaultThrottled) || (errors.As(err, &p) && p.Fault == migration.FaultThrottled)
	t.Throttled(throttled)
	if err != nil {
		row.Fail(err)
	}
	row.Reword(t.Explain(row.Problem()))
	if throttled {
		return nil
	}
	return err
}

// Explain is a problem with what the tempo does about it, where that is throttling;
// any other, nil too, is left as it is.
func (t *Throttle) Explain(p *migration.Problem) *migration.Problem {
	if p == nil || p.Fault != migration.FaultThrottled {
		return p
	}
	slower := *p
	slower.Fix = fmt.Sprintf("asking every %s now, every %s again when it ends", t.Cadence(), t.Usual())
	return &slower
}
