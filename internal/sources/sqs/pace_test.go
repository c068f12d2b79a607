package sqs

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// The budget slows, bounds and stops what is asked, and who is looked at comes first.
func TestPace(t *testing.T) {
	names := []string{"a-events", "b-events", "c-events"}
	r := newRig(t, newAccount(names...), named(names...))
	held := "the budget is used up"
	batch, err := r.Poll(t.Context(), sources.Focus{Pace: sources.Pace{Hold: true, Why: held}})
	if h := awsaccesstest.Health(t, batch, "sqs"); err != nil || h.Note != held || r.server.Billed().Requests != 0 {
		t.Fatalf("held: %v, %q, billed %+v", err, h.Note, r.server.Billed())
	}
	if _, err := r.Poll(t.Context(), sources.Focus{Away: true}); err != nil || r.server.Billed().Requests != 0 {
		t.Fatalf("away: %v, billed %+v", err, r.server.Billed())
	}
	focus := sources.Focus{Open: true, Tenant: "c", Visible: []migration.Tenant{"b"}, Pace: sources.Pace{Allow: migration.Some[int64](15)}}
	batch, err = r.Poll(t.Context(), focus)
	if err != nil {
		t.Fatal(err)
	}
	reported := map[string]bool{}
	for _, b := range queuesOf(batch).Buckets {
		reported[b.Queue] = true
	}
	// Two queues of seven metrics have room.
	if !reported["c-events"] || !reported["b-events"] || reported["a-events"] || batch.AskedHigh != 14 {
		t.Errorf("reported %v, asked %d", reported, batch.AskedHigh)
	}
	// Every minute, every five and every fifteen: seven metrics each.
	if plan, _ := batch.PollRate.Get(); plan.High != 7*(60+12+4) || plan.Low != plan.High {
		t.Errorf("plan = %+v", plan)
	}
	focus.Pace = sources.Pace{Slower: 3}
	asked := func(polls int) (n int64) {
		for range polls {
			r.clock.Advance(max(r.Cadence(), 3*time.Minute))
			batch, err := r.Poll(t.Context(), focus)
			if err != nil {
				t.Fatal(err)
			}
			n += batch.AskedLow
		}
		return n
	}
	asked(1) // the rest of the past
	// In 45 minutes c fifteen times, b three times, a once, each once more or less
	// by where it stood.
	if n := asked(15); n < 7*(15+2) || n > 7*(15+4+2) {
		t.Errorf("%d metrics in 45 minutes at a third of the pace", n)
	}
	if r.Cadence() != 3*time.Minute {
		t.Errorf("cadence %v", r.Cadence())
	}
}
