package trace

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Generate makes two traces out of published distributions, the same for the same
// seed: small functions, and batch work of eight times their memory and thirty
// times their duration.
//
// From "Serverless in the Wild" (USENIX ATC 2020): a function's mean duration is
// log-normal, ln seconds with mean -0.38 and standard deviation 2.36; an
// application's memory follows a Burr distribution, c 11.652, k 0.221, lambda
// 107.083 MB. Within a function, the longest of its runs is about 36 times the
// median, as in that trace. How memory varies within a workload is not published:
// seven shapes that jobs show take turns.
func Generate(seed uint64) []Trace {
	return []Trace{
		{Name: "generated/functions", Runs: generate("function", 35, 1, 1, seed)},
		{Name: "generated/batch", Runs: generate("batch", 35, 8, 30, seed+1)},
	}
}

// generatedOver is how long a generated trace lasts.
const generatedOver = 3 * 24 * time.Hour

func generate(prefix string, workloads int, memory, duration float64, seed uint64) (runs []Run) {
	random := rand.New(rand.NewPCG(seed, 3))
	for w := range workloads {
		shape := shapes[w%len(shapes)]
		workload := fmt.Sprintf("%s-%02d-%s", prefix, w, shape.name)
		base := memory * burr(random.Float64()) // MB
		mean := duration * min(600, max(0.2, math.Exp(-0.38+2.36*random.NormFloat64())))
		n := int(min(600, max(25, 120*math.Exp(0.9*random.NormFloat64()))))
		// The longest of n log-normal runs is exp(sigma z) times the median.
		sigma := math.Log(36) / math.Sqrt(2*math.Log(float64(n)))
		median := mean / math.Exp(sigma*sigma/2)
		cores := 0.1 + 0.9*random.Float64()
		most, own := 0.0, make([]Run, 0, n)
		for i := range n {
			part := float64(i) / float64(n)
			tenant := random.IntN(5)
			peak := base * shape.factor(random, part, tenant)
			most = max(most, peak)
			took := min(6*3600, max(0.05, median*math.Exp(sigma*random.NormFloat64())))
			own = append(own, Run{
				Workload: workload, Tenant: fmt.Sprintf("tenant-%d", tenant), ID: fmt.Sprintf("%s/%d", workload, i),
				Start:    Epoch.Add(time.Duration((part + random.Float64()/float64(n)) * float64(generatedOver))),
				Duration: time.Duration(took * float64(time.Second)), Peak: int64(peak * (1 << 20)),
				CPUSeconds: took * cores, CPUKnown: true,
			})
		}
		// Owners declare the next size, doubled from 128 MB, with half to spare.
		declared := int64(128 << 20)
		for float64(declared) < 1.5*most*(1<<20) {
			declared *= 2
		}
		for i := range own {
			own[i].Declared = declared
		}
		runs = append(runs, own...)
	}
	return runs
}

// burr is the value of the Burr distribution at a share, in MB.
func burr(share float64) float64 {
	const c, k, lambda = 11.652, 0.221, 107.083
	return min(2048, lambda*math.Pow(math.Pow(1-share, -1/k)-1, 1/c))
}

// shapes are the ways in which peaks vary: factors on the workload's base, by how
// much of the trace has passed (0 to 1) and by tenant.
var shapes = []struct {
	name   string
	factor func(random *rand.Rand, part float64, tenant int) float64
}{
	{"steady", func(random *rand.Rand, _ float64, _ int) float64 { return 1 + 0.01*random.NormFloat64() }},
	{"spread", func(random *rand.Rand, _ float64, _ int) float64 { return math.Exp(0.15 * random.NormFloat64()) }},
	{"tenants", func(random *rand.Rand, _ float64, tenant int) float64 { // one of five is large
		if tenant == 0 {
			return 2.5 * math.Exp(0.05*random.NormFloat64())
		}
		return math.Exp(0.05 * random.NormFloat64())
	}},
	{"input", func(random *rand.Rand, _ float64, _ int) float64 {
		return 0.6 + 0.4*math.Exp(min(2, 0.6*random.NormFloat64()))
	}},
	{"leak", func(random *rand.Rand, part float64, _ int) float64 {
		return (1 + part) * math.Exp(0.03*random.NormFloat64())
	}},
	{"outliers", func(random *rand.Rand, _ float64, _ int) float64 {
		if random.Float64() < 0.001 {
			return 3
		}
		return math.Exp(0.04 * random.NormFloat64())
	}},
	{"release", func(random *rand.Rand, part float64, _ int) float64 { // new code halfway
		if part > 0.5 {
			return 1.4 * math.Exp(0.03*random.NormFloat64())
		}
		return math.Exp(0.03 * random.NormFloat64())
	}},
}
