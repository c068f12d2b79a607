package send_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/alert/send"
	"github.com/migtop/migtop/internal/migration"
)

// The signature is what a receiver calculates with other tools:
// printf 'v1:1796162400:{"a":1}' | openssl dgst -sha256 -hmac topsecret
func TestSignature(t *testing.T) {
	const want = "v1=86f95962a3144d4e6a903bf58745c6b83ac0903815e6055081af28471dc56366"
	got := send.Sign("topsecret", 1796162400, []byte(`{"a":1}`))
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// try sends one test event to a webhook and returns what became of it.
func try(t *testing.T, w alert.Webhook, env send.Env) *send.Trial {
	t.Helper()
	if env.Now == nil {
		env.Now = func() time.Time { return start }
	}
	event := alert.TestEvent(start, "t1", migration.Scope{Name: "prod"})
	trials := send.Try(t.Context(), settings(w).Outputs, env, &event)
	if len(trials) != 1 {
		t.Fatalf("%d outputs", len(trials))
	}
	return &trials[0]
}

func TestAWebhookGetsASignedEvent(t *testing.T) {
	r := newReceiver(t, "topsecret")
	headers := make(chan http.Header, 1)
	r.answer = func(_ http.ResponseWriter, req *http.Request) bool { headers <- req.Header; return false }
	got := try(t, alert.Webhook{
		URLEnv: "URL", SecretEnv: "SECRET", Headers: []alert.Header{{Name: "X-Team", Value: "blue"}},
		HeadersEnv: []alert.Header{{Name: "Authorization", Value: "AUTH"}},
	}, send.Env{Lookup: variables(map[string]string{"URL": r.URL + "/services/T0/B0", "SECRET": "topsecret\n", "AUTH": "Bearer abcdef"})})
	if got.Problem != nil || got.Title != "webhook $URL" {
		t.Errorf("%+v", got)
	}
	h := <-headers
	if h.Get("X-Team") != "blue" || h.Get("Authorization") != "Bearer abcdef" {
		t.Errorf("%v", h)
	}
	if body := r.got()[0]; body["schema"] != "migtop.alert/v1" || body["event"] != "test" ||
		!strings.HasPrefix(body["text"].(string), "TEST of") {
		t.Errorf("%v", body)
	}
}

const secretPath = "/services/T0K3N/S3CR3T"

// What a receiver answers decides whether an event is sent again, and the message says what to do and never a secret.
func TestAnswersOfAReceiver(t *testing.T) {
	reply := func(status int, header, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			if name, value, ok := strings.Cut(header, ": "); ok {
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body)) // whoever asks may be gone
			return true
		}
	}
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request) bool
		want   string // "" for delivered
		giveUp bool
		after  time.Duration
	}{
		"no content":       {reply(204, "", ""), "", false, 0},
		"ok as HTML type":  {reply(200, "Content-Type: text/html", "ok"), "", false, 0},
		"a sign-in page":   {reply(200, "", "<!DOCTYPE html><html>sign in T0K3N</html>"), "a web page answers", false, 0},
		"no such hook":     {reply(404, "", "no_service"), "refuses the event (404): no_service (check the address", true, 0},
		"not permitted":    {reply(403, "", "invalid_token"), "refuses the event (403)", true, 0},
		"wrong body":       {reply(400, "", "invalid_payload"), "(400): invalid_payload (check what the receiver expects", true, 0},
		"an HTML error":    {reply(400, "", "<html>S3CR3T</html>"), "(400) (check", true, 0},
		"echoes":           {reply(400, "", "bad topsecret at "+secretPath), "(400): bad *** at ***", true, 0},
		"too many":         {reply(429, "Retry-After: 37", "slow down"), "too many requests (429): slow down", false, 37 * time.Second},
		"too many, a date": {reply(429, "Retry-After: Tue, 01 Dec 2026 22:02:00 GMT", ""), "too many requests", false, 2 * time.Minute},
		"too many, wrong":  {reply(429, "Retry-After: soon", ""), "too many requests", false, 0},
		"too many, a year": {reply(429, "Retry-After: 31536000", ""), "too many requests", false, time.Hour},
		"broken":           {reply(502, "", "<html>bad gateway</html>"), "the receiver failed (502) (it is tried again)", false, 0},
		"maintenance":      {reply(503, "Retry-After: 5", ""), "the receiver failed (503)", false, 5 * time.Second},
		"timeout":          {reply(408, "", ""), "the receiver failed (408)", false, 0},
		"a redirect":       {reply(302, "Location: https://elsewhere.example/T0K3N", ""), "redirects to elsewhere.example (302)", true, 0},
		"a permanent one":  {reply(308, "Location: https://elsewhere.example/T0K3N", ""), "redirects to elsewhere.example (308)", true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, "topsecret")
			r.answer = test.answer
			env := send.Env{Lookup: variables(map[string]string{"SECRET": "topsecret"})}
			got := try(t, alert.Webhook{URL: r.URL + secretPath, SecretEnv: "SECRET"}, env)
			said := ""
			if got.Problem != nil {
				said = got.Problem.Error()
			}
			if (test.want == "") != (said == "") || !strings.Contains(said, test.want) || got.GivenUp != test.giveUp ||
				got.After != test.after {
				t.Errorf("%q, given up %v, after %v", said, got.GivenUp, got.After)
			}
			for _, secret := range []string{"T0K3N", "S3CR3T", "topsecret"} {
				if strings.Contains(said, secret) {
					t.Errorf("a secret in %q", said)
				}
			}
			if n := len(r.calls); n != 1 {
				t.Errorf("%d requests: a redirect was followed", n)
			}
		})
	}
}

func TestAReceiverThatDoesNotAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := "http://" + listener.Addr().String() + secretPath
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	defer slow.Close()
	defer close(over)
	torn := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = w.Write([]byte("ok")) // the rest never comes
	}))
	defer torn.Close()
	for name, test := range map[string]struct{ url, want string }{
		"refused":  {gone, "no answer: dial tcp"},
		"slow":     {slow.URL + secretPath, "no answer within 1 s"},
		"torn":     {torn.URL + secretPath, "the answer breaks off"},
		"not HTTP": {"https" + strings.TrimPrefix(torn.URL, "http") + secretPath, "no answer: "},
	} {
		t.Run(name, func(t *testing.T) {
			got := try(t, alert.Webhook{URL: test.url, Timeout: time.Second}, send.Env{})
			if got.Problem == nil || got.GivenUp || !strings.Contains(got.Problem.Error(), test.want) ||
				strings.Contains(got.Problem.Error(), "T0K3N") {
				t.Errorf("%+v: %v", got, got.Problem)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	event := alert.TestEvent(start, "t1", migration.Scope{})
	if got := send.Try(ctx, settings(alert.Webhook{URL: slow.URL}).Outputs, send.Env{}, &event); got[0].Problem == nil {
		t.Error("it was sent after the end")
	}
}

func TestSecretsThatAreNotThere(t *testing.T) {
	env := send.Env{
		Lookup: variables(map[string]string{"EMPTY": " ", "PLAIN": "http://hooks.example.com/T0K3N", "LINES": "T0K3N\nb"}),
		ReadFile: func(string) ([]byte, error) {
			return nil, errors.New("permission denied")
		},
	}
	for _, test := range []struct {
		hook alert.Webhook
		want string
	}{
		{alert.Webhook{URLEnv: "NONE"}, "the variable NONE, which has the address of alerts, is not set (set it where migtop starts"},
		{alert.Webhook{URLEnv: "EMPTY"}, "the variable EMPTY"},
		{alert.Webhook{URLFile: "/a"}, "the file /a, which has the address of alerts, cannot be read: permission denied"},
		{alert.Webhook{URLEnv: "PLAIN"}, "the address in PLAIN is not allowed: expected https"},
		{alert.Webhook{URL: "https://127.0.0.1:1", SecretEnv: "NONE"}, "the variable NONE, which has the secret"},
		{alert.Webhook{URL: "https://127.0.0.1:1", SecretFile: "/s"}, "the file /s, which has the secret"},
		{
			alert.Webhook{URL: "https://127.0.0.1:1", HeadersEnv: []alert.Header{{Name: "X", Value: "NONE"}}},
			"the variable NONE, which has the header X",
		},
		{
			alert.Webhook{URL: "https://127.0.0.1:1", HeadersEnv: []alert.Header{{Name: "X", Value: "LINES"}}},
			"the variable LINES cannot be sent",
		},
	} {
		got := try(t, test.hook, env)
		if got.Problem == nil || got.GivenUp || !strings.Contains(got.Problem.Error(), test.want) ||
			strings.Contains(got.Problem.Error(), "T0K3N") {
			t.Errorf("%+v: %v, want %s", got, got.Problem, test.want)
		}
	}
}

func TestAFileGetsLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.jsonl")
	event := alert.TestEvent(start, "t1", migration.Scope{})
	outputs := []alert.Output{{File: path}, {File: filepath.Join(t.TempDir(), "none", "alerts.jsonl")}}
	for range 2 {
		got := send.Try(t.Context(), outputs, send.Env{}, &event)
		if got[0].Problem != nil || got[1].Problem == nil || !strings.Contains(got[1].Problem.Error(), "alerts cannot be written") {
			t.Errorf("%+v", got)
		}
	}
	if lines := fileLines(t, path); len(lines) != 2 || lines[0]["id"] != "t1" {
		t.Errorf("%v", lines)
	}
}
