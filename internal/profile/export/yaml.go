package export

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// YAML is written by hand here, since every byte is to be the same in all versions
// of a library, comments included, and since all of it is objects, lists, texts and
// whole numbers.

// object is a mapping in the order in which it is written. Values are string, int64,
// int32, bool, block, null, object and list.
type object []field

type field struct {
	key     string
	value   any
	above   []string // comments in lines of their own before it
	comment string   // and one behind a scalar
}

type list []any

// block is a text of several lines, each ended, written as it is.
type block string

// null takes a key away where it is merged.
type null struct{}

// set adds a field.
func (o *object) set(key string, value any) *field {
	*o = append(*o, field{key: key, value: value})
	return &(*o)[len(*o)-1]
}

// document writes one YAML document under comments.
func document(comments []string, o object) []byte {
	var b bytes.Buffer
	for _, c := range comments {
		b.WriteString(commentLine("", c))
	}
	o.write(&b, "")
	return b.Bytes()
}

func (o object) write(b *bytes.Buffer, indent string) {
	for i, f := range o {
		// The first field of a list item follows its hyphen.
		before := indent
		if i == 0 && bytes.HasSuffix(b.Bytes(), []byte("- ")) {
			before = ""
		}
		for _, c := range f.above {
			b.WriteString(commentLine(before, c))
			before = indent
		}
		b.WriteString(before + scalar(f.key) + ":")
		writeValue(b, f.value, indent+"  ", f.comment)
	}
}

func writeValue(b *bytes.Buffer, value any, indent, comment string) {
	switch v := value.(type) {
	case object:
		if len(v) == 0 {
			b.WriteString(" {}\n")
			return
		}
		b.WriteByte('\n')
		v.write(b, indent)
	case list:
		if len(v) == 0 {
			b.WriteString(" []\n")
			return
		}
		b.WriteByte('\n')
		in := indent[:len(indent)-2] // lists are not indented under their key, as in Kubernetes' own examples
		for _, item := range v {
			b.WriteString(in + "-")
			if o, ok := item.(object); ok {
				b.WriteByte(' ')
				o.write(b, in+"  ")
				continue
			}
			writeValue(b, item, in+"  ", "")
		}
	case block:
		b.WriteString(" |\n")
		for line := range strings.Lines(string(v)) {
			b.WriteString(indent + line)
		}
	default:
		b.WriteString(" " + scalar(v))
		if comment != "" {
			b.WriteString(" # " + oneLine(comment))
		}
		b.WriteByte('\n')
	}
}

// plain are texts that every YAML reader takes for texts without quotes: words that
// begin with a letter or a slash, and quantities.
var plain = regexp.MustCompile(`^([A-Za-z/][A-Za-z0-9_./-]*|[1-9][0-9]{0,14}(m|Ki|Mi|Gi|Ti))$`)

// scalar writes a value that fits on a line.
func scalar(value any) string {
	switch v := value.(type) {
	case string:
		if len(v) <= 120 && plain.MatchString(v) && !yamldoc.Reserved(v) {
			return v
		}
		return yamldoc.Quote(v)
	case null:
		return "null"
	case bool, int32, int64:
		return fmt.Sprint(v)
	}
	panic(fmt.Sprintf("export: no YAML for a %T", value)) // only this package makes values
}

// valid replaces what is no UTF-8.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// oneLine is a text that cannot end a comment or hide what follows it. What is not seen is written as
// an escape, so that names that differ still do.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, valid(s))
	return text.Shorten(strings.TrimSpace(text.Printable(s)), mostLine)
}

// mostLine is how many characters of a text a comment or a cell of a table has.
const mostLine = 2000

func commentLine(indent, text string) string {
	return strings.TrimRight(indent+"# "+oneLine(text), " ") + "\n"
}

// cut shortens a text for an annotation: all of an object's may have 256 KiB.
func cut(s string) string {
	const most = 2000
	r := []rune(valid(s))
	if len(r) <= most {
		return string(r)
	}
	return string(r[:most-1]) + "…"
}
