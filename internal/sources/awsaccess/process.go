package awsaccess

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"

	"github.com/migtop/migtop/internal/text"
)

const (
	// processTimeout bounds one run of a credential_process. The SDK's own bound is a
	// minute, in which it waits for whatever the command started as well.
	processTimeout = 20 * time.Second
	// processGrace is how long output is waited for after the command has ended: an agent
	// that it started may keep the pipes open for good.
	processGrace = time.Second
	// maxOutput bounds what is taken of standard output; credentials are about 2 kB.
	maxOutput = 64 << 10
	// maxStderr limits the part of standard error that is kept: its end, which says what failed.
	maxStderr = 4 << 10
)

// credentialProcess supplies the credentials that the credential_process of a profile
// prints. Unlike the SDK's provider it keeps the command off the terminal: standard
// input is empty, standard error goes to the log, and there is no controlling terminal.
// Source of the format: AWS SDKs and Tools reference, "Process credential provider".
type credentialProcess struct {
	profile string // that has the setting
	command string
	timeout time.Duration // 0 is processTimeout
	now     func() time.Time
	log     *slog.Logger
	ended   context.Context // of the program: no command outlives it
	running *sync.WaitGroup // counts commands that run
}

// processFailure is how a credential_process failed.
type processFailure uint8

const (
	processExited  processFailure = iota // with another code than 0, or by a signal
	processSilent                        // it did not end in time
	processStart                         // no shell could run it
	processGarbled                       // what it printed is no JSON object
	processFormat                        // the object is not what the format asks for
	processExpired                       // the credentials are not valid any more
)

// processError is the failure of a credential_process.
type processError struct {
	Profile string
	Failure processFailure
	Detail  string // what it printed, what is wrong with it, or when they expired; harmless
	Said    string // last line of standard error, harmless; "" for none
	Timeout time.Duration
	Err     error // of the operating system, nil where the output is at fault
}

func (e *processError) Error() string {
	text := fmt.Sprintf("credential_process of profile %s %s", e.Profile, e.what())
	if e.Said != "" {
		text += ": " + e.Said
	}
	return text
}

func (e *processError) Unwrap() error { return e.Err }

// what says how it failed, without what it wrote on standard error.
func (e *processError) what() string {
	switch e.Failure {
	case processSilent:
		return fmt.Sprintf("did not answer within %s", e.Timeout)
	case processStart:
		return "could not be started: " + reason(e.Err)
	case processGarbled:
		return "printed no JSON object: " + e.Detail
	case processFormat:
		return "printed JSON " + e.Detail
	case processExpired:
		return "gave credentials that expired at " + e.Detail
	}
	exit, ok := errors.AsType[*exec.ExitError](e.Err)
	switch {
	case ok && exit.ExitCode() == 127: // POSIX: the shell did not find the command
		return "failed, its command was not found (exit code 127)"
	case ok && exit.ExitCode() == 126: // POSIX: found, and cannot be executed
		return "failed, its command cannot be executed (exit code 126)"
	case ok && exit.ExitCode() >= 0:
		return fmt.Sprintf("failed with exit code %d", exit.ExitCode())
	}
	return "failed: " + reason(e.Err) // ended by a signal
}

