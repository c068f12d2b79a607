package whatif

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
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
			if b.gbs == nil {
				b.gbs = map[migration.RegionArch]decimal.Decimal{}
			}
			b.gbs[w.place] = b.gbs[w.place].Add(month)
		}
	}
	for _, p := range q.lambda {
		if p.asked.IsPositive() {
			p.average = p.Compute(p.asked).DivRound(p.asked, cost.Places)
		}
	}
}

// marginal is what a tenant's month adds on the platform before the move to the account's, with
// the whole fleet there: Lambda's tiers make that less than its part.
func (q *question) marginal(b *bill) decimal.Decimal {
	if q.base != migration.OnLambda {
		return q.cost(b, q.base)
	}
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
	problem string // why nothing can run there
	missing error  // the price that is missing; the others count
	lines   []cost.Line
}

// run is what a run costs: what a Savings Plan can take from and what not. plain is what
// both would be with nothing idle. An error that is a missing price leaves what has one.
func (r *rates) run(pod cost.Shape) (compute, rest, plain decimal.Decimal, err error) {
	r.lines, err = r.Price(r.lines[:0], pod)
	if err != nil && !isMissing(err) {
		return compute, rest, plain, err
	}
	onDemand, spot := cost.SumMarket(r.lines, false), cost.SumMarket(r.lines, true)
	if r.packed.IsZero() {
		compute, rest = quotient(onDemand), quotient(spot)
		return compute, rest, compute.Add(rest), err
	}
	plain = quotient(cost.Sum(r.lines))
	onDemand.Whole, spot.Whole = onDemand.Whole.Mul(r.packed), spot.Whole.Mul(r.packed)
	return quotient(onDemand), quotient(spot), plain, err
}

func quotient(f cost.Fraction) decimal.Decimal { return f.Of.DivRound(f.Whole, cost.Places) }

// isMissing reports whether an error is a price that the book does not have.
func isMissing(err error) bool {
	_, ok := errors.AsType[*prices.UnknownError](err)
	return ok
}

// jobRates reads what pods cost in a place under the scenario.
func (q *question) jobRates(kind migration.HostKind) rates {
	s := q.scenario
	host := migration.Host{Kind: kind, OS: migration.Linux, Place: migration.RegionArch{Region: q.region, Arch: s.Arch}}
	out := rates{}
	if kind == migration.HostEC2 {
		if i, ok := q.p.Book().Instance(s.NodeType); ok && i.Arch != s.Arch {
			return rates{problem: fmt.Sprintf("%s is %s, and Jobs are to be %s", s.NodeType, i.Arch, s.Arch)}
		}
		host.InstanceType, out.packed = s.NodeType, percent(s.Packed)
	}
	r, err := q.p.RunRates(host, percent(s.Spot))
	q.note(r.Notes()...)
	return out.with(r, err)
}

// asNowOnECS reads what tasks cost that are not on ECS now: on Fargate, on demand.
func (q *question) asNowOnECS() rates {
	host := migration.Host{
		Kind: migration.HostECSFargate, OS: migration.Linux, Place: migration.RegionArch{Region: q.region, Arch: migration.X86},
	}
	r, err := q.p.RunRates(host, decimal.Decimal{})
	return rates{}.with(r, err)
}

func (r rates) with(of *cost.RunRates, err error) rates {
	if r.RunRates = of; err != nil && isMissing(err) {
		r.missing = err
	} else if err != nil {
		return rates{problem: err.Error()}
	}
	return r
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
		for h := range migration.NumPlacements {
			q.priceIn(h, b, &b.works[k])
		}
	}
}

// priceIn adds a workload up in one placement.
func (q *question) priceIn(h migration.Placement, b *bill, w *work) {
	s := &b.on[h]
	switch h {
	case migration.OnLambda:
		q.priceLambda(s, w)
	case migration.OnECS:
		if q.ecs {
			q.priceECS(s, w)
		}
	case migration.OnECSFargate:
		q.priceShape(h, s, w, &w.task)
	default:
		q.priceShape(h, s, w, &w.pod)
	}
}

