package profile

import (
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// vCPUSize is the memory size at which Lambda gives one vCPU, in MiB. Source: AWS
// Lambda developer guide, "Configure Lambda function memory".
const vCPUSize = 1769

// machine is how long a run takes by how much processor it has:
//
//	D = io + cpu / min(p, c)
//
// with c the cores that it has, on Lambda M/1769.
type machine struct {
	io, cpu float64 // seconds
	threads float64 // p, how many threads it can use
	// sure is unset where only the run time at one size is known: then all of it
	// may be waiting or computing.
	sure bool
	size float64 // the cores it had, where it is not sure
	from string  // what it is known from
}

// time is D at c cores, in seconds.
func (m *machine) time(cores float64) float64 {
	if m.cpu == 0 {
		return m.io
	}
	return m.io + m.cpu/min(m.threads, cores)
}

func (m *machine) use() float64 {
	if d := m.io + m.cpu/m.threads; d > 0 {
		return m.cpu / d
	}
	return 0
}

// leastCPU is the smallest request in cores, cpuStep what requests are rounded up to.
const (
	leastCPU = 0.05
	cpuStep  = 0.05
)

// request is the cores that cost least:
//
//	r* = sqrt(cpu mem price_mem / (io price_cpu))
//
// clamped to [max(0.05, half the mean use), p], and to cpu/(T - io) where a run is to
// take at most T; it reports false where no number of cores does that. It is where
// the cost of one run, (io + cpu/r)(r price_cpu + mem price_mem), is least.
func (m *machine) request(gibs, cpuToMemory float64, target migration.Opt[time.Duration]) (cores float64, met bool) {
	cores, met = m.threads, true
	if m.io > 0 {
		cores = math.Sqrt(m.cpu * gibs / (m.io * cpuToMemory))
	}
	cores = min(max(cores, leastCPU, m.use()/2), m.threads)
	if t, ok := target.Get(); ok {
		left := t.Seconds() - m.io
		if met = left > 0 && m.cpu/left <= m.threads; !met {
			cores = m.threads
		} else {
			cores = max(cores, m.cpu/left)
		}
	}
	return roundCPU(cores), met
}

// roundCPU rounds up to 50 m. A trifle above a step is that step.
func roundCPU(cores float64) float64 { return max(math.Ceil(cores/cpuStep-1e-9), 1) * cpuStep }

func cpuOf(cores float64) migration.CPU {
	return migration.CPU(math.Round(cores*1000)) * migration.Millicore
}

// ofTimes is the machine of runs whose CPU time was measured.
func ofTimes(t *times, from string) (machine, bool) {
	if t.cpuRuns == 0 {
		return machine{}, false
	}
	n := float64(t.cpuRuns)
	m := machine{cpu: t.cpuTime.Seconds() / n, threads: max(1, math.Ceil(t.mostCPU-0.25)), sure: true, from: from}
	m.io = max(t.cpuWall.Seconds()/n-m.cpu/m.threads, 0)
	return m, true
}

// ofLambda is the machine that invocations imply: from CPU time where Lambda Insights
// measured it, from two memory sizes, or from one, which is uncertain.
func ofLambda(e *runStats) (machine, bool) {
	if len(e.lambdaSizes) == 0 {
		return machine{}, false
	}
	if m, ok := ofInsights(e); ok {
		return m, true
	}
	if m, ok := ofSizes(e.lambdaSizes); ok {
		return m, true
	}
	// The size with most runs represents the function.
	best := e.lambdaSizes[0]
	for _, s := range e.lambdaSizes[1:] {
		if s.runs > best.runs {
			best = s
		}
	}
	mean, cores := best.seconds/float64(best.runs), coresOf(best.size)
	threads := max(1, math.Ceil(cores))
	return machine{cpu: mean * cores, threads: threads, size: cores, from: "run time at one memory size"}, true
}

func coresOf(size migration.Bytes) float64 { return float64(size) / mib / vCPUSize }

// ofInsights takes processor time as measured: what is left of the run time at the
// share of a core that it had is waiting.
func ofInsights(e *runStats) (machine, bool) {
	t := &e.ranLambda
	if t.cpuRuns == 0 {
		return machine{}, false
	}
	var cores, runs float64
	for _, s := range e.lambdaSizes {
		cores += coresOf(s.size) * float64(s.runs)
		runs += float64(s.runs)
	}
	cores /= runs
	n := float64(t.cpuRuns)
	m := machine{cpu: t.cpuTime.Seconds() / n, threads: max(1, math.Ceil(t.mostCPU-0.25)), sure: true, from: "processor time"}
	m.io = max(t.cpuWall.Seconds()/n-m.cpu/min(m.threads, cores), 0)
	return m, true
}

// minSizeRuns is how many invocations make a memory size count.
const minSizeRuns = 3

// ofSizes fits D over 1/min(p, M/1769) by least squares, weighted by the runs of each
// size, for the number of threads that fits best.
func ofSizes(sizes []lambdaSize) (machine, bool) {
	best, least := machine{}, math.Inf(1)
	for threads := 1.0; threads <= 6; threads++ {
		var n, sx, sy, sxx, sxy float64
		for _, s := range sizes {
			if s.runs < minSizeRuns {
				continue
			}
			w := float64(s.runs)
			x, y := 1/min(threads, coresOf(s.size)), s.seconds/w
			n, sx, sy, sxx, sxy = n+w, sx+w*x, sy+w*y, sxx+w*x*x, sxy+w*x*y
		}
		spread := sxx - sx*sx/max(n, 1)
		if n == 0 || spread < 1e-9*sxx {
			continue
		}
		m := machine{threads: threads, sure: true, from: "run times at several memory sizes"}
		m.cpu = max((sxy-sx*sy/n)/spread, 0)
		if m.io = (sy - m.cpu*sx) / n; m.io < 0 {
			m.io, m.cpu = 0, sxy/sxx
		}
		var off float64
		for _, s := range sizes {
			if s.runs >= minSizeRuns {
				mean := s.seconds / float64(s.runs)
				d := (m.time(coresOf(s.size)) - mean) / max(mean, 1e-9)
				off += float64(s.runs) * d * d
			}
		}
		if off < least*(1-1e-6)-1e-12 {
			best, least = m, off
		}
	}
	return best, !math.IsInf(least, 1)
}

// findMachine takes the tenant's Jobs, then what Lambda Insights adds up of its
// invocations, then its Lambda runs, then the pool's.
func (t *explanation) findMachine() {
	for _, e := range t.evidences() {
		if m, ok := ofTimes(&e.ranJobs, "processor time"); ok {
			t.machine, t.machined = m, true
			return
		}
		if m, ok := ofProcessor(t.ask.Load.Processor); ok {
			t.machine, t.machined = m, true
			return
		}
		if m, ok := ofLambda(e); ok {
			t.machine, t.machined = m, true
			return
		}
	}
}

func (t *explanation) cpu() {
	p, s := t.p, &t.book.settings
	t.findMachine()
	switch {
	case t.machined && t.machine.sure:
		ratio := s.CPUToMemory
		if ratio <= 0 {
			ratio = defaultCPUToMemory
		}
		gibs := float64(p.Base.MemoryRequest) / gib
		cores, met := t.machine.request(gibs, ratio, s.Target)
		t.p.MissesTarget = !met
		p.Base.CPURequest = migration.Some(cpuOf(cores))
	case t.machined:
		// What it had on Lambda: it takes no longer then, whatever it is made of.
		p.Base.CPURequest = migration.Some(cpuOf(roundCPU(max(t.machine.size, leastCPU))))
	default:
		p.Base.CPURequest = p.Now.Request.CPU
	}
	if s.LimitCPU {
		p.Base.CPULimit = migration.Map(p.Base.CPURequest, GuardLimit)
	}
	p.Retry.CPURequest, p.Retry.CPULimit = p.Base.CPURequest, p.Base.CPULimit
	if node, ok := s.Node.CPU.Get(); ok && WholePod(p, p.Base).CPURequest.Or(0) > node {
		p.BeyondNode = true
	}
}

// defaultCPUToMemory is the price of a core in GiB. Source: AWS, split cost allocation
// data, "9:1".
const defaultCPUToMemory = 9

// GuardLimit is the CPU limit that guards neighbours from a run that spins: twice the
// request, in whole cores.
func GuardLimit(request migration.CPU) migration.CPU {
	return (2*request + migration.Core - 1) / migration.Core * migration.Core
}
