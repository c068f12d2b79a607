package send_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/alert/send"
	"github.com/migtop/migtop/internal/migration"
)

// fileLines are the events in a file.
func fileLines(t *testing.T, path string) []map[string]any {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]any
	for line := range strings.Lines(string(b)) {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// shown waits for a Snapshot.
func shown(t *testing.T, r *send.Runner, is func(*migration.Alerts) bool) *migration.Snapshot {
	t.Helper()
	for s := range r.Snapshots() {
		if is(&s.Alerts) {
			return s
		}
	}
	t.Fatal("the runner has ended")
	return nil
}

// From a notice in a Snapshot to a message in a chat, with the alert on the screen and the output among the sources.
func TestAnAlertReachesScreenAndWebhook(t *testing.T) {
	r := newReceiver(t, "")
	clk := newClock()
	runner := send.New(send.Options{
		Store: storeAt(t, ""), Scope: "prod", Clock: clk, Settings: settings(alert.Webhook{URL: r.URL}), Env: send.Env{Now: clk.Now},
	})
	in, stop := started(t, runner)
	in <- snapshot(1, "oom_killed")
	got := shown(t, runner, func(a *migration.Alerts) bool { return a.Running })
	if a := got.Alerts; !a.Running || len(a.Standing) != 1 || a.Standing[0].Tenant != "acme" ||
		len(a.News) != 1 || a.News[0].Event != alert.Firing {
		t.Errorf("%+v", a)
	}
	if id := <-r.calls; id == "" {
		t.Error("no id")
	}
	if said := r.got()[0]["text"]; said != "WARNING acme oom_killed: 3 attempts &lt;b&gt;&amp; more&lt;/b&gt;" {
		t.Errorf("%q", said)
	}
	stop()
	row := got.Sources[len(got.Sources)-1]
	if row.Title() != "alerts "+strings.Replace(r.URL, "http://", "webhook ", 1) || row.State != migration.HealthOK {
		t.Errorf("%+v", row)
	}
}

// Nothing is looked at more often than every five seconds, and the last Snapshot is.
func TestSnapshotsThatComeFastAreLookedAtTogether(t *testing.T) {
	clk := newClock()
	var told []string
	runner := send.New(send.Options{
		Store: storeAt(t, ""), Scope: "prod", Clock: clk, Settings: &alert.Settings{},
		Tell: func(e *alert.Event, _ []byte) { told = append(told, e.Type+" "+e.Code) },
	})
	in, stop := started(t, runner)
	in <- snapshot(1)
	in <- snapshot(2, "oom_killed")
	in <- snapshot(3, "oom_killed", "timed_out")
	w := <-clk.waits
	if len(told) != 0 {
		t.Errorf("%q", told)
	}
	if w.for_ != 5*time.Second {
		t.Errorf("waits %v", w.for_)
	}
	w.fire()
	shown(t, runner, func(a *migration.Alerts) bool { return len(a.Standing) == 2 })
	stop()
	if strings.Join(told, ", ") != "firing oom_killed, firing timed_out" {
		t.Errorf("%q", told)
	}
}

// What does not arrive is tried again, at growing distances, and no earlier than the receiver asks.
func TestBackoff(t *testing.T) {
	r := newReceiver(t, "")
	statuses := []int{500, 500, 500, 429, 500, 200}
	r.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		status := statuses[0]
		statuses = statuses[1:]
		if status == 429 {
			w.Header().Set("Retry-After", "25")
		}
		if status != 200 {
			w.WriteHeader(status)
		}
		return status != 200
	}
	clk := newClock()
	r.now = clk.Now
	store := storeAt(t, "")
	runner := send.New(send.Options{
		Store: store, Scope: "prod", Clock: clk, Settings: settings(alert.Webhook{URL: r.URL}), Env: send.Env{Now: clk.Now},
		Random: func() float64 { return 1 },
	})
	runner.Look(t.Context(), snapshot(1, "oom_killed"))
	_, stop := started(t, runner)
	for i, seconds := range []time.Duration{1, 2, 4, 25, 16, 30} {
		want := seconds * time.Second
		<-r.calls
		w := <-clk.waits
		if w.for_ != want {
			t.Errorf("after attempt %d it waits %v, want %v", i+1, w.for_, want)
		}
		if i == 3 {
			if h := runner.Health()[0]; h.State != migration.HealthFailed || h.Problem.Fault != migration.FaultThrottled ||
				h.Objects != 1 || h.Note != "1 wait" {
				t.Errorf("%+v", h)
			}
		}
		if i < 5 {
			w.fire()
		}
	}
	stop()
	if h := runner.Health()[0]; h.State != migration.HealthOK || h.Problem != nil || h.Objects != 0 || h.Calls != 6 || h.Errors != 5 {
		t.Errorf("%+v", h)
	}
	if len(r.got()) != 1 {
		t.Errorf("%d arrived", len(r.got()))
	}
}

func TestBackoffHasAnEndAndJitter(t *testing.T) {
	r := newReceiver(t, "")
	r.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusInternalServerError)
		return true
	}
	clk := newClock()
	r.now = clk.Now
	runner := send.New(send.Options{
		Store: storeAt(t, ""), Scope: "prod", Clock: clk, Settings: settings(alert.Webhook{URL: r.URL}), Env: send.Env{Now: clk.Now},
		Random: func() float64 { return 0 },
	})
	runner.Look(t.Context(), snapshot(1, "oom_killed"))
	_, stop := started(t, runner)
	attempts := 0
	var longest time.Duration
	waited := time.Duration(0)
	called := func() {
		attempts++
		longest, waited = max(longest, waited), 0
	}
	for attempts < 300 {
		select {
		case <-r.calls:
			called()
		case w := <-clk.waits:
			select {
			case <-r.calls: // the attempt that this wait comes after
				called()
			default:
			}
			waited += w.for_
			w.fire()
		}
	}
	<-clk.waits
	stop()
	if longest != 150*time.Second {
		t.Errorf("it waits up to %v, want half of five minutes", longest)
	}
	if h := runner.Health()[0]; h.Objects != 0 || h.Note != "1 given up" || h.Problem == nil {
		t.Errorf("%+v", h)
	}
}

