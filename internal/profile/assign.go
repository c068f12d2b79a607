package profile

import (
	"fmt"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// assign gives each member its group, or lets it stay where it was.
func (b *Recommender) assign(members []member, groups []group, ratio float64) {
	for i := range groups {
		for _, m := range groups[i].members {
			members[m].group = &groups[i]
		}
		groups[i].members = groups[i].members[:0]
	}
	was := b.classes
	b.classes = make(map[id]membership, len(members))
	for i := range members {
		m := &members[i]
		key := id{m.p.Workload, m.p.Tenant}
		before, known := was[key]
		next := membership{class: m.group.name}
		if known && before.class != m.group.name && !b.killed(key) {
			if g := named(groups, before.class); g != nil && g.holds(m) {
				saved := 1 - (m.group.memory+ratio*m.group.cpu)/(g.memory+ratio*g.cpu)
				if saved <= moveSaving {
					before.waits = 0
				} else {
					before.waits++
				}
				if before.waits < moveWaits {
					m.p.WhyClass = fmt.Sprintf("It stays in %s: %s would save %s, which counts from %d recomputations over %.0f %% on.",
						before.class, m.group.name, text.Percent(migration.Ratio(max(saved, 0))), moveWaits, 100*moveSaving)
					m.group, next = g, before
				}
			}
		}
		b.classes[key] = next
		m.p.Class = m.group.name
		m.group.members = append(m.group.members, i)
	}
}

// killed reports whether the latest run was killed for memory, or would have been.
func (b *Recommender) killed(key id) bool {
	w := b.workloads[key.workload]
	if w == nil {
		return false
	}
	l := w.tenants.of(key.tenant)
	return l != nil && l.kills&1 != 0
}

func named(groups []group, name string) *group {
	for i := range groups {
		if groups[i].name == name {
			return &groups[i]
		}
	}
	return nil
}

// holds reports whether a member fits into the class as it is now.
func (g *group) holds(m *member) bool {
	return m.memory <= g.memory && m.cpu <= g.cpu && m.deadline <= g.longer && g.longer <= deadlineRatio*m.deadline
}

// take widens the class so that it holds a profile.
func take(c *Class, p *Profile) {
	c.Base.MemoryRequest = max(c.Base.MemoryRequest, p.Base.MemoryRequest)
	c.Base.MemoryLimit = max(c.Base.MemoryLimit, p.Base.MemoryLimit)
	c.Base.CPURequest = migration.Larger(c.Base.CPURequest, p.Base.CPURequest)
	c.Base.CPULimit = migration.Larger(c.Base.CPULimit, p.Base.CPULimit)
	c.Retry = max(c.Retry, p.Retry.MemoryLimit)
	c.AttemptDeadline = max(c.AttemptDeadline, p.AttemptDeadline)
	c.Deadline = max(c.Deadline, p.Deadline)
}
