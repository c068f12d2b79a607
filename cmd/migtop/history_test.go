package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// keptFrom makes a history file with minutes from a time on.
func keptFrom(t *testing.T, path string, from time.Time, minutes int) {
	t.Helper()
	s := history.New(path, history.Options{})
	one := timeseries.StreamBuckets{Stream: timeseries.Stream{
		Key: migration.Key{Platform: migration.Jobs, Tenant: "acme", Workload: "render"},
	}}
	for i := range minutes {
		a := migration.Activity{
			Key: one.Stream.Key, Start: from.Add(time.Duration(i) * time.Minute), Span: time.Minute, Final: true, Runs: 2,
			Evidence: migration.Provenance{Source: "kubernetes", Method: migration.Measured, Coverage: 1},
		}
		one.Buckets = append(one.Buckets, timeseries.NewPacker().Pack(&a))
	}
	to := from.Add(time.Duration(minutes) * time.Minute)
	if err := s.PutMinutes(t.Context(), "prod", &timeseries.Minutes{
		At: to, Streams: []timeseries.StreamBuckets{one}, Watched: []timeseries.Watched{{Source: "kubernetes", From: from, To: to}},
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestHistoryIsShownAndMoved(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "one", "history.db"), filepath.Join(dir, "two", "history.db")
	t.Setenv("MIGTOP_HISTORY_PATH", path)
	out, errOut, code := execute(t, "history", "path")
	if code != exitOK || strings.TrimSpace(out) != path {
		t.Fatalf("code %d, %q, %s", code, out, errOut)
	}
	if _, errOut, code = execute(t, "history", "info"); code == exitOK || !strings.Contains(errOut, "there is no history yet") {
		t.Errorf("code %d, %s", code, errOut)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("asking made a file")
	}
	from := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	keptFrom(t, path, from, 30)
	file := filepath.Join(dir, "history.migtop")
	if out, errOut, code = execute(t, "history", "export", file); code != exitOK || !strings.Contains(out, "1 blocks of minutes") {
		t.Fatalf("code %d, %q, %s", code, out, errOut)
	}
	if _, errOut, code = execute(t, "history", "export", file); code == exitOK || !strings.Contains(errOut, "exists") {
		t.Errorf("code %d, %s", code, errOut)
	}
	t.Setenv("MIGTOP_HISTORY_PATH", other)
	for range 2 {
		if out, errOut, code = execute(t, "history", "import", file); code != exitOK || !strings.Contains(out, "of prod") {
			t.Fatalf("code %d, %q, %s", code, out, errOut)
		}
	}
	var about historyInfo
	out, errOut, code = execute(t, "history", "info", "-o", "json")
	if err := json.Unmarshal([]byte(out), &about); code != exitOK || err != nil {
		t.Fatalf("code %d, %v, %q, %s", code, err, out, errOut)
	}
	if len(about.Scopes) != 1 || about.Scopes[0].Name != "prod" || !about.Scopes[0].Oldest.Equal(from) || len(about.Scopes[0].Tiers) != 1 ||
		!about.Scopes[0].Tiers[0].To.Equal(from.Add(30*time.Minute)) || about.Cap != 512<<20 || about.Bytes == 0 {
		t.Errorf("%+v", about)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "half.migtop")
	if err := os.WriteFile(half, data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errOut, code = execute(t, "history", "import", half); code == exitOK || !strings.Contains(errOut, "cut off") ||
		!strings.Contains(errOut, half) {
		t.Errorf("code %d, %s", code, errOut)
	}
	if out, errOut, code = execute(t, "history", "prune"); code != exitOK || !strings.Contains(out, "MiB now") {
		t.Errorf("code %d, %q, %s", code, out, errOut)
	}
}

func TestAClockThatIsAheadIsSaid(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	if text := clocksApart(&history.Moved{At: now.Add(time.Minute), Newest: now}, now); text != "" {
		t.Error(text)
	}
	if text := clocksApart(&history.Moved{At: now, Newest: now.Add(2 * time.Hour)}, now); !strings.Contains(text, "2h0m0s ahead") {
		t.Error(text)
	}
}

func TestRecordNeedsNoDemo(t *testing.T) {
	if _, errOut, code := execute(t, "record", "--demo"); code != exitUsage || !strings.Contains(errOut, "demo has no history") {
		t.Errorf("code %d, %s", code, errOut)
	}
}
