package layers

import (
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

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
	text, err := os.ReadFile("../../.golangci.yml")
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

// covers reports whether a rule is for the files of a package. A "**" is any number of
// folders.
func (r rule) covers(name string) bool {
	in := false
	for _, glob := range r.Files {
		glob, not := strings.CutPrefix(glob, "!")
		if strings.HasPrefix(glob, "$") {
			continue
		}
		glob = strings.TrimSuffix(strings.TrimPrefix(glob, "**/"), "/*.go")
		var matched bool
		if above, any := strings.CutSuffix(glob, "/**"); any {
			matched = strings.HasPrefix(name, above+"/")
		} else {
			matched, _ = path.Match(glob, name)
		}
		if matched {
			in = !not
		}
	}
	return in
}

// denies reports whether a rule refuses an import. A strict rule refuses what it does not
// allow.
func (r rule) denies(imported string) bool {
	has := func(prefix string) bool { return strings.HasPrefix(imported, strings.TrimSuffix(prefix, "$")) }
	for _, d := range r.Deny {
		if has(d.Pkg) {
			return true
		}
	}
	return r.ListMode == "strict" && !slices.ContainsFunc(r.Allow, has)
}

// The linter says while a file is written what this test says of the whole. It must refuse
// nothing that the layers allow, and every rule must be for some package.
func TestDepguardAgreesWithTheLayers(t *testing.T) {
	all := list(t)
	for id, r := range rules(t) {
		covered := 0
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if !strings.HasPrefix(name, "internal/") || !r.covers(name) {
				continue
			}
			covered++
			allowed, _ := entry(may, name)
			for _, own := range allowed {
				if r.denies(module + own) {
					t.Errorf("depguard's rule %s refuses %s in %s, which the layers allow", id, own, name)
				}
			}
		}
		if covered == 0 {
			t.Errorf("depguard's rule %s is for no package: %q", id, r.Files)
		}
	}
}

// Whatever system a source reads, it must not reach the other's client: a rule says so of
// every folder below internal/sources.
func TestDepguardKnowsEverySource(t *testing.T) {
	all, rs := list(t), rules(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !strings.HasPrefix(name, "internal/sources/") {
			continue
		}
		prefixes, _ := entry(mayNot, name)
		for _, prefix := range prefixes {
			if prefix != "k8s.io/" && prefix != "github.com/aws/" {
				continue
			}
			if !slices.ContainsFunc(slices.Collect(maps.Values(rs)), func(r rule) bool { return r.covers(name) && r.denies(prefix+"x") }) {
				t.Errorf("no rule of depguard refuses %s in %s", prefix, name)
			}
		}
	}
}
