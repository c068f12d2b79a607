package jobs

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	metricsv1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

var noFocus sources.Focus

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fresh is an object of now, not of the fixed day of the other tests.
func fresh(j *batchv1.Job) *batchv1.Job {
	j.CreationTimestamp = metav1.NewTime(time.Now().Add(-time.Minute))
	start := j.CreationTimestamp
	j.Status.StartTime = &start
	return j
}

func TestListsInPagesAndWatches(t *testing.T) {
	f := newTroubledAPI(t)
	job := func(id string) *batchv1.Job {
		j := fresh(jobObject(id, 0, nil))
		j.Labels = map[string]string{"team": "payments"}
		return j
	}
	for _, id := range []string{"a", "b", "c"} {
		f.put(job(id))
	}
	s := f.source(Options{LabelSelector: "team=payments"})
	b, err := s.Poll(t.Context(), noFocus)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"job-a pending", "job-b pending", "job-c pending"}, runNames(b)); diff != "" {
		t.Error(diff)
	}
	if b.Cluster == nil || !b.Cluster.EKS || b.Cluster.Version != "v1.36.3-eks-5e0fdde" {
		t.Errorf("cluster %+v", b.Cluster)
	}
	f.put(job("d"))
	f.remove(job("a"))
	eventually(t, s, "one came, one went", func(b migration.Batch, _ error) bool {
		return slices.Equal(runNames(b), []string{"job-a stopped", "job-b pending", "job-c pending", "job-d pending"})
	})
	if n := f.count(f.lists, "jobs"); n != 3 {
		t.Errorf("%d list requests, want 3 pages of one list", n)
	}
	for _, q := range f.asked() {
		if strings.HasPrefix(q, "pods?") && !strings.Contains(q, "labelSelector=batch.kubernetes.io%2Fjob-name%2Cteam%3Dpayments") {
			t.Errorf("pods are not selected by the server: %s", q)
		}
		if strings.HasPrefix(q, "jobs?") && !strings.Contains(q, "labelSelector=team%3Dpayments") {
			t.Errorf("Jobs are not selected by the server: %s", q)
		}
	}
}

// A list that may not be continued any more begins again, in one piece.
func TestListExpiresBetweenPages(t *testing.T) {
	f := newTroubledAPI(t)
	f.expire = true
	for _, id := range []string{"a", "b", "c"} {
		f.put(fresh(jobObject(id, 0, nil)))
	}
	s := f.source(Options{})
	b, err := s.Poll(t.Context(), noFocus)
	if err != nil || len(b.Runs) != 3 {
		t.Errorf("%d runs, error %v", len(b.Runs), err)
	}
}

// A watch that breaks goes on where it was, without a new list.
func TestWatchBreaks(t *testing.T) {
	f := newTroubledAPI(t)
	f.put(fresh(jobObject("a", 0, nil)))
	s := f.source(Options{})
	if _, err := s.Poll(t.Context(), noFocus); err != nil {
		t.Fatal(err)
	}
	last := f.put(fresh(jobObject("b", 0, nil)))
	eventually(t, s, "the second Job", func(b migration.Batch, _ error) bool { return len(b.Runs) == 2 })
	f.cut("jobs", "pods", "nodes")
	waitFor(t, "a second watch", func() bool { return f.watching("jobs") })
	f.put(fresh(jobObject("c", 0, nil)))
	eventually(t, s, "the third Job", func(b migration.Batch, _ error) bool { return len(b.Runs) == 3 })
	if f.count(f.lists, "jobs") != 1 {
		t.Errorf("%d lists of Jobs, want 1", f.count(f.lists, "jobs"))
	}
	if got := f.watched["jobs"][1]; got != last {
		t.Errorf("the watch went on at %s, the last event was %s", got, last)
	}
}

