package whatif

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// pool is Lambda in one place: what tiers count over.
type pool struct {
	request decimal.Decimal // USD
	tiers   []cost.Tier
	problem string
	asked   decimal.Decimal // GB-seconds that the scenario brings here
	rate    decimal.Decimal // average of what was asked
}

func (q *question) poolOf(place migration.RegionArch) *pool {
	if p, ok := q.lambda[place]; ok {
		return p
	}
	p := &pool{}
	q.lambda[place] = p
	request, err := q.p.Rate("lambda.requests", place.Region)
	if err == nil {
		p.request = request.Value.Shift(-6)
		p.tiers, err = q.p.LambdaTiers(place)
	}
	if err != nil {
		p.problem = err.Error()
		return p
	}
	q.note(p.tiers[0].Rate.Evidence().Note)
	return p
}

// pool brings the GB-seconds of all tenants to the places where the scenario has
// them, so that Lambda's tiers count over the whole account.
func (q *question) pool(bills []bill) {
	for i := range bills {
		b := &bills[i]
		for k := range b.works {
			w := &b.works[k]
			if w.notHere != "" {
				continue
			}
			if q.scenario.LambdaArch != "" {
				w.place.Arch = q.scenario.LambdaArch
			}
			p := q.poolOf(w.place)
			if p.problem != "" {
				w.notHere = p.problem
				continue
			}
			month := kept(w.gbs.Mul(w.month))
			p.asked = p.asked.Add(month)
			b.gbs[w.place] = b.gbs[w.place].Add(month)
		}
	}
	for _, p := range q.lambda {
		if p.asked.IsPositive() {
			p.rate = cost.Tiered(p.tiers, p.asked).DivRound(p.asked, cost.Places)
		}
	}
}

// marginal is what a tenant's month on Lambda adds to the account's, everything of
// the fleet being there: compute, requests and what else its functions bill.
func (q *question) marginal(b *bill) decimal.Decimal {
	l := &b.homes[migration.OnLambda]
	sum := l.rest.Add(l.standing.Mul(q.factor[migration.OnLambda]))
	for place, gbs := range b.gbs {
		p := q.lambda[place]
		saved := cost.Tiered(p.tiers, p.asked).Sub(cost.Tiered(p.tiers, p.asked.Sub(gbs)))
		sum = sum.Add(saved.Mul(q.factor[migration.OnLambda]))
	}
	return sum
}

// rates is what pods cost in one place that is not Lambda.
type rates struct {
	problem string
	note    string // what to mind of all that is priced here, or empty
	// compute and rest are what a run costs: what a Savings Plan can take from and
	// what not. plain is what both would be with nothing idle.
	run   func(cost.Shape) (compute, rest, plain decimal.Decimal, problem string)
	least time.Duration
}

// billed is how many seconds of a pod are paid for.
func (h *rates) billed(d time.Duration) decimal.Decimal {
	if h.least == 0 {
		return seconds(d)
	}
	return decimal.NewFromInt(int64((max(d, h.least) + time.Second - 1) / time.Second))
}

// nodes prices pods by their dominant share of a node, whose idle rest is shared out
// with it.
func (q *question) nodes() rates {
	s := q.scenario
	host := migration.Host{Kind: migration.HostEC2, OS: migration.Linux, Place: migration.RegionArch{Region: q.region, Arch: s.Arch}, InstanceType: s.NodeType}
	if i, ok := q.p.Book().Instance(s.NodeType); ok && i.Arch != s.Arch {
		return rates{problem: fmt.Sprintf("%s is %s, and Jobs are to be %s", s.NodeType, i.Arch, s.Arch)}
	}
	var onDemand, spot decimal.Decimal
	if s.Spot < 100 {
		price, err := q.p.Node(host)
		if err != nil {
			return rates{problem: err.Error()}
		}
		onDemand = price.Amount.Decimal().Mul(percent(100 - s.Spot))
		q.note(price.Evidence.Note)
	}
	if s.Spot > 0 {
		host := host
		host.Spot = true
		price, err := q.p.Node(host)
		if err != nil {
			return rates{problem: err.Error()}
		}
		spot = price.Amount.Decimal().Mul(percent(s.Spot))
		q.note(price.Evidence.Note)
	}
	packed := percent(s.Packed)
	return rates{run: func(pod cost.Shape) (compute, rest, plain decimal.Decimal, problem string) {
		share, err := q.p.Dominant(host, pod)
		if err != nil {
			return compute, rest, plain, err.Error()
		}
		hours := seconds(pod.Duration).Mul(share.Of)
		whole := share.Whole.Mul(secondsPerHour)
		plain = hours.Mul(onDemand.Add(spot)).DivRound(whole, cost.Places)
		whole = whole.Mul(packed)
		return hours.Mul(onDemand).DivRound(whole, cost.Places), hours.Mul(spot).DivRound(whole, cost.Places), plain, ""
	}}
}

