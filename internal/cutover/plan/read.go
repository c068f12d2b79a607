package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Keys are the keys of the plan in the configuration that [Plan.Read] reads.
func Keys() []string {
	return []string{"zone", "owners", "steps", "every", "key_tenants", "peaks", "freezes", "slos", "waves", "decisions"}
}

// leastEvery is the shortest time between two steps: no share is raised before it had 30 minutes.
const leastEvery = 30 * time.Minute

// longestEvery is the longest time between two steps; a longer one is a typing error.
const longestEvery = 60 * 24 * time.Hour

// Read reads the plan from its mapping in a configuration file; what is wrong it adds to the reader. It reads the keys of
// [Keys] and leaves others alone: the configuration reads them. Of a key that is there twice it reads the first.
func (p *Plan) Read(from *section.Reader, n yamldoc.Node, zones Zones) {
	r := &reader{Reader: from, zones: zones, plan: p}
	pairs, _ := n.Pairs() // the configuration refuses what is no mapping
	slices.Reverse(pairs)
	values := map[string]field{}
	for _, e := range pairs {
		if slices.Contains(Keys(), e.Key) {
			values[e.Key] = field{"plan." + e.Key, e.Value}
		}
	}
	// In this order: the zone applies to dates, and steps apply to waves.
	for _, of := range [...]struct {
		key  string
		read func(field)
	}{
		{"zone", func(f field) { p.Zone = r.zone(f) }},
		{"owners", func(f field) { p.Owners = r.names(f) }},
		{"steps", func(f field) { p.Steps = r.shares(f) }},
		{"every", func(f field) { p.Every = r.span(f, leastEvery, longestEvery) }},
		{"key_tenants", r.keyTenants},
		{"peaks", r.peaks},
		{"freezes", r.freezes},
		{"slos", func(f field) { p.SLOs = r.objectives(f) }},
		{"waves", r.waves},
		{"decisions", r.decisions},
	} {
		if f, ok := values[of.key]; ok && !f.value.IsNull() {
			of.read(f)
		}
	}
}

// shares reads the steps of the plan.
func (r *reader) shares(f field) []Share {
	steps := r.steps(f, false)
	out := make([]Share, len(steps))
	for i := range steps {
		out[i] = steps[i].Share
	}
	return out
}

func (r *reader) keyTenants(f field) {
	seen := map[string]section.Origin{}
	for _, n := range r.Items(f.value, f.path, "a list of tenants") {
		name, ok := r.name(n, f.path)
		if !ok {
			continue
		}
		if first, twice := seen[name]; twice {
			r.again(r.At(n), f.path, name, "each tenant once", first)
			continue
		}
		seen[name] = r.At(n)
		r.plan.KeyTenants = append(r.plan.KeyTenants, migration.Tenant(name))
	}
}

// waves reads who moves when.
func (r *reader) waves(f field) {
	holders, named := map[migration.Tenant]section.Origin{}, map[string]section.Origin{}
	for _, n := range r.Items(f.value, f.path, "a list of waves, such as - {at: 2026-12-01, tenants: [acme]}") {
		before := len(r.Issues)
		w := r.wave(n, f.path, holders)
		if first, ok := named[w.Name]; ok {
			r.again(w.Place, f.path+".name", w.Name, "a name of its own for each wave", first)
		} else if w.Name != "" {
			named[w.Name] = w.Place
		}
		switch {
		case len(r.Issues) > before:
			continue
		case w.At.IsZero():
			r.Add(w.Place, f.path, "a wave without a date", "at: 2026-12-01", "")
			continue
		case len(w.Tenants) == 0:
			r.Add(w.Place, f.path, "a wave without tenants", "tenants: [acme]", "")
			continue
		}
		if first := w.Steps; len(first) > 0 && !first[0].At.IsZero() && !first[0].At.Equal(w.At) {
			r.Add(first[0].Place, f.path+".steps", "a first step at another time than its wave", "it without at", "")
			continue
		}
		r.plan.Waves = append(r.plan.Waves, w)
	}
	slices.SortStableFunc(r.plan.Waves, func(a, b Wave) int { return a.At.Compare(b.At) })
}

