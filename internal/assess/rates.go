package assess

import (
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// rates are the prices that charts are drawn with, as floats, computed once a place or host
// of a view.
type rates struct {
	cost   *cost.Pricer
	lambda map[*migration.RegionArch]lambdaRate
	hosts  map[*migration.Host]hostRate
}

type lambdaRate struct{ perMBMilli, perRequest, perLogByte float64 }

type hostRate struct{ perMilliCPUSecond, perKiBSecond, perPodSecond float64 }

func newRates(p *cost.Pricer) *rates {
	return &rates{cost: p, lambda: map[*migration.RegionArch]lambdaRate{}, hosts: map[*migration.Host]hostRate{}}
}

// dollars is what a bucket cost, for a chart. What has no price draws nothing.
func (r *rates) dollars(c *timeseries.Bucket) float64 {
	var sum float64
	for _, in := range c.Invoked {
		rate := r.place(in.Place)
		sum += float64(in.Billed)*rate.perMBMilli + float64(in.Requests)*rate.perRequest + float64(in.Logs)*rate.perLogByte
		if in.Extras != nil {
			sum += r.extras(&in, rate)
		}
	}
	all := c.Usage()
	for i := range all {
		sum += r.usage(&all[i])
	}
	return sum
}

// usage is what pods cost by what they held and used, for a chart.
func (r *rates) usage(h *timeseries.PodUsage) float64 {
	rate := r.host(h.Host)
	cpu, memory := float64(h.CPU), float64(h.Memory)
	if h.PodSeconds > 0 {
		seen := float64(h.UsageSeconds) / float64(h.PodSeconds)
		cpu += max(float64(h.UsedCPU.Or(0))-cpu*seen, 0)
		memory += max(float64(h.UsedMemory.Or(0))-memory*seen, 0)
	}
	return cpu*rate.perMilliCPUSecond + memory*rate.perKiBSecond + float64(h.PodSeconds+h.ShortOfMinute)*rate.perPodSecond
}

// extras are Lambda charges other than on-demand compute and requests, less the compute of
// the entry that was not on demand, for a chart.
func (r *rates) extras(in *timeseries.Invoked, rate lambdaRate) float64 {
	all := in.Unpack()
	all.Requests, all.Logs, all.Billed = 0, 0, all.OnProvisioned
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
		if c, err := r.cost.Lambda(migration.LambdaUsage{Place: *p, Logs: much}); err == nil {
			rate.perLogByte = c.Amount.Float() / much
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
