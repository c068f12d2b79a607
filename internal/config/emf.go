package config

import (
	"fmt"

	"github.com/migtop/migtop/internal/attribution"

	"github.com/migtop/migtop/internal/yamldoc"
)

// EMF names a metric with a tenant dimension that functions publish which tenants
// share: their activity is split by it.
type EMF struct {
	Function                     attribution.Pattern
	Namespace, Metric, Dimension string
	Durations                    bool   // it adds up milliseconds; else it counts invocations
	Origin                       string // where it was written, "config.yaml:12"
}

// emf reads the metrics that split shared functions.
func (d *decoder) emf(e entry) {
	for _, n := range d.items(e.value, "emf", `a list of metrics, such as - function: "shared-*"`) {
		before := len(d.issues)
		at := d.at(n)
		m := EMF{Origin: fmt.Sprintf("%s:%d", d.file, at.Line)}
		text := func(into *string) func(entry) {
			return func(f entry) { *into, _ = d.text(f.value, "emf."+f.key) }
		}
		d.fields(n, "emf", map[string]func(entry){
			"function":  func(f entry) { m.Function = d.pattern(f.value, "emf.function") },
			"namespace": text(&m.Namespace),
			"metric":    text(&m.Metric),
			"dimension": text(&m.Dimension),
			"of": func(f entry) {
				switch s, _ := f.value.Plain(); s {
				case "invocations":
				case "duration":
					m.Durations = true
				default:
					d.add(d.at(f.value), "emf.of", f.value.Describe(), "invocations or duration", "")
				}
			},
		})
		if len(d.issues) > before {
			continue
		}
		if m.Function.IsZero() || m.Namespace == "" || m.Metric == "" || m.Dimension == "" {
			d.add(at, "emf", "an entry that lacks something", "function, namespace, metric and dimension", "")
			continue
		}
		d.config.EMF = append(d.config.EMF, m)
	}
}

func (p *printer) emf() {
	if len(p.config.EMF) == 0 {
		return
	}
	p.line("emf:", "")
	for i := range p.config.EMF {
		m := &p.config.EMF[i]
		p.line("  - function: "+yamldoc.Quote(m.Function.String()), m.Origin)
		p.line("    namespace: "+yamldoc.Quote(m.Namespace), "")
		p.line("    metric: "+yamldoc.Quote(m.Metric), "")
		p.line("    dimension: "+yamldoc.Quote(m.Dimension), "")
		if m.Durations {
			p.line("    of: duration", "")
		}
	}
}
