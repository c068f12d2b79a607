package history

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

func TestADamagedFileIsMovedAside(t *testing.T) {
	for name, damage := range map[string]func(data []byte) []byte{
		"no database": func([]byte) []byte { return []byte(strings.Repeat("this is no database\n", 500)) },
		"a damaged one": func(data []byte) []byte {
			for i := 4096; i < len(data); i++ { // all pages but the first
				data[i] = 0xff
			}
			return data
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "history.db")
			s := New(path, Options{})
			for n := range 40 {
				put(t, s, answer(n*100, n*100+100, n*100+100, 1))
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			before := damage(data)
			write(t, path, string(before))
			write(t, path+"-wal", "a WAL that belongs to it")
			s = newStore(t, path, Options{})
			put(t, s, answer(0, 10, 10, 7))
			if got := segments(t, s); len(got) != 2 || got[0].Runs[0].Runs != 7 {
				t.Errorf("%+v", got)
			}
			p := s.Problem()
			if p == nil || !strings.Contains(p.What, "was damaged") || !strings.Contains(p.What, path) || p.Fix == "" {
				t.Fatalf("problem %v", p)
			}
			found, err := filepath.Glob(path + ".damaged-*")
			if err != nil || len(found) == 0 || !strings.Contains(p.What, found[0]) {
				t.Fatalf("%v: %v, named %q", err, found, p.What)
			}
			if after, err := os.ReadFile(found[0]); err != nil || string(after) != string(before) {
				t.Errorf("what was moved was changed: %v", err)
			}
			// The new one is a file and not memory.
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if got := segments(t, newStore(t, path, Options{})); len(got) != 2 {
				t.Errorf("%d segments after a restart", len(got))
			}
		})
	}
}

// A disk that is full is said, everything that was kept can be read, and minutes are kept again once there is room.
func TestAFullDiskIsSaid(t *testing.T) {
	s := newStore(t, filepath.Join(t.TempDir(), "history.db"), Options{})
	f := newFleet(5)
	first := f.minutes(noon, 60, time.Minute)
	keepMinutes(t, s, first)
	limit := func(pages string) {
		t.Helper()
		if err := s.do(t.Context(), func(db *sql.DB) error {
			var n int64
			return db.QueryRowContext(t.Context(), "PRAGMA max_page_count = "+pages).Scan(&n)
		}); err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // as many as there are
	more := f.minutes(at(60), 600, time.Minute)
	if err := s.PutMinutes(t.Context(), scope, more); code(err) != sqlite3.SQLITE_FULL {
		t.Fatalf("%v", err)
	}
	if p := s.Problem(); p == nil || !strings.Contains(p.What, "is full") || !strings.Contains(p.What, s.path) || p.Fix == "" {
		t.Errorf("problem %v", p)
	}
	if got, want := runsOf(t, s, noon, at(60)), runsIn(first); got != want {
		t.Errorf("%d runs of %d", got, want)
	}
	limit("1000000")
	keepMinutes(t, s, more)
	if p := s.Problem(); p != nil {
		t.Errorf("problem %v", p)
	}
	if got, want := runsOf(t, s, noon, at(660)), runsIn(first)+runsIn(more); got != want {
		t.Errorf("%d runs of %d", got, want)
	}
}

// A file of each earlier version is brought up to date and keeps minutes.
func TestFilesOfEarlierVersionsAreMigrated(t *testing.T) {
	for version := range migrations {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "history.db")
			db, err := sql.Open("sqlite", "file:"+path)
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range migrations[:version] {
				if _, err := db.ExecContext(t.Context(), step); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := db.ExecContext(t.Context(), fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			s := newStore(t, path, Options{})
			m := newFleet(1).minutes(noon, 5, time.Minute)
			keepMinutes(t, s, m)
			if got := runsOf(t, s, noon, at(5)); got != runsIn(m) || s.Problem() != nil {
				t.Errorf("%d runs of %d, %v", got, runsIn(m), s.Problem())
			}
		})
	}
}
