package whatif

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// mostDiscount is the highest discount that is accepted, in percent. AWS takes at most 66 %
// off EC2 and 50 % off Fargate under a Compute Savings Plan (price book).
const mostDiscount = 90

// defaultNodeType is the type of node where the pool has no known one.
const defaultNodeType = "m6i.xlarge"

// check says which setting of a scenario is out of its range.
func (q *question) check(s *migration.Scenario) error {
	for _, k := range [...]struct {
		name            string
		value, low, top int
	}{
		{"Spot share", s.Spot, 0, 100},
		{"packing", s.Packed, 1, 100},
		{"discount on nodes", s.NodeDiscount, 0, mostDiscount},
		{"discount on Fargate", s.FargateDiscount, 0, mostDiscount},
		{"platform share", s.Share.Or(0), 0, 100},
	} {
		if k.value < k.low || k.value > k.top {
			return fmt.Errorf("%s of %d %%: want %d to %d", k.name, k.value, k.low, k.top)
		}
	}
	switch {
	case s.Target == q.base || !slices.Contains(q.placements, s.Target):
		return fmt.Errorf("a scenario compares %s with another platform, not with %s", q.base, s.Target)
	case s.Plan != "" && s.Plan != "1y" && s.Plan != "3y":
		return fmt.Errorf("the term of a Savings Plan is 1y or 3y, not %q", s.Plan)
	case s.Commitment.Sign() < 0:
		return fmt.Errorf("a commitment of $%s an hour: want 0 or more", s.Commitment)
	case s.OneOff.Sign() < 0:
		return fmt.Errorf("a one-off cost of $%s: want 0 or more", s.OneOff)
	}
	return nil
}

// asNow is the scenario of the present: where the work goes, the most frequent type of node of
// the Job pool, its share of Spot, and how far pods' requests fill it. The second result are
// the pool's types with a known shape, the most frequent first.
func (q *question) asNow() (migration.Scenario, []string) {
	s := migration.Scenario{Target: q.placementOf(q.move.After), NodeType: defaultNodeType, Arch: migration.X86, Packed: 100}
	nodes, spot, others := 0, 0, 0
	byType := map[string]int{}
	var full, filled decimal.Decimal
	for i := range q.snap.Totals.Nodes {
		n := &q.snap.Totals.Nodes[i]
		if n.Host.Kind != migration.HostEC2 {
			continue
		}
		nodes += n.Nodes
		if n.Host.Spot {
			spot += n.Nodes
		}
		if n.Host.OS != "" && n.Host.OS != migration.Linux || n.Host.Tenancy != migration.TenancyShared ||
			n.Host.Capacity != migration.CapacityUsual || n.Host.Accelerators > 0 {
			others += n.Nodes
		}
		if _, known := q.p.Book().Instance(n.Host.InstanceType); known {
			byType[n.Host.InstanceType] += n.Nodes
		}
		price, ok1 := n.NodePrice.Value.Get()
		requested, ok2 := n.Requested.Get()
		if ok1 && ok2 {
			all := price.Decimal().Mul(decimal.NewFromInt(int64(n.Nodes)))
			full, filled = full.Add(all), filled.Add(all.Mul(decimal.NewFromFloat(float64(requested))))
		}
	}
	pool := slices.Sorted(maps.Keys(byType))
	slices.SortStableFunc(pool, func(x, y string) int { return cmp.Compare(byType[y], byType[x]) })
	if len(pool) > 0 {
		shape, _ := q.p.Book().Instance(pool[0])
		s.NodeType, s.Arch = shape.Type, shape.Arch
	}
	if others > 0 {
		q.note(fmt.Sprintf(
			"%d of %d nodes are not plain Linux nodes on shared tenancy; a scenario's nodes are, and cost less where the work needs the others",
			others, nodes))
	}
	if nodes > 0 {
		s.Spot = (200*spot + nodes) / (2 * nodes) // to the nearest percent
	}
	if full.IsPositive() {
		s.Packed = int(min(max(filled.Mul(hundred).DivRound(full, 0).IntPart(), 1), 100))
	}
	if r, err := q.p.Rate("savings_plan.compute.fargate.1y", q.region); err == nil {
		s.FargateDiscount = int(r.Value.Mul(hundred).IntPart())
	}
	s.OneOff = q.snap.Totals.Forecast.OneOff.Or(migration.USD{})
	return s, pool
}

// nodeChoices are the types of nodes with a shape.
func (a *Engine) nodeChoices(region string) []migration.NodeChoice {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known, ok := a.nodes[region]; ok {
		return known
	}
	all := a.p.Book().Instances()
	out := make([]migration.NodeChoice, 0, len(all))
	for _, i := range all {
		n := migration.NodeChoice{Type: i.Type, Arch: i.Arch, CPU: i.CPU, Memory: i.Memory}
		price, err := a.p.Node(migration.Host{
			Kind: migration.HostEC2, OS: migration.Linux, Place: migration.RegionArch{Region: region, Arch: i.Arch}, InstanceType: i.Type,
		})
		if err == nil {
			n.Hourly = price.Figure(migration.Billed, migration.Provenance{Source: "price book", Method: migration.Measured, Coverage: 1})
		}
		out = append(out, n)
	}
	slices.SortFunc(out, func(x, y migration.NodeChoice) int { return cmp.Compare(x.Type, y.Type) })
	a.nodes[region] = out
	return out
}
