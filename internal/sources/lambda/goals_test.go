package lambda

import (
	"fmt"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// What holds for one function holds for thousands: the questions that are counted are
// those that AWS bills, an idle function costs none, what comes late is taken in, and
// five throttled minutes are over two polls after their end.
func TestAtEverySize(t *testing.T) {
	sizes := []int{1, 10, 500, 5000}
	if testing.Short() {
		sizes = sizes[:3]
	}
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			account := newFleet(n)
			account.from, account.until = epoch.Add(-10*time.Minute), epoch.Add(5*time.Minute)
			active := int64(0)
			for i, f := range account.list {
				if account.idle[f.Name] = i%10 == 9; !account.idle[f.Name] {
					active++
				}
			}
			r := newRig(t, account, func(s *Settings) { s.History, s.Rand = -1, nil })
			r.server.SetFaults(awsapi.Faults{Late: true})
			all := store{}
			var low, high int64
			poll := func() migration.Batch {
				batch, err := r.Poll(t.Context(), sources.Focus{})
				if err != nil {
					t.Fatal(err)
				}
				all.absorb(batch)
				low, high = low+batch.AskedLow, high+batch.AskedHigh
				if billed := r.server.Billed(); billed.Low != low || billed.High != high {
					t.Fatalf("counted %d to %d, billed %d to %d", low, high, billed.Low, billed.High)
				}
				r.clock.Advance(max(r.Cadence(), 5*time.Minute))
				return batch
			}
			if first := poll(); first.AskedHigh != 9*active {
				t.Errorf("the first poll asked %d, want 9 of each of the %d that are not idle", first.AskedHigh, active)
			}
			// The last run begins in the minute before the end, and is there within its
			// timeout and three minutes; whom nobody looks at is asked about every 15 min.
			for range 7 {
				poll()
			}
			if got, want := all.runs(), 15*active; got != want {
				t.Errorf("%d runs, want %d", got, want)
			}
			for _, a := range all {
				if !a.Final {
					t.Fatalf("minute %v of %s is not final %v later", a.Start, a.Tenant, r.clock.Now().Sub(a.Start))
				}
			}

			r.server.SetFaults(awsapi.Faults{Throttle: true})
			slowed := false
			for end := r.clock.Now().Add(20 * time.Minute); r.clock.Now().Before(end); {
				h := awsaccesstest.Health(t, poll(), "cloudwatch")
				slowed = slowed || h.State == migration.HealthDegraded && h.Problem.Fault == migration.FaultThrottled
			}
			if !slowed {
				t.Error("nobody noticed the throttling")
			}
			r.server.SetFaults(awsapi.Faults{})
			poll()
			if h := awsaccesstest.Health(t, poll(), "cloudwatch"); h.State != migration.HealthOK {
				t.Errorf("two polls after the throttling: %v", h.State)
			}
			if got, want := all.runs(), 15*active; got != want {
				t.Errorf("%d runs after the throttling, want %d", got, want)
			}
		})
	}
}
