package history

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
)

func TestCutoversOutliveTheFile(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "history.db")
	first := New(path, Options{})
	monday := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	states := []migration.CutoverState{{Tenant: "acme", Data: []byte{1, 0, 255}}, {Tenant: "globex", Data: []byte("{}")}}
	if err := first.PutCutovers(ctx, scope, monday, states); err != nil {
		t.Fatal(err)
	}
	states[0].Data = []byte{2}
	if err := first.PutCutovers(ctx, scope, monday.Add(time.Minute), states[:1]); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := newStore(t, path, Options{})
	got, err := second.Cutovers(ctx, scope)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(states, got); diff != "" {
		t.Error(diff)
	}
	if got, err = second.Cutovers(ctx, "another"); err != nil || len(got) != 0 {
		t.Errorf("another scope has %d states, error %v", len(got), err)
	}
	// A tenant that nobody has followed for 100 days goes.
	if err := second.PutCutovers(ctx, scope, monday.AddDate(0, 0, 100).Add(time.Minute), states[:1]); err != nil {
		t.Fatal(err)
	}
	if got, err = second.Cutovers(ctx, scope); err != nil || len(got) != 1 {
		t.Errorf("%d states, error %v; want acme alone", len(got), err)
	}
}

func TestTheRecordOfCutoversIsBounded(t *testing.T) {
	ctx := context.Background()
	s := newStore(t, filepath.Join(t.TempDir(), "history.db"), Options{})
	monday := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	record := func(at time.Time, word migration.VerdictWord) migration.CutoverRecord {
		return migration.CutoverRecord{Tenant: "acme", At: at, Word: word, Reason: "since", Share: migration.Some[migration.Ratio](0.25)}
	}
	all := []migration.CutoverRecord{record(monday, migration.VerdictHold), record(monday.Add(time.Hour), migration.VerdictPromote)}
	if err := s.PutVerdicts(ctx, scope, all); err != nil {
		t.Fatal(err)
	}
	again := []migration.CutoverRecord{record(monday, migration.VerdictRollBack)} // it was recorded by another program
	if err := s.PutVerdicts(ctx, scope, again); err != nil {
		t.Fatal(err)
	}
	got, err := s.Verdicts(ctx, scope, monday)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, got, cmp.Comparer(func(a, b migration.Opt[migration.Ratio]) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if got, err = s.Verdicts(ctx, scope, monday.Add(time.Minute)); err != nil || len(got) != 1 {
		t.Errorf("%d changes after the first, error %v", len(got), err)
	}
	if err := s.PutVerdicts(ctx, scope, []migration.CutoverRecord{record(monday.AddDate(0, 0, 401), migration.VerdictHold)}); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Verdicts(ctx, scope, monday.AddDate(-1, 0, 0)); err != nil || len(got) != 1 {
		t.Errorf("%d changes, error %v; want those of 400 days", len(got), err)
	}
}
