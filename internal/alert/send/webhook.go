package send

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// The headers of a request. docs/alerts.md has how a receiver verifies the signature.
const (
	HeaderEvent     = "X-Migtop-Event"     // the id of the event, the same in each attempt
	HeaderTimestamp = "X-Migtop-Timestamp" // seconds since 1970 of this attempt
	HeaderSignature = "X-Migtop-Signature" // v1= and the signature in hexadecimal digits
)

const (
	defaultTimeout = 10 * time.Second
	mostAnswer     = 4096 // bytes of an answer that are read
	mostQuoted     = 100  // characters of an answer that a message repeats
	mostAfter      = time.Hour
)

// Sign is the signature of a body: HMAC-SHA256 over "v1:", the timestamp, ":" and the body. The timestamp is part of it, so that a
// receiver that refuses old ones cannot be sent a copy later.
func Sign(secret string, timestamp int64, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "v1:%d:", timestamp) // a hash takes everything
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

func webhookOutput(w *alert.Webhook, env Env) *output {
	o := &output{id: identity(w), title: titleOf(w)}
	o.send = func(ctx context.Context, eventID string, body []byte) answer {
		r, problem := resolve(w, env)
		if problem != nil {
			return answer{problem: problem}
		}
		return r.post(ctx, env, eventID, body)
	}
	return o
}

// resolved is a webhook with its secrets. They are read anew for each attempt, so that one that was changed counts at once.
type resolved struct {
	url, secret string
	headers     []alert.Header
	timeout     time.Duration
}

func resolve(w *alert.Webhook, env Env) (*resolved, *migration.Problem) {
	r := &resolved{url: w.URL, timeout: w.Timeout, headers: w.Headers[:len(w.Headers):len(w.Headers)]}
	if r.timeout == 0 {
		r.timeout = defaultTimeout
	}
	var problem *migration.Problem
	if r.url == "" {
		if r.url, problem = env.secretOf("address", w.URLEnv, w.URLFile); problem != nil {
			return nil, problem
		}
		if err := w.CheckURL(r.url); err != nil {
			return nil, &migration.Problem{
				Fault: migration.FaultConfig, What: "the address in " + w.URLEnv + w.URLFile + " is not allowed: expected " + err.Error(),
				Fix: "correct it; what waits is sent then",
			}
		}
	}
	if r.secret, problem = env.secretOf("secret", w.SecretEnv, w.SecretFile); problem != nil {
		return nil, problem
	}
	for _, h := range w.HeadersEnv {
		value, problem := env.secretOf("header "+h.Name, h.Value, "")
		if problem != nil {
			return nil, problem
		}
		if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c > '~' }) {
			return nil, &migration.Problem{
				Fault: migration.FaultConfig, What: "the variable " + h.Value + " cannot be sent as a header",
				Fix: "set it to one line of printable ASCII; what waits is sent then",
			}
		}
		r.headers = append(r.headers, alert.Header{Name: h.Name, Value: value})
	}
	return r, nil
}

// post sends one event.
func (r *resolved) post(ctx context.Context, env Env, eventID string, body []byte) answer {
	body = slackBody(body)
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil { // the address was checked
		return r.failed("the address cannot be used", migration.FaultConfig, "correct the address")
	}
	for _, h := range r.headers {
		req.Header.Set(h.Name, h.Value)
	}
	now := env.Now()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "migtop")
	req.Header.Set(HeaderEvent, eventID)
	req.Header.Set(HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	if r.secret != "" {
		req.Header.Set(HeaderSignature, Sign(r.secret, now.Unix(), body))
	}
	res, err := env.Client.Do(req)
	if err != nil {
		// The error of the client begins with the whole address.
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		why := "no answer: " + err.Error()
		if errors.Is(err, context.DeadlineExceeded) {
			why = "no answer within " + migration.Brief(r.timeout)
		}
		return r.failed(why, migration.FaultUnreachable, "check the address, the network and the proxy; it is tried again")
	}
	defer func() { _ = res.Body.Close() }() // all of it that counts was read
	said, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	if err != nil && res.StatusCode/100 == 2 {
		return r.failed("the answer breaks off: "+err.Error(), migration.FaultUnreachable, "it is tried again")
	}
	return r.judge(res, said, now)
}

