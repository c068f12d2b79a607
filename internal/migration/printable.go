package migration

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Printable is a text as it may be shown anywhere: in one line, and with nothing in it that moves a
// cursor, changes colours, turns the direction of writing or is not seen at all. Such characters, and
// bytes that are no UTF-8, are written as escapes of Go, \x1b or \u202e, so that texts that
// differ go on to differ. Names of tenants, workloads and files come from others.
func Printable(s string) string { return escape(s, false) }

// PrintableText is [Printable] for a text of several lines: line feeds and tabs stay.
func PrintableText(s string) string { return escape(s, true) }

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

// Unseen reports whether a character is not seen, or does something to what is shown around it:
// controls, formats (directions, zero width, joiners, tags), separators of lines and paragraphs.
func Unseen(r rune) bool { return unseen(r) }

func unseen(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || unicode.Is(invisible, r)
}

// invisible are characters that Unicode counts among letters and marks and that nothing shows: the
// fillers of Hangul, of Khmer and Mongolian, and the blank of Braille.
var invisible = &unicode.RangeTable{
	R16: []unicode.Range16{{0x034f, 0x034f, 1}, {0x115f, 0x1160, 1}, {0x17b4, 0x17b5, 1}, {0x180b, 0x180f, 1}, {0x2800, 0x2800, 1}, {0x3164, 0x3164, 1}, {0xffa0, 0xffa0, 1}},
}

// Shorten cuts a text to so many characters, 16 at least. What is cut ends with a mark and a hash of
// the whole, so that long texts that differ at their end still differ.
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

// EscapeJSON writes what is not seen in JSON as escapes of JSON: encoders escape the first 32
// characters only. Outside of texts JSON has nothing of that kind.
func EscapeJSON(b []byte) []byte {
	return escapeEncoded(b, func(r rune) string {
		if r <= 0xffff {
			return fmt.Sprintf(`\u%04x`, r)
		}
		high, low := utf16.EncodeRune(r)
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	})
}

// EscapeYAML is [EscapeJSON] for double-quoted texts of YAML, which has no surrogate pairs.
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
