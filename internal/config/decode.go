package config

import (
	"cmp"
	"errors"
	"slices"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/yamldoc"
)

// decoder walks the syntax tree of one file and collects everything that is
// wrong with it instead of stopping at the first.
type decoder struct {
	*section.Reader
	config *Config
	opts   *Options
}

// decode takes the file's text into c and returns what is wrong with it.
func decode(file string, data []byte, c *Config, opts *Options) []Issue {
	d := &decoder{Reader: &section.Reader{File: file}, config: c, opts: opts}
	docs, err := yamldoc.ParseAll(file, data)
	if e, ok := errors.AsType[*yamldoc.Error](err); ok {
		return []Issue{{Origin: d.Origin(e.Line, e.Column), Found: e.Message, Want: cmp.Or(e.Want, "YAML")}}
	}
	if len(docs) == 0 {
		return nil
	}
	if len(docs) > 1 {
		d.Add(d.At(docs[1]), "", "a second document", "one document", "")
	}
	d.top(docs[0])
	slices.SortStableFunc(d.Issues, func(a, b Issue) int {
		if a.Origin.Line != b.Origin.Line {
			return a.Origin.Line - b.Origin.Line
		}
		return a.Origin.Column - b.Origin.Column
	})
	return d.Issues
}
