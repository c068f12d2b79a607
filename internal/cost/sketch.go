package cost

import "github.com/migtop/migtop/internal/migration"

// Sketcher prices buckets in binary floats, for charts alone: a pixel is coarser
// than any rounding, and a chart of many tenants has many buckets. It is not safe
// for concurrent use.
type Sketcher struct {
	p      *Pricer
	lambda few[migration.Place, lambdaSlope]
	hosts  few[migration.Host, hostSlope]
}

type lambdaSlope struct {
	perRequest, perMBMilli float64
	ok                     bool
}

type hostSlope struct {
	perCPU, perMemory, perSecond float64
	ok                           bool
}

// Sketcher returns a Sketcher at p's prices.
func (p *Pricer) Sketcher() *Sketcher {
	return &Sketcher{p: p}
}

// Lambda is about what a bucket of invocations cost; false where that is unknown.
func (s *Sketcher) Lambda(in *migration.Invoked) (usd float64, ok bool) {
	r, added := s.lambda.at(&in.Place)
	if added {
		if rate, err := s.p.lambdaRate(in.Place); err == nil {
			*r = lambdaSlope{rate.perRequest.InexactFloat64(), rate.compute.InexactFloat64(), true}
		}
	}
	return float64(in.Requests)*r.perRequest + float64(in.Billed)*r.perMBMilli, r.ok
}

// Held is about what a bucket of pods on one kind of host cost; false where that
// is unknown.
func (s *Sketcher) Held(h *migration.Held) (usd float64, ok bool) {
	r, added := s.hosts.at(&h.Host)
	if added {
		*r = s.slope(h.Host)
	}
	cpu, memory := h.CPU, h.Memory
	if s.p.basis == ByAllocation {
		cpu, memory = allocated(h)
	}
	return float64(cpu)*r.perCPU + float64(memory)*r.perMemory + float64(h.PodSeconds+h.ShortOfMinute)*r.perSecond, r.ok
}

func (s *Sketcher) slope(h migration.Host) hostSlope {
	const many = 1 << 40 // so that the quotient keeps its digits
	switch h.Kind {
	case migration.HostEC2:
		if r, err := s.p.nodeRate(h); err == nil {
			return hostSlope{
				perCPU:    r.share(many, 0).InexactFloat64() / many,
				perMemory: r.share(0, many).InexactFloat64() / many,
				ok:        true,
			}
		}
	case migration.HostFargate:
		if r, err := s.p.fargateRate(h); err == nil {
			return hostSlope{perSecond: r.hourly.InexactFloat64() / 3600, ok: true}
		}
	}
	return hostSlope{}
}
