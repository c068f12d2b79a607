package kubeapi

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	metricsclient "k8s.io/metrics/pkg/client/clientset/versioned"

	"github.com/migtop/migtop/internal/simcloud/world"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "the token"

// hand is a clock that a test moves.
type hand struct {
	mu      sync.Mutex
	now     time.Time
	waiting []waiter
}

type waiter struct {
	at time.Time
	c  chan time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hand) After(d time.Duration) (<-chan time.Time, func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := waiter{h.now.Add(d), make(chan time.Time, 1)}
	if d <= 0 {
		w.c <- h.now
		return w.c, func() {}
	}
	h.waiting = append(h.waiting, w)
	return w.c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.waiting = slices.DeleteFunc(h.waiting, func(x waiter) bool { return x.c == w.c })
	}
}

func (h *hand) advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
	h.waiting = slices.DeleteFunc(h.waiting, func(w waiter) bool {
		if w.at.After(h.now) {
			return false
		}
		w.c <- h.now
		return true
	})
}

// small is the story with a third of its Jobs: enough of each kind, in a third
// of the time.
var small = world.Options{Seed: 1, Pods: 80}

// start runs a server at the epoch of a story, with a clock that stands still
// until the test moves it.
func start(t testing.TB, o world.Options) (*Server, *hand) {
	t.Helper()
	w := world.New(o)
	clock := &hand{now: w.Epoch()}
	s, err := Start(t.Context(), Config{World: w, Clock: clock, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s, clock
}

const (
	asJSON     = runtime.ContentTypeJSON
	asProtobuf = runtime.ContentTypeProtobuf
)

func config(t testing.TB, s *Server, contentType string) *rest.Config {
	c := &rest.Config{Host: s.URL(), BearerToken: token, QPS: -1}
	c.ContentType = contentType
	c.AcceptContentTypes = contentType
	httpClient, err := rest.HTTPClientFor(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(httpClient.CloseIdleConnections)
	return c
}

func client(t testing.TB, s *Server, contentType string) *kubernetes.Clientset {
	t.Helper()
	k, err := kubernetes.NewForConfig(config(t, s, contentType))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func metrics(t testing.TB, s *Server, contentType string) *metricsclient.Clientset {
	t.Helper()
	m, err := metricsclient.NewForConfig(config(t, s, contentType))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ask sends a request as it is, and returns the answer's code and body.
func ask(t testing.TB, s *Server, method, path string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Del(header[i])
		if header[i+1] != "" {
			r.Header.Set(header[i], header[i+1])
		}
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// eventually waits in real time for what another goroutine brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain: %s", what)
}

var everything = metav1.ListOptions{}

func contains(t testing.TB, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%q does not contain %q", text, part)
	}
}
