package strategy

import (
	"testing"
	"time"

	"github.com/migtop/migtop/bench/rightsizing/trace"
)

func TestByMax(t *testing.T) {
	tests := map[string]struct {
		of    *ByMax
		peaks []int64
		want  int64
	}{
		"max + 128 MiB":            {MaxPlus("", 128, 1), []int64{500 * mib, 300 * mib}, 628 * mib},
		"max x 1.05":               {MaxTimes("", 1.05, 1), []int64{100 * mib, 400 * mib, 200 * mib}, 420 * mib},
		"KRR: 15 %":                {KRR(), []int64{200 * mib, 400 * mib}, 460 * mib},
		"KRR: up to a whole MiB":   {KRR(), []int64{401 * mib}, 462 * mib}, // 461.15
		"KRR: at least 100 MiB":    {KRR(), []int64{3 * mib}, 100 * mib},
		"max x 1.05 rounds up too": {MaxTimes("", 1.05, 1), []int64{101}, 107}, // 106.05
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := trace.Run{Workload: "w", Start: trace.Epoch}
			if _, ok := test.of.Size(&r); ok {
				t.Error("there is a size before any run ended")
			}
			for i, peak := range test.peaks {
				end := trace.Epoch.Add(time.Duration(i) * time.Minute)
				test.of.Ended(&trace.Run{Workload: "w", Peak: peak}, end)
				test.of.Ended(&trace.Run{Workload: "other", Peak: 9 << 40}, end)
			}
			r.Start = trace.Epoch.Add(time.Hour)
			if got, ok := test.of.Size(&r); !ok || got != test.want {
				t.Errorf("%d, %t; want %d", got, ok, test.want)
			}
		})
	}
}

// KRR looks back for 14 days; then the next greatest peak counts.
func TestKRRForgets(t *testing.T) {
	day := 24 * time.Hour
	k := KRR()
	for i, peak := range []int64{800, 200, 400, 300} {
		k.Ended(&trace.Run{Workload: "w", Peak: peak * mib}, trace.Epoch.Add(time.Duration(i)*day))
	}
	for _, test := range []struct {
		after time.Duration
		want  int64
	}{{14 * day, 920}, {14*day + 1, 460}, {16*day + 1, 345}} {
		if got, _ := k.Size(&trace.Run{Workload: "w", Start: trace.Epoch.Add(test.after)}); got != test.want*mib {
			t.Errorf("after %v: %d MiB, want %d", test.after, got/mib, test.want)
		}
	}
	if got, ok := k.Size(&trace.Run{Workload: "w", Start: trace.Epoch.Add(18 * day)}); ok {
		t.Errorf("after 18 days: %d MiB, want nothing", got/mib)
	}
}

func TestByMaxWaits(t *testing.T) {
	s := MaxPlus("", 32, 3)
	r := trace.Run{Workload: "w", Start: trace.Epoch, Peak: 100 * mib}
	for seen := range 3 {
		if got, ok := s.Size(&r); ok {
			t.Errorf("after %d runs: %d MiB, want nothing", seen, got/mib)
		}
		s.Ended(&r, trace.Epoch)
	}
	if got, ok := s.Size(&r); !ok || got != 132*mib {
		t.Errorf("after 3 runs: %d MiB, %t; want 132", got/mib, ok)
	}
}

// A kill says that there was need of the limit.
func TestByMaxKilled(t *testing.T) {
	s := MaxPlus("", 32, 1)
	s.Killed(&trace.Run{Workload: "w", Peak: 900 * mib}, 300*mib, trace.Epoch)
	if got, ok := s.Size(&trace.Run{Workload: "w", Start: trace.Epoch}); !ok || got != 332*mib {
		t.Errorf("%d MiB, %t; want 332", got/mib, ok)
	}
}

func TestRetryOfMax(t *testing.T) {
	if got := MaxPlus("", 128, 1).Retry(nil, 300*mib); got != 428*mib {
		t.Errorf("%d MiB, want 428", got/mib)
	}
}
