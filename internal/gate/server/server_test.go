package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/migtop/migtop/internal/migration"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// dial is a clock that tests set.
type dial struct {
	mu  sync.Mutex
	now time.Time
}

func (d *dial) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *dial) After(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

func (d *dial) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// words are tenants by the answer of their gate.
func words(at time.Time) *migration.Snapshot {
	s := &migration.Snapshot{At: at, Sources: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK}}}
	for _, t := range []struct {
		tenant migration.Tenant
		word   migration.VerdictWord
		stage  migration.CutoverStage
		share  migration.Ratio
		code   int
	}{
		{"promotes", migration.VerdictPromote, migration.StageBetween, 0.2, 0},
		{"holds", migration.VerdictHold, migration.StageBetween, 0.2, 10},
		{"back", migration.VerdictRollBack, migration.StageBetween, 0.2, 20},
		{"silent", migration.VerdictNone, migration.StageBefore, 0, 3},
		{"ready", migration.VerdictMove, migration.StageBefore, 0, 0},
		{"moved", migration.VerdictMoved, migration.StageAtEnd, 1, 0},
		{"a/b c%", migration.VerdictPromote, migration.StageBetween, 0.2, 0},
	} {
		c := migration.Cutover{Word: t.word, Text: t.word.String(), Reason: "for\n" + t.word.String(), Detail: migration.CutoverDetail{
			Stage: t.stage, Share: migration.Some(t.share), Divisor: 1, ExitCode: t.code,
		}}
		if t.stage == migration.StageBetween {
			c.Detail.FinalTo, c.Detail.StepAt = at, noon.Add(-time.Hour)
		}
		if t.tenant == "ready" {
			c.Detail.Ready = migration.Some(true)
		}
		s.Tenants = append(s.Tenants, migration.TenantView{Tenant: t.tenant, Cutover: c})
	}
	s.Cutovers = []migration.CutoverWave{{Name: "wave 2", Tenants: []migration.Tenant{"promotes", "holds"}}}
	return s
}

func withData(clock *dial) *Server {
	s := New(Options{
		Clock: clock, Logger: slog.New(slog.DiscardHandler), Aliases: map[migration.Tenant]migration.Tenant{"other": "promotes"},
	})
	clock.pass(time.Hour) // the rule of a start is TestAnIncreaseIsAllowedOnce's
	s.latest.Store(words(clock.Now()))
	return s
}

func call(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Every word on every path: only promote confirms, only roll back rolls back.
func TestEveryWordOnEveryPath(t *testing.T) {
	const ok, no, none, unknown = http.StatusOK, http.StatusForbidden, http.StatusServiceUnavailable, http.StatusNotFound
	for _, c := range []struct {
		tenant            string
		gate              string
		status            int
		confirm, rollback int
	}{
		{"promotes", "promote", ok, ok, no},
		{"other", "promote", ok, ok, no},
		{"ready", "promote", ok, ok, no},
		{"moved", "promote", ok, ok, no},
		{"a%2Fb%20c%25", "promote", ok, ok, no},
		{"holds", "hold", ok, no, no},
		{"back", "roll_back", ok, no, ok},
		{"silent", "no_data", none, none, none},
		{"nobody", "", unknown, unknown, unknown},
	} {
		h := withData(&dial{now: noon}).Handler()
		w := call(h, http.MethodGet, "/verdict/"+c.tenant, "")
		var doc struct{ Gate string }
		if c.gate != "" {
			if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
				t.Errorf("%s: %v", c.tenant, err)
			}
		}
		if w.Code != c.status || doc.Gate != c.gate {
			t.Errorf("%s: %d, %q", c.tenant, w.Code, doc.Gate)
		}
		for _, hook := range []string{confirmRollout, confirmIncrease, confirmPromote} {
			if w := call(h, http.MethodPost, "/flagger/"+c.tenant+"/"+hook, `{"name": "x", "phase": "Progressing"}`); w.Code != c.confirm {
				t.Errorf("%s of %s: %d %s", hook, c.tenant, w.Code, w.Body)
			} else if strings.Count(w.Body.String(), "\n") != 1 {
				t.Errorf("more than a line: %q", w.Body)
			}
		}
		if w := call(h, http.MethodPost, "/flagger/"+c.tenant+"/"+rollback, ""); w.Code != c.rollback {
			t.Errorf("rollback of %s: %d %s", c.tenant, w.Code, w.Body)
		}
		for _, other := range []string{"rollout", "pre-rollout", "post-rollout", "event", ""} {
			if w := call(h, http.MethodPost, "/flagger/"+c.tenant+"/"+other, ""); w.Code != unknown {
				t.Errorf("hook %q of %s: %d", other, c.tenant, w.Code)
			}
		}
	}
}

