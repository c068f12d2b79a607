// Package yamldoc reads the YAML files that people write: the configuration, price books
// and shapes of estimates. Every error has its file, line and column. It is strict: no
// anchors, no tags, no second document, no key twice. It also quotes texts for writers of
// YAML.
package yamldoc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/text"
)

// Error says what is wrong in a file, and where.
type Error struct {
	File         string
	Line, Column int // from 1; 0 where the file as a whole is meant
	// Message is what is wrong; with Want it is what was found instead of that.
	Message, Want string
}

// Error is "file:line:column: message".
func (e *Error) Error() string {
	message := e.Message
	if e.Want != "" {
		message = "want " + e.Want + ", got " + message
	}
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, message)
}

// Place is where something stands in a file.
type Place interface {
	// Errorf makes an [*Error] there.
	Errorf(format string, args ...any) error
}

// source is the file that is read.
type source struct {
	file  string
	lines []string
}

// Node is a piece of YAML that knows its file. The zero Node is nothing at all.
type Node struct {
	*source
	ast ast.Node
}

// Entry is one key of a mapping.
type Entry struct {
	Key   string
	At    Node // the key itself
	Value Node
}

// Errorf makes an [*Error] at the node.
func (n Node) Errorf(format string, args ...any) error {
	pe := &Error{Message: fmt.Sprintf(format, args...)}
	if n.source != nil {
		pe.File = n.file
	}
	pe.Line, pe.Column = n.Place()
	return pe
}

// Place is the line and the column of the node from 1, zeros where it has none.
func (n Node) Place() (line, column int) {
	if n.ast == nil {
		return 0, 0
	}
	t := n.ast.GetToken()
	switch m := n.ast.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			t = m.Values[0].Key.GetToken() // a block mapping begins at its first key
		}
	case *ast.MappingValueNode:
		t = m.Key.GetToken()
	}
	if t == nil || t.Position == nil {
		return 0, 0
	}
	return t.Position.Line, t.Position.Column
}

// Pairs returns the entries of a mapping, whatever their keys are; Key is set where it is
// text. It is false where the node is no mapping.
func (n Node) Pairs() ([]Entry, bool) {
	var values []*ast.MappingValueNode
	switch m := n.ast.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return nil, false
	}
	out := make([]Entry, len(values))
	for i, v := range values {
		out[i] = Entry{At: Node{n.source, v.Key}, Value: Node{n.source, v.Value}}
		if text, ok := v.Key.(*ast.StringNode); ok {
			out[i].Key = text.Value
		}
	}
	return out, true
}

// Mapping returns the entries of a mapping in order; what names what it is. Every key is
// text.
func (n Node) Mapping(what string) ([]Entry, error) {
	out, ok := n.Pairs()
	if !ok {
		return nil, n.Errorf("want %s as a mapping, got %s", what, n.kind())
	}
	for _, e := range out {
		if _, ok := e.At.ast.(*ast.StringNode); !ok { // numbers, merge keys, anchors: none is a name here
			return nil, e.At.Errorf("want a name as a key of %s, got %s", what, e.At.kind())
		}
	}
	return out, nil
}

// Fields is a mapping of which every key must be in known, as a map.
func (n Node) Fields(what string, known ...string) (map[string]Node, error) {
	entries, err := n.Mapping(what)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Node, len(entries))
	for _, e := range entries {
		if !slices.Contains(known, e.Key) {
			return nil, e.At.Errorf("unknown key %q in %s; known: %s", e.Key, what, strings.Join(known, ", "))
		}
		out[e.Key] = e.Value
	}
	return out, nil
}

// Items returns the elements of a list; false where the node is no list.
func (n Node) Items() ([]Node, bool) {
	s, ok := n.ast.(*ast.SequenceNode)
	if !ok {
		return nil, false
	}
	out := make([]Node, len(s.Values))
	for i, v := range s.Values {
		out[i] = Node{n.source, v}
	}
	return out, true
}

// Sequence returns the elements of a list; what names what it is.
func (n Node) Sequence(what string) ([]Node, error) {
	out, ok := n.Items()
	if !ok {
		return nil, n.Errorf("want %s as a list, got %s", what, n.kind())
	}
	return out, nil
}

