package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud"
)

// Over the real protocols, from a cluster on which time goes on: each pod that ended
// is recorded once, with its image, and with what its container wrote of itself. Each Job is in the minute of its start, once.
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
	var seen startedRuns
	later := 0 // than the first poll
	for end := time.Now().Add(3 * time.Minute); (later < 50 || outcomes[migration.OutcomeTimedOut] == 0) &&
		time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		first := len(records) == 0
		b, err := s.Poll(t.Context(), noFocus)
		if err != nil {
			t.Fatal(err)
		}
		seen.take(t, b)
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
	seen.compare(t)
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

// startedRuns are Jobs by the minute of their start, as lists of runs and as minutes have them.
type startedRuns struct {
	runs    map[startKey]map[string]migration.RunState // by UID, the last state
	minutes map[startKey]migration.RunMinute
	// from and to are the time in which all runs were listed: the first list has the last of each workload alone, and of the
	// last minutes a watch may be late.
	from, to time.Time
}

func (s *startedRuns) take(t *testing.T, b migration.Batch) {
	t.Helper()
	if s.runs == nil {
		s.runs, s.minutes = map[startKey]map[string]migration.RunState{}, map[startKey]migration.RunMinute{}
	}
	for i := range b.Runs {
		r := &b.Runs[i]
		at, ok := r.Started.Get()
		if !ok {
			continue
		}
		k := startKey{r.Key, floorTo(at.Unix(), minute)}
		if s.runs[k] == nil {
			s.runs[k] = map[string]migration.RunState{}
		}
		s.runs[k][r.UID] = r.State
	}
	starts := migration.PayloadOf[migration.RunMinutes](b)
	if s.from.IsZero() {
		s.from = starts.To.Add(2 * time.Minute)
	}
	s.to = starts.To.Add(-5 * time.Minute)
	for _, m := range starts.Minutes {
		k := startKey{m.Key, m.Start.Unix()}
		if was := s.minutes[k]; was.Final && !m.Final {
			t.Errorf("no longer final: %+v, was %+v", m, was)
		}
		s.minutes[k] = m
	}
}

func (s *startedRuns) compare(t *testing.T) {
	t.Helper()
	final, runs := 0, int64(0)
	for k, m := range s.minutes {
		if !m.Final || m.Start.Before(s.from) || !m.Start.Before(s.to) {
			continue
		}
		var ended, failed int64
		for _, state := range s.runs[k] {
			ended += one(state == migration.RunSucceeded || state == migration.RunFailed)
			failed += one(state == migration.RunFailed)
		}
		if m.Runs != ended || m.Failures != failed || m.Open != 0 || m.Duration.Count() > m.Runs {
			t.Errorf("%v: %d runs, %d failed; listed %d and %d", k, m.Runs, m.Failures, ended, failed)
		}
		if m.Version == "" && m.ImagePull == migration.Some[int64](0) && m.Duration.Count() > 0 {
			t.Errorf("nothing says what ran: %+v", m)
		}
		final++
		runs += m.Runs
	}
	if final < 20 || runs < 50 {
		t.Errorf("%d final minutes with %d runs", final, runs)
	}
}