func waitFor(t *testing.T, what string, good func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if good() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// 410 Gone: all is listed again, and what vanished in between is noticed.
func TestWatchAnswersGone(t *testing.T) {
	f := newTroubledAPI(t)
	f.put(fresh(jobObject("a", 0, nil)))
	f.put(fresh(jobObject("b", 0, nil)))
	s := f.source(Options{})
	if _, err := s.Poll(t.Context(), noFocus); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "a watch", func() bool { return f.watching("jobs") })
	f.answerWith("jobs", http.StatusServiceUnavailable)
	f.cut("jobs")
	f.remove(fresh(jobObject("a", 0, nil)))
	f.put(fresh(jobObject("c", 0, nil)))
	f.forget("jobs")
	f.answerWith("jobs", 0)
	b := eventually(t, s, "the new list", func(b migration.Batch, _ error) bool {
		return slices.Equal(runNames(b), []string{"job-a stopped", "job-b pending", "job-c pending"})
	})
	if h := healthOf(b, "jobs"); h.State != migration.HealthOK {
		t.Errorf("health %v, %v", h.State, h.Problem)
	}
}

// Each reading may be refused for itself: the others go on, and it comes back
// when it is allowed.
func TestForbiddenReadings(t *testing.T) {
	for _, refused := range []string{"jobs", "pods", "nodes"} {
		t.Run(refused, func(t *testing.T) {
			f := newTroubledAPI(t)
			f.answerWith(refused, http.StatusForbidden)
			f.put(fresh(jobObject("a", 0, nil)))
			f.put(runningPod("a-1", "a"))
			s := f.source(Options{})
			b, err := s.Poll(t.Context(), noFocus)
			if err != nil {
				t.Fatalf("one refused reading fails the poll: %v", err)
			}
			for _, name := range []string{"jobs", "pods", "nodes"} {
				h := healthOf(b, name)
				if name != refused {
					if h.State != migration.HealthOK {
						t.Errorf("%s: %v, %v", name, h.State, h.Problem)
					}
					continue
				}
				if h.State != migration.HealthFailed || h.Problem == nil || h.Problem.Fault != migration.FaultDenied ||
					!strings.Contains(h.Problem.Snippet, "ClusterRole") || !strings.Contains(h.Problem.What, refused) {
					t.Errorf("%s: %v, %+v", name, h.State, h.Problem)
				}
			}
			if (refused == "jobs") == b.CoverFrom.Known() {
				t.Errorf("cover %v", b.CoverFrom)
			}
			f.answerWith(refused, 0)
			eventually(t, s, refused+" allowed", func(b migration.Batch, _ error) bool {
				return healthOf(b, refused).State == migration.HealthOK && len(b.Runs) == 1
			})
		})
	}
}

func runningPod(name, job string) *corev1.Pod {
	p := podObject(name, job, 0, 1, open, 0, "")
	now := metav1.NewTime(time.Now().Add(-50 * time.Second))
	p.CreationTimestamp = now
	p.Status.Conditions[0].LastTransitionTime = now
	p.Status.ContainerStatuses[0].State.Running.StartedAt = now
	return p
}

// The API server goes and comes back: what was known stays, with its age.
func TestServerGoesAndComesBack(t *testing.T) {
	f := newTroubledAPI(t)
	f.put(fresh(jobObject("a", 0, nil)))
	f.put(runningPod("a-1", "a"))
	s := f.source(Options{})
	first, err := s.Poll(t.Context(), noFocus)
	if err != nil {
		t.Fatal(err)
	}
	before := healthOf(first, "jobs").LastSuccess
	for _, r := range []string{"jobs", "pods", "nodes"} {
		f.answerWith(r, http.StatusServiceUnavailable)
	}
	f.cut("jobs", "pods", "nodes")
	b := eventually(t, s, "failure", func(b migration.Batch, err error) bool {
		return err != nil && healthOf(b, "jobs").State == migration.HealthFailed && healthOf(b, "pods").State == migration.HealthFailed
	})
	var p *migration.Problem
	if _, err := s.Poll(t.Context(), noFocus); !errors.As(err, &p) || p.Fault != migration.FaultUnreachable {
		t.Errorf("error %v", err)
	}
	if len(b.Runs) != 1 || b.Runs[0].State != migration.RunRunning {
		t.Errorf("what was known is gone: %+v", b.Runs)
	}
	h := healthOf(b, "jobs")
	if h.LastSuccess.Before(before) || time.Since(h.LastSuccess) > time.Minute {
		t.Errorf("last success %v, first %v", h.LastSuccess, before)
	}
	for _, r := range []string{"jobs", "pods", "nodes"} {
		f.answerWith(r, 0)
	}
	eventually(t, s, "recovery", func(b migration.Batch, err error) bool {
		return err == nil && healthOf(b, "jobs").State == migration.HealthOK && healthOf(b, "pods").Problem == nil
	})
}

