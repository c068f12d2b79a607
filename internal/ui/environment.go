package ui

import (
	"slices"
	"strings"
)

// environment is what the variables say about colours and characters.
type environment struct {
	vars    []string
	noColor bool // NO_COLOR with any value but the empty one
	forced  bool // CLICOLOR_FORCE
	dumb    bool // TERM=dumb
	utf8    bool // the locale's characters
}

func newEnvironment(vars []string) environment {
	e := environment{vars: vars}
	get := func(name string) (string, bool) {
		for i := len(vars) - 1; i >= 0; i-- {
			if k, v, ok := strings.Cut(vars[i], "="); ok && k == name {
				return v, true
			}
		}
		return "", false
	}
	v, _ := get("NO_COLOR")
	e.noColor = v != ""
	v, _ = get("CLICOLOR_FORCE")
	e.forced = v != "" && v != "0"
	v, _ = get("TERM")
	e.dumb = v == "dumb"
	locale := ""
	for _, name := range [...]string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v, ok := get(name); ok && v != "" {
			locale = strings.ToLower(v)
			break
		}
	}
	// Without any locale the terminal decides, and today's are all UTF-8; the
	// plain C and POSIX ones are asked for by people who mean it.
	e.utf8 = locale != "c" && locale != "posix"
	return e
}

// colourless reports whether there is to be no colour at all: the person's wish
// goes before everything, and a dumb terminal has none unless forced.
func (e environment) colourless() bool { return e.noColor || e.dumb && !e.forced }

// forRenderer is the environment that the terminal library reads: it takes
// NO_COLOR and CLICOLOR_FORCE for booleans, which they are not.
func (e environment) forRenderer() []string {
	vars := slices.DeleteFunc(slices.Clone(e.vars), func(v string) bool {
		return strings.HasPrefix(v, "NO_COLOR=") || strings.HasPrefix(v, "CLICOLOR_FORCE=")
	})
	if e.noColor {
		return append(vars, "NO_COLOR=1")
	}
	if e.forced {
		vars = append(vars, "CLICOLOR_FORCE=1")
	}
	return vars
}
