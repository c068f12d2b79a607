package jobs

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	metricsv1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// encode is what an API server sends.
func encode(t testing.TB, o runtime.Object) []byte {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, metricsv1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := protobuf.NewSerializer(scheme, scheme).Encode(o, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type plain struct {
	Namespace, Name string
	At              int64
	Window          time.Duration
	CPU             migration.CPU
	Memory          migration.Bytes
	Containers      int
}

func decode(b []byte) (got []plain, err error) {
	err = readPodMetrics(bytes.NewReader(b), &oddities{}, func(s *sample) error {
		got = append(got, plain{string(s.namespace), string(s.name), s.at.Unix(), s.window, s.cpu.Or(-1), s.memory.Or(-1), s.containers})
		return nil
	})
	return got, err
}

// The streaming decoder reads what Kubernetes' own encoder writes, with anything
// in it that a server may set.
func TestReadPodMetrics(t *testing.T) {
	remaining := int64(3)
	l := &metricsv1.PodMetricsList{
		TypeMeta: metav1.TypeMeta{Kind: "PodMetricsList", APIVersion: "metrics.k8s.io/v1beta1"},
		ListMeta: metav1.ListMeta{ResourceVersion: "7", Continue: "x", RemainingItemCount: &remaining},
		Items: []metricsv1.PodMetrics{
			{
				ObjectMeta: metav1.ObjectMeta{
					Name: "a-1", Namespace: "work", GenerateName: "a-", UID: "u", Labels: map[string]string{"tenant": "acme"},
					CreationTimestamp: metav1.NewTime(t0), ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "m"}},
				},
				Timestamp: metav1.NewTime(t0), Window: metav1.Duration{Duration: 10*time.Second + 20*time.Millisecond},
				Containers: []metricsv1.ContainerMetrics{
					{Name: "main", Usage: list("123456789n", "65536Ki")},
					{Name: "side", Usage: list("10m", "1Mi")},
				},
			},
			{ObjectMeta: metav1.ObjectMeta{Name: "a-2", Namespace: "work"}, Timestamp: metav1.NewTime(t0)},
		},
	}
	got, err := decode(encode(t, l))
	if err != nil {
		t.Fatal(err)
	}
	want := []plain{
		{"work", "a-1", t0.Unix(), 10*time.Second + 20*time.Millisecond, 133_456_789, 65 * migration.MiB, 2},
		{"work", "a-2", t0.Unix(), 0, 0, 0, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, err := decode(encode(t, &metricsv1.PodMetricsList{})); err != nil || got != nil {
		t.Errorf("an empty list: %v, %v", got, err)
	}
}

func TestReadPodMetricsRefuses(t *testing.T) {
	whole := encode(t, &metricsv1.PodMetricsList{Items: []metricsv1.PodMetrics{
		{ObjectMeta: metav1.ObjectMeta{Name: "a-1", Namespace: "work"}, Containers: []metricsv1.ContainerMetrics{{Usage: list("1", "1Mi")}}},
	}})
	for name, b := range map[string][]byte{
		"nothing":            nil,
		"JSON":               []byte(`{"kind":"PodMetricsList"}`),
		"the envelope alone": []byte("k8s\x00"),
		"half an item":       whole[:len(whole)-9],
		"a giant item":       append([]byte("k8s\x00"), 0x12, 0xff, 0xff, 0xff, 0x7f, 0x12, 0xff, 0xff, 0xff, 0x7f),
	} {
		if _, err := decode(b); !errors.Is(err, errMetrics) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	stop := errors.New("stop")
	if err := readPodMetrics(bytes.NewReader(whole), &oddities{}, func(*sample) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the caller's error: %v", err)
	}
}

func FuzzReadPodMetrics(f *testing.F) {
	f.Add(encode(f, &metricsv1.PodMetricsList{Items: []metricsv1.PodMetrics{
		{ObjectMeta: metav1.ObjectMeta{Name: "a-1"}, Containers: []metricsv1.ContainerMetrics{{Name: "c", Usage: list("1", "1Mi")}}},
	}}))
	f.Add([]byte("k8s\x00\x0a\x00\x12\x04\x12\x02\x22\x00"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		err := readPodMetrics(bytes.NewReader(b), &oddities{}, func(s *sample) error {
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

// Quantities are read as Kubernetes reads them, shortcut or not.
func TestParseQuantity(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := fmt.Sprintf("%d%s", rapid.Int64Range(0, math.MaxInt32).Draw(rt, "n"),
			rapid.SampledFrom([]string{"", "n", "u", "m", "k", "M", "Ki", "Mi", "e3"}).Draw(rt, "unit"))
		want := resource.MustParse(text)
		for _, scale := range []resource.Scale{-9, 0} {
			if got, err := parseQuantity([]byte(text), scale); err != nil || got != scaled(&want, scale) {
				rt.Fatalf("%s at %d: %d, %v, want %d", text, scale, got, err, scaled(&want, scale))
			}
		}
	})
	for _, bad := range []string{"", "1x", "-1", "99999999999999999999999x", "1 "} {
		if v, err := parseQuantity([]byte(bad), 0); err == nil {
			t.Errorf("%q is %d", bad, v)
		}
	}
}

func TestContinueToken(t *testing.T) {
	with := &corev1.PodList{ListMeta: metav1.ListMeta{ResourceVersion: "12", Continue: "next"}, Items: make([]corev1.Pod, 3)}
	if got := continueToken(encode(t, with)); got != "next" {
		t.Errorf("got %q", got)
	}
	with.Continue = ""
	if got := continueToken(encode(t, with)); got != "" {
		t.Errorf("got %q where there is none", got)
	}
	for _, b := range [][]byte{nil, []byte(`{"metadata":{"continue":"x"}}`), []byte("k8s\x00\x12\x7f")} {
		if got := continueToken(b); got != "" {
			t.Errorf("%q: got %q", b, got)
		}
	}
}

func FuzzContinueToken(f *testing.F) {
	f.Add(encode(f, &corev1.PodList{ListMeta: metav1.ListMeta{Continue: "next"}}))
	f.Add([]byte("k8s\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if token := continueToken(b); len(token) > len(b) {
			t.Fatalf("a token of %d bytes from %d", len(token), len(b))
		}
	})
}

// What a server sends may be anything at all: records must not break over it.
func FuzzPodUpdate(f *testing.F) {
	b, err := podObject("a", "j", 0, 1, 5, 137, "OOMKilled").Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	// A clock far ahead must not have its minutes counted one by one.
	if b, err = podObject("a", "j", 0, 1, 1<<33, 0, "Completed").Marshal(); err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var o corev1.Pod
		if o.Unmarshal(b) != nil {
			return
		}
		w := newWorld(t, t0)
		w.pods.set(&o)
		w.at(30)
		w.poll()
		w.pods.drop(&o)
		w.at(60)
		w.poll()
		w.sum()
		w.model.runs()
	})
}
