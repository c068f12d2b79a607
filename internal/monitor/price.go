package monitor

import (
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// perThousandMetrics is what CloudWatch asks for 1,000 metrics of GetMetricData: the
// price of the region or, where several are read, of the dearest of them. What is asked
// is counted together, and a budget must hold wherever it was asked.
func (s *state) perThousandMetrics() migration.Opt[migration.USD] {
	regions := []string{s.opts.Scope.Region}
	if len(s.opts.Scope.Accounts) > 0 {
		regions = regions[:0]
		for _, a := range s.opts.Scope.Accounts {
			regions = append(regions, a.Region)
		}
	}
	var one migration.Opt[migration.USD]
	for _, region := range regions {
		r, err := s.opts.Cost.Book().Rate("cloudwatch.get_metric_data", region)
		if err != nil {
			return migration.None[migration.USD]()
		}
		usd := migration.Dollars(r.Value)
		if before, ok := one.Get(); !ok || usd.Decimal().GreaterThan(before.Decimal()) {
			one = migration.Some(usd)
		}
	}
	return one
}

// rates are the prices that charts are drawn with, as floats, one computation a
// place or host for the life of a Monitor.
type rates struct {
	cost   *cost.Pricer
	lambda map[*migration.Place]lambdaRate
	hosts  map[*migration.Host]hostRate
}

type lambdaRate struct{ perMBMilli, perRequest float64 }

type hostRate struct{ perMilliCPUSecond, perKiBSecond, perPodSecond float64 }

func newRates(p *cost.Pricer) *rates {
	return &rates{cost: p, lambda: map[*migration.Place]lambdaRate{}, hosts: map[*migration.Host]hostRate{}}
}

// dollars is what a cell cost, for a chart. What has no price draws nothing.
func (r *rates) dollars(c *cell) float64 {
	var sum float64
	for _, in := range c.invoked {
		rate := r.place(in.place)
		sum += float64(in.billed)*rate.perMBMilli + float64(in.requests)*rate.perRequest
		if in.beside != nil {
			sum += r.beside(&in, rate)
		}
	}
	all := c.held()
	for i := range all {
		h := &all[i]
		rate := r.host(h.host)
		cpu, memory := float64(h.cpu), float64(h.memory)
		if h.podSeconds > 0 {
			seen := float64(h.usageSeconds) / float64(h.podSeconds)
			cpu += max(float64(h.usedCPU.Or(0))-cpu*seen, 0)
			memory += max(float64(h.usedMemory.Or(0))-memory*seen, 0)
		}
		sum += cpu*rate.perMilliCPUSecond + memory*rate.perKiBSecond +
			float64(h.podSeconds+h.shortOfMinute)*rate.perPodSecond
	}
	return sum
}

// beside is what an entry bills beside compute on demand and requests, less what of its
// compute was no such, for a chart.
func (r *rates) beside(in *invoked, rate lambdaRate) float64 {
	all := in.unpack()
	all.Requests, all.Billed = 0, all.OnProvisioned
	c, err := r.cost.Lambda(all)
	if err != nil {
		return 0
	}
	return c.Amount.Float() - float64(all.OnProvisioned)*rate.perMBMilli
}

// much is an amount large enough that its price keeps all the digits of a float.
const much = 1 << 40

func (r *rates) place(p *migration.Place) lambdaRate {
	rate, ok := r.lambda[p]
	if !ok {
		if c, err := r.cost.Lambda(migration.Invoked{Place: *p, Billed: much}); err == nil {
			rate.perMBMilli = c.Amount.Float() / much
		}
		if c, err := r.cost.Lambda(migration.Invoked{Place: *p, Requests: much}); err == nil {
			rate.perRequest = c.Amount.Float() / much
		}
		r.lambda[p] = rate
	}
	return rate
}

func (r *rates) host(h *migration.Host) hostRate {
	rate, ok := r.hosts[h]
	if !ok {
		of := func(held migration.Held) float64 {
			held.Host = *h
			c, err := r.cost.Pods(held)
			if err != nil {
				return 0
			}
			return c.Amount.Float() / much
		}
		if h.Kind.Fargate() {
			rate.perPodSecond = of(migration.Held{PodSeconds: much})
		} else {
			rate.perMilliCPUSecond = of(migration.Held{CPU: much})
			rate.perKiBSecond = of(migration.Held{Memory: much})
		}
		r.hosts[h] = rate
	}
	return rate
}
