package text

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "acme": "acme", "größe 数": "größe 数", "a \"b\"": "a \"b\"",
		"\x1b[31mred\x1b[0m": `\x1b[31mred\x1b[0m`, "a\x00b": `a\x00b`, "a\nb\tc\r": `a\x0ab\x09c\x0d`, "\x7f": `\x7f`,
		"\u009b2J": `\u009b2J`, "a\u202eb": `a\u202eb`, "a\u200bb\u2060": `a\u200bb\u2060`, "\ufeffa": `\ufeffa`, "a\u2028b": `a\u2028b`,
		"gr\xf6\xdfe": `gr\xf6\xdfe`, "\U000e0041": `\U000e0041`, "\u3164": `\u3164`,
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if got := PrintableLines("a\n\tb\x1b\r\n"); got != "a\n\tb\\x1b\\x0d\n" {
		t.Errorf("%q", got)
	}
}

func TestShorten(t *testing.T) {
	long := strings.Repeat("é", 100)
	a, b := Shorten(long+"a", 20), Shorten(long+"b", 20)
	if a == b || utf8.RuneCountInString(a) != 20 || !strings.HasPrefix(a, "éééééééééé…#") || Shorten("éé", 20) != "éé" ||
		Shorten(long, 100) != long {
		t.Errorf("%q, %q", a, b)
	}
}

// What is escaped means the same.
func TestEscapeEncoded(t *testing.T) {
	text := "a\u007f\u009b\u202e\u200b\ufeff\U000e0041 größe 🎉"
	quoted, _ := json.Marshal(text)
	escaped := EscapeJSON(quoted)
	var back string
	if err := json.Unmarshal(escaped, &back); err != nil || back != text || strings.ContainsFunc(string(escaped), Unseen) ||
		!strings.Contains(string(escaped), "größe 🎉") {
		t.Errorf("%s is %q, %v", escaped, back, err)
	}
	if got := string(EscapeYAML(quoted)); !strings.Contains(got, `\u202e`) || !strings.Contains(got, `\U000e0041`) {
		t.Error(got)
	}
}

// Nothing that is hidden is left, and what differs in hidden characters alone still differs.
func FuzzPrintable(f *testing.F) {
	f.Add("a\x1b\u202e\xff", "a\x1b\u202e\xfe")
	f.Fuzz(func(t *testing.T, a, b string) {
		p, q := Printable(a), Printable(b)
		if !utf8.ValidString(p) || strings.ContainsFunc(p, Unseen) || strings.ContainsAny(p, "\x00\x1b\x7f\n\r") {
			t.Fatalf("%q is %q", a, p)
		}
		if a != b && p == q && !strings.Contains(a+b, `\`) {
			t.Fatalf("%q and %q are both %q", a, b, p)
		}
	})
}
