package convert

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/yamldoc"
)

// writeYAML writes a mapping in block style. Every text that some reader of YAML
// could take for something else than itself is quoted: readers of YAML 1.1, which
// kubectl is, take "yes", "012" and "1:30" for other things than readers of 1.2.
func writeYAML(out *strings.Builder, o object, indent int) {
	for _, m := range o {
		out.WriteString(strings.Repeat("  ", indent))
		out.WriteString(scalar(m.key))
		out.WriteByte(':')
		writeValue(out, m.value, indent)
	}
}

func writeValue(out *strings.Builder, value any, indent int) {
	switch v := value.(type) {
	case object:
		if len(v) == 0 {
			out.WriteString(" {}\n")
			return
		}
		out.WriteByte('\n')
		writeYAML(out, v, indent+1)
	case []any:
		if len(v) == 0 {
			out.WriteString(" []\n")
			return
		}
		out.WriteByte('\n')
		for _, item := range v {
			writeItem(out, item, indent)
		}
	default:
		out.WriteString(" " + scalar(v) + "\n")
	}
}

// writeItem writes one item of a list, whose dash is aligned with its key.
func writeItem(out *strings.Builder, item any, indent int) {
	dash := strings.Repeat("  ", indent) + "-"
	o, ok := item.(object)
	if !ok || len(o) == 0 {
		out.WriteString(dash)
		writeValue(out, item, indent+1)
		return
	}
	out.WriteString(dash + " " + scalar(o[0].key) + ":")
	writeValue(out, o[0].value, indent+1)
	writeYAML(out, o[1:], indent+1)
}

// plain is what no reader of YAML takes for anything but text, except for the
// reserved words: it begins with a letter or a slash and has nothing in it that YAML
// gives a meaning to.
var plain = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./-]*(:[A-Za-z0-9_./@-]+)*$`)

func scalar(value any) string {
	switch v := value.(type) {
	case string:
		if plain.MatchString(v) && !yamldoc.Reserved(v) {
			return v
		}
		return yamldoc.Quote(v)
	case nil:
		return "null"
	}
	return fmt.Sprint(value) // numbers and truth values
}

// seconds is a duration as Kubernetes counts it, in whole seconds.
func seconds(n int64) string { return strconv.FormatInt(n, 10) + " s" }
