package history

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

func exported(t testing.TB, s *Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := s.Export(t.Context(), &b, at(90)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnExportIsTheSameHistoryElsewhere(t *testing.T) {
	a := newStore(t, filepath.Join(t.TempDir(), "history.db"), Options{})
	f := newFleet(3)
	keepMinutes(t, a, f.minutes(noon, 90, time.Minute))
	if err := a.PutDays(t.Context(), scope, []migration.Day{{Day: noon.Truncate(migration.DayLength)}}); err != nil {
		t.Fatal(err)
	}
	of := record(1, migration.Exact)
	of.Key = migration.Key{Platform: migration.Jobs, Workload: "w", Tenant: "acme"}
	if err := a.PutRecords(t.Context(), scope, []migration.RunRecord{of}); err != nil {
		t.Fatal(err)
	}
	file := exported(t, a)
	b := newStore(t, filepath.Join(t.TempDir(), "history.db"), Options{})
	keepMinutes(t, b, f.minutes(at(60), 60, time.Minute)) // it saw a part of the same
	for range 2 {                                         // and once more, as after an interruption
		moved, err := b.Import(t.Context(), bytes.NewReader(file))
		if err != nil || !moved.At.Equal(at(90)) || !moved.Newest.Equal(at(90)) || moved.Rows != 2 || moved.Blocks == 0 ||
			len(moved.Scopes) != 1 || moved.Scopes[0] != scope {
			t.Fatalf("%v, %+v", err, moved)
		}
		if got, want := runsOf(t, b, noon, at(120)), runsIn(f.minutes(noon, 120, time.Minute)); got != want {
			t.Errorf("%d runs of %d", got, want)
		}
	}
	if days, err := b.Days(t.Context(), scope, noon.Add(-migration.DayLength)); err != nil || len(days) != 1 {
		t.Errorf("%v, %d days", err, len(days))
	}
	if runs, err := b.Records(t.Context(), scope, 10); err != nil || len(runs) != 1 {
		t.Errorf("%v, %d runs", err, len(runs))
	}
	reach, err := b.Past(scope).Reach(t.Context())
	if err != nil || len(reach.Gaps) > 0 || !reach.Oldest.Equal(noon) || !reach.Newest.Equal(at(120)) {
		t.Errorf("%v, %+v", err, reach)
	}
}

// A file of which a part is missing or was changed is a clear error, and nothing of it is there afterwards.
func TestHalfAnExportIsRefused(t *testing.T) {
	a := newStore(t, "", Options{})
	keepMinutes(t, a, newFleet(2).minutes(noon, 30, time.Minute))
	file := exported(t, a)
	b := newStore(t, "", Options{})
	for n := 0; n < len(file); n += 1 + len(file)/50 {
		if _, err := b.Import(t.Context(), bytes.NewReader(file[:n])); !errors.Is(err, ErrExport) {
			t.Errorf("the first %d bytes: %v", n, err)
		}
		changed := bytes.Clone(file)
		changed[n] ^= 1
		if _, err := b.Import(t.Context(), bytes.NewReader(changed)); !errors.Is(err, ErrExport) {
			t.Errorf("byte %d was changed: %v", n, err)
		}
	}
	if got := runsOf(t, b, noon, at(60)); got != 0 {
		t.Errorf("%d runs of what was refused", got)
	}
}

func FuzzImport(f *testing.F) {
	s := New("", Options{})
	if err := s.PutMinutes(f.Context(), scope, newFleet(1).minutes(noon, 3, time.Minute)); err != nil {
		f.Fatal(err)
	}
	f.Add(exported(f, s))
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := New("", Options{})
		defer func() { _ = s.Close() }()
		_, _ = s.Import(t.Context(), bytes.NewReader(b))
	})
}

// What is in the file as a block may be anything: it is an error, never a panic.
func FuzzReadBlock(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 0}, uint8(activityKind))
	f.Add([]byte{1, 2, 0}, uint8(queueKind))
	f.Fuzz(func(t *testing.T, raw []byte, kind uint8) {
		body := deflate(raw)
		if kind == activityKind {
			if list, err := readActivity(body, newPacker()); err == nil {
				_ = totalOf(0, 0, list)
			}
			return
		}
		list, err := readEntries(body)
		if err != nil {
			return
		}
		for _, e := range list {
			_, _ = readQueueEntry("", e)
			_, _ = readWordEntry("", e)
		}
	})
}