// Retrieve runs the command once.
func (p *credentialProcess) Retrieve(ctx context.Context) (aws.Credentials, error) {
	p.running.Add(1)
	defer p.running.Done()
	// The SDK's cache passes a context on that never ends; the caller's is in its values.
	// Where a caller does not wait so long, the next one gets the result; where the
	// program ends, so does the command.
	caller, ok := ctx.Value(callerKey{}).(context.Context)
	if !ok {
		caller = ctx
	}
	timeout := p.timeout
	if timeout <= 0 {
		timeout = processTimeout
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	defer context.AfterFunc(caller, func() {
		if errors.Is(caller.Err(), context.Canceled) {
			cancel()
		}
	})()
	defer context.AfterFunc(p.ended, cancel)()
	out, said, err := p.run(bounded)
	if said = strings.TrimSpace(said); said != "" {
		p.log.Info("credential_process wrote on standard error", "profile", p.profile, "text", text.Redact(said, maxStderr))
	}
	failed := &processError{Profile: p.profile, Said: text.Redact(text.LastLine(said), maxQuote), Timeout: timeout, Err: err}
	switch _, exited := errors.AsType[*exec.ExitError](err); {
	case errors.Is(bounded.Err(), context.Canceled):
		return aws.Credentials{}, bounded.Err() // no caller waits any more
	case bounded.Err() != nil:
		failed.Failure = processSilent
		return aws.Credentials{}, failed
	case exited:
		return aws.Credentials{}, failed
	case errors.Is(err, errTooMuch):
		failed.Failure, failed.Detail = processGarbled, fmt.Sprintf("more than %d bytes", maxOutput)
		return aws.Credentials{}, failed
	case err != nil:
		failed.Failure = processStart
		return aws.Credentials{}, failed
	}
	found, failure, detail := p.parse(out)
	if detail != "" {
		failed.Failure, failed.Detail = failure, detail
		return aws.Credentials{}, failed
	}
	return found, nil
}

// parse reads what the command printed. The detail is empty where it is in order.
func (p *credentialProcess) parse(out []byte) (_ aws.Credentials, failure processFailure, detail string) {
	var r processcreds.CredentialProcessResponse
	if !json.Valid(out) || !bytes.HasPrefix(bytes.TrimSpace(out), []byte("{")) {
		return aws.Credentials{}, processGarbled, quoted(string(out))
	}
	err := json.Unmarshal(out, &r)
	odd, typed := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case typed:
		return aws.Credentials{}, processFormat, "with " + odd.Field + " as a " + odd.Value
	case err != nil: // time.Time is the only type with a form of its own
		return aws.Credentials{}, processFormat, "with an Expiration that is no time"
	case r.Version != 1:
		return aws.Credentials{}, processFormat, fmt.Sprintf("of Version %d, not 1", r.Version)
	case r.AccessKeyID == "":
		return aws.Credentials{}, processFormat, "without AccessKeyId"
	case r.SecretAccessKey == "":
		return aws.Credentials{}, processFormat, "without SecretAccessKey"
	case r.Expiration != nil && !r.Expiration.After(p.now()):
		return aws.Credentials{}, processExpired, r.Expiration.UTC().Format(time.RFC3339)
	}
	found := aws.Credentials{
		Source: processcreds.ProviderName, AccessKeyID: r.AccessKeyID, SecretAccessKey: r.SecretAccessKey,
		SessionToken: r.SessionToken, AccountID: r.AccountID,
	}
	if r.Expiration != nil {
		found.CanExpire, found.Expires = true, *r.Expiration
	}
	return found, 0, ""
}

// run gives what the command printed, and the end of what it wrote on standard error.
// The process group is ended with the context.
func (p *credentialProcess) run(ctx context.Context) (out []byte, said string, err error) {
	shell := []string{"sh", "-c", p.command}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd.exe", "/C", p.command}
	}
	cmd := exec.CommandContext(ctx, shell[0], shell[1:]...) //nolint:gosec // the user's own setting
	cmd.Env = os.Environ()
	cmd.Stdin = nil // the null device: no input
	stdout, stderr := &head{limit: maxOutput}, &tail{limit: maxStderr}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.WaitDelay = processGrace
	detach(cmd)
	err = cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil {
		err = nil // it ended well, and left something behind that keeps a pipe open
	}
	if out, err = stdout.taken(err); err != nil {
		return nil, stderr.text(), err
	}
	if runtime.GOOS == "windows" {
		out = bytes.ReplaceAll(out, []byte(`\"`), []byte(`"`)) // as the SDK does: cmd.exe escapes quotes
	}
	return out, stderr.text(), err
}

// errTooMuch ends a command that prints without an end.
var errTooMuch = errors.New("it prints too much")

// head keeps the beginning of a stream and refuses the rest.
type head struct {
	mu    sync.Mutex
	limit int
	b     []byte
	over  bool // there was more
}

func (h *head) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	room := h.limit - len(h.b)
	h.b = append(h.b, b[:min(room, len(b))]...)
	if room < len(b) {
		h.over = true
		return room, errTooMuch
	}
	return len(b), nil
}

// taken is what was kept. A command that was cut off failed for that, not for what it made
// of it.
func (h *head) taken(err error) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return nil, errTooMuch
	}
	return bytes.Clone(h.b), err
}

// tail keeps the end of a stream.
type tail struct {
	mu    sync.Mutex
	limit int
	b     []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if over := len(t.b) - t.limit; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(b), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}

var (
	_ io.Writer               = (*head)(nil)
	_ io.Writer               = (*tail)(nil)
	_ aws.CredentialsProvider = (*credentialProcess)(nil)
)

// maxQuote is how many characters of another program's output a message repeats.
const maxQuote = 160

// quoted describes what a credential_process printed instead of JSON. Output that may be credentials in another
// form is not shown at all.
func quoted(out string) string {
	trimmed := strings.TrimSpace(out)
	switch {
	case trimmed == "":
		return "nothing"
	case text.MentionsSecret(trimmed):
		return fmt.Sprintf("%d bytes, not shown as they may be secret", len(out))
	}
	line, _, more := strings.Cut(trimmed, "\n")
	said := fmt.Sprintf("%q", text.Redact(line, 60))
	if more {
		said += " and more"
	}
	return said
}
