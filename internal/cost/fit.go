package cost

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// SmallestNode is the type of EC2 nodes with the lowest price in a region that holds a run of a shape.
// Types of the same family as like come before all others. Burstable types and bare metal are
// left out: the price of the first is not that of all its CPU, and the second are whole machines.
func (p *Pricer) SmallestNode(place migration.RegionArch, like string, s Shape) (string, bool) {
	family, _, _ := strings.Cut(like, ".")
	types := p.book.Instances()
	for _, same := range [...]bool{true, false} {
		best, lowest := "", decimal.Decimal{}
		for k := range types {
			i := &types[k]
			own, _, _ := strings.Cut(i.Type, ".")
			if i.Arch != place.Arch || (own == family) != same || !usable(i) {
				continue
			}
			h := migration.Host{Kind: migration.HostEC2, OS: migration.Linux, Place: place, InstanceType: i.Type}
			if _, err := p.Dominant(h, s); err != nil {
				continue
			}
			node, err := p.Node(h)
			if err != nil {
				continue
			}
			if price := node.Amount.Decimal(); best == "" || price.LessThan(lowest) {
				best, lowest = i.Type, price
			}
		}
		if best != "" {
			return best, true
		}
	}
	return "", false
}

// burstableName is how the burstable types are called: t2, t3, t3a, t4g.
var burstableName = regexp.MustCompile(`^t[0-9]`)

// usable reports whether nodes of a type are chosen without being asked for. What is not known of a type follows from its
// name.
func usable(i *prices.Instance) bool {
	return !i.Burstable.Or(burstableName.MatchString(i.Type)) && !i.BareMetal.Or(strings.Contains(i.Type, "metal"))
}

// gpusOf is how many whole GPUs a type has.
func gpusOf(i *prices.Instance) int64 { return int64(i.GPUs.Or(0)) }

// PodsPerNode is how many runs of a shape a node of a type holds at once.
func (p *Pricer) PodsPerNode(h migration.Host, s Shape) (int64, error) {
	if _, err := p.Dominant(h, s); err != nil {
		return 0, err
	}
	i, ok := p.book.Instance(h.InstanceType)
	if !ok {
		return 0, fmt.Errorf("what %s holds is not known", h.InstanceType)
	}
	fit := int64(i.MaxPods)
	least := func(has, wants int64) {
		if wants > 0 {
			fit = min(fit, has/wants)
		}
	}
	if fit == 0 {
		fit = 1 << 40 // the number of pods is unknown, and CPU and memory count
	}
	least(int64(i.Allocatable), int64(s.CPU))
	least(int64(i.AllocatableMemory), int64(s.Memory))
	least(gpusOf(&i), s.GPUs)
	return fit, nil
}
