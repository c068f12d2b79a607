package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/gate"
)

// watchedOutput is an output that one goroutine writes and another one reads.
type watchedOutput struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // gets a value after each write, if nobody has taken the last one it is dropped
}

func (l *watchedOutput) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return l.text.Write(p)
}

func (l *watchedOutput) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// servedGate runs migtop gate on a free port until the test ends, and returns its address.
func servedGate(t *testing.T, args ...string) (url string, end func() error) {
	t.Helper()
	isolate(t)
	ctx, cancel := context.WithCancel(t.Context())
	root := newRoot()
	root.SilenceErrors, root.SilenceUsage = true, true
	var out bytes.Buffer
	errs := watchedOutput{more: make(chan struct{}, 1)}
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetArgs(append([]string{"gate", "--demo", "--listen", "127.0.0.1:0"}, args...))
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	end = sync.OnceValue(func() error {
		cancel()
		err := <-ended
		if out.Len() > 0 {
			t.Errorf("it printed %q", out.String())
		}
		return err
	})
	t.Cleanup(func() { _ = end() })
	address := regexp.MustCompile(`http://[0-9.:]+`)
	for {
		if url := address.FindString(errs.String()); url != "" {
			return url, end
		}
		select {
		case <-errs.more:
		case err := <-ended:
			t.Fatalf("it ended: %v, %s", err, errs.String())
		}
	}
}

// The demo over HTTP, from the start without data to an answer, and to an end without an error.
func TestGateServesTheDemo(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	url, end := servedGate(t, "--token-file", token)
	client := &http.Client{Timeout: time.Minute}
	defer client.CloseIdleConnections()
	get := func(path, token string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		w, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = w.Body.Close() }()
		body, err := io.ReadAll(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		return w.StatusCode, string(body)
	}
	if code, body := get("/verdict/acme", "wrong"); code != http.StatusUnauthorized {
		t.Errorf("a wrong token: %d %s", code, body)
	}
	for { // each turn is a call
		if code, _ := get("/readyz", ""); code == http.StatusOK {
			break
		}
		if t.Context().Err() != nil {
			t.Fatal("it never had data")
		}
	}
	_, body := get("/verdict/umbrella-corp", "s3cret")
	var doc struct {
		Gate    string
		Code    int `json:"exit_code"`
		Tenants []struct{ Tenant string }
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil || len(doc.Tenants) != 1 || doc.Tenants[0].Tenant != "umbrella" {
		t.Errorf("%v: %s", err, body)
	}
	for _, a := range []gate.Answer{gate.Promote, gate.Hold, gate.RollBack, gate.NoData} {
		if doc.Gate == a.String() && doc.Code != a.ExitCode() {
			t.Errorf("%s with code %d", doc.Gate, doc.Code)
		}
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

func TestGateRefusesWhatMakesNoSense(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	dir := t.TempDir()
	empty, large := filepath.Join(dir, "empty"), filepath.Join(dir, "large")
	for file, text := range map[string]string{empty: " \n", large: strings.Repeat("x", mostToken+1)} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--listen", "9140"}, exitUsage, "want HOST:PORT, such as 127.0.0.1:9140, or :9140 for every interface"},
		{[]string{"--listen", ""}, exitUsage, "want HOST:PORT"},
		{[]string{"--listen", l.Addr().String()}, exitFailure, "address already in use: choose another address with --listen"},
		{[]string{"--listen", "127.0.0.1:99999"}, exitFailure, "invalid port: choose another address with --listen"},
		{[]string{"--token-file", filepath.Join(dir, "none")}, exitUsage, "no such file or directory"},
		{[]string{"--token-file", empty}, exitUsage, "is empty: write the token into it"},
		{[]string{"--token-file", large}, exitUsage, "is larger than 4096 bytes"},
		{[]string{"--token-file", ""}, exitUsage, "--token-file"},
		{[]string{"acme"}, exitUsage, "gate"},
	} {
		out, errOut, code := execute(t, append([]string{"gate", "--demo"}, c.args...)...)
		if code != c.code || out != "" || strings.Count(errOut, "\n") != 1 || !strings.Contains(errOut, c.want) {
			t.Errorf("gate %s: code %d, stdout %q, stderr %q; want %q", strings.Join(c.args, " "), code, out, errOut, c.want)
		}
	}
}
