package strategy

import (
	"fmt"
	"math"
	"testing"
	"time"

	"k8s.io/autoscaler/vertical-pod-autoscaler/pkg/recommender/logic"
	"k8s.io/autoscaler/vertical-pod-autoscaler/pkg/recommender/model"

	"github.com/migtop/migtop/bench/rightsizing/trace"
)

const gib = 1 << 30

func ended(v *VPA, n int, peak int64, after time.Duration) {
	at := trace.Epoch.Add(after)
	v.Ended(&trace.Run{Workload: "w", ID: fmt.Sprint(n), Start: at, Peak: peak, Duration: time.Second}, at)
}

func target(t *testing.T, v *VPA, after time.Duration) int64 {
	t.Helper()
	size, ok := v.Size(&trace.Run{Workload: "w", Start: trace.Epoch.Add(after)})
	if !ok {
		t.Fatal("VPA recommends nothing")
	}
	return size
}

// bucketEnd is the upper end of the histogram bucket of a value, by VPA's
// documentation: buckets grow by 5 %, the first is 10 MB wide.
func bucketEnd(bytes float64) float64 {
	start := func(b int) float64 { return 1e7 * (math.Pow(1.05, float64(b)) - 1) / 0.05 }
	b := 0
	for start(b+1) <= bytes {
		b++
	}
	return start(b + 1)
}

func near(t *testing.T, got int64, want float64) {
	t.Helper()
	if math.Abs(float64(got)-want) > 2 { // bytes, cut off twice
		t.Errorf("VPA recommends %d, want %.0f", got, want)
	}
}

// The target is the 90th percentile of peaks, at its bucket's end, and 15 %.
func TestVPATarget(t *testing.T) {
	v := NewVPA()
	if _, ok := v.Size(&trace.Run{Workload: "w", Start: trace.Epoch}); ok {
		t.Fatal("VPA recommends before it has seen anything")
	}
	ended(v, 0, gib, 0)
	near(t, target(t, v, 0), 1.15*bucketEnd(gib))

	// Nine of ten are small: the tenth is above the percentile. Two of ten are not.
	v = NewVPA()
	for i := range 10 {
		peak := int64(gib)
		if i == 0 {
			peak = 8 * gib
		}
		ended(v, i, peak, 0)
	}
	near(t, target(t, v, 0), 1.15*bucketEnd(gib))
	ended(v, 11, 8*gib, 0)
	near(t, target(t, v, 0), 1.15*bucketEnd(8*gib))
}

// VPA never recommends less than 250 MiB for a pod.
func TestVPAMinimum(t *testing.T) {
	v := NewVPA()
	ended(v, 0, 3<<20, 0)
	near(t, target(t, v, 0), 250<<20)
}

// A peak loses half of its weight each day: one large run of ten outweighs nine
// older small ones, and is outweighed by ten newer.
func TestVPADecay(t *testing.T) {
	v := NewVPA()
	for i := range 9 {
		ended(v, i, gib, 0)
	}
	ended(v, 9, 8*gib, 3*24*time.Hour) // weighs 8 against 9
	near(t, target(t, v, 3*24*time.Hour), 1.15*bucketEnd(8*gib))
	for i := range 5 {
		ended(v, 10+i, gib, 7*24*time.Hour) // weighs 16 each
	}
	near(t, target(t, v, 7*24*time.Hour), 1.15*bucketEnd(gib))
}

// A kill counts as a peak of the greater of 1.2 times the request and 100 MiB more.
func TestVPAOutOfMemory(t *testing.T) {
	r := &trace.Run{Workload: "w", ID: "x", Start: trace.Epoch, Duration: time.Second, Peak: 2 * gib}
	v := NewVPA()
	v.Killed(r, gib, trace.Epoch)
	near(t, v.Retry(r, gib), 1.15*bucketEnd(1.2*gib))

	v = NewVPA()
	v.Killed(r, 300<<20, trace.Epoch)
	near(t, v.Retry(r, 300<<20), 1.15*bucketEnd(400<<20))
}

// What has no sample for eight days is forgotten.
func TestVPAForgets(t *testing.T) {
	v := NewVPA()
	ended(v, 0, gib, 0)
	target(t, v, 7*24*time.Hour)
	if size, ok := v.Size(&trace.Run{Workload: "w", Start: trace.Epoch.Add(9 * 24 * time.Hour)}); ok {
		t.Errorf("after nine days VPA recommends %d, want nothing", size)
	}
}

// The adapter recommends what VPA's own code does with the same samples in a
// histogram of its own, by another way than the cluster's model.
func TestVPAIsVPA(t *testing.T) {
	v := NewVPA()
	state := model.NewAggregateContainerState()
	recommender := logic.CreatePodResourceRecommender(logic.RecommendationConfig{
		SafetyMarginFraction: 0.15, PodMinCPUMillicores: 25, PodMinMemoryMb: 250,
		TargetCPUPercentile: 0.9, LowerBoundCPUPercentile: 0.5, UpperBoundCPUPercentile: 0.95, ConfidenceIntervalCPU: 24 * time.Hour,
		TargetMemoryPercentile: 0.9, LowerBoundMemoryPercentile: 0.5, UpperBoundMemoryPercentile: 0.95, ConfidenceIntervalMemory: 24 * time.Hour,
	})
	runs := trace.Generate(1)[1]
	workload, checked := runs.Runs[0].Workload, 0
	for i, r := range runs.Runs {
		if r.Workload != workload {
			break
		}
		r.Workload = "w"
		v.Ended(&r, r.End())
		state.AddSample(&model.ContainerUsageSample{
			// One peak a container and day, filed under the end of that day.
			MeasureStart: r.End().Add(24 * time.Hour), Resource: model.ResourceMemory, Usage: model.ResourceAmount(r.Peak),
		})
		want := recommender.GetRecommendedPodResources(model.ContainerNameToAggregateStateMap{"job": state})["job"].Target[model.ResourceMemory]
		if got, _ := v.Size(&r); got != int64(want) {
			t.Fatalf("after %d runs the adapter recommends %d, VPA %d", i+1, got, want)
		}
		checked++
	}
	if checked < 20 {
		t.Fatalf("only %d runs were compared", checked)
	}
}
