package profile

import (
	"math"

	"github.com/migtop/migtop/internal/migration"
)

// An adviser is one way to recommend a memory limit.
type adviser uint8

// The advisers, in the order in which they are preferred where they are equally good.
const (
	ruleNormal  adviser = iota // the least cost with at most 1 % killed
	ruleCareful                // at most 0.5 %
	maxAnd32                   // the largest peak and 32 MiB
	maxAnd128                  // and 128 MiB
	maxTimes105                // the largest peak and 5 %, 8 MiB at least
	ruleSimilar                // the rule on runs of similar input
	advisers
	firstRuns // no adviser: the limit after the first two runs
)

var adviserNames = [advisers]string{
	"the cost rule at 1 %", "the cost rule at 0.5 %", "the largest peak + 32 MiB", "the largest peak + 128 MiB",
	"the largest peak + 5 %", "the cost rule on runs of similar input",
}

func (a adviser) String() string { return adviserNames[a] }

// advice is what each adviser recommends, in bytes; 0 where it has nothing to say.
type advice struct {
	limit [advisers]float64
	most  float64 // the largest peak known, for the retry
}

// charges are what the advice of each adviser would have cost so far.
type charges struct {
	runs int
	of   [advisers]charge
}

// charge is what one adviser's advice would have cost: memory held and not needed, in
// byte-seconds, and runs killed. missed are runs that it had no advice for.
type charge struct {
	waste  float64
	kills  int32
	missed int32
}

// selectionKillCost is the cost of a kill when advisers are compared, in byte-seconds:
// twenty times its cost when a limit is chosen, since an adviser that chose badly once
// deserves less trust.
const selectionKillCost = 20_000 * gib

func (c charge) cost() float64 { return c.waste + selectionKillCost*float64(c.kills) }

// add charges each adviser what its advice would have cost a run that needed x bytes for
// some seconds: memory held unused or, for a kill, the lost time and what the retry holds
// unused. For a run that was killed at a limit (0 otherwise) x is what it is retried with.
// The true need is known once the retry has ended. Until then it is unknown whether more than
// the limit would have been enough, and an adviser that advised more is not charged.
func (c *charges) add(a *advice, x, seconds, killed float64) {
	c.runs++
	for i, limit := range a.limit {
		of := &c.of[i]
		switch {
		case limit == 0:
			of.missed++
		case killed > 0 && limit > killed:
		case limit >= x:
			of.waste += (limit - x) * seconds
		default:
			retry := max(retryOfMax*a.most, retryOfBase*limit)
			of.waste += limit*seconds + max(retry-x, 0)*seconds
			of.kills++
		}
	}
}

// cheapest is the adviser that would have cost least so far, by its own charges and those of
// the pool, which count as poolRuns runs. An adviser without advice for half of the runs is
// left out.
func cheapest(a *advice, own, pool *charges) adviser {
	best, least := ruleNormal, math.Inf(1)
	for i := ruleNormal; i < advisers; i++ {
		if a.limit[i] == 0 {
			continue
		}
		var cost float64
		if own != nil {
			if int(own.of[i].missed)*2 > own.runs {
				continue
			}
			cost += own.of[i].cost() * float64(own.runs+1) / float64(own.runs+1-int(own.of[i].missed))
		}
		if pool != nil && pool.runs > 0 && int(pool.of[i].missed)*2 <= pool.runs {
			cost += pool.of[i].cost() * poolRuns / float64(pool.runs)
		}
		if cost < least {
			best, least = i, cost
		}
	}
	return best
}

// round is [RoundUp] for sizes that are computed.
func round(bytes float64) float64 {
	return float64(RoundUp(migration.Bytes(math.Ceil(min(bytes, 1<<60)))))
}
