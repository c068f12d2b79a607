package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/yamldoc"
)

// decoder walks the syntax tree of one file and collects everything that is
// wrong with it instead of stopping at the first.
type decoder struct {
	file   string
	config *Config
	opts   *Options
	issues []Issue
	named  []entry // entries that name an account, by their path
}

// decode takes the file's text into c and returns what is wrong with it.
func decode(file string, data []byte, c *Config, opts *Options) []Issue {
	d := &decoder{file: file, config: c, opts: opts}
	docs, err := yamldoc.ParseAll(file, data)
	if e, ok := errors.AsType[*yamldoc.Error](err); ok {
		return []Issue{{Origin: d.origin(e.Line, e.Column), Found: e.Message, Want: cmp.Or(e.Want, "YAML")}}
	}
	if len(docs) == 0 {
		return nil
	}
	if len(docs) > 1 {
		d.add(d.at(docs[1]), "", "a second document", "one document", "")
	}
	d.top(docs[0])
	slices.SortStableFunc(d.issues, func(a, b Issue) int {
		if a.Origin.Line != b.Origin.Line {
			return a.Origin.Line - b.Origin.Line
		}
		return a.Origin.Column - b.Origin.Column
	})
	return d.issues
}

func (d *decoder) add(at Origin, path, found, want, hint string) {
	d.issues = append(d.issues, Issue{Origin: at, Path: path, Found: found, Want: want, Hint: hint})
}

// at is the place of a node. The tree of a malformed file has holes.
func (d *decoder) at(n yamldoc.Node) Origin { return d.origin(n.Place()) }

func (d *decoder) origin(line, column int) Origin {
	return Origin{Kind: FromFile, Where: d.file, Line: max(line, 1), Column: max(column, 1)}
}

// entry is one key of a mapping with its value.
type entry struct {
	key   string
	at    Origin
	value yamldoc.Node
}

// entries returns the keys of a mapping, each once; a null is an empty mapping.
// Anything else is an issue.
func (d *decoder) entries(n yamldoc.Node, path, want string) []entry {
	pairs, ok := n.Pairs()
	if !ok {
		if !n.IsNull() {
			d.add(d.at(n), path, n.Describe(), want, "")
		}
		return nil
	}
	seen := map[string]Origin{}
	out := make([]entry, 0, len(pairs))
	for _, p := range pairs {
		at := d.at(p.At)
		if p.At.IsMergeKey() {
			d.add(at, path, "the merge key <<", "every key written out", "")
			continue
		}
		key, ok := p.At.Written()
		if !ok {
			d.add(at, path, "a key that is "+p.At.Describe(), "a plain word", "")
			continue
		}
		if first, twice := seen[key]; twice {
			d.add(at, path, fmt.Sprintf("the key %q again", key), fmt.Sprintf("it once; it is already at line %d", first.Line), "")
			continue
		}
		seen[key] = at
		out = append(out, entry{key, at, p.Value})
	}
	return out
}

// fields hands each key of a mapping to its reader; a key without one is unknown.
func (d *decoder) fields(n yamldoc.Node, path string, readers map[string]func(entry)) {
	known := make([]string, 0, len(readers))
	for k := range readers {
		known = append(known, k)
	}
	slices.Sort(known)
	for _, e := range d.entries(n, path, "a mapping with the keys "+strings.Join(known, ", ")) {
		if read := readers[e.key]; read != nil {
			read(e)
			continue
		}
		hint := suggest(e.key, known)
		want := ""
		if hint == "" {
			want = "one of " + strings.Join(known, ", ")
		}
		d.add(e.at, path, fmt.Sprintf("unknown key %q", e.key), want, hint)
	}
}

// items returns the elements of a list; a null is an empty one.
func (d *decoder) items(n yamldoc.Node, path, want string) []yamldoc.Node {
	items, ok := n.Items()
	if !ok && !n.IsNull() {
		d.add(d.at(n), path, n.Describe(), want, "")
	}
	return items
}

// texts returns the texts of a list of texts.
func (d *decoder) texts(n yamldoc.Node, path string) ([]string, bool) {
	before := len(d.issues)
	nodes := d.items(n, path, `a list of texts, such as ["a", "b"]`)
	out := make([]string, 0, len(nodes))
	for _, n := range nodes {
		s, ok := d.text(n, path)
		if ok {
			out = append(out, s)
		}
	}
	return out, len(d.issues) == before
}

// text returns a text that is not empty.
func (d *decoder) text(n yamldoc.Node, path string) (string, bool) {
	s, ok := n.Plain()
	switch {
	case !ok:
		d.add(d.at(n), path, n.Describe(), "text", quoteHint(n))
	case s == "":
		d.add(d.at(n), path, "an empty text", "text", "")
		return "", false
	}
	return s, ok
}

// quoteHint helps where YAML takes for a number or a truth value what was meant
// as text.
func quoteHint(n yamldoc.Node) string {
	if s, ok := n.Written(); ok {
		return fmt.Sprintf("put it in quotes: %q", s)
	}
	return ""
}

// mostQuoted is how many characters of a value a message repeats.
const mostQuoted = 60
