package profile

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// families are ways in which the peaks of a workload behave. None of them is like the traces
// that the constants were chosen on: a rule that only knows those fails here. peak is in MiB, of
// run i of n; seconds is how long it takes.
var families = []struct {
	name          string
	peak, seconds func(r *rand.Rand, i, n int) float64
	every         time.Duration // from one start to the next
	kills, ends   float64       // the most runs that are killed and that a deadline ends, as a share
	waste         float64       // at most so much of what the largest peak + 128 MiB wastes
}{
	{"constant", flat(700), flat(60), 5 * time.Minute, 0, 0, 0.5},
	{"tiny", lognormal(20, 0.05), flat(5), time.Minute, 0.01, 0, 0.2},
	{"lognormal", lognormal(1500, 0.25), lognormal(300, 0.5), 10 * time.Minute, 0.025, 0.0015, 1.15},
	{"two modes", func(r *rand.Rand, _, _ int) float64 {
		if r.IntN(10) == 0 {
			return 3000 * math.Exp(0.05*r.NormFloat64())
		}
		return 400 * math.Exp(0.05*r.NormFloat64())
	}, lognormal(200, 0.3), 10 * time.Minute, 0.025, 0.0015, 1.15},
	{"drift", func(r *rand.Rand, i, n int) float64 {
		return 800 * (1 + float64(i)/float64(n)) * math.Exp(0.02*r.NormFloat64())
	}, flat(120), 5 * time.Minute, 0.02, 0, 1.15},
	{"step", func(r *rand.Rand, i, n int) float64 {
		return map[bool]float64{true: 1400, false: 900}[i > n/2] * math.Exp(0.02*r.NormFloat64())
	}, flat(120), 5 * time.Minute, 0.02, 0, 1.15},
	{
		"heavy tail", func(r *rand.Rand, _, _ int) float64 { return 300 * math.Pow(1-r.Float64(), -1/2.5) }, lognormal(60, 0.5), 5 * time.Minute,
		0.035, 0.0015, 1.15,
	},
	{
		"long ones", lognormal(900, 0.1), func(r *rand.Rand, _, _ int) float64 { return 60 * math.Exp(1.4*r.NormFloat64()) }, 30 * time.Minute,
		0.015, 0.0015, 1.15,
	},
	{"burst", lognormal(1000, 0.2), lognormal(600, 0.8), time.Second, 0.01, 0.0015, 1.15},
}

func flat(v float64) func(*rand.Rand, int, int) float64 {
	return func(*rand.Rand, int, int) float64 { return v }
}

func lognormal(median, sd float64) func(*rand.Rand, int, int) float64 {
	return func(r *rand.Rand, _, _ int) float64 { return median * math.Exp(sd*r.NormFloat64()) }
}

// played is what a replay of a family came to.
type played struct {
	kills, ends, runs int
	waste, fixed      float64 // byte-seconds: migtop's, and that of the largest peak + 128 MiB
}

// play replays workloads of a family online. After a kill everybody's limit is doubled, and a fixed rule
// learns what a run needed when that has ended, as migtop does.
func play(seed uint64, f int, limited bool) played {
	const workloads, n = 12, 80
	var sum played
	for w := range workloads {
		r := rand.New(rand.NewPCG(seed, uint64(100*f+w)))
		trace := make(Pasts, n)
		var declared migration.Bytes
		for i := range trace {
			x := jobRun(i, migration.Bytes(families[f].peak(r, i, n)*mib))
			x.Started = july.Add(time.Duration(i) * families[f].every)
			x.Duration = time.Duration(families[f].seconds(r, i, n) * float64(time.Second))
			trace[i] = Past{x, true}
			declared = max(declared, 3*x.Peak.Or(0)/2)
		}
		for i := range trace { // owners declare half as much again as the largest run needs
			given := &trace[i].Given
			given.Request.Memory, given.Limit.Memory = migration.Some(declared), migration.None[migration.Bytes]()
			if limited {
				given.Limit.Memory = given.Request.Memory
			}
		}
		known := make([]time.Time, n) // when a fixed rule knows the peak
		Replay(Settings{}, trace, func(i int, p *Profile) {
			x, seconds := float64(trace[i].Peak.Or(0)), trace[i].Duration.Seconds()
			fixed, most := float64(declared), 0.0
			for j := range i {
				if known[j].Before(trace[i].Started) {
					most = max(most, float64(trace[j].Peak.Or(0)))
				}
			}
			if most > 0 {
				fixed = most + 128*mib
			}
			limit := float64(p.Base.MemoryLimit)
			sum.runs++
			if limit < x {
				sum.kills++
			}
			if trace[i].Duration > p.Deadline && p.Deadline > 0 {
				sum.ends++
			}
			known[i] = trace[i].end()
			for ; fixed < x; fixed *= 2 {
				sum.fixed += fixed * seconds
				known[i] = known[i].Add(trace[i].Duration)
			}
			for ; limit < x; limit *= 2 {
				sum.waste += limit * seconds
			}
			sum.fixed += (fixed - x) * seconds
			sum.waste += (limit - x) * seconds
		})
	}
	return sum
}

// On each family, limited or not, few runs are killed, hardly any ended by a deadline, and no more
// is wasted than a simple rule wastes, or little more.
func TestFamiliesOfWorkloads(t *testing.T) {
	for f := range families {
		for _, limited := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, limited %v", families[f].name, limited), func(t *testing.T) {
				got := play(1, f, limited)
				kills, ends := float64(got.kills)/float64(got.runs), float64(got.ends)/float64(got.runs)
				t.Logf("%.2f %% killed, %.2f %% ended, %.2f of the fixed rule's waste", 100*kills, 100*ends, got.waste/got.fixed)
				if c := &families[f]; kills > c.kills || ends > c.ends || got.waste > c.waste*got.fixed {
					t.Errorf("%d of %d killed, %d ended, waste %.2f of the largest peak + 128 MiB", got.kills, got.runs, got.ends, got.waste/got.fixed)
				}
			})
		}
	}
}