func (q *question) eksFargate() rates {
	if q.scenario.Arch == migration.Arm64 {
		return rates{problem: "EKS Fargate has no arm64"}
	}
	return q.fargate(q.p.EKSFargateSize, 0)
}

func (q *question) ecsFargate() rates { return q.fargate(q.p.ECSFargateSize, q.scenario.Spot) }

// fargate prices each pod's own machine, for a minute at the least.
func (q *question) fargate(size func(migration.CPU, migration.Bytes) (cost.Size, error), spot int) rates {
	type hourly struct{ cpu, memory decimal.Decimal }
	read := func(market string) (r hourly, problem string) {
		for _, one := range [...]struct {
			item string
			into *decimal.Decimal
		}{{"vcpu", &r.cpu}, {"memory", &r.memory}} {
			rate, err := q.p.Rate("fargate."+market+one.item+"."+string(q.scenario.Arch), q.region)
			if err != nil {
				return r, err.Error()
			}
			*one.into = rate.Value
			q.note(rate.Evidence().Note)
		}
		return r, ""
	}
	var cheap hourly
	h := rates{least: time.Minute}
	if spot > 0 {
		// Where nobody knows the Spot price, on demand is the most that it can be.
		var unread string
		if cheap, unread = read("spot."); unread != "" {
			h.note, spot = "all on demand, since "+unread, 0
		}
	}
	onDemand, problem := read("")
	if problem != "" {
		return rates{problem: problem}
	}
	h.run = func(pod cost.Shape) (compute, rest, plain decimal.Decimal, problem string) {
		of, err := size(pod.CPU, pod.Memory)
		if err != nil {
			return compute, rest, plain, err.Error()
		}
		span := h.billed(pod.Duration)
		price := func(r hourly, share int) decimal.Decimal {
			return of.VCPU.Mul(r.cpu).Add(of.GB.Mul(r.memory)).Mul(span).Mul(percent(share)).DivRound(secondsPerHour, cost.Places)
		}
		compute, rest = price(onDemand, 100-spot), price(cheap, spot)
		return compute, rest, compute.Add(rest), ""
	}
	return h
}

// kept is a product of quotients to as many places as they have: what lies beyond is
// no part of them.
func kept(d decimal.Decimal) decimal.Decimal { return d.Round(cost.Places) }

// price adds a tenant's month up in each home.
func (q *question) price(b *bill) {
	if len(b.works) == 0 {
		for h := range b.homes {
			b.homes[h].problem = "nothing ran on either side in this window"
		}
		return
	}
	for k := range b.works {
		w := &b.works[k]
		l := &b.homes[migration.OnLambda]
		l.busy = l.busy.Add(w.busy.Mul(w.month))
		if w.notHere != "" {
			l.fail(w.notHere)
		} else {
			p := q.lambda[w.place]
			standing := kept(w.covered.Mul(w.month))
			l.compute = l.compute.Add(kept(w.gbs.Mul(w.month).Mul(p.rate))).Add(standing)
			l.standing = l.standing.Add(standing)
			l.rest = l.rest.Add(p.request.Mul(w.month)).Add(kept(w.beside.Mul(w.month)))
		}
		for h := migration.OnNodes; h < migration.NumPlacements; h++ {
			s, at := &b.homes[h], &q.jobs[h]
			s.least = at.least
			s.busy = s.busy.Add(at.billed(w.pod.Duration).Mul(w.month))
			s.start = s.start.Add(w.start.Mul(w.month))
			switch {
			case at.problem != "":
				s.fail(at.problem)
				continue
			case w.homeless != "":
				s.fail(w.homeless)
				continue
			}
			compute, rest, plain, problem := at.run(w.pod)
			if problem != "" {
				s.fail(fmt.Sprintf("%s: %s", w.name, problem))
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
