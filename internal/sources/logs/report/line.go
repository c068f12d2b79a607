package report

import (
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Line is one invocation as Lambda reported it.
type Line struct {
	RequestID string
	// Duration is the handler's run time, INIT and restore excluded; Billed is
	// what the invoice counts, whole milliseconds.
	Duration, Billed time.Duration
	// MemorySize is what was configured, MaxMemory the most that the execution
	// environment has used since it began: of this run alone only in its first.
	// Lambda writes both in MB of 1,048,576 bytes.
	MemorySize, MaxMemory migration.Bytes
	// Init is the time of a cold start, Restore that of a SnapStart restore.
	Init, Restore migration.Opt[time.Duration]
	Status        Status
	ErrorType     string // "Runtime.ExitError", or ""
	Tenant        string // tenant isolation mode's tenantId, or ""
	// Time is when the line says it was written; zero in text lines, which do
	// not say.
	Time time.Time
}

// First reports whether this was the environment's first run, whose memory the
// line tells exactly.
func (l *Line) First() bool { return l.Init.Known() || l.Restore.Known() }

// OutOfMemory reports whether the run was killed for memory. Lambda names it, or
// says that the runtime exited while all memory was in use.
func (l *Line) OutOfMemory() bool {
	return l.ErrorType == "Runtime.OutOfMemory" || (l.Status == StatusError && l.MaxMemory >= l.MemorySize)
}

// Status is how an invocation ended for the platform. An error that the handler
// returned is a success here in text lines.
type Status uint8

// The states. The zero value is what lines without a word on it mean.
const (
	StatusSuccess Status = iota
	StatusFailure        // the handler returned an error; JSON lines only
	StatusError          // the runtime failed
	StatusTimeout        // cut off by the function's Timeout
)

// Reason says why a line is no report.
type Reason uint8

// The reasons. The zero value is a line that was read.
const (
	Read        Reason = iota
	Other              // it is something else: another event, another format
	Cut                // it ends too early, or a part of it is missing
	Interleaved        // two lines run into each other
	Malformed          // it has the parts, and one of them makes no sense
	reasonCount
)

var reasonNames = [...]string{"read", "other format", "cut", "interleaved", "malformed"}

func (r Reason) String() string { return reasonNames[min(int(r), len(reasonNames)-1)] }

// maxLine bounds a line, in bytes: an event of CloudWatch Logs has at most 1 MiB.
const maxLine = 1 << 20

// textStart is what every REPORT line begins with.
const (
	textWord  = "REPORT"
	textStart = textWord + " RequestId: "
)

// Texts are what reports are found by, in either format: each stands in every one of its
// lines, and the second of each pair in what is left of one that lost its beginning.
var Texts = [...]string{textStart, partBilled + ": ", reportType, "billedDurationMs"}

// Marked reports whether a line has one of the Texts, or begins as a report does: then
// it is a report, or something went wrong with one, or it looks like one.
func Marked(line string) bool {
	for _, text := range Texts {
		if strings.Contains(line, text) {
			return true
		}
	}
	return strings.HasPrefix(strings.TrimSpace(line), textWord)
}

// Parse reads a line of either format. The Line is meaningful only with [Read].
func Parse(line string) (Line, Reason) {
	switch trimmed := strings.TrimSpace(line); {
	case len(line) > maxLine:
		return Line{}, Malformed
	case strings.HasPrefix(trimmed, textStart):
		return parseText(trimmed)
	case strings.HasPrefix(trimmed, "{"):
		return parseJSON(trimmed)
	case strings.HasPrefix(trimmed, strings.TrimSpace(textStart)) || (len(trimmed) >= len(textWord) && strings.HasPrefix(textStart, trimmed)):
		return Line{}, Cut
	case strings.Contains(trimmed, textStart):
		return Line{}, Interleaved
	case strings.Contains(trimmed, "\t"+partMemorySize+": "), strings.Contains(trimmed, `"memorySizeMB"`):
		return Line{}, Cut // its beginning is missing
	}
	return Line{}, Other
}