// judge says what an answer means.
func (r *resolved) judge(res *http.Response, said []byte, now time.Time) answer {
	status := res.StatusCode
	quoted := r.quote(said)
	after := retryAfter(res.Header.Get("Retry-After"), now)
	page := strings.HasPrefix(strings.ToLower(strings.TrimSpace(string(said))), "<")
	switch {
	case status/100 == 2 && page:
		// A proxy or a sign-in page answers for the receiver.
		return r.failed("a web page answers, and not the receiver of alerts", migration.FaultNotThatAPI,
			"check the address and what proxy is between; it is tried again")
	case status/100 == 2:
		return answer{}
	case status/100 == 3:
		to := "elsewhere"
		if u, err := res.Location(); err == nil && u.Host != "" {
			to = "to " + text.Printable(u.Host)
		}
		a := r.failed(fmt.Sprintf("the address redirects %s (%d)", to, status), migration.FaultConfig,
			"put the address itself into alerts.outputs: redirects are not followed, since they would carry the signature there")
		a.giveUp = true
		return a
	case status == http.StatusTooManyRequests:
		a := r.failed("too many requests (429)"+quoted, migration.FaultThrottled, "it is tried again")
		a.after = after
		return a
	case status == http.StatusRequestTimeout || status == http.StatusTooEarly || status/100 == 5:
		a := r.failed(fmt.Sprintf("the receiver failed (%d)%s", status, quoted), migration.FaultUnreachable, "it is tried again")
		a.after = after
		return a
	}
	fault, fix := migration.FaultRejected, "check what the receiver expects: docs/alerts.md has the body and the headers"
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		fault, fix = migration.FaultDenied, "check the address, the secret and the headers in alerts.outputs"
	case http.StatusNotFound, http.StatusGone:
		fault, fix = migration.FaultAbsent, "check the address: the webhook is not there, or was removed"
	case http.StatusRequestEntityTooLarge:
		fix = "let the receiver take bodies of 8 KiB"
	}
	a := r.failed(fmt.Sprintf("the receiver refuses the event (%d)%s", status, quoted), fault, fix+"; then run migtop alerts test")
	a.giveUp = true
	return a
}

func (r *resolved) failed(what string, fault migration.Fault, fix string) answer {
	return answer{problem: &migration.Problem{Fault: fault, What: r.hide(what), Fix: fix}}
}

// quote is what a short answer says, "" for a web page and for a long one.
func (r *resolved) quote(said []byte) string {
	s := strings.TrimSpace(string(said))
	if s == "" || len(s) > mostQuoted || strings.HasPrefix(s, "<") {
		return ""
	}
	return ": " + text.Redact(r.hide(s), mostQuoted)
}

// hide takes secrets out of a text.
func (r *resolved) hide(s string) string {
	hidden := []string{r.url, r.secret}
	if u, err := url.Parse(r.url); err == nil {
		hidden = append(hidden, u.RequestURI(), strings.TrimPrefix(u.RequestURI(), "/"))
	}
	for _, h := range r.headers {
		hidden = append(hidden, h.Value)
	}
	for _, h := range hidden {
		if len(h) > 3 {
			s = strings.ReplaceAll(s, h, "***")
		}
	}
	return text.Printable(text.OneLine(s))
}

// retryAfter reads the header of that name: seconds, or a time. It is at most an hour.
func retryAfter(s string, now time.Time) time.Duration {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Duration(min(max(n, 0), int64(mostAfter/time.Second))) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil {
		return min(max(t.Sub(now), 0), mostAfter)
	}
	return 0
}

// slackText escapes what chat systems would take for links and mentions.
var slackText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// slackBody is an event with its text escaped as Slack wants it.
func slackBody(body []byte) []byte {
	var fields map[string]json.RawMessage
	var said string
	if json.Unmarshal(body, &fields) != nil || json.Unmarshal(fields["text"], &said) != nil {
		return body
	}
	escaped, err := marshal(slackText.Replace(said))
	if err != nil {
		return body
	}
	fields["text"] = escaped
	out, err := marshal(fields)
	if err != nil {
		return body
	}
	return out
}

// marshal encodes without the escapes for HTML, which would write & as \u0026.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
