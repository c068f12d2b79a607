package spend

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

var noon = time.Date(2026, 11, 20, 12, 30, 0, 0, time.UTC)

func book(t *testing.T, l *Ledger, at time.Time, low, high int64) Totals {
	t.Helper()
	totals, err := l.Book(at, Count{Low: low, High: high})
	if err != nil {
		t.Fatal(err)
	}
	return totals
}

// Hours, days and months are counted separately, in UTC. Older ones are dropped.
func TestTotals(t *testing.T) {
	for name, l := range map[string]*Ledger{"memory": Memory(), "file": File(filepath.Join(t.TempDir(), "migtop", "spend.json"))} {
		t.Run(name, func(t *testing.T) {
			book(t, l, noon.AddDate(0, -1, 0), 1000, 2000) // last month
			book(t, l, noon.AddDate(0, 0, -1), 100, 200)   // yesterday
			book(t, l, noon.Add(-time.Hour), 10, 20)
			want := Totals{Hour: Count{Low: 1, High: 2}, Day: Count{Low: 11, High: 22}, Month: Count{Low: 111, High: 222}}
			if got := book(t, l, noon.In(time.FixedZone("", 13*3600)), 1, 2); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if got := book(t, l, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), 0, 0); got != (Totals{}) {
				t.Errorf("in the next month: %+v", got)
			}
		})
	}
}

// What was asked survives the end of the program.
func TestRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spend.json")
	book(t, File(path), noon, 5, 9)
	if got := book(t, File(path), noon, 0, 0); got.Month != (Count{Low: 5, High: 9}) {
		t.Errorf("after a restart: %+v", got)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("files left: %v, %v", left, err)
	}
}

// Several migtops of one user count together, and lose nothing.
func TestManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spend.json")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			l := File(path)
			for range 10 {
				if _, err := l.Book(noon, Count{Low: 1, High: 3}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := book(t, File(path), noon, 0, 0); got.Month != (Count{Low: 80, High: 240}) {
		t.Errorf("got %+v, want 80 and 240", got.Month)
	}
}

// A file that cannot be used is reported; this run's requests count all the same, and
// are written when it can be.
func TestTrouble(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "no-directory")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := File(filepath.Join(blocked, "spend.json"))
	for i := range 2 {
		got, err := l.Book(noon, Count{Low: 5, High: 9})
		var p *migration.Problem
		if !errors.As(err, &p) || !strings.Contains(p.What, "cannot be written") || !strings.Contains(p.Fix, "spend.json") {
			t.Errorf("error %v", err)
		}
		if want := (Count{Low: int64(5 * (i + 1)), High: int64(9 * (i + 1))}); got.Month != want {
			t.Errorf("got %+v, want %+v", got.Month, want)
		}
	}
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	book(t, l, noon, 1, 1)
	if got := book(t, File(l.path), noon, 0, 0); got.Month != (Count{Low: 11, High: 19}) {
		t.Errorf("written in the end: %+v", got.Month)
	}

	for _, text := range []string{
		"", "{", `{"version":2}`, `{"version":1,"hours":{"today":{"low":1,"high":1}}}`,
		`{"version":1,"hours":{"2026-11-20T12":{"low":2,"high":1}}}`, `{"version":1,"more":1}`,
	} {
		path := filepath.Join(dir, "damaged.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l := File(path)
		got, err := l.Book(noon, Count{Low: 1, High: 2})
		if err == nil || got.Month != (Count{Low: 1, High: 2}) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		if got := book(t, l, noon, 1, 2); got.Month != (Count{Low: 2, High: 4}) {
			t.Errorf("%q: then %+v", text, got)
		}
		if kept, err := os.ReadFile(path + ".damaged"); err != nil || string(kept) != text {
			t.Errorf("%q: put aside as %q, %v", text, kept, err)
		}
	}
}

// A lock left by a killed process expires.
func TestStaleLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spend.json")
	if err := os.WriteFile(path+".lock", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Minute)
	if err := os.Chtimes(path+".lock", old, old); err != nil {
		t.Fatal(err)
	}
	if got := book(t, File(path), noon, 1, 1); got.Month != (Count{Low: 1, High: 1}) {
		t.Errorf("got %+v", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"version":1,"hours":{"2026-11-20T12":{"low":5,"high":9}}}`))
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		hours, err := parse(data)
		if err != nil {
			return
		}
		again, err := json.Marshal(file{Version: 1, Hours: hours})
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parse(again); err != nil || len(back) != len(hours) {
			t.Errorf("%s came back as %v, %v", again, back, err)
		}
	})
}
