package cost

import (
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// DefaultNodeType is the EC2 type that Jobs are assumed on where no pool of nodes says more.
const DefaultNodeType = "m6i.xlarge"

// AssumedPool is the pool of nodes that runs are taken to be on where none of them was seen there.
type AssumedPool struct {
	Type   string // EC2 instance type
	Arch   migration.Arch
	Spot   int // percent of the nodes
	Packed int // percent of the nodes' price that pods request, 1 to 100
	// Seen says that nodes with a known type are there; else Type is [DefaultNodeType], filled.
	Seen bool
	// Nodes are all EC2 nodes of the pool, and Others those that are no plain Linux nodes on shared tenancy.
	Nodes, Others int
}

// AssumePool is the present pool as one kind of node: its most frequent type, its share of Spot, and how far
// the requests of pods fill it. Live figures and what-if use the same, so that a shape costs the same in both.
func (p *Pricer) AssumePool(nodes []migration.NodeView) AssumedPool {
	out := AssumedPool{Type: DefaultNodeType, Arch: migration.X86, Packed: 100}
	spot, most := 0, 0
	byType := map[string]int{}
	var full, filled decimal.Decimal
	for i := range nodes {
		n := &nodes[i]
		if n.Host.Kind != migration.HostEC2 {
			continue
		}
		out.Nodes += n.Nodes
		if n.Host.Spot {
			spot += n.Nodes
		}
		if n.Host.OS != "" && n.Host.OS != migration.Linux || n.Host.Tenancy != migration.TenancyShared ||
			n.Host.Capacity != migration.CapacityUsual || n.Host.Accelerators > 0 {
			out.Others += n.Nodes
		}
		if shape, known := p.Book().Instance(n.Host.InstanceType); known {
			byType[shape.Type] += n.Nodes
			if of := byType[shape.Type]; of > most || of == most && shape.Type < out.Type {
				most, out.Type, out.Arch, out.Seen = of, shape.Type, shape.Arch, true
			}
		}
		price, ok1 := n.NodePrice.Value.Get()
		requested, ok2 := n.Requested.Get()
		if ok1 && ok2 {
			all := price.Decimal().Mul(decimal.NewFromInt(int64(n.Nodes)))
			full, filled = full.Add(all), filled.Add(all.Mul(decimal.NewFromFloat(float64(requested))))
		}
	}
	if out.Nodes > 0 {
		out.Spot = (200*spot + out.Nodes) / (2 * out.Nodes) // to the nearest percent
	}
	if full.IsPositive() {
		out.Packed = int(min(max(filled.Mul(decimal.New(100, 0)).DivRound(full, 0).IntPart(), 1), 100))
	}
	return out
}

// Host is a node of the pool in a region.
func (a AssumedPool) Host(region string) migration.Host {
	return migration.Host{
		Kind: migration.HostEC2, OS: migration.Linux, InstanceType: a.Type, Place: migration.RegionArch{Region: region, Arch: a.Arch},
	}
}

// RunOn is what one run of a shape costs on nodes of a pool, with its part of what is idle of them. The error is as
// that of [RunRates.Price].
func (p *Pricer) RunOn(pool AssumedPool, region string, s Shape) (Priced, error) {
	r, err := p.RunRates(pool.Host(region), decimal.New(int64(pool.Spot), -2))
	if err != nil {
		return Priced{}, err
	}
	lines, err := r.Price(nil, s)
	if err != nil {
		return Priced{}, err
	}
	packed := decimal.New(int64(pool.Packed), -2)
	var sum decimal.Decimal
	for _, part := range [...]Fraction{SumMarket(lines, false), SumMarket(lines, true)} {
		sum = sum.Add(part.Of.DivRound(part.Whole.Mul(packed), Places))
	}
	evidence := migration.Provenance{Source: "price book", Method: migration.Estimated, Coverage: 1}
	for _, note := range r.Notes() {
		evidence = evidence.And(migration.Provenance{Source: "price book", Method: migration.Estimated, Coverage: 1, Note: note})
	}
	return Priced{Amount: migration.Dollars(sum), Evidence: evidence}, nil
}
