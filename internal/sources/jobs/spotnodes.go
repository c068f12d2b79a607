package jobs

import (
	"maps"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// spotNodes counts the Spot nodes that are there now, by type and zone. The zone is "" where nothing states it. The model is
// locked.
func (m *model) spotNodes() migration.SpotNodes {
	type kind struct{ typ, region, zone string }
	counts := map[kind]int{}
	for _, n := range m.nodes {
		h := &n.host
		if n.gone != 0 || n.stopped != 0 || !h.Spot || h.Kind != migration.HostEC2 || h.InstanceType == "" {
			continue
		}
		zone := parseProvider(n.id).zone
		if zone == "" {
			zone = n.stated[labelZone]
		}
		counts[kind{h.InstanceType, h.Place.Region, zone}]++
	}
	out := make(migration.SpotNodes, 0, len(counts))
	for _, k := range slices.SortedFunc(maps.Keys(counts), func(a, b kind) int {
		return slices.Compare([]string{a.region, a.typ, a.zone}, []string{b.region, b.typ, b.zone})
	}) {
		out = append(out, migration.SpotPrice{InstanceType: k.typ, Region: k.region, Zone: k.zone, Nodes: counts[k]})
	}
	return out
}
