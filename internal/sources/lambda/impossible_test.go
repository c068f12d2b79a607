package lambda

import (
	"math"
	"strings"
	"testing"
	"time"

	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
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

// A function that Lambda lists without its memory size costs something that nobody knows, and
// the source says so.
func TestFunctionsWithoutAMemorySize(t *testing.T) {
	account := newFleet(3)
	for want := range 3 {
		for i := range account.list {
			account.list[i].MemoryMB = 1024
			if i < want {
				account.list[i].MemoryMB = 0
			}
		}
		batch, err := newRig(t, account).Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		h := awsaccesstest.Health(t, batch, "lambda")
		if h.State != migration.HealthOK || h.Note != noteUnsized(want) || (want > 0) != strings.Contains(h.Note, "cost is unknown") {
			t.Errorf("%d without a size: %v, %q", want, h.State, h.Note)
		}
	}
}
