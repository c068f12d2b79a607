package jobs

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	metricsv1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/kubeapi"
)

// troubledAPI is the simulated API server, with the trouble that a test asks for in front
// of it. It has what the test puts into it, and lists it one object a page.
type troubledAPI struct {
	t      *testing.T
	api    *kubeapi.Server
	server *httptest.Server

	mu      sync.Mutex
	status  map[string]int // answer this instead, by resource
	metrics http.HandlerFunc
	lists   map[string]int                 // requests so far
	watched map[string][]string            // the versions that watches began at
	open    map[string]map[*openWatch]bool // watches
	gone    map[string]bool                // the next watch begins before what is remembered
	expire  bool                           // the next page is of a list that is forgotten
	json    bool                           // protobuf is not spoken
	queries []string
}

// openWatch is a watch that can be cut.
type openWatch struct {
	cut  context.CancelFunc
	over chan struct{}
}

func newTroubledAPI(t *testing.T) *troubledAPI {
	api, err := kubeapi.New(kubeapi.Config{Clock: clock.System()})
	if err != nil {
		t.Fatal(err)
	}
	api.SetFaults(kubeapi.Faults{NoMetrics: true})
	f := &troubledAPI{
		t: t, api: api, status: map[string]int{}, lists: map[string]int{}, watched: map[string][]string{},
		open: map[string]map[*openWatch]bool{}, gone: map[string]bool{},
	}
	f.server = httptest.NewServer(f)
	t.Cleanup(func() {
		f.cut("jobs", "pods", "nodes", "services")
		f.server.CloseClientConnections()
		f.server.Close()
	})
	return f
}

func (f *troubledAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	resource := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	var metrics http.HandlerFunc
	f.mu.Lock()
	switch {
	case strings.HasPrefix(r.URL.Path, "/apis/metrics.k8s.io"):
		resource, metrics = "metrics", f.metrics
	case resource == "pods" && q.Get("fieldSelector") != "":
		resource = "others" // those that are no Jobs'
	case resource == "pods" && strings.Contains(q.Get("labelSelector"), serviceLabel):
		resource = "services" // pods too, which others have
	}
	f.queries = append(f.queries, resource+"?"+r.URL.RawQuery)
	if f.json {
		r.Header.Set("Accept", "application/json")
	}
	code := f.status[resource]
	var watch *openWatch
	switch {
	case metrics != nil || code != 0:
	case q.Get("watch") != "":
		f.watched[resource] = append(f.watched[resource], q.Get("resourceVersion"))
		if f.gone[resource] {
			f.gone[resource] = false
			f.api.Expire()
			q.Set("resourceVersion", "1")
		}
		ctx, cut := context.WithCancel(r.Context())
		defer cut()
		watch, r = &openWatch{cut, make(chan struct{})}, r.WithContext(ctx)
		defer close(watch.over)
		if f.open[resource] == nil {
			f.open[resource] = map[*openWatch]bool{}
		}
		f.open[resource][watch] = true
	default:
		f.lists[resource]++
		if f.expire && q.Get("continue") != "" {
			f.expire = false
			f.api.Expire()
		}
		if q.Get("limit") != "" {
			q.Set("limit", "1")
		}
	}
	f.mu.Unlock()
	switch {
	case metrics != nil:
		w.Header().Set("Content-Type", "application/json")
		metrics(w, r)
		return
	case code != 0:
		answer(w, code)
		return
	}
	r.URL.RawQuery = q.Encode()
	f.api.ServeHTTP(&oddWriter{w}, r)
	if watch == nil {
		return
	}
	f.mu.Lock()
	cut := !f.open[resource][watch]
	delete(f.open[resource], watch)
	f.mu.Unlock()
	if cut {
		panic(http.ErrAbortHandler) // as if the cable was pulled
	}
}

// odd is the annotation of a pod in which the server has a value that no client can decode.
const odd = "odd"

// oddWriter puts a count into odd pods that is too great for its type. The server writes
// an event, and in JSON a page of one object, as a whole.
type oddWriter struct{ http.ResponseWriter }