func (q *question) priceLambda(l *sums, w *work) {
	l.busy = l.busy.Add(w.busy.Mul(w.month))
	if w.unavailable != "" {
		l.fail(w.unavailable)
		return
	}
	p := q.lambda[w.place]
	standing := kept(w.covered.Mul(w.month))
	l.compute = l.compute.Add(kept(w.gbs.Mul(w.month).Mul(p.average))).Add(standing)
	l.standing = l.standing.Add(standing)
	l.rest = l.rest.Add(p.Requests(w.month)).Add(kept(w.uncovered.Mul(w.month)))
}

// priceShape adds what a workload's runs would request in a placement.
func (q *question) priceShape(h migration.Placement, s *sums, w *work, shape *runShape) {
	at := &q.jobs[h]
	if at.RunRates != nil {
		s.shortest = at.Least()
		s.busy = s.busy.Add(at.Billed(shape.Duration).Mul(w.month))
	}
	s.start = s.start.Add(shape.start.Mul(w.month))
	switch {
	case at.problem != "":
		s.fail(at.problem)
		return
	case shape.problem != "":
		s.fail(shape.problem)
		return
	}
	compute, rest, plain, err := at.run(shape.Shape)
	switch {
	case err != nil && isMissing(err):
		s.lack(err, q.p.Book())
	case err != nil:
		s.fail(fmt.Sprintf("%s: %s", w.name, err))
		return
	}
	times := w.month.Mul(shape.times)
	s.compute, s.rest = s.compute.Add(kept(compute.Mul(times))), s.rest.Add(kept(rest.Mul(times)))
	s.plain = s.plain.Add(kept(plain.Mul(times)))
}

// priceECS adds what a workload's runs cost on ECS as its tasks run now; those of work that
// has left it, as tasks on Fargate.
func (q *question) priceECS(s *sums, w *work) {
	switch {
	case w.ecs.problem != "":
		s.fail(w.ecs.problem)
	case w.ecs.seen:
		nodes := kept(w.ecs.nodes.Mul(w.month))
		s.compute = s.compute.Add(kept(w.ecs.fargate.Mul(w.month))).Add(nodes)
		s.nodes = s.nodes.Add(nodes)
		s.rest = s.rest.Add(kept(w.ecs.others.Mul(w.month)))
	default:
		q.note("work that has left ECS is priced there as tasks on Fargate, on demand")
		q.priceShape(migration.OnECS, s, w, &w.task)
	}
}

// fail says why nothing can be known of a placement; the first reason stays.
func (s *sums) fail(problem string) {
	if s.problem == "" || s.partly {
		s.problem, s.remedy, s.partly = problem, "", false
	}
}

// lack says which price is missing, and what to do; a reason why it cannot run at all stays.
func (s *sums) lack(err error, book *prices.PriceBook) {
	if s.problem != "" {
		return
	}
	s.problem, s.partly = err.Error(), true
	if e, ok := errors.AsType[*prices.UnknownError](err); ok {
		s.problem, s.remedy = missingPrice(e, book)
	}
}

// known reports whether a placement is known whole.
func (s *sums) known() bool { return s.problem == "" }

// missingPrice names a price that is missing, and says what to do about it: the command that
// looks for it, and the line of an overlay that states it.
func missingPrice(e *prices.UnknownError, book *prices.PriceBook) (problem, remedy string) {
	problem = "no price of " + e.Item
	if e.Region == "" {
		return problem + ": the region is unknown", ""
	}
	unit, known := book.UnitOf(e.Item)
	if !known {
		unit = "USD/hour"
	}
	return problem + " in " + e.Region, fmt.Sprintf("migtop prices refresh %s, or in prices.overlay: %s: %q", e.Region, e.Item, unit)
}
