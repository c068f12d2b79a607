package send

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
)

// answer is what became of one attempt.
type answer struct {
	problem *migration.Problem // nil: it arrived
	// giveUp says that another attempt with the same settings cannot succeed.
	giveUp bool
	// after is how long the receiver asks to wait, 0 for nothing.
	after time.Duration
}

// output is a place where events go.
type output struct {
	// id is the output in the history: it stays the same while its setting does, whatever a secret is changed to.
	id string
	// title names it on screen and in messages. It has no secret.
	title string
	send  func(ctx context.Context, eventID string, body []byte) answer
}

// transport keeps no connection open: messages are rare.
var transport = func() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.DisableKeepAlives = true
	return t
}()

// Env is what outputs find their secrets with, and how they send. Zero fields are those of this machine.
type Env struct {
	Lookup   func(name string) (string, bool)
	ReadFile func(path string) ([]byte, error)
	Client   *http.Client
	// Now is the time that signatures have. It is the time of the world, whatever a demo's clock says.
	Now func() time.Time
}

func (e Env) withDefaults() Env {
	if e.Lookup == nil {
		e.Lookup = os.LookupEnv
	}
	if e.ReadFile == nil {
		e.ReadFile = os.ReadFile
	}
	if e.Client == nil {
		e.Client = &http.Client{Transport: transport}
	}
	if e.Now == nil {
		e.Now = clock.System().Now
	}
	// A redirect would carry headers and signature to another address.
	client := *e.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	e.Client = &client
	return e
}

// outputs makes the outputs of settings.
func outputs(all []alert.Output, env Env) []*output {
	env = env.withDefaults()
	out := make([]*output, 0, len(all))
	for _, o := range all {
		if o.Webhook != nil {
			out = append(out, webhookOutput(o.Webhook, env))
			continue
		}
		out = append(out, &output{
			id: "file " + o.File, title: "file " + o.File,
			send: func(_ context.Context, _ string, body []byte) answer { return appendLine(o.File, body) },
		})
	}
	return out
}

// appendLine adds a line to a file. One write of a file that was opened for appending is not torn by another program's.
func appendLine(path string, body []byte) answer {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.Write(append(body[:len(body):len(body)], '\n'))
		if closed := f.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		return answer{problem: &migration.Problem{
			Fault: migration.FaultConfig, What: "alerts cannot be written: " + err.Error(), Err: err,
			Fix: "create the folder and make it writable, or change alerts.outputs; what waits is written then",
		}}
	}
	return answer{}
}

// identity is a stable name of a webhook that does not show its address.
func identity(w *alert.Webhook) string {
	sum := sha256.Sum256([]byte(w.URL + "\n" + w.URLEnv + "\n" + w.URLFile))
	return "webhook " + hex.EncodeToString(sum[:8])
}

// titleOf names a webhook by its host, or by where its address is.
func titleOf(w *alert.Webhook) string {
	switch {
	case w.URLEnv != "":
		return "webhook $" + w.URLEnv
	case w.URLFile != "":
		return "webhook " + w.URLFile
	}
	u, err := url.Parse(w.URL)
	if err != nil {
		return "webhook"
	}
	return "webhook " + u.Host
}

// secretOf reads a secret from a variable or a file, "" where neither is named.
func (e Env) secretOf(what, variable, file string) (string, *migration.Problem) {
	switch {
	case variable != "":
		if s, ok := e.Lookup(variable); ok && strings.TrimSpace(s) != "" {
			return strings.TrimSpace(s), nil
		}
		return "", &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("the variable %s, which has the %s of alerts, is not set", variable, what),
			Fix: "set it where migtop starts; what waits is sent then",
		}
	case file != "":
		b, err := e.ReadFile(file)
		if err == nil && len(strings.TrimSpace(string(b))) > 0 {
			return strings.TrimSpace(string(b)), nil
		}
		why := "it is empty"
		if err != nil {
			why = err.Error()
		}
		return "", &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("the file %s, which has the %s of alerts, cannot be read: %s", file, what, why),
			Fix: "write it, readable for whom migtop runs as; what waits is sent then", Err: err,
		}
	}
	return "", nil
}