func TestWhatIsAskedFor(t *testing.T) {
	h := withData(&dial{now: noon}).Handler()
	for _, c := range []struct {
		method, target, body string
		status               int
		has                  string
	}{
		{"GET", "/verdict/promotes?share=20", "", 200, `"gate": "promote"`},
		{"GET", "/verdict/promotes?share=20%25", "", 200, `"asked_ratio": 0.2`},
		{"GET", "/verdict/promotes?share=50", "", 200, `"gate": "hold"`},
		{"GET", "/verdict/back?share=50", "", 200, `"gate": "roll_back"`},
		{"GET", "/verdict/promotes?share=500", "", 400, "want one share in percent"},
		{"GET", "/verdict/promotes?share=NaN", "", 400, "want one share in percent"},
		{"GET", "/verdict/promotes?share=", "", 400, "want one share in percent"},
		{"GET", "/verdict/promotes?share=20&share=50", "", 400, "want one share in percent"},
		{"GET", "/wave/wave%202", "", 200, `"gate": "hold"`},
		{"GET", "/wave/friday", "", 404, `wave "friday" does not exist: the plan has "wave 2"`},
		{"GET", "/verdict", "", 200, `"gate": "roll_back"`}, // that of the most careful tenant
		{"GET", "/healthz", "", 200, "ok"},
		{"GET", "/readyz", "", 200, "ok"},
		{"GET", "/", "", 404, ""},
		{"POST", "/verdict/promotes", "", 405, ""},
		{"GET", "/flagger/promotes/confirm-promotion", "", 405, ""},
		{"POST", "/flagger/promotes/confirm-promotion?share=20", "{}", 200, "promote: for PROMOTE"},
		{"POST", "/flagger/promotes/confirm-promotion?share=50", "{}", 403, "has not seen the share of 50 %"},
		{"POST", "/flagger/wave/wave%202/confirm-promotion", "{}", 403, "hold: 1 of 2 tenants"},
		{"POST", "/flagger/promotes/confirm-promotion", "ping", 400, "not the JSON object"},
		{"POST", "/flagger/back/rollback", "[]", 400, "not the JSON object"},
		{"POST", "/flagger/back/rollback", `{"name": "` + strings.Repeat("x", mostBody) + `"}`, 400, "too large"},
	} {
		w := call(h, c.method, c.target, c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.has) {
			t.Errorf("%s %s: %d %s", c.method, c.target, w.Code, w.Body)
		}
	}
}

// Without fresh data nobody goes on, and nobody goes back.
func TestNoData(t *testing.T) {
	clock := &dial{now: noon}
	s := withData(clock)
	h := s.Handler()
	want := func(name, why string, status int) {
		t.Helper()
		for _, target := range []string{"/readyz", "/verdict/promotes", "/verdict/back", "/wave/wave%202"} {
			if w := call(h, http.MethodGet, target, ""); w.Code != status {
				t.Errorf("%s: %s: %d %s", name, target, w.Code, w.Body)
			}
		}
		if status == http.StatusOK {
			return
		}
		for _, target := range []string{"/flagger/promotes/confirm-traffic-increase", "/flagger/back/rollback"} {
			if w := call(h, http.MethodPost, target, ""); w.Code != status || !strings.Contains(w.Body.String(), why) {
				t.Errorf("%s: %s: %d %s", name, target, w.Code, w.Body)
			}
		}
		if w := call(h, http.MethodGet, "/verdict/promotes", ""); !strings.Contains(w.Body.String(), `"gate": "no_data"`) {
			t.Errorf("%s: %s", name, w.Body)
		}
		if w := call(h, http.MethodGet, "/healthz", ""); w.Code != http.StatusOK {
			t.Errorf("%s: not healthy", name)
		}
	}
	want("data", "", http.StatusOK)
	clock.pass(MaxAge)
	want("just not too old", "", http.StatusOK)
	clock.pass(time.Second)
	want("too old", "older than 15m0s", http.StatusServiceUnavailable)
	none := words(clock.Now())
	none.Sources[0].State = migration.HealthFailed
	s.latest.Store(none)
	want("no source answers", "no source answers", http.StatusServiceUnavailable)
	feed := make(chan *migration.Snapshot, 1)
	feed <- words(clock.Now())
	var following sync.WaitGroup
	following.Go(func() { s.Follow(t.Context(), feed) })
	close(feed)
	following.Wait()
	want("the engine has ended", "no data yet", http.StatusServiceUnavailable)
}

