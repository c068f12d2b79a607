package cost

import (
	"math/bits"

	"github.com/migtop/migtop/internal/migration"
)

// Pods prices what pods held on one kind of host: their share of a node by the
// pricer's [Basis], or their own machine on Fargate. It knows nothing of other pods;
// a [Ledger] sees over-subscription and idle time.
func (p *Pricer) Pods(h migration.ResourceUsage) (Priced, error) {
	if h.Host.Kind.Fargate() {
		r, err := p.fargateRate(h.Host)
		if err != nil {
			return Priced{}, err
		}
		return Priced{migration.Dollars(r.cost(h.PodSeconds, h.ShortOfMinute)), r.evidence, r.rates}, nil
	}
	r, err := p.splitRate(h.Host)
	if err != nil {
		return Priced{}, err
	}
	cpu, memory := h.CPU, h.Memory
	if p.basis == ByAllocation {
		cpu, memory = allocated(&h)
	}
	return Priced{migration.Dollars(r.share(cpu, memory)), r.evidence, r.rates}, nil
}

// allocated is the greater of request and usage. Usage counts against the part of
// the request that was held while it was seen; for the rest of the time only the
// request is known.
func allocated(h *migration.ResourceUsage) (migration.MilliCPUSeconds, migration.KiBSeconds) {
	cpu, memory := h.CPU, h.Memory
	if h.UsageSeconds <= 0 {
		return cpu, memory
	}
	if used, ok := h.UsedCPU.Get(); ok {
		cpu += max(used-migration.MilliCPUSeconds(portion(int64(h.CPU), h.UsageSeconds, h.PodSeconds)), 0)
	}
	if used, ok := h.UsedMemory.Get(); ok {
		memory += max(used-migration.KiBSeconds(portion(int64(h.Memory), h.UsageSeconds, h.PodSeconds)), 0)
	}
	return cpu, memory
}

// portion is amount * part/whole, rounded up, without overflow. A part that is not
// within the whole counts as all of it.
func portion(amount, part, whole int64) int64 {
	if part >= whole || whole <= 0 {
		return amount
	}
	if amount <= 0 || part <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(amount), uint64(part))
	q, r := bits.Div64(hi, lo, uint64(whole)) // part < whole: the quotient is below amount
	if r > 0 {
		q++
	}
	return int64(q) //nolint:gosec // at most amount
}
