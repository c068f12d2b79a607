package assess

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated part of docs/notices.md anew")

const (
	docsFile   = "../../docs/notices.md"
	beginRules = "<!-- rules: generated from internal/assess/rules.go; go test ./internal/assess -update -->\n"
	endRules   = "<!-- end of rules -->\n"
)

// words is a threshold for the documentation: "90 % or more of the limit".
func (t threshold) words() string {
	var from string
	switch t.unit {
	case never:
		return ""
	case share:
		from = fmt.Sprintf("%g %%", t.from*100)
	case beyond:
		return fmt.Sprintf("more than %g %% %s", t.from*100, t.and)
	case minutes:
		from = fmt.Sprintf("%g min", t.from)
	case days:
		from = fmt.Sprintf("%g days", t.from)
	case times:
		from = fmt.Sprintf("%g times", t.from)
	case events:
		from = fmt.Sprintf("%g", t.from)
	}
	return strings.TrimSpace(from + " or more " + t.and)
}

func documented() string {
	var b strings.Builder
	table := func(silent bool) {
		b.WriteString("\n| code | figure | info | warning | critical | meaning | what to do |\n|---|---|---|---|---|---|---|\n")
		for _, r := range append(rules[:], stalePrices) {
			if r.silent == silent {
				fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s | %s | %s | %s |\n",
					r.code, strings.ReplaceAll(r.figure, ", ", "`, `"), r.info.words(), r.warning.words(), r.critical.words(), r.means, r.do)
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\n## Notices\n")
	table(false)
	b.WriteString("## Severity without a notice\n\nThese colour a figure and make no notice.\n")
	table(true)
	return b.String()
}

func TestDocumentationHasEveryRule(t *testing.T) {
	data, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), beginRules)
	_, after, ok2 := strings.Cut(rest, endRules)
	if !ok || !ok2 {
		t.Fatalf("%s has no part between the marks for rules", docsFile)
	}
	want := before + beginRules + documented() + endRules + after
	if *update {
		if err := os.WriteFile(docsFile, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("docs/notices.md is not what the rules say; run go test ./internal/assess -update\n%s", diff)
	}
}

// A rule is whole: programs and people can rely on every part of it.
func TestEveryRuleIsWhole(t *testing.T) {
	codes := map[string]bool{}
	for i := range rules {
		r := &rules[i]
		if codes[r.code] {
			t.Errorf("two rules are named %s", r.code)
		}
		codes[r.code] = true
		if r.code == "" || r.figure == "" || r.means == "" || r.do == "" || r.judge == nil {
			t.Errorf("the rule %q lacks something: %+v", r.code, r)
		}
		if r.info.unit == never && r.warning.unit == never && r.critical.unit == never {
			t.Errorf("%s has no threshold", r.code)
		}
		if r.silent && r.of == nil {
			t.Errorf("%s neither makes a notice nor colours a figure", r.code)
		}
	}
}
