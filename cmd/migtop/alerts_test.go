package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/alert/send"
)

// alertsConfig is a configuration file with outputs.
func alertsConfig(t *testing.T, outputs string) string {
	t.Helper()
	return writeConfig(t, "name: prod\nalerts:\n  outputs:\n"+outputs)
}

func TestAlertsTestSaysWhatHappened(t *testing.T) {
	isolate(t)
	var mu sync.Mutex
	var events []map[string]any
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/gone" {
			http.Error(w, "no_service", http.StatusNotFound)
			return
		}
		var e map[string]any
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		if !strings.HasPrefix(r.Header.Get(send.HeaderSignature), "v1=") {
			t.Errorf("%v", r.Header)
		}
		events = append(events, e)
	}))
	defer receiver.Close()
	lines := filepath.Join(t.TempDir(), "alerts.jsonl")
	t.Setenv("ALERTS_SECRET", "topsecret")
	good := "    - webhook: {url: '" + receiver.URL + "/a', secret_env: ALERTS_SECRET}\n    - file: " + lines + "\n"
	out := ok(t, "alerts", "test", "--config", alertsConfig(t, good))
	host := strings.TrimPrefix(receiver.URL, "http://")
	if !strings.Contains(out, "webhook "+host+": arrived in ") || !strings.Contains(out, "file "+lines+": arrived in ") {
		t.Errorf("%s", out)
	}
	if len(events) != 1 || events[0]["event"] != "test" || events[0]["scope"].(map[string]any)["name"] != "prod" {
		t.Errorf("%v", events)
	}
	if written, err := os.ReadFile(lines); err != nil || !bytes.Contains(written, []byte(`"event":"test"`)) {
		t.Errorf("%v: %s", err, written)
	}
	got := migtop(t, "alerts", "test", "--config", alertsConfig(t, good+"    - webhook: {url: '"+receiver.URL+"/gone'}\n"))
	const failed = "FAILED: the receiver refuses the event (404): no_service (check the address"
	if got.code != exitFailure || !strings.Contains(got.out, failed) ||
		!strings.Contains(got.failure.Error(), "1 of 3 outputs did not take the test event") {
		t.Errorf("%+v", got)
	}
	refused(t, "no output is configured", "alerts", "test", "--config", writeConfig(t, "name: prod\n"))
	refused(t, `--output "xml": want text or jsonl`, "alerts", "-o", "xml")
	refused(t, "alerts: unknown key", "alerts", "test", "--config", writeConfig(t, "alerts: {output: []}\n"))
}

func TestConfigShowsAlerts(t *testing.T) {
	isolate(t)
	out := ok(t, "config", "show", "--config", writeConfig(t, "alerts: {terminal: true, severity: critical, flapping: 5m}\n"))
	if !strings.Contains(out, "alerts:\n  severity: critical\n  flapping: 5m\n  terminal: osc9\n") {
		t.Errorf("%s", out)
	}
}

// until is a writer that calls enough as soon as it has so many lines.
type until struct {
	mu     sync.Mutex
	text   bytes.Buffer
	lines  int
	enough func()
}

func (u *until) Write(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.lines -= bytes.Count(p, []byte("\n")); u.lines <= 0 {
		u.enough()
	}
	return u.text.Write(p)
}

// The demo's alerts as JSON lines, until somebody stops it.
func TestAlertsFollow(t *testing.T) {
	isolate(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out := &until{lines: 10, enough: cancel}
	root := newRoot()
	root.SilenceErrors, root.SilenceUsage = true, true
	var errs bytes.Buffer
	root.SetOut(out)
	root.SetErr(&errs)
	root.SetArgs([]string{"alerts", "--demo", "--seed", "1", "-o", "jsonl"})
	if code := exitCode(root.ExecuteContext(ctx)); code != exitInterrupted {
		t.Errorf("code %d: %s", code, errs.String())
	}
	seen := map[string]bool{}
	for line := range strings.Lines(out.text.String()) {
		var e struct {
			Schema, Alert, Text, Event string
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Schema != "migtop.alert/v1" || e.Event != "firing" || seen[e.Alert] {
			t.Errorf("%v: %s", err, line)
		}
		seen[e.Alert] = true
	}
	if !seen["notice/initech/oom_killed"] {
		t.Errorf("%v", seen)
	}
}
