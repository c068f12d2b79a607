package lambda

import (
	"math"
	"testing"
	"time"

	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// What CloudWatch cannot have counted is left out and counted; the other statistics and
// periods stand.
func TestImpossibleDatapoints(t *testing.T) {
	start := time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)
	q := query{unit: &unit{ask: &ask{span: span{start: start, end: start.Add(3 * time.Minute), period: time.Minute}}}, stat: errorsSum}
	n := q.fill(&cwtypes.MetricDataResult{
		Timestamps: []time.Time{start, start.Add(time.Minute), start.Add(2 * time.Minute)}, Values: []float64{-1, math.NaN(), 2},
	})
	if rows := q.unit.rows; n != 2 || rows[0].has(errorsSum) || rows[1].has(errorsSum) || rows[2].count(errorsSum) != 2 {
		t.Errorf("%d left out: %+v", n, rows)
	}
}
