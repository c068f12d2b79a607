package score

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/bench/rightsizing/strategy"
	"github.com/migtop/migtop/bench/rightsizing/trace"
)

// Of six runs the fifth is where two thirds have started. What still runs then
// belongs to neither part.
func TestSplit(t *testing.T) {
	runs := []trace.Run{
		at("a", 0, 10, 1, 0), at("b", 10, 90, 1, 0), at("c", 20, 20, 1, 0), at("d", 30, 11, 1, 0),
		at("e", 40, 5, 1, 0), at("f", 50, 5, 1, 0),
	}
	known, later := Split(runs)
	if diff := cmp.Diff([]trace.Run{runs[0], runs[2]}, known); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]trace.Run{runs[4], runs[5]}, later); diff != "" {
		t.Error(diff)
	}
	if known, later := Split(nil); known != nil || later != nil {
		t.Errorf("of nothing: %v, %v", known, later)
	}
}

// 2.5 % of four later runs of a workload are expected to exceed: 0.1 run predicted, 1 observed, 22.5 points apart. A
// forecast from 19 runs does not count. A workload without a forecast is skipped.
func TestCalibrate(t *testing.T) {
	later := []trace.Run{
		at("a", 0, 1, 100, 0), at("b", 1, 1, 101, 0), at("c", 2, 1, 50, 0), at("d", 3, 1, 100, 0),
	}
	thin, unknown := at("e", 4, 1, 500, 0), at("f", 5, 1, 500, 0)
	thin.Workload, unknown.Workload = "thin", "unknown"
	got := Calibrate(map[string]strategy.Forecast{
		"w": {Runs: 20, Limit: 100, Rate: 0.025}, "thin": {Runs: 19, Limit: 100, Rate: 0.5},
	}, append(later, thin, unknown))
	want := map[string]Calibration{"w": {Runs: 4, Predicted: 0.1, Observed: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	c := got["w"]
	if points, ok := c.Points(); !ok || points < 22.49 || points > 22.51 {
		t.Errorf("%v points, %t; want 22.5", points, ok)
	}
	if _, ok := (&Calibration{}).Points(); ok {
		t.Error("nothing was forecast, and there are points")
	}
}
