package assess

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// The figures by hand: of 40 minutes 20 have one run, 10 have none and 10 have four.
func TestTrafficOf(t *testing.T) {
	counts := slices.Concat(slices.Repeat([]int64{1}, 20), slices.Repeat([]int64{0}, 10), slices.Repeat([]int64{4}, 10))
	got := trafficOf(counts, noon, noon.Add(40*time.Minute))
	// mean 1.5; squares 20 x 0.25 + 10 x 2.25 + 10 x 6.25 = 90; variance 90/39
	if got.Runs != 60 || got.Minutes != 40 || got.Peak != migration.Some[int64](4) || got.P95 != migration.Some[int64](4) ||
		got.Idle != migration.Some(migration.Ratio(0.25)) {
		t.Errorf("%+v", got)
	}
	if p, d := got.PeakToMean.Or(0), got.Dispersion.Or(0); math.Abs(p-4/1.5) > 1e-12 || math.Abs(d-90.0/39/1.5) > 1e-12 {
		t.Errorf("peak to mean %g, dispersion %g", p, d)
	}
	for _, few := range [][]int64{nil, slices.Repeat([]int64{9}, 29), append(make([]int64, 100), 29)} {
		if got := trafficOf(few, noon, noon); got.Peak.Known() || got.PeakToMean.Known() || got.Dispersion.Known() || got.Idle.Known() {
			t.Errorf("%d minutes say %+v", len(few), got)
		}
	}
}

// Twice the runs in each minute are no other peak to mean and the same idle minutes; the order of minutes does not matter.
func TestTrafficProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.Int64Range(0, 50), 30, 120).Draw(t, "counts")
		a := trafficOf(slices.Clone(counts), noon, noon)
		reversed := slices.Clone(counts)
		slices.Reverse(reversed)
		if b := trafficOf(reversed, noon, noon); a.Peak != b.Peak || a.P95 != b.P95 || a.Idle != b.Idle {
			t.Fatalf("%+v %+v", a, b)
		}
		for i := range counts {
			counts[i] *= 2
		}
		b := trafficOf(counts, noon, noon)
		if !a.PeakToMean.Known() {
			return
		}
		if math.Abs(a.PeakToMean.Or(0)-b.PeakToMean.Or(0)) > 1e-9 || a.Idle != b.Idle || a.PeakToMean.Or(0) < 1 {
			t.Fatalf("%+v %+v", a, b)
		}
	})
}

// A Snapshot counts final minutes alone: those with no run are idle ones, and older quarters of an hour are left out.
func TestTrafficOfASnapshot(t *testing.T) {
	s := newTestState(noon, time.Hour)
	var list []migration.Activity
	for i := range 60 {
		if i%3 != 0 {
			list = append(list, minute(noon.Add(time.Duration(i-60)*time.Minute), 2))
		}
	}
	quarter := minute(noon.Add(-75*time.Minute), 500)
	quarter.Span = 15 * time.Minute
	list = append(list, quarter)
	s.absorb(pollResult{source: "cloudwatch", batch: migration.Batch{
		Activities: list, CoverFrom: migration.Some(noon.Add(-6 * time.Hour)),
		Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon}},
	}})
	snap := s.snapshot(noon.Add(3 * time.Minute))
	got := snap.Tenants[0].Workloads[0].Traffic
	if got.Minutes != 60 || got.Runs != 80 || !got.From.Equal(noon.Add(-time.Hour)) || !got.To.Equal(noon) ||
		got.Idle != migration.Some(migration.Ratio(1.0/3)) {
		t.Errorf("%+v", got)
	}
}
