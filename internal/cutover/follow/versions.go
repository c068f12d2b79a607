package follow

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A version is new if its workload has not run it within the last sameFor minutes: several templates of one workload may take
// turns. What was forgotten after mostVersions others counts as new again.
const (
	sameFor      = 120
	mostVersions = 32
	mostChanges  = 64
)

// versions follow what runs on one side of a tenant. Evidence must begin anew when a workload runs something new, and not when a
// minute has other workloads than the one before: a Watch gets the number of changes as its version.
type versions struct {
	Forgotten int32         `json:"forgotten"` // changes before those that are kept
	Changes   []int32       `json:"changes"`   // the minutes of changes, in order
	Ran       []versionSeen `json:"ran"`       // by workload and version
}

// versionSeen is a version of a workload, and the last minute in which it ran.
type versionSeen struct {
	Workload string `json:"workload"`
	Version  string `json:"version"`
	Last     int32  `json:"last"`
}

func compareVersions(a, b versionSeen) int {
	return cmp.Or(cmp.Compare(a.Workload, b.Workload), cmp.Compare(a.Version, b.Version))
}

// see takes over what a workload ran in a minute: one version, or several joined by a comma.
func (v *versions) see(workload, joined string, at int32) {
	for version := range strings.SplitSeq(joined, ",") {
		v.seeOne(workload, version, at)
	}
}

func (v *versions) seeOne(workload, version string, at int32) {
	x := versionSeen{workload, version, at}
	i, found := slices.BinarySearchFunc(v.Ran, x, compareVersions)
	since := int32(0) // of a version that never ran, all others count
	if found {
		if since = v.Ran[i].Last; at <= since+sameFor {
			v.Ran[i].Last = max(since, at)
			return
		}
		v.Ran[i].Last = at
	}
	if slices.ContainsFunc(v.Ran, func(o versionSeen) bool { return o.Workload == workload && o.Version != version && o.Last > since }) {
		v.change(at)
	}
	if found {
		return
	}
	v.Ran = slices.Insert(v.Ran, i, x)
	if len(v.Ran) > mostVersions {
		oldest := slices.MinFunc(v.Ran, func(a, b versionSeen) int { return cmp.Or(cmp.Compare(a.Last, b.Last), compareVersions(a, b)) })
		v.Ran = slices.DeleteFunc(v.Ran, func(o versionSeen) bool { return o == oldest })
	}
}

// change remembers that something new began to run.
func (v *versions) change(at int32) {
	i, found := slices.BinarySearch(v.Changes, at)
	if found {
		return
	}
	v.Changes = slices.Insert(v.Changes, i, at)
	if n := len(v.Changes) - mostChanges; n > 0 {
		v.Changes = slices.Delete(v.Changes, 0, n)
		v.Forgotten += int32(n)
	}
}

// at names what runs in a minute: the number of changes so far.
func (v *versions) at(m int32) string {
	n, found := slices.BinarySearch(v.Changes, m)
	if found {
		n++
	}
	return strconv.Itoa(int(v.Forgotten) + n)
}