func (w *oddWriter) Write(b []byte) (int, error) {
	text := string(b)
	if strings.Contains(text, `"`+odd+`":`) {
		text = strings.Replace(text, `"restartCount":0`, `"restartCount":3000000000`, 1)
	}
	if _, err := io.WriteString(w.ResponseWriter, text); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Flush sends what is written.
func (w *oddWriter) Flush() { w.ResponseWriter.(http.Flusher).Flush() }

func answer(w http.ResponseWriter, code int) {
	reason := map[int]metav1.StatusReason{
		403: metav1.StatusReasonForbidden, 401: metav1.StatusReasonUnauthorized, 503: metav1.StatusReasonServiceUnavailable,
	}[code]
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: int32(code), Reason: reason,
	})
}

// put changes or adds an object, which watches see, and returns its version.
func (f *troubledAPI) put(o kubeapi.Object) string {
	f.t.Helper()
	v, err := f.api.Put(o)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

func (f *troubledAPI) remove(o kubeapi.Object) {
	f.t.Helper()
	if _, err := f.api.Remove(o); err != nil {
		f.t.Fatal(err)
	}
}

// cut breaks the open watches, and waits for their end.
func (f *troubledAPI) cut(resources ...string) {
	f.mu.Lock()
	var all []*openWatch
	for _, r := range resources {
		for w := range f.open[r] {
			w.cut()
			all = append(all, w)
		}
		f.open[r] = nil
	}
	f.mu.Unlock()
	for _, w := range all {
		<-w.over
	}
}

// forget breaks the watches of a resource. The next one begins before what the server
// remembers.
func (f *troubledAPI) forget(resource string) {
	f.mu.Lock()
	f.gone[resource] = true
	f.mu.Unlock()
	f.cut(resource)
}

func (f *troubledAPI) watching(resource string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.open[resource]) == 1
}

func (f *troubledAPI) answerWith(resource string, code int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status[resource] = code
}

// asked are the queries so far.
func (f *troubledAPI) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.queries)
}

func (f *troubledAPI) count(of map[string]int, resource string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return of[resource]
}

// source reads the server with waits a hundred times as short.
func (f *troubledAPI) source(o Options) *Source {
	o.Connection = &Connection{Config: &rest.Config{Host: f.server.URL}, Context: "troubled"}
	o.Attribute = byTenant
	o.Clock = hasty{clock.System()}
	s, err := New(o)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { s.Close() })
	return s
}

// hasty is the machine's time with a hundredth of its waits.
type hasty struct{ clock.Clock }

func (h hasty) After(d time.Duration) (<-chan time.Time, func()) { return h.Clock.After(d / 100) }

// eventually polls until a batch is as it should be.
func eventually(t *testing.T, s *Source, what string, good func(migration.Batch, error) bool) migration.Batch {
	t.Helper()
	var b migration.Batch
	var err error
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if b, err = s.Poll(t.Context(), noFocus); good(b, err) {
			return b
		}
	}
	for _, h := range b.Health {
		t.Logf("%s: %v, problem %v, note %q", h.Source, h.State, h.Problem, h.Note)
	}
	for _, r := range b.Runs {
		for _, a := range r.Attempts {
			t.Logf("%s: %s %s", r.Name, a.Pod, a.State)
		}
	}
	t.Fatalf("never: %s (error %v, %d runs)", what, err, len(b.Runs))
	return b
}

func healthOf(b migration.Batch, name string) migration.Health {
	for _, h := range b.Health {
		if h.Source == name {
			return h
		}
	}
	return migration.Health{}
}

func runNames(b migration.Batch) []string {
	var names []string
	for _, r := range b.Runs {
		names = append(names, r.Name+" "+r.State.String())
	}
	slices.Sort(names)
	return names
}

// jsonMetrics serves samples as a provider does that speaks no protobuf; labels
// says whether it knows the pods' labels.
func jsonMetrics(labels bool, items ...metricsv1.PodMetrics) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		list := metricsv1.PodMetricsList{TypeMeta: metav1.TypeMeta{Kind: "PodMetricsList", APIVersion: "metrics.k8s.io/v1beta1"}}
		if labels || r.URL.Query().Get("labelSelector") == "" {
			list.Items = items
		}
		_ = json.NewEncoder(w).Encode(list)
	}
}
