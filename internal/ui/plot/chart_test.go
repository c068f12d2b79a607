package plot

import (
	"math"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Areas that are added up end where one of them is not final yet: a side that is still to
// come is no drop. Where nothing is final, what is known stands.
func TestAreasEndWhereBothSidesAreFinal(t *testing.T) {
	from := time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC)
	series := func(provisional int) *migration.Series {
		s := migration.NewSeries(from, time.Minute, 10, "usd/h")
		for i := range 10 {
			s.Add(i, 3)
		}
		s.ProvisionalFrom = provisional
		return &s
	}
	for _, tc := range []struct{ jobs, lambda, drawn int }{{9, 7, 7}, {10, 10, 10}, {7, 9, 7}, {9, 0, 10}} {
		ch := Chart{
			From: from, To: from.Add(10 * time.Minute), Stacked: true,
			Layers: []Layer{{Series: series(tc.jobs)}, {Series: series(tc.lambda)}},
		}
		values := [][]float64{make([]float64, 10), make([]float64, 10)}
		for i, l := range ch.Layers {
			sample(values[i], l.Series, ch.From, ch.To, false)
		}
		ch.endWhereFinal(values)
		for i, v := range values {
			for x, got := range v {
				if (x < tc.drawn) == math.IsNaN(got) {
					t.Errorf("final to %d and %d: column %d of layer %d is %v", tc.jobs, tc.lambda, x, i, got)
				}
			}
		}
	}
}
