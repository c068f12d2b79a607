package awsaccess

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/migtop/migtop/internal/clock"
)

// Sessions are credentials shared by all AWS configurations of a process: sessions of roles assumed with an MFA code,
// which is valid once, and credentials printed by a credential_process, which may prompt the user. Create it with
// [NewSessions]; the zero value is not usable.
type Sessions struct {
	log *slog.Logger
	now func() time.Time

	ended   context.Context // ends the commands that run
	end     context.CancelFunc
	running sync.WaitGroup // commands

	mu        sync.Mutex
	roles     map[mfaKey]*mfaSession
	processes map[string]*aws.CredentialsCache
}

// NewSessions makes an empty store. What a credential_process writes on standard error
// goes to log, nil for nowhere.
func NewSessions(log *slog.Logger) *Sessions {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ended, end := context.WithCancel(context.Background())
	return &Sessions{
		ended: ended, end: end, log: log, now: clock.System().Now,
		roles: make(map[mfaKey]*mfaSession), processes: make(map[string]*aws.CredentialsCache),
	}
}

// Close ends the commands that still run.
func (s *Sessions) Close() {
	s.end()
	s.running.Wait()
}

// process is the provider of a credential_process.
func (s *Sessions) process(profile, command string) *aws.CredentialsCache {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := profile + "\x00" + command
	if s.processes[key] == nil {
		s.processes[key] = aws.NewCredentialsCache(&credentialProcess{
			profile: profile, command: command, now: s.now, log: s.log, ended: s.ended, running: &s.running,
		})
	}
	return s.processes[key]
}

// forget lets every credential_process run again, for credentials that AWS refuses.
func (s *Sessions) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.processes {
		p.Invalidate()
	}
}

// mfaKey is one use of an MFA device.
type mfaKey struct{ role, serial, externalID string }

// mfaSession is a role that was, or is to be, assumed with a code.
type mfaSession struct {
	mu      sync.Mutex // of one call of STS at a time
	code    string     // to be used, once
	got     *sts.AssumeRoleOutput
	refused int // codes that STS did not take, in a row
}

// maxCodes is how many wrong codes in a row a person may enter.
const maxCodes = 3

func (s *Sessions) session(key mfaKey) *mfaSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roles[key] == nil {
		s.roles[key] = &mfaSession{}
	}
	return s.roles[key]
}

// enter keeps a code for the next call that wants one.
func (s *Sessions) enter(key mfaKey, code string) {
	session := s.session(key)
	session.mu.Lock()
	defer session.mu.Unlock()
	session.code = code
}

// codeError says that a role cannot be assumed without an MFA code.
type codeError struct {
	Key     mfaKey
	Refused int       // codes that STS refused so far
	Expired time.Time // of the session that an earlier code began, zero for none
	Err     error     // how STS refused the last code, nil for none
}

func (e *codeError) Error() string {
	switch {
	case e.Refused > 0:
		return fmt.Sprintf("STS refused %d MFA codes of %s", e.Refused, e.Key.serial)
	case !e.Expired.IsZero():
		return fmt.Sprintf("the session that an MFA code of %s began expired at %s", e.Key.serial, e.Expired.UTC().Format(time.RFC3339))
	}
	return "an MFA code of " + e.Key.serial + " is needed to assume " + e.Key.role
}

func (e *codeError) Unwrap() error { return e.Err }

// assume returns the session of a role that requires an MFA code: the current session, or a new one with the entered
// code.
func (s *Sessions) assume(
	ctx context.Context, in *sts.AssumeRoleInput, call func(context.Context, *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error),
) (*sts.AssumeRoleOutput, error) {
	key := mfaKey{aws.ToString(in.RoleArn), aws.ToString(in.SerialNumber), aws.ToString(in.ExternalId)}
	session := s.session(key)
	session.mu.Lock()
	defer session.mu.Unlock()
	var expired time.Time
	if session.got != nil {
		expired = aws.ToTime(session.got.Credentials.Expiration)
		if expired.After(s.now()) {
			return session.got, nil
		}
	}
	if session.code == "" {
		return nil, &codeError{Key: key, Refused: session.refused, Expired: expired}
	}
	with := *in
	with.TokenCode = aws.String(session.code)
	out, err := call(ctx, &with)
	if refusedCode(err) {
		session.code = ""
		session.refused++
		return nil, &codeError{Key: key, Refused: session.refused, Err: err}
	}
	if answer, ok := errors.AsType[smithy.APIError](err); err == nil || (ok && known(answer)) {
		session.code = "" // STS accepted it; a code that did not reach STS stays usable
	}
	if err == nil && out.Credentials != nil {
		session.got, session.refused = out, 0
	}
	return out, err
}

// refusedCode reports whether STS refused an MFA code. It has no code of its own for that:
// a policy's refusal is AccessDenied too, with another message.
func refusedCode(err error) bool {
	answer, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	text := answer.ErrorMessage()
	return strings.Contains(text, "MultiFactorAuthentication failed") ||
		(answer.ErrorCode() == "ValidationError" && strings.Contains(text, "tokenCode"))
}
