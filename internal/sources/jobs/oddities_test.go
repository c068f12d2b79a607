package jobs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metricsv1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"github.com/migtop/migtop/internal/migration"
)

// used is a container's usage; an empty text is a value that is not there.
func used(name, cpu, memory string) metricsv1.ContainerMetrics {
	c := metricsv1.ContainerMetrics{Name: name, Usage: corev1.ResourceList{}}
	if cpu != "" {
		c.Usage[corev1.ResourceCPU] = resource.MustParse(cpu)
	}
	if memory != "" {
		c.Usage[corev1.ResourceMemory] = resource.MustParse(memory)
	}
	return c
}

// bothWays decodes one list by both encodings, which must agree.
func bothWays(t *testing.T, items ...metricsv1.PodMetrics) (got map[string]string, odd oddities) {
	t.Helper()
	l := &metricsv1.PodMetricsList{TypeMeta: metav1.TypeMeta{Kind: "PodMetricsList", APIVersion: "metrics.k8s.io/v1beta1"}, Items: items}
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	take := func(into map[string]string) func(*sample) error {
		return func(s *sample) error {
			cpu, memory := "unknown", "unknown"
			if v, ok := s.cpu.Get(); ok {
				cpu = fmt.Sprintf("%dm", v.Milli())
			}
			if v, ok := s.memory.Get(); ok {
				memory = fmt.Sprintf("%dMi", v/migration.MiB)
			}
			into[string(s.name)] = cpu + " " + memory
			return nil
		}
	}
	got = map[string]string{}
	if err := readPodMetrics(bytes.NewReader(encode(t, l)), &odd, take(got)); err != nil {
		t.Fatalf("protobuf: %v", err)
	}
	asJSON, oddJSON := map[string]string{}, oddities{}
	if err := readPodMetricsJSON(bytes.NewReader(text), &oddJSON, take(asJSON)); err != nil {
		t.Fatalf("JSON: %v", err)
	}
	if diff := cmp.Diff(got, asJSON); diff != "" {
		t.Errorf("JSON is read otherwise than protobuf:\n%s", diff)
	}
	if odd != oddJSON {
		t.Errorf("protobuf counts %+v, JSON %+v", odd, oddJSON)
	}
	return got, odd
}

// A value that cannot be is unknown, is counted and named, and leaves all others as
// they were sent, whatever the encoding.
func TestOneValueThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		name   string
		bad    []metricsv1.ContainerMetrics
		want   string
		values int
		note   string
	}{
		{
			"negative CPU",
			[]metricsv1.ContainerMetrics{used("main", "-513m", "6Mi")},
			"unknown 6Mi", 1,
			`CPU, quantity "-513m" is negative, of work/a-2`,
		},
		{
			"negative memory",
			[]metricsv1.ContainerMetrics{used("main", "10m", "-1")},
			"10m unknown", 1,
			`memory, quantity "-1" is negative, of work/a-2`,
		},
		{"both", []metricsv1.ContainerMetrics{used("main", "-1", "-1")}, "unknown unknown", 2, "2 values"},
		{"of one of two containers", []metricsv1.ContainerMetrics{used("main", "10m", "6Mi"), used("log", "-1n", "1Mi")}, "unknown 7Mi", 1, ""},
		{"more memory than there is", []metricsv1.ContainerMetrics{used("main", "10m", "2Ei")}, "10m unknown", 1, "more than a machine has"},
		{"more CPU than there is", []metricsv1.ContainerMetrics{used("main", "10G", "6Mi")}, "unknown 6Mi", 1, "more than a machine has"},
		{"no CPU", []metricsv1.ContainerMetrics{used("main", "", "6Mi")}, "unknown 6Mi", 1, "CPU, no quantity, of work/a-2"},
		{"a container twice, alike", []metricsv1.ContainerMetrics{used("main", "10m", "6Mi"), used("main", "10m", "6Mi")}, "10m 6Mi", 0, ""},
		{
			"a container twice, not alike",
			[]metricsv1.ContainerMetrics{used("main", "10m", "6Mi"), used("main", "10m", "9Mi")},
			"10m unknown", 1,
			`two memory values of container "main" of work/a-2`,
		},
		{"nothing used", []metricsv1.ContainerMetrics{used("main", "0", "0")}, "0m 0Mi", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := sampleOf("a-2", 0, time.Second, "1", "1Mi")
			bad.Containers = c.bad
			got, odd := bothWays(t, sampleOf("a-1", 0, time.Second, "300m", "100Mi"), bad, sampleOf("a-3", 0, time.Second, "400m", "100Mi"))
			want := map[string]string{"a-1": "300m 100Mi", "a-2": c.want, "a-3": "400m 100Mi"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if odd.values != c.values || odd.items != 0 {
				t.Errorf("counted %+v, want %d values", odd, c.values)
			}
			if note := strings.Join(odd.notes(), "; "); !strings.Contains(note, c.note) {
				t.Errorf("noted %q, want %q in it", note, c.note)
			}
		})
	}
}

