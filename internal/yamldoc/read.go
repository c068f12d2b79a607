package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"github.com/migtop/migtop/internal/text"
)

// MaxFile is how many bytes a file may have. The files have a few KiB.
const MaxFile = 1 << 20

// maxLine is how many bytes a line may have: the parser's time grows with the square of
// them. maxDepth is how deeply brackets may nest.
const maxLine, maxDepth = 4096, 32

// Parse reads a file of one document, in which no key stands twice. Errors are [*Error].
func Parse(file string, data []byte) (Node, error) {
	if len(data) > MaxFile {
		return Node{}, &Error{File: file, Message: fmt.Sprintf("the file has %d bytes, more than the %d that are read", len(data), MaxFile)}
	}
	docs, err := parse(file, data)
	if err != nil {
		return Node{}, err
	}
	if len(docs) != 1 || docs[0].ast == nil {
		return Node{}, &Error{File: file, Message: "want one YAML document"}
	}
	return docs[0], nil
}

// ParseAll reads a file of any number of documents, in which keys may stand twice: for
// callers that report every error of a file and not the first alone. Empty documents are
// left out. Errors are [*Error].
func ParseAll(file string, data []byte) ([]Node, error) {
	docs, err := parse(file, data, parser.AllowDuplicateMapKey())
	return slices.DeleteFunc(docs, func(n Node) bool { return n.ast == nil }), err
}

func parse(file string, data []byte, options ...parser.Option) (docs []Node, err error) {
	if e := unreadable(data); e != nil {
		e.File = file
		return nil, e
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors begin a file with it
	// The library panics on some bytes that are no YAML.
	defer func() {
		if r := recover(); r != nil {
			err = &Error{File: file, Message: "this is not readable YAML"}
		}
	}()
	f, err := parser.ParseBytes(data, 0, options...)
	if err != nil {
		e := &Error{File: file, Message: text.OneLine(err.Error())}
		var at yaml.Error
		if errors.As(err, &at) {
			e.Message = text.OneLine(at.GetMessage())
			if t := at.GetToken(); t != nil && t.Position != nil {
				e.Line, e.Column = t.Position.Line, t.Position.Column
			}
		}
		return nil, e
	}
	src := &source{file, strings.Split(string(data), "\n")}
	for _, doc := range f.Docs {
		docs = append(docs, Node{src, doc.Body})
	}
	return docs, nil
}

// unreadable says why bytes are not given to the parser, nil where they are.
func unreadable(data []byte) *Error {
	if len(data) > MaxFile {
		return &Error{Message: "a file of more than 1 MiB", Want: "at most 1 MiB of YAML"}
	}
	line := 0
	for row := range bytes.Lines(data) {
		line++
		if at := bytes.IndexByte(row, 0); at >= 0 || !utf8.Valid(row) {
			return &Error{Line: line, Column: 1, Message: "bytes that are not text", Want: "YAML in UTF-8"}
		}
		if len(row) > maxLine {
			return &Error{Line: line, Column: 1, Message: fmt.Sprintf("a line of %d bytes", len(row)), Want: "lines of at most 4096"}
		}
	}
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
		return &Error{Message: "brackets nest too deeply"}
	}
	return nil
}
