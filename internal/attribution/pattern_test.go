package attribution

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPatterns(t *testing.T) {
	known := newVocabulary([]Names{{Name: "big-corp", Aliases: []string{"BigCorp"}}, {Name: "big"}})
	for _, tt := range []struct {
		pattern, name    string
		tenant, workload string
		ok               bool
	}{
		{"acme", "acme", "", "", true},
		{"acme", "acme-x", "", "", false},
		{"acme*", "acme", "", "", true},
		{"*-prod", "a-b-prod", "", "", true},
		{"*-prod", "a-b-prod-2", "", "", false},
		{"a?c", "abc", "", "", true},
		{"a?c", "aüc", "", "", true},
		{"a?c", "ac", "", "", false},
		{`a\*c`, "a*c", "", "", true},
		{`a\*c`, "abc", "", "", false},
		{"{tenant}-{workload}", "acme-thumb-nails", "acme", "thumb-nails", true},
		{"{tenant}-{workload}", "big-corp-thumbs", "big-corp", "thumbs", true},
		{"{tenant}-{workload}", "BIGCORP-thumbs", "BIGCORP", "thumbs", true},
		{"{tenant}-{workload}", "big-fish", "big", "fish", true},
		{"{tenant}-{workload}", "acme-", "", "", false},
		{"{tenant}-{workload}", "-acme", "", "", false},
		{"{workload}-{tenant}", "thumb-nails-acme", "nails-acme", "thumb", true},
		{"{workload}-{tenant}-prod", "thumbs-big-corp-prod", "big-corp", "thumbs", true},
		{"{tenant}-*", "acme-thumbs-27", "acme", "", true},
		{"tenant-{tenant}", "tenant-a", "a", "", true},
		{"/(?P<workload>[a-z]+)[0-9]+(-(?P<tenant>.+))?/", "thumbs12-acme", "acme", "thumbs", true},
		{"/(?P<workload>[a-z]+)[0-9]+(-(?P<tenant>.+))?/", "thumbs12", "", "thumbs", true},
		{"/acme|globex/", "acme-x", "", "", false},
	} {
		p, err := ParsePattern(tt.pattern)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		got, ok := p.match(tt.name, known, nil)
		if ok != tt.ok || (ok && got != (taken{tt.tenant, tt.workload})) {
			t.Errorf("%s on %s: %+v, %t", tt.pattern, tt.name, got, ok)
		}
		if p.Match(tt.name) != tt.ok {
			t.Errorf("Match: %s on %s is not %t", tt.pattern, tt.name, tt.ok)
		}
	}
}

func TestBadPatterns(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                             "empty",
		"{tenant":                      "never closed",
		"{tenant}{tenant}":             "twice",
		"{customer}":                   "neither",
		`a\`:                           "takes nothing",
		"a*b*c*d*e*f":                  "more than 4",
		"/(/":                          "missing closing )",
		"/(?P<who>.)/":                 "neither",
		"/(?P<tenant>.)(?P<tenant>.)/": "tenant",
	} {
		if _, err := ParsePattern(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", pattern, err, want)
		}
	}
}

// The matcher agrees with the regular expression that a glob stands for.
func TestGlobsMatchAsRegularExpressions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"*", "?", "a", "b", "-", "é", "{tenant}", "{workload}"}), 1, 7).Draw(t, "parts")
		p, err := ParsePattern(strings.Join(parts, ""))
		if err != nil {
			return // the same placeholder twice, or too many
		}
		var re strings.Builder
		for _, part := range parts {
			switch part {
			case "*":
				re.WriteString("(?s:.*)")
			case "?":
				re.WriteString("(?s:.)")
			case "{tenant}", "{workload}":
				re.WriteString("(?s:.+)")
			default:
				re.WriteString(regexp.QuoteMeta(part))
			}
		}
		name := rapid.StringOfN(rapid.SampledFrom([]rune("ab-é")), 0, 12, -1).Draw(t, "name")
		if got, want := p.Match(name), regexp.MustCompile(`\A`+re.String()+`\z`).MatchString(name); got != want {
			t.Fatalf("%s on %q: %t, want %t", p, name, got, want)
		}
		// Put together again, what was taken gives the name.
		if took, ok := p.match(name, nil, nil); ok && !strings.ContainsAny(p.String(), "*?") {
			if again := strings.NewReplacer("{tenant}", took.tenant, "{workload}", took.workload).Replace(p.String()); again != name {
				t.Fatalf("%s took %+v from %q, which makes %q", p, took, name, again)
			}
		}
	})
}

func FuzzParsePattern(f *testing.F) {
	for _, s := range []string{"*", "{tenant}-{workload}", "/(?P<tenant>a+)/", `\`, "a?*?b", "//"} {
		f.Add(s, "acme-thumbs")
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		p, err := ParsePattern(pattern)
		if err != nil {
			return
		}
		if p.IsZero() || p.String() != pattern {
			t.Fatalf("%q reads back as %q", pattern, p)
		}
		if took, ok := p.match(name, nil, nil); ok && (!strings.Contains(name, took.tenant) || !strings.Contains(name, took.workload)) {
			t.Fatalf("%q took %+v from %q", pattern, took, name)
		}
	})
}
