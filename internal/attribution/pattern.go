package attribution

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxWildcards bounds how often a pattern may backtrack: names have at most 253
// bytes, so four wildcards cost microseconds even where nothing matches.
const maxWildcards = 4

// Pattern matches a whole name or value and may take the tenant and the workload
// out of it. The zero value is no pattern; see [Pattern.IsZero].
//
// It is written as a glob: * is any run of characters, also an empty one, ? is
// one character, {tenant} and {workload} are one or more characters that are
// taken, \ takes the next character literally. Or it is written between slashes
// as a regular expression (RE2) with the groups (?P<tenant>...) and
// (?P<workload>...). Both are anchored at both ends.
//
// {tenant} prefers a tenant that is known, the longest first, and otherwise takes
// as little as it can: "{tenant}-{workload}" reads "acme-thumb-nails" as acme and
// thumb-nails, and "big-corp-thumbs" as big-corp and thumbs once big-corp is
// known.
type Pattern struct {
	text             string
	tokens           []token
	re               *regexp.Regexp
	tenant, workload int // capture groups of re, 0 for none
	takes            field
}

// field is a set of what a pattern takes out of a name.
type field uint8

const (
	takesTenant field = 1 << iota
	takesWorkload
)

type tokenKind uint8

const (
	literal tokenKind = iota
	anyRun
	anyOne
	takeTenant
	takeWorkload
)

type token struct {
	kind tokenKind
	text string
}

// ParsePattern reads a pattern. The error says what is wrong with it and where,
// counted in bytes from 1.
func ParsePattern(s string) (Pattern, error) {
	if s == "" {
		return Pattern{}, errors.New("the pattern is empty")
	}
	if len(s) >= 2 && s[0] == '/' && s[len(s)-1] == '/' {
		return parseRegexp(s)
	}
	return parseGlob(s)
}

// MustParsePattern is ParsePattern for patterns that are constants of a program;
// it panics where the pattern is wrong.
func MustParsePattern(s string) Pattern {
	p, err := ParsePattern(s)
	if err != nil {
		panic(fmt.Sprintf("pattern %q: %v", s, err))
	}
	return p
}

// IsZero reports whether there is no pattern.
func (p Pattern) IsZero() bool { return p.text == "" }

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// TakesTenant reports whether the pattern takes a tenant out of what it matches.
func (p Pattern) TakesTenant() bool { return p.takes&takesTenant != 0 }

// TakesWorkload reports whether the pattern takes a workload out of what it matches.
func (p Pattern) TakesWorkload() bool { return p.takes&takesWorkload != 0 }

// Match reports whether the pattern matches the whole of s, whatever it takes.
func (p Pattern) Match(s string) bool {
	_, ok := p.match(s, nil, nil)
	return ok
}

func parseRegexp(s string) (Pattern, error) {
	inner := s[1 : len(s)-1]
	if _, err := regexp.Compile(inner); err != nil { // alone, so that the error quotes what was written
		return Pattern{}, fmt.Errorf("not a regular expression (RE2): %w", err)
	}
	re, err := regexp.Compile(`\A(?:` + inner + `)\z`)
	if err != nil {
		return Pattern{}, fmt.Errorf("not a regular expression (RE2): %w", err)
	}
	p := Pattern{text: s, re: re}
	for i, name := range re.SubexpNames() {
		switch name {
		case "":
		case "tenant":
			if p.tenant != 0 {
				return Pattern{}, errors.New("the group tenant stands there twice")
			}
			p.tenant, p.takes = i, p.takes|takesTenant
		case "workload":
			if p.workload != 0 {
				return Pattern{}, errors.New("the group workload stands there twice")
			}
			p.workload, p.takes = i, p.takes|takesWorkload
		default:
			return Pattern{}, fmt.Errorf("group %q is neither tenant nor workload", name)
		}
	}
	return p, nil
}

