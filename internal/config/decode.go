package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/migtop/migtop/internal/text"
)

// maxFile is the greatest size of a file, in bytes. A configuration has a few
// KiB; what is greater is something else.
const maxFile = 1 << 20

// maxLine is the greatest length of a line, in bytes: reading one takes the
// parser time that grows with the square of it.
const maxLine = 4096

// maxDepth is how deeply a file may nest; the schema needs five levels.
const maxDepth = 32

// decoder walks the syntax tree of one file and collects everything that is
// wrong with it instead of stopping at the first.
type decoder struct {
	file   string
	config *Config
	opts   *Options
	issues []Issue
	named  []entry // that name an account, by the path that they stand at
}

// decode takes the file's text into c and returns what is wrong with it.
func decode(file string, data []byte, c *Config, opts *Options) []Issue {
	d := &decoder{file: file, config: c, opts: opts}
	whole := Origin{Kind: FromFile, Where: file, Line: 1, Column: 1}
	if len(data) > maxFile {
		return []Issue{{Origin: whole, Found: "a file of more than 1 MiB", Want: "at most 1 MiB of YAML"}}
	}
	if at := invalidText(data); at >= 0 {
		whole.Line += strings.Count(string(data[:at]), "\n")
		return []Issue{{Origin: whole, Found: "bytes that are not text", Want: "YAML in UTF-8"}}
	}
	line := 0
	for text := range bytes.Lines(data) {
		if line++; len(text) > maxLine {
			whole.Line = line
			return []Issue{{Origin: whole, Found: fmt.Sprintf("a line of %d bytes", len(text)), Want: "lines of at most 4096"}}
		}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors begin a file with it
	tree, err := parse(data)
	if err != nil {
		return []Issue{d.syntax(err)}
	}
	docs := slices.DeleteFunc(slices.Clone(tree.Docs), func(doc *ast.DocumentNode) bool { return doc == nil || doc.Body == nil })
	if len(docs) == 0 {
		return nil
	}
	if len(docs) > 1 {
		d.add(d.at(docs[1].Body), "", "a second document", "one document", "")
	}
	d.top(docs[0].Body)
	slices.SortStableFunc(d.issues, func(a, b Issue) int {
		if a.Origin.Line != b.Origin.Line {
			return a.Origin.Line - b.Origin.Line
		}
		return a.Origin.Column - b.Origin.Column
	})
	return d.issues
}

// invalidText is the place of the first byte that cannot be in a configuration,
// or -1.
func invalidText(data []byte) int {
	for at := 0; at < len(data); {
		r, n := utf8.DecodeRune(data[at:])
		if r == 0 || (r == utf8.RuneError && n == 1) {
			return at
		}
		at += n
	}
	return -1
}

// parse makes the syntax tree. Some malformed files make the parser panic; that
// is an error of the file all the same.
func parse(data []byte) (tree *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			tree, err = nil, fmt.Errorf("the YAML cannot be read: %v", r)
		}
	}()
	depth, deepest := 0, 0
	for _, b := range data {
		switch b {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		}
	}
	if deepest > maxDepth {
		return nil, errors.New("brackets nest too deeply")
	}
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
}

func (d *decoder) syntax(err error) Issue {
	issue := Issue{Origin: Origin{Kind: FromFile, Where: d.file, Line: 1, Column: 1}, Found: err.Error(), Want: "YAML"}
	var at yaml.Error
	if errors.As(err, &at) {
		issue.Found = at.GetMessage()
		if tok := at.GetToken(); tok != nil && tok.Position != nil {
			issue.Origin.Line, issue.Origin.Column = tok.Position.Line, tok.Position.Column
		}
	}
	issue.Found = strings.Join(strings.Fields(issue.Found), " ")
	return issue
}

func (d *decoder) add(at Origin, path, found, want, hint string) {
	d.issues = append(d.issues, Issue{Origin: at, Path: path, Found: found, Want: want, Hint: hint})
}

