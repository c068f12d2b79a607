package whatif

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// mostDiscount is the highest discount that is accepted, in percent. AWS takes at most 66 %
// off EC2 and 50 % off Fargate under a Compute Savings Plan (price book).
const mostDiscount = 90

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
	pool := q.p.AssumePool(q.snap.Totals.Nodes)
	s := migration.Scenario{Target: q.now, NodeType: pool.Type, Arch: pool.Arch, Spot: pool.Spot, Packed: pool.Packed}
	if pool.Others > 0 {
		q.note(fmt.Sprintf(
			"%d of %d nodes are not plain Linux nodes on shared tenancy; a scenario's nodes are, and cost less where the work needs the others",
			pool.Others, pool.Nodes))
	}
	if !pool.Seen {
		q.note("no node was seen: Jobs are assumed on full " + pool.Type + " nodes on demand")
	}
	if r, err := q.p.Rate("savings_plan.compute.fargate.1y", q.region); err == nil {
		s.FargateDiscount = int(r.Value.Mul(hundred).IntPart())
	}
	s.OneOff = q.snap.Totals.Forecast.OneOff.Or(migration.USD{})
	return s, q.pooled(pool.Type)
}

// pooled are the types of the Job pool with a known shape: the one that it is taken to be of first, then the
// most frequent.
func (q *question) pooled(first string) []string {
	byType := map[string]int{}
	for i := range q.snap.Totals.Nodes {
		n := &q.snap.Totals.Nodes[i]
		if _, known := q.p.Book().Instance(n.Host.InstanceType); known && n.Host.Kind == migration.HostEC2 {
			byType[n.Host.InstanceType] += n.Nodes
		}
	}
	out := slices.Sorted(maps.Keys(byType))
	slices.SortStableFunc(out, func(x, y string) int {
		if (x == first) != (y == first) {
			return map[bool]int{true: -1, false: 1}[x == first]
		}
		return cmp.Compare(byType[y], byType[x])
	})
	return out
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
