package yamldoc

import (
	"fmt"
	"strings"
	"unicode"
)

// Quote writes a text in double quotes (YAML 1.2, 5.7). What cannot be seen is escaped;
// JSON's escapes would not do, since YAML has no surrogate pairs. Bytes that are not UTF-8
// become U+FFFD.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Reserved reports whether a reader of YAML 1.1, which kubectl is, or of 1.2 reads a word as
// a truth value, a number or null.
func Reserved(word string) bool { return reserved[strings.ToLower(word)] }

var reserved = map[string]bool{
	"true": true, "false": true, "yes": true, "no": true, "on": true, "off": true, "null": true, "y": true, "n": true, "nan": true,
	"inf": true,
}
