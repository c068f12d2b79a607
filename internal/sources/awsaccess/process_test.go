//go:build unix

package awsaccess

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/migtop/migtop/internal/text"
)

var processNow = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

func processOf(t *testing.T, command string, log io.Writer) *credentialProcess {
	t.Helper()
	ended, end := context.WithCancel(context.Background())
	t.Cleanup(end)
	return &credentialProcess{
		profile: "p", command: command, timeout: time.Minute, now: func() time.Time { return processNow },
		log: slog.New(slog.NewTextHandler(log, nil)), ended: ended, running: new(sync.WaitGroup),
	}
}

// What a credential_process does wrong is said, each in its own words, and without secrets.
func TestCredentialProcessFails(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	for _, test := range []struct{ name, command, want string }{
		{"exit code", `echo "vault is locked" >&2; exit 1`, "failed with exit code 1: vault is locked"},
		{"silent failure", `exit 3`, "failed with exit code 3"},
		{"last of many lines", `printf 'one\ntwo\n\n  \n' >&2; exit 1`, "failed with exit code 1: two"},
		{"progress with carriage returns", `printf 'wait 1\rwait 2\rgave up\r' >&2; exit 1`, "failed with exit code 1: gave up"},
		{"escape sequences", `printf '\033[31mlocked\033[0m\007\033]0;title\007' >&2; exit 1`, "failed with exit code 1: locked"},
		{"bytes that are no text", `printf 'gesch\374tzt' >&2; exit 1`, "failed with exit code 1: gesch\uFFFDtzt"},
		{"missing", `/nonexistent/credentials 2>/dev/null`, "failed, its command was not found (exit code 127)"},
		{"not executable", `/dev/null 2>/dev/null`, "failed, its command cannot be executed (exit code 126)"},
		{"signal", `kill -9 $$`, "failed: signal: killed"},
		{
			"a secret on standard error", `echo "AWS_SECRET_ACCESS_KEY=` + secret + `" >&2; exit 1`,
			"failed with exit code 1: AWS_SECRET_ACCESS_KEY=***",
		},
		{"a bare secret on standard error", `echo "got ` + secret + `" >&2; exit 1`, "failed with exit code 1: got ***"},
		{
			"a password in a URL", `echo "cannot reach https://me:hunter2@vault:8200" >&2; exit 1`,
			"failed with exit code 1: cannot reach https://me:***@vault:8200",
		},
		{"no JSON", `echo hello`, `printed no JSON object: "hello"`},
		{"more than one line", `printf 'hello\nworld\n'`, `printed no JSON object: "hello" and more`},
		{"nothing", `:`, "printed no JSON object: nothing"},
		{"blanks", `printf '\n \n'`, "printed no JSON object: nothing"},
		{"a list", `echo '[]'`, `printed no JSON object: "[]"`},
		{"null", `echo null`, `printed no JSON object: "null"`},
		{"a page", `echo '<html><body>Sign in</body></html>'`, `printed no JSON object: "<html><body>Sign in</body></html>"`},
		{
			"export statements", `printf 'export AWS_ACCESS_KEY_ID=AKIDEXAMPLE\nexport AWS_SECRET_ACCESS_KEY=` + secret + `\n'`,
			"printed no JSON object: 107 bytes, not shown as they may be secret",
		},
		{"a bare secret", `echo ` + secret, `printed no JSON object: "***"`},
		{
			"cut JSON", `printf '{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAcc'`,
			"printed no JSON object: 51 bytes, not shown as they may be secret",
		},
		{"other version", `echo '{"Version":2,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"x"}'`, "printed JSON of Version 2, not 1"},
		{
			"version as a string", `echo '{"Version":"1","AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"x"}'`,
			"printed JSON with Version as a string",
		},
		{"no version", `echo '{"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"x"}'`, "printed JSON of Version 0, not 1"},
		{"empty object", `echo '{}'`, "printed JSON of Version 0, not 1"},
		{"no key", `echo '{"Version":1,"SecretAccessKey":"x"}'`, "printed JSON without AccessKeyId"},
		{"no secret", `echo '{"Version":1,"AccessKeyId":"AKIDEXAMPLE"}'`, "printed JSON without SecretAccessKey"},
		{
			"no time", `echo '{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"x","Expiration":"soon"}'`,
			"printed JSON with an Expiration that is no time",
		},
		{
			"expired", `echo renewing >&2; echo '{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"x",` +
				`"Expiration":"2020-01-01T01:00:00+01:00"}'`,
			"gave credentials that expired at 2020-01-01T00:00:00Z: renewing",
		},
		{"without an end", `yes`, "printed no JSON object: more than 65536 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := processOf(t, test.command, io.Discard).Retrieve(t.Context())
			if err == nil || err.Error() != "credential_process of profile p "+test.want {
				t.Errorf("got  %v\nwant credential_process of profile p %s", err, test.want)
			}
		})
	}
}