// at is the place of a node. The tree of a malformed file has holes.
func (d *decoder) at(n ast.Node) Origin {
	o := Origin{Kind: FromFile, Where: d.file, Line: 1, Column: 1}
	if n == nil {
		return o
	}
	tok := n.GetToken()
	switch n := n.(type) {
	case *ast.MappingNode: // its own token is the first colon
		if len(n.Values) > 0 && !n.IsFlowStyle {
			tok = n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		tok = n.Key.GetToken()
	}
	if tok != nil && tok.Position != nil {
		o.Line, o.Column = tok.Position.Line, tok.Position.Column
	}
	return o
}

// entry is one key of a mapping with its value.
type entry struct {
	key   string
	at    Origin
	value ast.Node
}

// entries returns the keys of a mapping, each once; a null is an empty mapping.
// Anything else is an issue.
func (d *decoder) entries(n ast.Node, path, want string) []entry {
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		d.add(d.at(n), path, describe(n), want, "")
		return nil
	}
	seen := map[string]Origin{}
	out := make([]entry, 0, len(pairs))
	for _, p := range pairs {
		at := d.at(p.Key)
		if p.Key.IsMergeKey() {
			d.add(at, path, "the merge key <<", "every key written out", "")
			continue
		}
		key, ok := scalarText(p.Key)
		if !ok {
			d.add(at, path, "a key that is "+describe(p.Key), "a plain word", "")
			continue
		}
		if first, twice := seen[key]; twice {
			d.add(at, path, fmt.Sprintf("the key %q again", key), fmt.Sprintf("it once; it stands at line %d already", first.Line), "")
			continue
		}
		seen[key] = at
		out = append(out, entry{key, at, p.Value})
	}
	return out
}

// fields hands each key of a mapping to its reader; a key without one is unknown.
func (d *decoder) fields(n ast.Node, path string, readers map[string]func(entry)) {
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
func (d *decoder) items(n ast.Node, path, want string) []ast.Node {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.SequenceNode:
		return n.Values
	}
	d.add(d.at(n), path, describe(n), want, "")
	return nil
}

// texts returns the texts of a list of texts.
func (d *decoder) texts(n ast.Node, path string) ([]string, bool) {
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
func (d *decoder) text(n ast.Node, path string) (string, bool) {
	s, ok := plainText(n)
	switch {
	case !ok:
		d.add(d.at(n), path, describe(n), "text", quoteHint(n))
	case s == "":
		d.add(d.at(n), path, "an empty text", "text", "")
		return "", false
	}
	return s, ok
}

// plainText is the text of a node that is text in YAML's eyes.
func plainText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimSuffix(n.Value.Value, "\n"), true
	}
	return "", false
}

// scalarText is the text of any scalar, as it was written.
func scalarText(n ast.Node) (string, bool) {
	if s, ok := plainText(n); ok {
		return s, true
	}
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return tokenText(n.GetToken()), true
	}
	return "", false
}

func tokenText(t *token.Token) string {
	if t == nil {
		return ""
	}
	return t.Value
}

// quoteHint helps where YAML takes for a number or a truth value what was meant
// as text.
func quoteHint(n ast.Node) string {
	if s, ok := scalarText(n); ok {
		return fmt.Sprintf("put it in quotes: %q", s)
	}
	return ""
}

// describe says what a node is, in words that need no knowledge of Go or YAML's
// grammar.
func describe(n ast.Node) string {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		s, _ := plainText(n)
		return fmt.Sprintf("the text %q", text.Cut(s, mostQuoted))
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the number " + text.Cut(tokenText(n.GetToken()), mostQuoted)
	case *ast.BoolNode:
		return "the truth value " + tokenText(n.GetToken())
	case *ast.AnchorNode, *ast.AliasNode:
		return "a YAML anchor or alias, which are not supported"
	case *ast.TagNode:
		return "a YAML tag, which are not supported"
	}
	return "something else"
}

// mostQuoted is how many characters of a value a message repeats.
const mostQuoted = 60
