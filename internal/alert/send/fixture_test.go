package send_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/alert/send"
	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/migration"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 12, 1, 22, 0, 0, 0, time.UTC)

// fakeClock stands still. A wait on it is announced, and passes when the test says so.
type fakeClock struct {
	mu    sync.Mutex
	now   time.Time
	waits chan wait
}

type wait struct {
	for_ time.Duration
	fire func()
}

func newClock() *fakeClock { return &fakeClock{now: start, waits: make(chan wait, 16)} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) After(d time.Duration) (<-chan time.Time, func()) {
	fired := make(chan time.Time, 1)
	var once sync.Once
	c.waits <- wait{d, func() {
		c.mu.Lock()
		c.now = c.now.Add(d)
		now := c.now
		c.mu.Unlock()
		once.Do(func() { fired <- now })
	}}
	return fired, func() {}
}

// receiver is a strict server: it takes nothing but a signed POST of a JSON event.
type receiver struct {
	*httptest.Server
	t      *testing.T
	secret string
	now    func() time.Time

	mu     sync.Mutex
	bodies []map[string]any
	seen   map[string]bool
	calls  chan string // the id of each request
	answer func(w http.ResponseWriter, r *http.Request) bool
}

func newReceiver(t *testing.T, secret string) *receiver {
	t.Helper()
	r := &receiver{t: t, secret: secret, now: func() time.Time { return start }, seen: map[string]bool{}, calls: make(chan string, 64)}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) serve(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		r.t.Error(err)
	}
	if req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/json" || req.Header.Get("User-Agent") != "migtop" {
		r.t.Errorf("%s %v", req.Method, req.Header)
	}
	at, err := strconv.ParseInt(req.Header.Get(send.HeaderTimestamp), 10, 64)
	if age := r.now().Unix() - at; err != nil || age < -300 || age > 300 {
		r.t.Errorf("the timestamp %q: %v", req.Header.Get(send.HeaderTimestamp), err)
	}
	if r.secret != "" && req.Header.Get(send.HeaderSignature) != send.Sign(r.secret, at, body) {
		r.t.Errorf("the signature %q", req.Header.Get(send.HeaderSignature))
	}
	id := req.Header.Get(send.HeaderEvent)
	defer func() { r.calls <- id }()
	if r.answer != nil && r.answer(w, req) {
		return
	}
	var fields map[string]any
	if err := json.Unmarshal(body, &fields); err != nil || fields["id"] != id {
		r.t.Errorf("%v: %s", err, body)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[id] {
		r.t.Errorf("the event %s again", id)
	}
	r.seen[id] = true
	r.bodies = append(r.bodies, fields)
	fmt.Fprint(w, "ok")
}

func (r *receiver) got() []map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bodies
}

// snapshot is acme with so many notices, some minutes after the start.
func snapshot(minutes int, codes ...string) *migration.Snapshot {
	at := start.Add(time.Duration(minutes) * time.Minute)
	s := &migration.Snapshot{
		At: at, Window: migration.Window{From: at.Add(-time.Hour), To: at, Span: time.Hour, JobsFrom: start.Add(-time.Hour)},
	}
	for _, row := range []string{"cloudwatch", "lambda", "jobs", "pods", "sqs"} {
		s.Sources = append(s.Sources, migration.Health{Source: row, State: migration.HealthOK, LastSuccess: at})
	}
	n := migration.Some[int64](3)
	acme := migration.TenantView{Tenant: "acme", After: migration.Side{Present: true, Runs: n, OOMKilled: n, TimedOut: n, Pending: n}}
	for _, code := range codes {
		acme.Notices = append(acme.Notices, migration.Notice{
			Severity: migration.Warning, Code: code, Figure: "jobs." + code, Text: "3 attempts <b>& more</b>",
		})
	}
	s.Tenants = append(s.Tenants, acme)
	return s
}

// storeAt is a history that is closed after the test.
func storeAt(t *testing.T, path string) *history.Store {
	t.Helper()
	s := history.New(path, history.Options{})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// settings have one webhook.
func settings(w alert.Webhook) *alert.Settings {
	return &alert.Settings{Outputs: []alert.Output{{Webhook: &w}}}
}

// started runs a Runner until stop is called, which waits for it.
func started(t *testing.T, r *send.Runner) (in chan *migration.Snapshot, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	in = make(chan *migration.Snapshot)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx, in)
	}()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); <-done }) }
	t.Cleanup(stop)
	return in, stop
}

// variables are the environment of a test.
func variables(of map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := of[name]; return v, ok }
}
