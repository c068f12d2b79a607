package config

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// SectionReader reads a section of the file for another package, strictly. Its errors are
// best made with the Errorf of the node that is wrong.
type SectionReader func(yamldoc.Node) (any, error)

// section is a section of [Options.Sections] that the file has.
type section struct {
	value any
	text  string // as YAML
}

// Section is what the reader of [Options.Sections] made of a section; nil where the file
// does not have it.
func (c *Config) Section(name string) any { return c.sections[name].value }

// foreign reads a section of [Options.Sections]. An error of its reader becomes an issue at its line.
func (d *decoder) foreign(name string, read SectionReader) func(entry) {
	return func(e entry) {
		if e.value.IsNull() {
			return
		}
		value, err := read(e.value)
		if err != nil {
			if at, ok := errors.AsType[*yamldoc.Error](err); ok && at.Line > 0 {
				d.add(d.origin(at.Line, at.Column), name, at.Message, at.Want, "")
			} else {
				d.add(e.at, name, text.OneLine(err.Error()), "", "")
			}
			return
		}
		if d.config.sections == nil {
			d.config.sections = map[string]section{}
		}
		d.config.sections[name] = section{value, e.value.String()}
		d.config.origins[name] = e.at
	}
}

// foreign prints the sections of [Options.Sections].
func (p *printer) foreign() {
	for _, name := range slices.Sorted(maps.Keys(p.config.sections)) {
		p.line(name+":", p.config.Origin(name).String())
		text, indent := p.config.sections[name].text, ""
		if !strings.HasPrefix(text, " ") { // a mapping in braces
			indent = "  "
		}
		for line := range strings.Lines(text) {
			p.line(indent+strings.TrimRight(line, "\n"), "")
		}
	}
}
