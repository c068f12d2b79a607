// Package section is what packages need that read a part of the configuration of their own: places, issues, a strict reader of
// YAML, and settings that environment variables can set too. A source registers its Section; package config reads the file,
// gives each Section its part, and reports all issues together.
package section

import (
	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Section is a part of the configuration that one package reads. Its value is a pointer that New makes; Read and the settings
// write into it.
type Section struct {
	// Name is the source's.
	Name string
	// Key is the key at the top of the file, "queues"; "" for a section of nothing but Settings.
	Key string
	// New returns a pointer to the default value.
	New func() any
	// Read reads the value of Key into a pointer that New made. What is wrong it adds to the reader.
	Read func(r *Reader, n yamldoc.Node, into any)
	// Write prints the value of Key as lines of YAML that read to the same value, each with its origin; nil where Key is "".
	Write func(value any, line func(text, origin string))
	// Settings are single values, each at a path of its own.
	Settings []Setting
	// Check reports values that contradict the move; nil for none.
	Check func(value any, move migration.Move, refuse func(path, found, want, hint string))
}

// Setting is one value of a Section that the file and an environment variable can set.
type Setting struct {
	Path string // "aws.ecs.read"
	Kind Kind
	Help string // one line
	// Apply takes a value into a pointer that the Section's New made. Its error is best an [Expected] or from [OneOf].
	Apply func(into any, v Value) error
	// Show is the value as text, "" where it says nothing. List is the value of KindList.
	Show func(value any) string
	List func(value any) []string
}

// Kind is what a setting's value looks like.
type Kind uint8

// The kinds of values.
const (
	KindText     Kind = iota
	KindBool          // true or false
	KindNumber        // a number or one of a few words
	KindDuration      // Go's notation: 15s, 1m30s, 6h
	KindList          // a YAML list; separated by commas in the environment and in flags
)

// Value is what was found for a setting: text, or a list of texts.
type Value struct {
	Text string
	List []string
}

// Patterns reads a list of patterns.
func (v Value) Patterns() ([]attribution.Pattern, error) {
	out := make([]attribution.Pattern, 0, len(v.List))
	for _, s := range v.List {
		p, err := attribution.ParsePattern(s)
		if err != nil {
			return nil, &patternError{s, err}
		}
		out = append(out, p)
	}
	return out, nil
}

// Texts are patterns as they were written.
func Texts(ps []attribution.Pattern) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.String()
	}
	return out
}
