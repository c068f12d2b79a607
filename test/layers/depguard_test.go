package layers

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

var update = flag.Bool("update", false, "write .golangci.yml and docs/architecture.md from the layers")

const (
	lintFile  = "../../.golangci.yml"
	lintBegin = "        # Generated from test/layers by make layers: begin\n"
	lintEnd   = "        # Generated from test/layers by make layers: end\n"
	lintWidth = 140
)

// TestDepguardIsGenerated holds the rules of depguard to the tables of this package: a folder
// is entered here, and make layers writes the linter's configuration.
func TestDepguardIsGenerated(t *testing.T) {
	text, err := os.ReadFile(lintFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := bytes.Cut(text, []byte(lintBegin))
	_, after, closed := bytes.Cut(rest, []byte(lintEnd))
	if !ok || !closed {
		t.Fatalf("%s has no generated rules", lintFile)
	}
	want := slices.Concat(before, []byte(lintBegin), []byte(depguard()), []byte(lintEnd), after)
	if bytes.Equal(text, want) {
		return
	}
	if !*update {
		t.Fatalf("%s differs from the layers: run make layers", lintFile)
	}
	if err := os.WriteFile(lintFile, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

// depguard returns the linter's rules, one for each key of may.
func depguard() string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(may)) {
		files := []string{quoted("**/" + key + "/*.go"), quoted("!$test")}
		for _, other := range slices.Sorted(maps.Keys(may)) {
			if matched, err := path.Match(key, other); err == nil && matched && other != key {
				files = append(files, quoted("!**/"+other+"/*.go"))
			}
		}
		var allow, deny []string
		for _, own := range slices.Sorted(slices.Values(slices.Concat(may[key], shared))) {
			allow = append(allow, module+own+"$")
		}
		refused, _ := entry(mayNot, key)
		others, strict := foreign[key]
		if strict {
			allow = slices.Concat([]string{"$gostd"}, allow, others)
		} else {
			deny = append(deny, denied(strings.TrimSuffix(module, "/")))
			for _, name := range pure {
				if slices.ContainsFunc(refused, func(prefix string) bool { return within(name, prefix) }) {
					allow = append(allow, name+"$")
				}
			}
		}
		for _, prefix := range refused {
			switch {
			case !strings.Contains(prefix, "."): // of the standard library
				deny = append(deny, denied(prefix+"$"))
			case !strict:
				deny = append(deny, denied(prefix))
			}
		}
		mode := "lax" // allow what is not denied; the longer name of two decides
		if strict {
			mode = "strict" // deny what is not allowed
		}
		fmt.Fprintf(&b, "        %s:\n", strings.NewReplacer("/", "-", "*", "any").Replace(key))
		fmt.Fprintf(&b, "          list-mode: %s\n", mode)
		wrapped(&b, "files", files)
		wrapped(&b, "allow", allow)
		wrapped(&b, "deny", deny)
	}
	return b.String()
}

func quoted(s string) string { return `"` + s + `"` }

func denied(name string) string { return "{pkg: " + name + ", desc: see test/layers}" }

// wrapped writes a YAML list in brackets, on as many lines as it needs.
func wrapped(b *strings.Builder, key string, items []string) {
	if len(items) == 0 {
		return
	}
	line := "          " + key + ": ["
	for i, item := range items {
		if i < len(items)-1 {
			item += ", "
		} else {
			item += "]"
		}
		if len(line)+len(item) > lintWidth {
			fmt.Fprintln(b, strings.TrimRight(line, " "))
			line = "            "
		}
		line += item
	}
	fmt.Fprintln(b, line)
}

// rule is a rule of depguard in .golangci.yml.
type rule struct {
	Files    []string `yaml:"files"`
	ListMode string   `yaml:"list-mode"`
	Allow    []string `yaml:"allow"`
	Deny     []struct {
		Pkg string `yaml:"pkg"`
	} `yaml:"deny"`
}

func rules(t *testing.T) map[string]rule {
	t.Helper()
	text, err := os.ReadFile(lintFile)
	if err != nil {
		t.Fatal(err)
	}
	var lint struct {
		Linters struct {
			Settings struct {
				Depguard struct {
					Rules map[string]rule `yaml:"rules"`
				} `yaml:"depguard"`
			} `yaml:"settings"`
		} `yaml:"linters"`
	}
	if err := yaml.Unmarshal(text, &lint); err != nil {
		t.Fatal(err)
	}
	out := lint.Linters.Settings.Depguard.Rules
	delete(out, "everywhere") // it is about the age of packages, not about layers
	return out
}

// covers reports whether a rule applies to the files of a package. depguard refuses first: the
// order of globs does not count.
func (r rule) covers(name string) bool {
	in := false
	for _, glob := range r.Files {
		glob, not := strings.CutPrefix(glob, "!")
		if strings.HasPrefix(glob, "$") {
			continue
		}
		matched, _ := path.Match(strings.TrimSuffix(strings.TrimPrefix(glob, "**/"), "/*.go"), name)
		if matched && not {
			return false
		}
		in = in || matched
	}
	return in
}

// denies reports whether a rule refuses an import from outside the standard library, as
// depguard decides it.
func (r rule) denies(imported string) bool {
	allowed := longest(r.Allow, imported)
	deny := make([]string, len(r.Deny))
	for i, d := range r.Deny {
		deny[i] = d.Pkg
	}
	if refused := longest(deny, imported); refused > 0 {
		return allowed <= refused
	}
	return r.ListMode == "strict" && allowed == 0
}

// longest returns the length of the longest name or prefix in a list that matches an import. A
// name that ends with $ is no prefix.
func longest(list []string, imported string) int {
	n := 0
	for _, item := range list {
		name, exact := strings.CutSuffix(item, "$")
		if imported == name || (!exact && strings.HasPrefix(imported, name)) {
			n = max(n, len(item))
		}
	}
	return n
}

// The linter says while a file is written what TestImportsRunOneWay says of the whole: a rule
// applies to each package, and it refuses exactly the own packages that the layers refuse.
func TestDepguardAgreesWithTheLayers(t *testing.T) {
	all, rs := list(t), rules(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !strings.HasPrefix(name, "internal/") {
			continue
		}
		var found []string
		for id, r := range rs {
			if r.covers(name) {
				found = append(found, id)
			}
		}
		if len(found) != 1 {
			t.Errorf("the rules of depguard that apply to %s are %q, not one", name, found)
			continue
		}
		allowed, _ := entry(may, name)
		allowed = append(slices.Clone(allowed), shared...)
		for _, own := range slices.Sorted(maps.Keys(all)) {
			if own == name || !strings.HasPrefix(own, "internal/") {
				continue
			}
			if got, want := rs[found[0]].denies(module+own), !slices.Contains(allowed, own); got != want {
				t.Errorf("depguard's rule %s refuses %s: %t; the layers: %t", found[0], own, got, want)
			}
		}
		prefixes, _ := entry(mayNot, name)
		for _, prefix := range prefixes {
			if strings.HasSuffix(prefix, "/") && !rs[found[0]].denies(prefix+"x") {
				t.Errorf("depguard's rule %s does not refuse %s", found[0], prefix)
			}
		}
	}
}
