// Package yamldoc reads YAML files that people write prices and estimates in, and
// says of each thing it does not understand in which file, line and column it
// stands. It is strict: no anchors, no tags, no second document, no key twice.
package yamldoc

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
	"github.com/shopspring/decimal"
)

// Error says what is wrong in a file, and where.
type Error struct {
	File         string
	Line, Column int // from 1; 0 where the file as a whole is meant
	Message      string
}

// Error is "file:line:column: message".
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
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

// MaxFile is how many bytes a file may have: far more than anybody writes, and a
// bound to what a wrong file can cost.
const MaxFile = 1 << 20

// Parse reads a file of one document. Errors are [*Error].
func Parse(file string, data []byte) (n Node, err error) {
	if len(data) > MaxFile {
		return Node{}, &Error{File: file, Message: fmt.Sprintf("the file has %d bytes, more than the %d that are read", len(data), MaxFile)}
	}
	// What the library does with bytes that are no YAML is not under our
	// control, and a wrong file must not end the program.
	defer func() {
		if r := recover(); r != nil {
			err = &Error{File: file, Message: "this is not readable YAML"}
		}
	}()
	f, err := parser.ParseBytes(data, 0)
	if err != nil {
		pe := &Error{File: file, Message: firstLine(err.Error())}
		var ye yaml.Error
		if errors.As(err, &ye) {
			pe.Message = ye.GetMessage()
			if t := ye.GetToken(); t != nil && t.Position != nil {
				pe.Line, pe.Column = t.Position.Line, t.Position.Column
			}
		}
		return Node{}, pe
	}
	if len(f.Docs) != 1 || f.Docs[0].Body == nil {
		return Node{}, &Error{File: file, Message: "want one YAML document"}
	}
	return Node{&source{file, strings.Split(string(data), "\n")}, f.Docs[0].Body}, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// Errorf makes an [*Error] at the node.
func (n Node) Errorf(format string, args ...any) error {
	pe := &Error{Message: fmt.Sprintf(format, args...)}
	if n.source != nil {
		pe.File = n.file
	}
	var t *token.Token
	if n.ast != nil {
		t = n.ast.GetToken()
	}
	if m, ok := n.ast.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		t = m.Values[0].Key.GetToken() // a block mapping begins at its first key
	}
	if t != nil && t.Position != nil {
		pe.Line, pe.Column = t.Position.Line, t.Position.Column
	}
	return pe
}

// Mapping returns the entries of a mapping in order; what names what it is.
func (n Node) Mapping(what string) ([]Entry, error) {
	var values []*ast.MappingValueNode
	switch m := n.ast.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return nil, n.Errorf("want %s as a mapping, got %s", what, n.kind())
	}
	out := make([]Entry, 0, len(values))
	for _, v := range values {
		key := Node{n.source, v.Key}
		var name string
		switch k := v.Key.(type) {
		case *ast.StringNode:
			name = k.Value
		default: // numbers, merge keys, anchors: none is a name here
			return nil, key.Errorf("want a name as a key of %s, got %s", what, key.kind())
		}
		out = append(out, Entry{name, key, Node{n.source, v.Value}})
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

// Sequence returns the elements of a list.
func (n Node) Sequence(what string) ([]Node, error) {
	s, ok := n.ast.(*ast.SequenceNode)
	if !ok {
		return nil, n.Errorf("want %s as a list, got %s", what, n.kind())
	}
	out := make([]Node, len(s.Values))
	for i, v := range s.Values {
		out[i] = Node{n.source, v}
	}
	return out, nil
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

// kind describes a node for an error message.
func (n Node) kind() string {
	switch v := n.ast.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.StringNode:
		return fmt.Sprintf("%q", v.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the bare number " + n.ast.String()
	case *ast.BoolNode:
		return v.String()
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return "a YAML anchor, alias or tag, which have no meaning here"
	}
	return "something else"
}
