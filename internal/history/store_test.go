package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		keepUntilKilled(path)
		return
	}
	goleak.VerifyTestMain(m)
}

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

const scope = "123456789012/eu-west-1"

func newStore(t testing.TB, path string, o Options) *Store {
	t.Helper()
	s := New(path, o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

// answer is what a log group said from one minute to another, final up to a third: in
// each segment n runs.
func answer(from, to, final int, n int64) *migration.LogAnswer {
	a := &migration.LogAnswer{Group: "g", From: at(from), To: at(to), FinalTo: at(final)}
	for start := from; start < to; start += 5 {
		runs := migration.LoggedRuns{Began: at(start - 5), Tenant: "acme", Runs: n, Billed: migration.MBMillis(n * 1000)}
		runs.Peak.Add(64 * migration.MiB)
		a.Segments = append(a.Segments, migration.LogSegment{
			Function: "f", Start: at(start), Final: start+5 <= final, Runs: []migration.LoggedRuns{runs}, Unread: migration.Unread{Cut: n},
		})
	}
	return a
}

func put(t testing.TB, s *Store, a *migration.LogAnswer) {
	t.Helper()
	if err := s.PutLogs(context.Background(), scope, a); err != nil {
		t.Fatal(err)
	}
}

func segments(t testing.TB, s *Store) (out []migration.LogSegment) {
	t.Helper()
	err := s.Segments(context.Background(), scope, at(-10_000), at(100_000), func(_ string, one *migration.LogSegment) bool {
		out = append(out, *one)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func covered(t testing.TB, s *Store) string {
	t.Helper()
	all, err := s.Covered(context.Background(), scope, at(-10_000), at(100_000))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, span := range all["g"] {
		fmt.Fprintf(&b, "%v-%v ", int(span.From.Sub(noon).Minutes()), int(span.To.Sub(noon).Minutes()))
	}
	return strings.TrimSpace(b.String())
}

func TestKeepsWhatLogsSaidAndRepairsWhatWasNotFinal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "history.db")
	s := newStore(t, path, Options{})
	put(t, s, answer(0, 20, 10, 1))
	if got := covered(t, s); got != "0-10" {
		t.Errorf("covered %q", got)
	}
	put(t, s, answer(10, 30, 25, 2)) // again from where it was final
	if got := covered(t, s); got != "0-25" {
		t.Errorf("covered %q", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Another migtop, later.
	s = newStore(t, path, Options{})
	want := append(answer(0, 10, 10, 1).Segments, answer(10, 30, 25, 2).Segments...)
	if diff := cmp.Diff(want, segments(t, s)); diff != "" {
		t.Error(diff)
	}
	if s.Problem() != nil {
		t.Error(s.Problem())
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	all, err := s.Covered(t.Context(), "another account", at(0), at(60))
	if err != nil || len(all) != 0 {
		t.Errorf("another account is covered: %v, %v", all, err)
	}
}

// What is covered is the union of what was final, in as few spans as there can be.
func TestCoveredIsTheUnion(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := New("", Options{})
		defer func() { _ = s.Close() }()
		var want [60]bool
		for range rapid.IntRange(1, 12).Draw(r, "answers") {
			from := rapid.IntRange(0, 50).Draw(r, "from")
			final := from + rapid.IntRange(0, 9).Draw(r, "length")
			for i := from; i < final; i++ {
				want[i] = true
			}
			if err := s.PutLogs(context.Background(), scope, &migration.LogAnswer{
				Group: "g", From: at(from * 5), To: at(final*5 + 5),
				FinalTo: at(final * 5),
			}); err != nil {
				r.Fatal(err)
			}
		}
		var b strings.Builder
		for i := range want {
			if want[i] && (i == 0 || !want[i-1]) {
				fmt.Fprintf(&b, "%d-", i*5)
			}
			if want[i] && !want[i+1] {
				fmt.Fprintf(&b, "%d ", i*5+5)
			}
		}
		all, err := s.Covered(context.Background(), scope, at(-100), at(1000))
		if err != nil {
			r.Fatal(err)
		}
		var got strings.Builder
		for _, span := range all["g"] {
			fmt.Fprintf(&got, "%d-%d ", int(span.From.Sub(noon).Minutes()), int(span.To.Sub(noon).Minutes()))
		}
		if got.String() != b.String() {
			r.Fatalf("covered %q, want %q", got.String(), b.String())
		}
	})
}

func TestKeepsRequestsThatAreOpen(t *testing.T) {
	s := newStore(t, "", Options{})
	a := answer(0, 10, 10, 1)
	a.Open = []migration.OpenRequest{{ID: "a", Tenant: "acme", At: at(9)}, {ID: "b", Tenant: "blue", At: at(8)}}
	put(t, s, a)
	b := answer(10, 20, 20, 1)
	b.Open = []migration.OpenRequest{{ID: "c", Tenant: "acme", At: at(19)}}
	got, err := s.OpenRequests(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]migration.OpenRequest{"g": a.Open}, got); diff != "" {
		t.Error(diff)
	}
	put(t, s, b)
	if got, err = s.OpenRequests(t.Context(), scope); err != nil || len(got["g"]) != 1 || got["g"][0].ID != "c" {
		t.Errorf("%v, %v", got, err)
	}
}

func record(n int, bound migration.Bound) migration.RunRecord {
	return migration.RunRecord{
		ID: fmt.Sprintf("r%d", n), Started: at(n), Duration: time.Minute, Outcome: migration.OutcomeOOMKilled,
		Peak: migration.Some(64 * migration.MiB), PeakBound: bound, Version: "7",
		Given:    migration.Given{Limit: migration.Resources{Memory: migration.Some(128 * migration.MiB)}},
		Evidence: migration.Provenance{Source: "lambda report", Method: migration.Measured, Coverage: 1},
	}
}

func TestKeepsTheLastRunsOfEachKind(t *testing.T) {
	s := newStore(t, "", Options{Records: 3})
	a := answer(0, 10, 10, 1)
	for n := range 10 {
		a.Runs = append(a.Runs, migration.LoggedRun{Function: "f", Tenant: "acme", Record: record(n, migration.AtMost)})
	}
	a.Runs = append(a.Runs, migration.LoggedRun{Function: "f", Tenant: "acme", Record: record(0, migration.Exact)})
	put(t, s, a)
	put(t, s, a) // the same runs again
	got, err := s.LoggedRuns(t.Context(), scope, 10)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range got {
		ids = append(ids, r.Record.ID+" "+r.Record.PeakBound.String())
	}
	if want := []string{"r0 exact", "r7 at most", "r8 at most", "r9 at most"}; !cmp.Equal(ids, want) {
		t.Errorf("%v, want %v", ids, want)
	}
	if some, err := s.LoggedRuns(t.Context(), scope, 2); err != nil || len(some) != 3 || some[1].Record.ID != "r8" {
		t.Errorf("the two newest of each kind: %+v, %v", some, err)
	}
	want := record(9, migration.AtMost)
	want.Key.Platform = migration.Lambda
	if diff := cmp.Diff(want, got[len(got)-1].Record, cmp.AllowUnexported(migration.Opt[migration.Bytes]{}, migration.Opt[migration.CPU]{},
		migration.Opt[time.Duration]{})); diff != "" {
		t.Error(diff)
	}

	of := record(1, migration.AtLeast)
	of.Key = migration.Key{Platform: migration.Jobs, Workload: "w", Tenant: "acme"}
	if err := s.PutRecords(t.Context(), scope, []migration.RunRecord{of, of}); err != nil {
		t.Fatal(err)
	}
	records, err := s.Records(t.Context(), scope, 100)
	if err != nil || len(records) != 1 || records[0].Key != of.Key {
		t.Errorf("%+v, %v", records, err)
	}
}

func TestForgetsWhatIsOld(t *testing.T) {
	s := newStore(t, "", Options{Keep: time.Hour})
	put(t, s, answer(0, 20, 20, 1))
	s.puts = 0 // the next one trims again
	put(t, s, answer(60, 75, 75, 1))
	if got := segments(t, s); len(got) != 4 || !got[0].Start.Equal(at(15)) {
		t.Errorf("%d segments from %v on", len(got), got[0].Start)
	}
	if got := covered(t, s); got != "15-20 60-75" {
		t.Errorf("covered %q", got)
	}
	s = newStore(t, "", Options{Segments: 100})
	put(t, s, answer(0, 5*150, 5*150, 1))
	if n := len(segments(t, s)); n > 100 || n < 80 {
		t.Errorf("%d segments", n)
	}
	if got := covered(t, s); !strings.HasSuffix(got, "-750") || strings.HasPrefix(got, "0-") {
		t.Errorf("covered %q: what was dropped must be read again", got)
	}
}

func TestTwoMigtopsAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	var wg sync.WaitGroup
	for i := range 2 {
		s := newStore(t, path, Options{})
		wg.Go(func() {
			for n := range 20 {
				a := answer(n*5, n*5+5, n*5+5, 1)
				a.Group = fmt.Sprintf("g%d", i)
				if err := s.PutLogs(context.Background(), scope, a); err != nil {
					t.Error(err)
				}
			}
			if s.Problem() != nil {
				t.Error(s.Problem())
			}
		})
	}
	wg.Wait()
	if n := len(segments(t, newStore(t, path, Options{}))); n != 40 {
		t.Errorf("%d segments of 40", n)
	}
}

// A file that cannot be used is left as it is, and the store goes on in memory.
func TestGoesOnInMemory(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(t *testing.T, path string)
		says    string
	}{
		"a locked one": {func(t *testing.T, path string) {
			s := newStore(t, path, Options{})
			put(t, s, answer(0, 5, 5, 1))
			db, err := sql.Open("sqlite", "file:"+path+"?_txlock=exclusive")
			if err != nil {
				t.Fatal(err)
			}
			tx, err := db.BeginTx(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = tx.Rollback(); _ = db.Close() })
		}, "is locked by another program"},
		"a folder": {func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "cannot be opened"},
		"one of the future": {func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", "file:"+path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(context.Background(), "PRAGMA user_version = 99"); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}, "was made by a newer migtop"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "history.db")
			test.prepare(t, path)
			before, _ := os.ReadFile(path)
			s := newStore(t, path, Options{Busy: time.Millisecond})
			if s.Problem() != nil {
				t.Error("a problem before anybody asked anything")
			}
			put(t, s, answer(0, 10, 10, 7))
			if got := segments(t, s); len(got) == 0 || got[len(got)-1].Runs[0].Runs != 7 {
				t.Errorf("%+v", got)
			}
			p := s.Problem()
			if p == nil || !strings.Contains(p.What, test.says) || !strings.Contains(p.What, path) || p.Fix == "" {
				t.Fatalf("problem %v, want one that says %q", p, test.says)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestSaysThatAFileCannotBeWritten(t *testing.T) {
	s := New("/somewhere/history.db", Options{})
	p := s.explain(&fs.PathError{Op: "open", Path: "/somewhere/history.db", Err: fs.ErrPermission})
	if !strings.Contains(p.What, "cannot be written") || !strings.Contains(p.Fix, "writable") {
		t.Errorf("%s: %s", p.What, p.Fix)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestACallThatIsGivenUpIsNoDamage(t *testing.T) {
	s := newStore(t, filepath.Join(t.TempDir(), "history.db"), Options{})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.PutLogs(gone, scope, answer(0, 10, 10, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	put(t, s, answer(0, 10, 10, 1))
	if s.Problem() != nil {
		t.Error(s.Problem())
	}
}

func TestAClosedHistoryKeepsNothing(t *testing.T) {
	s := New("", Options{})
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if err := s.PutLogs(t.Context(), scope, answer(0, 10, 10, 1)); !errors.Is(err, errClosed) {
		t.Errorf("%v", err)
	}
}
