package config

import (
	"fmt"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

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

// Error is everything that is wrong, in the order of the file. It has at least
// one issue.
type Error struct{ Issues []Issue }

// Error has one line for each issue.
func (e *Error) Error() string {
	lines := make([]string, len(e.Issues))
	for i, issue := range e.Issues {
		lines[i] = issue.String()
	}
	return strings.Join(lines, "\n")
}

// Problem is the first issue and how many there are, in one line.
func (e *Error) Problem() *migration.Problem {
	p := &migration.Problem{
		Fault: migration.FaultConfig,
		What:  e.Issues[0].String(),
		Fix:   "correct it, or move the file away to run with the defaults",
		Err:   e,
	}
	if more := len(e.Issues) - 1; more > 0 {
		p.What += fmt.Sprintf(" (and %d more)", more)
	}
	return p
}

// suggest names the known word that is nearest to an unknown one, if it is near
// enough to be a slip of the fingers.
func suggest(word string, known []string) string {
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
