package profile

import (
	"math"

	"github.com/migtop/migtop/internal/migration"
)

// leastMeasured is the least number of invocations behind a sum of CPU time. CPU time and
// run time are recorded at different ends of a run, so that few of them do not match.
const leastMeasured = 10

// ofProcessor is the machine of invocations whose CPU time was summed at one memory size, or
// a similar one: the rest of their mean run time, at their share of CPU, is waiting.
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
