package plan

import (
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
)

// tenants finds tenants that do not exist, and those that there is no evidence of.
func (c *checker) tenants() {
	for i := range c.Waves {
		w := &c.Waves[i]
		done, _, _ := c.position(w)
		for j := range w.Tenants {
			m := &w.Tenants[j]
			c.exists(m.Tenant, m.Place, "plan.waves.tenants")
			if s := c.seen.find(m.Tenant); s != nil && s.Missing != "" && done < 0 {
				c.add(Warning, m.Place, "plan.waves.tenants", "move it in a later wave, when there is evidence",
					"of %s there is no evidence: %s",
					m.Tenant, s.Missing)
			}
		}
	}
	for _, t := range c.KeyTenants {
		c.exists(t, section.Origin{}, "plan.key_tenants")
	}
}

// exists finds a tenant that no source knows.
func (c *checker) exists(t migration.Tenant, at section.Origin, path string) {
	if c.seen.find(t) != nil {
		return
	}
	if name, alias := c.seen.Aliases[t]; alias {
		c.add(Error, at, path, "write "+string(name), "%s is another spelling of %s", t, name)
		return
	}
	fix := section.Suggest(string(t), c.seen.names())
	if !c.seen.Complete {
		if fix == "" {
			fix = "check it again when every source answers"
		}
		c.add(Warning, at, path, fix, "no source that answered knows the tenant %s", t)
		return
	}
	if fix == "" {
		fix = "correct the name, or remove it; migtop snapshot lists the tenants"
	}
	c.add(Error, at, path, fix, "unknown tenant %q", t)
}

// large finds the largest tenants in the last of several waves, among those that have not begun to move.
func (c *checker) large() {
	if len(c.Waves) < 2 || c.begun(&c.Waves[len(c.Waves)-1]) {
		return
	}
	var ahead []Candidate
	for i := range c.Waves {
		for _, t := range c.Waves[i].names() {
			if s := c.seen.find(t); s != nil && !c.begun(&c.Waves[i]) {
				ahead = append(ahead, *s)
			}
		}
	}
	large := beasts(ahead)
	last := &c.Waves[len(c.Waves)-1]
	for i := range last.Tenants {
		m := &last.Tenants[i]
		if why := large[m.Tenant]; why != "" {
			c.add(Warning, m.Place, "plan.waves.tenants", "move it in an earlier wave: what goes wrong with it is noticed late",
				"%s, %s of what is ahead, is in the last wave", m.Tenant, why)
		}
	}
}

// unplanned finds tenants that cannot stay and that are in no wave. Of a tenant whose share is unknown nobody knows whether
// it has moved.
func (c *checker) unplanned() {
	var names []string
	planned := map[migration.Tenant]bool{}
	for i := range c.Waves {
		for _, t := range c.Waves[i].names() {
			planned[t] = true
		}
	}
	for i := range c.seen.Candidates {
		s := &c.seen.Candidates[i]
		if !planned[s.Tenant] && s.Decision == migration.CannotStay && s.Routed.Known() && !s.moved() {
			names = append(names, string(s.Tenant))
		}
	}
	if len(names) > 0 && !c.Empty() {
		c.add(Warning, c.Waves[0].Place, "plan.waves", "migtop plan --suggest plans them", "in no wave, though they cannot stay: %s",
			short(names))
	}
}
