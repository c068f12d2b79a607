package timeseries

import (
	"slices"
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// Every window can be drawn, in as many steps as a chart has room for.
func TestEveryWindowHasItsSteps(t *testing.T) {
	spans := migration.WindowSpans()
	if !slices.IsSorted(spans) || !slices.Contains(spans, migration.DefaultWindow) || len(chartSteps) != len(spans) {
		t.Errorf("windows %v, default %v, steps %v", spans, migration.DefaultWindow, chartSteps)
	}
	for _, w := range spans {
		if step := chartSteps[w]; step == 0 || w%step != 0 || w/step < 60 || w/step > 96 {
			t.Errorf("%v is drawn in steps of %v", w, step)
		}
	}
}