// An item that is no PodMetrics is left out and counted; where the stream itself
// breaks off that is an error, and what came before stands.
func TestItemsThatCannotBeRead(t *testing.T) {
	const good = `{"metadata":{"name":"%s","namespace":"work"},"timestamp":"2026-01-05T00:00:00Z","window":"15s",` +
		`"containers":[{"name":"main","usage":{"cpu":"1m","memory":"1Mi"}}]}`
	one, three := fmt.Sprintf(good, "a-1"), fmt.Sprintf(good, "a-3")
	for _, c := range []struct {
		name, text string
		want       []string
		items      int
		values     int
		fails      bool
	}{
		{"a number for an item", `{"kind":"PodMetricsList","items":[` + one + `,7,` + three + `]}`, []string{"a-1", "a-3"}, 1, 0, false},
		{"a name that is none", `{"kind":"PodMetricsList","items":[{"metadata":{"name":[]}},` + three + `]}`, []string{"a-3"}, 1, 0, false},
		{"quantities that are none", `{"kind":"PodMetricsList","items":[{"metadata":{"name":"a-2"},"containers":[{"name":"m",` +
			`"usage":{"cpu":"NaN","memory":{}}}]},` + three + `]}`, []string{"a-2", "a-3"}, 0, 2, false},
		{
			"a container that is none", `{"kind":"PodMetricsList","items":[{"metadata":{"name":"a-2"},"containers":["m"]}]}`,
			[]string{"a-2"},
			0, 2,
			false,
		},
		{"times that are none", `{"kind":"PodMetricsList","items":[{"metadata":{"name":"a-2"},"timestamp":"noon",` +
			`"window":"long","containers":[]}]}`, []string{"a-2"}, 0, 0, false},
		{"the kind comes last", `{"items":[` + one + `],"kind":"PodMetricsList"}`, []string{"a-1"}, 0, 0, false},
		{"no items", `{"kind":"PodMetricsList","items":null}`, nil, 0, 0, false},
		{"another kind", `{"kind":"Status","items":[` + one + `]}`, nil, 0, 0, true},
		{"no kind", `{"items":[` + one + `]}`, nil, 0, 0, true},
		{"breaks off", `{"kind":"PodMetricsList","items":[` + one + `,{"metadata":`, []string{"a-1"}, 0, 0, true},
		{"breaks off between items", `{"kind":"PodMetricsList","items":[` + one, []string{"a-1"}, 0, 0, true},
		{"not closed", `{"kind":"PodMetricsList","items":[` + one + `]`, []string{"a-1"}, 0, 0, true},
		{"a list", `[]`, nil, 0, 0, true},
		{"nothing", ``, nil, 0, 0, true},
	} {
		var names []string
		var odd oddities
		err := readPodMetricsJSON(strings.NewReader(c.text), &odd, func(s *sample) error {
			names = append(names, string(s.name))
			return nil
		})
		if (err != nil) != c.fails || (err != nil && !errors.Is(err, errMetrics)) {
			t.Errorf("%s: error %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, names); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if odd.items != c.items || odd.values != c.values {
			t.Errorf("%s: counted %+v", c.name, odd)
		}
	}

	// The same in protobuf: an item that is none, framed as the others are.
	whole := encode(t, &metricsv1.PodMetricsList{Items: []metricsv1.PodMetrics{sampleOf("a-1", 0, time.Second, "1m", "1Mi")}})
	broken := append(bytes.Clone(whole), 0x12, 3, 0xff, 0xff, 0xff)
	var odd oddities
	n := 0
	if err := readPodMetrics(bytes.NewReader(broken), &odd, func(*sample) error { n++; return nil }); err != nil || n != 1 || odd.items != 1 {
		t.Errorf("protobuf: %d samples, counted %+v, error %v", n, odd, err)
	}
}

func FuzzReadPodMetricsJSON(f *testing.F) {
	f.Add([]byte(`{"kind":"PodMetricsList","items":[{"metadata":{"name":"a"},"containers":[{"name":"m",` +
		`"usage":{"cpu":"-1","memory":"1Mi"}}]}]}`))
	f.Add([]byte(`{"items":[1,null,{}],"kind":"PodMetricsList"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		err := readPodMetricsJSON(bytes.NewReader(b), &oddities{}, func(s *sample) error {
			if s.cpu.Or(0) < 0 || s.memory.Or(0) < 0 {
				t.Fatalf("negative usage %v, %v", s.cpu, s.memory)
			}
			return nil
		})
		if err != nil && !errors.Is(err, errMetrics) {
			t.Fatalf("error %v", err)
		}
	})
}

// What cannot be of one pod is said in the source's health, which stays good.
func TestMetricsStayHealthy(t *testing.T) {
	f := newTroubledAPI(t)
	f.put(fresh(jobObject("a", 0, nil)))
	for _, n := range []string{"a-1", "a-2", "a-3"} {
		f.put(runningPod(n, "a"))
	}
	future := sampleOf("a-3", -time.Hour, 20*time.Second, "400m", "100Mi")
	items := []metricsv1.PodMetrics{
		sampleOf("a-1", 5*time.Second, 20*time.Second, "300m", "100Mi"),
		sampleOf("a-2", 5*time.Second, 20*time.Second, "-513m", "6Mi"),
		future,
	}
	serve := map[string]func(http.ResponseWriter, *http.Request){
		"protobuf": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(encode(t, &metricsv1.PodMetricsList{Items: items}))
		},
		"JSON": jsonMetrics(true, items...),
	}
	for name, metrics := range serve {
		f.mu.Lock()
		f.metrics = metrics
		f.mu.Unlock()
		b := eventually(t, f.source(Options{}), name, func(b migration.Batch, _ error) bool {
			return len(b.Runs) == 1 && len(b.Runs[0].Attempts) == 3 && healthOf(b, "metrics").State == migration.HealthOK
		})
		got := map[string]string{}
		for _, a := range b.Runs[0].Attempts {
			got[a.Pod] = fmt.Sprint(a.CPU, a.Memory)
		}
		want := map[string]string{
			"a-1": fmt.Sprint(migration.Some(300*migration.Millicore), migration.Some(100*migration.MiB)),
			"a-2": fmt.Sprint(migration.None[migration.CPU](), migration.Some(6*migration.MiB)),
			"a-3": fmt.Sprint(migration.Some(400*migration.Millicore), migration.Some(100*migration.MiB)),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		h := healthOf(b, "metrics")
		if !strings.Contains(h.Note, `1 value cannot be and is unknown, the first: CPU, quantity "-513m" is negative, of work/a-2`) ||
			!strings.Contains(h.Note, "1 sample dated in the future") || h.Problem != nil {
			t.Errorf("%s: note %q, problem %v", name, h.Note, h.Problem)
		}
		if h.DataTo.After(time.Now()) {
			t.Errorf("%s: the newest datum is of %v", name, h.DataTo)
		}
	}
}

// A sample of a clock far ahead does not keep the later ones out.
func TestSampleFromTheFuture(t *testing.T) {
	w := newWorld(t, t0)
	w.poll()
	w.jobs.set(jobObject("a", 0, nil))
	w.pods.set(podObject("a-1", "a", 0, 1, open, 0, ""))
	w.at(60)
	w.poll()
	learn := func(at time.Time, cpu migration.CPU) {
		w.model.mu.Lock()
		defer w.model.mu.Unlock()
		w.model.learn(&sample{
			namespace: []byte("work"), name: []byte("a-1"), at: at, window: 15 * time.Second, containers: 1,
			cpu: migration.Some(cpu), memory: migration.Some(migration.MiB),
		})
	}
	learn(t0.AddDate(10, 0, 0), migration.Core)
	w.at(120)
	w.poll()
	learn(t0.Add(115*time.Second), 2*migration.Core)
	if got := w.model.runs()[0].Attempts[0].CPU; got != migration.Some(2*migration.Core) {
		t.Errorf("CPU in use %v, want that of the later sample", got)
	}
}
