package profile

import (
	"math"

	"github.com/migtop/migtop/internal/migration"
)

// leastMeasured is how many invocations a sum of processor time must be of: it and the
// run times beside it are booked at either end of a run, so that a few do not match.
const leastMeasured = 10

// ofProcessor is the machine of invocations whose processor time was added up at one
// memory size, or about one: what is left of their mean run time, at the share of
// processors that they had, is waiting.
func ofProcessor(p migration.ProcessorTime) (machine, bool) {
	if p.Runs < leastMeasured || p.Began < leastMeasured || p.Ran <= 0 || p.Held <= 0 || p.Used < 0 {
		return machine{}, false
	}
	mean := p.Ran.Seconds() / float64(p.Began)
	cores := float64(p.Held) / (p.Ran.Seconds() * 1000) / vCPUSize
	m := machine{cpu: p.Used.Seconds() / float64(p.Runs), sure: true, from: "processor time as Lambda Insights adds it up"}
	m.threads = max(1, math.Ceil(m.cpu/mean-0.25))
	m.io = max(mean-m.cpu/min(m.threads, cores), 0)
	return m, true
}
