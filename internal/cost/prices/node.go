package prices

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
	"github.com/shopspring/decimal"
)

// ParseError says what is wrong in a price file, and where.
type ParseError struct {
	File         string
	Line, Column int // from 1; 0 where the file as a whole is meant
	Message      string
}

// Error is "file:line:column: message".
func (e *ParseError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// place is where something stands in a file.
type place interface {
	// errorf makes a ParseError there.
	errorf(format string, args ...any) error
}

// source is the file that is read.
type source struct {
	file  string
	lines []string
}

// node is a YAML node that knows its file.
type node struct {
	*source
	ast ast.Node
}

// entry is one key of a mapping.
type entry struct {
	key   string
	at    node // of the key
	value node
}

// maxFile is far above any price book; it bounds what a wrong file can cost.
const maxFile = 1 << 20

// parseYAML reads one document.
func parseYAML(file string, data []byte) (n node, err error) {
	if len(data) > maxFile {
		return node{}, &ParseError{File: file, Message: fmt.Sprintf("the file has %d bytes; a price book has at most %d", len(data), maxFile)}
	}
	// What the library does with bytes that are no YAML is not under our
	// control, and a wrong price file must not end the program.
	defer func() {
		if r := recover(); r != nil {
			err = &ParseError{File: file, Message: "this is not readable YAML"}
		}
	}()
	f, err := parser.ParseBytes(data, 0)
	if err != nil {
		pe := &ParseError{File: file, Message: firstLine(err.Error())}
		var ye yaml.Error
		if errors.As(err, &ye) {
			pe.Message = ye.GetMessage()
			if t := ye.GetToken(); t != nil && t.Position != nil {
				pe.Line, pe.Column = t.Position.Line, t.Position.Column
			}
		}
		return node{}, pe
	}
	if len(f.Docs) != 1 || f.Docs[0].Body == nil {
		return node{}, &ParseError{File: file, Message: "want one YAML document"}
	}
	return node{&source{file, strings.Split(string(data), "\n")}, f.Docs[0].Body}, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// errorf makes a ParseError at the node.
func (n node) errorf(format string, args ...any) error {
	pe := &ParseError{File: n.file, Message: fmt.Sprintf(format, args...)}
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

// mapping returns the entries of a mapping in order; what names what it is.
func (n node) mapping(what string) ([]entry, error) {
	var values []*ast.MappingValueNode
	switch m := n.ast.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return nil, n.errorf("want %s as a mapping, got %s", what, n.kind())
	}
	out := make([]entry, 0, len(values))
	for _, v := range values {
		key := node{n.source, v.Key}
		var name string
		switch k := v.Key.(type) {
		case *ast.StringNode:
			name = k.Value
		default: // numbers, merge keys, anchors: none is a name here
			return nil, key.errorf("want a name as a key of %s, got %s", what, key.kind())
		}
		out = append(out, entry{name, key, node{n.source, v.Value}})
	}
	return out, nil
}

// fields is a mapping of which every key must be in known, as a map.
func (n node) fields(what string, known ...string) (map[string]node, error) {
	entries, err := n.mapping(what)
	if err != nil {
		return nil, err
	}
	out := make(map[string]node, len(entries))
	for _, e := range entries {
		found := false
		for _, k := range known {
			found = found || k == e.key
		}
		if !found {
			return nil, e.at.errorf("unknown key %q in %s; known: %s", e.key, what, strings.Join(known, ", "))
		}
		out[e.key] = e.value
	}
	return out, nil
}

// sequence returns the elements of a list.
func (n node) sequence(what string) ([]node, error) {
	s, ok := n.ast.(*ast.SequenceNode)
	if !ok {
		return nil, n.errorf("want %s as a list, got %s", what, n.kind())
	}
	out := make([]node, len(s.Values))
	for i, v := range s.Values {
		out[i] = node{n.source, v}
	}
	return out, nil
}

// text returns a string that is not empty.
func (n node) text(what string) (string, error) {
	s, ok := n.ast.(*ast.StringNode)
	if !ok || s.Value == "" {
		return "", n.errorf("want %s as text, got %s", what, n.kind())
	}
	return s.Value, nil
}

// number returns an exact decimal. It must be quoted: a bare number would be a
// binary float to every other reader of the file.
func (n node) number(what string) (decimal.Decimal, error) {
	s, ok := n.ast.(*ast.StringNode)
	if !ok || s.Token == nil || (s.Token.Type != token.DoubleQuoteType && s.Token.Type != token.SingleQuoteType) {
		return decimal.Decimal{}, n.errorf(`want %s as a quoted decimal like "0.0416", got %s`, what, n.kind())
	}
	return exact(n, what, s.Value)
}

// kind describes a node for an error message.
func (n node) kind() string {
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
		return "a YAML anchor, alias or tag, which price books do not use"
	}
	return "something else"
}