func TestToken(t *testing.T) {
	token, failure := "s3cret", error(nil)
	s := withData(&dial{now: noon})
	s.opts.Token = func() (string, error) { return token, failure }
	h := s.Handler()
	basic := func(password string) string {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.SetBasicAuth("migtop", password)
		return r.Header.Get("Authorization")
	}
	status := func(name string, want int, authorization string) {
		t.Helper()
		for _, c := range [][2]string{{"GET", "/verdict/promotes"}, {"GET", "/wave/wave%202"}, {"POST", "/flagger/back/rollback"}} {
			if w := call(h, c[0], c[1], "", "Authorization", authorization); w.Code != want || strings.Contains(w.Body.String(), "s3cret") {
				t.Errorf("%s: %s: %d %s", name, c[1], w.Code, w.Body)
			}
		}
		for _, open := range []string{"/healthz", "/readyz"} {
			if w := call(h, http.MethodGet, open, ""); w.Code != http.StatusOK {
				t.Errorf("%s asks for the token", open)
			}
		}
	}
	status("none", 401, "")
	status("wrong", 401, "Bearer s3cre")
	status("another scheme", 401, "Digest s3cret")
	status("bearer", 200, "Bearer s3cret")
	status("in the URL", 200, basic("s3cret"))
	status("wrong in the URL", 401, basic(""))
	token = "rotated"
	status("the old one", 401, "Bearer s3cret")
	status("the new one", 200, "Bearer rotated")
	token = ""
	status("an empty one is never right", 401, "Bearer ")
	failure = errors.New("open /etc/migtop/token: no such file")
	status("unreadable", 503, "Bearer rotated")
}

// Flagger asks again a minute after it has raised the weight. What migtop says then is about the step before.
func TestAnIncreaseIsAllowedOnce(t *testing.T) {
	clock := &dial{now: noon}
	s := New(Options{Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	final, stepAt := noon.Add(-18*time.Minute), noon.Add(-time.Hour)
	ask := func(name, tenant, revision string, want int, why string) {
		t.Helper()
		snap := words(clock.Now())
		for i := range snap.Tenants {
			if d := &snap.Tenants[i].Cutover.Detail; d.Stage == migration.StageBetween {
				d.FinalTo, d.StepAt = final, stepAt
			}
		}
		s.latest.Store(snap)
		body := `{"name": "router", "checksum": "` + revision + `"}`
		w := call(s.Handler(), http.MethodPost, "/flagger/"+tenant+"/confirm-traffic-increase", body)
		if w.Code != want || !strings.Contains(w.Body.String(), why) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	pass := func(d time.Duration) { clock.pass(d); final = final.Add(d) }
	ask("just started", "promotes", "1", 403, "it waits until the minutes before are final")
	ask("just started, before the first step", "ready", "1", 403, "migtop gate started at 12:00 UTC")
	ask("at the end", "moved", "1", 200, "")
	pass(18 * time.Minute)
	ask("all before the start is final", "promotes", "1", 200, "")
	ask("before the first step", "ready", "1", 200, "")
	pass(time.Minute)
	ask("the same step", "promotes", "1", 403, "leaving this step was allowed at 12:18 UTC")
	ask("the same step, another revision", "promotes", "2", 403, "leaving this step was allowed at 12:18 UTC")
	ask("another tenant", "a%2Fb%20c%25", "1", 200, "")
	ask("the first share again", "ready", "1", 403, "the first share was allowed at 12:18 UTC")
	ask("a new canary", "ready", "2", 200, "")
	pass(76 * time.Minute)
	ask("no final minutes after it", "promotes", "1", 403, "minutes are final to 13:17 UTC")
	pass(time.Minute)
	ask("the share did not change", "promotes", "1", 200, "")
	pass(time.Minute)
	ask("again", "promotes", "1", 403, "")
	stepAt = stepAt.Add(2 * time.Hour)
	ask("the next step", "promotes", "1", 200, "")
	pass(10 * time.Hour)
	ask("a first share that nobody saw", "ready", "2", 403, "no message was seen on the second platform")
	if w := call(s.Handler(), http.MethodPost, "/flagger/promotes/confirm-promotion", ""); w.Code != http.StatusOK {
		t.Errorf("the promotion in the same minute as the increase: %d %s", w.Code, w.Body)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	var log bytes.Buffer
	s := New(Options{Clock: &dial{now: noon}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	ctx, cancel := context.WithCancel(t.Context())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	r, err := client.Get("http://" + l.Addr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || string(body) != "ok\n" {
		t.Errorf("%q, %v", body, err)
	}
	_ = r.Body.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if r, err := client.Get("http://" + l.Addr().String() + "/healthz"); err == nil {
		_ = r.Body.Close()
		t.Error("it still answers")
	}
	if err := s.Serve(t.Context(), l); err == nil {
		t.Error("a closed listener serves")
	}
}