// An event that is refused does not keep the others waiting, and the health row says what to do.
func TestARefusedEventIsGivenUp(t *testing.T) {
	r := newReceiver(t, "")
	first := true
	r.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		if first {
			first = false
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return true
		}
		return false
	}
	clk := newClock()
	runner := send.New(send.Options{
		Store: storeAt(t, ""), Scope: "prod", Clock: clk, Settings: settings(alert.Webhook{URL: r.URL}), Env: send.Env{Now: clk.Now},
	})
	runner.Look(t.Context(), snapshot(1, "oom_killed", "timed_out"))
	_, stop := started(t, runner)
	<-r.calls
	<-r.calls
	<-clk.waits // both are settled
	stop()
	if len(r.got()) != 1 || r.got()[0]["code"] != "timed_out" {
		t.Errorf("%v", r.got())
	}
	if h := runner.Health()[0]; h.Note != "1 given up" || h.Errors != 1 {
		t.Errorf("%+v", h)
	}
}

// A restart delivers what was not delivered, tells what ended meanwhile, and repeats nothing.
func TestARestartDeliversAndRepeatsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	lines := filepath.Join(t.TempDir(), "alerts.jsonl")
	r := newReceiver(t, "")
	down := true
	r.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return down
	}
	clk := newClock()
	r.now = clk.Now
	all := settings(alert.Webhook{URL: r.URL})
	all.Outputs = append(all.Outputs, alert.Output{File: lines})
	program := func() (*send.Runner, func()) {
		store := storeAt(t, path)
		runner := send.New(send.Options{Store: store, Scope: "prod", Clock: clk, Settings: all, Env: send.Env{Now: clk.Now}})
		return runner, func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	runner, end := program()
	runner.Look(t.Context(), snapshot(1, "oom_killed", "timed_out"))
	_, stop := started(t, runner)
	<-r.calls
	for range 2 {
		<-clk.waits // the webhook fails, the file has everything
	}
	stop()
	end()
	down = false
	clk.mu.Lock()
	clk.now = start.Add(10 * time.Hour)
	clk.mu.Unlock()
	runner, end = program()
	runner.Look(t.Context(), snapshot(40, "oom_killed"))
	if a := runner.Decorate(snapshot(40)).Alerts; len(a.Standing) != 1 || len(a.News) != 1 || len(a.Ended) != 1 ||
		a.Ended[0].Code != "timed_out" {
		t.Errorf("%+v", a)
	}
	_, stop = started(t, runner)
	for range 3 {
		<-r.calls
	}
	for range 2 {
		<-clk.waits
	}
	stop()
	end()
	var said []string
	for _, b := range r.got() {
		said = append(said, b["event"].(string)+" "+b["code"].(string))
	}
	if strings.Join(said, ", ") != "firing oom_killed, firing timed_out, resolved timed_out" {
		t.Errorf("%q", said)
	}
	written := fileLines(t, lines)
	if len(written) != 3 || !strings.Contains(written[2]["text"].(string), "between 22:01 UTC and 22:40 UTC") {
		t.Errorf("%v", written)
	}
}

// Two migtops on one history: each event is sent once, and both show it.
func TestTwoProgramsSendEachEventOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	r := newReceiver(t, "") // refuses an event that comes twice
	clk := newClock()
	var programs []*send.Runner
	told := make([]int, 2)
	for i := range 2 {
		programs = append(programs, send.New(send.Options{
			Store: storeAt(t, path), Scope: "prod", Clock: clk, Settings: settings(alert.Webhook{URL: r.URL}), Env: send.Env{Now: clk.Now},
			Tell: func(*alert.Event, []byte) { told[i]++ },
		}))
	}
	programs[0].Look(t.Context(), snapshot(0))
	programs[1].Look(t.Context(), snapshot(0))
	for minute, codes := range [][]string{{"oom_killed"}, {"oom_killed", "timed_out"}, {"timed_out"}, nil} {
		for i := range 2 {
			programs[i].Look(t.Context(), snapshot(minute+1, codes...))
		}
	}
	programs[0].Look(t.Context(), snapshot(10))
	_, stop0 := started(t, programs[0])
	_, stop1 := started(t, programs[1])
	for range 4 {
		<-r.calls
	}
	stop0()
	stop1()
	if len(r.got()) != 4 || told[0] != 4 || told[1] != 4 {
		t.Errorf("%d arrived, %v were shown", len(r.got()), told)
	}
}

// Where the history fails nothing is told and nothing is lost.
func TestAHistoryThatIsClosed(t *testing.T) {
	store := storeAt(t, "")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	runner := send.New(send.Options{Store: store, Scope: "prod", Settings: &alert.Settings{}, Clock: newClock()})
	runner.Look(t.Context(), snapshot(1, "oom_killed"))
	got := runner.Decorate(snapshot(1))
	h := got.Sources[len(got.Sources)-1]
	if h.State != migration.HealthFailed || !strings.Contains(h.Problem.What, "the history is closed") {
		t.Errorf("%+v", h)
	}
}