func TestUnreachable(t *testing.T) {
	f := newTroubledAPI(t)
	address := strings.TrimPrefix(f.server.URL, "http://")
	s := f.source(Options{})
	f.server.Close()
	b, err := s.Poll(t.Context(), noFocus)
	var p *migration.Problem
	if !errors.As(err, &p) || p.Fault != migration.FaultUnreachable || !strings.Contains(p.What, address) ||
		!strings.Contains(p.What, "connection refused") {
		t.Errorf("error %v", err)
	}
	if len(b.Activities) != 0 || b.Runs != nil {
		t.Errorf("a batch of nothing: %+v", b)
	}
	if strings.Contains(p.Error(), "\n") {
		t.Errorf("more than one line: %q", p.Error())
	}
}

func TestNotAKubernetesAPI(t *testing.T) {
	f := newTroubledAPI(t)
	f.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>sign in</html>"))
	})
	s := f.source(Options{})
	_, err := s.Poll(t.Context(), noFocus)
	var p *migration.Problem
	if !errors.As(err, &p) || p.Fault == migration.FaultDenied || p.Fix == "" {
		t.Errorf("error %v", err)
	}
}

func TestUnauthorized(t *testing.T) {
	f := newTroubledAPI(t)
	for _, r := range []string{"jobs", "pods", "nodes"} {
		f.answerWith(r, http.StatusUnauthorized)
	}
	_, err := f.source(Options{}).Poll(t.Context(), noFocus)
	var p *migration.Problem
	if !errors.As(err, &p) || p.Fault != migration.FaultRejected {
		t.Errorf("error %v", err)
	}
}

func sampleOf(name string, ago, window time.Duration, cpu, memory string) metricsv1.PodMetrics {
	m := metricsv1.PodMetrics{
		ObjectMeta: metav1.ObjectMeta{Namespace: "work", Name: name},
		Timestamp:  metav1.NewTime(time.Now().Add(-ago)), Window: metav1.Duration{Duration: window},
	}
	if cpu != "" {
		m.Containers = []metricsv1.ContainerMetrics{{Name: "main", Usage: list(cpu, memory)}}
	}
	return m
}

func TestMetrics(t *testing.T) {
	f := newTroubledAPI(t)
	f.put(fresh(jobObject("a", 0, nil)))
	f.put(runningPod("a-1", "a"))
	f.put(runningPod("a-2", "a"))
	s := f.source(Options{})
	b, err := s.Poll(t.Context(), noFocus)
	if err != nil {
		t.Fatal(err)
	}
	h := healthOf(b, "metrics")
	if h.State != migration.HealthOff || h.Problem == nil || h.Problem.Fault != migration.FaultAbsent ||
		!strings.Contains(h.Problem.Fix, "metrics-server") {
		t.Errorf("without the API: %v, %+v", h.State, h.Problem)
	}
	if len(b.Runs) != 1 || b.Runs[0].Attempts[0].CPU.Known() {
		t.Errorf("runs without metrics: %+v", b.Runs)
	}
	f.mu.Lock()
	first := sampleOf("a-1", 5*time.Second, 20*time.Second, "300m", "100Mi")
	f.metrics = jsonMetrics(true, first, sampleOf("a-2", 5*time.Second, 20*time.Second, "", ""))
	f.mu.Unlock()
	b = eventually(t, s, "metrics", func(b migration.Batch, _ error) bool { return healthOf(b, "metrics").State == migration.HealthOK })
	a := b.Runs[0].Attempts
	if a[0].CPU != migration.Some(300*migration.Millicore) || a[0].PeakMemory != migration.Some(100*migration.MiB) {
		t.Errorf("the sample: %+v", a[0])
	}
	if a[1].CPU.Known() || a[1].Memory.Known() {
		t.Errorf("no containers is no sample, not zero: %+v", a[1])
	}
	used := func() (cpu migration.MilliCPUSeconds, seconds int64) {
		s.model.mu.Lock()
		defer s.model.mu.Unlock()
		for _, st := range s.model.streams {
			for _, k := range st.minutes {
				for _, h := range k.held {
					cpu += migration.MilliCPUSeconds(h.usedMilli)
					seconds += h.usedSince
				}
			}
		}
		return cpu, seconds
	}
	if cpu, seconds := used(); seconds != 20 || cpu != 20*300 {
		t.Errorf("used %d milli-CPU s in %d s, want 6000 in 20", cpu, seconds)
	}
	// The same sample again is not new usage, and memory goes down, the peak not.
	if _, err := s.Poll(t.Context(), noFocus); err != nil {
		t.Fatal(err)
	}
	if _, seconds := used(); seconds != 20 {
		t.Errorf("a sample was counted twice: %d s", seconds)
	}
	f.mu.Lock()
	second := sampleOf("a-1", 2*time.Second, 20*time.Second, "100m", "60Mi")
	second.Timestamp = metav1.NewTime(first.Timestamp.Add(3 * time.Second))
	f.metrics = jsonMetrics(true, second)
	f.mu.Unlock()
	b, _ = s.Poll(t.Context(), noFocus)
	if a := b.Runs[0].Attempts[0]; a.Memory != migration.Some(60*migration.MiB) || a.PeakMemory != migration.Some(100*migration.MiB) {
		t.Errorf("after the second sample: %+v", a)
	}
	if _, seconds := used(); seconds != 23 {
		t.Errorf("%d s of usage, want the 3 s since the first sample more", seconds)
	}
}

