//go:build unix

package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
)

// answering is what a credential command prints that has a token.
const answering = `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}'`

// quietTLS is a server that does not complain of connections that end early.
func quietTLS(h http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	return s
}

// withCommand connects to a server with a credential command of which the script is
// the body. FIFO in it is a pipe that nobody ever writes into.
func withCommand(t *testing.T, server, script, more string) (c *Connection, dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := filepath.Join(dir, "get-token")
	script = strings.NewReplacer("FIFO", filepath.Join(dir, "fifo"), "DIR", dir).Replace(script)
	if script != "" {
		if err := os.WriteFile(command, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	path := writeConfig(t, `{"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"clusters": [{"name": "c", "cluster": {"insecure-skip-tls-verify": true, "server": "`+server+`"}}],
		"contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
		"users": [{"name": "u", "user": {"exec": {"apiVersion": "client.authentication.k8s.io/v1",
			"command": "`+command+`", "args": ["me"], "interactiveMode": "IfAvailable"`+more+`}}}]}`)
	c, err := Connect(path, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, dir
}

// started waits until a script has written the numbers of its processes.
func started(t *testing.T, dir string) (pids []int) {
	t.Helper()
	waitFor(t, "the command to start", func() bool {
		pids = nil
		b, _ := os.ReadFile(filepath.Join(dir, "pids"))
		for _, f := range strings.Fields(string(b)) {
			pid, err := strconv.Atoi(f)
			if err != nil {
				return false
			}
			pids = append(pids, pid)
		}
		return len(pids) == 2
	})
	return pids
}

// gone waits until processes are not there any more.
func gone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		waitFor(t, fmt.Sprintf("the end of process %d", pid), func() bool {
			if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && strings.Contains(string(b), ") Z ") {
				return true // ended, and its new parent has not looked
			}
			return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
		})
	}
}

// silentScript waits for good, with a child of its own.
const silentScript = `cat FIFO & echo $$ $! > DIR/pids; wait`

// A credential command that never answers is named, with the time that it has been
// running for, and is ended with what it started when the source is closed.
func TestCredentialCommandThatNeverAnswers(t *testing.T) {
	for name, script := range map[string]string{
		"it waits": silentScript,
		"it does not end when asked": `trap '' TERM; (trap '' TERM; while :; do read x < FIFO; done) & echo $$ $! > DIR/pids; ` +
			`while :; do wait; done`,
	} {
		t.Run(name, func(t *testing.T) {
			c, dir := withCommand(t, "https://127.0.0.1:9", script, "")
			s, err := New(Options{Connection: c, Attribute: byTenant, Clock: clock.System()})
			if err != nil {
				t.Fatal(err)
			}
			b, err := s.Poll(t.Context(), noFocus)
			if err != nil {
				t.Errorf("the poll failed: %v", err)
			}
			pids := started(t, dir)
			for _, name := range []string{"jobs", "pods", "nodes", "metrics"} {
				h := healthOf(b, name)
				if h.State != migration.HealthStarting || !strings.HasPrefix(h.Note, "waiting for the credential command get-token of user u, ") {
					t.Errorf("%s: %v, note %q", name, h.State, h.Note)
				}
			}
			if s.Cadence() >= DefaultCadence {
				t.Errorf("the next word on it comes after %v", s.Cadence())
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			gone(t, pids)
		})
	}
}

// A check ends by its context, and says why.
func TestCheckOfACommandThatNeverAnswers(t *testing.T) {
	c, dir := withCommand(t, "https://127.0.0.1:9", silentScript, "")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	rows, err := Check(ctx, Options{Connection: c})
	if err != nil {
		t.Fatal(err)
	}
	pids := started(t, dir)
	p := rows[0].Problem
	if len(rows) != 1 || p == nil || p.Fault != migration.FaultNoCredentials ||
		!strings.Contains(p.What, "the credential command get-token of user u does not answer") || p.Fix == "" {
		t.Errorf("rows %+v, problem %+v", rows, p)
	}
	c.Close()
	gone(t, pids)
}

// Whoever gives up waiting does not end the command for the others: somebody may be
// logging in.
func TestCredentialCommandIsSharedAndGoesOn(t *testing.T) {
	tokens := make(chan string, 100)
	server := quietTLS(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tokens <- r.Header.Get("Authorization")
		_ = json.NewEncoder(w).Encode(map[string]string{"gitVersion": "v1.36.0"})
	}))
	defer server.Close()
	c, dir := withCommand(t, server.URL, `echo run >> DIR/runs; cat FIFO; `+fmt.Sprintf(answering, "t1"), "")
	impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Identities(impatient, Options{Connection: c}); err == nil {
		t.Fatal("there are names without credentials")
	}
	client, err := newClient(c)
	if err != nil {
		t.Fatal(err)
	}
	defer client.close()
	var asking sync.WaitGroup
	for range 3 {
		asking.Go(func() {
			if _, err := client.version(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	// The person has logged in.
	pipe, err := os.OpenFile(filepath.Join(dir, "fifo"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	pipe.Close()
	asking.Wait()
	for range 3 {
		if got := <-tokens; got != "Bearer t1" {
			t.Errorf("sent %q", got)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "runs")); err != nil || string(b) != "run\n" {
		t.Errorf("it was run as %q, error %v", b, err)
	}
	if note := c.credentials.waiting(); note != "" {
		t.Errorf("waits on: %s", note)
	}
}

// An answer holds until it expires or the server refuses it.
func TestCredentialsAreRenewed(t *testing.T) {
	var mu sync.Mutex
	accept := "Bearer t1"
	server := quietTLS(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Header.Get("Authorization") != accept {
			answer(w, http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"gitVersion": "v1.36.0"})
	}))
	defer server.Close()
	c, dir := withCommand(t, server.URL, `echo run >> DIR/runs; n=$(wc -l < DIR/runs)
echo "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"t$((n))\"}}"`, "")
	client, err := newClient(c)
	if err != nil {
		t.Fatal(err)
	}
	defer client.close()
	ask := func() error { _, err := client.version(t.Context()); return err }
	if err := errors.Join(ask(), ask()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	accept = "Bearer t2"
	mu.Unlock()
	if err := ask(); err == nil {
		t.Error("the old token was accepted")
	}
	if err := ask(); err != nil {
		t.Errorf("the new token: %v", err)
	}
	c.credentials.mu.Lock()
	c.credentials.current.expires = time.Now().Add(-time.Second)
	c.credentials.mu.Unlock()
	mu.Lock()
	accept = "Bearer t3"
	mu.Unlock()
	if err := ask(); err != nil {
		t.Errorf("after the token expired: %v", err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "runs")); string(b) != "run\nrun\nrun\n" {
		t.Errorf("it was run as %q", b)
	}
}

// Each way in which a credential command brings nothing is reported as what it is, in
// one line without what a terminal would act on, and never on the screen.
func TestCredentialCommandThatFails(t *testing.T) {
	screen, err := os.Create(filepath.Join(t.TempDir(), "screen"))
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	before := os.Stderr
	os.Stderr = screen
	defer func() { os.Stderr = before }()
	for _, c := range []struct {
		name, script, more string
		what, fix          string
	}{
		{
			"fails", `echo first >&2; printf 'token of %s\033[31m has\texpired\r\n\n' "$1" >&2; exit 7`, "",
			"failed with exit code 7: token of me has expired", "aws sso login",
		},
		{"fails without a word", `exit 3`, "", "failed with exit code 3", "by hand"},
		{"is killed", `kill -9 $$`, "", "was ended: signal: killed", "by hand"},
		{
			"is not there", ``, `, "installHint": "brew install get-token\nor else"`, "get-token of user u is not installed",
			"brew install get-token or else",
		},
		{"is not there, without a hint", ``, ``, "is not installed", "PATH"},
		{"prints nothing", `:`, "", "printed nothing", "by hand"},
		{"prints a page", `echo '<html>log in</html>'`, "", "printed something else than an ExecCredential", "by hand"},
		{
			"prints no token", `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{}}'`, "", "without a token",
			"by hand",
		},
		{"prints no status", `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"}'`, "", "without a token", "by hand"},
		{
			"prints half a pair", `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"clientKeyData":"x"}}'`,
			"", "do not go together", "by hand",
		},
		{"answers by another version", `echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential",` +
			`"status":{"token":"t"}}'`, "", "answers by client.authentication.k8s.io/v1beta1", "by hand"},
		{"prints without end", `head -c 3000000 /dev/zero`, "", "printed more than a credential", "by hand"},
	} {
		t.Run(c.name, func(t *testing.T) {
			to, _ := withCommand(t, "https://127.0.0.1:9", c.script, c.more)
			rows, err := Check(t.Context(), Options{Connection: to})
			if err != nil {
				t.Fatal(err)
			}
			p := rows[0].Problem
			if p == nil || p.Fault != migration.FaultNoCredentials || !strings.Contains(p.What, c.what) || !strings.Contains(p.Fix, c.fix) {
				t.Fatalf("got %+v", p)
			}
			if strings.ContainsAny(p.Error(), "\n\r\x1b\t") {
				t.Errorf("%q is not fit for a screen", p.Error())
			}
		})
	}
	if b, err := os.ReadFile(screen.Name()); err != nil || len(b) > 0 {
		t.Errorf("on the screen: %q, %v", b, err)
	}
}

// A helper that a command leaves behind with its output still open, a browser for
// one, holds nothing up.
func TestCredentialCommandThatLeavesAHelper(t *testing.T) {
	server := quietTLS(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"gitVersion": "v1.36.0"})
	}))
	defer server.Close()
	c, dir := withCommand(t, server.URL, `cat FIFO & echo $$ $! > DIR/pids; `+fmt.Sprintf(answering, "t"), "")
	client, err := newClient(c)
	if err != nil {
		t.Fatal(err)
	}
	defer client.close()
	if _, err := client.version(t.Context()); err != nil {
		t.Error(err)
	}
	// It belongs to whoever started it, and is left alone.
	helper := started(t, dir)[1]
	if err := syscall.Kill(helper, 0); err != nil {
		t.Errorf("the helper: %v", err)
	}
	_ = syscall.Kill(helper, syscall.SIGKILL)
	gone(t, []int{helper})
}

// What a credential command prints when it fails goes to the screen and to the log without the secrets in it.
func TestCredentialCommandErrorsHideSecrets(t *testing.T) {
	var logged bytes.Buffer
	c, _ := withCommand(t, "https://127.0.0.1:9", `echo "denied: client_secret=hunter2pass for https://me:pa55word@idp.example/" >&2; exit 3`,
		"")
	c.credentials.logTo(slog.New(slog.NewTextHandler(&logged, nil)))
	_, err := c.credentials.get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "failed with exit code 3: denied: client_secret=***") {
		t.Fatalf("got %v", err)
	}
	for _, secret := range []string{"hunter2pass", "pa55word"} {
		if strings.Contains(err.Error(), secret) || strings.Contains(logged.String(), secret) {
			t.Errorf("%s is shown: %v; log %s", secret, err, &logged)
		}
	}
}
