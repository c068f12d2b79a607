package whatif

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// pool is Lambda in one place, over which tiers count.
type pool struct {
	*cost.LambdaRates
	problem string
	asked   decimal.Decimal // GB-seconds that the scenario brings here
	average decimal.Decimal // USD per GB-second of what was asked
}

func (q *question) poolOf(place migration.RegionArch) *pool {
	if p, ok := q.lambda[place]; ok {
		return p
	}
	p := &pool{}
	q.lambda[place] = p
	var err error
	if p.LambdaRates, err = q.p.LambdaRates(place); err != nil {
		p.problem = err.Error()
		return p
	}
	q.note(p.Note())
	return p
}

// pool adds the GB-seconds of all tenants up by the place where the scenario runs them, so
// that Lambda's tiers count over the whole account.
func (q *question) pool(bills []bill) {
	for i := range bills {
		b := &bills[i]
		for k := range b.works {
			w := &b.works[k]
			if w.unavailable != "" {
				continue
			}
			if q.scenario.LambdaArch != "" {
				w.place.Arch = q.scenario.LambdaArch
			}
			p := q.poolOf(w.place)
			if p.problem != "" {
				w.unavailable = p.problem
				continue
			}
			month := kept(w.gbs.Mul(w.month))
			p.asked = p.asked.Add(month)
			b.gbs[w.place] = b.gbs[w.place].Add(month)
		}
	}
	for _, p := range q.lambda {
		if p.asked.IsPositive() {
			p.average = p.Compute(p.asked).DivRound(p.asked, cost.Places)
		}
	}
}

// marginal is what a tenant's month on Lambda adds to the account's with the whole fleet
// on Lambda: compute, requests and all other charges of its functions.
func (q *question) marginal(b *bill) decimal.Decimal {
	l := &b.on[migration.OnLambda]
	sum := l.rest.Add(l.standing.Mul(q.factor[migration.OnLambda]))
	for place, gbs := range b.gbs {
		p := q.lambda[place]
		saved := p.Compute(p.asked).Sub(p.Compute(p.asked.Sub(gbs)))
		sum = sum.Add(saved.Mul(q.factor[migration.OnLambda]))
	}
	return sum
}

// rates is what pods cost in one place that is not Lambda.
type rates struct {
	*cost.RunRates
	// packed is the share of a node's price that pods carry, 0 where each has a machine of
	// its own.
	packed  decimal.Decimal
	problem string
	note    string // what is not certain about all that is priced here, or empty
	lines   []cost.Line
}

// run is what a run costs: what a Savings Plan can take from and what not. plain is what
// both would be with nothing idle.
func (r *rates) run(pod cost.Shape) (compute, rest, plain decimal.Decimal, err error) {
	if r.lines, err = r.Price(r.lines[:0], pod); err != nil {
		return compute, rest, plain, err
	}
	onDemand, spot := cost.SumMarket(r.lines, false), cost.SumMarket(r.lines, true)
	if r.packed.IsZero() {
		compute, rest = quotient(onDemand), quotient(spot)
		return compute, rest, compute.Add(rest), nil
	}
	plain = quotient(cost.Sum(r.lines))
	onDemand.Whole, spot.Whole = onDemand.Whole.Mul(r.packed), spot.Whole.Mul(r.packed)
	return quotient(onDemand), quotient(spot), plain, nil
}

func quotient(f cost.Fraction) decimal.Decimal { return f.Of.DivRound(f.Whole, cost.Places) }

// jobRates reads what pods cost in a place under the scenario.
func (q *question) jobRates(kind migration.HostKind) rates {
	s := q.scenario
	host := migration.Host{Kind: kind, OS: migration.Linux, Place: migration.RegionArch{Region: q.region, Arch: s.Arch}}
	spot, out := s.Spot, rates{}
	switch kind {
	case migration.HostEC2:
		if i, ok := q.p.Book().Instance(s.NodeType); ok && i.Arch != s.Arch {
			return rates{problem: fmt.Sprintf("%s is %s, and Jobs are to be %s", s.NodeType, i.Arch, s.Arch)}
		}
		host.InstanceType, out.packed = s.NodeType, percent(s.Packed)
	case migration.HostECSFargate:
		if spot == 0 {
			break
		}
		// Where the Spot price is unknown, on demand is the most that it can be.
		r, err := q.p.RunRates(host, percent(100))
		if q.note(r.Notes()...); err != nil {
			out.note, spot = "all on demand, since "+err.Error(), 0
		}
	}
	r, err := q.p.RunRates(host, percent(spot))
	if q.note(r.Notes()...); err != nil {
		return rates{problem: err.Error()}
	}
	out.RunRates = r
	return out
}

// kept rounds a product of quotients to the places that they have.
func kept(d decimal.Decimal) decimal.Decimal { return d.Round(cost.Places) }

// price adds a tenant's month up in each placement.
func (q *question) price(b *bill) {
	if len(b.works) == 0 {
		for h := range b.on {
			b.on[h].problem = "nothing ran on either side in this window"
		}
		return
	}
	for k := range b.works {
		w := &b.works[k]
		l := &b.on[migration.OnLambda]
		l.busy = l.busy.Add(w.busy.Mul(w.month))
		if w.unavailable != "" {
			l.fail(w.unavailable)
		} else {
			p := q.lambda[w.place]
			standing := kept(w.covered.Mul(w.month))
			l.compute = l.compute.Add(kept(w.gbs.Mul(w.month).Mul(p.average))).Add(standing)
			l.standing = l.standing.Add(standing)
			l.rest = l.rest.Add(p.Requests(w.month)).Add(kept(w.uncovered.Mul(w.month)))
		}
		for h := migration.OnNodes; h < migration.NumPlacements; h++ {
			s, at := &b.on[h], &q.jobs[h]
			if at.RunRates != nil {
				s.least = at.Least()
				s.busy = s.busy.Add(at.Billed(w.pod.Duration).Mul(w.month))
			}
			s.start = s.start.Add(w.start.Mul(w.month))
			switch {
			case at.problem != "":
				s.fail(at.problem)
				continue
			case w.unschedulable != "":
				s.fail(w.unschedulable)
				continue
			}
			compute, rest, plain, err := at.run(w.pod)
			if err != nil {
				s.fail(fmt.Sprintf("%s: %s", w.name, err))
				continue
			}
			times := w.month.Mul(w.pods)
			s.compute, s.rest = s.compute.Add(kept(compute.Mul(times))), s.rest.Add(kept(rest.Mul(times)))
			s.plain = s.plain.Add(kept(plain.Mul(times)))
		}
	}
}

func (s *sums) fail(problem string) {
	if s.problem == "" {
		s.problem = problem
	}
}