func parseGlob(s string) (Pattern, error) {
	p := Pattern{text: s}
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			p.tokens = append(p.tokens, token{literal, lit.String()})
			lit.Reset()
		}
	}
	wild := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\\':
			if i+1 == len(s) {
				return Pattern{}, errors.New(`a \ at the end takes nothing`)
			}
			i++
			lit.WriteByte(s[i])
		case '*':
			flush()
			if n := len(p.tokens); n == 0 || p.tokens[n-1].kind != anyRun {
				p.tokens = append(p.tokens, token{kind: anyRun})
				wild++
			}
		case '?':
			flush()
			p.tokens = append(p.tokens, token{kind: anyOne})
		case '{':
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				return Pattern{}, fmt.Errorf("the { at %d is never closed", i+1)
			}
			kind, take := takeTenant, takesTenant
			switch name := s[i+1 : i+end]; name {
			case "tenant":
			case "workload":
				kind, take = takeWorkload, takesWorkload
			default:
				return Pattern{}, fmt.Errorf("{%s} at %d is neither {tenant} nor {workload}", name, i+1)
			}
			if p.takes&take != 0 {
				return Pattern{}, fmt.Errorf("%s stands there twice", s[i:i+end+1])
			}
			flush()
			p.tokens, p.takes = append(p.tokens, token{kind: kind}), p.takes|take
			wild++
			i += end
		default:
			lit.WriteByte(c)
		}
	}
	flush()
	if wild > maxWildcards {
		return Pattern{}, fmt.Errorf("more than %d of *, {tenant} and {workload}", maxWildcards)
	}
	return p, nil
}

// taken is what a pattern took out of a name; substrings of it.
type taken struct{ tenant, workload string }

func (p Pattern) match(s string, tenants, workloads *vocabulary) (taken, bool) {
	if p.re == nil {
		m := matcher{tenants: tenants, workloads: workloads}
		ok := m.match(p.tokens, s)
		return m.took, ok
	}
	if p.takes == 0 {
		return taken{}, p.re.MatchString(s)
	}
	at := p.re.FindStringSubmatchIndex(s)
	if at == nil {
		return taken{}, false
	}
	group := func(i int) string {
		if i == 0 || at[2*i] < 0 {
			return ""
		}
		return s[at[2*i]:at[2*i+1]]
	}
	return taken{group(p.tenant), group(p.workload)}, true
}

type matcher struct {
	tenants, workloads *vocabulary
	took               taken
}

func (m *matcher) match(tokens []token, s string) bool {
	if len(tokens) == 0 {
		return s == ""
	}
	t, rest := tokens[0], tokens[1:]
	switch t.kind {
	case literal:
		after, ok := strings.CutPrefix(s, t.text)
		return ok && m.match(rest, after)
	case anyOne:
		_, n := utf8.DecodeRuneInString(s)
		return n > 0 && m.match(rest, s[n:])
	case anyRun:
		for i := 0; i <= len(s); i++ {
			if m.match(rest, s[i:]) {
				return true
			}
		}
		return false
	case takeTenant:
		return m.take(&m.took.tenant, m.tenants, rest, s)
	default:
		return m.take(&m.took.workload, m.workloads, rest, s)
	}
}

// take fills one placeholder: known names first, the longest first, and then the
// shortest text with which the rest matches.
func (m *matcher) take(into *string, known *vocabulary, rest []token, s string) bool {
	for _, n := range known.sizes() {
		if n <= len(s) && known.has(s[:n]) && m.match(rest, s[n:]) {
			*into = s[:n]
			return true
		}
	}
	if len(rest) == 0 && s != "" {
		*into = s
		return true
	}
	for i, c := range s {
		if i += utf8.RuneLen(c); c == utf8.RuneError {
			return false // not text: nothing is taken from it
		}
		if m.match(rest, s[i:]) {
			*into = s[:i]
			return true
		}
	}
	return false
}
