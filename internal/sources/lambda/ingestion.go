package lambda

import (
	"math"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// Lambda is billed for what its functions write into CloudWatch Logs: IncomingBytes of the
// log group. The metric is of the group and not of the function, so that it is read once a
// group, through one of its functions:
//
//   - a group of one function is that function's,
//   - a group of several functions of the same tenant and workload is theirs,
//   - a group of functions of several tenants or workloads is left apart: nobody's part is known,
//     and what these cost is a lower bound.
//
// Where tenants share a function, each has the part of its bytes that it has of the invocations.
const (
	logsNamespace = "AWS/Logs"
	logsDimension = "LogGroupName"
	noteApart     = "logs in a group that several tenants or workloads share are left out"
)

// withLogs adds the metric of a function's log group, where it is read through this function.
func withLogs(fn *function, groups [][]int) [][]int {
	if !fn.readsLogs {
		return groups
	}
	return append(slices.Clone(groups), logsMetrics[:]...)
}

// layLogs decides through which function each log group is read: the first by name of those
// that have data.
func (s *Source) layLogs() {
	if !s.Ingestion {
		return
	}
	byGroup := make(map[string][]*function)
	for _, fn := range s.fleet.functions {
		fn.readsLogs, fn.logsApart = false, false
		if fn.found && fn.attributed && fn.Logs.Group != "" {
			byGroup[fn.Logs.Group] = append(byGroup[fn.Logs.Group], fn)
		}
	}
	for _, all := range byGroup {
		first, apart := all[0], false
		for _, fn := range all {
			apart = apart || fn.Key != first.Key
			asked, best := fn.active || fn.old, first.active || first.old
			if asked != best && asked || asked == best && fn.Name < first.Name {
				first = fn
			}
		}
		for _, fn := range all {
			fn.logsApart = apart
		}
		first.readsLogs = !apart
	}
}

// log adds what arrived in the log group of a function in a period. A function that writes
// while another one of its group is read has its bytes in that one's.
func (b *bill) log(fn *function, r *row) {
	if b.apart = b.apart || fn.logsApart; !r.has(logsSum) || fn.Place == (migration.RegionArch{}) {
		return
	}
	if n := r.count(logsSum); n > 0 {
		b.logs += migration.Bytes(n)
		b.place(fn.Place).Logs += migration.Bytes(n)
	}
}

// shareLogs gives a part of a row its share of what the whole wrote, by invocations.
func (r *row) shareLogs(whole *row) {
	if n := whole.values[invocationsSum]; whole.has(logsSum) && n > 0 {
		r.values[logsSum] = math.Round(whole.values[logsSum] * min(r.values[invocationsSum]/n, 1))
		r.have |= 1 << logsSum
	}
}
