package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/config/section"
)

// Flag is a flag of the command line. It sets one setting, or several whose values are separated by colons.
type Flag struct {
	Name  string // without dashes
	Kind  Kind
	Help  string // one line
	Paths []string
}

// Flags lists the flags that set settings, in the order of [Settings].
func Flags(sections ...*section.Section) []Flag {
	var out []Flag
	for _, s := range Settings(sections...) {
		if s.Flag == "" {
			continue
		}
		at := slices.IndexFunc(out, func(f Flag) bool { return f.Name == s.Flag })
		if at < 0 {
			out = append(out, Flag{Name: s.Flag, Kind: s.Kind, Help: s.Help, Paths: []string{s.Path}})
			continue
		}
		out[at].Paths = append(out[at].Paths, s.Path)
		out[at].Help = sharedFlags[s.Flag]
	}
	return out
}

// sharedFlags is the help of flags that set several settings.
var sharedFlags = map[string]string{
	moveFlag: "the two platforms as BEFORE:AFTER, each lambda, ecs or jobs: lambda:ecs",
}

// Values are the values of the flag's settings by path, for [Options.Flags]. The error says which form it should have
// had.
func (f *Flag) Values(given string) (map[string]string, error) {
	if len(f.Paths) == 1 {
		return map[string]string{f.Paths[0]: given}, nil
	}
	parts := strings.Split(given, ":")
	if len(parts) != len(f.Paths) {
		return nil, fmt.Errorf("--%s %q: want %d values with a colon between them, %s", f.Name, given, len(f.Paths), f.Help)
	}
	out := map[string]string{}
	for i, path := range f.Paths {
		out[path] = strings.TrimSpace(parts[i])
	}
	return out, nil
}
