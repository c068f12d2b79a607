package objectname

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

func TestOf(t *testing.T) {
	for text, want := range map[string]string{
		"acme-thumbs":           "acme-thumbs",
		"9lives":                "9lives",
		"report-20241101":       "report-20241101",
		"a":                     "a",
		"Nightly_Report":        "nightly-report-",
		"nightly_report":        "nightly-report-",
		"nightly.report":        "nightly-report-",
		"NIGHTLY-REPORT":        "nightly-report-",
		"a--b":                  "a-b-",
		"-a":                    "a-",
		"cafe-deadbeef":         "cafe-deadbeef-", // it looks like a name with a hash
		"con":                   "con-",           // no file's name on Windows
		"Lpt1":                  "lpt1-",
		"日本":                    "x-",
		"":                      "x-",
		"___":                   "x-",
		"İstanbul":              "istanbul-",
		"ａｃｍｅ":                  "x-",
		strings.Repeat("x", 53): strings.Repeat("x", 43) + "-",
	} {
		got := Of(52, text)
		if got != want && (!strings.HasSuffix(want, "-") || !strings.HasPrefix(got, want) || len(got) != len(want)+8) {
			t.Errorf("%q is called %q, want %q", text, got, want)
		}
		if !label.MatchString(got) || len(got) > 52 {
			t.Errorf("%q is called %q", text, got)
		}
	}
	if got := Pair(46, "ml-score", "acme"); got != "ml-score--acme" {
		t.Errorf("%q", got)
	}
}

// names draws texts that are alike.
func names() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringN(40, 300, -1),
		rapid.StringMatching(`[aAbB_.-]{0,5}`),
		rapid.StringMatching(`[a-c]{1,2}(-[a-c]{1,2}){0,3}`),
		rapid.StringMatching(`(x-)?[0-9a-f]{8}`),
		rapid.SampledFrom([]string{
			"", "a", "A", "a-b", "a_b", "a.b", "a--b", "-a", "a-", "con", "CON", "nul", "retry", "a-retry", "x", "日本", "日", "ａ", "İ", "ß", "ss",
			"e\u0301", "é",
			strings.Repeat("long", 30), strings.Repeat("long", 30) + "x", strings.Repeat("long", 13),
		}),
	)
}

// Names are labels, they are different where texts are, and they do not depend on what else
// there is.
func TestNamesAreLabelsAndDifferent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		longest := rapid.IntRange(12, 63).Draw(t, "longest")
		owner := map[string]string{}
		take := func(name, who string) {
			if !label.MatchString(name) || len(name) > longest {
				t.Fatalf("%q is called %q", who, name)
			}
			if other, taken := owner[name]; taken && other != who {
				t.Fatalf("%q and %q are both called %q", other, who, name)
			}
			owner[name] = who
		}
		for _, s := range rapid.SliceOfN(names(), 1, 20).Draw(t, "texts") {
			take(Of(longest, s), "text "+s)
			for _, other := range rapid.SliceOfN(names(), 0, 3).Draw(t, "seconds") {
				take(Pair(longest, s, other), "pair "+s+"\x00"+other)
			}
		}
		// What was written is nobody else's name.
		for name, who := range owner {
			if again := Of(longest, name); who != "text "+name && again == name {
				t.Fatalf("%q is called %q, as the text %q is", who, name, name)
			}
		}
	})
}