// What the command writes on standard error is in the log, whether it fails or not.
func TestCredentialProcessLogs(t *testing.T) {
	var log bytes.Buffer
	p := processOf(t, `echo "vault: refreshing the token" >&2; read line; echo "read: '$line'" >&2
		echo '{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"x","SessionToken":"t","AccountId":"123456789012",`+
		`"Expiration":"2025-06-01T13:00:00Z"}'`, &log)
	got, err := p.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := aws.Credentials{
		Source: "ProcessProvider", AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "x", SessionToken: "t", AccountID: "123456789012",
		CanExpire: true, Expires: processNow.Add(time.Hour),
	}
	if got != want {
		t.Errorf("got %+v", got)
	}
	// Standard input is empty: read finds no line and leaves the variable empty.
	if text := log.String(); !strings.Contains(text, `text="vault: refreshing the token read: ''"`) {
		t.Errorf("log: %s", text)
	}
}

// A command that left something behind which keeps its pipes open gave its credentials all
// the same.
func TestCredentialProcessLeavesAnAgent(t *testing.T) {
	p := processOf(t, `sleep 300 & echo '{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"x"}'; echo $! >&2`, io.Discard)
	var log bytes.Buffer
	p.log = slog.New(slog.NewTextHandler(&log, nil))
	if _, err := p.Retrieve(t.Context()); err != nil {
		t.Error(err)
	}
	_, pid, _ := strings.Cut(log.String(), "text=")
	if n := atoi(strings.TrimSpace(pid)); n > 1 {
		_ = syscall.Kill(n, syscall.SIGKILL)
	}
}

func atoi(s string) (n int) {
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// A command that does not answer is ended with all that it started.
func TestCredentialProcessIsEnded(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(p *credentialProcess, ctx context.Context) (context.Context, func())
		want string
	}{
		{"deadline", func(p *credentialProcess, ctx context.Context) (context.Context, func()) {
			p.timeout = 200 * time.Millisecond
			return ctx, func() {}
		}, "credential_process of profile p did not answer within 200ms: Code:"},
		{"caller is gone", func(_ *credentialProcess, ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithCancel(ctx)
			return ctx, cancel
		}, "context canceled"},
		{"program ends", func(p *credentialProcess, ctx context.Context) (context.Context, func()) {
			ended, end := context.WithCancel(context.Background())
			p.ended = ended
			return ctx, end
		}, "context canceled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fifo := filepath.Join(t.TempDir(), "fifo")
			if err := syscall.Mkfifo(fifo, 0o600); err != nil {
				t.Fatal(err)
			}
			p := processOf(t, `printf "Code:" >&2; sleep 300 >"`+fifo+`" & wait`, io.Discard)
			ctx, end := test.end(p, t.Context())
			failed := make(chan error, 1)
			go func() {
				_, err := p.Retrieve(context.WithValue(ctx, callerKey{}, ctx))
				failed <- err
			}()
			r, err := os.Open(fifo) // waits for the child
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = r.Close() }()
			end()
			if _, err := io.ReadAll(r); err != nil { // ends with the child
				t.Error(err)
			}
			if err := <-failed; err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// A caller that does not wait so long does not end the command: the next one gets what it
// prints.
func TestCredentialProcessOutlivesACallersDeadline(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	cache := aws.NewCredentialsCache(processOf(t,
		`read line <"`+fifo+`"; echo "{\"Version\":1,\"AccessKeyId\":\"$line\",\"SecretAccessKey\":\"x\"}"`, io.Discard))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := cache.Retrieve(context.WithValue(ctx, callerKey{}, ctx)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	go func() {
		found, err := cache.Retrieve(t.Context())
		if err != nil {
			found.AccessKeyID = err.Error()
		}
		got <- found.AccessKeyID
	}()
	if err := os.WriteFile(fifo, []byte("AKIDONE\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key := <-got; key != "AKIDONE" {
		t.Errorf("got %s", key)
	}
}

// A message stays one line of printable text, whatever a command writes.
func FuzzQuoted(f *testing.F) {
	f.Add("vault is locked\n")
	f.Add("\x1b]0;x\x07\x1b[2J\xff token=abc")
	f.Fuzz(func(t *testing.T, out string) {
		for _, said := range []string{text.Redact(out, maxQuote), text.Redact(text.LastLine(out), maxQuote), quoted(out)} {
			if strings.ContainsAny(said, "\n\r\x1b\x00\u0085\u2028") || utf8.RuneCountInString(said) > 2*maxQuote {
				t.Errorf("%q", said)
			}
		}
	})
}
