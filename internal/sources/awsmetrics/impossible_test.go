package awsmetrics

import (
	"math"
	"testing"
	"time"

	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// An invalid value is left out and counted; its neighbours are kept.
func TestImpossibleValuesAreLeftOut(t *testing.T) {
	start := time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)
	bad := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, -0.001, 1e300}
	values, times := []float64{3}, []time.Time{start}
	for i, v := range bad {
		if Possible(v) {
			t.Errorf("%v is believed", v)
		}
		values, times = append(values, v), append(times, start.Add(time.Duration(i+1)*time.Minute))
	}
	values, times = append(values, 0), append(times, start.Add(time.Duration(len(bad)+1)*time.Minute))
	row := make([]float64, len(values))
	for i := range row {
		row[i] = math.NaN()
	}
	n := fill(row, &cwtypes.MetricDataResult{Timestamps: times, Values: values}, Span{Start: start, Period: time.Minute})
	if n != len(bad) || row[0] != 3 || row[len(row)-1] != 0 {
		t.Errorf("%d left out of %v", n, row)
	}
	for _, v := range row[1 : len(row)-1] {
		if !math.IsNaN(v) {
			t.Errorf("%v was taken", row)
		}
	}
}
