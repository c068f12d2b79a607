package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud"
)

// Over the real protocols, from a cluster on which time goes on: each pod that ended
// is recorded once, with its image, and with what its container wrote of itself.
func TestRecordsOverTheWire(t *testing.T) {
	cloud, err := simcloud.Start(t.Context(), simcloud.Options{Seed: 1, Speed: 600})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cloud.Close() })
	s, err := New(Options{
		Connection: &Connection{Config: cloud.RESTConfig(), Context: "demo"}, Attribute: byTenant, Clock: cloud.Clock(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })

	records := map[string]migration.RunRecord{}
	outcomes, bounds := map[migration.Outcome]int{}, map[migration.Bound]int{}
	later := 0 // than the first poll
	for end := time.Now().Add(3 * time.Minute); (later < 50 || outcomes[migration.OutcomeTimedOut] == 0) &&
		time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		first := len(records) == 0
		b, err := s.Poll(t.Context(), noFocus)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range migration.PayloadOf[migration.RunRecords](b) {
			if _, twice := records[r.ID]; twice {
				t.Fatalf("%s is recorded twice", r.ID)
			}
			records[r.ID] = r
			outcomes[r.Outcome]++
			if r.Peak.Known() {
				bounds[r.PeakBound]++
			}
			if !first {
				later++
			}
			check(t, &r)
		}
	}
	t.Logf("%d records, %d of them after the first poll, %v, %v", len(records), later, outcomes, bounds)
	for _, o := range []migration.Outcome{
		migration.OutcomeSucceeded, migration.OutcomeFailed, migration.OutcomeOOMKilled,
		migration.OutcomeTimedOut,
	} {
		if outcomes[o] == 0 {
			t.Errorf("no run %v", o)
		}
	}
	if bounds[migration.Exact] == 0 || bounds[migration.AtLeast] == 0 || later < 50 {
		t.Errorf("bounds %v, %d records after the first poll", bounds, later)
	}
}

func check(t *testing.T, r *migration.RunRecord) {
	t.Helper()
	peak, known := r.Peak.Get()
	limit, limited := r.Given.Limit.Memory.Get()
	switch {
	case r.Key.Platform != migration.Jobs || r.Started.IsZero() || !limited:
		t.Fatalf("%+v", r)
	case !strings.HasPrefix(r.Version, "sha256:"):
		t.Fatalf("%s has version %q", r.ID, r.Version)
	case known && peak > limit:
		t.Fatalf("%s used %v of %v", r.ID, peak, limit)
	case r.Outcome == migration.OutcomeOOMKilled && (peak != limit || r.PeakBound != migration.AtLeast):
		t.Fatalf("%s was killed for memory with a peak %v %v of %v", r.ID, r.PeakBound, peak, limit)
	case r.PeakBound == migration.Exact && !r.CPUTime.Known():
		t.Fatalf("%s tells its memory and not its CPU time", r.ID)
	}
}
