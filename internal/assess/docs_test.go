package assess

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
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

// row is the rule's row of the documentation for a move, "" where it does not apply.
func (r *rule) row(move migration.Move) string {
	infos := move.Infos()
	if !r.applies(&infos) {
		return ""
	}
	return move.Fill(fmt.Sprintf("| `%s` | `%s` | %s | %s | %s | %s | %s |\n", r.code, strings.ReplaceAll(r.figure, ", ", "`, `"),
		r.info.words(), r.warning.words(), r.critical.words(), r.means, r.do.on(r.subject(&infos).ID)))
}

// legs are the moves that the documentation describes: the default one first.
var legs = []migration.Move{
	migration.DefaultMove,
	{Before: migration.Lambda, After: migration.ECS},
	{Before: migration.ECS, After: migration.Jobs},
}

func documented() string {
	var b strings.Builder
	table := func(rows func(*rule) string) {
		b.WriteString("\n| code | figure | info | warning | critical | meaning | what to do |\n|---|---|---|---|---|---|---|\n")
		for _, r := range append(rules[:], stalePrices) {
			b.WriteString(rows(&r))
		}
		b.WriteString("\n")
	}
	ofDefault := func(silent bool) func(*rule) string {
		return func(r *rule) string {
			if r.silent != silent {
				return ""
			}
			return r.row(migration.DefaultMove)
		}
	}
	b.WriteString("\n## Notices\n")
	table(ofDefault(false))
	b.WriteString("## Severity without a notice\n\nThese colour a figure and make no notice.\n")
	table(ofDefault(true))
	for _, move := range legs[1:] {
		infos := move.Infos()
		fmt.Fprintf(&b, "## %s to %s\n\nWith `move: {before: %s, after: %s}` the following rules read",
			infos[0].Label, infos[1].Label, move.Before, move.After)
		var none []string
		for i := range rules {
			if rules[i].row(move) == "" {
				none = append(none, "`"+migration.DefaultMove.Fill(rules[i].code)+"`")
			}
		}
		fmt.Fprintf(&b, " as below, and there are no %s.\n", strings.Join(none, ", "))
		table(func(r *rule) string {
			row := r.row(move)
			if row == r.row(migration.DefaultMove) {
				return ""
			}
			return row
		})
	}
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

// A rule is whole for each pair of platforms: programs and people can rely on every part of it,
// and nothing names a platform that is on neither side.
func TestEveryRuleIsWhole(t *testing.T) {
	sides := []migration.Platform{migration.Lambda, migration.ECS, migration.Jobs}
	foreign := map[migration.Platform]*regexp.Regexp{
		migration.Lambda: regexp.MustCompile(`(?i)lambda|invocation|function|throttle`),
		migration.ECS:    regexp.MustCompile(`(?i)\bECS\b|\btasks?\b`),
		migration.Jobs:   regexp.MustCompile(`(?i)\bjobs?\b|kubernetes|activeDeadline|Profiles`),
	}
	for _, before := range sides {
		for _, after := range sides {
			if before == after {
				continue
			}
			move := migration.Move{Before: before, After: after}
			infos := move.Infos()
			codes := map[string]bool{}
			for i := range rules {
				r := &rules[i]
				row := r.row(move)
				if row == "" {
					continue
				}
				if code := move.Fill(r.code); codes[code] {
					t.Errorf("%v: two rules are named %s", move, code)
				} else {
					codes[code] = true
				}
				if do := r.do.on(r.subject(&infos).ID); r.code == "" || r.figure == "" || r.means == "" || do == "" || r.judge == nil {
					t.Errorf("%v: the rule %q lacks something: %+v", move, r.code, r)
				}
				if strings.Contains(row, "{") {
					t.Errorf("%v: a name is not filled in: %s", move, row)
				}
				for p, words := range foreign {
					if found := words.FindString(row); found != "" && !move.Has(p) {
						t.Errorf("%v: the rule %s says %q: %s", move, r.code, found, row)
					}
				}
			}
		}
	}
	for i := range rules {
		r := &rules[i]
		if r.info.unit == never && r.warning.unit == never && r.critical.unit == never {
			t.Errorf("%s has no threshold", r.code)
		}
		if r.silent && r.of == nil {
			t.Errorf("%s neither makes a notice nor colours a figure", r.code)
		}
	}
}
