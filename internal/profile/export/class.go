package export

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

// classes makes an entry of every class, in the order of their memory, and one of every
// profile without a class after them.
func classes(sorted []profile.Profile) []entry {
	of := map[string][]profile.Profile{}
	var names []string
	var entries []entry
	for _, p := range sorted {
		if p.Class == "" {
			entries = append(entries, entry{Profile: p, members: []profile.Profile{p}})
			continue
		}
		if of[p.Class] == nil {
			names = append(names, p.Class)
		}
		of[p.Class] = append(of[p.Class], p)
	}
	made := make([]entry, 0, len(names)+len(entries))
	for _, name := range names {
		made = append(made, entry{Profile: envelope(name, of[name]), members: of[name], isClass: true})
	}
	slices.SortFunc(made, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.Base.MemoryLimit, b.Base.MemoryLimit), cmp.Compare(a.Class, b.Class))
	})
	return append(made, entries...)
}

// envelope is the profile that every member of a class can run with: the greatest need of
// each kind, the fewest retries (a member that must not be retried is not), the lowest
// confidence. CPU is the greatest known request. A limit or a deadline that one member does
// not have, the class does not have. Its parallelism is set where all members agree, since
// rates do not depend on the class. Its saving is that of its members in the class, not with
// profiles of their own.
func envelope(class string, members []profile.Profile) profile.Profile {
	out := members[0]
	out.Workload, out.Tenant, out.WhyClass, out.ContainerWhy, out.Now, out.PriceNotes = "", "", "", "", migration.Given{}, nil
	greatest, saving := &members[0], members[0].ClassSaving
	for i := range members[1:] {
		m := &members[i+1]
		if m.Base.MemoryLimit > greatest.Base.MemoryLimit {
			greatest = m
		}
		if out.Container != m.Container {
			out.Container = "" // its members' containers have names of their own
		}
		out.Others = out.Others.Larger(m.Others)
		out.Base, out.Retry = larger(out.Base, m.Base), larger(out.Retry, m.Retry)
		out.AttemptDeadline = longer(out.AttemptDeadline, m.AttemptDeadline)
		out.Deadline = longer(out.Deadline, m.Deadline)
		out.TTL = longer(out.TTL, m.TTL)
		out.BackoffLimit = min(out.BackoffLimit, m.BackoffLimit)
		if out.Parallelism != m.Parallelism {
			out.Parallelism = migration.None[int32]()
		}
		out.EphemeralStorage = most(out.EphemeralStorage, m.EphemeralStorage)
		out.Confidence = min(out.Confidence, m.Confidence)
		out.Evidence = out.Evidence.And(m.Evidence)
		out.JobRuns += m.JobRuns
		out.LambdaRuns += m.LambdaRuns
		out.RunTime += m.RunTime
		out.Learning = out.Learning || m.Learning
		out.BeyondNode = out.BeyondNode || m.BeyondNode
		out.MissesTarget = out.MissesTarget || m.MissesTarget
		out.EndUnknown = out.EndUnknown || m.EndUnknown
		out.FailureRate = atLeastBoth(out.FailureRate, m.FailureRate)
		out.Waste, out.RunCost = migration.None[migration.KiBSeconds](), migration.None[migration.USD]()
		out.Ceiling = migration.None[migration.Bytes]()
		saving = migration.AddUSD(saving, m.ClassSaving)
	}
	out.Class, out.Saving, out.ClassSaving = class, saving, saving
	out.Why = []string{
		fmt.Sprintf("The greatest need in the class: %s of workload %s, tenant %s.", byteQuantity(greatest.Base.MemoryLimit), greatest.Workload,
			greatest.Tenant),
	}
	return out
}

// atLeastBoth is the larger share; unknown where either is.
func atLeastBoth(a, b migration.Opt[migration.Ratio]) migration.Opt[migration.Ratio] {
	if !a.Known() || !b.Known() {
		return migration.None[migration.Ratio]()
	}
	return migration.Larger(a, b)
}

func larger(a, b profile.Pod) profile.Pod {
	request := a.CPURequest
	if c, ok := b.CPURequest.Get(); ok && c > request.Or(0) {
		request = b.CPURequest
	}
	return profile.Pod{
		CPURequest:    request,
		CPULimit:      most(a.CPULimit, b.CPULimit),
		MemoryRequest: max(a.MemoryRequest, b.MemoryRequest),
		MemoryLimit:   max(a.MemoryLimit, b.MemoryLimit),
	}
}

// longer is the greater of two times, none where either is unknown.
func longer[T ~int64](a, b T) T {
	if a <= 0 || b <= 0 {
		return 0
	}
	return max(a, b)
}

// most is the greater of two amounts, unknown where either is.
func most[T ~int64](a, b migration.Opt[T]) migration.Opt[T] {
	return migration.Join(a, b, func(a, b T) T { return max(a, b) })
}

// classMap says where every workload and tenant is.
func classMap(entries []entry) File {
	rows := [][]string{{"workload", "tenant", "class", "profile", "why"}}
	for i := range entries {
		e := &entries[i]
		for j := range e.members {
			m := &e.members[j]
			rows = append(rows, []string{csvCell(string(m.Workload)), csvCell(string(m.Tenant)), csvCell(m.Class), e.name, csvCell(m.WhyClass)})
		}
	}
	body := rows[1:]
	slices.SortStableFunc(body, func(a, b []string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return File{"classes.csv", csvBytes(rows)}
}