func (r *reader) wave(n yamldoc.Node, path string, holders map[migration.Tenant]section.Origin) Wave {
	w := Wave{Place: r.At(n)}
	r.fields(n, path, map[string]func(field){
		"name":       func(f field) { w.Name, _ = r.name(f.value, f.path) },
		"at":         func(f field) { w.At = r.time(f, r.plan.Zone, false) },
		"owners":     func(f field) { w.Owners = r.names(f) },
		"steps":      func(f field) { w.Steps = r.steps(f, true) },
		"share":      func(f field) { w.Share = r.intended(f) },
		"started_at": func(f field) { w.Started = r.time(f, r.plan.Zone, false) },
		"one_off":    func(f field) { w.OneOff = r.amount(f) },
		"slos":       func(f field) { w.SLOs = r.objectives(f) },
		"tenants": func(f field) {
			for _, t := range r.Items(f.value, f.path, "a list of tenants") {
				m, ok := r.member(t, f.path)
				if !ok {
					continue
				}
				if first, taken := holders[m.Tenant]; taken {
					r.again(m.Place, f.path, string(m.Tenant), "each tenant in one wave", first)
					continue
				}
				holders[m.Tenant] = m.Place
				w.Tenants = append(w.Tenants, m)
			}
		},
	})
	return w
}

// intended reads the intended share.
func (r *reader) intended(f field) migration.Opt[Share] {
	if s, ok := r.share(f, 0); ok {
		return migration.Some(s)
	}
	return migration.None[Share]()
}

// member reads a tenant of a wave: its name, or a mapping.
func (r *reader) member(n yamldoc.Node, path string) (m Member, ok bool) {
	m.Place = r.At(n)
	if _, mapping := n.Pairs(); !mapping {
		name, ok := r.name(n, path)
		m.Tenant = migration.Tenant(name)
		return m, ok
	}
	before := len(r.Issues)
	r.fields(n, path, map[string]func(field){
		"name": func(f field) {
			s, _ := r.name(f.value, f.path)
			m.Tenant = migration.Tenant(s)
		},
		"owners":     func(f field) { m.Owners = r.names(f) },
		"share":      func(f field) { m.Share = r.intended(f) },
		"started_at": func(f field) { m.Started = r.time(f, r.plan.Zone, false) },
		"slos":       func(f field) { m.SLOs = r.objectives(f) },
	})
	switch {
	case len(r.Issues) > before:
		return m, false
	case m.Tenant == "":
		r.Add(m.Place, path, "a tenant without a name", "name: acme", "")
		return m, false
	case !m.Started.IsZero() && !m.Share.Known():
		name := text.Cut(string(m.Tenant), section.MostQuoted)
		r.Add(m.Place, path, fmt.Sprintf("%q with started_at and without share", name), "share: 25", "")
		return m, false
	}
	return m, true
}

// mostSteps bounds the steps of a wave.
const mostSteps = 20

// steps reads ascending shares; those of a wave may have dates.
func (r *reader) steps(f field, dated bool) []Step {
	var out []Step
	nodes := r.Items(f.value, f.path, "a list of shares in percent, such as [5, 25, 50, 100]")
	if len(nodes) > mostSteps {
		r.Add(r.At(nodes[mostSteps]), f.path, fmt.Sprintf("%d steps", len(nodes)), fmt.Sprintf("at most %d", mostSteps), "")
		return nil
	}
	before := len(r.Issues)
	for _, n := range nodes {
		s := Step{Place: r.At(n)}
		given := false
		share := func(f field) { s.Share, given = r.share(f, 1) }
		if _, mapping := n.Pairs(); mapping && dated {
			found := len(r.Issues)
			r.fields(n, f.path, map[string]func(field){
				"share":      share,
				"at":         func(f field) { s.At = r.time(f, r.plan.Zone, false) },
				"started_at": func(f field) { s.Started = r.time(f, r.plan.Zone, false) },
			})
			if !given && len(r.Issues) == found {
				r.Add(s.Place, f.path, "a step without a share", "share: 25", "")
			}
		} else {
			share(field{f.path, n})
		}
		out = append(out, s)
	}
	if len(r.Issues) == before && !r.ascend(f.path, out) {
		return nil
	}
	return out
}

// ascend reports whether shares and times only grow.
func (r *reader) ascend(path string, steps []Step) bool {
	ok := true
	wrong := func(at section.Origin, found, want string) {
		r.Add(at, path, found, want, "")
		ok = false
	}
	var planned, started time.Time
	for i, s := range steps {
		if i > 0 && s.Share <= steps[i-1].Share {
			wrong(s.Place, "a step to "+s.Share.String()+" after one to "+steps[i-1].Share.String(), "ascending shares")
		}
		if !s.At.IsZero() {
			if !planned.IsZero() && !s.At.After(planned) {
				wrong(s.Place, "a step to "+s.Share.String()+" that is not planned after the one before", "at in ascending order")
			}
			planned = s.At
		}
		if !s.Started.IsZero() {
			if !started.IsZero() && !s.Started.After(started) {
				wrong(s.Place, "a step to "+s.Share.String()+" that did not start after the one before", "started_at in ascending order")
			}
			started = s.Started
		}
	}
	return ok
}
