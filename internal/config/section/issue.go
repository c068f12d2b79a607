package section

import (
	"fmt"
	"strings"
)

// OriginKind says what kind of place a value came from.
type OriginKind uint8

// The places, in the order in which a later one wins.
const (
	FromDefault OriginKind = iota
	FromFile
	FromEnvironment
	FromFlag
)

var originNames = [...]string{"default", "file", "environment", "flag"}

func (k OriginKind) String() string { return originNames[min(int(k), len(originNames)-1)] }

// Origin is where a value came from.
type Origin struct {
	Kind OriginKind
	// Where is the file, the variable or the flag; "" for a default.
	Where        string
	Line, Column int // in the file, from 1
}

func (o Origin) String() string {
	switch o.Kind {
	case FromFile:
		return fmt.Sprintf("%s:%d:%d", o.Where, o.Line, o.Column)
	case FromEnvironment, FromFlag:
		return o.Where
	default:
		return "default"
	}
}

// FileLine is the origin of an entry of a list: "config.yaml:12".
func (o Origin) FileLine() string { return fmt.Sprintf("%s:%d", o.Where, o.Line) }

// After reports whether o is later in the file than p. It is false if p is not from the file.
func (o Origin) After(p Origin) bool {
	return o.Line > p.Line || (o.Line == p.Line && o.Column > p.Column)
}

// Issue is one error in the configuration.
type Issue struct {
	// Origin is the place: file, line and column; the variable; the flag.
	Origin Origin
	// Path is the setting, "aws.region", or "" where the file as a whole is
	// meant.
	Path string
	// Found is the value found, Want what was expected, and Hint a suggestion; Hint may be empty.
	Found, Want, Hint string
}

// String is the issue in one line.
func (i Issue) String() string {
	var b strings.Builder
	b.WriteString(i.Origin.String())
	b.WriteString(": ")
	if i.Path != "" {
		b.WriteString(i.Path)
		b.WriteString(": ")
	}
	b.WriteString(i.Found)
	if i.Want != "" {
		b.WriteString("; expected ")
		b.WriteString(i.Want)
	}
	if i.Hint != "" {
		b.WriteString("; ")
		b.WriteString(i.Hint)
	}
	return b.String()
}

// Expected is an error that says what a value should have been.
type Expected string

func (e Expected) Error() string { return string(e) }

// Hinted is an Expected with a guess at what was meant.
type Hinted struct {
	Expected
	Hint string
}

// OneOf is the error of a text that should be one of some words.
func OneOf(found string, names []string) error {
	want := Expected(strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1])
	if hint := Suggest(found, names); hint != "" {
		return Hinted{want, hint}
	}
	return want
}

// patternError is what is wrong with a pattern in a list.
type patternError struct {
	text string
	err  error
}

func (e *patternError) Error() string { return fmt.Sprintf("%q: %v", e.text, e.err) }

func (e *patternError) Unwrap() error { return e.err }

// Suggest names the known word that is nearest to an unknown one, if it is near
// enough to be a slip of the fingers.
func Suggest(word string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if d := edits(word, k, distance); d < distance && d*2 <= len(k) {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %s?", best)
}

// edits is the number of letters to insert, delete, change or swap with their
// neighbour to come from a to b; limit where it is that or more. It is the
// optimal string alignment distance.
func edits(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return min(prev[len(b)], limit)
}
