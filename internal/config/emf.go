package config

import (
	"fmt"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config/section"
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
func (d *decoder) emf(e section.Entry) {
	for _, n := range d.Items(e.Value, "emf", `a list of metrics, such as - function: "shared-*"`) {
		before := len(d.Issues)
		at := d.At(n)
		m := EMF{Origin: fmt.Sprintf("%s:%d", d.File, at.Line)}
		text := func(into *string) func(section.Entry) {
			return func(f section.Entry) { *into, _ = d.Text(f.Value, "emf."+f.Key) }
		}
		d.Fields(n, "emf", map[string]func(section.Entry){
			"function":  func(f section.Entry) { m.Function = d.Pattern(f.Value, "emf.function") },
			"namespace": text(&m.Namespace),
			"metric":    text(&m.Metric),
			"dimension": text(&m.Dimension),
			"of": func(f section.Entry) {
				switch s, _ := f.Value.Plain(); s {
				case "invocations":
				case "duration":
					m.Durations = true
				default:
					d.Add(d.At(f.Value), "emf.of", f.Value.Describe(), "invocations or duration", "")
				}
			},
		})
		if len(d.Issues) > before {
			continue
		}
		if m.Function.IsZero() || m.Namespace == "" || m.Metric == "" || m.Dimension == "" {
			d.Add(at, "emf", "an entry that lacks something", "function, namespace, metric and dimension", "")
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
