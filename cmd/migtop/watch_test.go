package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adrg/xdg"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

// lockedBuffer is written by one goroutine and read by another.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// A look at each tick prints the newest Snapshot, the first one as soon as all sources have answered.
func TestWatchPrintsTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		snaps := make(chan *migration.Snapshot, 1)
		at := func(minute int, state migration.HealthState) *migration.Snapshot {
			return &migration.Snapshot{
				At:      time.Date(2026, 12, 1, 10, minute, 0, 0, time.UTC),
				Sources: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK}, {Source: "jobs", State: state}},
			}
		}
		var out lockedBuffer
		ended := make(chan error)
		go func() {
			ended <- printEach(ctx, &out, snaps, time.Minute, 10*time.Second, report.Options{Format: report.JSON, Compact: true})
		}()
		times := func() (got []string) {
			synctest.Wait()
			for line := range strings.Lines(out.String()) {
				var doc struct{ At time.Time }
				if err := json.Unmarshal([]byte(line), &doc); err != nil {
					t.Fatalf("%v in %q", err, line)
				}
				got = append(got, doc.At.Format("15:04"))
			}
			return got
		}
		want := func(want string) {
			t.Helper()
			if got := strings.Join(times(), " "); got != want {
				t.Errorf("printed %q, want %q", got, want)
			}
		}
		snaps <- at(0, migration.HealthFailed)
		want("")
		time.Sleep(11 * time.Second)
		want("") // one of them has not answered
		snaps <- at(1, migration.HealthOK)
		want("10:01")
		snaps <- at(2, migration.HealthOK)
		synctest.Wait()
		snaps <- at(3, migration.HealthFailed)
		want("10:01")
		time.Sleep(10 * time.Second)
		want("10:01 10:03")
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("a signal is an error: %v", err)
		}
	})
}

// A source that never answers does not keep the others from being printed; where none answers, that is the error.
func TestWatchDoesNotWaitForever(t *testing.T) {
	for state, want := range map[migration.HealthState]int{migration.HealthOK: exitOK, migration.HealthFailed: exitNoData} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
			defer cancel()
			snaps := make(chan *migration.Snapshot, 1)
			snaps <- &migration.Snapshot{Sources: []migration.Health{
				{Source: "cloudwatch", State: state}, {Source: "jobs", State: migration.HealthFailed},
			}}
			var out bytes.Buffer
			err := printEach(ctx, &out, snaps, time.Minute, time.Hour, report.Options{Format: report.Table})
			if exitCode(err) != want || (out.Len() > 0) != (want == exitOK) {
				t.Errorf("%v, printed %q; want code %d", err, out.String(), want)
			}
		})
	}
}

// Without a cluster all of the Lambda side is there, what Jobs would cost is calculated, and nothing is called wrong.
func TestNoKubernetes(t *testing.T) {
	out, errs, code := looked(t, "--no-kubernetes")
	if code != exitOK || strings.Contains(errs, "jobs") {
		t.Fatalf("%d, %s", code, errs)
	}
	var doc struct {
		Tenants []struct {
			Lambda  struct{ Runs *int64 } `json:"lambda"`
			Answers struct{ Gap *string } `json:"answers"`
			Verdict string                `json:"cost_verdict"`
		}
		Sources []struct{ Source, State, Note string }
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]int{}
	for _, v := range doc.Tenants {
		verdicts[v.Verdict]++
		if v.Answers.Gap != nil && strings.Contains(*v.Answers.Gap, "Jobs") {
			t.Errorf("the gap is %q", *v.Answers.Gap)
		}
	}
	if verdicts["move"] == 0 {
		t.Errorf("no tenant is compared: %v", verdicts)
	}
	off := 0
	for _, s := range doc.Sources {
		if s.State == "off" && s.Note == "no cluster is read: --no-kubernetes" {
			off++
		}
	}
	if off != 4 {
		t.Errorf("%d readings of the cluster are off", off)
	}
}

// The demo is drawn with the user's own theme and keys; flags come first, and a file that cannot be read changes nothing.
func TestDemoHasTheUsersScreen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "c.yaml")
	t.Setenv("MIGTOP_CONFIG", path)
	t.Setenv("XDG_CONFIG_HOME", dir)
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("name: mine\nui:\n  theme: light\n  mouse: true\n  keys: {pause: [f5]}\naws: {region: us-east-1}\n")
	out, _, code := execute(t, "config", "show", "--demo")
	for _, want := range []string{`theme: "light"`, "mouse: true", `"pause": ["f5"]`} {
		if code != exitOK || !strings.Contains(out, want) {
			t.Errorf("the demo lacks %s:\n%s", want, out)
		}
	}
	if strings.Contains(out, "us-east-1") || strings.Contains(out, "mine") {
		t.Errorf("the demo has more of the user's than the screen:\n%s", out)
	}
	if out, _, _ := execute(t, "config", "show", "--demo", "--theme", "mono"); !strings.Contains(out, `theme: "mono"`) {
		t.Error("--theme does not come first")
	}
	write("ui: {theme: pink}\n")
	if out, errs, code := execute(t, "config", "show", "--demo"); code != exitOK || !strings.Contains(out, `theme: "auto"`) {
		t.Errorf("a file that is wrong stops the demo: %d, %s", code, errs)
	}
}
