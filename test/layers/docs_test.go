package layers

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

const (
	docsFile  = "../../docs/architecture.md"
	docsBegin = "<!-- packages: the last column is generated from test/layers; make layers -->\n"
	docsEnd   = "<!-- end of packages -->\n"
)

// documented returns what a row of docs/architecture.md says a package may import.
func documented(name string) string {
	if !strings.HasPrefix(name, "internal/") {
		return "all of them"
	}
	allowed, ok := may[name]
	if !ok {
		return "as `sources/*`" // the one pattern
	}
	if len(allowed) == 0 {
		return "none"
	}
	short := make([]string, len(allowed))
	for i, own := range allowed {
		short[i] = strings.TrimPrefix(own, "internal/")
	}
	slices.Sort(short)
	return strings.Join(short, ", ")
}

// TestArchitectureHasEveryPackage holds the table of docs/architecture.md to the packages that
// there are: one row each, with what it is for. What a package may import is written from the
// layers.
func TestArchitectureHasEveryPackage(t *testing.T) {
	data, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), docsBegin)
	table, after, closed := strings.Cut(rest, docsEnd)
	if !ok || !closed {
		t.Fatalf("%s has no table of packages", docsFile)
	}
	rows := map[string]bool{}
	var want strings.Builder
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(line, "|\n"), " | ")
		short, quoted := strings.CutPrefix(strings.TrimSpace(cells[0]), "`")
		if !quoted {
			want.WriteString(line) // the head
			continue
		}
		name := strings.TrimSuffix(short, "`")
		if !strings.HasPrefix(name, "cmd/") {
			name = "internal/" + name
		}
		if rows[name] {
			t.Errorf("%s has two rows for %s", docsFile, name)
		}
		rows[name] = true
		if len(cells) < 2 || strings.TrimSpace(cells[1]) == "" {
			t.Fatalf("%s does not say what %s is for", docsFile, name)
		}
		want.WriteString("| `" + short + " | " + strings.TrimSpace(cells[1]) + " | " + documented(name) + " |\n")
	}
	all := list(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if (strings.HasPrefix(name, "internal/") || strings.HasPrefix(name, "cmd/")) && !rows[name] {
			t.Errorf("%s has no row for %s: add one that says what it is for, then run make layers", docsFile, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		if _, there := all[name]; !there && may[name] == nil {
			t.Errorf("%s has a row for %s, which is not there", docsFile, name)
		}
	}
	text := before + docsBegin + want.String() + docsEnd + after
	if text == string(data) {
		return
	}
	if !*update {
		t.Fatalf("the imports in %s differ from the layers: run make layers", docsFile)
	}
	if err := os.WriteFile(docsFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
