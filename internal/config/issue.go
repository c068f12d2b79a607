package config

import (
	"fmt"
	"strings"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
)

// Origin is where a value came from.
type Origin = section.Origin

// OriginKind says what kind of place a value came from.
type OriginKind = section.OriginKind

// Issue is one error in the configuration.
type Issue = section.Issue

// The places, in the order in which a later one wins.
const (
	FromDefault     = section.FromDefault
	FromFile        = section.FromFile
	FromEnvironment = section.FromEnvironment
	FromFlag        = section.FromFlag
)

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
