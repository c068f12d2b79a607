package section

import (
	"fmt"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Reader walks the syntax tree of one file and collects everything that is wrong with it, instead of stopping at the first.
type Reader struct {
	File   string
	Issues []Issue
	// Accounts are entries that name an account, Key being their path. Whether there is one is known after the whole file was read.
	Accounts []Entry
}

// Add adds an issue: a path such as "queues.role", what was found there, what was expected, and a suggestion or "".
func (r *Reader) Add(at Origin, path, found, want, hint string) {
	r.Issues = append(r.Issues, Issue{Origin: at, Path: path, Found: found, Want: want, Hint: hint})
}

// At is the place of a node. The tree of a malformed file has holes.
func (r *Reader) At(n yamldoc.Node) Origin { return r.Origin(n.Place()) }

// Origin is a place in the file, at least its first line and column.
func (r *Reader) Origin(line, column int) Origin {
	return Origin{Kind: FromFile, Where: r.File, Line: max(line, 1), Column: max(column, 1)}
}

// Entry is one key of a mapping with its value.
type Entry struct {
	Key   string
	At    Origin
	Value yamldoc.Node
}

// Entries returns the keys of a mapping, each once; a null is an empty mapping.
// Anything else is an issue.
func (r *Reader) Entries(n yamldoc.Node, path, want string) []Entry {
	pairs, ok := n.Pairs()
	if !ok {
		if !n.IsNull() {
			r.Add(r.At(n), path, n.Describe(), want, "")
		}
		return nil
	}
	seen := map[string]Origin{}
	out := make([]Entry, 0, len(pairs))
	for _, p := range pairs {
		at := r.At(p.At)
		if p.At.IsMergeKey() {
			r.Add(at, path, "the merge key <<", "every key written out", "")
			continue
		}
		key, ok := p.At.Written()
		if !ok {
			r.Add(at, path, "a key that is "+p.At.Describe(), "a plain word", "")
			continue
		}
		if first, twice := seen[key]; twice {
			r.Add(at, path, fmt.Sprintf("the key %q again", key), fmt.Sprintf("it once; it is already at line %d", first.Line), "")
			continue
		}
		seen[key] = at
		out = append(out, Entry{key, at, p.Value})
	}
	return out
}

// Fields hands each key of a mapping to its reader; a key without one is unknown.
func (r *Reader) Fields(n yamldoc.Node, path string, readers map[string]func(Entry)) {
	known := make([]string, 0, len(readers))
	for k := range readers {
		known = append(known, k)
	}
	slices.Sort(known)
	for _, e := range r.Entries(n, path, "a mapping with the keys "+strings.Join(known, ", ")) {
		if read := readers[e.Key]; read != nil {
			read(e)
			continue
		}
		hint := Suggest(e.Key, known)
		want := ""
		if hint == "" {
			want = "one of " + strings.Join(known, ", ")
		}
		r.Add(e.At, path, fmt.Sprintf("unknown key %q", e.Key), want, hint)
	}
}

// Items returns the elements of a list; a null is an empty one.
func (r *Reader) Items(n yamldoc.Node, path, want string) []yamldoc.Node {
	items, ok := n.Items()
	if !ok && !n.IsNull() {
		r.Add(r.At(n), path, n.Describe(), want, "")
	}
	return items
}

// Texts returns the texts of a list of texts.
func (r *Reader) Texts(n yamldoc.Node, path string) ([]string, bool) {
	before := len(r.Issues)
	nodes := r.Items(n, path, `a list of texts, such as ["a", "b"]`)
	out := make([]string, 0, len(nodes))
	for _, n := range nodes {
		s, ok := r.Text(n, path)
		if ok {
			out = append(out, s)
		}
	}
	return out, len(r.Issues) == before
}

// Text returns a text that is not empty.
func (r *Reader) Text(n yamldoc.Node, path string) (string, bool) {
	s, ok := n.Plain()
	switch {
	case !ok:
		r.Add(r.At(n), path, n.Describe(), "text", QuoteHint(n))
	case s == "":
		r.Add(r.At(n), path, "an empty text", "text", "")
		return "", false
	}
	return s, ok
}

// QuoteHint helps where YAML takes for a number or a truth value what was meant
// as text.
func QuoteHint(n yamldoc.Node) string {
	if s, ok := n.Written(); ok {
		return fmt.Sprintf("put it in quotes: %q", s)
	}
	return ""
}

// MostQuoted is how many characters of a value a message repeats.
const MostQuoted = 60

// Matched reads a text of a form.
func (r *Reader) Matched(e Entry, path string, form func(string) bool, want string) (string, bool) {
	s, ok := r.Text(e.Value, path)
	if ok && !form(s) {
		r.Add(r.At(e.Value), path, fmt.Sprintf("the text %q", text.Cut(s, MostQuoted)), want, "")
		return "", false
	}
	return s, ok
}

// Pattern reads a pattern of names, zero where it is wrong.
func (r *Reader) Pattern(n yamldoc.Node, path string) attribution.Pattern {
	s, ok := r.Text(n, path)
	if !ok {
		return attribution.Pattern{}
	}
	p, err := attribution.ParsePattern(s)
	if err != nil {
		r.Add(r.At(n), path, fmt.Sprintf("the pattern %q", text.Cut(s, MostQuoted)), "a pattern", text.OneLine(err.Error()))
	}
	return p
}

// Account reads the name of an account, which may be listed further down.
func (r *Reader) Account(e Entry, path string) string {
	s, _ := r.Text(e.Value, path)
	r.Accounts = append(r.Accounts, Entry{path, r.At(e.Value), e.Value})
	return s
}
