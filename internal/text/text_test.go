package text

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlural(t *testing.T) {
	for _, test := range []struct {
		n    int
		noun string
		want string
	}{
		{0, "run", "0 runs"},
		{1, "run", "1 run"},
		{2, "Job run", "2 Job runs"},
		{3, "retry", "3 retries"},
		{2, "day", "2 days"},
		{4, "class", "4 classes"},
		{2, "box", "2 boxes"},
		{5, "batch", "5 batches"},
		{1, "class", "1 class"},
	} {
		if got := Plural(test.n, test.noun); got != test.want {
			t.Errorf("%d %s: got %q, want %q", test.n, test.noun, got, test.want)
		}
	}
	if got := PluralOf(int64(2), "price changes", "prices change"); got != "2 prices change" {
		t.Error(got)
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{
		0: "0 %", 1e-9: "under 0.01 %", 0.0001: "0.01 %", 0.00423: "0.42 %", 0.042: "4.2 %", 0.05: "5 %", 0.0996: "10 %", 0.1: "10 %",
		0.874: "87 %", 1.87: "187 %", -0.123: "-12 %", -0.0123: "-1.2 %", 12345: "1234500 %",
	} {
		if got := Percent(share); got != want {
			t.Errorf("%v: got %q, want %q", share, got, want)
		}
	}
	for _, none := range []float64{math.NaN(), math.Inf(1)} {
		if got := Percent(none); got != "an unknown share" {
			t.Errorf("%v: %q", none, got)
		}
	}
}

func TestSmallForms(t *testing.T) {
	for got, want := range map[string]string{
		Grouped(999): "999", Grouped(1000): "1,000", Grouped(-1234567): "-1,234,567", Grouped(-999): "-999",
		OneLine(" a\n\tb  c\r\n"): "a b c", Cut("größer", 3): "grö...", Cut("größer", 6): "größer",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A spreadsheet runs a cell as a formula by its first character; a line feed before it does not help.
func TestCSVCell(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "acme": "acme", "a=1": "a=1", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "\r=1": `'\x0d=1`, "\n=1": "'\n=1", "a\x1b[2Jb": `a\x1b[2Jb`, "a\nb": "a\nb", "=\xff": `'=\xff`,
	} {
		if got := CSVCell(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"vault is locked": "vault is locked", "\x1b[31mred\x1b[0m\x1b]0;title\x07 alert": "red alert",
		"a\n b\x00\xff": "a b\uFFFD", "token=abc next": "token=*** next", `"client_secret": "x y", z`: `"client_secret": ***, z`,
		"https://me:pa55@host/": "https://me:***@host/", "key AKIDEXAMPLE1234567890": "key ***",
		"aws-iam-authenticator failed":        "aws-iam-authenticator failed",
		"/usr/local/bin/helper: no such file": "/usr/local/bin/helper: no such file", "/run/abcdefgh12345678x/t": "***",
	} {
		if got := Redact(in, 100); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := Redact("password=hunter2 for all of them", 14); got != "password=*** f..." {
		t.Errorf("the cut comes before the mask: %q", got)
	}
	if !MentionsSecret("the Token") || MentionsSecret("vault is locked") {
		t.Error("what mentions a secret")
	}
}

func TestLastLine(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "a\nb\n\n": "b", "a\r\n \x1b[0m\r\n": "a", "first\rsecond": "second"} {
		if got := LastLine(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// Whatever another program writes, a message stays one bounded line of printable text.
func FuzzRedact(f *testing.F) {
	f.Add("vault is locked\n")
	f.Add("\x1b]0;x\x07\x1b[2J\xff token=abc")
	f.Fuzz(func(t *testing.T, out string) {
		for _, said := range []string{Redact(out, 160), Redact(LastLine(out), 160)} {
			if strings.ContainsAny(said, "\n\r\x1b\x00\u0085\u2028") || utf8.RuneCountInString(said) > 163 {
				t.Errorf("%q", said)
			}
		}
	})
}