// prometheus-adapter may know no labels: then all is read and joined by name.
func TestMetricsWithoutLabels(t *testing.T) {
	f := newTroubledAPI(t)
	old := runningPod("a-1", "a")
	old.Status.ContainerStatuses[0].State.Running.StartedAt = metav1.NewTime(time.Now().Add(-time.Hour))
	f.put(fresh(jobObject("a", 0, nil)))
	f.put(old)
	f.metrics = jsonMetrics(false, sampleOf("a-1", 5*time.Second, 20*time.Second, "300m", "100Mi"), sampleOf("other", 0, 0, "1", "1Gi"))
	s := f.source(Options{})
	b, err := s.Poll(t.Context(), noFocus)
	if err != nil {
		t.Fatal(err)
	}
	if h := healthOf(b, "metrics"); h.State != migration.HealthOK || h.Note == "" || !b.Runs[0].Attempts[0].CPU.Known() {
		t.Errorf("health %+v, attempt %+v", h, b.Runs[0].Attempts[0])
	}
}

func TestMetricsInTrouble(t *testing.T) {
	for _, tt := range []struct {
		name  string
		serve http.HandlerFunc
		want  migration.Fault
	}{
		{"behind the aggregator nobody answers", func(w http.ResponseWriter, _ *http.Request) { answer(w, 503) }, migration.FaultUnreachable},
		{"forbidden", func(w http.ResponseWriter, _ *http.Request) { answer(w, 403) }, migration.FaultDenied},
		{"nonsense", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }, migration.FaultNotThatAPI},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("k8s\x00\x0a")) }, migration.FaultNotThatAPI},
		{"nothing", func(w http.ResponseWriter, _ *http.Request) {}, migration.FaultNotThatAPI},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newTroubledAPI(t)
			f.metrics = tt.serve
			b, err := f.source(Options{}).Poll(t.Context(), noFocus)
			if err != nil {
				t.Fatalf("the poll fails for its metrics: %v", err)
			}
			h := healthOf(b, "metrics")
			if h.State != migration.HealthFailed || h.Problem == nil || h.Problem.Fault != tt.want || h.Problem.Fix == "" {
				t.Errorf("health %v, problem %+v", h.State, h.Problem)
			}
		})
	}
}

func TestNamespaces(t *testing.T) {
	f := newTroubledAPI(t)
	s := f.source(Options{Namespaces: []string{"one", "two"}})
	if _, err := s.Poll(t.Context(), noFocus); err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lists["jobs"] != 2 || f.lists["pods"] != 2 || f.lists["nodes"] != 1 {
		t.Errorf("lists: %v", f.lists)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	c := &Connection{Config: &rest.Config{Host: "127.0.0.1:1"}}
	_, err := New(Options{Connection: c, Attribute: byTenant, LabelSelector: "a=b=c"})
	var p *migration.Problem
	if !errors.As(err, &p) || p.Fault != migration.FaultConfig {
		t.Errorf("error %v", err)
	}
}

func TestCloseWithoutPoll(t *testing.T) {
	s := newTroubledAPI(t).source(Options{})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
