package engine

import (
	"maps"
	"slices"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// spotPrices are the Spot nodes of the cluster and what EC2 publishes of them. The source of the prices asks for the kinds of nodes
// that are known.
type spotPrices struct {
	nodes  map[string][]migration.SpotPrice // by source
	prices map[string][]migration.SpotPrice // by source and scope

	list   []migration.SpotPrice // the prices of the nodes, nil where they are to be joined anew
	pricer *cost.Pricer          // with them
}

func (s *spotPrices) absorbNodes(from migration.Origin, p migration.SpotNodes) {
	keep(&s.nodes, from.Source, p)
	s.pricer = nil
}

func (s *spotPrices) absorbPrices(from migration.Origin, p migration.SpotPrices) {
	keep(&s.prices, from.Source+" "+from.Scope, p)
	s.pricer = nil
}

// keep replaces what a source brought before. The source may still read its own.
func keep(in *map[string][]migration.SpotPrice, key string, p []migration.SpotPrice) {
	if *in == nil {
		*in = map[string][]migration.SpotPrice{}
	}
	(*in)[key] = slices.Clone(p)
}

// wanted are the kinds of Spot nodes whose prices are wanted.
func (s *spotPrices) wanted() []migration.SpotPrice { return slices.Concat(sortedValues(s.nodes)...) }

// by returns the pricer with the prices of the Spot nodes, and these. A price in a zone without nodes counts only where the zone of
// some node of the type is not known.
func (s *spotPrices) by(p *cost.Pricer) (*cost.Pricer, []migration.SpotPrice) {
	if s.pricer != nil {
		return s.pricer, s.list
	}
	type kind struct{ typ, place, zone string }
	nodes := map[kind]int{}
	for _, n := range s.wanted() {
		nodes[kind{n.InstanceType, n.Region, n.Zone}] += n.Nodes
	}
	s.list = nil
	for _, key := range slices.Sorted(maps.Keys(s.prices)) {
		for _, one := range s.prices[key] {
			one.Nodes = nodes[kind{one.InstanceType, one.Region, one.Zone}]
			if one.Nodes > 0 || nodes[kind{one.InstanceType, one.Region, ""}] > 0 {
				s.list = append(s.list, one)
			}
		}
	}
	s.pricer = p.WithSpot(s.list)
	return s.pricer, s.list
}
