package history

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// childEnv makes the test binary a program that keeps minutes in the file that it names; killsEnv is how often it is killed.
const (
	childEnv = "MIGTOP_TEST_HISTORY_CHILD"
	killsEnv = "MIGTOP_TEST_KILLS"
)

const killTenants = 20

// keepUntilKilled keeps one minute after another, and says on its output which are kept.
func keepUntilKilled(path string) {
	s := New(path, Options{Cap: 3 * migration.MiB})
	f := newFleet(killTenants)
	first, err := strconv.Atoi(os.Getenv(childEnv + "_FROM"))
	for minute := first; err == nil; minute++ {
		fmt.Println("begin", minute)
		if err = s.PutMinutes(context.Background(), scope, f.minutes(at(minute), 1, time.Minute)); err == nil {
			fmt.Println("done", minute)
		}
	}
	fmt.Println("failed", err)
}

// kill -9 at any moment loses at most the batch that was being written, and never the file.
func TestKilledAtAnyMoment(t *testing.T) {
	kills := 20
	if n, err := strconv.Atoi(os.Getenv(killsEnv)); err == nil {
		kills = n
	} else if testing.Short() {
		kills = 4
	}
	path := filepath.Join(t.TempDir(), "history.db")
	r := rand.New(rand.NewPCG(1, 2))
	done := -1
	for range kills {
		done = max(done, killedOnce(t, path, done+1, r))
		s := New(path, Options{Cap: 3 * migration.MiB})
		var says string
		err := s.do(t.Context(), func(db *sql.DB) error {
			return db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&says)
		})
		if err != nil || says != "ok" || s.Problem() != nil {
			t.Fatalf("%v, %q, %v", err, says, s.Problem())
		}
		if done >= 0 {
			checkMinutes(t, s, done)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if done < kills/2 {
		t.Errorf("only %d minutes were kept between %d kills", done+1, kills)
	}
}

// checkMinutes checks that the last minutes are there, each once.
func checkMinutes(t *testing.T, s *Store, last int) {
	t.Helper()
	f := newFleet(killTenants)
	from := max(0, last-5)
	want := map[timeseries.Stream]int64{}
	for _, one := range f.minutes(at(from), last-from+1, time.Minute).Streams {
		for _, b := range one.Buckets {
			want[one.Stream] += b.Runs
		}
	}
	got, err := s.Past(scope).Totals(t.Context(), migration.PastWindow{From: at(from), To: at(last + 1)})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d keys of %d in the minutes %d to %d", len(got), len(want), from, last)
	}
	for i := range got {
		a := &got[i].Activity
		if of := (timeseries.Stream{Key: a.Key}); a.Runs != want[of] {
			t.Errorf("%v: %d runs of %d in the minutes %d to %d", of, a.Runs, want[of], from, last)
		}
	}
}

// killedOnce starts a program that keeps minutes, kills it at some moment, and returns the last minute that it kept for
// certain.
func killedOnce(t *testing.T, path string, from int, r *rand.Rand) (done int) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), exe)
	child.Env = append(os.Environ(), childEnv+"="+path, fmt.Sprintf("%s_FROM=%d", childEnv, from))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	done = from - 1
	until := from + r.IntN(6)
	lines := bufio.NewScanner(out)
	killed := false
	for lines.Scan() {
		what, number, _ := strings.Cut(lines.Text(), " ")
		minute, err := strconv.Atoi(number)
		if err != nil {
			t.Errorf("the program says %q", lines.Text())
			break
		}
		if what == "done" {
			done = minute
		}
		if !killed && what == "begin" && minute >= until {
			for range r.IntN(20_000) { // somewhere in the write
				runtime.Gosched()
			}
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
			killed = true // what it still said is read below
		}
	}
	if err := child.Wait(); err == nil || !killed {
		t.Errorf("the program ended by itself: %v", err)
	}
	return done
}
