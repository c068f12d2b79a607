package history

import (
	"database/sql"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
)

var opaque = cmp.AllowUnexported(migration.Opt[migration.Bytes]{}, migration.Opt[migration.CPU]{})

// A run that an older migtop kept was of its pod as a whole. What is sure of it stays, and a kill
// or a sum is nothing that is known of the main container; when the run comes again it takes the place.
func TestReadsRunsOfThePodAsAWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	s := newStore(t, path, Options{})
	job := func(n int, outcome migration.Outcome, bound migration.Bound) migration.RunRecord {
		r := record(n, bound)
		r.Key, r.Outcome = migration.Key{Platform: migration.Jobs, Workload: "w", Tenant: "acme"}, outcome
		return r
	}
	runs := []migration.RunRecord{
		job(0, migration.OutcomeSucceeded, migration.Exact), job(1, migration.OutcomeOOMKilled, migration.AtLeast),
		job(2, migration.OutcomeSucceeded, migration.AtLeast),
		job(3, migration.OutcomeFailed, migration.AtMost), job(4, migration.OutcomeSucceeded, migration.AtLeast),
	}
	runs[4].Evidence.Note = "killed for memory at its limit: it needed that or more"
	if err := s.PutRecords(t.Context(), scope, runs); err != nil {
		t.Fatal(err)
	}
	if err := s.in(t.Context(), func(tx *sql.Tx) error { // as it was written before
		for i := range runs {
			text, err := json.Marshal(runs[i])
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(t.Context(), `UPDATE records SET body = ? WHERE id = ?`, string(text), runs[i].ID); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Records(t.Context(), scope, 100)
	if err != nil || len(got) != 5 {
		t.Fatalf("%d runs, %v", len(got), err)
	}
	for i, want := range []struct {
		outcome migration.Outcome
		peak    bool
		limit   bool
	}{
		{migration.OutcomeSucceeded, true, true},   // of the only container
		{0, false, false},                          // of which container the kill was is unknown
		{migration.OutcomeSucceeded, false, true},  // a sampled sum, and a limit that the run completed under
		{migration.OutcomeFailed, true, true},      // at most so much together
		{migration.OutcomeSucceeded, false, false}, // a container was killed, restarted, and all ended well
	} {
		r := got[i]
		if r.Outcome != want.outcome || r.Peak.Known() != want.peak || r.Given.Limit.Memory.Known() != want.limit ||
			r.Duration != runs[i].Duration {
			t.Errorf("%s: %v, peak %v, limit %v, %v", r.ID, r.Outcome, r.Peak, r.Given.Limit.Memory, r.Duration)
		}
	}
	// The cluster still has the pods, and says more.
	for i := range runs {
		runs[i].Container, runs[i].PeakBound = "main", migration.Exact
	}
	if err := s.PutRecords(t.Context(), scope, runs); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Records(t.Context(), scope, 100); err != nil || len(got) != 5 {
		t.Fatalf("%d runs, %v: each once", len(got), err)
	}
	for i := range got {
		if diff := cmp.Diff(runs[i].Peak, got[i].Peak, opaque); diff != "" || got[i].Container != "main" || got[i].Outcome != runs[i].Outcome {
			t.Errorf("%+v", got[i])
		}
	}
}
