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
	// A list may be a moment newer than the minutes that come with it.
	last, err := s.Poll(t.Context(), noFocus)
	if err != nil {
		t.Fatal(err)
	}
	last.Runs = nil
	seen.take(t, last)
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

// startedRuns are Jobs by the minute of their start, as lists of runs and as minutes have them. How late watches are depends on
// the machine: a list has the last runs of each workload, of which some may be missed between two polls.
type startedRuns struct {
	listed  map[startKey]map[string]migration.RunState // by UID, the last state
	minutes map[startKey]migration.RunMinute
	from    time.Time // what started from then on was seen from its start
}

func (s *startedRuns) take(t *testing.T, b migration.Batch) {
	t.Helper()
	starts := migration.PayloadOf[migration.RunMinutes](b)
	if s.listed == nil {
		s.listed, s.minutes = map[startKey]map[string]migration.RunState{}, map[startKey]migration.RunMinute{}
		s.from = starts.To
	}
	for i := range b.Runs {
		r := &b.Runs[i]
		at, ok := r.Started.Get()
		if !ok {
			continue
		}
		k := startKey{r.Key, floorTo(at.Unix(), minute)}
		if s.listed[k] == nil {
			s.listed[k] = map[string]migration.RunState{}
		}
		s.listed[k][r.UID] = r.State
	}
	for _, m := range starts.Minutes {
		k := startKey{m.Key, m.Start.Unix()}
		if was := s.minutes[k]; was.Final && !m.Final && m.Open == 0 { // a start that came late may open it
			t.Errorf("no longer final: %+v, was %+v", m, was)
		}
		s.minutes[k] = m
	}
}

// compare holds that every run that was listed is in the minute of its start.
func (s *startedRuns) compare(t *testing.T) {
	t.Helper()
	final, compared := 0, int64(0)
	for k, m := range s.minutes {
		if !m.Final {
			continue
		}
		var ended, failed int64
		for _, state := range s.listed[k] {
			ended += one(state == migration.RunSucceeded || state == migration.RunFailed)
			failed += one(state == migration.RunFailed)
		}
		if m.Runs < ended || m.Failures < failed || m.Open != 0 || m.Duration.Count() > m.Runs {
			t.Errorf("%v: %d runs, %d failed; listed %d and %d", k, m.Runs, m.Failures, ended, failed)
		}
		if compared += ended; !m.Start.Before(s.from) {
			final++
		}
	}
	if final < 20 || compared < 100 {
		t.Errorf("%d final minutes after the first poll, and %d runs compared", final, compared)
	}
}
