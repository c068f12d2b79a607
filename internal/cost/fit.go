package cost

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// NodeChoice are the types of EC2 nodes that have a price in a place, from the lowest price on. Burstable types, bare
// metal and AMD GPUs are left out: the price of the first is not that of all their CPU, the second are whole machines.
type NodeChoice struct {
	p     *Pricer
	place migration.RegionArch
	types []string
}

// NodeChoice reads the prices of all types in a place.
func (p *Pricer) NodeChoice(place migration.RegionArch) *NodeChoice {
	c := &NodeChoice{p: p, place: place}
	price := map[string]decimal.Decimal{}
	types := p.book.Instances()
	for k := range types {
		i := &types[k]
		if i.Arch != place.Arch || !usable(i) {
			continue
		}
		if node, err := p.Node(c.host(i.Type)); err == nil {
			price[i.Type] = node.Amount.Decimal()
			c.types = append(c.types, i.Type)
		}
	}
	slices.SortStableFunc(c.types, func(a, b string) int { return price[a].Cmp(price[b]) })
	return c
}

func (c *NodeChoice) host(typ string) migration.Host {
	return migration.Host{Kind: migration.HostEC2, OS: migration.Linux, Place: c.place, InstanceType: typ}
}

// Smallest is the type with the lowest price that holds a run of a shape. Types of the same family as like come before
// all others.
func (c *NodeChoice) Smallest(like string, s Shape) (string, bool) {
	family, _, _ := strings.Cut(like, ".")
	other := ""
	for _, typ := range c.types {
		own, _, _ := strings.Cut(typ, ".")
		if other != "" && own != family {
			continue
		}
		if _, err := c.p.Dominant(c.host(typ), s); err != nil {
			continue
		}
		if own == family {
			return typ, true
		}
		other = typ
	}
	return other, other != ""
}

// burstableName is how the burstable types are called: t2, t3, t3a, t4g.
var burstableName = regexp.MustCompile(`^t[0-9]`)

// usable reports whether nodes of a type are chosen without being asked for. What is not known of a type follows from its
// name. Types with AMD GPUs are not: the accelerated images of Amazon EKS are for NVIDIA's. Source: EKS user guide,
// accelerated AMIs.
func usable(i *prices.Instance) bool {
	burstable := i.Burstable.Or(burstableName.MatchString(i.Type))
	metal := i.BareMetal.Or(strings.Contains(i.Type, "metal"))
	return !burstable && !metal && !strings.HasPrefix(i.GPU, "AMD")
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
