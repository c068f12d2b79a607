package jobs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	metricsv1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
)

// fakeAPI is an API server that misbehaves on request. It speaks JSON alone, and
// what it serves of each resource is set by the test.
type fakeAPI struct {
	t      *testing.T
	server *httptest.Server

	mu      sync.Mutex
	version int
	objects map[string][]runtime.Object // by resource
	streams map[string][]chan string    // open watches
	status  map[string]int              // answer this instead, by resource
	metrics func(w http.ResponseWriter, r *http.Request)
	lists   map[string]int // requests so far
	watched map[string][]string
	gone    map[string]bool // the next watch is told 410
	expire  bool            // the next continue token is
	queries []string
	log     map[string][]logged // for watches that begin in the past
}

type logged struct {
	version int
	text    string
}

func newFakeAPI(t *testing.T) *fakeAPI {
	f := &fakeAPI{
		t: t, version: 10,
		objects: map[string][]runtime.Object{}, streams: map[string][]chan string{}, status: map[string]int{},
		lists: map[string]int{}, watched: map[string][]string{}, gone: map[string]bool{},
		log: map[string][]logged{},
	}
	f.server = httptest.NewServer(f)
	t.Cleanup(func() {
		f.cut("jobs", "pods", "nodes", "services")
		f.server.CloseClientConnections()
		f.server.Close()
	})
	return f
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resource := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if resource == "pods" && strings.Contains(r.URL.Query().Get("labelSelector"), serviceLabel) {
		resource = "services" // pods too, which others have
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/version":
		fmt.Fprint(w, `{"gitVersion":"v1.33.2-eks-931bdca"}`)
		return
	case strings.HasPrefix(r.URL.Path, "/apis/metrics.k8s.io"):
		f.mu.Lock()
		serve := f.metrics
		f.queries = append(f.queries, r.URL.RawQuery)
		f.mu.Unlock()
		if serve == nil {
			http.NotFound(w, r)
			return
		}
		serve(w, r)
		return
	}
	f.mu.Lock()
	f.queries = append(f.queries, resource+"?"+r.URL.RawQuery)
	code := f.status[resource]
	f.mu.Unlock()
	if code != 0 {
		answer(w, code)
		return
	}
	if r.URL.Query().Get("watch") != "" {
		f.watch(w, r, resource)
		return
	}
	f.list(w, r, resource)
}

func answer(w http.ResponseWriter, code int) {
	reason := map[int]metav1.StatusReason{
		403: metav1.StatusReasonForbidden, 401: metav1.StatusReasonUnauthorized, 410: metav1.StatusReasonExpired,
		404: metav1.StatusReasonNotFound, 503: metav1.StatusReasonServiceUnavailable,
	}[code]
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: int32(code), Reason: reason,
	})
}

// list serves one object a page.
func (f *fakeAPI) list(w http.ResponseWriter, r *http.Request, resource string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lists[resource]++
	items := f.objects[resource]
	from, _ := strconv.Atoi(r.URL.Query().Get("continue"))
	if from > 0 && f.expire {
		f.expire = false
		answer(w, http.StatusGone)
		return
	}
	meta := metav1.ListMeta{ResourceVersion: strconv.Itoa(f.version)}
	page := items[min(from, len(items)):]
	if r.URL.Query().Get("limit") != "" && len(page) > 1 {
		page = page[:1]
		meta.Continue = strconv.Itoa(from + 1)
	}
	api, kind := "v1", strings.ToUpper(resource[:1])+resource[1:len(resource)-1]
	switch resource {
	case "jobs":
		api = "batch/v1"
	case "services":
		kind = "Pod"
	case "daemonsets":
		api, kind = "apps/v1", "DaemonSet"
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"apiVersion": api, "kind": kind + "List", "metadata": meta, "items": page,
	})
}

func (f *fakeAPI) watch(w http.ResponseWriter, r *http.Request, resource string) {
	f.mu.Lock()
	rv := r.URL.Query().Get("resourceVersion")
	f.watched[resource] = append(f.watched[resource], rv)
	if f.gone[resource] {
		f.gone[resource] = false
		f.mu.Unlock()
		fmt.Fprintln(w, `{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410}}`)
		return
	}
	c := make(chan string, 100)
	since, _ := strconv.Atoi(rv)
	for _, e := range f.log[resource] {
		if e.version > since {
			c <- e.text
		}
	}
	f.streams[resource] = append(f.streams[resource], c)
	f.mu.Unlock()
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	for {
		select {
		case event, ok := <-c:
			if !ok {
				panic(http.ErrAbortHandler) // as if the cable was pulled
			}
			fmt.Fprintln(w, event)
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// put changes or adds an object, and tells those who watch.
func (f *fakeAPI) put(resource string, o runtime.Object) { f.emit(resource, "MODIFIED", o) }

func (f *fakeAPI) remove(resource string, o runtime.Object) { f.emit(resource, "DELETED", o) }

func (f *fakeAPI) emit(resource, event string, o runtime.Object) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.change(resource, event, o)
	b, err := json.Marshal(map[string]any{"type": event, "object": o})
	if err != nil {
		f.t.Error(err)
	}
	f.log[resource] = append(f.log[resource], logged{f.version, string(b)})
	for _, c := range f.streams[resource] {
		c <- string(b)
	}
}

// silently changes what is there without telling anyone.
func (f *fakeAPI) silently(resource, event string, o runtime.Object) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.change(resource, event, o)
}

func (f *fakeAPI) change(resource, event string, o runtime.Object) {
	f.version++
	m := o.(metav1.Object)
	m.SetResourceVersion(strconv.Itoa(f.version))
	kind := strings.ToUpper(resource[:1]) + resource[1:len(resource)-1]
	api := corev1.SchemeGroupVersion
	if resource == "jobs" {
		api.Group = "batch"
	}
	o.GetObjectKind().SetGroupVersionKind(api.WithKind(kind))
	f.objects[resource] = slices.DeleteFunc(f.objects[resource], func(x runtime.Object) bool {
		return x.(metav1.Object).GetName() == m.GetName()
	})
	if event != "DELETED" {
		f.objects[resource] = append(f.objects[resource], o)
	}
}

// cut breaks the open watches.
func (f *fakeAPI) cut(resources ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range resources {
		for _, c := range f.streams[r] {
			close(c)
		}
		f.streams[r] = nil
	}
}

func (f *fakeAPI) answerWith(resource string, code int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status[resource] = code
}

func (f *fakeAPI) count(of map[string]int, resource string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return of[resource]
}

// source reads the fake with waits a hundred times as short.
func (f *fakeAPI) source(o Options) *Source {
	o.Connection = &Connection{Config: &rest.Config{Host: f.server.URL}, Context: "fake"}
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
		t.Logf("%s: %v, problem %v", h.Source, h.State, h.Problem)
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
