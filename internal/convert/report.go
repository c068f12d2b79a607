package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/text"
)

// titles are the headings of a report.
var titles = map[Kind]string{
	Blocks: "Has to be done before it works", Unknown: "Not known", Lost: "Cannot be carried over",
	Act: "Left to do", Changed: "Different from Lambda", Carried: "Carried over",
}

// YAML is all manifests, ready for kubectl apply.
func (p *Conversion) YAML() string {
	var out strings.Builder
	for _, m := range p.Manifests {
		out.WriteString("---\n")
		out.WriteString(m.YAML())
	}
	return out.String()
}

// YAML is the manifest alone.
func (m *Manifest) YAML() string {
	var out strings.Builder
	writeYAML(&out, m.body, 0)
	return out.String()
}

// JSON is the whole plan.
func (p *Conversion) JSON() string {
	manifests := make([]any, len(p.Manifests))
	for i, m := range p.Manifests {
		manifests[i] = m.body
	}
	trust := object{{"role_arn", p.Trust.RoleARN}, {"already", p.Trust.Already}}
	for _, d := range []struct{ key, text string }{{"rewritten", p.Trust.Rewritten}, {"both", p.Trust.Both}} {
		if tree, err := parseTree([]byte(d.text)); err == nil {
			trust = append(trust, member{d.key, tree})
		}
	}
	notes := make([]any, len(p.Notes))
	for i, n := range p.Notes {
		notes[i] = object{{"kind", n.Kind.String()}, {"topic", n.Topic}, {"text", n.Text}}.with("fix", n.Fix).with("snippet", n.Snippet)
	}
	return indented(object{
		{"function", p.Function},
		{"function_arn", p.ARN},
		{"name", p.Name},
		{"namespace", p.Namespace},
		{"service_account", p.ServiceAccount},
		{"manifests", manifests},
		{"trust_policy", trust},
		{"secret", p.Secret},
		{"secret_keys", strs(p.SecretKeys)},
		{"report", notes},
	}) + "\n"
}

// Report is the notes as Markdown that reads well as plain text too.
func (p *Conversion) Report() string {
	var out strings.Builder
	kind := "nothing"
	var names []string
	for _, m := range p.Manifests {
		if m.Kind == "Job" || m.Kind == "ScaledJob" {
			kind = m.Kind
			names = append(names, m.Name)
		}
	}
	fmt.Fprintf(&out, "# %s -> %s %s/%s\n", text.Printable(p.Function), kind, p.Namespace, strings.Join(names, ", "))
	for k := Blocks; k <= Carried; k++ {
		first := true
		for _, n := range p.Notes {
			if n.Kind != k {
				continue
			}
			if first {
				fmt.Fprintf(&out, "\n## %s\n\n", titles[k])
				first = false
			}
			fmt.Fprintf(&out, "- **%s**: %s\n", n.Topic, text.Printable(n.Text))
			if n.Fix != "" {
				fmt.Fprintf(&out, "  -> %s\n", text.Printable(n.Fix))
			}
			if n.Snippet != "" {
				out.WriteByte('\n')
				for line := range strings.Lines(n.Snippet) {
					out.WriteString("      " + text.Printable(strings.TrimRight(line, "\n")) + "\n")
				}
				out.WriteByte('\n')
			}
		}
	}
	return out.String()
}

// File is one file that a plan is written to.
type File struct{ Name, Text string }

// Files are the manifests, the trust policies and the report.
func (p *Conversion) Files() []File {
	var files []File
	for i := range p.Manifests {
		files = append(files, File{p.Manifests[i].File, p.Manifests[i].YAML()})
	}
	if p.Trust.Rewritten != "" && !p.Trust.Already {
		files = append(files, File{"trust-policy.json", p.Trust.Rewritten + "\n"})
	}
	if p.Trust.Both != "" && !p.Trust.Already && !p.Trust.Alone {
		files = append(files, File{"trust-policy-both.json", p.Trust.Both + "\n"})
	}
	if p.Trust.Alone {
		files = append(files, File{"trust-statement.json", p.Trust.Both + "\n"})
	}
	return append(files, File{"report.md", p.Report()})
}

// Blocked is how many things have to be done before the Job works.
func (p *Conversion) Blocked() int {
	return len(slices.DeleteFunc(slices.Clone(p.Notes), func(n Note) bool { return n.Kind != Blocks }))
}
