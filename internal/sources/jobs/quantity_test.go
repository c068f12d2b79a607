package jobs

import (
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

const most = math.MaxInt64

// A size that does not fit is the greatest one, never a small or a negative one.
func TestSizesThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		cpu, memory         string
		wantCPU, wantMemory int64
	}{
		{"1", "1Mi", 1e9, 1 << 20},
		{"1n", "1m", 1, 1}, // parts of a unit round up
		{"1500m", "100m", 1_500_000_000, 1},
		{"9G", "9223372036854775807", 9_000_000_000_000_000_000, most},
		{"10G", "9223372036854775808", most, most},
		{"100E", "100E", most, most},
		{"1e30", "1e30", most, most},
		{"8Ei", "7Ei", most, 7 << 60},
		{"9223372036854775807", "8Ei", most, most},
	} {
		a := amountsOf(list(c.cpu, c.memory))
		if a.cpu != c.wantCPU || a.memory != c.wantMemory || !a.hasCPU || !a.hasMemory {
			t.Errorf("cpu %s, memory %s: %+v, want %d and %d", c.cpu, c.memory, a, c.wantCPU, c.wantMemory)
		}
		if a.milli() <= 0 || a.kib() <= 0 {
			t.Errorf("cpu %s, memory %s: %d millicores and %d KiB are held", c.cpu, c.memory, a.milli(), a.kib())
		}
	}
	for _, negative := range []string{"-1", "-1Gi", "-9223372036854775808", "-100E"} {
		if a := amountsOf(list(negative, negative)); a != (amounts{}) {
			t.Errorf("%s is %+v, want that nothing is set", negative, a)
		}
	}
}

// The sums over containers, sidecars and the pod's overhead do not wrap either.
func TestSumsThatDoNotFit(t *testing.T) {
	container := func(memory string) corev1.Container {
		return corev1.Container{Resources: corev1.ResourceRequirements{Requests: list("6G", memory), Limits: list("6G", memory)}}
	}
	always := corev1.ContainerRestartPolicyAlways
	sidecar := container("5Ei")
	sidecar.RestartPolicy = &always
	for name, spec := range map[string]corev1.PodSpec{
		"two containers": {Containers: []corev1.Container{container("5Ei"), container("5Ei")}},
		"a sidecar":      {InitContainers: []corev1.Container{sidecar}, Containers: []corev1.Container{container("5Ei")}},
		"an init container next to a sidecar": {
			InitContainers: []corev1.Container{sidecar, container("5Ei")}, Containers: []corev1.Container{container("1Ki")},
		},
		"overhead": {Containers: []corev1.Container{container("5Ei")}, Overhead: list("6G", "5Ei")},
	} {
		request, limit := effectiveRequest(&spec, nil), effectiveLimit(&spec, nil)
		for what, a := range map[string]amounts{"request": request, "limit": limit} {
			if a.memory != most || a.cpu != most {
				t.Errorf("%s: %s %+v, want the greatest", name, what, a)
			}
		}
	}
	var d daemons
	for range 3 {
		d.list = append(d.list, daemon{pod: &corev1.Pod{}, request: amounts{1 << 62, 1 << 62, true, true}})
	}
	if sum := d.on(&corev1.Node{}); sum.memory != most || sum.cpu != most {
		t.Errorf("DaemonSets hold %+v, want the greatest", sum)
	}
}

// Nor does a deadline, which Kubernetes does not bound.
func TestDeadlineThatDoesNotFit(t *testing.T) {
	for _, seconds := range []int64{9_223_372_037, most} {
		w := newWorld(t, t0)
		w.poll()
		j := jobObject("a", 0, nil)
		j.Spec.ActiveDeadlineSeconds = &seconds
		w.jobs.set(j)
		w.pods.set(podObject("a-1", "a", 0, 1, 20, 1, "Error"))
		w.at(60)
		w.poll()
		w.at(90)
		w.poll()
		if d := w.model.runs()[0].Deadline; d.Or(0) < 290*365*24*time.Hour {
			t.Errorf("%d s is a deadline of %v", seconds, d)
		}
		for _, r := range w.records {
			if r.Given.Deadline.Or(0) < 290*365*24*time.Hour || r.Outcome != migration.OutcomeFailed {
				t.Errorf("%d s is recorded as %v, outcome %v", seconds, r.Given.Deadline, r.Outcome)
			}
		}
		if len(w.records) != 1 {
			t.Errorf("%d records", len(w.records))
		}
	}
}

// drawQuantity draws any quantity that Kubernetes' grammar allows.
func drawQuantity(t *rapid.T, name string) resource.Quantity {
	text := fmt.Sprintf("%d%s", rapid.Int64Range(0, most).Draw(t, name),
		rapid.SampledFrom([]string{"", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "e18"}).Draw(t,
			name+" unit"))
	return resource.MustParse(text)
}

// What is made of a quantity never falls as the quantity grows: as an amount, in
// the units that pods hold, and in a sum.
func TestSizesAreMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, other := drawQuantity(t, "a"), drawQuantity(t, "b"), drawQuantity(t, "other")
		if a.Cmp(b) > 0 {
			a, b = b, a
		}
		of := func(q resource.Quantity) amounts {
			l := corev1.ResourceList{corev1.ResourceCPU: q, corev1.ResourceMemory: q}
			spec := corev1.PodSpec{
				Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: l}}, {Resources: corev1.ResourceRequirements{
					Requests: corev1.ResourceList{corev1.ResourceCPU: other, corev1.ResourceMemory: other},
				}}},
				Overhead: l,
			}
			return effectiveRequest(&spec, nil)
		}
		x, y := of(a), of(b)
		if x.cpu > y.cpu || x.memory > y.memory || x.milli() > y.milli() || x.kib() > y.kib() {
			t.Fatalf("%s gives %+v, %s gives %+v", a.String(), x, b.String(), y)
		}
		if x.cpu < 0 || x.memory < 0 {
			t.Fatalf("%s gives %+v", a.String(), x)
		}
		// One that fits is exact, a part of a unit rounded up.
		exact, _ := new(big.Rat).SetString(a.AsDec().String())
		if nano := new(big.Rat).Mul(exact, big.NewRat(1e9, 1)); nano.Cmp(new(big.Rat).SetInt64(most)) <= 0 {
			got := new(big.Rat).SetInt64(scaled(&a, resource.Nano))
			if up := new(big.Rat).Sub(got, nano); up.Sign() < 0 || up.Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("%s is %s nanocores, got %s", a.String(), nano, got)
			}
		}
	})
}

// What many pods of the greatest size hold for an hour fits, and costs no less than
// what pods of a smaller size do.
func TestHoldingTheGreatestSize(t *testing.T) {
	held := func(memory string) migration.ResourceUsage {
		w := newWorld(t, t0)
		w.poll()
		w.jobs.set(jobObject("a", 0, nil))
		for i := range 50 {
			p := podObject(fmt.Sprintf("a-%d", i), "a", 0, 1, open, 0, "")
			p.Spec.Containers[0].Resources.Requests = list(memory, memory)
			w.pods.set(p)
		}
		for s := 60; s <= 3600; s += 60 {
			w.at(s)
			w.poll()
		}
		_, h := w.sum()
		return h
	}
	small, great := held("1Ti"), held("100E")
	if great.Memory < small.Memory || great.CPU < small.CPU {
		t.Errorf("100E holds %d KiB-seconds and %d, 1Ti %d and %d", great.Memory, great.CPU, small.Memory, small.CPU)
	}
}
