package lambda

import (
	"math"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Weight is a tenant's part of functions that tenants share and of whose runs nothing
// tells whose they are. Parts are relative to each other and above 0.
type Weight struct {
	Tenant migration.Tenant
	Part   float64
}

// noteWeights goes with what was shared out by weights.
const noteWeights = "shared out by the weights of the configuration, which nothing that was measured backs"

// manyRuns is from how many runs of a period on they are shared out by rounding: lots
// would come out the same.
const manyRuns = 256

// weighed shares a unit out by its rule's weights: nothing of it is left but the part of
// whom the function is attributed to.
func (p *poll) weighed(a *ask, u *unit) []*ask {
	rule := u.rule
	parts := make([]*unit, len(rule.Weights))
	for i := range parts {
		parts[i] = &unit{fn: u.fn.plain(), rows: make([]row, len(u.rows))}
	}
	rest := slices.Clone(u.rows)
	for at := range u.rows {
		n := u.rows[at].values[invocationsSum]
		if !u.rows[at].has(invocationsSum) || n <= 0 {
			continue
		}
		for i, runs := range lots(int64(n), a.span.at(at), a.span.period, rule.Weights) {
			if runs > 0 && rule.Weights[i].Tenant != a.group.key.Tenant {
				parts[i].rows[at] = u.rows[at].part(float64(runs) / n)
				rest[at].take(&parts[i].rows[at])
			}
		}
	}
	u.rows = rest
	var out []*ask
	for i, part := range parts {
		key := a.group.key
		if key.Tenant == rule.Weights[i].Tenant {
			continue
		}
		key.Tenant = rule.Weights[i].Tenant
		out = append(out, &ask{group: &group{key: p.partKey(key, a.group), account: a.group.account}, span: a.span, days: a.days, past: a.past, units: []*unit{part}, rule: rule})
	}
	return out
}

// lots gives each of n runs of a period to one tenant, by weight: rounding alone would give
// all runs of a function that is called once a minute to the same one. The sequence is the
// golden ratio's, which spreads evenly from every beginning on, and goes on from period to
// period where these have as many runs; the same period with as many runs comes out the
// same however often it is told.
func lots(n int64, start time.Time, period time.Duration, weights []Weight) []int64 {
	out := make([]int64, len(weights))
	upTo, sum := make([]float64, len(weights)), 0.0
	for i, w := range weights {
		sum += w.Part
		upTo[i] = sum
	}
	if n > manyRuns {
		given := int64(0)
		for i := range upTo {
			until := int64(math.Round(float64(n) * upTo[i] / sum))
			out[i], given = until-given, until
		}
		return out
	}
	const step = math.Phi - 1
	first := start.Unix() / int64(period/time.Second) * n % (1 << 30) // few enough for a float's digits
	for r := range n {
		_, at := math.Modf(float64(first+r) * step)
		i := slices.IndexFunc(upTo, func(u float64) bool { return at*sum < u })
		out[max(i, 0)]++
	}
	return out
}
