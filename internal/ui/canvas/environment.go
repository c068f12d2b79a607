package canvas

import (
	"slices"
	"strings"
)

// Environment is what the variables say about colours and characters.
type Environment struct {
	vars    []string
	noColor bool // NO_COLOR with any value but the empty one
	forced  bool // CLICOLOR_FORCE
	Dumb    bool // TERM=dumb
	UTF8    bool // the locale's characters
}

// NewEnvironment reads variables as os.Environ has them; the last one of a name counts.
func NewEnvironment(vars []string) Environment {
	e := Environment{vars: vars}
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
	e.Dumb = v == "dumb"
	locale := ""
	for _, name := range [...]string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v, ok := get(name); ok && v != "" {
			locale = strings.ToLower(v)
			break
		}
	}
	// Without any locale the terminal decides, and today's are all UTF-8; the
	// plain C and POSIX ones are asked for by people who mean it.
	e.UTF8 = locale != "c" && locale != "posix"
	return e
}

// Colourless reports whether to draw without colours: NO_COLOR always wins, and a dumb
// terminal has none unless forced.
func (e Environment) Colourless() bool { return e.noColor || e.Dumb && !e.forced }

// ForRenderer is the environment for the terminal library, which parses NO_COLOR and
// CLICOLOR_FORCE as booleans.
func (e Environment) ForRenderer() []string {
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