// String is the node as YAML, "" for nothing at all.
func (n Node) String() string {
	if n.ast == nil {
		return ""
	}
	return n.ast.String()
}

// IsNull reports whether nothing is there, or null.
func (n Node) IsNull() bool {
	_, null := n.ast.(*ast.NullNode)
	return null || n.ast == nil
}

// IsMergeKey reports whether the node is the key <<.
func (n Node) IsMergeKey() bool {
	key, ok := n.ast.(ast.MapKeyNode)
	return ok && key.IsMergeKey()
}

// Plain is the text of a node that is text to YAML, and not a number or a truth value.
func (n Node) Plain() (string, bool) {
	switch v := n.ast.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return strings.TrimSuffix(v.Value.Value, "\n"), true
	}
	return "", false
}

// Written is the text of any scalar, as it is written in the file.
func (n Node) Written() (string, bool) {
	if s, ok := n.Plain(); ok {
		return s, true
	}
	switch n.ast.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return tokenText(n.ast.GetToken()), true
	}
	return "", false
}

func tokenText(t *token.Token) string {
	if t == nil {
		return ""
	}
	return t.Value
}

// Bool is the value of true or false.
func (n Node) Bool() (value, ok bool) {
	b, ok := n.ast.(*ast.BoolNode)
	return ok && b.Value, ok
}

// Text returns a string that is not empty.
func (n Node) Text(what string) (string, error) {
	s, ok := n.ast.(*ast.StringNode)
	if !ok || s.Value == "" {
		return "", n.Errorf("want %s as text, got %s", what, n.kind())
	}
	return s.Value, nil
}

// Number returns an exact decimal. It must be quoted: a bare number would be a
// binary float to every other reader of the file.
func (n Node) Number(what string) (decimal.Decimal, error) {
	s, ok := n.ast.(*ast.StringNode)
	if !ok || s.Token == nil || (s.Token.Type != token.DoubleQuoteType && s.Token.Type != token.SingleQuoteType) {
		return decimal.Decimal{}, n.Errorf(`want %s as a quoted decimal like "0.0416", got %s`, what, n.kind())
	}
	return exact(n, what, s.Value)
}

// Scalar returns a text, a number or a bool as it is written: for values that have
// a notation of their own, such as 120ms.
func (n Node) Scalar(what string) (string, error) {
	switch v := n.ast.(type) {
	case *ast.StringNode:
		if v.Value != "" {
			return v.Value, nil
		}
	case *ast.IntegerNode:
		return v.Token.Value, nil
	case *ast.FloatNode:
		return v.Token.Value, nil
	case *ast.BoolNode:
		return v.Token.Value, nil
	}
	return "", n.Errorf("want %s as one value, got %s", what, n.kind())
}

// kind says what a node is in a message of this package.
func (n Node) kind() string {
	switch v := n.ast.(type) {
	case *ast.StringNode:
		return fmt.Sprintf("%q", v.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the bare number " + n.ast.String()
	case *ast.BoolNode:
		return v.String()
	case *ast.LiteralNode: // a folded block, where a literal one is wanted
		return "something else"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return "a YAML anchor, alias or tag, which have no meaning here"
	}
	return n.Describe()
}

// Describe says what a node is, in words that need no knowledge of YAML's grammar. Long
// texts are cut.
func (n Node) Describe() string {
	switch n.ast.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		s, _ := n.Plain()
		return fmt.Sprintf("the text %q", text.Cut(s, mostQuoted))
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the number " + text.Cut(tokenText(n.ast.GetToken()), mostQuoted)
	case *ast.BoolNode:
		return "the truth value " + tokenText(n.ast.GetToken())
	case *ast.AnchorNode, *ast.AliasNode:
		return "a YAML anchor or alias, which are not supported"
	case *ast.TagNode:
		return "a YAML tag, which are not supported"
	}
	return "something else"
}

// mostQuoted is how many characters of a value a message repeats.
const mostQuoted = 60
