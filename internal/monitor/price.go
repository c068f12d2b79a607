package monitor

import (
	"maps"
	"slices"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/spend"
)

// metricsItem is the price of 1,000 metrics of GetMetricData.
const metricsItem = "cloudwatch.get_metric_data"

// rateTable is what CloudWatch asks in the regions that are read. What is asked is counted
// together, whatever the region, and priced by the dearest of them: a budget must hold
// wherever it was asked. A region that the price book does not know has no part in it:
// what is asked there is counted apart.
type rateTable struct {
	cost    *cost.Pricer
	regions map[string]bool
}

func newTariff(opts Options) rateTable {
	t := rateTable{cost: opts.Cost, regions: map[string]bool{}}
	t.add(opts.Scope.Region)
	for _, a := range opts.Scope.Accounts {
		t.add(a.Region)
	}
	return t
}

// add gets to know a region; "" is none.
func (t *rateTable) add(region string) {
	if region != "" {
		t.regions[region] = true
	}
}

// highest is the price of an item in the dearest region that has one; the one that holds
// nearly everywhere while no region is known.
func (t *rateTable) highest(item string) (most migration.Opt[migration.USD]) {
	if len(t.regions) == 0 {
		return t.at(item, cost.Everywhere)
	}
	for region := range t.regions {
		if usd, ok := t.at(item, region).Get(); ok && usd.Cmp(most.Or(migration.USD{})) >= 0 {
			most = migration.Some(usd)
		}
	}
	return most
}

func (t *rateTable) at(item, region string) migration.Opt[migration.USD] {
	r, err := t.cost.Book().Rate(item, region)
	if err != nil {
		return migration.None[migration.USD]()
	}
	return migration.Some(migration.Dollars(r.Value))
}

// without are the regions in which an item has no price, while others have one.
func (t *rateTable) without(item string) (out []string) {
	for _, region := range slices.Sorted(maps.Keys(t.regions)) {
		if !t.at(item, region).Known() {
			out = append(out, region)
		}
	}
	return out
}

// apart moves what was asked in a region without its price to where it is counted apart.
// Where the region is not known it has the price of the others.
func (t *rateTable) apart(region string, c spend.Count) spend.Count {
	if region == "" {
		return c
	}
	if !t.at(metricsItem, region).Known() {
		c.UnpricedLow, c.UnpricedHigh, c.Low, c.High = c.UnpricedLow+c.Low, c.UnpricedHigh+c.High, 0, 0
	}
	if !t.at(insightsItem, region).Known() {
		c.UnpricedScanned, c.Scanned = c.UnpricedScanned+c.Scanned, 0
	}
	return c
}

// rates are the prices that charts are drawn with, as floats, one computation a
// place or host for the life of a Monitor.
type rates struct {
	cost   *cost.Pricer
	lambda map[*migration.RegionArch]lambdaRate
	hosts  map[*migration.Host]hostRate
}

type lambdaRate struct{ perMBMilli, perRequest float64 }

type hostRate struct{ perMilliCPUSecond, perKiBSecond, perPodSecond float64 }

func newRates(p *cost.Pricer) *rates {
	return &rates{cost: p, lambda: map[*migration.RegionArch]lambdaRate{}, hosts: map[*migration.Host]hostRate{}}
}

// dollars is what a cell cost, for a chart. What has no price draws nothing.
func (r *rates) dollars(c *bucket) float64 {
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

func (r *rates) place(p *migration.RegionArch) lambdaRate {
	rate, ok := r.lambda[p]
	if !ok {
		if c, err := r.cost.Lambda(migration.LambdaUsage{Place: *p, Billed: much}); err == nil {
			rate.perMBMilli = c.Amount.Float() / much
		}
		if c, err := r.cost.Lambda(migration.LambdaUsage{Place: *p, Requests: much}); err == nil {
			rate.perRequest = c.Amount.Float() / much
		}
		r.lambda[p] = rate
	}
	return rate
}

func (r *rates) host(h *migration.Host) hostRate {
	rate, ok := r.hosts[h]
	if !ok {
		of := func(held migration.ResourceUsage) float64 {
			held.Host = *h
			c, err := r.cost.Pods(held)
			if err != nil {
				return 0
			}
			return c.Amount.Float() / much
		}
		if h.Kind.Fargate() {
			rate.perPodSecond = of(migration.ResourceUsage{PodSeconds: much})
		} else {
			rate.perMilliCPUSecond = of(migration.ResourceUsage{CPU: much})
			rate.perKiBSecond = of(migration.ResourceUsage{Memory: much})
		}
		r.hosts[h] = rate
	}
	return rate
}
