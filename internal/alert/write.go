package alert

import (
	"strings"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/yamldoc"
)

// write prints the section as lines of YAML that read to the same settings.
func (s *Settings) write(line func(text, origin string)) {
	type entry struct{ key, text string }
	var out []entry
	put := func(key, text string) { out = append(out, entry{key, text}) }
	if s.Severity != 0 {
		put("severity", s.Severity.String())
	}
	if s.Words != nil {
		var all []string
		for _, w := range words {
			for _, code := range s.Words {
				if code == w.code {
					all = append(all, w.word)
				}
			}
		}
		put("verdicts", flow(all))
	}
	if len(s.Include)+len(s.Exclude) > 0 {
		var parts []string
		if len(s.Include) > 0 {
			parts = append(parts, "include: "+flow(section.Texts(s.Include)))
		}
		if len(s.Exclude) > 0 {
			parts = append(parts, "exclude: "+flow(section.Texts(s.Exclude)))
		}
		put("codes", "{"+strings.Join(parts, ", ")+"}")
	}
	for _, of := range []struct {
		key      string
		patterns []attribution.Pattern
	}{{"tenants", s.Tenants}, {"waves", s.Waves}} {
		if len(of.patterns) > 0 {
			put(of.key, flow(section.Texts(of.patterns)))
		}
	}
	if s.Flapping != 0 {
		put("flapping", short(s.Flapping))
	}
	if s.Terminal != TerminalOff {
		put("terminal", string(s.Terminal))
	}
	if len(out)+len(s.Outputs) == 0 {
		return
	}
	line("alerts:", "")
	for _, e := range out {
		line("  "+e.key+": "+e.text, s.places[e.key].String())
	}
	if len(s.Outputs) > 0 {
		line("  outputs:", "")
	}
	for i := range s.Outputs {
		s.Outputs[i].write(line)
	}
}

func (o *Output) write(line func(text, origin string)) {
	if o.Webhook == nil {
		line("    - file: "+yamldoc.Quote(o.File), o.Place.FileLine())
		return
	}
	w := o.Webhook
	line("    - webhook:", o.Place.FileLine())
	for _, f := range []struct{ key, value string }{
		{"url", w.URL},
		{"url_env", w.URLEnv},
		{"url_file", w.URLFile},
		{"secret_env", w.SecretEnv},
		{"secret_file", w.SecretFile},
	} {
		if f.value != "" {
			line("        "+f.key+": "+yamldoc.Quote(f.value), "")
		}
	}
	for _, h := range []struct {
		key string
		of  []Header
	}{{"headers", w.Headers}, {"headers_env", w.HeadersEnv}} {
		if len(h.of) > 0 {
			line("        "+h.key+":", "")
		}
		for _, one := range h.of {
			line("          "+yamldoc.Quote(one.Name)+": "+yamldoc.Quote(one.Value), "")
		}
	}
	if w.Insecure {
		line("        insecure: true", "")
	}
	if w.Timeout != 0 {
		line("        timeout: "+short(w.Timeout), "")
	}
}

// flow is a list in one line.
func flow(texts []string) string {
	quoted := make([]string, len(texts))
	for i, s := range texts {
		quoted[i] = yamldoc.Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
