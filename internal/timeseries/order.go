package timeseries

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

func compareKeys(a, b migration.Key) int {
	return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Workload, b.Workload))
}

func compareNodeKeys(a, b nodeKey) int {
	return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.span, b.span), compareTrueFirst(b.system, a.system),
		compareHosts(a.host, b.host))
}

// compareHosts orders kinds of hosts; only equal ones compare as 0.
func compareHosts(a, b migration.Host) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.InstanceType, b.InstanceType), compareTrueFirst(b.Spot, a.Spot),
		compareTrueFirst(b.AutoMode, a.AutoMode),
		cmp.Compare(a.Place.Region, b.Place.Region), cmp.Compare(a.Place.Arch, b.Place.Arch),
		cmp.Compare(a.NodeCPU, b.NodeCPU), cmp.Compare(a.NodeMemory, b.NodeMemory),
		cmp.Compare(a.FargateCPU, b.FargateCPU), cmp.Compare(a.FargateMemory, b.FargateMemory),
		cmp.Compare(a.RequestCPU, b.RequestCPU), cmp.Compare(a.RequestMemory, b.RequestMemory),
		cmp.Compare(a.OS, b.OS), cmp.Compare(a.Tenancy, b.Tenancy), cmp.Compare(a.Capacity, b.Capacity),
		cmp.Compare(a.Accelerators, b.Accelerators), cmp.Compare(a.Note, b.Note),
	)
}

// SortedStreams are the keys of m in a fixed order: the same facts give the same sums.
func SortedStreams(m map[Stream]*Series) []Stream {
	return slices.SortedFunc(maps.Keys(m), func(a, b Stream) int {
		return cmp.Or(compareKeys(a.Key, b.Key), cmp.Compare(a.Scope, b.Scope))
	})
}

// SortedNodes yields the node time of the store in a fixed order.
func (s *Store) SortedNodes() iter.Seq[migration.NodeTime] {
	return func(yield func(migration.NodeTime) bool) {
		for _, key := range slices.SortedFunc(maps.Keys(s.nodes), compareNodeKeys) {
			if !yield(s.nodes[key]) {
				return
			}
		}
	}
}

// compareTrueFirst orders true before false.
func compareTrueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
