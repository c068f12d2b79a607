package score

import (
	"math"

	"github.com/migtop/migtop/bench/rightsizing/strategy"
	"github.com/migtop/migtop/bench/rightsizing/trace"
)

// ForecastRuns is how many runs a profile must rest on for its forecast to count.
const ForecastRuns = 20

// Calibration holds forecasts against what came.
type Calibration struct {
	Runs      int
	Predicted float64 // runs that were expected to exceed their limit
	Observed  int     // runs that did
}

func (c *Calibration) add(o Calibration) {
	c.Runs += o.Runs
	c.Predicted += o.Predicted
	c.Observed += o.Observed
}

// Points is how far the predicted share is from the observed one, in percentage
// points; false where nothing was forecast.
func (c *Calibration) Points() (float64, bool) {
	if c.Runs == 0 {
		return 0, false
	}
	return 100 * math.Abs(c.Predicted-float64(c.Observed)) / float64(c.Runs), true
}

// Split cuts runs, which are sorted by start, in two: what ended by the time at which
// two thirds have started, and what started from then on. Runs in between belong to
// neither.
func Split(runs []trace.Run) (known, later []trace.Run) {
	at := len(runs) * 2 / 3
	if at == len(runs) {
		return nil, nil
	}
	cut := runs[at].Start
	for i := range runs {
		switch {
		case !runs[i].Start.Before(cut):
			later = append(later, runs[i])
		case !runs[i].End().After(cut):
			known = append(known, runs[i])
		}
	}
	return known, later
}

// Calibrate holds the forecasts, by workload, against later runs.
func Calibrate(forecasts map[string]strategy.Forecast, later []trace.Run) map[string]Calibration {
	all := map[string]Calibration{}
	for i := range later {
		f, ok := forecasts[later[i].Workload]
		if !ok || f.Runs < ForecastRuns {
			continue
		}
		c := all[later[i].Workload]
		c.Runs++
		c.Predicted += f.Rate
		if later[i].Peak > f.Limit {
			c.Observed++
		}
		all[later[i].Workload] = c
	}
	return all
}
