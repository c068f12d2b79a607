package text

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Printable returns s as one line that is safe to show anywhere. Characters that move a cursor, change
// colours, turn the direction of writing or are invisible become Go escapes, such as \x1b or \u202e, and
// so do bytes that are not UTF-8: texts that differ still differ. Use it for every name that comes from
// outside: tenants, workloads, files.
func Printable(s string) string { return escape(s, false) }

// PrintableLines is [Printable] for a text of several lines: it keeps line feeds and tabs.
func PrintableLines(s string) string { return escape(s, true) }

func escape(s string, lines bool) string {
	at := 0
	for at < len(s) && s[at] >= ' ' && s[at] < 0x7f {
		at++
	}
	if at == len(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:at])
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		switch {
		case r == utf8.RuneError && size == 1, r < utf8.RuneSelf && unseen(r) && !(lines && (r == '\n' || r == '\t')):
			fmt.Fprintf(&b, `\x%02x`, s[at])
		case r >= utf8.RuneSelf && unseen(r):
			if r <= 0xffff {
				fmt.Fprintf(&b, `\u%04x`, r)
			} else {
				fmt.Fprintf(&b, `\U%08x`, r)
			}
		default:
			b.WriteString(s[at : at+size])
		}
		at += size
	}
	return b.String()
}

// Unseen reports whether r is invisible or changes how the text around it is shown: controls, formats
// (directions, zero width, joiners, tags), and separators of lines and paragraphs.
func Unseen(r rune) bool { return unseen(r) }

func unseen(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || unicode.Is(invisible, r)
}

// invisible has the characters that Unicode counts as letters and marks and that have no shape: the
// fillers of Hangul, Khmer and Mongolian, and the Braille blank.
var invisible = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x034f, 0x034f, 1},
		{0x115f, 0x1160, 1},
		{0x17b4, 0x17b5, 1},
		{0x180b, 0x180f, 1},
		{0x2800, 0x2800, 1},
		{0x3164, 0x3164, 1},
		{0xffa0, 0xffa0, 1},
	},
}

// Shorten cuts s to most characters (at least 16). A cut text ends with a mark and a hash of the whole,
// so that long texts that differ only at their end still differ.
func Shorten(s string, most int) string {
	most = max(most, 16)
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	mark := fmt.Sprintf("…#%08x", h.Sum32())
	keep := most - utf8.RuneCountInString(mark)
	at := 0
	for range keep {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return s[:at] + mark
}

// EscapeJSON writes the invisible characters of encoded JSON as JSON escapes; encoding/json escapes only
// the first 32 characters. Such characters can stand only inside strings.
func EscapeJSON(b []byte) []byte {
	return escapeEncoded(b, func(r rune) string {
		if r <= 0xffff {
			return fmt.Sprintf(`\u%04x`, r)
		}
		high, low := utf16.EncodeRune(r)
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	})
}

// EscapeYAML is [EscapeJSON] for double-quoted YAML strings, which have no surrogate pairs.
func EscapeYAML(b []byte) []byte {
	return escapeEncoded(b, func(r rune) string {
		if r <= 0xffff {
			return fmt.Sprintf(`\u%04x`, r)
		}
		return fmt.Sprintf(`\U%08x`, r)
	})
}

func escapeEncoded(b []byte, as func(rune) string) []byte {
	at := 0
	for at < len(b) && b[at] < 0x7f {
		at++
	}
	if at == len(b) {
		return b
	}
	out := append(make([]byte, 0, len(b)+16), b[:at]...)
	for at < len(b) {
		r, size := utf8.DecodeRune(b[at:])
		if r >= 0x7f && unseen(r) {
			out = append(out, as(r)...)
		} else {
			out = append(out, b[at:at+size]...)
		}
		at += size
	}
	return out
}
