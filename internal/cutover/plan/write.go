package plan

import (
	"strings"
	"time"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Line is a line of YAML.
type Line struct {
	Text string
	// Place is where it was read, the zero Place if it was not.
	Place section.Origin
}

// writer writes the plan as lines of YAML.
type writer struct {
	plan  *Plan
	notes map[migration.Tenant]string
	lines []Line
}

func (w *writer) line(text string, at section.Origin) { w.lines = append(w.lines, Line{text, at}) }

// Lines are the keys of [Keys] as lines of YAML below "plan:", indented by two. [Plan.Read] reads the same plan from them.
func (p *Plan) Lines() []Line {
	w := &writer{plan: p}
	w.settings()
	w.waves()
	w.decisions()
	return w.lines
}

// YAML is the whole section of the configuration. A note is a comment at the line of its tenant.
func (p *Plan) YAML(notes map[migration.Tenant]string) string {
	w := &writer{plan: p, notes: notes}
	w.line("plan:", section.Origin{})
	if !p.Since.IsZero() {
		w.line("  since: "+p.time(p.Since), section.Origin{})
	}
	if u, ok := p.OneOff.Get(); ok {
		w.line("  one_off: "+u.String(), section.Origin{})
	}
	w.settings()
	w.waves()
	w.decisions()
	var b strings.Builder
	for _, l := range w.lines {
		b.WriteString(l.Text + "\n")
	}
	return b.String()
}

// time is a moment in the plan's zone, with its offset.
func (p *Plan) time(t time.Time) string { return t.In(p.Zone.Location()).Format(time.RFC3339) }

func (w *writer) settings() {
	p := w.plan
	if !p.Zone.Equal(Zone{}) {
		w.line("  zone: "+p.Zone.String(), section.Origin{})
	}
	if len(p.Owners) > 0 {
		w.line("  owners: "+list(p.Owners), section.Origin{})
	}
	if len(p.Steps) > 0 {
		w.line("  steps: ["+numbers(p.Steps)+"]", section.Origin{})
	}
	if p.Every > 0 {
		w.line("  every: "+spanText(p.Every), section.Origin{})
	}
	if len(p.KeyTenants) > 0 {
		w.line("  key_tenants: "+list(p.KeyTenants), section.Origin{})
	}
	if len(p.Peaks) > 0 {
		w.line("  peaks:", section.Origin{})
	}
	for i := range p.Peaks {
		k := &p.Peaks[i]
		w.item("    ", append(w.named(k.Name, k.Zone), k.Weekly.fields()...), k.Place)
	}
	if len(p.Freezes) > 0 {
		w.line("  freezes:", section.Origin{})
	}
	for i := range p.Freezes {
		f := &p.Freezes[i]
		w.item("    ", append(w.named(f.Name, f.Zone), f.fields()...), f.Place)
	}
	if len(p.SLOs) > 0 {
		w.line("  slos: "+objectivesText(p.SLOs), section.Origin{})
	}
}

// named are a name and a zone, where they are not what goes without saying.
func (w *writer) named(name string, z Zone) []string {
	var out []string
	if name != "" {
		out = append(out, "name: "+yamldoc.Quote(name))
	}
	if !z.Equal(w.plan.Zone) {
		out = append(out, "zone: "+z.String())
	}
	return out
}

// fields are the window as it is written.
func (w Weekly) fields() []string {
	from, to := clockText(w.From), clockText(w.To)
	if w.Over > 1 || w.Over == 1 && w.To > w.From || w.Over == 0 && w.To <= w.From {
		day := int(w.Days.List()[0])
		return []string{
			"from: " + yamldoc.Quote(dayNames[day]+" "+from), "to: " + yamldoc.Quote(dayNames[(day+w.Over)%7]+" "+to),
		}
	}
	return []string{"days: [" + strings.Join(w.Days.names(), ", ") + "]", "from: " + yamldoc.Quote(from), "to: " + yamldoc.Quote(to)}
}

// fields are the window of a freeze as it is written.
func (f *Freeze) fields() []string {
	if !f.Dated() {
		return f.Weekly.fields()
	}
	zone := f.Zone.Location()
	return []string{"from: " + f.From.In(zone).Format(time.RFC3339), "to: " + f.To.In(zone).Format(time.RFC3339)}
}

// item writes an element of a list on one line.
func (w *writer) item(indent string, fields []string, at section.Origin) {
	w.line(indent+"- {"+strings.Join(fields, ", ")+"}", at)
}

func (w *writer) waves() {
	p := w.plan
	if len(p.Waves) == 0 {
		return
	}
	w.line("  waves:", section.Origin{})
	for i := range p.Waves {
		wave := &p.Waves[i]
		at := wave.Place
		lead := "    - "
		put := func(text string) {
			w.line(lead+text, at)
			lead, at = "      ", section.Origin{}
		}
		if wave.Name != "" {
			put("name: " + yamldoc.Quote(wave.Name))
		}
		put("at: " + p.time(wave.At))
		if len(wave.Owners) > 0 {
			put("owners: " + list(wave.Owners))
		}
		if len(wave.Steps) > 0 {
			put("steps:")
			for _, s := range wave.Steps {
				w.item("        ", p.stepFields(s), s.Place)
			}
		}
		if s, ok := wave.Share.Get(); ok {
			put("share: " + s.Number())
		}
		if !wave.Started.IsZero() {
			put("started_at: " + p.time(wave.Started))
		}
		if u, ok := wave.OneOff.Get(); ok {
			put("one_off: " + u.String())
		}
		if len(wave.SLOs) > 0 {
			put("slos: " + objectivesText(wave.SLOs))
		}
		put("tenants:")
		for j := range wave.Tenants {
			w.member(&wave.Tenants[j])
		}
	}
}

func (p *Plan) stepFields(s Step) []string {
	out := []string{"share: " + s.Share.Number()}
	if !s.At.IsZero() {
		out = append(out, "at: "+p.time(s.At))
	}
	if !s.Started.IsZero() {
		out = append(out, "started_at: "+p.time(s.Started))
	}
	return out
}

func (w *writer) decisions() {
	p := w.plan
	if len(p.Decisions) > 0 {
		w.line("  decisions:", section.Origin{})
	}
	for i := range p.Decisions {
		w.item("    ", p.decisionFields(&p.Decisions[i]), p.Decisions[i].Place)
	}
}

func (w *writer) member(m *Member) {
	note := ""
	if n := w.notes[m.Tenant]; n != "" {
		note = " # " + n
	}
	name := yamldoc.Quote(string(m.Tenant))
	fields := []string{"name: " + name}
	if len(m.Owners) > 0 {
		fields = append(fields, "owners: "+list(m.Owners))
	}
	if s, ok := m.Share.Get(); ok {
		fields = append(fields, "share: "+s.Number())
	}
	if !m.Started.IsZero() {
		fields = append(fields, "started_at: "+w.plan.time(m.Started))
	}
	if len(m.SLOs) > 0 {
		fields = append(fields, "slos: "+objectivesText(m.SLOs))
	}
	if len(fields) == 1 {
		w.line("        - "+name+note, m.Place)
		return
	}
	w.line("        - {"+strings.Join(fields, ", ")+"}"+note, m.Place)
}

func list[T ~string](names []T) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = yamldoc.Quote(string(n))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func numbers(shares []Share) string {
	out := make([]string, len(shares))
	for i, s := range shares {
		out[i] = s.Number()
	}
	return strings.Join(out, ", ")
}

func objectivesText(slos []SLO) string {
	out := make([]string, len(slos))
	for i, s := range slos {
		out[i] = string(s.Signal) + ": " + s.Text()
	}
	return "{" + strings.Join(out, ", ") + "}"
}
