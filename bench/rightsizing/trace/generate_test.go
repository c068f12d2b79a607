package trace

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGenerateIsDeterministic(t *testing.T) {
	if diff := cmp.Diff(Generate(1), Generate(1)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(Generate(1), Generate(2)) {
		t.Error("seeds 1 and 2 make the same traces")
	}
}

// The generated traces have what they are said to have.
func TestGenerateDistributions(t *testing.T) {
	for _, trace := range Generate(1) {
		peaks, took := map[string][]float64{}, map[string][]float64{}
		ids := map[string]bool{}
		for _, r := range trace.Runs {
			if r.Peak <= 0 || r.Duration <= 0 || r.Declared < r.Peak {
				t.Fatalf("%s: %+v", trace.Name, r)
			}
			if ids[r.ID] {
				t.Fatalf("%s: %s is there twice", trace.Name, r.ID)
			}
			ids[r.ID] = true
			peaks[r.Workload] = append(peaks[r.Workload], float64(r.Peak)/(1<<20))
			took[r.Workload] = append(took[r.Workload], r.Duration.Seconds())
		}
		var ratios []float64
		for workload, durations := range took {
			if len(durations) < 25 {
				t.Errorf("%s has %d runs", workload, len(durations))
			}
			slices.Sort(durations)
			ratios = append(ratios, durations[len(durations)-1]/durations[len(durations)/2])
		}
		slices.Sort(ratios)
		if median := ratios[len(ratios)/2]; median < 15 || median > 80 {
			t.Errorf("%s: the longest run is %.0f times the median one, want about 36", trace.Name, median)
		}
		if len(peaks) != 35 {
			t.Errorf("%s: %d workloads, want 35", trace.Name, len(peaks))
		}
	}
}

// By its own formula a quarter of applications is under 107 MB x (0.75^(-1/k) - 1)^(1/c).
func TestBurr(t *testing.T) {
	for share, want := range map[float64]float64{0.25: 107.083 * math.Pow(math.Pow(0.75, -1/0.221)-1, 1/11.652), 0.5: 138.6} {
		if got := burr(share); math.Abs(got-want) > 0.02*want {
			t.Errorf("at %v: %.1f MB, want %.1f", share, got, want)
		}
	}
}
