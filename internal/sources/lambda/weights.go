package lambda

import (
	"math"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Weight is a tenant's part of functions that tenants share and whose runs do not identify a
// tenant. Parts are relative to each other and above 0.
type Weight struct {
	Tenant migration.Tenant
	Part   float64
}

// noteWeights goes with what was shared out by weights.
const noteWeights = "shared out by the weights of the configuration, which nothing that was measured backs"

// weighed splits a unit by its rule's weights. The function's own tenant keeps the remainder.
// Runs are dealt out whole. The spread of run times is the same for every tenant, also in a
// period in which a tenant has no run.
func (p *poll) weighed(a *ask, u *unit) []*ask {
	rule := u.rule
	parts := make([]*unit, len(rule.Weights))
	for i := range parts {
		parts[i] = &unit{fn: u.fn.plain(), rows: make([]row, len(u.rows))}
	}
	deck := newDeck(rule.Weights, p.period)
	rest := slices.Clone(u.rows)
	for at := range u.rows {
		whole := &u.rows[at]
		n := whole.values[invocationsSum]
		if !whole.has(invocationsSum) || n <= 0 {
			continue
		}
		own := 0.0
		for i, runs := range deck.deal(a.span.at(at), a.span.period, int64(n)) {
			if rule.Weights[i].Tenant == a.group.key.Tenant {
				own += deck.share(i)
				continue
			}
			parts[i].rows[at] = whole.part(float64(runs) / n)
			parts[i].rows[at].share = deck.share(i)
			rest[at].take(&parts[i].rows[at])
		}
		rest[at].share = own
	}
	u.rows = rest
	var out []*ask
	for i, part := range parts {
		key := a.group.key
		if key.Tenant == rule.Weights[i].Tenant {
			continue
		}
		key.Tenant = rule.Weights[i].Tenant
		out = append(out, &ask{
			group: &group{key: p.partKey(key, a.group), account: a.group.account}, span: a.span, days: a.days, past: a.past,
			units: []*unit{part}, rule: rule,
		})
	}
	return out
}

// weighs reports whether a function is shared out by weights.
func (p *poll) weighs(fn *function) bool {
	rule := p.embeddedOf(fn.Name)
	return rule != nil && len(rule.Weights) > 0
}

// deck assigns runs to tenants by weight, in blocks of time. The result depends only on the
// block and the number of its runs, not on when or at what resolution they are read. After any
// number of a block's runs each of two tenants has its exact part to within one, and each of
// several to within three. Blocks begin at different offsets, spread by the golden ratio, so
// that a function with one run a block does not give all of them to the same tenant.
type deck struct {
	weights []Weight
	sum     float64
	block   time.Duration
	at      time.Time // the block that is dealt
	dealt   int64     // runs of it so far
}

func newDeck(weights []Weight, block time.Duration) *deck {
	return &deck{weights: weights, sum: sumOf(weights), block: block}
}

func sumOf(weights []Weight) (sum float64) {
	for _, w := range weights {
		sum += w.Part
	}
	return sum
}

// share is a tenant's share of all.
func (d *deck) share(i int) float64 { return d.weights[i].Part / d.sum }

// deal gives each of n runs of a period to one tenant. Periods come in the order of time, and
// the first of a block from its beginning on.
func (d *deck) deal(start time.Time, period time.Duration, n int64) []int64 {
	block := start.Truncate(max(d.block, period))
	if !block.Equal(d.at) {
		d.at, d.dealt = block, 0
	}
	const step = math.Phi - 1
	_, offset := math.Modf(float64(block.Unix()/int64(max(d.block, period)/time.Second)%(1<<30)) * step)
	before, after := make([]int64, len(d.weights)), make([]int64, len(d.weights))
	halve(d.weights, d.dealt, offset, before)
	halve(d.weights, d.dealt+n, offset, after)
	for i := range after {
		after[i] -= before[i]
	}
	d.dealt += n
	return after
}

// halve deals n runs out to two groups of tenants of about the same weight, and each group's
// to its own halves: with one run more one tenant has one more, and none has less. offset, from
// 0 to 1, says who comes first: a single run goes to each tenant by its weight over all
// offsets.
func halve(weights []Weight, n int64, offset float64, out []int64) {
	if len(weights) == 1 {
		out[0] = n
		return
	}
	sum, left, cut := sumOf(weights), weights[0].Part, 1
	for cut < len(weights)-1 && left+weights[cut].Part-sum/2 <= sum/2-left {
		left += weights[cut].Part
		cut++
	}
	share := left / sum
	first := min(int64(float64(n)*share+offset), n)
	// Whoever has the first run passes on where in its own share the offset is.
	inLeft, inRight := offset, offset
	if offset >= 1-share {
		inLeft = (offset - (1 - share)) / share
	} else {
		inRight = offset / (1 - share)
	}
	halve(weights[:cut], first, below1(inLeft), out[:cut])
	halve(weights[cut:], n-first, below1(inRight), out[cut:])
}

// below1 keeps what rounding made 1 below it.
func below1(v float64) float64 { return min(max(v, 0), 1-1e-12) }
