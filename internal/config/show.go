package config

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Write writes the configuration as a YAML file that loads to the same one. With
// origins each line says in a comment where its value came from.
func (c *Config) Write(w io.Writer, origins bool) error {
	p := printer{w: bufio.NewWriter(w), config: c, origins: origins}
	p.settings()
	p.accounts()
	p.names("tenants", c.Attribution.Tenants)
	p.names("workloads", c.Attribution.Workloads)
	p.rules()
	p.emf()
	p.weights()
	p.logTenants()
	p.sections()
	return p.w.Flush()
}

// printer writes YAML by hand: no encoder puts a comment at each line's end.
type printer struct {
	w       *bufio.Writer
	config  *Config
	origins bool
}

// line writes one line; bufio keeps its first error until Flush.
func (p *printer) line(text, origin string) {
	if p.origins && origin != "" {
		fmt.Fprintf(p.w, "%-44s # %s\n", text, origin)
		return
	}
	fmt.Fprintln(p.w, text)
}

func (p *printer) settings() {
	var open []string
	for i := range p.config.settings {
		s := &p.config.settings[i]
		parts := strings.Split(s.Path, ".")
		sections, name := parts[:len(parts)-1], parts[len(parts)-1]
		p.leave(open, sections)
		for depth, section := range sections {
			if depth >= len(open) || open[depth] != section {
				p.line(strings.Repeat("  ", depth)+section+":", "")
			}
		}
		open = sections
		text := strings.Repeat("  ", len(sections)) + name + ":"
		if v := p.value(s); v != "" {
			text += " " + v
		}
		p.line(text, p.config.Origin(s.Path).String())
	}
	p.leave(open, nil)
}

// leave writes what ends a section, where one is left: lists of their own come last.
func (p *printer) leave(from, to []string) {
	tails := map[string]func(){"ui": p.keys, "prices": p.platform, "plan": p.plan}
	if len(from) == 0 || (len(to) > 0 && to[0] == from[0]) {
		return
	}
	if tail := tails[from[0]]; tail != nil {
		tail()
	}
}

// value is a setting's value in YAML, "" where it says nothing.
func (p *printer) value(s *Setting) string {
	v := s.show(p.config)
	switch {
	case v == "":
		return ""
	case s.Kind == KindBool || s.Kind == KindNumber || s.Kind == KindDuration:
		return v
	case s.Kind == KindList:
		return list(s.list(p.config))
	}
	return yamldoc.Quote(v)
}

func (p *printer) keys() {
	keys := p.config.UI.Keys
	if len(keys) == 0 {
		return
	}
	p.line("  keys:", "")
	for _, action := range slices.Sorted(maps.Keys(keys)) {
		p.line("    "+yamldoc.Quote(action)+": "+list(keys[action]), p.config.Origin("ui.keys."+action).String())
	}
}

func (p *printer) names(section string, all []attribution.Names) {
	if len(all) == 0 {
		return
	}
	p.line(section+":", "")
	for _, n := range all {
		p.line("  - name: "+yamldoc.Quote(n.Name), "")
		if len(n.Aliases) > 0 {
			p.line("    aliases: "+list(n.Aliases), "")
		}
	}
}

func (p *printer) rules() {
	rules := p.config.Attribution.Rules
	if len(rules) == 0 {
		return
	}
	p.line("rules:", "")
	for i := range rules {
		r := &rules[i]
		lead, origin := "  - ", r.Origin
		put := func(key, v string) {
			p.line(lead+key+": "+v, origin)
			lead, origin = "    ", ""
		}
		if r.Platform != 0 {
			put("platform", r.Platform.String())
		}
		for _, n := range []struct {
			key     string
			pattern attribution.Pattern
		}{{"function", r.Function}, {"alias", r.Alias}, {"job", r.Job}, {"namespace", r.Namespace}, {"service", r.Service}} {
			if !n.pattern.IsZero() {
				put(n.key, yamldoc.Quote(n.pattern.String()))
			}
		}
		for _, n := range []struct {
			key        string
			conditions []attribution.Condition
		}{{"tag", r.Tags}, {"label", r.Labels}, {"annotation", r.Annotations}} {
			if len(n.conditions) == 0 {
				continue
			}
			parts := make([]string, len(n.conditions))
			for i, c := range n.conditions {
				parts[i] = yamldoc.Quote(c.Key) + ": " + yamldoc.Quote(c.Value.String())
			}
			put(n.key, "{"+strings.Join(parts, ", ")+"}")
		}
		if r.Tenant != migration.Unattributed {
			put("tenant", yamldoc.Quote(string(r.Tenant)))
		}
		if r.Workload != "" {
			put("workload", yamldoc.Quote(string(r.Workload)))
		}
	}
}

func list(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = yamldoc.Quote(t)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// quote writes a text in double quotes. Go and YAML share the escapes that strconv writes.
